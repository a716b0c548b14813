// SPDX-License-Identifier: GPL-2.0-only
/* Two tasks that have nothing to do with it, and should notice nothing. */
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>
#include <kselftest.h>

#include "hostile.h"

#define PAGES		256	/* of each */
#define LONG_WAIT	2000000	/* us: what one would notice */

struct bystander {
	struct task task;
	int handler;
	const char *name;
	uint32_t faults, turns;
	struct mm_policy_info info;
};

static struct bystander bystanders[] = {
	{ .handler = -1, .name = "the bystander without a policy" },
	{ .handler = -1, .name = "the bystander under the clock" },
};

/* What they alone have and hold */
static unsigned int lasting_handlers;
static long lasting_kb;

bool good;

void complain(const char *format, ...)
{
	va_list args;

	good = false;
	printf("# ");
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

static uint32_t turns_of(struct bystander *b)
{
	return __atomic_load_n(&b->task.report->turns, __ATOMIC_ACQUIRE);
}

/* So many turns more */
static bool wait_for_turns(struct bystander *b, uint32_t more)
{
	uint64_t end = now_us() + 20000000;
	uint32_t from = turns_of(b);

	while (turns_of(b) - from < more) {
		if (now_us() > end)
			return false;
		usleep(5000);
	}
	return true;
}

void bystanders_note(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bystanders); i++) {
		struct bystander *b = &bystanders[i];

		b->task.report->longest_us = 0;
		b->faults = b->task.report->faults;
		b->turns = turns_of(b);
		if (b->handler >= 0)
			handler_info(b->handler, &b->info);
	}
}

void bystanders_check(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(bystanders); i++) {
		struct bystander *b = &bystanders[i];
		struct report *report = b->task.report;
		struct mm_policy_info info;

		if (!wait_for_turns(b, 2))
			complain("%s makes no turns", b->name);
		if (report->faults != b->faults)
			complain("%s had %u faults", b->name, report->faults - b->faults);
		if (report->wrong)
			complain("%s found %u wrong words", b->name, report->wrong);
		if (report->longest_us > LONG_WAIT)
			complain("%s waited for %u ms", b->name,
				 report->longest_us / 1000);
		if (b->handler < 0)
			continue;
		handler_info(b->handler, &info);
		if (info.held != b->info.held || info.exit ||
		    info.stat[MM_POLICY_STAT_EVICTED] !=
		    b->info.stat[MM_POLICY_STAT_EVICTED])
			complain("%s holds %llu bytes, and held %llu", b->name,
				 info.held, b->info.held);
	}
}

void bystanders_start(void)
{
	tasks_begin();
	bystanders[1].handler = handler_create("clock", 4 * PAGES * PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(bystanders); i++) {
		struct bystander *b = &bystanders[i];

		bystander_start(&b->task, b->handler, PAGES, i);
		if (!wait_for_turns(b, 5) || b->task.report->attached != 1)
			ksft_exit_fail_msg("%s does not begin\n", b->name);
	}
	lasting_handlers = handlers_there();
	lasting_kb = meminfo_kb("Managed");
}

void bystanders_places(uint64_t *args)
{
	args[0] = bystanders[0].task.report->area / PAGE;
	args[1] = bystanders[1].task.report->area / PAGE;
	args[2] = PAGES;
	if (!args[0] || !args[1])
		complain("a bystander does not say where its pages are");
}

static bool only_they_are_managed(void *unused)
{
	(void)unused;
	return handlers_there() == lasting_handlers &&
	       meminfo_kb("Managed") == lasting_kb;
}

void bystanders_are_alone(void)
{
	if (!until(only_they_are_managed, NULL, 10))
		complain("%u handlers and %ld kB are left, not %u and %ld",
			 handlers_there(), meminfo_kb("Managed"), lasting_handlers,
			 lasting_kb);
}

static bool no_memory_is_managed(void *unused)
{
	(void)unused;
	return !meminfo_kb("Managed") && !handlers_there();
}

bool bystanders_end(void)
{
	bool fine = true;

	for (size_t i = 0; i < ARRAY_SIZE(bystanders); i++) {
		if (task_end(&bystanders[i].task, 20)) {
			ksft_print_msg("%s ended badly\n", bystanders[i].name);
			fine = false;
		}
		if (bystanders[i].handler >= 0)
			close(bystanders[i].handler);
	}
	if (!until(no_memory_is_managed, NULL, 10)) {
		ksft_print_msg("Managed: %ld kB, %u handlers\n", meminfo_kb("Managed"),
			       handlers_there());
		fine = false;
	}
	return fine && !policy_is_there(NULL);
}
