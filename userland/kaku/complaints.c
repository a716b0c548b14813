// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complaints.h"

#define ROOM	(1 << 16)

static char kept[ROOM + 1];
static size_t nr_kept;
static bool cut;

static void forget(size_t nr)
{
	nr_kept -= nr;
	memmove(kept, kept + nr, nr_kept);
	cut = true;
}

static void keep(const char *text, size_t length)
{
	if (length > ROOM) {
		text += length - ROOM;
		length = ROOM;
		cut = true;
	}
	if (nr_kept + length > ROOM)
		forget(nr_kept + length - ROOM);
	memcpy(kept + nr_kept, text, length);
	nr_kept += length;
	kept[nr_kept] = 0;
}

void keep_complaint(const char *format, va_list args)
{
	char *text;
	int length = vasprintf(&text, format, args);

	if (length < 0)
		return;
	keep(text, length);
	free(text);
}

const char *complaints(void)
{
	const char *line = cut ? strchr(kept, '\n') : NULL;

	return line ? line + 1 : kept;
}
