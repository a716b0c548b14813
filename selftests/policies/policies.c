// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policies of bpf/ choose what they say that they choose: their C, run in a
 * simulation, against answers that are known beforehand.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "simulator.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static int count, failed;

static void __attribute__((format(printf, 2, 3))) check(bool right, const char *format, ...)
{
	va_list args;

	count++;
	failed += !right;
	printf("%s %d - ", right ? "ok" : "not ok", count);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

/* The same numbers in every run, and on every machine */
static __u64 seed;

static __u32 random_below(__u32 n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

static const char *const eviction[] = {
	"probe", "nru", "linear", "fifo", "mru", "lfu", "s3fifo", "lhd", "hyperbolic",
	"hints", "region", "stream", "loop", "around", "template",
};

/* -------------------------------------------------------------------------- patterns */

#define BASE	0x10000
#define LIMIT	1024

/* Ranks with weight 1/(rank + 1), scattered over the pages. */
static void touch_zipf(struct simulation *sim, __u64 base, __u32 pages, __u32 times)
{
	static double *sum;
	static __u32 summed;
	__u32 i;

	if (summed != pages) {
		sum = realloc(sum, pages * sizeof(*sum));
		for (i = 0; i < pages; i++)
			sum[i] = (i ? sum[i - 1] : 0) + 1.0 / (i + 1);
		summed = pages;
	}
	while (times--) {
		double x = random_below(1 << 30) / (double)(1 << 30) * sum[pages - 1];
		__u32 low = 0, high = pages - 1;

		while (low < high) {
			__u32 middle = (low + high) / 2;

			if (sum[middle] < x)
				low = middle + 1;
			else
				high = middle;
		}
		sim_touch(sim, base + low * 7919ULL % pages);
	}
}

static void touch_range(struct simulation *sim, __u64 from, __u32 pages)
{
	while (pages--)
		sim_touch(sim, from++);
}

static __u64 zipf_refaults(const char *policy)
{
	struct simulation *sim = sim_start(policy, LIMIT, NULL);
	__u64 base = sim_map(sim, BASE, 4 * LIMIT, 0, false), refaults;

	seed = 1;
	touch_zipf(sim, base, 4 * LIMIT, 100000);
	sim_reset_counters(sim);
	touch_zipf(sim, base, 4 * LIMIT, 200000);
	refaults = sim->refaults;
	sim_end(sim);
	return refaults;
}

/* --------------------------------------------------------------------- the contract */

static bool kept_contract(const struct simulation *sim)
{
	return sim->most_held <= sim->handler.limit && !sim->overruns && !sim->invalid &&
	       !sim->by_clock && !sim->short_selects && !sim->ahead_invalid;
}

static void mixed(struct simulation *sim, __u64 base)
{
	touch_zipf(sim, base, 2 * LIMIT, 5000);
	touch_range(sim, base, 2 * LIMIT);
	sim_reclaim(sim, 40);
}

static void test_contract(void)
{
	__u32 i, k;

	for (i = 0; i < ARRAY_SIZE(eviction); i++) {
		struct simulation *sim = sim_start(eviction[i], LIMIT, NULL);
		__u64 base = sim_map(sim, BASE, 2 * LIMIT, 0, false);

		seed = 1;
		for (k = 0; k < 4; k++)
			mixed(sim, base);
		check(kept_contract(sim), "%s: finds enough in the pages that there are",
		      eviction[i]);
		check(sim_reclaim(sim, 64) == 64 && sim_reclaim(sim, 64) == 64,
		      "%s: as much as is asked for", eviction[i]);
		sim_end(sim);
	}
}

/* Nothing is accessed between searches but what faults; all is accessed; all is gone. */
static void test_extremes(void)
{
	__u32 i, k;

	for (i = 0; i < ARRAY_SIZE(eviction); i++) {
		struct simulation *sim = sim_start(eviction[i], LIMIT, NULL);
		__u64 base, other;

		base = sim_map(sim, BASE, LIMIT, 0, false);
		touch_range(sim, base, LIMIT);
		for (k = 0; k < 8; k++) {
			touch_range(sim, base, LIMIT);
			sim_reclaim(sim, 64);
		}
		check(!sim->by_clock && !sim->short_selects,
		      "%s: enough when all was accessed", eviction[i]);

		sim_unmap(sim, base);
		sim_reset_counters(sim);
		other = sim_map(sim, 4 * BASE, 2 * LIMIT, 0, false);
		touch_range(sim, other, 2 * LIMIT);
		check(!sim->overruns && !sim->invalid && sim->by_clock < LIMIT / 16,
		      "%s: goes on after its pages were unmapped (%llu by the clock)",
		      eviction[i], sim->by_clock);

		for (k = 0; k < 2 * LIMIT; k++)
			sim_lock(sim, other + k, true);
		check(!sim_reclaim(sim, 64), "%s: gives up when all is locked", eviction[i]);
		sim_end(sim);
	}
}

static __u64 alone(const char *policy, __u32 limit)
{
	struct simulation *sim = sim_start(policy, limit, NULL);
	__u64 base = sim_map(sim, BASE, 2 * LIMIT, 0, false), i, refaults;

	for (i = 0; i < 20000; i++)
		sim_touch(sim, base + i * 13 % (limit + limit / 4));
	refaults = sim->refaults;
	sim_end(sim);
	return refaults;
}

/* Two handlers with the same names of pages do as each would without the other. */
static void test_handlers(void)
{
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(eviction); i++) {
		__u64 small = alone(eviction[i], 256), large = alone(eviction[i], 768), k;
		struct simulation *a = sim_start(eviction[i], 256, NULL);
		struct simulation *b = sim_start(eviction[i], 768, NULL);
		__u64 base = sim_map(a, BASE, 2 * LIMIT, 0, false);

		sim_map(b, BASE, 2 * LIMIT, 0, false);
		for (k = 0; k < 20000; k++) {
			sim_touch(a, base + k * 13 % 320);
			sim_touch(b, base + k * 13 % 960);
		}
		check(a->refaults == small && b->refaults == large,
		      "%s: handlers do not mix", eviction[i]);
		sim_end(a);
		sim_end(b);
	}
}

static void test_no_leaks(void)
{
	static const struct { const char *policy, *map; } kept[] = {
		{ "fifo", "rings" }, { "mru", "rings" }, { "s3fifo", "rings" },
		{ "hints", "rings" }, { "loop", "rings" }, { "lhd", "lhd_handlers" },
	};
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		struct simulation *sim = sim_start(kept[i].policy, LIMIT, NULL);
		__u32 during = sim_entries(sim, kept[i].map);
		struct simulation *last = sim_start(kept[i].policy, LIMIT, NULL);

		sim_end(sim);
		check(during && sim_entries(last, kept[i].map) == during,
		      "%s: a handler that ends leaves nothing in %s", kept[i].policy,
		      kept[i].map);
		sim_end(last);
	}
}

