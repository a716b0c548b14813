// SPDX-License-Identifier: GPL-2.0-only
/*
 * The swapper: one of two swap areas goes, with all that is in it, and comes back.
 */
#include <sys/swap.h>

#include "races.h"

static bool off[2];

/* Never both: something must be paged out to somewhere. */
static bool off_and_on(int area)
{
	if (off[!area])
		off[!area] = swapon(swap_area[!area], pick(2) ? SWAP_FLAG_PREFER | 1 : 0);
	if (!off[area] && swapoff(swap_area[area]))
		return false;
	off[area] = true;
	nap(pick(500000));
	off[area] = swapon(swap_area[area], pick(2) ? SWAP_FLAG_PREFER | 1 : 0);
	return !off[area];
}

static bool do_first(void)
{
	return off_and_on(0);
}

static bool do_second(void)
{
	return off_and_on(1);
}

static bool wants(void)
{
	return swap_area[1];
}

static const struct op ops[] = {
	{ "first off, on", do_first, 1, 3, NULL },
	{ "second off, on", do_second, 1, 3, NULL },
};

const struct disturber swapper = {
	.name = "swapper",
	.pause_us = 1000000,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
	.wants = wants,
};
