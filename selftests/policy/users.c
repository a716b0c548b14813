// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users without rights may attach what is theirs to policies that the administrator
 * opened, within their limits, and nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <linux/bpf.h>

#include "kselftest.h"
#include "policy.h"

#define OTHER	1000
#define GROUP	4242
#define PAGES	128

static int roots;		/* a handler of root's */
static uint32_t roots_id;
static char *area;

static void wait_for_end(struct child *parent, void *arg)
{
	(void)arg;
	hear(parent);
}

/* Returns its status, and what it said at last. */
static int bpftool(const char *verb, const char *operand, char *said, size_t size)
{
	char command[1024];
	size_t length;
	FILE *pipe;

	snprintf(command, sizeof(command), "%s/tools/bin/bpftool %s %s 2>&1",
		 getenv("KAKU_BUILD"), verb, operand);
	pipe = popen(command, "r");
	if (!pipe)
		return -1;
	length = fread(said, 1, size - 1, pipe);
	said[length] = 0;
	return pclose(pipe);
}

/* What users may not do is none of these because it cannot be done at all. */
static bool root_may_load_bpf(void)
{
	char said[4096];

	if (bpftool("struct_ops register", policy_object("linear"), said, sizeof(said)) ||
	    bpftool("struct_ops unregister name", "linear", said, sizeof(said))) {
		ksft_print_msg("bpftool said: %s", said);
		return false;
	}
	return true;
}

/* Each of these runs as a user, and returns 0 if what it claims is so. */

static int may_not_load_bpf(void *arg)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_STRUCT_OPS,
		.key_size = 4,
		.value_size = 64,
		.max_entries = 1,
		.btf_vmlinux_value_type_id = 1,
	};
	char said[4096];

	(void)arg;
	if (syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)) != -1 || errno != EPERM)
		return 1;
	if (access(policy_object("linear"), R_OK) || bpftool("version", "", said, sizeof(said)))
		return 2;
	if (!bpftool("struct_ops register", policy_object("linear"), said, sizeof(said)))
		return 3;
	if (strstr(said, "Operation not permitted"))
		return 0;
	printf("# bpftool said: %s", said);
	fflush(stdout);
	return 4;
}

static int may_not_use_closed(void *arg)
{
	int fd = policy_open(), mine = policy_create("clock", 0);

	(void)arg;
	if (policy_try_create(fd, "nru", 0) != -EPERM)
		return 1;
	if (policy_set_policy(mine, "nru") != -EPERM)
		return 2;
	return strcmp(policy_info(mine).policy, "clock") ? 3 : 0;
}

static int may_not_open_policies(void *arg)
{
	(void)arg;
	return policy_allow("nru", MM_POLICY_ENTRY_OPEN, 0) != -EPERM ||
	       policy_allow("no-such", MM_POLICY_ENTRY_OPEN, 0) != -EPERM ||
	       policy_allow("nru", 1 << 9, 0) != -EPERM;
}

static int may_not_open_handlers(void *arg)
{
	int fd = policy_open();

	(void)arg;
	/* As if it were not there */
	return policy_take(fd, roots_id) != -ESRCH || policy_take(fd, roots_id + 1000) != -ESRCH;
}

static int may_not_see_handlers(void *arg)
{
	struct mm_policy_next next = { .size = sizeof(next) };
	int fd = policy_open(), mine = policy_create("clock", 0);

	(void)arg;
	if (policy_call(fd, MM_POLICY_NEXT, &next) || next.id != policy_id(mine))
		return 1;
	return policy_call(fd, MM_POLICY_NEXT, &next) != -ENOENT;
}

static int may_not_attach_others(void *arg)
{
	struct child *other = arg;
	int pidfd = syscall(SYS_pidfd_open, other->pid, 0);
	int mine = policy_create("clock", 0);

	if (policy_attach(mine, pidfd, NULL, 0) != -EACCES)
		return 1;
	/* Whether it may comes before what is wrong with it */
	if (policy_attach_as(mine, pidfd, NULL, 0, 1 << 9, 0) != -EACCES ||
	    policy_attach(mine, pidfd, (void *)8, 9) != -EACCES ||
	    policy_attach(mine, pidfd, (void *)PAGE, PAGE) != -EACCES)
		return 2;
	if (policy_detach(pidfd, NULL, 0) != -EACCES ||
	    policy_detach(pidfd, (void *)8, 9) != -EACCES)
		return 3;
	return policy_info(mine).spaces ? 4 : 0;
}

