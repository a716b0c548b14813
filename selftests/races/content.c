// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that know what they hold: some words of each depend on the area, the page and
 * how often it was written. So a page that is lost, old, torn or another one is told
 * from the right one, and which of these it is.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "races.h"

#define WORDS		8
#define VERSIONS	(1U << 16)

/* Where in a page the words are: in its first and its last cache line, too */
static size_t place(unsigned int i)
{
	return i * (PAGE - 8) / (WORDS - 1) / 8 * 8;
}

static uint64_t word(const struct area *area, size_t page, unsigned int version, unsigned int i)
{
	uint64_t seed = area->seed;

	if (!version)
		return 0;
	if (area->twins) {
		seed = 0;
		page %= 4;
	}
	return mix(mix(seed, page), (uint64_t)version << 8 | i);
}

static unsigned int next_version(const struct area *area, unsigned int version)
{
	version++;
	if (area->twins)
		return 1 + version % 2;
	return version < VERSIONS ? version : 1;
}

void page_write(struct area *area, size_t page)
{
	unsigned int i, version = next_version(area, area->version[page]);
	char *start = area->start + page * PAGE;

	area->version[page] = version;
	for (i = 0; i < WORDS; i++)
		*(volatile uint64_t *)(start + place(i)) = word(area, page, version, i);
}

/* Which version has this word? -1: none of this page. */
static int version_of(const struct area *area, size_t page, uint64_t value, unsigned int i)
{
	unsigned int version;

	for (version = 0; version < VERSIONS; version++)
		if (word(area, page, version, i) == value)
			return version;
	return -1;
}

bool bytes_check(const struct area *area, size_t page, const char *bytes)
{
	unsigned int i, version = area->version[page];
	uint64_t found;

	for (i = 0; i < WORDS; i++) {
		found = *(const volatile uint64_t *)(bytes + place(i));
		if (found == word(area, page, version, i))
			continue;
		complain("%s: page %zu at %p word %u is %#llx, of version %d instead of %u",
			 area->name, page, (void *)bytes, i, (unsigned long long)found,
			 version_of(area, page, found, i), version);
		return false;
	}
	return true;
}

bool page_check(const struct area *area, size_t page)
{
	return bytes_check(area, page, area->start + page * PAGE);
}

void *map_anon(size_t pages)
{
	void *start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		die("no %zu pages", pages);
	return start;
}

void fill(void *start, size_t pages, uint64_t seed)
{
	size_t page;

	for (page = 0; page < pages; page++) {
		*(volatile uint64_t *)(start + page * PAGE) = mix(seed, page);
		*(volatile uint64_t *)(start + page * PAGE + PAGE - 8) = mix(seed, ~page);
	}
}

bool intact(const char *who, const void *start, size_t pages, uint64_t seed)
{
	uint64_t first, last;
	size_t page;

	for (page = 0; page < pages; page++) {
		first = *(const volatile uint64_t *)(start + page * PAGE);
		last = *(const volatile uint64_t *)(start + page * PAGE + PAGE - 8);
		if (first == mix(seed, page) && last == mix(seed, ~page))
			continue;
		complain("%s: page %zu of %zu at %p holds %#llx and %#llx, not %#llx and %#llx",
			 who, page, pages, start + page * PAGE, (unsigned long long)first,
			 (unsigned long long)last, (unsigned long long)mix(seed, page),
			 (unsigned long long)mix(seed, ~page));
		return false;
	}
	return true;
}
