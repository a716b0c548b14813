/* SPDX-License-Identifier: GPL-2.0-only */
/* What happened to pages over time, drawn as SVG. */
#ifndef KAKU_PICTURE_H
#define KAKU_PICTURE_H

#include <stddef.h>
#include <stdio.h>
#include <linux/types.h>

enum mark { MARK_FIRST, MARK_OTHER, MARK_AHEAD, MARK_REFAULT, MARK_EVICTED, NR_MARKS };

struct point {
	double time;
	__u64 page;		/* space << 44 | number of the page in it */
	__u32 nr;		/* this page and the next ones */
	enum mark mark;
};

/* A line through the whole picture at that time */
struct note {
	double time;
	const char *text;
};

struct picture {
	const char *title;
	const char *footer;
	const struct point *points;
	size_t nr_points;
	const struct note *notes;
	size_t nr_notes;
	double seconds;		/* the time axis is from 0 to this */
};

/* 0, or a negative errno. What the stream thinks of it is for the caller to ask. */
int draw_picture(FILE *out, const struct picture *picture);

#endif /* KAKU_PICTURE_H */