/* ---------------------------------------------------------------------- cyclic scans */

/*
 * Belady's optimum. In a cycle the next use of a page is as far as the page is behind
 * the scan, so the one to evict is the nearest behind.
 */
static __u64 cyclic_opt(__u32 limit, __u32 pages, __u32 rounds)
{
	bool *resident = calloc(pages, sizeof(*resident));
	__u64 misses = 0, i;
	__u32 held = 0, victim;

	for (i = 0; i < (__u64)pages * rounds; i++) {
		if (resident[i % pages])
			continue;
		misses++;
		if (held == limit) {
			for (victim = (i - 1) % pages; !resident[victim];)
				victim = victim ? victim - 1 : pages - 1;
			resident[victim] = false;
			held--;
		}
		resident[i % pages] = true;
		held++;
	}
	free(resident);
	return misses - pages;
}

static __u64 cyclic(const char *policy, __u32 limit, __u32 pages, __u32 rounds)
{
	struct simulation *sim = sim_start(policy, limit, NULL);
	__u64 base = sim_map(sim, BASE, pages, 0, false), refaults;

	while (rounds--)
		touch_range(sim, base, pages);
	refaults = sim->refaults;
	sim_end(sim);
	return refaults;
}

static void test_cyclic(void)
{
	static const __u32 tenths[] = { 11, 15, 20 };
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(tenths); i++) {
		__u32 pages = LIMIT * tenths[i] / 10;
		__u64 opt = cyclic_opt(LIMIT, pages, 10);
		__u64 mru = cyclic("mru", LIMIT, pages, 10);

		check(mru * 100 <= opt * 103,
		      "mru: a loop over %u.%u times what fits: %llu, OPT %llu",
		      tenths[i] / 10, tenths[i] % 10, mru, opt);
	}
	check(cyclic("loop", LIMIT, LIMIT * 2, 10) * 100 <= cyclic_opt(LIMIT, LIMIT * 2, 10) * 107,
	      "loop: as mru, but for the pages that it spares");
	check(cyclic("fifo", LIMIT, LIMIT * 11 / 10, 10) >= LIMIT * 11 / 10 * 9,
	      "fifo: such a loop misses always");
	check(cyclic("linear", LIMIT, LIMIT * 11 / 10, 10) >= LIMIT * 11 / 10 * 9,
	      "linear: such a loop misses always");
	check(!cyclic("nru", LIMIT, LIMIT, 10), "nru: what fits is not missed");
}

