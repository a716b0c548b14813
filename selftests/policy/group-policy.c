// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory.policy of control groups: who gets the group's handler, and when; who does
 * not; and that what cannot be understood or is not allowed changes nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "policy.h"

#define ROOT	"/sys/fs/cgroup"
#define ENABLED	"/sys/kernel/mm/policy/enabled"
#define PAGES	256
#define OTHER	1000
#define TEXT_63	"012345678901234567890123456789012345678901234567890123456789012"

/* What memory.policy says */
struct said {
	char policy[32];
	uint32_t id;		/* 0: none */
	uint64_t limit;
	uint32_t tag;
};

static char *area;

static const char *file_of(const char *group)
{
	static char path[2][128];
	static unsigned int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[0]), ROOT "/%s/memory.policy", group);
	return path[turn];
}

static int put_on(int fd, const char *text)
{
	ssize_t put = write(fd, text, strlen(text));

	return put < 0 ? -errno : put == (ssize_t)strlen(text) ? 0 : -EIO;
}

/* 0 or a negative errno */
static int put(const char *group, const char *text)
{
	int fd = open(file_of(group), O_WRONLY | O_CLOEXEC), err;

	if (fd < 0)
		return -errno;
	err = put_on(fd, text);
	close(fd);
	return err;
}

static void must_put(const char *group, const char *text)
{
	int err = put(group, text);

	errno = -err;
	if (err)
		die("%s into %s", text, file_of(group));
}

static struct said get(const char *group)
{
	struct said said = { 0 };
	char text[128], again[128];

	if (!read_text(file_of(group), text, sizeof(text)))
		die("%s", file_of(group));
	if (!strcmp(text, "none\n")) {
		strcpy(said.policy, "none");
		return said;
	}
	if (sscanf(text, "%31s handler=%u limit=%ju tag=%u", said.policy, &said.id,
		   &said.limit, &said.tag) != 4)
		die("what is \"%s\"", text);
	/* That, and nothing else */
	snprintf(again, sizeof(again), "%s handler=%u limit=%ju tag=%u\n", said.policy,
		 said.id, said.limit, said.tag);
	if (strcmp(text, again) || !said.id)
		die("\"%s\" is not \"%s\"", text, again);
	return said;
}

static bool is_none(const char *group)
{
	return !strcmp(get(group).policy, "none");
}

/* Its file; -ESRCH: there is none */
static int take(uint32_t id)
{
	int fd = policy_open(), err = policy_take(fd, id);

	if (err)
		close(fd);
	return err ?: fd;
}

static int must_take(uint32_t id)
{
	int fd = take(id);

	errno = -fd;
	if (fd < 0)
		die("handler %u", id);
	return fd;
}

/* The end is a worker's. */
static bool has_ended(uint32_t id)
{
	int i, fd;

	for (i = 0; i < 50; i++) {
		fd = take(id);
		if (fd == -ESRCH)
			return true;
		close(fd);
		usleep(100000);
	}
	ksft_print_msg("handler %u is there\n", id);
	return false;
}

/* Of a handler that only they answer to; 0: nobody */
static bool exact(uint32_t id, pid_t one, pid_t two, pid_t three)
{
	const pid_t pids[] = { one, two, three };
	long before, mapped, after;
	unsigned int spaces;
	int fd = must_take(id), i, j;

	for (i = 0; i < 10; i++) {
		before = policy_held(fd);
		for (j = 0, mapped = 0, spaces = 0; j < 3; j++) {
			mapped += pids[j] ? managed_rss(pids[j]) : 0;
			spaces += !!pids[j];
		}
		after = policy_held(fd);
		if (before == mapped && mapped == after && policy_info(fd).spaces == spaces)
			break;
		usleep(50000);
	}
	if (i == 10)
		ksft_print_msg("held %ld, mapped %ld, held %ld, spaces %u\n", before, mapped,
			       after, policy_info(fd).spaces);
	close(fd);
	return i < 10;
}

/*
 * Processes in groups. What they are told:
 *
 *	f	fork: the child's number
 *	x	fork, and let the child execute a program
 *	s	the same, by a set-user-ID program
 *	c	fork into the group whose directory is open, and execute there
 * *	k	end that child
 *	w	fill memory, and say whether it is right
 *	m	map a page: its address
 *	a A E	answer to the handler that they inherited as a file; alone; over exec
 *	d	answer to nobody
 *	u	be another user
 */
static int own_file = -1;	/* a file that they inherit */
static int own_directory = -1;

