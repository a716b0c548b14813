// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attaching and detaching: each wrong argument is refused with its errno and changes
 * nothing; a process, its own or another, or several, answer to a handler, move to
 * another, and are as before once detached. What is held is what is mapped.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "policy.h"

#define PAGES	16

static int handler, empty;
static char *area;

/* All that a refused call could have changed */
static const char *snapshot(void)
{
	static char text[2][128 << 10], part[64 << 10];
	static int turn;
	struct mm_policy_info info = policy_info(handler);
	char *now = text[turn++ % 2];

	if (!read_text("/proc/self/mm_policy", now, 32 << 10) ||
	    !read_text("/proc/self/maps", part, sizeof(part)))
		die("/proc/self");
	strcat(now, part);
	sprintf(now + strlen(now), "%s %u %llu %llu %u %llu %llu %s", info.policy, info.exit,
		info.limit, info.held, info.spaces, info.args[0], info.args[7], info.arg);
	return now;
}

#define refused(name, errno_wanted, call) do {						\
	int __wanted = (errno_wanted);							\
	const char *__before = snapshot();						\
	int __err = (call);								\
	bool __same = !strcmp(__before, snapshot());					\
											\
	if (__err != __wanted)								\
		ksft_print_msg("wanted %d, got %d\n", __wanted, __err);			\
	if (!__same)									\
		ksft_print_msg("something changed\n");					\
	ksft_test_result(__err == __wanted && __same, "refused: " name "\n");		\
} while (0)

static int raw_attach(struct mm_policy_attach a)
{
	return policy_call(handler, MM_POLICY_ATTACH, &a);
}

static int attach_with(uint32_t flags, int pidfd, uint64_t start, uint64_t length)
{
	return raw_attach((struct mm_policy_attach) {
		.size = sizeof(struct mm_policy_attach),
		.flags = flags,
		.pidfd = pidfd,
		.start = start,
		.length = length,
	});
}

static int detach_with(uint32_t flags, uint32_t pad, int pidfd, uint64_t start,
		       uint64_t length)
{
	struct mm_policy_detach d = {
		.size = sizeof(d),
		.flags = flags,
		.pad = pad,
		.pidfd = pidfd,
		.start = start,
		.length = length,
	};

	return policy_call(empty, MM_POLICY_DETACH, &d);
}

/* An argument longer than the kernel knows: attach with @more bytes of @byte behind */
static int long_attach(size_t more, char byte)
{
	static char room[2 << 20];
	struct mm_policy_attach *a = (void *)room;

	memset(room, byte, sizeof(room));
	memset(a, 0, sizeof(*a));
	a->size = sizeof(*a) + more;
	a->pidfd = -1;
	a->start = (uintptr_t)area;
	a->length = PAGE;
	return policy_call(handler, MM_POLICY_ATTACH, room);
}

static int create_from(int fd, struct mm_policy_create c)
{
	c.size = sizeof(c);
	return policy_call(fd, MM_POLICY_CREATE, &c);
}

static int create_with(int fd, const char *policy, uint32_t flags, uint32_t pad)
{
	struct mm_policy_create c = { .flags = flags, .pad = pad };

	strcpy(c.policy, policy);
	return create_from(fd, c);
}

static int set_with(struct mm_policy_set set)
{
	set.size = sizeof(set);
	return policy_call(handler, MM_POLICY_SET, &set);
}

static int allow_with(struct mm_policy_allow allow)
{
	allow.size = sizeof(allow);
	return policy_call(empty, MM_POLICY_ALLOW, &allow);
}

static int of_size(int fd, unsigned long request, uint32_t size)
{
	struct mm_policy_info room = { .size = size };

	return policy_call(fd, request, &room);
}

