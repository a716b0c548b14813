// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "patterns.h"
#include "refs.h"

/* Of the pattern that runs. */
static uint64_t wanted, state;
static uint32_t step, *order, *next;
static uint64_t *weights;
static struct refs_reader trace;

/*
 * The first write to a page of a file is a fault of its own, which is no refault; nor
 * would it be right to leave it out.
 */
static void no_file(const struct area *a)
{
	if (area_of_file(a))
		die("what writes is not for files");
}

static void plain(struct area *a, const struct pattern_options *o,
		  uint32_t pages, uint64_t references)
{
	a->data = o->pages ? o->pages : pages;
	wanted = o->references ? o->references : references;
	state = o->seed;
	if (a->write)
		no_file(a);
}

/* ------------------------------------------------------------- scans and strides */

static void prepare_seq(struct area *a, const struct pattern_options *o)
{
	plain(a, o, 1200, 0);
	if (!wanted)
		wanted = a->data;
}

static void prepare_cyclic(struct area *a, const struct pattern_options *o)
{
	plain(a, o, 2400, 24000);
}

static void run_cyclic(struct area *a)
{
	for (uint64_t i = 0; i < wanted; i++)
		look(a, i % a->data);
}

static void prepare_stride(struct area *a, const struct pattern_options *o)
{
	plain(a, o, 2400, 24000);
	step = number("stride", o->argument, 1, a->data - 1);
}

/* 0, s, 2s ... to the end, then 1, s + 1, 2s + 1 ...: a matrix by its columns. */
static void run_stride(struct area *a)
{
	uint32_t lane = 0, page = 0;

	for (uint64_t i = 0; i < wanted; i++) {
		look(a, page);
		page += step;
		if (page >= a->data) {
			lane = (lane + 1) % step;
			page = lane;
		}
	}
}

/* ------------------------------------------------------------------------- chance */

static void run_random(struct area *a)
{
	for (uint64_t i = 0; i < wanted; i++)
		look(a, below(&state, a->data));
}

static void prepare_order(struct area *a, const struct pattern_options *o)
{
	plain(a, o, 2400, 24000);
	order = memory(a->data * sizeof(*order));
	shuffle(&state, order, a->data);
}

/* The page of rank r is referenced with a weight of 1/r; where it lies is random. */
static void prepare_zipf(struct area *a, const struct pattern_options *o)
{
	uint64_t sum = 0;

	prepare_order(a, o);
	weights = memory(a->data * sizeof(*weights));
	for (uint32_t i = 0; i < a->data; i++) {
		sum += (1ull << 32) / (i + 1);
		weights[i] = sum;
	}
}

static void run_zipf(struct area *a)
{
	for (uint64_t i = 0; i < wanted; i++) {
		uint64_t x = chance(&state) % weights[a->data - 1];
		uint32_t low = 0, high = a->data - 1;

		while (low < high) {
			uint32_t middle = (low + high) / 2;

			if (weights[middle] > x)
				high = middle;
			else
				low = middle + 1;
		}
		look(a, order[low]);
	}
}

/* An eighth of the pages gets three of four references; the rest is scanned. */
static void run_scan_hot(struct area *a)
{
	uint32_t hot = a->data / 8, cold = a->data - hot, at = 0;

	for (uint64_t i = 0; i < wanted; i++) {
		if (i % 4) {
			look(a, order[below(&state, hot)]);
		} else {
			look(a, order[hot + at]);
			at = (at + 1) % cold;
		}
	}
}

/* Eight times another quarter of the pages, at random within it. */
static void run_phases(struct area *a)
{
	for (uint64_t i = 0; i < wanted; i++) {
		uint64_t phase = i * 8 / wanted;
		uint32_t quarter = a->data / 4;

		look(a, (phase * 5 % 8 * (a->data / 8) + below(&state, quarter)) %
		     a->data);
	}
}

/* --------------------------------------------------------------- real computations */

/* A list through all pages in random order: each says which is the next. */
static void prepare_chase(struct area *a, const struct pattern_options *o)
{
	prepare_order(a, o);
	next = memory(a->data * sizeof(*next));
	for (uint32_t i = 0; i < a->data; i++)
		next[order[i]] = order[(i + 1) % a->data];
	a->link = next;
}