static int may_not_attach_undumpable(void *arg)
{
	struct child child;
	int mine = policy_create("clock", 0), err;

	(void)arg;
	prctl(PR_SET_DUMPABLE, 0);
	child = child_start(wait_for_end, NULL);
	err = policy_attach(mine, child.pidfd, NULL, 0);
	kill(child.pid, SIGKILL);
	child_end(&child);
	return err != -EACCES;
}

static int may_not_learn_addresses(void *arg)
{
	struct child *other = arg;
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%d/mm_policy", other->pid);
	return !!read_text(path, text, sizeof(text));
}

static int may_attach_own(void *arg)
{
	int mine = policy_create("clock", 64 * PAGE);
	struct child child;
	char text[256];

	(void)arg;
	if (policy_attach(mine, -1, NULL, 0) || !read_text("/proc/self/mm_policy", text, 256) ||
	    !strstr(text, "clock") || !is_managed(0, area))
		return 1;
	child = child_start(wait_for_end, NULL);
	if (default_of(child.pid) != policy_id(mine))
		return 2;
	if (policy_detach(child.pidfd, NULL, 0) || default_of(child.pid) ||
	    policy_attach(mine, child.pidfd, NULL, 0) ||
	    default_of(child.pid) != policy_id(mine))
		return 3;
	child_end(&child);
	if (policy_detach(-1, NULL, 0))
		return 4;
	return policy_info(mine).uid == geteuid() ? 0 : 5;
}

static int may_use_opened(void *arg)
{
	int mine = policy_create("nru", 0);

	(void)arg;
	return policy_attach(mine, -1, area, PAGES * PAGE) ||
	       answers_to(0, area) != policy_id(mine);
}

static int may_use_as_group(void *arg)
{
	int fd = policy_open();

	(void)arg;
	return policy_try_create(fd, "nru", 0);
}

static int sees_what_it_may(void *arg)
{
	struct mm_policy_entry entry;

	if (policy_entry("nru", &entry))
		return 1;
	return !(entry.flags & MM_POLICY_ENTRY_MAY_USE) == !!arg;
}

static int handlers_are_counted(void *arg)
{
	int fds[300], nr, err = 0;

	(void)arg;
	for (nr = 0; nr < 300 && !err; nr++) {
		fds[nr] = policy_open();
		err = policy_try_create(fds[nr], "clock", 0);
	}
	if (err != -EDQUOT || nr < 16)
		return 1;
	printf("# %d handlers\n", nr - 1);
	fflush(stdout);
	/* One less, one more. Its end is a worker's. */
	close(fds[0]);
	for (nr = 0; nr < 50 && err; nr++) {
		usleep(100000);
		fds[0] = policy_open();
		err = policy_try_create(fds[0], "clock", 0);
		if (err)
			close(fds[0]);
	}
	return err;
}

static int roots_space_is_not_ours(void *arg)
{
	/* A file that root left open to us: only it is shared, no right to others */
	(void)arg;
	return policy_set_limit(roots, 0) || policy_set_policy(roots, "nru") != -EPERM;
}

/* A user in a namespace of his own is no administrator */
static int namespace_gives_nothing(void *arg)
{
	int fd;

	(void)arg;
	if (unshare(CLONE_NEWUSER)) {
		printf("# no user namespace: %s\n", strerror(errno));
		fflush(stdout);
		return 1;
	}
	fd = policy_open();
	return policy_allow("nru", MM_POLICY_ENTRY_OPEN, 0) != -EPERM ||
	       policy_take(fd, roots_id) != -ESRCH ||
	       policy_try_create(fd, "nru", 0) != -EPERM;
}

static int big_limits_cost_little(void *arg)
{
	long before = meminfo_kb("MemFree"), after;
	int fds[4], i;

	(void)arg;
	for (i = 0; i < 4; i++)
		fds[i] = policy_create("clock", 1ULL << 50);
	after = meminfo_kb("MemFree");
	for (i = 0; i < 4; i++)
		close(fds[i]);
	if (before - after < 4 * 16384)
		return 0;
	printf("# four handlers cost %ld kB\n", before - after);
	fflush(stdout);
	return 1;
}

/*
 * Resource limits
 */

static int limit_to(int resource, rlim_t most)
{
	struct rlimit limit = { most, most };

	return setrlimit(resource, &limit);
}

/* How many MiB more can be mapped before it is ENOMEM */
static size_t can_map(void)
{
	void *part[64];
	size_t nr = 0, i;

	while (nr < 64) {
		part[nr] = mmap(NULL, MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);
		if (part[nr] == MAP_FAILED)
			break;
		nr++;
	}
	if (nr < 64 && errno != ENOMEM)
		nr = 0;
	for (i = 0; i < nr; i++)
		munmap(part[i], MIB);
	return nr;
}