/* A page that one thread got is not the next one's victim. */
static void test_threads(void)
{
	struct simulation *sim = sim_start("mru", LIMIT, NULL);
	__u64 base = sim_map(sim, BASE, 4 * LIMIT, 0, false), page;
	__u32 taken = 0;

	for (page = base; page < base + 4 * LIMIT; page++) {
		sim->thread = 1 + page % 2;
		sim_touch(sim, page);
		taken += page > base && !sim_resident(sim, page - 1);
	}
	check(!taken, "mru: two threads do not take each other's newest page");
	sim_end(sim);
}

/* --------------------------------------------------------- what may not go this time */

/* Searches that can take nothing, or little */
static const struct {
	const char *what;
	struct sim_wish wish;
} fruitless[] = {
	{ "another node", { .node = 1 } },
	{ "another group", { .node = -1, .others = true } },
	{ "anything, without time", { .node = -1, .calls = 6 } },
};

/* Pages used once, upwards; of what is asked for, hardly anything is from below. */
static bool takes_newest(const char *policy, const struct sim_wish *wish)
{
	struct simulation *sim = sim_start(policy, LIMIT, NULL);
	__u64 base = sim_map(sim, BASE, LIMIT / 4, 0, false), i, low = 0;

	touch_range(sim, base, LIMIT / 4);
	sim_reclaim(sim, 64);
	for (i = 0; wish && i < 4; i++)
		sim_ask(sim, 64, wish);
	sim_reclaim(sim, 64);
	for (i = 0; i < LIMIT / 16; i++)
		low += !sim_resident(sim, base + i);
	i = sim->evicted;
	sim_end(sim);
	return i >= 128 && low <= 4;	/* mru brings up one for each search */
}

/* Refaults of popular pages while others pass by */
static __u64 disturbed_scan(const struct sim_wish *wish)
{
	struct simulation *sim = sim_start("s3fifo", LIMIT, NULL);
	__u64 hot = sim_map(sim, BASE, LIMIT, 0, false);
	__u64 scan = sim_map(sim, 2 * BASE, 20 * LIMIT, 0, false), refaults;
	__u32 i;

	seed = 1;
	for (i = 0; i < 20 * LIMIT; i++) {
		if (wish && i % 100 == 99)
			sim_ask(sim, 8, wish);
		sim_touch(sim, scan + i);
		touch_zipf(sim, hot, LIMIT, 4);
	}
	refaults = sim_refaults(sim, hot, LIMIT);
	sim_end(sim);
	return refaults;
}