static void run_chase(struct area *a)
{
	uint32_t at = order[0];

	for (uint64_t i = 0; i < wanted; i++) {
		look(a, at);
		at = *(volatile uint64_t *)data(a, at);
	}
}

/* Records of 256 bytes with a key of 8, sorted by merging from one half to another. */
#define PER_PAGE	16

struct record {
	uint64_t key;
	char rest[PAGE / PER_PAGE - 8];
};

static void prepare_sort(struct area *a, const struct pattern_options *o)
{
	plain(a, o, 1200, 0);
	if (a->data < 4)
		die("sort needs four pages");
	no_file(a);
	a->data -= a->data % 2;
}

static struct record *record(struct area *a, uint32_t half, uint32_t i)
{
	uint32_t page = half * (a->data / 2) + i / PER_PAGE;

	return (struct record *)data(a, page) + i % PER_PAGE;
}

static void merge(struct area *a, uint32_t from, uint32_t left, uint32_t middle,
		  uint32_t right)
{
	uint32_t l = left, r = middle;

	for (uint32_t to = left; to < right; to++) {
		struct record copy;
		bool take_left = l < middle;

		if (take_left && r < right)
			take_left = record(a, from, l)->key <= record(a, from, r)->key;
		copy = *record(a, from, take_left ? l++ : r++);
		*record(a, !from, to) = copy;
	}
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

static void run_sort(struct area *a)
{
	uint32_t n = a->data / 2 * PER_PAGE, from = 0;
	uint64_t sum = 0, last = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t key = chance(&state);

		record(a, 0, i)->key = key;
		sum += key;
	}
	for (uint32_t width = 1; width < n; width *= 2) {
		for (uint32_t at = 0; at < n; at += 2 * width)
			merge(a, from, at, least(at + width, n), least(at + 2 * width, n));
		from = !from;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint64_t key = record(a, from, i)->key;

		if (key < last)
			die("sort: record %u is out of order", i);
		last = key;
		sum -= key;
	}
	if (sum)
		die("sort: it lost records");
}

/* ------------------------------------------------------------- the paper's two tasks */

/*
 * Each is a small program whose pages all count, as in the paper. In the order of
 * addresses: 64 KB that it needs to start up and never again, amid them its page of
 * variables; the data; its page of results; the stack. All but the stack are one
 * mapping, as are .data, .bss and heap of a small program. Of a private mapping of a
 * file, the variables and the results become the task's own when it writes to them.
 *
 * Task 1 references a window of 80 KB ten times, then moves it up by 9 KB, again and
 * again; one reference for each kilobyte, which it counts in its variables.
 *
 * Task 2 reads its data once from top to bottom, a kilobyte at a time, and never
 * again. It sums them up in a variable on the stack, and after each half megabyte puts
 * the sum among the results, by a function that needs a second page of stack.
 */
#define START_UP	16
#define VARIABLES	(START_UP / 2)
#define KB		1024ul
#define WINDOW		(80 * KB)
#define SHIFT		(9 * KB)
#define ROUNDS		10
#define BLOCK		(512 * KB)
#define STACK_PAGES	8

static uint32_t page_of_address(const struct area *a, const void *p)
{
	return ((const char *)p - a->base) / PAGE;
}

static void start_up(struct area *a)
{
	for (uint32_t i = 0; i < a->below; i++) {
		volatile uint64_t *word = (void *)(a->base + i * PAGE);

		note(a, i);
		if (a->prepared && i != VARIABLES)
			area_sum += *word;
		else
			*word = i;
	}
}

static void prepare_task(struct area *a)
{
	if (a->kind != AREA_ANON && a->kind != AREA_PRIVATE)
		die("the tasks are for anonymous memory or a private mapping");
	a->below = START_UP + 1;
	a->behind = 1;
	a->stack = STACK_PAGES;
}

static void prepare_task1(struct area *a, const struct pattern_options *o)
{
	plain(a, o, 245, 0);
	prepare_task(a);
	if (a->data * PAGE < WINDOW)
		die("task1 needs %lu pages", WINDOW / PAGE);
}

