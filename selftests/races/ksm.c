// SPDX-License-Identifier: GPL-2.0-only
/*
 * KSM: pages that are alike become one, and many again.
 */
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "races.h"

#define PAGES	512

#define RUN	"/sys/kernel/mm/ksm/run"

static char *pages[2];

static bool do_run(void)
{
	return put("/sys/kernel/mm/ksm/sleep_millisecs", "%u", (unsigned int)pick(20)) &&
	       put("/sys/kernel/mm/ksm/pages_to_scan", "1000") && put(RUN, "1");
}

static bool do_stop(void)
{
	return put(RUN, "0");
}

static bool do_break(void)
{
	return put(RUN, "2");
}

static bool do_advise(void)
{
	char *start = pages[pick(2)];

	attach(veteran[pick(VETERANS)], -1, (uintptr_t)start, PAGES * PAGE / 2, 0, 0);
	return !madvise(start, PAGES * PAGE, chance(70) ? MADV_MERGEABLE : MADV_UNMERGEABLE);
}

static bool do_write(void)
{
	uint64_t seed = pick(4);

	fill(pages[0], PAGES, seed);
	fill(pages[1], PAGES, seed);
	nap(pick(500000));
	return intact("merged", pages[0], PAGES, seed) && intact("merged", pages[1], PAGES, seed);
}

static bool do_process(void)
{
	bool good = !prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0);

	nap(pick(100000));
	return !prctl(PR_SET_MEMORY_MERGE, 0, 0, 0, 0) && good;
}

static bool do_look(void)
{
	char text[30];

	return get("/sys/kernel/mm/ksm/pages_shared", text, sizeof(text)) && text[0] != '0';
}

static void begin(void)
{
	pages[0] = map_anon(PAGES);
	pages[1] = map_anon(PAGES);
	do_run();
}

static void end(void)
{
	put(RUN, "2");
	put(RUN, "0");
}

static const struct op ops[] = {
	{ "run", do_run, 4, 10, NULL },
	{ "stop", do_stop, 1, 3, NULL },
	{ "break", do_break, 1, 3, NULL },
	{ "advise", do_advise, 4, 10, NULL },
	{ "write", do_write, 4, 10, NULL },
	{ "process", do_process, 1, 3, NULL },
	{ "some are merged", do_look, 4, 3, NULL },
};

const struct disturber ksm = {
	.name = "ksm",
	.pause_us = 100000,
	.begin = begin,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