/* The order in which pages came is kept for the search that may take them. */
static void test_fruitless(void)
{
	static const char *const newest[] = { "mru", "loop" };
	__u64 quiet = disturbed_scan(NULL), refaults;
	__u32 i, k;

	for (i = 0; i < ARRAY_SIZE(newest); i++)
		check(takes_newest(newest[i], NULL), "%s: of pages used once, the newest go",
		      newest[i]);
	for (k = 0; k < ARRAY_SIZE(fruitless); k++) {
		const struct sim_wish *wish = &fruitless[k].wish;

		/* (loop spends six calls on marks, and then the clock chooses.) */
		for (i = 0; i < ARRAY_SIZE(newest) - !!wish->calls; i++)
			check(takes_newest(newest[i], wish), "%s: still so after searches for %s",
			      newest[i], fruitless[k].what);
		refaults = disturbed_scan(wish);
		/* Without time, the clock takes what it finds */
		check(refaults * 100 <= quiet * (wish->calls ? 140 : 115),
		      "s3fifo: searches for %s push out nothing popular: %llu refaults, %llu without",
		      fruitless[k].what, refaults, quiet);
	}
}

/* -------------------------------------------------------------- Table 1 of the paper */

/*
 * A program of some pages below its data and some above, in one mapping or in several.
 * It starts up, does its work, and uses its own hot pages with each reference.
 */
struct program {
	struct simulation *sim;
	__u64 start, hot[6], data;
	int nr_hot;
};

#define START_UP	16

static void program_start(struct program *g, const char *policy, __u32 limit,
			  __u32 data, bool many_mappings)
{
	g->sim = sim_start(policy, limit, NULL);
	if (many_mappings) {		/* text, variables, heap, library, stack */
		g->hot[0] = sim_map(g->sim, BASE, START_UP, 0, true) + 3;
		g->hot[1] = sim_map(g->sim, 2 * BASE, 2, 0, false) + 1;
		g->data = sim_map(g->sim, 3 * BASE, data, 0, false);
		g->start = sim_map(g->sim, 4 * BASE, 2 * START_UP, 0, true);
		g->hot[2] = g->start + 2 * START_UP - 5;
		g->hot[3] = sim_map(g->sim, 5 * BASE, 8, 0, false) + 7;
		g->nr_hot = 4;
	} else {
		g->start = sim_map(g->sim, BASE, START_UP + 1 + data + 8, 0, false);
		g->data = g->start + START_UP + 1;
		g->hot[0] = g->data + data + 7;
		g->nr_hot = 1;
	}
	touch_range(g->sim, g->start, START_UP);
}

static void refer(struct program *g, __u64 page)
{
	int i;

	for (i = 0; i < g->nr_hot; i++)
		sim_touch(g->sim, g->hot[i]);
	sim_touch(g->sim, page);
}

#define KB	4	/* of them are a page */

static __u64 task1(const char *policy, __u32 limit)
{
	__u32 pages = 245, at, start, round;
	struct program g;
	__u64 refaults;

	program_start(&g, policy, limit, pages, false);
	g.hot[g.nr_hot++] = g.start + START_UP;		/* counters */
	for (start = 0; start + 80 <= pages * KB; start += 9) {
		for (round = 0; round < 10; round++) {
			for (at = start; at < start + 80; at++)
				refer(&g, g.data + at / KB);
		}
	}
	refaults = g.sim->refaults;
	sim_end(g.sim);
	return refaults;
}

static __u64 task2(const char *policy, __u32 limit, bool many_mappings, bool downwards)
{
	__u32 pages = 1024, at;
	struct program g;
	__u64 refaults;

	program_start(&g, policy, limit, pages, many_mappings);
	for (at = 0; at < pages * KB; at++) {
		refer(&g, g.data + (downwards ? pages * KB - 1 - at : at) / KB);
		if (at % 512 == 511)
			sim_touch(g.sim, g.hot[g.nr_hot - 1] - 1);
	}
	refaults = g.sim->refaults;
	sim_end(g.sim);
	return refaults;
}

