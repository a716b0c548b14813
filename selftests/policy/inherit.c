// SPDX-License-Identifier: GPL-2.0-only
/*
 * fork: children answer to their parent's handlers, unless it was attached alone.
 * exec: the handler is left, unless it was attached to stay, and always where the
 * program has more rights than its caller.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest.h"
#include "policy.h"

#define PAGES	256

static int handler;
static char *area, *range;

static bool exact(pid_t a, pid_t b)
{
	long before, mapped, after;
	int i;

	for (i = 0; i < 5; i++) {
		before = policy_held(handler);
		mapped = managed_rss(a) + (b ? managed_rss(b) : 0);
		after = policy_held(handler);
		if (before == mapped && mapped == after)
			return true;
	}
	ksft_print_msg("held %ld, mapped %ld, held %ld\n", before, mapped, after);
	return false;
}

/* The last to let go of an address space may be a worker */
static bool holds_nothing(void)
{
	struct mm_policy_info info;
	int i;

	for (i = 0; i < 20; i++) {
		info = policy_info(handler);
		if (!info.held && !info.spaces)
			return true;
		usleep(100000);
	}
	ksft_print_msg("held %llu, spaces %u\n", info.held, info.spaces);
	return false;
}

static void obey(struct child *parent, void *arg)
{
	(void)arg;
	for (;;) {
		switch (hear(parent)) {
		case ~0ULL:
			return;
		case 'w':
			fill(area, PAGES, 2);
			say(parent, intact(area, PAGES, 2));
			break;
		case 'm':
			say(parent, (uintptr_t)map_anon(1));
			break;
		case 'd':
			say(parent, policy_detach(-1, NULL, 0));
			break;
		default:
			say(parent, 0);
		}
	}
}

static void forks(void)
{
	const uint32_t id = policy_id(handler);
	struct child child;
	long before;

	fill(area, PAGES, 1);
	policy_attach_as(handler, -1, NULL, 0, 0, 3);
	before = policy_held(handler);
	child = child_start(obey, NULL);
	ask(&child, 0);
	ksft_test_result(default_of(child.pid) == id && answers_to(child.pid, area) == id &&
			 tag_of(child.pid, area) == 3,
			 "a child answers to the same, with its tag\n");
	ksft_test_result(policy_info(handler).spaces == 2 &&
			 policy_held(handler) > before + PAGES && exact(getpid(), child.pid),
			 "shared pages are held once for each that maps them\n");
	before = policy_held(handler);
	ksft_test_result(ask(&child, 'w') == 1 && intact(area, PAGES, 1) &&
			 exact(getpid(), child.pid), "after copying on write as well\n");
	ksft_test_result(answers_to(child.pid, (void *)ask(&child, 'm')) == id,
			 "what the child maps answers to it\n");
	ksft_test_result(!ask(&child, 'd') && !managed_rss(child.pid) && exact(getpid(), 0) &&
			 policy_info(handler).spaces == 1,
			 "a child that detaches leaves its parent's\n");
	child_end(&child);
	child = child_start(obey, NULL);
	ask(&child, 0);
	kill(child.pid, SIGKILL);
	child_end(&child);
	ksft_test_result(exact(getpid(), 0) && policy_info(handler).spaces == 1,
			 "a killed child holds nothing\n");
	policy_detach(-1, NULL, 0);
	ksft_test_result(!policy_held(handler), "detached, nothing is held\n");
}

