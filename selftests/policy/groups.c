// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control groups and managed memory: a group at its limit gets it from its own
 * handlers' pages, whatever their policies want, and from nobody else's; nobody is
 * killed who has something to give, and content comes back. So does what is asked for by
 * memory.reclaim. Each handler gives in proportion to what it holds.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/wait.h>

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

	/* MADV_PAGEOUT, and the handler itself. What was just read may be in a CPU's batch. */
	drain_batches();
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

/* Each handler gives in proportion to what it holds. */
static void in_proportion(const char *policy, bool mglru)
{
	struct child small, large;
	long gave_small, gave_large;

	set_mglru(mglru);
	group_make("both");
	small = hold(policy, "both", 6, -1, 0);
	large = hold(policy, "both", 18, -1, 0);
	group_write("both", "memory.reclaim", "8M");
	gave_small = 6 * 256 - tell(&small, 'r');
	gave_large = 18 * 256 - tell(&large, 'r');
	ksft_test_result(gave_small + gave_large >= 8 * 256 * 3 / 4 &&
			 gave_large >= 2 * gave_small && 2 * gave_large <= 9 * gave_small,
			 "%s, %s: who holds three times as much gives three times as much (%ld and %ld pages)\n",
			 policy, lru_name(mglru), gave_large, gave_small);
	end(&small);
	end(&large);
	group_drop("both");
}

/* Pages that were chosen and stayed */
static uint64_t in_vain(int handler)
{
	return policy_stat(handler, MM_POLICY_STAT_EVICTED_POLICY) +
	       policy_stat(handler, MM_POLICY_STAT_EVICTED_CLOCK) -
	       policy_stat(handler, MM_POLICY_STAT_EVICTED);
}

#define DRY_ANON	(6 * MIB / PAGE)
#define DRY_FILE	(12 * MIB / PAGE)

/* More than the group may have; when told to go on, more than it can have. */
static void live_dry(struct child *parent, void *arg)
{
	int handler = *(int *)arg;
	char *anon, *file;
	int fd;

	group_enter("dry", 0);
	write_text("/proc/self/oom_score_adj", "1000");
	fd = open("/mnt/ext4/file", O_RDONLY);
	anon = map_anon(DRY_ANON);
	file = mmap(NULL, DRY_FILE * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file == MAP_FAILED)
		die("a file cannot be mapped");
	policy_attach(handler, -1, anon, DRY_ANON * PAGE);
	policy_attach(handler, -1, file, DRY_FILE * PAGE);
	fill(anon, DRY_ANON, 1);
	touch(file, DRY_FILE);
	touch(file, DRY_FILE);
	say(parent, resident(anon, DRY_ANON));
	say(parent, intact(anon, DRY_ANON, 1));
	hear(parent);
	anon = map_anon(DRY_FILE);
	policy_attach(handler, -1, anon, DRY_FILE * PAGE);
	fill(anon, DRY_FILE, 2);
	say(parent, 0);
}

/*
 * A group without swap: what is anonymous cannot go, and is not tried over and over
 * while there are files, or nothing. The handler has pages elsewhere.
 */
static void without_swap(const char *policy)
{
	int handler = policy_create(policy, 0), status;
	struct child elsewhere, dry;
	uint64_t stayed, intact;

	group_make("dry");
	group_write("dry", "memory.max", "10M");
	group_write("dry", "memory.swap.max", "0");
	elsewhere = hold(NULL, NULL, 8, handler, 0);
	dry = child_start(live_dry, &handler);
	stayed = hear(&dry);
	intact = hear(&dry);
	ksft_test_result(stayed == DRY_ANON && intact && tell(&elsewhere, 'r') == 2048 &&
			 policy_stat(handler, MM_POLICY_STAT_EVICTED) >= DRY_FILE / 2 &&
			 in_vain(handler) <= 64,
			 "%s: in a group without swap files go, and nothing else is tried (%llu pages went, %llu tried in vain)\n",
			 policy, (unsigned long long)policy_stat(handler, MM_POLICY_STAT_EVICTED),
			 (unsigned long long)in_vain(handler));
	say(&dry, 0);
	status = child_end(&dry);
	ksft_test_result(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
			 group_stat("dry", "memory.events", "oom_kill") == 1 &&
			 tell(&elsewhere, 'c') == 1 && in_vain(handler) <= 128,
			 "%s: with nothing left to give it is killed, after %llu pages tried in vain\n",
			 policy, (unsigned long long)in_vain(handler));
	end(&elsewhere);
	close(handler);
	group_drop("dry");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(23);
	swap_on_zram(256);
	policy_load(policy_own_object("none"));
	policy_load(policy_object("nru"));
	neighbours();
	group_limit("clock", true);
	group_limit("clock", false);
	group_limit("none", true);
	group_limit("none", false);
	group_limit("nru", false);
	in_proportion("clock", true);
	in_proportion("nru", false);
	set_mglru(true);
	make_ext4(32);
	run("head -c 12M /dev/urandom >/mnt/ext4/file && sync && echo 3 >/proc/sys/vm/drop_caches");
	without_swap("nru");
	without_swap("clock");
	drop_ext4();
	policy_unload("nru");
	policy_unload("none");
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
