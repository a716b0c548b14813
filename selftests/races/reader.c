// SPDX-License-Identifier: GPL-2.0-only
/*
 * The reader: of everything that tells about policies and what they hold.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

#include "races.h"

#define PAGES	16

static bool read_of(pid_t pid, const char *file)
{
	char path[100];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, file);
	return swallow(path);
}

static bool do_policy(void)
{
	return read_of(atomic_load(&any_target()->pid), "mm_policy");
}

static bool do_newborn(void)
{
	pid_t pid = atomic_load(&board->newborn);

	read_of(pid, "smaps");
	return read_of(pid, "mm_policy");
}

static bool do_maps(void)
{
	static const char * const files[] = {
		"maps", "smaps", "smaps_rollup", "status", "numa_maps", "stat",
	};

	return read_of(atomic_load(&any_target()->pid), files[pick(ARRAY_LEN(files))]);
}

static bool do_pagemap(void)
{
	const struct target *target = any_worker();
	struct range range = any_range(target);
	pid_t pid = atomic_load(&target->pid);
	uint64_t entry[PAGES];
	char path[50];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	good = pread(fd, entry, sizeof(entry), range.start / PAGE * 8) > 0;
	close(fd);
	if (chance(20)) {
		snprintf(path, sizeof(path), "/proc/%d/clear_refs", pid);
		good &= put(path, "%d", 1 + (int)pick(4));
	}
	return good;
}

/* Somebody else's pages, through the kernel */
static bool do_peek(void)
{
	const struct target *target = any_worker();
	struct range range = any_range(target);
	static char bytes[PAGES * PAGE];
	struct iovec to = { bytes, sizeof(bytes) };
	struct iovec from = { (void *)range.start, range.length };

	return process_vm_readv(atomic_load(&target->pid), &to, 1, &from, 1, 0) > 0;
}

static bool do_system(void)
{
	static const char * const files[] = {
		"/proc/meminfo", "/proc/vmstat", "/proc/zoneinfo", "/proc/swaps",
		"/sys/kernel/mm/policy/enabled", "/sys/kernel/mm/policy/version",
		"/sys/kernel/debug/lru_gen", "/proc/pagetypeinfo", "/proc/buddyinfo",
	};

	return swallow(files[pick(ARRAY_LEN(files))]);
}

static bool do_fdinfo(void)
{
	char path[50], text[300];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", veteran[pick(VETERANS)]);
	return get(path, text, sizeof(text));
}

static bool do_trace(void)
{
	static int on;

	on = !on;
	return put("/sys/kernel/tracing/events/mm_policy/enable", "%d", on);
}

static void end(void)
{
	put("/sys/kernel/tracing/events/mm_policy/enable", "0");
}

static const struct op ops[] = {
	{ "mm_policy", do_policy, 4, 20, NULL },
	{ "newborn", do_newborn, 2, 1, NULL },
	{ "maps", do_maps, 3, 20, NULL },
	{ "pagemap", do_pagemap, 2, 10, NULL },
	{ "peek", do_peek, 2, 10, NULL },
	{ "system", do_system, 3, 20, NULL },
	{ "fdinfo", do_fdinfo, 2, 10, NULL },
	{ "trace", do_trace, 1, 5, may_patch },
};

const struct disturber reader = {
	.name = "reader",
	.pause_us = 30000,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