static void run_task1(struct area *a)
{
	volatile uint64_t *counters = (void *)(a->base + VARIABLES * PAGE);
	volatile uint64_t here = 0;
	uint32_t stack = page_of_address(a, (const void *)&here);
	size_t size = a->data * PAGE;

	start_up(a);
	for (size_t start = 0; start + WINDOW <= size; start += SHIFT) {
		for (int round = 0; round < ROUNDS; round++) {
			for (size_t at = start; at < start + WINDOW; at += KB) {
				char *page = data(a, at / PAGE);

				here += *(volatile uint64_t *)(page + at % PAGE);
				note(a, stack);
				counters[round]++;
				note(a, VARIABLES);
			}
		}
	}
}

static void prepare_task2(struct area *a, const struct pattern_options *o)
{
	plain(a, o, 1024, 0);
	prepare_task(a);
}

static __attribute__((noinline)) void close_block(struct area *a, uint64_t sum)
{
	volatile char frame[PAGE];
	uint32_t page = a->below + a->data;
	volatile uint64_t *results = (void *)(a->base + page * PAGE);

	for (size_t i = 0; i < sizeof(frame); i += sizeof(frame) - 1) {
		frame[i] = sum;
		note(a, page_of_address(a, (const void *)&frame[i]));
	}
	note(a, page);
	*results = sum + frame[0];
}

static void run_task2(struct area *a)
{
	volatile uint64_t sum = 0;
	uint32_t stack = page_of_address(a, (const void *)&sum);
	size_t size = a->data * PAGE;

	start_up(a);
	for (size_t at = 0; at < size; at += KB) {
		char *page = data(a, at / PAGE);

		sum += *(volatile uint64_t *)(page + at % PAGE);
		note(a, stack);
		if ((at + KB) % BLOCK == 0)
			close_block(a, sum);
	}
}

/* ------------------------------------------------------------------------- traces */

static void prepare_trace(struct area *a, const struct pattern_options *o)
{
	refs_open(&trace, o->argument);
	a->data = trace.pages;
}

static void run_trace(struct area *a)
{
	uint32_t page;

	while (refs_next(&trace, &page))
		look(a, page);
}

static const struct pattern patterns[] = {
	{ "seq", NULL, "each page once", prepare_seq, run_cyclic },
	{ "cyclic", NULL, "all pages in order, again and again",
	  prepare_cyclic, run_cyclic },
	{ "stride", "N", "every Nth page, then those beside", prepare_stride, run_stride },
	{ "random", NULL, "any page, each as likely", prepare_cyclic, run_random },
	{ "zipf", NULL, "a page of rank r with weight 1/r", prepare_zipf, run_zipf },
	{ "scan-hot", NULL, "an eighth hot, and a scan over the rest",
	  prepare_order, run_scan_hot },
	{ "phases", NULL, "eight times another quarter", prepare_cyclic, run_phases },
	{ "chase", NULL, "along a list through all pages", prepare_chase, run_chase },
	{ "sort", NULL, "merge sort, half of the pages for a copy",
	  prepare_sort, run_sort },
	{ "task1", NULL, "the paper's: a window that moves", prepare_task1, run_task1 },
	{ "task2", NULL, "the paper's: data that is read once",
	  prepare_task2, run_task2 },
	{ "trace", "FILE", "what was recorded in FILE", prepare_trace, run_trace },
};

const struct pattern *pattern_find(const char *name, struct pattern_options *o)
{
	const char *colon = strchrnul(name, ':');

	o->argument = *colon ? colon + 1 : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		const struct pattern *p = &patterns[i];

		if (strlen(p->name) != (size_t)(colon - name) ||
		    strncmp(p->name, name, colon - name))
			continue;
		if (!p->argument != !o->argument)
			die("%s: %s", name, p->argument ? "what follows the ':'?" :
			    "nothing may follow the name");
		return p;
	}
	die("there is no pattern '%s'", name);
}

void patterns_list(FILE *to)
{
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		char name[32];

		snprintf(name, sizeof(name), "%s%s%s", patterns[i].name,
			 patterns[i].argument ? ":" : "",
			 patterns[i].argument ? patterns[i].argument : "");
		fprintf(to, "  %-12s %s\n", name, patterns[i].words);
	}
}
