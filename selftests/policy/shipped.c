// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies in bpf/ works: the verifier takes each policy, and each manages memory of
 * four times its limit. The copy of the template that docs/your-own-policy.md makes is
 * one of them.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "policy.h"

#define LIMIT	64
#define PAGES	(4 * LIMIT)

/* The one policy that is not the kernel's own: a template's name is not its file's. */
static bool loaded(struct mm_policy_entry *entry)
{
	int fd = policy_open();
	uint32_t index, nr = 0;
	struct mm_policy_entry e;

	for (index = 0;; index++) {
		memset(&e, 0, sizeof(e));
		e.size = sizeof(e);
		e.index = index;
		if (policy_call(fd, MM_POLICY_ENTRY, &e))
			break;
		if (e.flags & MM_POLICY_ENTRY_BUILTIN)
			continue;
		*entry = e;
		nr++;
	}
	close(fd);
	return nr == 1;
}

/* Upwards, downwards, by large steps, and some pages more often than others */
static bool use(const char *area)
{
	size_t i;

	if (!intact(area, PAGES, 1))
		return false;
	for (i = PAGES; i--;)
		touch(area + i * PAGE, 1);
	for (i = 0; i < PAGES; i++) {
		touch(area + i * 7 % PAGES * PAGE, 1);
		touch(area + i % (LIMIT / 4) * PAGE, 1);
	}
	return intact(area, PAGES, 1);
}

static bool works(const struct mm_policy_entry *entry)
{
	char *area = map_anon(PAGES);
	int fd = policy_create(entry->name, LIMIT * PAGE), i;
	struct mm_policy_info info;
	bool whole = true, right;

	policy_attach(fd, -1, area, PAGES * PAGE);
	fill(area, PAGES, 1);
	for (i = 0; i < 3 && whole; i++)
		whole = use(area);
	info = policy_info(fd);
	right = whole && info.exit == MM_POLICY_EXIT_NONE &&
		!info.stat[MM_POLICY_STAT_INVALID] && info.held <= LIMIT * PAGE &&
		info.stat[MM_POLICY_STAT_EVICTED] >= PAGES;
	/* One that has a say has nearly all of it */
	if (entry->ops & MM_POLICY_OP_SELECT)
		right = right && info.stat[MM_POLICY_STAT_EVICTED_CLOCK] <=
			info.stat[MM_POLICY_STAT_EVICTED] / 16;
	if (!right)
		printf("# whole %d, exit %u %s, invalid %llu, held %llu, out %llu, clock %llu\n",
		       whole, info.exit, info.message, info.stat[MM_POLICY_STAT_INVALID],
		       info.held / PAGE, info.stat[MM_POLICY_STAT_EVICTED],
		       info.stat[MM_POLICY_STAT_EVICTED_CLOCK]);
	policy_detach(-1, NULL, 0);
	close(fd);
	munmap(area, PAGES * PAGE);
	return right;
}

static bool ships(const char *object)
{
	const char *bpftool = "$KAKU_BUILD/tools/bin/bpftool struct_ops";
	struct mm_policy_entry entry;
	bool right;

	if (try_run("%s register %s >/tmp/policy-load 2>&1", bpftool, object)) {
		try_run("tail -n 20 /tmp/policy-load | sed 's/^/# /'");
		return false;
	}
	if (!loaded(&entry)) {
		printf("# another policy is there, or this one is not\n");
		return false;
	}
	right = works(&entry);
	return !try_run("%s unregister name %s >/dev/null 2>&1", bpftool, entry.name) &&
	       !loaded(&entry) && right;
}

int main(void)
{
	const char *const linked = ".link.bpf.o";
	glob_t all;
	size_t i, nr = 0;

	ksft_print_header();
	swap_on_disk(16, 0);		/* what comes from zram is not read ahead */
	if (glob(policy_object("*"), 0, NULL, &all) ||
	    glob(policy_own_object("mypolicy"), GLOB_APPEND, NULL, &all))
		die("no objects");
	for (i = 0; i < all.gl_pathc; i++)
		nr += !strstr(all.gl_pathv[i], linked);
	ksft_set_plan(nr + 1);
	for (i = 0; i < all.gl_pathc; i++)
		if (!strstr(all.gl_pathv[i], linked))
			ksft_test_result(ships(all.gl_pathv[i]), "%s\n",
					 strrchr(all.gl_pathv[i], '/') + 1);
	globfree(&all);
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
