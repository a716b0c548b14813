// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "refs.h"
#include "sim.h"
#include "util.h"

#define NONE	UINT32_MAX

static void *table(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		die("no memory for a string of %zu references", n);
	return p;
}

void string_read(struct string *s, const char *path)
{
	struct refs_reader r;
	uint32_t page;
	bool *seen;

	memset(s, 0, sizeof(*s));
	refs_open(&r, path);
	s->pages = r.pages;
	s->refs = table(r.end - r.at, sizeof(*s->refs));
	seen = table(s->pages, sizeof(*seen));
	while (refs_next(&r, &page)) {
		s->refs[s->length++] = page;
		s->distinct += !seen[page];
		seen[page] = true;
	}
	free(seen);
}

/* ------------------------------------------------------------------- the optimum */

/* A heap of the resident pages, that of the farthest next reference on top. */
struct heap {
	uint32_t *page, size;
	uint32_t *place;	/* of each page in the heap, or NONE */
	size_t *next;		/* where each page is referenced next */
};

static void put(struct heap *h, uint32_t i, uint32_t page)
{
	h->page[i] = page;
	h->place[page] = i;
}

static void up(struct heap *h, uint32_t i)
{
	uint32_t page = h->page[i];

	while (i && h->next[h->page[(i - 1) / 2]] < h->next[page]) {
		put(h, i, h->page[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(h, i, page);
}

static void down(struct heap *h, uint32_t i)
{
	uint32_t page = h->page[i], child;

	while ((child = 2 * i + 1) < h->size) {
		if (child + 1 < h->size &&
		    h->next[h->page[child + 1]] > h->next[h->page[child]])
			child++;
		if (h->next[h->page[child]] <= h->next[page])
			break;
		put(h, i, h->page[child]);
		i = child;
	}
	put(h, i, page);
}

static void evict_farthest(struct heap *h)
{
	uint32_t last = h->page[--h->size];

	h->place[h->page[0]] = NONE;
	if (h->size) {
		put(h, 0, last);
		down(h, 0);
	}
}

size_t misses_opt(const struct string *s, uint32_t frames)
{
	size_t *next = table(s->length, sizeof(*next)), misses = 0;
	struct heap h = {
		.page = table(frames, sizeof(*h.page)),
		.place = table(s->pages, sizeof(*h.place)),
		.next = table(s->pages, sizeof(*h.next)),
	};

	for (uint32_t p = 0; p < s->pages; p++) {
		h.place[p] = NONE;
		h.next[p] = SIZE_MAX;
	}
	for (size_t i = s->length; i-- > 0;) {
		next[i] = h.next[s->refs[i]];
		h.next[s->refs[i]] = i;
	}
	for (size_t i = 0; i < s->length; i++) {
		uint32_t page = s->refs[i];

		h.next[page] = next[i];
		if (h.place[page] == NONE) {
			misses++;
			if (h.size == frames)
				evict_farthest(&h);
			put(&h, h.size++, page);
		}
		/* Its next reference is later than its last: it can only rise. */
		up(&h, h.place[page]);
	}
	free(next);
	free(h.page);
	free(h.place);
	free(h.next);
	return misses;
}

/* --------------------------------------------------- lists: LRU, FIFO and MRU */

/* The resident pages in a ring around the entry behind the last page. */
struct ring {
	uint32_t *older, *newer, head;
};

static void cut(struct ring *r, uint32_t page)
{
	r->newer[r->older[page]] = r->newer[page];
	r->older[r->newer[page]] = r->older[page];
	r->newer[page] = NONE;
}

static void append(struct ring *r, uint32_t page)
{
	r->older[page] = r->older[r->head];
	r->newer[page] = r->head;
	r->newer[r->older[page]] = page;
	r->older[r->head] = page;
}

static size_t misses_list(const struct string *s, uint32_t frames, bool renew,
			  bool newest)
{
	struct ring r = {
		.older = table(s->pages + 1, sizeof(*r.older)),
		.newer = table(s->pages + 1, sizeof(*r.newer)),
		.head = s->pages,
	};
	uint32_t resident = 0;
	size_t misses = 0;

	for (uint32_t p = 0; p < s->pages; p++)
		r.newer[p] = NONE;
	r.older[r.head] = r.head;
	r.newer[r.head] = r.head;
	for (size_t i = 0; i < s->length; i++) {
		uint32_t page = s->refs[i];
		bool hit = r.newer[page] != NONE;

		if (!hit) {
			misses++;
			if (resident == frames)
				cut(&r, newest ? r.older[r.head] : r.newer[r.head]);
			else
				resident++;
		} else if (renew) {
			cut(&r, page);
		}
		if (!hit || renew)
			append(&r, page);
	}
	free(r.older);
	free(r.newer);
	return misses;
}

size_t misses_lru(const struct string *s, uint32_t frames)
{
	return misses_list(s, frames, true, false);
}

size_t misses_fifo(const struct string *s, uint32_t frames)
{
	return misses_list(s, frames, false, false);
}

size_t misses_mru(const struct string *s, uint32_t frames)
{
	return misses_list(s, frames, true, true);
}

/* -------------------------------------------------------- hands: NRU and linear */

enum { AWAY, OLD, YOUNG };

static size_t misses_hand(const struct string *s, uint32_t frames, bool spare)
{
	unsigned char *state = table(s->pages, sizeof(*state));
	uint32_t resident = 0, hand = 0;
	size_t misses = 0;

	for (size_t i = 0; i < s->length; i++) {
		uint32_t page = s->refs[i];

		if (state[page] == AWAY) {
			misses++;
			if (resident < frames) {
				resident++;
			} else {
				while (state[hand] == AWAY ||
				       (spare && state[hand] == YOUNG)) {
					if (state[hand] == YOUNG)
						state[hand] = OLD;
					hand = (hand + 1) % s->pages;
				}
				state[hand] = AWAY;
				hand = (hand + 1) % s->pages;
			}
		}
		state[page] = YOUNG;
	}
	free(state);
	return misses;
}

size_t misses_nru(const struct string *s, uint32_t frames)
{
	return misses_hand(s, frames, true);
}

size_t misses_linear(const struct string *s, uint32_t frames)
{
	return misses_hand(s, frames, false);
}

const struct simulation simulations[] = {
	{ "opt", misses_opt },
	{ "lru", misses_lru },
	{ "fifo", misses_fifo },
	{ "mru", misses_mru },
	{ "nru", misses_nru },
	{ "linear", misses_linear },
	{ }
};
