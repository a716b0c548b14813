// SPDX-License-Identifier: GPL-2.0-only
/*
 * The forker: managed processes are born, execute, share, exit and are killed, at all
 * moments.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "races.h"

#define PAGES	192

static char *data, *shared;
static uint64_t seed;

/* Fork; the child is for others to attach. */
static pid_t bear(void)
{
	pid_t pid = fork();

	if (!pid) {
		follow_parent();
		random_begin(getpid());
		return 0;
	}
	if (pid > 0)
		atomic_store(&board->newborn, pid);
	return pid;
}

static int await(pid_t pid)
{
	int status = -1;

	atomic_fetch_add(&self->beats, 1);
	waitpid(pid, &status, 0);
	return status;
}

static bool look(const char *who)
{
	return intact(who, data, PAGES, seed) && intact(who, shared, PAGES, seed + 1);
}

/* What parent and child have in common is copied when one of them writes. */
static int be_child(void)
{
	uint64_t other = pick(1 << 30);

	if (!look("forked child"))
		return 1;
	fill(data, PAGES, other);
	nap(pick(3000));
	return !intact("child's copy", data, PAGES, other);
}

static bool do_fork(void)
{
	pid_t pid = bear();

	if (!pid)
		_exit(be_child());
	return pid > 0 && look("parent") && ended_well(await(pid));
}

static bool do_kill(void)
{
	pid_t pid = bear();

	while (!pid) {
		fill(data, PAGES, pick(1 << 30));
		intact("child that is killed, shared memory", shared, PAGES, seed + 1);
	}
	if (pid < 0)
		return false;
	nap(pick(20000));
	kill(pid, SIGKILL);
	return WIFSIGNALED(await(pid)) && look("parent of a killed child");
}

/* The child outlives its parent. */
static bool do_orphan(void)
{
	pid_t pid = bear();

	if (!pid) {
		if (!fork()) {
			random_begin(getpid());
			alarm(60);
			_exit(be_child());
		}
		_exit(!look("parent of an orphan"));
	}
	return pid > 0 && ended_well(await(pid));
}

static void execute(void)
{
	char number[20];

	snprintf(number, sizeof(number), "%u", (unsigned int)pick(1 << 30));
	execl("/proc/self/exe", "stress", "--touch", number, NULL);
	_exit(1);
}

static bool do_exec(void)
{
	pid_t pid = bear();

	if (!pid)
		execute();
	return pid > 0 && ended_well(await(pid));
}

/* Over exec, its policy stays. */
static bool do_exec_managed(void)
{
	pid_t pid = bear();

	if (!pid) {
		attach(veteran[pick(VETERANS)], -1, 0, 0, MM_POLICY_ATTACH_EXEC, pick(3));
		look("child before exec");
		execute();
	}
	return pid > 0 && ended_well(await(pid));
}

static bool do_exec_killed(void)
{
	pid_t pid = bear();

	if (!pid) {
		attach(veteran[pick(VETERANS)], -1, 0, 0, MM_POLICY_ATTACH_EXEC, pick(3));
		execute();
	}
	if (pid < 0)
		return false;
	nap(pick(30000));
	kill(pid, SIGKILL);
	await(pid);
	return true;
}

static void *touch_for_ever(void *arg)
{
	for (;;)
		look(arg);
	return NULL;
}

/* Exec and exit while other threads fault */
static bool do_threads(void)
{
	bool exec = chance(50);
	pid_t pid = bear();
	pthread_t thread;
	int i;

	if (!pid) {
		for (i = 0; i < 3; i++)
			if (pthread_create(&thread, NULL, touch_for_ever, "a child's thread"))
				_exit(1);
		nap(pick(3000));
		if (exec)
			execute();
		_exit(0);
	}
	return pid > 0 && ended_well(await(pid));
}

/* The same address space under two processes, of which one attaches and goes */
static int share(void *arg)
{
	(void)arg;
	attach(veteran[pick(VETERANS)], -1, 0, 0, 0, 0);
	look("process with the same memory");
	return 0;
}

static bool do_share(void)
{
	size_t length = 64 * KIB;
	char *stack = map_anon(length / PAGE);
	int status;
	pid_t pid;

	pid = clone(share, stack + length, CLONE_VM | SIGCHLD, NULL);
	if (pid > 0)
		atomic_store(&board->newborn, pid);
	look("owner of shared memory");
	status = pid > 0 ? await(pid) : -1;
	munmap(stack, length);
	return ended_well(status);
}

static bool do_vfork(void)
{
	pid_t pid = vfork();

	if (!pid) {
		execl("/proc/self/exe", "stress", "--touch", "1", NULL);
		_exit(1);
	}
	return pid > 0 && ended_well(await(pid));
}

int touch_run(uint64_t number)
{
	void *pages = map_anon(PAGES);

	fill(pages, PAGES, number);
	/* No board here: the exit status tells */
	board = calloc(1, sizeof(*board));
	return !board || !intact("executed", pages, PAGES, number);
}

static void begin(void)
{
	data = map_anon(PAGES);
	shared = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (shared == MAP_FAILED)
		die("forker: no shared memory");
	seed = pick(1 << 30);
	fill(data, PAGES, seed);
	fill(shared, PAGES, seed + 1);
	self->area[0] = (struct range){ (uintptr_t)data, PAGES * PAGE };
	self->nr_areas = 1;
}

static void end(void)
{
	look("forker at the end");
}

static const struct op ops[] = {
	{ "fork", do_fork, 4, 20, NULL },
	{ "kill", do_kill, 3, 10, NULL },
	{ "orphan", do_orphan, 1, 5, NULL },
	{ "exec", do_exec, 2, 5, NULL },
	{ "exec, managed", do_exec_managed, 2, 5, NULL },
	{ "exec, killed", do_exec_killed, 2, 5, NULL },
	{ "threads", do_threads, 2, 5, NULL },
	{ "share", do_share, 1, 5, NULL },
	{ "vfork", do_vfork, 1, 5, NULL },
};

const struct disturber forker = {
	.name = "forker",
	.pause_us = 5000,
	.begin = begin,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
