// SPDX-License-Identifier: GPL-2.0-only
/*
 * Time goes to the right, addresses go down. Addresses that nothing happened at are
 * left out if there are many of them in a row: the rest are stretches, one below
 * the other. Points become cells of a grid, so that a picture of millions is not
 * larger than a picture of thousands.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "picture.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof(*(array)))

#define WIDTH		960
#define LEFT		150
#define RIGHT		24
#define TOP		76
#define FOOT		60
#define PLOT_WIDTH	(WIDTH - LEFT - RIGHT)
#define PLOT_HEIGHT	600
#define CELL		2
#define COLUMNS		(PLOT_WIDTH / CELL)
#define ROWS		(PLOT_HEIGHT / CELL)
#define GAP		4	/* rows between stretches, if there is room */
#define LABEL_HEIGHT	14
#define SHORTEST_GAP	64	/* pages */

#define SPACE_SHIFT	44
#define INDEX_MASK	((1ULL << SPACE_SHIFT) - 1)
#define ADDRESS_SHIFT	12

static const struct {
	const char *label;
	const char *light;
	const char *dark;
} marks[NR_MARKS] = {
	[MARK_FIRST]	= { "first touch", "#1a7f37", "#3fb950" },
	[MARK_OTHER]	= { "file page, copy", "#9aa4af", "#6e7681" },
	[MARK_AHEAD]	= { "read ahead", "#0969da", "#4493f8" },
	[MARK_REFAULT]	= { "refault", "#bf8700", "#d29922" },
	[MARK_EVICTED]	= { "evicted", "#cf222e", "#f85149" },
};

struct stretch {
	__u64 first;
	__u64 end;
	double row;
};

struct plot {
	struct stretch *stretches;
	size_t nr;
	double rows_per_page;
	double seconds;
	bool cells[NR_MARKS][ROWS][COLUMNS];
	size_t counts[NR_MARKS];
};

/* --------------------------------------------------------------------- stretches */

static int compare(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

/* Those less than @gap apart become one. */
static size_t merge(struct stretch *stretches, size_t nr, __u64 gap)
{
	size_t last = 0;

	for (size_t i = 1; i < nr; i++) {
		bool same_space = stretches[i].first >> SPACE_SHIFT ==
				  stretches[last].first >> SPACE_SHIFT;

		if (same_space && stretches[i].first <= stretches[last].end + gap) {
			if (stretches[i].end > stretches[last].end)
				stretches[last].end = stretches[i].end;
		} else {
			stretches[++last] = stretches[i];
		}
	}
	return nr ? last + 1 : 0;
}

static __u64 pages_in(const struct stretch *stretches, size_t nr)
{
	__u64 pages = 0;

	for (size_t i = 0; i < nr; i++)
		pages += stretches[i].end - stretches[i].first;
	return pages;
}

static int find_stretches(struct plot *plot, const struct picture *picture)
{
	struct stretch *stretches;
	size_t nr = picture->nr_points;
	__u64 gap;

	stretches = calloc(nr ? nr : 1, sizeof(*stretches));
	if (!stretches)
		return -ENOMEM;
	for (size_t i = 0; i < nr; i++) {
		stretches[i].first = picture->points[i].page;
		stretches[i].end = picture->points[i].page + picture->points[i].nr;
	}
	qsort(stretches, nr, sizeof(*stretches), compare);
	nr = merge(stretches, nr, 0);
	gap = pages_in(stretches, nr) / 50;
	nr = merge(stretches, nr, gap > SHORTEST_GAP ? gap : SHORTEST_GAP);
	plot->stretches = stretches;
	plot->nr = nr;
	return 0;
}

static void place_stretches(struct plot *plot)
{
	__u64 pages = pages_in(plot->stretches, plot->nr);
	double gap = GAP, row = 0;

	if (!pages)
		return;
	if (plot->nr * GAP > ROWS / 3)
		gap = ROWS / 3.0 / plot->nr;
	plot->rows_per_page = (ROWS - gap * (plot->nr - 1)) / pages;
	for (size_t i = 0; i < plot->nr; i++) {
		struct stretch *stretch = &plot->stretches[i];

		stretch->row = row;
		row += (stretch->end - stretch->first) * plot->rows_per_page + gap;
	}
}

static const struct stretch *stretch_of(const struct plot *plot, __u64 page)
{
	size_t low = 0, high = plot->nr;

	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (plot->stretches[middle].first <= page)
			low = middle;
		else
			high = middle;
	}
	return &plot->stretches[low];
}

