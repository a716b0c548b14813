// SPDX-License-Identifier: GPL-2.0-only
/*
 * What must not become slow, from the first trials of managed pages (see pitfalls.c),
 * for a machine whose clock counts instructions.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "policy.h"

/* Microseconds to unmap so many pages, at best of several times */
static uint64_t unmap_time(int fd, size_t pages)
{
	uint64_t best = ~0ULL, before, took;
	int i;

	for (i = 0; i < 3; i++) {
		char *area = map_anon(pages);

		if (fd >= 0)
			policy_attach(fd, -1, area, pages * PAGE);
		memset(area, 1, pages * PAGE);
		if (fd >= 0 && policy_held(fd) != (long)pages)
			die("%zu pages are not managed", pages);
		before = cpu_us();
		munmap(area, pages * PAGE);
		took = cpu_us() - before;
		if (took < best)
			best = took;
	}
	return best;
}

static void p2(void)
{
	int fd = policy_create("clock", 0);
	uint64_t plain = unmap_time(-1, 2048), managed = unmap_time(fd, 2048);

	ksft_test_result(managed * 100 <= plain * 125,
			 "P2: munmap() is not half as slow again (%lu us, else %lu us)\n", managed,
			 plain);
	policy_detach(-1, NULL, 0);
	close(fd);
}

/* A policy's time for @calls searches of @pages each */
static uint64_t select_ns(int fd, unsigned int calls, unsigned int pages)
{
	uint64_t ns = policy_stat(fd, MM_POLICY_STAT_SELECT_NS);
	uint64_t nr = policy_stat(fd, MM_POLICY_STAT_SELECTS);

	while (calls--)
		policy_reclaim(fd, pages * PAGE);
	nr = policy_stat(fd, MM_POLICY_STAT_SELECTS) - nr;
	return (policy_stat(fd, MM_POLICY_STAT_SELECT_NS) - ns) / (nr ?: 1);
}

static void p9(void)
{
	const size_t pages = 2048;
	uint64_t small, big, before, longest = 0, took;
	char *area = map_anon(pages);
	int fd, i;

	policy_load(policy_object("linear"));
	policy_load(policy_own_object("endless"));
	fd = policy_create("linear", 0);
	policy_attach(fd, -1, area, pages * PAGE);
	fill(area, pages, 1);
	small = select_ns(fd, 256, 1);
	big = select_ns(fd, 16, 64);
	ksft_test_result(small && small * 6 < big,
			 "P9: a search for one page does not look at many (%lu ns, for 64: %lu)\n",
			 small, big);
	touch(area, pages);
	policy_set_policy(fd, "endless");
	for (i = 0; i < 20; i++) {
		before = now_us();
		policy_reclaim(fd, PAGE);
		took = now_us() - before;
		if (took > longest)
			longest = took;
	}
	ksft_test_result(longest < 1000000 && policy_held(fd) <= (long)pages - 20,
			 "P9: a walk that never ends is ended (%lu us)\n", longest);
	ksft_test_result(intact(area, pages, 1), "P9: content is as it was\n");
	munmap(area, pages * PAGE);
	policy_detach(-1, NULL, 0);
	close(fd);
	policy_unload("endless");
	policy_unload("linear");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(5);
	swap_on_zram(64);
	p2();
	p9();
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
