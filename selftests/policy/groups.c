// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control groups and managed memory: a group at its limit gets it from its own
 * handlers' pages, whatever their policies want, and from nobody else's; nobody is
 * killed, and content comes back. So does what is asked for by memory.reclaim.
 */
#include <stdio.h>
#include <unistd.h>

#include "kselftest.h"
#include "policy.h"

static const char *lru_name(bool mglru)
{
	return mglru ? "MGLRU" : "classic LRU";
}

/* A control group at its limit */
static void group_limit(const char *policy, bool mglru)
{
	long before = vmstat("oom_kill"), pressure, peak;
	struct child child;
	bool same;

	set_mglru(mglru);
	group_make("limit");
	group_write("limit", "memory.max", "12M");
	child = hold(policy, "limit", 24, -1, 0);
	pressure = tell(&child, 'p');
	same = tell(&child, 'c') == 1;
	peak = group_read("limit", "memory.peak");
	ksft_test_result(same && peak <= 12 * (long)MIB && vmstat("oom_kill") == before &&
			 !group_stat("limit", "memory.events", "oom_kill"),
			 "%s, %s: a group's limit holds, content stays, nobody is killed\n",
			 policy, lru_name(mglru));
	ksft_test_result(pressure >= 12 * 256 / 2, "%s, %s: handlers pay (%ld pages)\n", policy,
			 lru_name(mglru), pressure);
	end(&child);
	group_drop("limit");
}

/* Two groups: who is at its limit pays, the other does not. */
static void neighbours(void)
{
	struct child poor, rich, shared;
	int handler = policy_create("clock", 0);
	long oom = vmstat("oom_kill");

	group_make("poor");
	group_make("rich");
	group_write("poor", "memory.max", "8M");
	/* The same handler in both groups, and one of its own */
	rich = hold(NULL, "rich", 8, handler, 0);
	shared = hold("clock", "rich", 8, -1, 0);
	poor = hold(NULL, "poor", 16, handler, 0);
	ksft_test_result(tell(&poor, 'r') < 2048 && tell(&rich, 'r') == 2048 &&
			 tell(&shared, 'r') == 2048 && vmstat("oom_kill") == oom,
			 "a group at its limit takes nothing from others, same handler or not\n");
	group_write("poor", "memory.reclaim", "4M");
	ksft_test_result(tell(&rich, 'r') == 2048 && tell(&shared, 'r') == 2048,
			 "memory.reclaim of a group takes nothing from others (%ld and %ld of 2048)\n",
			 tell(&rich, 'r'), tell(&shared, 'r'));
	group_write("rich", "memory.reclaim", "4M");
	ksft_test_result(tell(&rich, 'r') + tell(&shared, 'r') <= 4096 - 900,
			 "memory.reclaim of a group takes from its own\n");
	ksft_test_result(tell(&rich, 'c') == 1 && tell(&shared, 'c') == 1 &&
			 tell(&poor, 'c') == 1, "content is as it was\n");

	/* MADV_PAGEOUT, and the handler itself */
	tell(&shared, 'v');
	ksft_test_result(!tell(&shared, 'r') && tell(&rich, 'r') == 2048,
			 "MADV_PAGEOUT takes all of a range, and nothing else\n");
	ksft_test_result(policy_reclaim(handler, MIB) >= 256 && tell(&rich, 'c') == 1,
			 "MM_POLICY_RECLAIM gets what it is asked for\n");

	end(&poor);
	end(&rich);
	end(&shared);
	close(handler);
	group_drop("poor");
	group_drop("rich");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(17);
	swap_on_zram(256);
	policy_load(policy_own_object("none"));
	policy_load(policy_object("nru"));
	neighbours();
	group_limit("clock", true);
	group_limit("clock", false);
	group_limit("none", true);
	group_limit("none", false);
	group_limit("nru", false);
	set_mglru(true);
	policy_unload("nru");
	policy_unload("none");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