/* RLIMIT_AS and RLIMIT_DATA: with a handler no more than without */
static int grows_no_further(void *arg)
{
	bool data = arg;
	long now = status_kb(0, data ? "VmData" : "VmSize");
	int mine = policy_create("clock", 64 * PAGE);
	size_t without, with;
	char *last;

	if (limit_to(data ? RLIMIT_DATA : RLIMIT_AS, (now << 10) + 8 * MIB))
		return 1;
	without = can_map();
	if (policy_attach(mine, -1, NULL, 0) || !is_managed(0, area))
		return 2;
	with = can_map();
	last = map_anon(PAGES);
	if (!is_managed(0, last) ||
	    mremap(last, PAGES * PAGE, 16 * MIB, MREMAP_MAYMOVE) != MAP_FAILED ||
	    errno != ENOMEM)
		return 3;
	printf("# %zu MiB without a handler, %zu with one\n", without, with);
	fflush(stdout);
	return without != with || without < 4 || without > 8;
}

/* Managed memory is not locked: it counts for nothing, and lets nothing more be locked. */
static int locks_no_more(void *arg)
{
	int mine = policy_create("clock", 0);

	(void)arg;
	if (limit_to(RLIMIT_MEMLOCK, 16 * PAGE))
		return 1;
	if (policy_attach(mine, -1, area, PAGES * PAGE))
		return 2;
	fill(area, PAGES, 1);
	if (status_kb(0, "VmLck") || policy_held(mine) != PAGES)
		return 3;
	if (mlock(area, 16 * PAGE) || status_kb(0, "VmLck") != 16 * (long)PAGE >> 10)
		return 4;
	if (!mlock(area + 16 * PAGE, PAGE) || errno != ENOMEM)
		return 5;
	if (!mlockall(MCL_CURRENT) || errno != ENOMEM)
		return 6;
	/* What is locked is held all the same */
	return policy_held(mine) != PAGES;
}

/* How many files can be opened before it is EMFILE; handlers of "clock", if so asked */
static int can_open(const char *path, bool handlers)
{
	int fds[32], nr = 0, i;

	while (nr < 32) {
		fds[nr] = open(path, O_RDWR);
		if (fds[nr] < 0)
			break;
		if (handlers && policy_try_create(fds[nr], "clock", 0))
			return -1;
		nr++;
	}
	if (nr < 32 && errno != EMFILE)
		return -1;
	for (i = 0; i < nr; i++)
		close(fds[i]);
	return nr;
}

static int opens_no_more(void *arg)
{
	int files;

	(void)arg;
	if (limit_to(RLIMIT_NOFILE, 24))
		return 1;
	files = can_open("/dev/null", false);
	if (files <= 0 || files > 24)
		return 2;
	return can_open("/dev/mm_policy", true) != files;
}

struct job {
	int (*run)(void *arg);
	void *arg;
	gid_t group;
};

static void run_job(struct child *parent, void *arg)
{
	struct job *job = arg;

	if (job->group) {
		if (setgroups(1, &job->group) || setresgid(OTHER, OTHER, OTHER) ||
		    setresuid(NOBODY, NOBODY, NOBODY))
			die("setresuid");
		prctl(PR_SET_DUMPABLE, 1);
	} else {
		become(NOBODY);
	}
	say(parent, job->run(job->arg));
}

static bool as_nobody(int (*run)(void *arg), void *arg, gid_t group)
{
	struct job job = { run, arg, group };
	struct child child = child_start(run_job, &job);
	uint64_t said = hear(&child);
	int status = child_end(&child);

	if (said || status)
		ksft_print_msg("it said %ld, status %d\n", (long)said, status);
	return !said && !status;
}

static void sleeper(struct child *parent, void *arg)
{
	if (arg)
		become(OTHER);
	say(parent, 1);
	hear(parent);
}

/*
 * Memory
 */

static void hold_memory(struct child *parent, void *arg)
{
	const size_t pages = 48 * MIB / PAGE;
	char *mine;
	int fd;

	(void)arg;
	group_enter("users", 0);
	become(NOBODY);
	fd = policy_create("none", 0);
	mine = map_anon(pages);
	if (policy_attach(fd, -1, mine, pages * PAGE))
		die("attach");
	fill(mine, pages, 1);
	say(parent, policy_held(fd));
	hear(parent);
	say(parent, intact(mine, pages, 1));
	hear(parent);
}

