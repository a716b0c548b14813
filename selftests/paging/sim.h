/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What page replacement would do with a string of references, by calculation.
 *
 * A miss is a reference to a page that is not in one of the frames; it is always
 * loaded. Refaults are the misses but each page's first.
 */
#ifndef KAKU_PAGING_SIM_H
#define KAKU_PAGING_SIM_H

#include <stddef.h>
#include <stdint.h>

struct string {
	uint32_t *refs;
	size_t length;
	uint32_t pages;		/* each reference is less */
	uint32_t distinct;	/* how many of them are referenced */
};

/* The string in a file; see refs.h. */
void string_read(struct string *s, const char *path);

/*
 * Belady's optimum, which needs to know the future: evict the page whose next
 * reference is farthest. Time grows with n log n.
 */
size_t misses_opt(const struct string *s, uint32_t frames);

size_t misses_lru(const struct string *s, uint32_t frames);
size_t misses_fifo(const struct string *s, uint32_t frames);
size_t misses_mru(const struct string *s, uint32_t frames);

/*
 * A hand goes over the pages in the order of their numbers, round and round; it
 * takes the first that was not referenced since it was last there.
 */
size_t misses_nru(const struct string *s, uint32_t frames);

/* The hand takes each page that it comes to: from the lowest upwards. */
size_t misses_linear(const struct string *s, uint32_t frames);

struct simulation {
	const char *name;
	size_t (*misses)(const struct string *s, uint32_t frames);
};

extern const struct simulation simulations[];	/* ends with a null name */

#endif
