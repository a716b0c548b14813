// SPDX-License-Identifier: GPL-2.0-only
/*
 * Huge pages: allowed and forbidden, made out of small ones by others, and split.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "races.h"

#define THP	"/sys/kernel/mm/transparent_hugepage/"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

static char *huge;

static const char *any_of(const char *const *words, unsigned int nr)
{
	return words[pick(nr)];
}

static bool do_enabled(void)
{
	static const char *const words[] = { "always", "always", "madvise", "never" };

	return put(THP "enabled", "%s", any_of(words, ARRAY_LEN(words)));
}

static bool do_shmem(void)
{
	static const char *const words[] = { "always", "within_size", "advise", "never" };

	return put(THP "shmem_enabled", "%s", any_of(words, ARRAY_LEN(words)));
}

/* Folios of some sizes between */
static bool do_sizes(void)
{
	static const char *const words[] = { "always", "inherit", "madvise", "never" };
	static const char *const sizes[] = { "16", "32", "64", "128", "512", "2048" };
	char path[100];

	snprintf(path, sizeof(path), THP "hugepages-%skB/enabled",
		 any_of(sizes, ARRAY_LEN(sizes)));
	return put(path, "%s", any_of(words, ARRAY_LEN(words)));
}

static bool do_defrag(void)
{
	static const char *const words[] = { "always", "defer", "madvise", "never" };

	return put(THP "defrag", "%s", any_of(words, ARRAY_LEN(words))) &&
	       put(THP "khugepaged/scan_sleep_millisecs", "%u", (unsigned int)pick(100)) &&
	       put(THP "khugepaged/alloc_sleep_millisecs", "10");
}

/* What somebody else says of a worker's pages */
static bool advise(int advice)
{
	const struct target *target = any_worker();
	struct range range = any_range(target);
	struct iovec vec = { (void *)range.start, range.length };
	int pidfd = open_pid(atomic_load(&target->pid));
	long done = syscall(SYS_process_madvise, pidfd, &vec, 1UL, advice, 0UL);

	close(pidfd);
	return done > 0;
}

static bool do_collapse(void)
{
	return advise(MADV_COLLAPSE);
}

static bool do_pageout(void)
{
	return advise(chance(50) ? MADV_PAGEOUT : MADV_COLD);
}

static bool do_willneed(void)
{
	return advise(MADV_WILLNEED);
}

static bool do_own(void)
{
	uint64_t seed = pick(1 << 30);
	bool good;

	/* Managed memory gets no huge pages, but may have some. */
	detach(-1, (uintptr_t)huge, 2 * MIB);
	fill(huge, 2 * MIB / PAGE, seed);
	good = !madvise(huge, 2 * MIB, MADV_COLLAPSE);
	attach(veteran[pick(VETERANS)], -1, (uintptr_t)huge, 2 * MIB, 0, 0);
	if (chance(50))
		detach(-1, (uintptr_t)huge + MIB, MIB);
	good &= intact("collapsed", huge, 2 * MIB / PAGE, seed);
	if (chance(50))
		madvise(huge + pick(256) * PAGE, MIB, MADV_DONTNEED);
	return good;
}

static bool do_split(void)
{
	return put("/sys/kernel/debug/split_huge_pages", "1");
}

static bool wants(void)
{
	return !access(THP "enabled", F_OK);
}

static void begin(void)
{
	uintptr_t start = (uintptr_t)map_anon(4 * MIB / PAGE);

	huge = (char *)((start + 2 * MIB - 1) & ~(2 * MIB - 1));
}

static const struct op ops[] = {
	{ "enabled", do_enabled, 2, 10, NULL },
	{ "shmem", do_shmem, 1, 5, NULL },
	{ "sizes", do_sizes, 3, 10, NULL },
	{ "defrag", do_defrag, 1, 5, NULL },
	{ "collapse", do_collapse, 4, 3, NULL },
	{ "page out", do_pageout, 3, 10, NULL },
	{ "will need", do_willneed, 1, 5, NULL },
	{ "own", do_own, 2, 3, NULL },
	{ "split", do_split, 1, 3, NULL },
};

const struct disturber thp = {
	.name = "thp",
	.pause_us = 50000,
	.begin = begin,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
	.wants = wants,
};
