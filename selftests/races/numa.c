// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages go to another NUMA node, where there is one.
 */
#include <linux/mempolicy.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "races.h"

#define PAGES	64

static bool do_migrate(void)
{
	unsigned long from = 1UL << pick(2), to = 3 ^ from;
	pid_t pid = atomic_load(&any_target()->pid);

	return syscall(SYS_migrate_pages, pid, 3UL, &from, &to) >= 0;
}

static bool do_move(void)
{
	const struct target *target = any_worker();
	struct range range = any_range(target);
	int node[PAGES], status[PAGES];
	unsigned long nr, i;
	void *page[PAGES];

	nr = range.length / PAGE < PAGES ? range.length / PAGE : PAGES;
	for (i = 0; i < nr; i++) {
		page[i] = (void *)(range.start + i * PAGE);
		node[i] = pick(2);
	}
	return syscall(SYS_move_pages, atomic_load(&target->pid), nr, page, node, status,
		       MPOL_MF_MOVE_ALL) >= 0;
}

static bool do_bind(void)
{
	unsigned long nodes = 1UL << pick(2);
	char *start = map_anon(PAGES);
	uint64_t seed = pick(1 << 30);
	bool good;

	attach(veteran[pick(VETERANS)], -1, (uintptr_t)start, PAGES * PAGE, 0, 0);
	fill(start, PAGES, seed);
	good = !syscall(SYS_mbind, start, PAGES * PAGE, MPOL_BIND, &nodes, 3UL,
			MPOL_MF_MOVE | MPOL_MF_STRICT);
	good &= intact("bound", start, PAGES, seed);
	syscall(SYS_munmap, start, PAGES * PAGE);
	return good;
}

static bool wants(void)
{
	return !access("/sys/devices/system/node/node1", F_OK);
}

static const struct op ops[] = {
	{ "migrate", do_migrate, 2, 10, NULL },
	{ "move", do_move, 4, 10, NULL },
	{ "bind", do_bind, 1, 3, NULL },
};

const struct disturber numa = {
	.name = "numa",
	.pause_us = 100000,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
	.wants = wants,
};
