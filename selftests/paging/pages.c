// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a string of page references out of what valgrind's tool lackey says with
 * --trace-mem=yes (standard input): one line for each instruction fetched and each
 * load and store.
 *
 * A reference to one of the @window last pages is dropped. Which pages LRU has with
 * more frames than that does not change by it, and a string of all would be a
 * thousand times as long. Pages are numbered in the order of their addresses; where
 * addresses are missing, one number is.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "refs.h"
#include "util.h"

#define MAX_PAGES	(1u << 16)
#define MAX_REFS	(1u << 24)
#define MAX_WINDOW	64

static uint64_t page_at[MAX_PAGES];	/* by the order of their first reference */
static uint32_t number_of[MAX_PAGES], pages;
static uint32_t refs[MAX_REFS], length;

static uint32_t slots[2 * MAX_PAGES];	/* of a hash table: index in page_at, plus 1 */

static uint32_t index_of(uint64_t page)
{
	uint32_t slot = page * 0x9e3779b97f4a7c15ull >> 47;

	for (; slots[slot]; slot = (slot + 1) % ARRAY_SIZE(slots)) {
		if (page_at[slots[slot] - 1] == page)
			return slots[slot] - 1;
	}
	if (pages == MAX_PAGES)
		die("more than %u pages", MAX_PAGES);
	page_at[pages++] = page;
	slots[slot] = pages;
	return pages - 1;
}

/* Move the page to the front of the window; false if it was not there. */
static bool recent(uint64_t page, uint32_t size)
{
	static uint64_t window[MAX_WINDOW];
	static uint32_t used;
	uint32_t at = 0;
	bool found;

	while (at < used && window[at] != page)
		at++;
	found = at < used;
	if (!found && used < size)
		used++;
	if (at >= used)
		at = used - 1;
	memmove(window + 1, window, at * sizeof(*window));
	window[0] = page;
	return found;
}

static void reference(uint64_t page, uint32_t window)
{
	if (recent(page, window))
		return;
	if (length == MAX_REFS)
		die("more than %u references", MAX_REFS);
	refs[length++] = index_of(page);
}

/* " S 1fff000638,8" or "I  0401b770,1"; other lines are not about memory. */
static bool parse(const char *line, uint64_t *address, uint64_t *size)
{
	char *end;

	if (!(line[0] == 'I' && line[1] == ' ') &&
	    !(line[0] == ' ' && line[1] && strchr("LSM", line[1])))
		return false;
	if (line[2] != ' ')
		return false;
	*address = strtoull(line + 3, &end, 16);
	if (*end != ',')
		return false;
	*size = strtoull(end + 1, NULL, 10);
	return *size > 0;
}

static int by_address(const void *a, const void *b)
{
	uint64_t x = page_at[*(const uint32_t *)a], y = page_at[*(const uint32_t *)b];

	return (x > y) - (x < y);
}

static uint32_t number_pages(void)
{
	static uint32_t order[MAX_PAGES];
	uint32_t next = 0;

	for (uint32_t i = 0; i < pages; i++)
		order[i] = i;
	qsort(order, pages, sizeof(*order), by_address);
	for (uint32_t i = 0; i < pages; i++) {
		if (i && page_at[order[i]] != page_at[order[i - 1]] + 1)
			next++;
		number_of[order[i]] = next++;
	}
	return next;
}

int main(int argc, char **argv)
{
	static struct refs_writer w;
	uint64_t address, size;
	uint32_t window;
	char line[256];

	if (argc != 3) {
		fprintf(stderr, "usage: pages WINDOW FILE <WHAT-LACKEY-SAID\n");
		return 2;
	}
	window = number("WINDOW", argv[1], 1, MAX_WINDOW);
	while (fgets(line, sizeof(line), stdin)) {
		if (!parse(line, &address, &size))
			continue;
		for (uint64_t page = address / PAGE; page <= (address + size - 1) / PAGE; page++)
			reference(page, window);
	}
	if (!length)
		die("there was no reference in the input");
	refs_create(&w, argv[2], number_pages());
	for (uint32_t i = 0; i < length; i++)
		refs_add(&w, number_of[refs[i]]);
	refs_close(&w);
	return 0;
}