static void test_table1(void)
{
	static const __u32 limits[] = { 40, 64, 96 };
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		__u32 limit = limits[i];
		__u64 nru = task1("nru", limit), linear = task1("linear", limit);

		check(!nru && linear, "Table 1, task 1, %u frames: refaults %llu nru, %llu linear",
		      limit, nru, linear);
		nru = task2("nru", limit, false, false);
		linear = task2("linear", limit, false, false);
		check(nru && !linear, "Table 1, task 2, %u frames: refaults %llu nru, %llu linear",
		      limit, nru, linear);
		check(!task2("linear", limit, false, true),
		      "linear: task 2 downwards, %u frames", limit);
		check(!task2("linear", limit, true, false) && !task2("linear", limit, true, true),
		      "linear: task 2 with text, heap, library and stack, %u frames", limit);
	}
}

/* --------------------------------------------------------------- what each is good at */

static void test_popularity(void)
{
	static const char *const better[] = {
		"nru", "lfu", "s3fifo", "lhd", "hyperbolic", "template",
	};
	__u64 fifo = zipf_refaults("fifo");
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(better); i++) {
		__u64 refaults = zipf_refaults(better[i]);

		check(refaults * 100 < fifo * 95, "%s: popular pages: %llu refaults, fifo %llu",
		      better[i], refaults, fifo);
	}
}

/* Refaults of a hot half while scans pass through pages that are read once */
static __u64 hot_and_scan(const char *policy)
{
	struct simulation *sim = sim_start(policy, LIMIT, NULL);
	__u64 hot = sim_map(sim, BASE, LIMIT / 2, 1, false);
	__u64 scan = sim_map(sim, 2 * BASE, 64 * LIMIT, 2, false);
	__u64 i, refaults;

	seed = 1;
	touch_range(sim, hot, LIMIT / 2);
	touch_range(sim, hot, LIMIT / 2);
	for (i = 0; i < 64 * LIMIT; i++) {
		sim->hint = 1;
		sim_touch(sim, scan + i);
		sim->hint = 0;
		sim_touch(sim, hot + random_below(LIMIT / 2));
	}
	refaults = sim_refaults(sim, hot, LIMIT / 2);
	sim_end(sim);
	return refaults;
}

static void test_scan(void)
{
	static const struct { const char *policy; __u32 times; } better[] = {
		{ "lfu", 2 }, { "lhd", 2 }, { "s3fifo", 10 }, { "stream", 10 },
	};
	__u64 fifo = hot_and_scan("fifo");
	__u32 i;

	for (i = 0; i < ARRAY_SIZE(better); i++) {
		__u64 refaults = hot_and_scan(better[i].policy);

		check(refaults * better[i].times < fifo,
		      "%s: a scan beside hot pages: %llu refaults of those, fifo %llu",
		      better[i].policy, refaults, fifo);
	}
	check(!hot_and_scan("hints"), "hints: no hot page goes while there are scanned ones");
}

/* Three ranges of half the limit each, used in turns: what stays is what was said. */
static void test_region(void)
{
	static const __u64 args[8] = { 0x210 };		/* keep tag 2, drop tag 1 */
	static const __u64 other[8] = { 0x120 };
	struct simulation *sim = sim_start("region", LIMIT, args);
	__u64 used = sim_map(sim, BASE, LIMIT / 2, 0, false);
	__u64 dropped = sim_map(sim, 2 * BASE, LIMIT / 2, 1, false);
	__u64 kept = sim_map(sim, 3 * BASE, LIMIT / 2, 2, false);
	__u32 i;

	for (i = 0; i < 10; i++) {
		touch_range(sim, kept, LIMIT / 2);
		touch_range(sim, used, LIMIT / 2);
		touch_range(sim, dropped, LIMIT / 2);
	}
	check(!sim_refaults(sim, kept, LIMIT / 2), "region: what is to be kept is kept");
	check(sim_refaults(sim, dropped, LIMIT / 2) > sim_refaults(sim, used, LIMIT / 2),
	      "region: what is to be dropped goes before what is used");

	memcpy(sim->handler.args, other, sizeof(other));
	for (i = 0; i < 3; i++) {
		touch_range(sim, kept, LIMIT / 2);
		touch_range(sim, used, LIMIT / 2);
		touch_range(sim, dropped, LIMIT / 2);
	}
	sim_reset_counters(sim);
	for (i = 0; i < 10; i++) {
		touch_range(sim, kept, LIMIT / 2);
		touch_range(sim, used, LIMIT / 2);
		touch_range(sim, dropped, LIMIT / 2);
	}
	check(!sim_refaults(sim, dropped, LIMIT / 2) && sim_refaults(sim, kept, LIMIT / 2),
	      "region: a new phase has new rules");
	sim_end(sim);
}

