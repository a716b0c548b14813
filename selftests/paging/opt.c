// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts what page replacement by calculation would have missed of recorded
 * strings of page references; first of all Belady's optimum.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "sim.h"
#include "util.h"

static void usage(FILE *to)
{
	fprintf(to,
		"usage: opt [-s NAME]... -f FRAMES[,FRAMES...] FILE\n"
		"Prints the refaults: the misses but each page's first.\n"
		"  -f  how many pages may be in memory\n"
		"  -s  what to simulate (default: opt):");
	for (const struct simulation *s = simulations; s->name; s++)
		fprintf(to, " %s", s->name);
	fprintf(to, "\n");
}

static const struct simulation *find(const char *name)
{
	for (const struct simulation *s = simulations; s->name; s++) {
		if (!strcmp(s->name, name))
			return s;
	}
	die("there is no simulation of '%s'", name);
}

int main(int argc, char **argv)
{
	const struct simulation *wanted[16] = { find("opt") };
	char *frames = NULL, *one;
	struct string string;
	int c, n = 0;

	while ((c = getopt(argc, argv, "hf:s:")) != -1) {
		switch (c) {
		case 'f':
			frames = optarg;
			break;
		case 's':
			if (n == ARRAY_SIZE(wanted))
				die("too many simulations");
			wanted[n++] = find(optarg);
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (!frames || optind + 1 != argc) {
		usage(stderr);
		return 2;
	}
	string_read(&string, argv[optind]);
	printf("references=%zu pages=%u distinct=%u\n", string.length, string.pages,
	       string.distinct);
	while ((one = strsep(&frames, ","))) {
		uint32_t count = number("frames", one, 1, UINT32_MAX - 1);

		for (int i = 0; i < (n ? n : 1); i++) {
			size_t misses = wanted[i]->misses(&string, count);

			printf("simulation=%s frames=%u refaults=%zu\n",
			       wanted[i]->name, count, misses - string.distinct);
		}
	}
	return 0;
}
