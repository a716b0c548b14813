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
	/* A quarter of what its part would be */
	ksft_test_result(left < (long)part * 256 - (long)excess * 256 / 4 / 4 &&
			 vmstat("oom_kill") == before,
			 "%s, %s, user %u: handlers pay, nobody is killed (%ld of %zu left)\n",
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

int main(void)
{
	ksft_print_header();
	if (meminfo_kb("MemTotal") > 320 << 10)
		ksft_exit_skip("this machine has too much memory to fill it up\n");
	ksft_set_plan(14);
	swap_on_zram(512);
	policy_load(policy_own_object("none"));
	policy_load(policy_object("nru"));
	policy_allow("none", MM_POLICY_ENTRY_OPEN, 0);

	protection();
	machine("clock", true, 0);
	machine("nru", false, 0);
	machine("none", true, NOBODY);
	set_mglru(true);

	ksft_test_result(!try_run("dmesg | grep -q 'Write-error on swap-device'; test $? = 1"),
			 "P13: swap took all that was written to it\n");
	policy_unload("nru");
	policy_unload("none");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
