// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static char **wanted_cases;

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

__u64 now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

void take(struct rounds *rounds, double value)
{
	if (rounds->taken == MAX_ROUNDS)
		die("more than %d rounds", MAX_ROUNDS);
	rounds->values[rounds->taken++] = value;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double middle(const struct rounds *rounds)
{
	int n = rounds->taken - 1, cut = n / 4;
	double sorted[MAX_ROUNDS], sum = 0;

	if (n < 1)
		die("a measurement needs two rounds or more");
	memcpy(sorted, rounds->values + 1, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	for (int i = cut; i < n - cut; i++)
		sum += sorted[i];
	return sum / (n - 2 * cut);
}

void want(char **cases)
{
	wanted_cases = cases;
}

bool wanted(const char *name)
{
	char **p;

	if (!wanted_cases || !*wanted_cases)
		return true;
	for (p = wanted_cases; *p; p++) {
		if (!strcmp(*p, name))
			return true;
	}
	return false;
}

void figure(const char *name, const char *metric, double value,
	    const char *unit)
{
	if (!wanted(name))
		return;
	printf("%s %s %s %.6g %s\n", program_invocation_short_name, name,
	       metric, value, unit);
	fflush(stdout);
}

void settle(void)
{
	if (mlockall(MCL_CURRENT))
		die("mlockall: %m");
}

void write_file(const char *path, const char *text)
{
	ssize_t length = strlen(text);
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		die("cannot open %s: %m", path);
	if (write(fd, text, length) != length)
		die("cannot write '%s' to %s: %m", text, path);
	close(fd);
}
