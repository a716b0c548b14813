/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KAKU_PAGING_UTIL_H
#define KAKU_PAGING_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define PAGE		4096ul
#ifndef ARRAY_SIZE	/* kselftest.h has these two too */
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define __noreturn	__attribute__((noreturn))
#endif
#define __printf(a, b)	__attribute__((format(printf, a, b)))

__noreturn __printf(1, 2) void die(const char *format, ...);

/* A whole number, at least @least and at most @most; or the program ends. */
uint64_t number(const char *what, const char *text, uint64_t least, uint64_t most);

/* Zeroed memory that is there at once, and stays. Nobody frees it. */
void *memory(size_t size);

/* Numbers that are the same each time (xorshift64*). */
uint64_t chance(uint64_t *state);
uint32_t below(uint64_t *state, uint32_t end);

/* A random order of 0 ... n - 1. */
void shuffle(uint64_t *state, uint32_t *numbers, uint32_t n);

#endif