/* ------------------------------------------------------------------------- cells */

static unsigned int clamp(double value, unsigned int limit)
{
	if (value < 0)
		return 0;
	return value < limit ? value : limit - 1;
}

static unsigned int row_of(const struct plot *plot, __u64 page)
{
	const struct stretch *stretch = stretch_of(plot, page);

	return clamp(stretch->row + (page - stretch->first) * plot->rows_per_page, ROWS);
}

static void fill_cells(struct plot *plot, const struct picture *picture)
{
	for (size_t i = 0; i < picture->nr_points; i++) {
		const struct point *point = &picture->points[i];
		unsigned int column = clamp(point->time / plot->seconds * COLUMNS, COLUMNS);
		unsigned int row = row_of(plot, point->page);
		unsigned int last = row_of(plot, point->page + point->nr - 1);

		plot->counts[point->mark] += point->nr;
		for (; row <= last; row++)
			plot->cells[point->mark][row][column] = true;
	}
}

/* ----------------------------------------------------------------------- drawing */

static void write_escaped(FILE *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '&':
			fputs("&amp;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			putc((unsigned char)*text < ' ' || (*text & 0x80) ? '?' : *text, out);
		}
	}
}

static void write_text(FILE *out, double x, double y, const char *class, const char *text)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	write_escaped(out, text);
	fputs("</text>\n", out);
}

static void draw_line(FILE *out, double x1, double x2, double y1, double y2,
		      const char *class)
{
	fprintf(out, "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" ", x1, x2,
		y1, y2);
	fprintf(out, "class=\"%s\"/>\n", class);
}

static void write_styles(FILE *out)
{
	fputs("<style>\n"
	      "text{font-family:system-ui,'DejaVu Sans',Arial,sans-serif;font-size:12px}\n"
	      ".title{font-size:16px;font-weight:600}\n"
	      ".label{font-family:monospace;font-size:11px;text-anchor:end}\n"
	      ".tick{text-anchor:middle}\n"
	      ".paper{fill:#ffffff}text{fill:#1f2328}.label,.tick,.foot{fill:#59636e}\n"
	      ".grid{stroke:#d8dee4}.note{stroke:#8250df;stroke-width:2}\n", out);
	for (int i = 0; i < NR_MARKS; i++)
		fprintf(out, ".m%d{stroke:%s;stroke-width:%d}.k%d{fill:%s}\n", i,
			marks[i].light, CELL, i, marks[i].light);
	fputs("@media (prefers-color-scheme:dark){\n"
	      ".paper{fill:#0d1117}text{fill:#e6edf3}.label,.tick,.foot{fill:#9198a1}\n"
	      ".grid{stroke:#262c36}.note{stroke:#ab7df8}\n", out);
	for (int i = 0; i < NR_MARKS; i++)
		fprintf(out, ".m%d{stroke:%s}.k%d{fill:%s}\n", i, marks[i].dark, i,
			marks[i].dark);
	fputs("}\n</style>\n", out);
}

static void draw_legend(FILE *out, const struct plot *plot)
{
	char text[64];
	double x = LEFT;

	for (int i = 0; i < NR_MARKS; i++) {
		fprintf(out, "<rect x=\"%.1f\" y=\"46\" ", x);
		fprintf(out, "width=\"10\" height=\"10\" class=\"k%d\"/>\n", i);
		snprintf(text, sizeof(text), "%s %zu", marks[i].label, plot->counts[i]);
		write_text(out, x + 15, 55, "key", text);
		x += 30 + 7.0 * strlen(text);
	}
}

/* A round number of seconds, so that there are a handful of them. */
static double tick_length(double seconds)
{
	static const double rounds[] = { 1, 2, 5 };
	double power;

	for (power = 0.000001; ; power *= 10) {
		for (size_t i = 0; i < ARRAY_SIZE(rounds); i++) {
			if (seconds / (rounds[i] * power) <= 10)
				return rounds[i] * power;
		}
	}
}