static void wrong_forms(void)
{
	struct mm_policy_reclaim r = { .size = sizeof(r), .flags = 1, .bytes = PAGE };
	struct mm_policy_create c = { .size = sizeof(c), .policy = "clock" };

	refused("a call of another magic", -ENOTTY, policy_call(handler, _IO('x', 1), NULL));
	refused("a call of no number", -ENOTTY,
		policy_call(handler, _IOW(MM_POLICY_IOC_MAGIC, 99, struct mm_policy_next),
			    NULL));
	refused("no argument", -EFAULT, policy_call(handler, MM_POLICY_ATTACH, NULL));
	refused("an argument of size 0", -EINVAL, of_size(handler, MM_POLICY_ATTACH, 0));
	refused("an argument of size 7", -EINVAL, of_size(handler, MM_POLICY_SET, 7));
	refused("an argument that is longer and not zero there", -E2BIG, long_attach(8, 1));
	refused("an argument of 8000 bytes", -E2BIG, long_attach(8000, 1));
	refused("an argument of a megabyte", -E2BIG, long_attach(1 << 20, 1));
	refused("attaching to no handler", -ENOTCONN,
		policy_attach(empty, -1, area, PAGE));
	refused("setting no handler", -ENOTCONN, policy_set_limit(empty, PAGE));
	refused("asking no handler", -ENOTCONN,
		of_size(empty, MM_POLICY_INFO, sizeof(struct mm_policy_info)));
	refused("reclaim from no handler", -ENOTCONN,
		of_size(empty, MM_POLICY_RECLAIM, sizeof(struct mm_policy_reclaim)));
	refused("reclaim with unknown flags", -EINVAL,
		policy_call(handler, MM_POLICY_RECLAIM, &r));
	refused("a file that is a handler becomes another", -EBUSY,
		policy_call(handler, MM_POLICY_CREATE, &c));
	refused("a file that is a handler opens another", -EBUSY,
		policy_take(handler, policy_id(handler)));
	refused("opening a handler that there is not", -ESRCH, policy_take(empty, 0x7ffffff0));
	refused("opening handler 0", -ESRCH, policy_take(empty, 0));
}

static void wrong_policies(void)
{
	struct mm_policy_entry entry = { .size = sizeof(entry), .index = 1000 };
	struct mm_policy_create no_end = { .policy = "clock" };
	struct mm_policy_set set = { .what = MM_POLICY_SET_ARG };

	memset(no_end.policy, 'x', sizeof(no_end.policy));
	refused("a handler of no policy", -ENOENT, policy_try_create(empty, "", 0));
	refused("a handler of an unknown policy", -ENOENT,
		policy_try_create(empty, "no-such", 0));
	refused("a policy's name without an end", -EINVAL, create_from(empty, no_end));
	refused("a handler with unknown flags", -EINVAL,
		create_with(empty, "clock", 1, 0));
	refused("a handler with padding", -EINVAL,
		create_with(empty, "clock", 0, 1));
	memset(no_end.arg, 'x', sizeof(no_end.arg));
	strcpy(no_end.policy, "clock");
	refused("a text without an end", -EINVAL, create_from(empty, no_end));
	refused("moving to an unknown policy", -ENOENT,
		policy_set_policy(handler, "no-such"));
	refused("an unknown policy, and a limit", -ENOENT,
		set_with((struct mm_policy_set) {
			.what = MM_POLICY_SET_POLICY | MM_POLICY_SET_LIMIT,
			.policy = "no-such", .limit = PAGE }));
	refused("setting something unknown", -EINVAL,
		set_with((struct mm_policy_set) { .what = 1 << 7, .limit = PAGE }));
	memset(set.arg, 'x', sizeof(set.arg));
	refused("setting a text without an end", -EINVAL, set_with(set));
	refused("opening an unknown policy", -ENOENT,
		allow_with((struct mm_policy_allow) { .name = "no-such" }));
	refused("opening the built-in policy", -EINVAL,
		allow_with((struct mm_policy_allow) { .name = "clock" }));
	refused("opening with unknown flags", -EINVAL,
		allow_with((struct mm_policy_allow) { .name = "clock", .flags = 1 << 8 }));
	refused("the thousandth policy", -ENOENT,
		policy_call(empty, MM_POLICY_ENTRY, &entry));
}

