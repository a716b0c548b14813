// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine is short of memory: handlers pay their part, asked by kswapd and by
 * whoever allocates, on both LRUs, whatever their policies want; nobody is killed, and
 * content comes back. (Control groups: groups.c.)
 *
 * For a machine of some 192 MiB, so that filling it does not take long.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "policy.h"

#define TRACE	"/sys/kernel/tracing/"

static const char *lru_name(bool mglru)
{
	return mglru ? "MGLRU" : "classic LRU";
}

/* memory.min is not for others to take */
static void protection(void)
{
	struct child child, hog;
	size_t mib = meminfo_kb("MemAvailable") / 1024;
	long kept;

	group_make("safe");
	group_write("safe", "memory.min", "32M");
	child = hold("clock", "safe", 16, -1, 0);
	hog = hold(NULL, NULL, mib + 16, -1, 0);
	kept = tell(&child, 'r');
	ksft_test_result(kept == 16 * 256, "memory.min protects managed memory (%ld of %d)\n",
			 kept, 16 * 256);
	kill(hog.pid, SIGKILL);
	child_end(&hog);
	end(&child);
	group_drop("safe");
}

static bool traced(const char *who)
{
	static char text[1 << 20];

	return read_text(TRACE "trace", text, sizeof(text)) && strstr(text, who);
}

/* The machine at its limit, and who searches then */
static void machine(const char *policy, bool mglru, uid_t uid)
{
	const size_t mib = meminfo_kb("MemAvailable") / 1024, part = mib / 4, excess = 32;
	long before = vmstat("oom_kill"), left, mlocked = meminfo_kb("Mlocked");
	struct child holder, hog;
	bool kswapd, direct;

	set_mglru(mglru);
	write_text(TRACE "trace", "\n");
	write_text(TRACE "events/mm_policy/mm_policy_select/enable", "1");
	holder = hold(policy, NULL, part, -1, uid);
	hog = hold(NULL, NULL, mib - part + excess, -1, 0);
	/* Who gives nothing is not believed at once */
	if (!strcmp(policy, "none"))
		tell(&hog, 'c');
	left = tell(&holder, 'h');
	/* It holds a quarter of all: a quarter of the excess is its part, or nearly */
	ksft_test_result(left <= (long)part * 256 - (long)excess * 256 / 4 * 3 / 4 &&
			 vmstat("oom_kill") == before,
			 "%s, %s, user %u: handlers pay their part, nobody is killed (%ld of %zu left)\n",
			 policy, lru_name(mglru), uid, left, part * 256);
	write_text(TRACE "events/mm_policy/mm_policy_select/enable", "0");
	if (strcmp(policy, "clock")) {
		kswapd = traced("kswapd0-");
		direct = traced("pressure-");
		ksft_test_result(kswapd, "%s, %s, user %u: kswapd asks the policy%s\n", policy,
				 lru_name(mglru), uid, direct ? ", and who allocates" : "");
	}
	kill(hog.pid, SIGKILL);
	child_end(&hog);
	ksft_test_result(tell(&holder, 'c') == 1, "%s, %s, user %u: content is as it was\n",
			 policy, lru_name(mglru), uid);
	ksft_test_result(end(&holder) && meminfo_kb("Mlocked") < mlocked + 1024,
			 "%s, %s, user %u: afterwards nothing is locked\n", policy,
			 lru_name(mglru), uid);
}

/* Each handler gives in proportion to what it holds. */
static void in_proportion(const char *policy, bool mglru)
{
	const size_t mib = meminfo_kb("MemAvailable") / 1024, part = mib / 8;
	struct child small, large, hog;
	long gave_small, gave_large;

	set_mglru(mglru);
	small = hold(policy, NULL, part, -1, 0);
	large = hold(policy, NULL, 3 * part, -1, 0);
	hog = hold(NULL, NULL, mib / 2 + 32, -1, 0);
	gave_small = (long)part * 256 - tell(&small, 'r');
	gave_large = 3 * (long)part * 256 - tell(&large, 'r');
	/* One pass takes no more than 4 MiB of a handler, so that it may be somewhat less */
	ksft_test_result(gave_small + gave_large >= 32 * 256 / 2 * 3 / 4 &&
			 2 * gave_large >= 3 * gave_small && 2 * gave_large <= 9 * gave_small,
			 "%s, %s: who holds three times as much gives three times as much (%ld and %ld pages)\n",
			 policy, lru_name(mglru), gave_large, gave_small);
	kill(hog.pid, SIGKILL);
	child_end(&hog);
	end(&small);
	end(&large);
}

int main(void)
{
	ksft_print_header();
	if (meminfo_kb("MemTotal") > 320 << 10)
		ksft_exit_skip("this machine has too much memory to fill it up\n");
	ksft_set_plan(16);
	swap_on_zram(512);
	policy_load(policy_own_object("none"));
	policy_load(policy_object("nru"));
	policy_allow("none", MM_POLICY_ENTRY_OPEN, 0);

	protection();
	machine("clock", true, 0);
	machine("nru", false, 0);
	machine("none", true, NOBODY);
	in_proportion("clock", false);
	in_proportion("nru", true);
	set_mglru(true);

	ksft_test_result(!try_run("dmesg | grep -q 'Write-error on swap-device'; test $? = 1"),
			 "P13: swap took all that was written to it\n");
	policy_unload("nru");
	policy_unload("none");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
