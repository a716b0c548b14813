// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "util.h"

void die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s: ", program_invocation_short_name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\n");
	exit(1);
}

uint64_t number(const char *what, const char *text, uint64_t least, uint64_t most)
{
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno || end == text || *end || *text == '-' || value < least ||
	    value > most)
		die("%s: a number from %llu to %llu, not '%s'", what,
		    (unsigned long long)least, (unsigned long long)most, text);
	return value;
}

void *memory(size_t size)
{
	void *p = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);

	if (p == MAP_FAILED)
		die("no memory for %zu bytes: %m", size);
	return p;
}

uint64_t chance(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 2685821657736338717ull;
}

uint32_t below(uint64_t *state, uint32_t end)
{
	return (chance(state) >> 32) * end >> 32;
}

void shuffle(uint64_t *state, uint32_t *numbers, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t j = below(state, i + 1);

		numbers[i] = numbers[j];
		numbers[j] = i;
	}
}
