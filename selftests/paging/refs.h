/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-reference strings in files.
 *
 * A line of text, "kaku-refs 1 PAGES", says how many pages there are; they are
 * numbered from 0 in the order of their addresses. What follows are the references,
 * as the difference from the page before (at first from page 0), zigzag coded (0, -1,
 * 1, -2, 2 are 0, 1, 2, 3, 4) and written in groups of seven bits, the lowest group
 * first; all but the last of a number have bit 7 set. The file's end is the end.
 *
 * A page that is referenced several times in a row is there once.
 */
#ifndef KAKU_PAGING_REFS_H
#define KAKU_PAGING_REFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFS_MAX_PAGES	(1u << 24)

struct refs_writer {
	int fd;
	uint32_t last;
	size_t filled;
	unsigned char buffer[1 << 16];
};

/* These end the program when something goes wrong. */
void refs_create(struct refs_writer *w, const char *path, uint32_t pages);
void refs_add(struct refs_writer *w, uint32_t page);
void refs_close(struct refs_writer *w);

struct refs_reader {
	const unsigned char *start, *at, *end;
	const char *path;
	uint32_t pages, last;
};

/* The whole file is in memory, and stays there, when this returns. */
void refs_open(struct refs_reader *r, const char *path);
bool refs_next(struct refs_reader *r, uint32_t *page);

#endif