static void draw_time(FILE *out, const struct plot *plot)
{
	double tick = tick_length(plot->seconds);
	char text[32];

	for (int i = 0; i * tick <= plot->seconds * 1.000000001; i++) {
		double x = LEFT + i * tick / plot->seconds * PLOT_WIDTH;

		draw_line(out, x, x, TOP, TOP + PLOT_HEIGHT, "grid");
		snprintf(text, sizeof(text), "%g s", i * tick);
		write_text(out, x, TOP + PLOT_HEIGHT + 16, "tick", text);
	}
}

/* The address that a stretch begins with, where there is room to write it. */
static void draw_addresses(FILE *out, const struct plot *plot)
{
	bool one_space = plot->nr && plot->stretches[0].first >> SPACE_SHIFT ==
			 plot->stretches[plot->nr - 1].first >> SPACE_SHIFT;
	double last = -LABEL_HEIGHT;
	char text[64];

	for (size_t i = 0; i < plot->nr; i++) {
		const struct stretch *stretch = &plot->stretches[i];
		double y = stretch->row * CELL;
		__u64 address = (stretch->first & INDEX_MASK) << ADDRESS_SHIFT;

		draw_line(out, LEFT - 4, WIDTH - RIGHT, TOP + y, TOP + y, "grid");
		if (y - last < LABEL_HEIGHT)
			continue;
		last = y;
		if (one_space)
			snprintf(text, sizeof(text), "%llx", address);
		else
			snprintf(text, sizeof(text), "%llu:%llx",
				 stretch->first >> SPACE_SHIFT, address);
		write_text(out, LEFT - 8, TOP + y + 10, "label", text);
	}
}

/* Neighbours in a row are one stroke. */
static void draw_row(FILE *out, const bool *cells, unsigned int row)
{
	unsigned int column = 0, start;

	while (column < COLUMNS) {
		if (!cells[column]) {
			column++;
			continue;
		}
		for (start = column; column < COLUMNS && cells[column]; column++)
			;
		fprintf(out, "M%u %uh%u", LEFT + start * CELL, TOP + row * CELL + CELL / 2,
			(column - start) * CELL);
	}
}

static void draw_cells(FILE *out, const struct plot *plot)
{
	for (int mark = 0; mark < NR_MARKS; mark++) {
		if (!plot->counts[mark])
			continue;
		fprintf(out, "<path class=\"m%d\" d=\"", mark);
		for (unsigned int row = 0; row < ROWS; row++)
			draw_row(out, plot->cells[mark][row], row);
		fputs("\"/>\n", out);
	}
}

static void draw_notes(FILE *out, const struct plot *plot, const struct picture *picture)
{
	for (size_t i = 0; i < picture->nr_notes; i++) {
		double x = LEFT + picture->notes[i].time / plot->seconds * PLOT_WIDTH;

		fputs("<g><title>", out);
		write_escaped(out, picture->notes[i].text);
		fputs("</title>", out);
		draw_line(out, x, x, TOP - 6, TOP + PLOT_HEIGHT, "note");
		fputs("</g>\n", out);
	}
}

static void draw(FILE *out, const struct plot *plot, const struct picture *picture)
{
	int height = TOP + PLOT_HEIGHT + FOOT;

	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" ", out);
	fprintf(out, "width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n", WIDTH, height,
		WIDTH, height);
	write_styles(out);
	fprintf(out, "<rect width=\"%d\" height=\"%d\" class=\"paper\"/>\n", WIDTH, height);
	write_text(out, LEFT, 28, "title", picture->title);
	draw_legend(out, plot);
	draw_time(out, plot);
	draw_addresses(out, plot);
	draw_cells(out, plot);
	draw_notes(out, plot, picture);
	write_text(out, LEFT, height - 16, "foot", picture->footer);
	fputs("</svg>\n", out);
}

int draw_picture(FILE *out, const struct picture *picture)
{
	struct plot *plot = calloc(1, sizeof(*plot));
	int err;

	if (!plot)
		return -ENOMEM;
	plot->seconds = picture->seconds > 0.000001 ? picture->seconds : 0.000001;
	err = find_stretches(plot, picture);
	if (!err) {
		place_stretches(plot);
		fill_cells(plot, picture);
		draw(out, plot, picture);
	}
	free(plot->stretches);
	free(plot);
	return err;
}
