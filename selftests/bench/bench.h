/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the benches share: the clock, the rounds of a measurement, the line
 * that carries a figure to ci/bench.
 *
 * A measured stretch must not wait for the host: printing, or the first touch
 * of a page of a program on the host's file system, does. So a bench settles
 * in memory before it measures, and prints only between measurements.
 */
#ifndef KAKU_BENCH_H
#define KAKU_BENCH_H

#include <linux/types.h>
#include <stdbool.h>

#define __noreturn	__attribute__((noreturn))
#define __printf(a, b)	__attribute__((format(printf, a, b)))
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The rounds of one measurement: the first is for warming up and not kept. */
#define MAX_ROUNDS	64

struct rounds {
	int taken;
	double values[MAX_ROUNDS];
};

/* Virtual nanoseconds: with ci/vm --icount, instructions. */
__u64 now(void);

void take(struct rounds *rounds, double value);

/*
 * The mean of the middle half: what happens rarely does not count, and whether
 * a round has one timer tick more than another evens out, which it would not
 * in a median.
 */
double middle(const struct rounds *rounds);

/*
 * One figure, if it is wanted: "BENCH CASE METRIC VALUE UNIT". BENCH is the
 * name of the program.
 */
void figure(const char *name, const char *metric, double value,
	    const char *unit);

/* The cases that the command line names; none named means all. */
void want(char **cases);
bool wanted(const char *name);

/* Lock what is mapped now into memory, so that it is never read again. */
void settle(void);

void write_file(const char *path, const char *text);

__noreturn __printf(1, 2) void die(const char *format, ...);

#endif
