/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that a pattern of references goes over, and who counts them.
 *
 * Pages are numbered from 0 in the order of addresses: those below the data, the data,
 * those behind, a stack. All but the data are there for patterns that ask for them.
 */
#ifndef KAKU_PAGING_AREA_H
#define KAKU_PAGING_AREA_H

#include <stdbool.h>
#include <stdint.h>

#include "refs.h"
#include "util.h"

enum area_kind {
	AREA_ANON,		/* private and anonymous */
	AREA_SHMEM,		/* shared and anonymous */
	AREA_PRIVATE,		/* a file's, private */
	AREA_SHARED,		/* a file's, shared */
};

struct area {
	enum area_kind kind;
	const char *file;
	uint32_t below, data, behind;	/* pages; those around the data are in its mapping */
	uint32_t stack;			/* more of them, private; the pattern runs there */
	bool write;			/* each reference writes */
	bool ahead;			/* pages may come without being asked for */
	bool prepared;			/* its content is there: no page is filled */
	char *base;
	int fd;

	const uint32_t *link;		/* stored in each page's first word, if any */

	uint32_t last;			/* the page of the last reference */
	uint64_t references;
	uint64_t distinct;		/* pages touched for the first time */
	bool *touched;

	struct refs_writer *record;

	/* Every @flush references all cached translations are dropped, after a nap. */
	uint32_t flush, until_flush, nap_us;
	char *scratch;
	bool scratch_writable;

	/* Called once, just before reference number @start_at (from 0). */
	uint64_t start_at;
	void (*start)(void);
};

static inline uint32_t area_pages(const struct area *a)
{
	return a->below + a->data + a->behind + a->stack;
}

/*
 * Map it. The page tables are there afterwards, and no page: they shall not count
 * against a limit that is for pages. A file is written anew if need be, and is not
 * in memory.
 */
void area_map(struct area *a);

/* Whether it is a file that is mapped: what was never written there is the file's. */
static inline bool area_of_file(const struct area *a)
{
	return a->kind == AREA_PRIVATE || a->kind == AREA_SHARED;
}

/* How many of its pages are in memory. */
uint32_t area_resident(const struct area *a);

/*
 * Fill all pages and send them away to the disk. For private memory the process must
 * be in the control group @cgroup.
 */
void area_send_away(struct area *a, const char *cgroup);

/* What a page holds before anything writes to it. */
void area_fill(const struct area *a, uint32_t page, void *to);

void area_first_touch(struct area *a, uint32_t page);
void area_flush(struct area *a);

/* A reference to a page; the pattern's own pages are noted with this alone. */
static inline bool note(struct area *a, uint32_t page)
{
	if (page == a->last)
		return false;
	if (a->references == a->start_at)
		a->start();
	a->last = page;
	a->references++;
	if (a->record)
		refs_add(a->record, page);
	if (a->flush && !a->until_flush--)
		area_flush(a);
	if (a->touched[page])
		return false;
	a->touched[page] = true;
	a->distinct++;
	return true;
}

/* Data page number @n, ready for use. */
static inline char *data(struct area *a, uint32_t n)
{
	if (note(a, a->below + n))
		area_first_touch(a, a->below + n);
	return a->base + (a->below + n) * PAGE;
}

extern volatile uint64_t area_sum;	/* keeps loads from being left out */

static inline void look(struct area *a, uint32_t n)
{
	volatile uint64_t *word = (volatile uint64_t *)data(a, n);

	if (a->write)
		word[1]++;
	else
		area_sum += word[1];
}

#endif