static void ranges(void)
{
	const uint32_t id = policy_id(handler);
	struct child child;

	fill(range, 16, 1);
	policy_attach_as(handler, -1, range, 16 * PAGE, 0, 9);
	child = child_start(obey, NULL);
	ask(&child, 0);
	ksft_test_result(answers_to(child.pid, range) == id && tag_of(child.pid, range) == 9 &&
			 !answers_to(child.pid, area) && !default_of(child.pid) &&
			 policy_held(handler) == 32, "a range is inherited, and only that\n");
	child_end(&child);
	policy_detach(-1, range, 16 * PAGE);

	policy_attach_as(handler, -1, NULL, 0, MM_POLICY_ATTACH_ALONE, 0);
	child = child_start(obey, NULL);
	ask(&child, 0);
	ksft_test_result(!default_of(child.pid) && !managed_rss(child.pid) && exact(getpid(), 0) &&
			 policy_info(handler).spaces == 1,
			 "children of a process that was attached alone do not inherit\n");
	child_end(&child);
	policy_detach(-1, NULL, 0);

	policy_attach(handler, -1, range, 16 * PAGE);
	child = child_start(obey, NULL);
	ask(&child, 0);
	ksft_test_result(answers_to(child.pid, range) == id,
			 "that it was attached alone once is forgotten when it is detached\n");
	child_end(&child);
	policy_detach(-1, NULL, 0);
}

static void *in_thread(void *arg)
{
	fill(area, PAGES, 5);
	*(long *)arg = answers_to(0, area);
	return NULL;
}

static int in_vfork(void *arg)
{
	fill(area, PAGES, 6);
	(void)arg;
	return 0;
}

