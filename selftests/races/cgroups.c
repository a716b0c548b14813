// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control groups: some with a handler of their own come, get processes and limits,
 * reclaim, and are removed with pages still charged to them.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "races.h"

#define ROOT	"/sys/fs/cgroup"
#define GROUPS	4
#define TENANTS	2	/* children in a group */
#define PAGES	512

static pid_t tenant[GROUPS][TENANTS];

static const char *path_of(unsigned int group, const char *file)
{
	static char path[2][100];
	static unsigned int turn;

	turn = !turn;
	snprintf(path[turn], sizeof(path[0]), ROOT "/races/%d.%u/%s", getpid(), group, file);
	return path[turn];
}

static bool exists(unsigned int group)
{
	return !access(path_of(group, ""), F_OK);
}

static unsigned int any_group(void)
{
	unsigned int i, at = pick(GROUPS);

	for (i = 0; i < GROUPS; i++)
		if (exists((at + i) % GROUPS))
			return (at + i) % GROUPS;
	return at;
}

static bool do_make(void)
{
	unsigned int group = pick(GROUPS);

	if (mkdir(path_of(group, ""), 0755))
		return false;
	/* Workers come by, and are not to be killed: a hard limit is oom's business */
	put(path_of(group, "memory.high"), "%lu", (unsigned long)(4 * MIB + pick(16 * MIB)));
	return true;
}

static bool write_policy(const char *path)
{
	return put(path, "%s limit=%luK tag=%u 0=%u", any_policy(),
		   (unsigned long)(2048 + pick(8192)), (unsigned int)pick(3),
		   (unsigned int)pick(8));
}

static bool do_policy(void)
{
	return write_policy(path_of(any_group(), "memory.policy"));
}

static bool do_none(void)
{
	return put(path_of(any_group(), "memory.policy"), "none");
}

/* Below the group of the workers, or above them */
static bool do_policy_above(void)
{
	return chance(70) ? put(ROOT "/races/memory.policy", "none") :
			    write_policy(ROOT "/races/memory.policy");
}

static void be_tenant(unsigned int group)
{
	void *pages;

	follow_parent();
	put("/proc/self/oom_score_adj", "900");
	put(path_of(group, "cgroup.procs"), "0");
	pages = map_anon(PAGES);
	for (;;) {
		uint64_t seed = pick(1 << 30);

		fill(pages, PAGES, seed);
		nap(pick(10000));
		if (!intact("control group's process", pages, PAGES, seed))
			_exit(1);
		if (chance(20) && !fork()) {
			intact("control group's child", pages, PAGES, seed);
			_exit(0);
		}
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
	}
}

static void evict_tenant(pid_t *pid)
{
	if (*pid > 0) {
		kill(*pid, SIGKILL);
		waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static bool do_tenant(void)
{
	unsigned int group = any_group();
	pid_t *pid = &tenant[group][pick(TENANTS)];

	if (!exists(group))
		return false;
	evict_tenant(pid);
	*pid = fork();
	if (!*pid) {
		random_begin(getpid());
		be_tenant(group);
	}
	return *pid > 0;
}

static bool do_reclaim(void)
{
	/* It is not to be had, if less than asked for was reclaimed */
	put(path_of(any_group(), "memory.reclaim"), "%luK", (unsigned long)(64 + pick(2048)));
	return true;
}

static bool do_reclaim_all(void)
{
	put(ROOT "/races/memory.reclaim", "%luK", (unsigned long)(64 + pick(4096)));
	return true;
}

static bool do_limits(void)
{
	unsigned int group = any_group();

	return put(path_of(group, "memory.high"), "%lu",
		   (unsigned long)(2 * MIB + pick(16 * MIB))) &&
	       put(path_of(group, "memory.low"), "%lu", (unsigned long)pick(4 * MIB));
}

/* What it has charged stays charged to where it was. */
static bool do_visit(void)
{
	pid_t pid = atomic_load(&any_worker()->pid);
	unsigned int group = any_group();
	bool good;

	put(path_of(group, "memory.high"), "max");
	good = put(path_of(group, "cgroup.procs"), "%d", pid);
	nap(pick(100000));
	return put(ROOT "/races/all/cgroup.procs", "%d", pid) && good;
}

static bool do_read(void)
{
	unsigned int group = any_group();

	return swallow(path_of(group, "memory.policy")) &&
	       swallow(path_of(group, "memory.stat")) &&
	       swallow(ROOT "/races/memory.stat");
}

static bool remove_group(unsigned int group)
{
	unsigned int i;

	if (!exists(group))
		return false;
	if (chance(50))
		put(path_of(group, "cgroup.kill"), "1");
	for (i = 0; i < TENANTS; i++)
		evict_tenant(&tenant[group][i]);
	/* The children of the killed are somebody else's, and on their way out. */
	put(path_of(group, "cgroup.kill"), "1");
	for (i = 0; i < 100 && rmdir(path_of(group, "")); i++)
		nap(10000);
	return i < 100;
}

static bool do_remove(void)
{
	return remove_group(pick(GROUPS));
}

static void end(void)
{
	unsigned int i;

	put(ROOT "/races/memory.policy", "none");
	for (i = 0; i < GROUPS; i++)
		if (exists(i) && !remove_group(i))
			complain("a control group cannot be removed");
}

static const struct op ops[] = {
	{ "make", do_make, 3, 5, NULL },
	{ "policy", do_policy, 4, 10, NULL },
	{ "none", do_none, 1, 3, NULL },
	{ "policy above", do_policy_above, 1, 5, NULL },
	{ "tenant", do_tenant, 4, 10, NULL },
	{ "reclaim", do_reclaim, 2, 5, NULL },
	{ "reclaim all", do_reclaim_all, 1, 5, NULL },
	{ "limits", do_limits, 2, 5, NULL },
	{ "visit", do_visit, 2, 5, NULL },
	{ "read", do_read, 1, 5, NULL },
	{ "remove", do_remove, 2, 5, NULL },
};

const struct disturber cgroups = {
	.name = "cgroups",
	.pause_us = 20000,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
