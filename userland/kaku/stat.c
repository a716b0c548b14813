// SPDX-License-Identifier: GPL-2.0-only
/* kaku stat: a handler's counters over time. */
#include <limits.h>
#include <stdio.h>
#include <time.h>

#include "cmd.h"
#include "json.h"
#include "show.h"

#define LINES_BETWEEN_HEADS	20

static const struct {
	const char *head;
	enum mm_policy_stat stat;
} columns[] = {
	{ "faults", MM_POLICY_STAT_FAULTS },
	{ "major", MM_POLICY_STAT_MAJOR },
	{ "first", MM_POLICY_STAT_FIRST },
	{ "refault", MM_POLICY_STAT_REFAULTS },
	{ "evicted", MM_POLICY_STAT_EVICTED },
	{ "policy", MM_POLICY_STAT_EVICTED_POLICY },
	{ "clock", MM_POLICY_STAT_EVICTED_CLOCK },
	{ "written", MM_POLICY_STAT_WRITTEN },
	{ "ahead", MM_POLICY_STAT_PREFETCHED },
	{ "used", MM_POLICY_STAT_PREFETCH_USED },
	{ "short", MM_POLICY_STAT_SHORTFALLS },
	{ "over", MM_POLICY_STAT_OVERRUNS },
};

static void print_head(void)
{
	printf("%7s", "held");
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		printf("%9s", columns[i].head);
	printf("  %s\n", "state");
}

static void print_sample(const struct mm_policy_info *sample)
{
	printf("%7s", size_text(sample->held));
	for (size_t i = 0; i < ARRAY_SIZE(columns); i++)
		printf("%9llu", sample->stat[columns[i].stat]);
	printf("  %s\n", state_text(sample));
}

static void json_sample(const struct mm_policy_info *sample, __u64 seconds)
{
	struct json json = { .out = stdout };

	json_object(&json, NULL);
	json_number(&json, "handler", sample->id);
	json_text(&json, "policy", sample->policy);
	json_text(&json, "state", state_text(sample));
	json_number(&json, "seconds", seconds);
	json_number(&json, "held", sample->held);
	json_number(&json, "laundry", sample->laundry);
	json_number(&json, "ahead", sample->ahead);
	json_counters(&json, "stat", sample);
	json_end(&json);
}

/* What was counted since. */
static void subtract(struct mm_policy_info *info, const struct mm_policy_info *before)
{
	for (size_t i = 0; i < ARRAY_SIZE(info->stat); i++)
		info->stat[i] -= before->stat[i];
}

static void sleep_until(struct timespec *when, __u64 seconds)
{
	when->tv_sec += seconds;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, when, NULL))
		;
}

static void watch(const struct kaku_handler *handler, __u64 interval, __u64 count,
		  bool as_json)
{
	struct mm_policy_info before = {}, now, sample;
	struct timespec when;

	clock_gettime(CLOCK_MONOTONIC, &when);
	for (__u64 i = 0; i < count; i++) {
		if (i)
			sleep_until(&when, interval);
		read_info(handler, &now);
		sample = now;
		subtract(&sample, &before);
		before = now;
		if (as_json) {
			json_sample(&sample, i ? interval : 0);
		} else {
			if (i % LINES_BETWEEN_HEADS == 0)
				print_head();
			print_sample(&sample);
		}
		if (fflush(stdout))
			break;
	}
}

static __u64 operand(const struct verb *verb, const char *name, const char *text)
{
	__u64 number = number_option(verb, name, text, INT_MAX);

	if (!number)
		usage_error(verb, "%s 0: give at least 1", name);
	return number;
}

static int stat_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	__u64 interval = 0, count = 1;
	bool as_json = false;
	__u32 id;

	while (next_option(verb, argc, argv, options) != -1)
		as_json = true;
	want_operands(verb, argc, 1, 3);
	id = handler_operand(verb, argv[optind]);
	if (argc - optind > 1) {
		interval = operand(verb, "INTERVAL", argv[optind + 1]);
		count = ULLONG_MAX;
	}
	if (argc - optind > 2)
		count = operand(verb, "COUNT", argv[optind + 2]);

	watch(open_handler(id), interval, count, as_json);
	return 0;
}

const struct verb verb_stat = {
	.name = "stat",
	.summary = "print a handler's counters, over time if wanted",
	.help =
"Usage: kaku stat HANDLER [INTERVAL [COUNT]] [OPTION...]\n"
"\n"
"Print a handler's counters since it was made; then, every INTERVAL seconds, what\n"
"was counted meanwhile, until there are COUNT lines. Counts are of pages.\n"
"\n"
"Options:\n"
"  -J, --json       print a JSON object on each line, with all counters\n"
"  -h, --help       print this\n",
	.run = stat_main,
};