static void threads(void)
{
	char *stack = map_anon(64);
	long answered = 0;
	pthread_t thread;
	pid_t pid;

	policy_attach(handler, -1, NULL, 0);
	pthread_create(&thread, NULL, in_thread, &answered);
	pthread_join(thread, NULL);
	ksft_test_result(answered == policy_id(handler) && policy_info(handler).spaces == 1 &&
			 exact(getpid(), 0), "threads are one address space\n");
	pid = clone(in_vfork, stack + 64 * PAGE, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	waitpid(pid, NULL, 0);
	ksft_test_result(intact(area, PAGES, 6) && policy_info(handler).spaces == 1 &&
			 exact(getpid(), 0),
			 "a process that borrows the address space changes nothing\n");
	policy_detach(-1, NULL, 0);
	munmap(stack, 64 * PAGE);
}

/* Executed programs print what they answer to */
static uint32_t hear_program(const int out[2], pid_t pid, char *output, size_t size)
{
	uint32_t id = 0;
	ssize_t got;

	close(out[1]);
	memset(output, 0, size);
	while ((got = read(out[0], output + strlen(output), size - 1 - strlen(output))) > 0)
		;
	close(out[0]);
	waitpid(pid, NULL, 0);
	sscanf(output, "default %u ", &id);
	return id;
}

static uint32_t exec_as(const char *program, const char *file, uint32_t flags, uid_t uid,
			bool range_only, char *output, size_t size)
{
	int out[2];
	pid_t pid;

	if (pipe(out))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (!pid) {
		/* The handler is another's: only attach needs no right to it */
		if (range_only)
			policy_attach(handler, -1, range, PAGE);
		else if (policy_attach_as(handler, -1, NULL, 0, flags, 4))
			_exit(2);
		if (uid)
			become(uid);
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execl(program, program, file, NULL);
		_exit(3);
	}
	return hear_program(out, pid, output, size);
}

/* Its whole output is in text. */
static char text[64 << 10];

static uint32_t exec_cat(const char *cat, uint32_t flags, uid_t uid, bool range_only)
{
	return exec_as(cat, "/proc/self/mm_policy", flags, uid, range_only, text, sizeof(text));
}

/* The C library starts a program by vfork() here: in the caller's address space. */
static uint32_t spawn_cat(uint32_t flags)
{
	char *const args[] = { "cat", "/proc/self/mm_policy", NULL };
	posix_spawn_file_actions_t actions;
	int out[2];
	pid_t pid;

	if (pipe2(out, O_CLOEXEC))
		die("pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	policy_attach_as(handler, -1, NULL, 0, flags, 0);
	if (posix_spawn(&pid, "/usr/bin/cat", &actions, NULL, args, NULL))
		die("posix_spawn");
	policy_detach(-1, NULL, 0);
	posix_spawn_file_actions_destroy(&actions);
	return hear_program(out, pid, text, sizeof(text));
}

static void execs(void)
{
	static const char cat[] = "/usr/bin/cat", setuid_cat[] = "/tmp/policy-cat";
	const uint32_t id = policy_id(handler);
	char *stack;
	uint32_t got;

	ksft_test_result(!exec_cat(cat, 0, 0, false) && !text[0],
			 "a program that is executed answers to nobody\n");
	ksft_test_result(!exec_cat(cat, 0, 0, true) && !text[0],
			 "nor if a range did before\n");
	got = exec_cat(cat, MM_POLICY_ATTACH_EXEC, 0, false);
	ksft_test_result(got == id && strstr(text, " clock 4\n"),
			 "attached to stay over exec, it does, with its tag\n");
	/* Text, data, libraries, heap and stack */
	ksft_test_result(strlen(text) > 10 * 20 && strchr(text, '-'),
			 "and so do all its mappings\n");
	exec_as(cat, "/proc/self/smaps", MM_POLICY_ATTACH_EXEC, 0, false, text, sizeof(text));
	stack = strstr(text, "[stack]");
	stack = stack ? strstr(stack, "VmFlags:") : NULL;
	if (stack)
		stack[strcspn(stack, "\n")] = '\0';
	ksft_test_result(stack && strstr(stack, " mp"), "its stack too\n");
	got = exec_cat(cat, MM_POLICY_ATTACH_EXEC, NOBODY, false);
	ksft_test_result(got == id, "for another user as well\n");

	ksft_test_result(spawn_cat(MM_POLICY_ATTACH_EXEC) == id,
			 "so does what is executed by a child in its parent's address space\n");
	ksft_test_result(!spawn_cat(MM_POLICY_ATTACH_EXEC | MM_POLICY_ATTACH_ALONE),
			 "unless its parent was attached alone\n");
	got = exec_cat(cat, MM_POLICY_ATTACH_EXEC | MM_POLICY_ATTACH_ALONE, 0, false);
	ksft_test_result(got == id, "who itself keeps it\n");

	/* A program with its owner's rights */
	run("cp /usr/bin/cat /tmp/policy-cat && chmod 4755 /tmp/policy-cat");
	got = exec_cat(setuid_cat, MM_POLICY_ATTACH_EXEC, 0, false);
	ksft_test_result(got == id, "a setuid program that gives its caller nothing keeps it\n");
	got = exec_cat(setuid_cat, MM_POLICY_ATTACH_EXEC, NOBODY, false);
	ksft_test_result(!got && !text[0], "a setuid program answers to nobody\n");
	run("rm /tmp/policy-cat");
	ksft_test_result(holds_nothing(),
			 "all of them over, nothing is held\n");
}

/* Grandchildren over fork and exec, under a limit that all of them share */
static void families(void)
{
	int status;
	pid_t pid;

	policy_set_limit(handler, 4 * MIB);
	fflush(stdout);
	pid = fork();
	if (!pid) {
		policy_attach_as(handler, -1, NULL, 0, MM_POLICY_ATTACH_EXEC, 0);
		execl("/bin/sh", "sh", "-c",
		      "for i in 1 2 3 4; do (head -c 3000000 /dev/zero | sort >/dev/null) & done;"
		      "wait", NULL);
		_exit(3);
	}
	waitpid(pid, &status, 0);
	ksft_test_result(WIFEXITED(status) && !WEXITSTATUS(status) &&
			 policy_stat(handler, MM_POLICY_STAT_EVICTED) > 100,
			 "a family of programs lives under one limit\n");
	ksft_test_result(holds_nothing(),
			 "when it is gone, nothing is held\n");
	policy_set_limit(handler, 0);
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(27);
	swap_on_zram(256);
	handler = policy_create("clock", 0);
	area = map_anon(PAGES);
	range = map_anon(16);
	mprotect(map_anon(1), PAGE, PROT_NONE);

	forks();
	ranges();
	threads();
	execs();
	families();
	close(handler);
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