/* ----------------------------------------------------------------------- reading ahead */

static void step(struct simulation *sim, __u64 base, __u32 pages, __s64 step, __u32 noise)
{
	__u64 page = step > 0 ? base : base + pages - 1;

	while (page >= base && page < base + pages) {
		sim_touch(sim, page);
		if (noise && !random_below(noise))
			sim_touch(sim, base + random_below(pages));
		page += step;
	}
}

static void try_ahead(const char *policy, __s64 by, __u32 noise, __u32 most_percent,
		      const char *what)
{
	struct simulation *sim = sim_start(policy, LIMIT, NULL);
	__u32 pages = 8 * LIMIT;
	__u64 base = sim_map(sim, BASE, pages, 0, true);

	seed = 1;
	step(sim, base, pages, by, noise);
	check(sim->major * 100 <= sim->faults * most_percent && !sim->ahead_invalid &&
	      sim->most_held <= LIMIT,
	      "%s: %s: waits for %llu of %llu pages, %llu of %llu read ahead for nothing",
	      policy, what, sim->major, sim->faults, sim->read_ahead - sim->ahead_used,
	      sim->read_ahead);
	sim_end(sim);
}

static void try_random(const char *policy)
{
	struct simulation *sim = sim_start(policy, LIMIT, NULL);
	__u64 base = sim_map(sim, BASE, 64 * LIMIT, 0, true);
	__u32 i;

	seed = 1;
	for (i = 0; i < 4 * LIMIT; i++)
		sim_touch(sim, base + random_below(64 * LIMIT));
	check(sim->read_ahead * 100 < sim->faults && !sim->ahead_invalid,
	      "%s: no order: %llu pages read ahead at %llu faults", policy,
	      sim->read_ahead, sim->faults);
	sim_end(sim);
}

/* A merge: two runs downwards and one upwards in one mapping, which come back later. */
static void try_runs(void)
{
	struct simulation *sim = sim_start("around", LIMIT, NULL);
	__u64 base = sim_map(sim, BASE, 3 * LIMIT, 0, false), i;

	touch_range(sim, base, 3 * LIMIT);
	sim_reset_counters(sim);
	for (i = 0; i < LIMIT; i++) {
		sim_touch(sim, base + LIMIT - 1 - i);
		sim_touch(sim, base + 2 * LIMIT - 1 - i);
		sim_touch(sim, base + 2 * LIMIT + i);
	}
	check(sim->major * 20 <= sim->faults && !sim->ahead_invalid,
	      "around: three runs at a time: waits for %llu of %llu pages", sim->major,
	      sim->faults);
	sim_end(sim);
}

/* How many pages a long stride has asked for that were not touched yet */
static __u32 steps_ahead(__u64 most)
{
	__u64 args[8] = { most };
	struct simulation *sim = sim_start("stride", LIMIT, args);
	__u64 base = sim_map(sim, BASE, 8 * LIMIT, 0, true), i;
	__u32 ahead;

	for (i = 0; i < 100; i++)
		sim_touch(sim, base + 7 * i);
	ahead = sim->nr_ahead;
	sim_end(sim);
	return ahead;
}