/* Globally: pressure.c */
static void in_a_group(void)
{
	struct child holder;
	long held;

	policy_load(policy_own_object("none"));
	policy_allow("none", MM_POLICY_ENTRY_OPEN, 0);
	group_make("users");
	group_write("users", "memory.max", "24M");
	holder = child_start(hold_memory, NULL);
	held = hear(&holder);
	ksft_test_result(held > 0 && held < 24 * 256 &&
			 group_read("users", "memory.peak") <= 24 * (long)MIB &&
			 !group_stat("users", "memory.events", "oom_kill"),
			 "a control group's limit holds for managed memory (%ld pages)\n", held);
	ksft_test_result(ask(&holder, 0) == 1, "and content is as it was\n");
	kill(holder.pid, SIGKILL);
	child_end(&holder);
	group_drop("users");
	policy_unload("none");
}

int main(void)
{
	struct child root, user;

	ksft_print_header();
	ksft_set_plan(29);
	policy_load(policy_object("nru"));
	area = map_anon(PAGES);
	roots = policy_create("clock", 0);
	roots_id = policy_id(roots);
	root = child_start(sleeper, NULL);
	user = child_start(sleeper, &user);
	hear(&root);
	hear(&user);
	policy_attach(roots, root.pidfd, NULL, 0);

	ksft_test_result(root_may_load_bpf() && as_nobody(may_not_load_bpf, NULL, 0),
			 "may not load policies, which root may\n");
	ksft_test_result(as_nobody(may_not_use_closed, NULL, 0), "may not use a closed policy\n");
	ksft_test_result(as_nobody(sees_what_it_may, NULL, 0), "sees that it may not\n");
	ksft_test_result(as_nobody(may_not_open_policies, NULL, 0), "may not open policies\n");
	ksft_test_result(as_nobody(may_not_open_handlers, NULL, 0),
			 "may not open another's handler, nor learn that there is one\n");
	ksft_test_result(as_nobody(may_not_see_handlers, NULL, 0),
			 "does not see others' handlers\n");
	ksft_test_result(as_nobody(may_not_attach_others, &root, 0),
			 "may not attach or detach root's process\n");
	ksft_test_result(as_nobody(may_not_attach_others, &user, 0),
			 "may not attach or detach another user's process\n");
	ksft_test_result(as_nobody(may_not_attach_undumpable, NULL, 0),
			 "may not attach what it may not trace\n");
	ksft_test_result(as_nobody(may_not_learn_addresses, &root, 0),
			 "may not learn root's addresses\n");
	ksft_test_result(as_nobody(may_not_learn_addresses, &user, 0),
			 "may not learn another user's addresses\n");
	ksft_test_result(as_nobody(roots_space_is_not_ours, NULL, 0),
			 "an open file gives the handler, but no closed policy\n");
	ksft_test_result(as_nobody(namespace_gives_nothing, NULL, 0),
			 "a user namespace gives no rights\n");
	ksft_test_result(default_of(root.pid) == roots_id && !default_of(user.pid) &&
			 policy_info(roots).spaces == 1, "after all that nothing has changed\n");

	ksft_test_result(as_nobody(may_attach_own, NULL, 0), "may attach its own processes\n");
	policy_allow("nru", MM_POLICY_ENTRY_OPEN, 0);
	ksft_test_result(as_nobody(may_use_opened, NULL, 0), "may use a policy that is open\n");
	ksft_test_result(as_nobody(sees_what_it_may, "", 0), "sees that it may\n");
	policy_allow("nru", MM_POLICY_ENTRY_GROUP, GROUP);
	ksft_test_result(as_nobody(may_not_use_closed, NULL, 0),
			 "may not use a policy that is open to a group that it is not in\n");
	ksft_test_result(as_nobody(may_use_as_group, NULL, GROUP),
			 "may use one that is open to its group\n");
	policy_allow("nru", 0, 0);
	ksft_test_result(as_nobody(may_not_use_closed, NULL, 0),
			 "may not use one that was closed again\n");
	ksft_test_result(as_nobody(handlers_are_counted, NULL, 0),
			 "may not have more handlers than its share\n");
	ksft_test_result(as_nobody(big_limits_cost_little, NULL, 0),
			 "a handler with a big limit costs little memory\n");
	child_end(&root);
	child_end(&user);
	close(roots);

	ksft_test_result(as_nobody(grows_no_further, NULL, 0),
			 "RLIMIT_AS: grows no further with a handler than without\n");
	ksft_test_result(as_nobody(grows_no_further, "", 0),
			 "RLIMIT_DATA: grows no further with a handler than without\n");
	ksft_test_result(as_nobody(locks_no_more, NULL, 0),
			 "RLIMIT_MEMLOCK: managed memory is not locked, and lets nothing be\n");
	ksft_test_result(as_nobody(opens_no_more, NULL, 0),
			 "RLIMIT_NOFILE: no more handlers than files\n");

	swap_on_zram(128);
	in_a_group();
	policy_unload("nru");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
