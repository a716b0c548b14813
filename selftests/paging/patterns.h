/* SPDX-License-Identifier: GPL-2.0-only */
/* The patterns in which pages are referenced. */
#ifndef KAKU_PAGING_PATTERNS_H
#define KAKU_PAGING_PATTERNS_H

#include <stdio.h>

#include "area.h"

struct pattern_options {
	uint32_t pages;		/* of data; 0: as the pattern likes */
	uint64_t references;	/* at least so many; 0: as the pattern likes */
	uint64_t seed;
	const char *argument;	/* what follows the ':' in the pattern's name */
};

struct pattern {
	const char *name, *argument, *words;
	/* Say how many pages it needs, and make its tables. */
	void (*prepare)(struct area *a, const struct pattern_options *o);
	void (*run)(struct area *a);
};

/* @name may have an argument, which is put into @o. */
const struct pattern *pattern_find(const char *name, struct pattern_options *o);
void patterns_list(FILE *to);

#endif