static void test_ahead(void)
{
	struct simulation *sim;
	__u64 base, i;

	try_ahead("seq", 1, 0, 1, "upwards");
	try_ahead("stream", 1, 0, 1, "upwards");
	try_ahead("stride", 1, 0, 1, "upwards");
	try_ahead("stride", -1, 0, 1, "downwards");
	try_ahead("stride", 7, 0, 1, "steps of 7");
	try_ahead("stride", -5, 0, 1, "steps of -5");
	try_ahead("leap", 1, 0, 20, "upwards");
	try_ahead("leap", -3, 0, 20, "steps of -3");
	try_ahead("leap", 3, 8, 50, "steps of 3, some astray");
	try_ahead("vma", 1, 0, 1, "upwards");
	try_ahead("loop", 1, 0, 1, "upwards");
	try_ahead("around", 1, 0, 1, "upwards");
	try_ahead("around", -1, 0, 1, "downwards");
	try_runs();
	check(steps_ahead(0) == 8 && steps_ahead(5) == 5 && steps_ahead(16) == 16 &&
	      steps_ahead(100) == 16, "stride: is as many steps ahead as it was told, at most 16");
	try_random("seq");
	try_random("stride");
	try_random("leap");
	try_random("stream");

	/* What was paged out comes back in two pieces. */
	sim = sim_start("vma", 0, NULL);
	base = sim_map(sim, BASE, 200, 0, false);
	touch_range(sim, base, 200);
	sim_empty(sim);
	for (i = 0; i < 200; i++)
		sim_touch(sim, base + i * 77 % 200);
	check(sim->major == 2 && sim->ahead_used == 198,
	      "vma: a mapping of 200 pages comes back with %llu waits", sim->major);
	sim_end(sim);
}

/* ------------------------------------------------------------------------------- probe */

static void test_probe(void)
{
	static const __u64 args[8] = { 2 };
	struct simulation *sim = sim_start("probe", LIMIT, args);
	__u64 base = sim_map(sim, BASE, 2 * LIMIT, 0, true), *counter, i;
	__u32 silent = 0, counters = 30;

	for (i = 0; i < 2; i++) {
		touch_range(sim, base, 2 * LIMIT);
		sim_reclaim(sim, 10);
	}
	sim_touch(sim, sim_map(sim, 2 * BASE, 1, 0, false));
	sim_lock(sim, base + 2 * LIMIT - 1, true);
	sim_reclaim(sim, 64);
	sim_end(sim);

	/*
	 * All count but what there is none of here: attach, detach, copies on write, two
	 * kinds of pressure, and questions that fail.
	 */
	sim = sim_start("probe", LIMIT, NULL);
	counter = sim_array(sim, "probe_counts");
	for (i = 0; i < counters; i++)
		silent += !counter[i];
	check(silent == 7, "probe: counts what happens (%u of %u are 0)", silent, counters);
	sim_end(sim);
}

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
	{ "contract", test_contract },
	{ "extremes", test_extremes },
	{ "handlers", test_handlers },
	{ "leaks", test_no_leaks },
	{ "cyclic", test_cyclic },
	{ "threads", test_threads },
	{ "fruitless", test_fruitless },
	{ "table1", test_table1 },
	{ "popularity", test_popularity },
	{ "scan", test_scan },
	{ "region", test_region },
	{ "ahead", test_ahead },
	{ "probe", test_probe },
};

int main(int argc, char **argv)
{
	__u32 i;

	if (!getenv("POLICIES")) {
		char *slash = strrchr(argv[0], '/');

		if (slash)
			*slash = 0;
		setenv("POLICIES", slash ? argv[0] : ".", 1);
	}
	printf("TAP version 13\n");
	for (i = 0; i < ARRAY_SIZE(tests); i++) {
		if (argc < 2 || !strcmp(argv[1], tests[i].name))
			tests[i].run();
	}
	printf("1..%d\n", count);
	return failed || !count;
}