static void wrong_ranges(void)
{
	uint64_t at = (uintptr_t)area;

	refused("attach with unknown flags", -EINVAL, attach_with(1 << 5, -1, 0, 0));
	refused("a range that stays over exec", -EINVAL,
		attach_with(MM_POLICY_ATTACH_EXEC, -1, at, PAGE));
	refused("a range that children do not inherit", -EINVAL,
		attach_with(MM_POLICY_ATTACH_ALONE, -1, at, PAGE));
	refused("an unaligned address", -EINVAL, attach_with(0, -1, at + 8, PAGE));
	refused("an unaligned length", -EINVAL, attach_with(0, -1, at, PAGE + 8));
	refused("an address without a length", -EINVAL, attach_with(0, -1, at, 0));
	refused("an address of the kernel's", -EINVAL,
		attach_with(0, -1, 0xffff888000000000ULL, PAGE));
	refused("a range up into the kernel's", -EINVAL,
		attach_with(0, -1, at, 1ULL << 60));
	refused("a range around the end", -EINVAL,
		attach_with(0, -1, at, -(uint64_t)PAGE));
	refused("detach with unknown flags", -EINVAL, detach_with(1, 0, -1, 0, 0));
	refused("detach with padding", -EINVAL, detach_with(0, 1, -1, 0, 0));
	refused("detach of an unaligned address", -EINVAL, detach_with(0, 0, -1, at + 1, PAGE));
	refused("detach of an address without a length", -EINVAL,
		detach_with(0, 0, -1, at, 0));

	munmap(area + 4 * PAGE, PAGE);
	refused("a range with a hole", -ENOMEM, attach_with(0, -1, at, PAGES * PAGE));
	refused("a range that begins in a hole", -ENOMEM,
		attach_with(0, -1, at + 4 * PAGE, 4 * PAGE));
	refused("a range that ends in a hole", -ENOMEM, attach_with(0, -1, at, 5 * PAGE));
	refused("a range that is a hole", -ENOMEM, attach_with(0, -1, at + 4 * PAGE, PAGE));
	if (mmap(area + 4 * PAGE, PAGE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		die("mmap");
}

static void idle(struct child *parent, void *arg)
{
	(void)arg;
	hear(parent);
}

static void wrong_processes(void)
{
	int kthread = syscall(SYS_pidfd_open, 2, 0);
	int file = open("/proc/self/stat", O_RDONLY);
	struct child child = child_start(idle, NULL);

	refused("pidfd -2", -EBADF, attach_with(0, -2, 0, 0));
	refused("a pidfd that is not open", -EBADF, attach_with(0, 999, 0, 0));
	refused("a pidfd that is a file", -EBADF, attach_with(0, file, 0, 0));
	refused("detach by a pidfd that is a file", -EBADF, detach_with(0, 0, file, 0, 0));
	refused("a kernel thread", -ESRCH, attach_with(0, kthread, 0, 0));

	/* A zombie, then nobody */
	kill(child.pid, SIGKILL);
	waitid(P_PID, child.pid, NULL, WEXITED | WNOWAIT);
	refused("a process that has ended", -ESRCH, attach_with(0, child.pidfd, 0, 0));
	refused("detach of a process that has ended", -ESRCH,
		detach_with(0, 0, child.pidfd, 0, 0));
	waitpid(child.pid, NULL, 0);
	refused("a process that is gone", -ESRCH, attach_with(0, child.pidfd, 0, 0));
	close(child.pidfd);
	close(file);
	close(kthread);
}

/* Does @fd hold exactly what its mappings in these processes map? */
static bool held_is_mapped(int fd, pid_t a, pid_t b)
{
	long before, mapped, after;
	int i;

	/* Reading may touch more */
	for (i = 0; i < 5; i++) {
		before = policy_held(fd);
		mapped = managed_rss(a) + (b ? managed_rss(b) : 0);
		after = policy_held(fd);
		if (before == mapped && mapped == after)
			return true;
	}
	ksft_print_msg("held %ld, mapped %ld, held %ld\n", before, mapped, after);
	return false;
}

static void oneself(void)
{
	struct mm_policy_info info;

	fill(area, PAGES, 1);
	ksft_test_result(!policy_attach_as(handler, -1, NULL, 0, 0, 7) &&
			 default_of(0) == policy_id(handler) &&
			 answers_to(0, area) == policy_id(handler) && tag_of(0, area) == 7,
			 "a process attaches itself, and /proc tells to whom, and its tag\n");
	ksft_test_result(is_managed(0, area) && is_managed(0, &handler) &&
			 is_managed(0, __builtin_frame_address(0)) && is_managed(0, &oneself),
			 "smaps shows mp for memory, data, stack and text\n");
	ksft_test_result(held_is_mapped(handler, getpid(), 0), "held is what is mapped\n");
	info = policy_info(handler);
	ksft_test_result(info.spaces == 1 && info.held_anon && info.held_file &&
			 info.held == info.held_anon + info.held_file + info.held_shmem,
			 "the kinds of what is held add up\n");
	ksft_test_result(answers_to(0, map_anon(1)) == policy_id(handler),
			 "so does what it maps from now on\n");
	ksft_test_result(!policy_attach_as(handler, -1, NULL, 0, 0, 8) &&
			 tag_of(0, area) == 8 && policy_info(handler).spaces == 1,
			 "a second attach changes the tag\n");
	ksft_test_result(!policy_detach(-1, NULL, 0) && !default_of(0) &&
			 !answers_to(0, area) && !is_managed(0, area) &&
			 !managed_rss(0) && !policy_held(handler) &&
			 !policy_info(handler).spaces && intact(area, PAGES, 1),
			 "detached, it is as before, and nothing is held\n");
	ksft_test_result(!policy_detach(-1, NULL, 0), "a second detach does no harm\n");
}

static void sizes(void)
{
	struct {
		__u32 size;
		__u32 what;
		char policy[MM_POLICY_NAME_LEN];
		__u64 limit;
	} shorter = { sizeof(shorter), MM_POLICY_SET_LIMIT, "", 5 * PAGE };
	struct mm_policy_next next = { .size = sizeof(next) };

	ksft_test_result(!policy_call(handler, MM_POLICY_SET, &shorter) &&
			 policy_info(handler).limit == 5 * PAGE,
			 "an argument that is shorter counts as zero there\n");
	policy_set_limit(handler, 0);
	ksft_test_result(!long_attach(64, 0) && answers_to(0, area) == policy_id(handler) &&
			 !policy_detach(-1, area, PAGE),
			 "an argument that is longer and zero there is taken\n");
	ksft_test_result(!policy_call(empty, MM_POLICY_NEXT, &next) &&
			 next.id == policy_id(handler) &&
			 policy_call(empty, MM_POLICY_NEXT, &next) == -ENOENT,
			 "the handlers can be walked\n");
}

static void parameters(void)
{
	struct mm_policy_create c = {
		.size = sizeof(c),
		.policy = "clock",
		.limit = 3 * PAGE + 1,
		.args = { 1, 2, 3, 4, 5, 6, 7, ~0ULL },
		.arg = "some text",
	};
	struct mm_policy_set set = {
		.size = sizeof(set),
		.what = MM_POLICY_SET_ARGS,
		.limit = 77 * PAGE,
		.args = { 11 },
		.arg = "other",
	};
	struct mm_policy_entry entry;
	struct mm_policy_info info;
	int fd = policy_open();

	ksft_test_result(!policy_call(fd, MM_POLICY_CREATE, &c), "a handler is made\n");
	info = policy_info(fd);
	ksft_test_result(info.id == c.id && c.id && !strcmp(info.policy, "clock") &&
			 info.limit == 4 * PAGE && info.args[0] == 1 &&
			 info.args[7] == ~0ULL && !strcmp(info.arg, "some text") &&
			 info.exit == MM_POLICY_EXIT_NONE && info.uid == getuid() &&
			 info.size == sizeof(info) && !info.held && !info.spaces,
			 "it is what it was asked to be, its limit rounded up\n");
	policy_entry("clock", &entry);
	ksft_test_result((entry.flags & MM_POLICY_ENTRY_BUILTIN) &&
			 info.flags == (entry.flags & ~MM_POLICY_ENTRY_MAY_USE),
			 "it tells its policy's flags\n");
	policy_call(fd, MM_POLICY_SET, &set);
	info = policy_info(fd);
	ksft_test_result(info.args[0] == 11 && !info.args[7] && info.limit == 4 * PAGE &&
			 !strcmp(info.arg, "some text"), "what is set changes, and only that\n");
	ksft_test_result(entry.handlers == 2, "its policy counts two handlers\n");
	close(fd);
}

static void wait_and_map(struct child *parent, void *arg)
{
	char *mine = map_anon(64);

	(void)arg;
	fill(mine, 64, 3);
	for (;;) {
		uint64_t what = hear(parent);

		if (what == ~0ULL)
			return;
		if (what == 'm')
			fill(map_anon(32), 32, 4);
		say(parent, what == 'c' ? intact(mine, 64, 3) : (uintptr_t)mine);
	}
}

static void others(void)
{
	struct child one = child_start(wait_and_map, NULL);
	struct child two = child_start(wait_and_map, NULL);
	const void *its = (void *)ask(&one, 'a');
	int second = policy_create("clock", 0);
	int third;
	long held;

	ask(&two, 'a');
	ksft_test_result(!policy_attach(handler, one.pidfd, NULL, 0) &&
			 default_of(one.pid) == policy_id(handler) &&
			 is_managed(one.pid, its) && !answers_to(0, area),
			 "another process is attached by its pidfd\n");
	ksft_test_result(held_is_mapped(handler, one.pid, 0), "held is what it maps\n");
	ksft_test_result(!policy_attach(handler, two.pidfd, NULL, 0) &&
			 policy_info(handler).spaces == 2 &&
			 held_is_mapped(handler, one.pid, two.pid),
			 "two processes on one handler: held is what both map\n");
	held = policy_held(handler);
	ask(&two, 'm');
	ksft_test_result(policy_held(handler) >= held + 32 &&
			 held_is_mapped(handler, one.pid, two.pid),
			 "what one maps afterwards is held\n");
	ksft_test_result(!policy_attach(second, one.pidfd, NULL, 0) &&
			 answers_to(one.pid, its) == policy_id(second) &&
			 held_is_mapped(second, one.pid, 0) &&
			 held_is_mapped(handler, two.pid, 0) && policy_info(handler).spaces == 1,
			 "one moves to another handler with all that it holds\n");
	ksft_test_result(!policy_attach(second, one.pidfd, its, 8 * PAGE) &&
			 count_maps(one.pid, its, 64 * PAGE) == 1,
			 "attached again where it is, nothing is cut\n");
	ksft_test_result(!policy_attach(handler, one.pidfd, its, 8 * PAGE) &&
			 answers_to(one.pid, its) == policy_id(handler) &&
			 answers_to(one.pid, its + 8 * PAGE) == policy_id(second) &&
			 count_maps(one.pid, its, 64 * PAGE) == 2 &&
			 policy_info(handler).spaces == 2,
			 "a range of another process is attached\n");
	ksft_test_result(policy_held(handler) + policy_held(second) ==
			 managed_rss(one.pid) + managed_rss(two.pid),
			 "both hold together what is mapped\n");

	/* Nobody's file is left, but the processes are */
	third = policy_open();
	ksft_test_result(!policy_take(third, policy_id(second)) &&
			 policy_id(third) == policy_id(second), "a handler is opened by number\n");
	held = policy_id(third);
	close(second);
	close(third);
	third = policy_open();
	ksft_test_result(!policy_take(third, held) && policy_held(third) > 0,
			 "a handler lives as long as a process answers to it\n");
	ksft_test_result(!policy_detach(one.pidfd, its, 4 * PAGE) &&
			 !answers_to(one.pid, its) &&
			 answers_to(one.pid, its + 4 * PAGE) == policy_id(handler),
			 "a range of another process is detached\n");
	ksft_test_result(!policy_detach(one.pidfd, NULL, 0) && !managed_rss(one.pid) &&
			 !policy_held(third) && !policy_info(third).spaces &&
			 held_is_mapped(handler, two.pid, 0),
			 "detached as a whole, it answers to neither\n");
	ksft_test_result(ask(&one, 'c') == 1 && ask(&two, 'c') == 1, "content is as it was\n");
	child_end(&two);
	ksft_test_result(!policy_held(handler) && !policy_info(handler).spaces,
			 "the end of a process ends what is held for it\n");
	child_end(&one);
	close(third);
}

static void polling(void)
{
	struct pollfd fds[] = {
		{ .fd = handler, .events = POLLIN | POLLPRI },
		{ .fd = empty, .events = POLLIN | POLLPRI },
	};

	poll(fds, 2, 0);
	ksft_test_result(!fds[0].revents, "poll() has nothing to tell of a handler that lives\n");
	ksft_test_result(fds[1].revents & POLLERR, "poll() tells that a file is no handler\n");
}

static void run_on(int cpu)
{
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	if (sched_setaffinity(0, sizeof(cpus), &cpus))
		die("sched_setaffinity");
}

/* What another processor counted while there was no limit counts against the new one. */
static void limit_afterwards(void)
{
	size_t pages = 512;
	char *mine = map_anon(pages);

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		ksft_test_result_skip("a limit holds that comes afterwards\n");
		return;
	}
	policy_attach(handler, -1, mine, pages * PAGE);
	run_on(1);
	fill(mine, 48, 9);
	run_on(0);
	policy_set_limit(handler, 256 * PAGE);
	fill(mine, pages, 9);
	ksft_print_msg("%ld held\n", policy_held(handler));
	ksft_test_result(policy_held(handler) <= 256, "a limit holds that comes afterwards\n");
	policy_set_limit(handler, 0);
	policy_detach(-1, mine, pages * PAGE);
	munmap(mine, pages * PAGE);
}

/* What may not go makes nobody wait for ever. */
static void limit_of_locked(void)
{
	size_t pages = 64;
	char *mine = map_anon(pages);
	uint64_t before;

	policy_attach(handler, -1, mine, pages * PAGE);
	if (mlock(mine, pages * PAGE))
		die("mlock");
	before = now_us();
	policy_set_limit(handler, 16 * PAGE);
	ksft_test_result(policy_held(handler) == (long)pages && now_us() - before < 10000000,
			 "a lower limit ends at what is locked (%ld held)\n",
			 policy_held(handler));
	munlock(mine, pages * PAGE);
	policy_set_limit(handler, 15 * PAGE);
	ksft_test_result(policy_held(handler) <= 15, "and holds when it is not\n");
	policy_set_limit(handler, 0);
	policy_detach(-1, mine, pages * PAGE);
	munmap(mine, pages * PAGE);
}

/* What a fork adds is nobody's call to pay for: the next faults do. */
static void debt(char *mine, size_t pages, long limit)
{
	pid_t pid;
	long held;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		pause();
		_exit(0);
	}
	held = policy_held(handler);
	policy_set_policy(handler, "clock");
	ksft_test_result(policy_held(handler) == held, "who sets anything else pays for no fork\n");
	touch(mine, pages);
	ksft_test_result(held > limit && policy_held(handler) <= limit,
			 "what a fork adds is paid by faults (%ld, %ld)\n", held,
			 policy_held(handler));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void limits(void)
{
	size_t pages = 512;
	char *mine = map_anon(pages);

	swap_on_zram(64);
	policy_attach(handler, -1, mine, pages * PAGE);
	fill(mine, pages, 9);
	ksft_test_result(policy_held(handler) == (long)pages, "without a limit all is held\n");
	policy_set_limit(handler, 256 * PAGE);
	ksft_test_result(policy_held(handler) <= 256 && policy_held(handler) >= 224 &&
			 (long)resident(mine, pages) == policy_held(handler),
			 "a lower limit holds at once\n");
	policy_detach(-1, mine, pages * PAGE);
	touch(mine, pages);
	policy_attach(handler, -1, mine, pages * PAGE);
	ksft_test_result(policy_held(handler) <= 256 && policy_held(handler) >= 224 &&
			 (long)resident(mine, pages) == policy_held(handler),
			 "and for what is attached when it is there already\n");
	policy_detach(-1, mine, pages * PAGE);
	munmap(mine, pages * PAGE);

	mine = map_anon(pages);
	policy_attach(handler, -1, mine, pages * PAGE);
	fill(mine, pages, 9);
	ksft_print_msg("%ld held, %zu resident\n", policy_held(handler), resident(mine, pages));
	ksft_test_result(policy_held(handler) <= 256 && policy_held(handler) >= 192 &&
			 (long)resident(mine, pages) == policy_held(handler),
			 "a limit holds, and is used\n");
	ksft_test_result(intact(mine, pages, 9) && policy_held(handler) <= 256,
			 "what was paged out comes back, under the limit\n");
	policy_set_limit(handler, 64 * PAGE);
	touch(mine, pages);
	ksft_test_result(policy_held(handler) <= 64, "a lower limit is kept by faults\n");
	debt(mine, pages, 64);
	policy_set_limit(handler, 0);
	touch(mine, pages);
	ksft_test_result(policy_held(handler) == (long)pages && intact(mine, pages, 9),
			 "a limit taken away lets all be held\n");
	munmap(mine, pages * PAGE);
	ksft_test_result(!policy_held(handler), "unmapped, nothing is held\n");
	limit_of_locked();
	policy_detach(-1, NULL, 0);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(102);
	area = map_anon(PAGES);
	handler = policy_create("clock", 0);
	empty = policy_open();
	snapshot();

	wrong_forms();
	wrong_policies();
	wrong_ranges();
	wrong_processes();
	polling();
	oneself();
	sizes();
	parameters();
	others();
	limits();
	limit_afterwards();
	close(handler);
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
