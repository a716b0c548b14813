// SPDX-License-Identifier: GPL-2.0-only
/*
 * Managed processes that are killed for want of memory, alone and in groups, and a
 * hog that leaves the system nearly none for a moment.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "races.h"

#define GROUP	"/sys/fs/cgroup/races/oom"

enum how { BY_GROUP, WHOLE, RANGE };

/* Uses memory until there is no more. Without swap it cannot pay with its own. */
static void hog(enum how how, int flags)
{
	const size_t pages = 32 * MIB / PAGE;
	char *start;
	size_t page;

	follow_parent();
	put("/proc/self/oom_score_adj", "1000");
	if (!put(GROUP "/cgroup.procs", "0"))
		_exit(1);
	start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | flags, -1, 0);
	if (start == MAP_FAILED)
		_exit(1);
	if (how == WHOLE)
		attach(veteran[pick(VETERANS)], -1, 0, 0, 0, 0);
	else if (how == RANGE)
		attach(veteran[pick(VETERANS)], -1, (uintptr_t)start, pages * PAGE, 0, 0);
	if (chance(30) && !fork())
		nap(pick(5000));
	for (page = 0; page < pages; page++)
		start[page * PAGE] = 1;
	_exit(1);
}

static bool be_killed(enum how how, int flags)
{
	int status = 0;
	pid_t pid;

	if (how == BY_GROUP)
		put(GROUP "/memory.policy", "%s limit=8M", any_policy());
	put(GROUP "/memory.oom.group", "%d", (int)pick(2));
	pid = fork();
	if (!pid) {
		random_begin(getpid());
		hog(how, flags);
	}
	if (pid < 0)
		return false;
	atomic_store(&board->newborn, pid);
	waitpid(pid, &status, 0);
	if (how == BY_GROUP)
		put(GROUP "/memory.policy", "none");
	put(GROUP "/cgroup.kill", "1");
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

static bool do_whole(void)
{
	return be_killed(WHOLE, MAP_PRIVATE);
}

static bool do_range(void)
{
	return be_killed(RANGE, MAP_PRIVATE);
}

static bool do_shared(void)
{
	return be_killed(RANGE, MAP_SHARED);
}

static bool do_group(void)
{
	return be_killed(BY_GROUP, MAP_PRIVATE);
}

/* Leave the system 24 MiB or less. */
static void eat(void)
{
	size_t page, pages = 64 * MIB / PAGE;
	char *start;

	follow_parent();
	put("/proc/self/oom_score_adj", "1000");
	while (number_in("/proc/meminfo", "MemAvailable") > 24 * 1024) {
		start = map_anon(pages);
		for (page = 0; page < pages; page++) {
			start[page * PAGE] = 1;
			if (page % 256 == 0 && number_in("/proc/meminfo", "MemFree") < 8 * 1024)
				nap(1000);
			if (stopped())
				_exit(0);
		}
	}
	nap(100000);
	_exit(0);
}

static bool do_pressure(void)
{
	pid_t pid = fork();
	int waited;

	if (!pid)
		eat();
	if (pid < 0)
		return false;
	for (waited = 0; waited < 100; waited++) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return true;
		nap(100000);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return true;
}

static void begin(void)
{
	if (mkdir(GROUP, 0755) || !put(GROUP "/memory.max", "%lu", 12 * MIB) ||
	    !put(GROUP "/memory.swap.max", "0"))
		die("oom: no control group");
}

static void end(void)
{
	int i;

	put(GROUP "/cgroup.kill", "1");
	for (i = 0; i < 500 && rmdir(GROUP); i++)
		nap(10000);
	if (i == 500)
		complain("oom: the control group cannot be removed");
}

static const struct op ops[] = {
	{ "whole", do_whole, 2, 3, NULL },
	{ "range", do_range, 2, 3, NULL },
	{ "shared", do_shared, 1, 1, NULL },
	{ "group", do_group, 2, 3, NULL },
	{ "pressure", do_pressure, 1, 1, NULL },
};

const struct disturber oom = {
	.name = "oom",
	.pause_us = 500000,
	.begin = begin,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