static void execute(const char *program)
{
	int fd;

	for (fd = 3; fd < 64; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	execl(program, program, "1000", NULL);
	_exit(3);
}

/* Returns when the program runs: the pipe's other end was closed by exec. */
static pid_t start_program(const char *program, int directory)
{
	struct clone_args args = { .exit_signal = SIGCHLD };
	int wait[2];
	char byte;
	pid_t pid;

	if (pipe2(wait, O_CLOEXEC))
		die("pipe2");
	if (directory >= 0) {
		args.flags = CLONE_INTO_CGROUP;
		args.cgroup = directory;
	}
	pid = syscall(SYS_clone3, &args, sizeof(args));
	if (pid < 0)
		die("clone3");
	if (!pid)
		execute(program);
	close(wait[1]);
	if (read(wait[0], &byte, 1))
		die("exec");
	close(wait[0]);
	return pid;
}

static pid_t start_idle(void)
{
	pid_t pid = fork();

	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	return pid;
}

static void obey(struct child *parent, void *arg)
{
	const char *group = arg;
	pid_t pid = 0;

	if (group)
		group_enter(group, 0);
	fill(area, PAGES, 1);
	say(parent, 0);
	for (;;) {
		switch (hear(parent)) {
		case ~0ULL:
			return;
		case 'f':
			pid = start_idle();
			say(parent, pid);
			break;
		case 'x':
			pid = start_program("/usr/bin/sleep", -1);
			say(parent, pid);
			break;
		case 's':
			pid = start_program("/tmp/policy-sleep", -1);
			say(parent, pid);
			break;
		case 'c':
			pid = start_program("/usr/bin/sleep", own_directory);
			say(parent, pid);
			break;
		case 'k':
			kill(pid, SIGKILL);
			say(parent, waitpid(pid, NULL, 0) == pid);
			break;
		case 'w':
			fill(area, PAGES, 2);
			say(parent, intact(area, PAGES, 2));
			break;
		case 'm':
			say(parent, (uintptr_t)map_anon(1));
			break;
		case 'a':
			say(parent, policy_attach_as(own_file, -1, NULL, 0, 0, 7));
			break;
		case 'A':
			say(parent, policy_attach_as(own_file, -1, NULL, 0,
						     MM_POLICY_ATTACH_ALONE, 7));
			break;
		case 'E':
			say(parent, policy_attach_as(own_file, -1, NULL, 0,
						     MM_POLICY_ATTACH_EXEC, 7));
			break;
		case 'd':
			say(parent, policy_detach(-1, NULL, 0));
			break;
		case 'u':
			become(NOBODY);
			say(parent, 0);
			break;
		default:
			say(parent, -1);
		}
	}
}

static struct child start_in(const char *group)
{
	struct child child = child_start(obey, (void *)group);

	if (hear(&child))
		die("a process in %s", group);
	return child;
}

/* What the child that it starts by @how answers to */
static uint32_t childs_handler(struct child *child, char how)
{
	pid_t pid = ask(child, how);
	uint32_t id = default_of(pid);

	ask(child, 'k');
	return id;
}

/* As whom the others ask */
struct job {
	int (*run)(void *arg);
	void *arg;
	uid_t uid;
};

static void run_job(struct child *parent, void *arg)
{
	struct job *job = arg;

	become(job->uid);
	say(parent, job->run(job->arg));
}

static bool as(uid_t uid, int (*run)(void *arg), void *arg)
{
	struct job job = { run, arg, uid };
	struct child child = child_start(run_job, &job);
	uint64_t said = hear(&child);
	int status = child_end(&child);

	if (said || status)
		ksft_print_msg("it said %ld, status %d\n", (long)said, status);
	return !said && !status;
}

/*
 * What is refused
 */

static const struct {
	const char *text;
	int err;
} wrong[] = {
	{ "\n", EINVAL },
	{ " ", EINVAL },
	{ "no-such", ENOENT },
	{ "Clock", ENOENT },
	{ "None", ENOENT },
	{ "clock,nru", ENOENT },
	{ "limit=4M", ENOENT },
	{ "fifteen-letters", ENOENT },
	{ "sixteen-letters.", EINVAL },
	{ "clock nru", EINVAL },
	{ "clock none", EINVAL },
	{ "none none", EINVAL },
	{ "none clock", EINVAL },
	{ "clock limit", EINVAL },
	{ "clock limit=", EINVAL },
	{ "clock limit= 4M", EINVAL },
	{ "clock limit =4M", EINVAL },
	{ "clock limit=x", EINVAL },
	{ "clock limit=-1", EINVAL },
	{ "clock limit=4Q", EINVAL },
	{ "clock limit=4MB", EINVAL },
	{ "clock limit=4M4", EINVAL },
	{ "clock limit=none", EINVAL },
	{ "clock Limit=4M", EINVAL },
	{ "clock limits=4M", EINVAL },
	{ "clock tag", EINVAL },
	{ "clock tag=", EINVAL },
	{ "clock tag=x", EINVAL },
	{ "clock tag=-1", EINVAL },
	{ "clock tag=1K", EINVAL },
	{ "clock 0", EINVAL },
	{ "clock 0=", EINVAL },
	{ "clock 0=x", EINVAL },
	{ "clock 0=-1", EINVAL },
	{ "clock 8=1", EINVAL },
	{ "clock -1=1", EINVAL },
	{ "clock x=1", EINVAL },
	{ "clock =1", EINVAL },
	{ "clock =", EINVAL },
	{ "clock 4294967296=1", EINVAL },
	{ "clock arg", EINVAL },
	{ "clock arg=" TEXT_63 "3", EINVAL },
	/* Numbers that are none, or do not fit */
	{ "clock limit=K", EINVAL },
	{ "clock limit=0x10", EINVAL },
	{ "clock limit=1KK", EINVAL },
	{ "clock limit=16E", EINVAL },
	{ "clock limit=17179869184G", EINVAL },
	{ "clock limit=18446744073709551616", EINVAL },
	{ "clock limit=99999999999999999999999", EINVAL },
	{ "clock tag=4294967296", EINVAL },
	{ "clock 0=18446744073709551616", EINVAL },
	{ "none limit=4M", EINVAL },
	/* All is right, but the last word */
	{ "clock limit=4M tag=5 arg=text 0=1 7=2 nonsense", EINVAL },
	{ "clock limit=4M tag=5 arg=text 0=1 8=2", EINVAL },
	{ "none limit=x", EINVAL },
};

/* Nothing is written that was not taken, and nobody is moved. */
static bool refused(struct child *child, const char *text, int err)
{
	const struct said before = get("outer");
	struct said after;
	uint32_t id;
	int got = put("outer", text);

	after = get("outer");
	id = default_of(child->pid);
	if (got == -err && !memcmp(&before, &after, sizeof(before)) && id == before.id)
		return true;
	ksft_print_msg("\"%.60s\": %s instead of %s; was handler %u, is %u, they have %u\n",
		       text, strerror(-got), strerror(err), before.id, after.id, id);
	return false;
}

static bool all_refused(struct child *child)
{
	static char large[3 * PAGE];
	bool good = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		good &= refused(child, wrong[i].text, wrong[i].err);
	/* What is too long is not cut, wherever that would be. */
	memset(large, ' ', sizeof(large) - 1);
	memcpy(large, "clock", 5);
	good &= refused(child, large, E2BIG);
	memset(large, 'x', sizeof(large) - 1);
	memcpy(large, "clock arg=", 10);
	good &= refused(child, large, E2BIG);
	large[4000] = '\0';
	good &= refused(child, large, EINVAL);
	return good;
}

static bool no_handlers(void)
{
	struct mm_policy_next next = { .size = sizeof(next) };
	int fd = policy_open(), err = policy_call(fd, MM_POLICY_NEXT, &next);

	close(fd);
	return err == -ENOENT;
}

static void bad_input(void)
{
	struct child child = start_in("outer");
	struct said said;
	bool good;

	good = all_refused(&child);
	ksft_test_result(good && is_none("outer"), "what cannot be understood sets nothing\n");
	ksft_test_result(no_handlers(), "and leaves no handler\n");
	must_put("outer", "clock limit=8M tag=3");
	said = get("outer");
	good = all_refused(&child);
	ksft_test_result(good && said.id && said.limit == 8 * MIB && said.tag == 3,
			 "nor does it change what is set\n");
	ksft_test_result(exact(said.id, child.pid, 0, 0) && ask(&child, 'w') == 1 &&
			 exact(said.id, child.pid, 0, 0), "nor what is held\n");
	must_put("outer", "none");
	child_end(&child);
	ksft_test_result(has_ended(said.id) && no_handlers(), "only that handler was there\n");
}

static void refusing_policies(void)
{
	struct child child = start_in("outer");
	struct said said;

	policy_load(policy_own_object("../hostile/refuses-init"));
	policy_load(policy_own_object("../hostile/refuses-attach"));
	must_put("outer", "clock tag=1");
	ksft_test_result(refused(&child, "refuses-init", EACCES),
			 "what init() refuses with is the error, and nothing changes\n");
	said = get("outer");
	must_put("outer", "refuses-attach");
	ksft_test_result(default_of(child.pid) == said.id && get("outer").id != said.id &&
			 exact(said.id, child.pid, 0, 0),
			 "whom attach() refuses stays where it was, without an error\n");
	ksft_test_result(childs_handler(&child, 'x') == said.id,
			 "as do the programs that it executes\n");
	ask(&child, 'd');
	ksft_test_result(!childs_handler(&child, 'f') && !childs_handler(&child, 'x'),
			 "what is born there lives, without a policy\n");
	must_put("outer", "none");
	child_end(&child);
	policy_unload("policy");	/* That is what both call their map */
}

/* A policy that is switched off with all others */
static void switched_off(void)
{
	struct child child = start_in("outer");
	uint32_t id;
	bool good;
	pid_t pid;
	int i;

	must_put("outer", "clock");
	id = get("outer").id;
	write_text(ENABLED, "0");
	good = put("outer", "clock limit=4M") == -EPERM && !get("outer").limit &&
	       !default_of(child.pid);
	ksft_test_result(good, "nothing is set while policies are switched off\n");
	pid = ask(&child, 'f');
	for (i = 0; i < 50 && default_of(pid); i++)
		usleep(20000);
	ksft_test_result(!default_of(pid) && !managed_rss(pid) && exact(id, 0, 0, 0),
			 "what is forked does not stay with the handler (%d)\n", i);
	ask(&child, 'k');
	ksft_test_result(!childs_handler(&child, 'x'), "what is executed answers to nobody\n");
	ksft_test_result(!put("outer", "none") && is_none("outer"), "none is possible\n");
	write_text(ENABLED, "1");
	ksft_test_result(!put("outer", "clock") && default_of(child.pid) == get("outer").id,
			 "switched on again, all is\n");
	must_put("outer", "none");
	child_end(&child);
}

static void group_is_removed(void)
{
	struct child child;
	int fd, in, err, i;
	char text[64];
	struct said said;

	group_make("gone");
	fd = open(file_of("gone"), O_WRONLY | O_CLOEXEC);
	in = open(file_of("gone"), O_RDONLY | O_CLOEXEC);
	group_drop("gone");
	err = put_on(fd, "clock");
	ksft_test_result(err == -ENODEV && read(in, text, sizeof(text)) < 0 && no_handlers(),
			 "a group that is gone has no policy (%s)\n", strerror(-err));
	close(fd);
	close(in);

	group_make("gone");
	ksft_test_result(is_none("gone"), "nor has the next one of its name\n");
	child = start_in("gone");
	must_put("gone", "clock limit=4M");
	said = get("gone");
	ksft_test_result(rmdir(ROOT "/gone") && errno == EBUSY &&
			 get("gone").id == said.id && default_of(child.pid) == said.id,
			 "a group with a process cannot be removed, and keeps its policy\n");
	child_end(&child);
	/* Its file is open, and its handler is its own all the same */
	fd = open(file_of("gone"), O_RDWR | O_CLOEXEC);
	group_drop("gone");
	err = put_on(fd, "clock");
	ksft_test_result(has_ended(said.id) && err == -ENODEV && no_handlers(),
			 "removing a group ends its handler\n");
	close(fd);

	for (i = 0; i < 20; i++) {
		group_make("gone");
		must_put("gone", "clock limit=4M");
		group_drop("gone");
	}
	ksft_test_result(policy_all_gone(), "as often as that is done\n");
}

/*
 * Users
 */

static int may_not_write(void *arg)
{
	(void)arg;
	return put("outer", "clock") != -EACCES || put("outer", "none") != -EACCES;
}

static int may_read(void *arg)
{
	return get("outer").id != *(uint32_t *)arg;
}

/* By a file that root opened: who writes counts */
static int may_not_write_closed(void *arg)
{
	return put_on(*(int *)arg, "nru limit=4M") != -EPERM;
}

static int may_not_write_by_it(void *arg)
{
	return put_on(*(int *)arg, "clock limit=4M") != -EPERM;
}

static int delegated_not_closed(void *arg)
{
	uint32_t before = get("outer").id;

	(void)arg;
	return put("outer", "nru limit=4M") != -EPERM || get("outer").id != before;
}

static int delegated_open(void *arg)
{
	int fd, err = put("outer", "clock limit=4M");

	(void)arg;
	if (err)
		return 1;
	fd = take(get("outer").id);
	return fd < 0 ? 2 : policy_info(fd).uid != NOBODY ? 3 : policy_set_limit(fd, 8 * MIB);
}

static int not_ones_own(void *arg)
{
	return take(*(uint32_t *)arg) != -ESRCH;
}

static int delegated_too_many(void *arg)
{
	struct said before = get("outer"), after;
	int i, err = 0;

	(void)arg;
	for (i = 0; i < 300 && !err; i++)
		err = policy_try_create(policy_open(), "clock", 0);
	if (err != -EDQUOT || put("outer", "clock tag=2") != -EDQUOT)
		return 1;
	after = get("outer");
	return memcmp(&before, &after, sizeof(before)) ? 2 : 0;
}

static int delegated_opened(void *arg)
{
	(void)arg;
	return put("outer", "nru limit=4M");
}

/* Below a handler of somebody else's */
static int may_not_shake_off(void *arg)
{
	(void)arg;
	return put("above/inner", "clock") != -EPERM || put("above/inner", "none") != -EPERM;
}

static int may_below_its_own(void *arg)
{
	(void)arg;
	return put("above", "clock limit=4M") || put("above/inner", "clock limit=8M") ||
	       put("above/inner", "none") || put("above", "none");
}

static int delegated_none(void *arg)
{
	(void)arg;
	return put("outer", "none");
}

static void users(void)
{
	struct child child = start_in("outer");
	struct stat st;
	uint32_t roots, theirs;
	int fd;

	must_put("outer", "clock limit=4M");
	roots = get("outer").id;
	ksft_test_result(as(NOBODY, may_not_write, NULL) && get("outer").id == roots,
			 "a user may not write\n");
	fd = open(file_of("outer"), O_WRONLY | O_CLOEXEC);
	ksft_test_result(as(NOBODY, may_not_write_closed, &fd) && get("outer").id == roots,
			 "nor use a closed policy by a file that another opened\n");
	close(fd);
	ksft_test_result(!stat(file_of("outer"), &st) && (st.st_mode & 07777) == 0644 &&
			 !st.st_uid && as(NOBODY, may_read, &roots), "all may read\n");

	if (chown(file_of("outer"), NOBODY, NOBODY))
		die("chown");
	ksft_test_result(as(NOBODY, delegated_not_closed, NULL) &&
			 default_of(child.pid) == roots,
			 "the file's owner may not use a closed policy\n");
	ksft_test_result(as(NOBODY, delegated_none, NULL) && is_none("outer") &&
			 default_of(child.pid) == roots && exact(roots, child.pid, 0, 0),
			 "nor let processes off from a handler that is not its own to open\n");
	ask(&child, 'd');
	ksft_test_result(has_ended(roots), "which ends when nobody answers to it\n");

	ksft_test_result(as(NOBODY, delegated_open, NULL),
			 "it may use an open one: the handler is its own\n");
	theirs = get("outer").id;
	ksft_test_result(default_of(child.pid) == theirs && get("outer").limit == 8 * MIB,
			 "for processes that it may not trace\n");
	ksft_test_result(as(OTHER, not_ones_own, &theirs), "no other user may open it\n");
	ksft_test_result(as(NOBODY, delegated_too_many, NULL) && get("outer").id == theirs &&
			 default_of(child.pid) == theirs,
			 "it may not have more handlers than its share\n");
	policy_allow("nru", MM_POLICY_ENTRY_OPEN, 0);
	ksft_test_result(as(NOBODY, delegated_opened, NULL) &&
			 !strcmp(get("outer").policy, "nru"), "it may use one that was opened\n");
	policy_allow("nru", 0, 0);
	ksft_test_result(as(NOBODY, delegated_none, NULL) && is_none("outer") &&
			 !default_of(child.pid), "and end it\n");
	if (chown(file_of("outer"), 0, 0))
		die("chown");
	child_end(&child);

	must_put("above", "clock limit=4M");
	if (chown(file_of("above/inner"), NOBODY, NOBODY) ||
	    chown(file_of("above"), NOBODY, NOBODY))
		die("chown");
	ksft_test_result(as(NOBODY, may_not_shake_off, NULL) && is_none("above/inner"),
			 "below another's handler a user may set none\n");
	must_put("above", "none");
	ksft_test_result(as(NOBODY, may_below_its_own, NULL) && is_none("above"),
			 "below its own it may\n");
	fd = open(file_of("above"), O_WRONLY | O_CLOEXEC);
	ksft_test_result(as(NOBODY, may_not_write_by_it, &fd) && is_none("above"),
			 "rights are not lent by passing on a file\n");
	close(fd);
	if (chown(file_of("above/inner"), 0, 0) || chown(file_of("above"), 0, 0))
		die("chown");
}

/*
 * What is taken
 */

static void reading_and_writing(void)
{
	static const struct {
		const char *text;
		uint64_t limit;
		uint32_t tag;
	} right[] = {
		{ "clock", 0, 0 },
		{ "clock\n", 0, 0 },
		{ "  clock   limit=4M  tag=7  ", 4 * MIB, 7 },
		{ "clock tag=7 limit=4M", 4 * MIB, 7 },
		{ "clock limit=64K", 65536, 0 },
		{ "clock limit=1G", 1 << 30, 0 },
		{ "clock limit=1", PAGE, 0 },
		{ "clock limit=4096", PAGE, 0 },
		{ "clock limit=4097", 2 * PAGE, 0 },
		{ "clock tag=4294967295", 0, UINT32_MAX },
		{ "clock arg=", 0, 0 },
	};
	const char *longest =
		"clock 0=18446744073709551615 7=0x10 tag=2 limit=8M arg=" TEXT_63;
	struct mm_policy_info info;
	bool good = true;
	struct said said;
	uint32_t last = 0;
	size_t i;
	int fd;

	ksft_test_result(access(ROOT "/memory.policy", F_OK) && errno == ENOENT,
			 "the root group has none\n");
	ksft_test_result(is_none("outer") && is_none("above") && is_none("above/inner"),
			 "at first it is none\n");
	for (i = 0; i < ARRAY_SIZE(right); i++) {
		must_put("outer", right[i].text);
		said = get("outer");
		if (strcmp(said.policy, "clock") || said.limit != right[i].limit ||
		    said.tag != right[i].tag || said.id == last) {
			ksft_print_msg("\"%s\": limit %ju tag %u\n", right[i].text, said.limit,
				       said.tag);
			good = false;
		}
		good &= !last || has_ended(last);
		last = said.id;
	}
	ksft_test_result(good, "what is set is read, each with a handler of its own\n");
	must_put("above", "clock");
	ksft_test_result(is_none("above/inner"),
			 "groups below do not tell what is set above\n");
	must_put("above", "none");

	must_put("outer", longest);
	said = get("outer");
	fd = must_take(said.id);
	info = policy_info(fd);
	ksft_test_result(!strcmp(info.policy, "clock") && info.limit == 8 * MIB &&
			 info.args[0] == UINT64_MAX && !info.args[1] && info.args[7] == 16 &&
			 strlen(info.arg) == 63 && !info.uid && !info.held && !info.spaces,
			 "the handler has what was written\n");
	ksft_test_result(!policy_set_limit(fd, 2 * MIB) && !policy_set_policy(fd, "nru") &&
			 get("outer").limit == 2 * MIB && get("outer").id == said.id &&
			 !strcmp(get("outer").policy, "nru"),
			 "what is changed by its number is read\n");
	close(fd);
	ksft_test_result(get("outer").id == said.id, "it stays without processes\n");
	must_put("outer", "none");
	must_put("above", "clock tag=2");
	said = get("above");
	must_put("above/inner", "clock tag=1");
	ksft_test_result(get("above").id == said.id && get("above/inner").tag == 1 &&
			 get("above/inner").id != said.id, "there is one for each group\n");
	last = get("above/inner").id;
	must_put("above", "none");
	ksft_test_result(is_none("above") && has_ended(said.id) &&
			 get("above/inner").id == last, "none ends one, and not the other\n");
	must_put("above/inner", "  none\n");
	ksft_test_result(is_none("above/inner") && no_handlers(), "and the other\n");
	ksft_test_result(!put("outer", "none") && is_none("outer"), "none twice is none\n");
}

static void in_the_group(void)
{
	struct child outer, inner, outside, out;
	struct said said;
	void *mapped;
	long held;
	int fd;

	outside = start_in(NULL);
	outer = start_in("outer");
	inner = start_in("above/inner");
	out = start_in("outer");
	must_put("above", "clock");
	must_put("outer", "clock tag=9");
	said = get("outer");
	ksft_test_result(default_of(outer.pid) == said.id &&
			 answers_to(outer.pid, area) == said.id &&
			 tag_of(outer.pid, area) == 9 && tag_of(outer.pid, NULL) == 9,
			 "processes in the group answer, with its tag\n");
	mapped = (void *)ask(&outer, 'm');
	ksft_test_result(answers_to(outer.pid, mapped) == said.id &&
			 answers_to(outer.pid, obey) == said.id && ask(&outer, 'w') == 1,
			 "wholly, with what they map later\n");
	ksft_test_result(!default_of(inner.pid) && !default_of(outside.pid) &&
			 !managed_rss(inner.pid), "not those below, nor others\n");
	must_put("above", "none");
	ksft_test_result(exact(said.id, outer.pid, out.pid, 0), "what is held is counted\n");

	/* Moving */
	group_enter("outer", outside.pid);
	ksft_test_result(!default_of(outside.pid) && !managed_rss(outside.pid),
			 "moving a process into the group changes nothing\n");
	ksft_test_result(childs_handler(&outside, 'f') == said.id && !default_of(outside.pid),
			 "until it forks\n");
	ksft_test_result(childs_handler(&outside, 'x') == said.id, "or executes\n");
	group_enter("", outside.pid);
	ksft_test_result(!childs_handler(&outside, 'f') && !childs_handler(&outside, 'x'),
			 "moved out again, nothing is left of that\n");
	group_enter("", out.pid);
	ksft_test_result(default_of(out.pid) == said.id && ask(&out, 'w') == 1 &&
			 exact(said.id, outer.pid, out.pid, 0),
			 "moving one out changes nothing\n");
	ksft_test_result(childs_handler(&out, 'f') == said.id,
			 "what it passes on are its own handlers\n");
	must_put("outer", "none");
	ksft_test_result(default_of(out.pid) == said.id && !default_of(outer.pid) &&
			 exact(said.id, out.pid, 0, 0),
			 "it is not among those that none is for\n");
	child_end(&out);
	ksft_test_result(has_ended(said.id), "with the last process ends the handler\n");

	must_put("outer", "clock limit=256K");
	fd = must_take(get("outer").id);
	held = policy_held(fd);
	ksft_test_result(held > 0 && held <= 64, "a limit holds for what is there (%ld)\n", held);
	ksft_test_result(ask(&outer, 'w') == 1 && policy_held(fd) <= 64, "and goes on to\n");
	close(fd);
	must_put("outer", "none");
	child_end(&outer);
	child_end(&inner);
	child_end(&outside);
}

static void born(void)
{
	struct child child, below, outside;
	struct said said, above, under;
	uint32_t own;
	pid_t pid;

	own_file = policy_create("clock", 0);
	own = policy_id(own_file);
	child = start_in("outer");
	below = start_in("above/inner");
	must_put("outer", "clock tag=4");
	said = get("outer");

	pid = ask(&child, 'f');
	ksft_test_result(default_of(pid) == said.id && tag_of(pid, area) == 4 &&
			 exact(said.id, child.pid, pid, 0), "what is forked answers\n");
	ask(&child, 'k');
	ask(&child, 'd');
	ksft_test_result(!default_of(child.pid) && exact(said.id, 0, 0, 0),
			 "a process may be detached\n");
	pid = ask(&child, 'f');
	ksft_test_result(default_of(pid) == said.id && answers_to(pid, area) == said.id &&
			 tag_of(pid, area) == 4 && !default_of(child.pid) &&
			 exact(said.id, pid, 0, 0), "what it forks answers, wholly\n");
	ask(&child, 'k');
	pid = ask(&child, 'x');
	ksft_test_result(default_of(pid) == said.id && tag_of(pid, NULL) == 4 &&
			 exact(said.id, pid, 0, 0), "and what it executes\n");
	ask(&child, 'k');

	ask(&child, 'a');
	ksft_test_result(default_of(child.pid) == own && childs_handler(&child, 'f') == own,
			 "a process may be attached to another handler, and passes that on\n");
	ksft_test_result(childs_handler(&child, 'x') == said.id,
			 "but not to programs: they answer to the group's\n");
	ask(&child, 'E');
	ksft_test_result(childs_handler(&child, 'x') == own,
			 "unless it was attached to stay over exec\n");
	ask(&child, 'A');
	ksft_test_result(childs_handler(&child, 'f') == said.id,
			 "what is forked by one attached alone answers to the group's\n");
	ask(&child, 'd');

	own_directory = open(ROOT "/outer", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	outside = start_in(NULL);
	ksft_test_result(childs_handler(&outside, 'c') == said.id,
			 "so does a program that was forked into the group\n");
	child_end(&outside);
	close(own_directory);

	/* Below */
	must_put("above", "clock tag=6");
	above = get("above");
	ksft_test_result(!default_of(below.pid) && childs_handler(&below, 'f') == above.id &&
			 childs_handler(&below, 'x') == above.id,
			 "what is born in groups below answers\n");
	must_put("above/inner", "nru tag=5");
	under = get("above/inner");
	ksft_test_result(default_of(below.pid) == under.id &&
			 childs_handler(&below, 'f') == under.id &&
			 childs_handler(&below, 'x') == under.id, "unless they have their own\n");
	must_put("above", "clock tag=7");
	ask(&below, 'd');
	ksft_test_result(has_ended(above.id) && childs_handler(&below, 'f') == under.id &&
			 childs_handler(&below, 'x') == under.id, "the nearest counts\n");
	above = get("above");
	must_put("above/inner", "none");
	ksft_test_result(has_ended(under.id) && childs_handler(&below, 'f') == above.id &&
			 childs_handler(&below, 'x') == above.id,
			 "and when that is none, the next\n");
	must_put("above", "none");
	ksft_test_result(has_ended(above.id) && !childs_handler(&below, 'f') &&
			 !childs_handler(&below, 'x'), "until that is none\n");

	/* A program with its owner's rights */
	run("cp /usr/bin/sleep /tmp/policy-sleep && chmod 4755 /tmp/policy-sleep");
	child_end(&child);
	child = start_in("outer");
	ask(&child, 'u');
	pid = ask(&child, 's');
	ksft_test_result(default_of(pid) == said.id && status_kb(pid, "Uid") == NOBODY,
			 "set-user-ID programs answer too\n");
	ask(&child, 'k');
	run("rm /tmp/policy-sleep");

	must_put("outer", "none");
	child_end(&child);
	child_end(&below);
	close(own_file);
	own_file = -1;
	ksft_test_result(has_ended(said.id) && has_ended(own), "all that ends\n");
}

static void none(void)
{
	struct child child, below;
	uint32_t id, own;
	pid_t pid;

	own_file = policy_create("nru", 0);
	own = policy_id(own_file);
	child = start_in("outer");
	below = start_in("above/inner");
	must_put("outer", "clock");
	must_put("above", "clock");
	id = get("above").id;
	pid = ask(&below, 'f');
	ask(&child, 'a');
	ksft_test_result(default_of(child.pid) == own && default_of(pid) == id,
			 "one has a handler of its own, another the group's, below\n");
	must_put("outer", "none");
	must_put("above", "none");
	ksft_test_result(!default_of(child.pid) && !managed_rss(child.pid) &&
			 !policy_held(own_file) && !policy_info(own_file).spaces,
			 "none detaches from whatever a process in the group answers to\n");
	ksft_test_result(default_of(pid) == id && exact(id, pid, 0, 0),
			 "those below stay\n");
	ksft_test_result(!childs_handler(&child, 'f') && !childs_handler(&child, 'x') &&
			 !childs_handler(&below, 'x'), "what is born answers to nobody\n");
	kill(pid, SIGKILL);
	ksft_test_result(has_ended(id), "with the last of them ends the handler\n");
	ksft_test_result(ask(&child, 'w') == 1 && ask(&below, 'w') == 1, "all go on\n");
	child_end(&child);
	child_end(&below);
	close(own_file);
	own_file = -1;
}

/*
 * While they work
 */

#define WORKERS	3
#define MUCH	(6 * MIB / PAGE)

static volatile sig_atomic_t enough;

static void stop(int signal)
{
	(void)signal;
	enough = 1;
}

static void work(struct child *parent, void *arg)
{
	char *mine = map_anon(MUCH);
	unsigned int rounds = 0;
	bool good = true;

	signal(SIGTERM, stop);
	group_enter(arg, 0);
	fill(mine, MUCH, 3);
	say(parent, 0);
	while (!enough) {
		pid_t pid = ++rounds % 4 ? 0 : fork();
		int status = 0;

		good &= intact(mine, MUCH, 3);
		if (pid || rounds % 4) {
			if (pid > 0)
				waitpid(pid, &status, 0);
			good &= !status;
			continue;
		}
		_exit(!good);
	}
	say(parent, good && rounds > 2);
	hear(parent);
}

/* The handler's own, and beyond the limit only what its batches let pass */
static bool keeps(uint32_t id, uint64_t limit)
{
	int fd = must_take(id), i;
	long held = 0;

	/* A fork doubles what is held: the next faults pay for that */
	for (i = 0; i < 50; i++) {
		held = policy_held(fd);
		if (held <= (long)(limit / PAGE))
			break;
		usleep(100000);
	}
	close(fd);
	if (i == 50)
		ksft_print_msg("held %ld of %ju\n", held, limit / PAGE);
	return i < 50;
}

static bool all_answer(const struct child *children, uint32_t id)
{
	bool good = true;
	int i;

	for (i = 0; i < WORKERS; i++)
		good &= default_of(children[i].pid) == id;
	return good;
}

static void at_work(void)
{
	struct child worker[WORKERS];
	bool good = true, ended = true, answered = true;
	uint32_t id, last = 0;
	int i, fd;

	for (i = 0; i < WORKERS; i++) {
		worker[i] = child_start(work, "outer");
		hear(&worker[i]);
	}
	must_put("outer", "clock limit=16M");
	id = get("outer").id;
	ksft_test_result(all_answer(worker, id) && keeps(id, 16 * MIB),
			 "three that work keep one limit\n");
	fd = must_take(id);
	usleep(300000);
	ksft_test_result(policy_stat(fd, MM_POLICY_STAT_EVICTED) > 0 &&
			 policy_stat(fd, MM_POLICY_STAT_REFAULTS) > 0,
			 "its counters move\n");
	policy_set_limit(fd, 12 * MIB);
	ksft_test_result(keeps(id, 12 * MIB) && get("outer").limit == 12 * MIB,
			 "a limit that is lowered by the handler's number holds\n");
	close(fd);

	for (i = 0; i < 20; i++) {
		last = get("outer").id;
		must_put("outer", i % 3 == 0 ? "nru limit=14M tag=1" :
			 i % 3 == 1 ? "clock limit=10M" : "none");
		id = get("outer").id;
		answered &= all_answer(worker, id);
		ended &= !last || has_ended(last);
	}
	ksft_test_result(answered, "each policy that is written is there at once, for all\n");
	ksft_test_result(ended, "and the one before ends\n");
	ksft_test_result(keeps(id, 10 * MIB), "the last limit holds\n");

	policy_load(policy_object("mru"));
	must_put("outer", "mru limit=12M");
	id = get("outer").id;
	policy_unload("mru");
	fd = must_take(id);
	ksft_test_result(policy_info(fd).exit == MM_POLICY_EXIT_UNREGISTERED &&
			 all_answer(worker, id) && keeps(id, 12 * MIB) && get("outer").id == id,
			 "a policy that is unloaded leaves its handler, with its limit\n");
	close(fd);
	ksft_test_result(!put("outer", "clock limit=12M") && has_ended(id) &&
			 all_answer(worker, get("outer").id), "until another is written\n");

	for (i = 0; i < WORKERS; i++) {
		kill(worker[i].pid, SIGTERM);
		good &= hear(&worker[i]) == 1;
	}
	ksft_test_result(good, "content is as it was, always\n");
	id = get("outer").id;
	ksft_test_result(exact(id, worker[0].pid, worker[1].pid, worker[2].pid),
			 "what is held is counted exactly\n");
	for (i = 0; i < WORKERS; i++)
		child_end(&worker[i]);
	must_put("outer", "none");
	ksft_test_result(has_ended(id), "and the handler ends\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(93);
	swap_on_zram(128);
	policy_load(policy_object("nru"));
	area = map_anon(PAGES);
	group_make("outer");
	/* Only groups without processes pass the memory controller on */
	group_make("above");
	if (!write_text(ROOT "/above/cgroup.subtree_control", "+memory"))
		die("no memory control groups below");
	group_make("above/inner");

	bad_input();
	refusing_policies();
	switched_off();
	group_is_removed();
	users();
	reading_and_writing();
	in_the_group();
	born();
	none();
	at_work();

	group_drop("above/inner");
	group_drop("above");
	group_drop("outer");
	policy_unload("nru");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
