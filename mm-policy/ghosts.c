// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages a handler has paged out lately, and how many evictions ago: to tell a
 * file page's refault from its first use, and to measure how far apart they are.
 *
 * A table of sets, four entries each: 32 bits of the name's hash, and 32 of the
 * eviction's number. Forgetting is allowed, as is (once in 2^30) a wrong memory:
 * nothing but statistics and hints to policies hang on it. Entries are single
 * words, written whole; only one search at a time adds.
 */
#include <linux/hash.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "internal.h"

#define WAYS		4
#define MIN_SETS	1024UL
#define MAX_SETS	65536UL	/* 2 MB */

struct mmp_ghosts {
	u32 clock;		/* evictions so far */
	unsigned int bits;	/* of the set's number */
	u64 entry[];
};

struct mmp_ghosts *mmp_ghosts_create(unsigned long frames)
{
	unsigned long sets = roundup_pow_of_two(clamp(frames / 2, MIN_SETS, MAX_SETS));
	struct mmp_ghosts *g;
	unsigned long i;

	g = kvmalloc(struct_size(g, entry, sets * WAYS), GFP_KERNEL_ACCOUNT);
	if (!g)
		return NULL;
	g->clock = 0;
	g->bits = ilog2(sets);
	for (i = 0; i < sets * WAYS; i++) {
		g->entry[i] = 0;
		if (i % PAGE_SIZE == 0)
			cond_resched();
	}
	return g;
}

void mmp_ghosts_free(struct mmp_ghosts *g)
{
	kvfree(g);
}

static u64 *ghost_set(struct mmp_ghosts *g, u64 page, u32 *tag)
{
	u64 hash = page * GOLDEN_RATIO_64;

	*tag = (u32)(hash >> 8) | 1;
	return &g->entry[(hash >> (64 - g->bits)) * WAYS];
}

static u64 *ghost_find(struct mmp_ghosts *g, u64 page)
{
	u32 tag;
	u64 *set = ghost_set(g, page, &tag);
	int i;

	for (i = 0; i < WAYS; i++)
		if (READ_ONCE(set[i]) >> 32 == tag)
			return &set[i];
	return NULL;
}

void mmp_ghosts_add(struct mmp_ghosts *g, u64 page)
{
	u32 tag, now = ++g->clock;
	u64 *set = ghost_set(g, page, &tag);
	u64 *oldest = &set[0];
	int i;

	for (i = 0; i < WAYS; i++) {
		u64 entry = READ_ONCE(set[i]);

		if (!entry || entry >> 32 == tag) {
			oldest = &set[i];
			break;
		}
		if (now - (u32)entry > now - (u32)READ_ONCE(*oldest))
			oldest = &set[i];
	}
	WRITE_ONCE(*oldest, (u64)tag << 32 | now);
}

/* Was @page paged out lately? */
bool mmp_ghosts_know(struct mmp_ghosts *g, u64 page)
{
	return ghost_find(g, page);
}

/* Forget @page. Returns how many evictions ago it was paged out; 0: not known. */
u64 mmp_ghosts_take(struct mmp_ghosts *g, u64 page)
{
	u64 *found = ghost_find(g, page);
	u64 entry;

	if (!found)
		return 0;
	entry = READ_ONCE(*found);
	WRITE_ONCE(*found, 0);
	return (u32)(READ_ONCE(g->clock) - (u32)entry) + 1;
}

#ifdef CONFIG_MM_POLICY_KUNIT_TEST
#include "tests/ghosts-kunit.h"
#endif
