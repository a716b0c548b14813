// SPDX-License-Identifier: GPL-2.0-only
/*
 * The switches of the whole system: policies at all, and MGLRU or the classic LRU.
 */
#include "races.h"

#define ENABLED	"/sys/kernel/mm/policy/enabled"
#define MGLRU	"/sys/kernel/mm/lru_gen/enabled"

static bool are_off(void)
{
	char text[5];

	return get(ENABLED, text, sizeof(text)) && text[0] == '0';
}

/* A switch-off that is under way undoes this: until it stays. */
static bool switch_on(void)
{
	int tries;

	for (tries = 0; tries < 100; tries++) {
		if (!put(ENABLED, "1"))
			return false;
		nap(200000);
		if (!are_off())
			return true;
	}
	return false;
}

static bool do_policies(void)
{
	bool good = put(ENABLED, "0");

	nap(pick(200000));
	return switch_on() && good;
}

/* A worker of the kernel does it, in its own time. */
static bool do_sysrq(void)
{
	bool good = put("/proc/sysrq-trigger", "P");
	int tries;

	for (tries = 0; tries < 1000 && !are_off(); tries++)
		nap(10000);
	good &= are_off();
	return switch_on() && good;
}

static bool do_mglru(void)
{
	return put(MGLRU, "%c", chance(50) ? 'y' : 'n');
}

static bool do_swappiness(void)
{
	return put("/proc/sys/vm/swappiness", "%u", (unsigned int)pick(200)) &&
	       put("/proc/sys/vm/page-cluster", "%u", (unsigned int)pick(4));
}

static void end(void)
{
	put(ENABLED, "1");
}

static const struct op ops[] = {
	{ "policies off, on", do_policies, 1, 1, NULL },
	{ "SysRq-P, on", do_sysrq, 1, 1, NULL },
	{ "MGLRU", do_mglru, 1, 1, may_patch },
	{ "swappiness", do_swappiness, 1, 1, NULL },
};

const struct disturber switcher = {
	.name = "switcher",
	.pause_us = 40000000,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
