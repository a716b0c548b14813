// SPDX-License-Identifier: GPL-2.0-only
/* kaku trace: what happens to a handler's pages, as lines or as a picture. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "json.h"
#include "picture.h"
#include "procfs.h"
#include "tracefs.h"

#define MAX_FILTER	4096
#define MAX_NOTES	64
#define LINE_LENGTH	4096
#define READS_AT_ONCE	16

/* As in the kernel's <linux/mm_policy_ops.h> */
enum fault_kind { FIRST_TOUCH = 1, REFAULT, FILE_PAGE, COPY_ON_WRITE };

static const char *const fault_names[] = {
	[FIRST_TOUCH] = "first", [REFAULT] = "refault", [FILE_PAGE] = "file",
	[COPY_ON_WRITE] = "copy",
};

static const char *const flag_names[] = { "write", "exec", "major", "ahead", "around" };
static const char *const evictor_names[] = { NULL, "policy", "clock" };
static const char *const why_names[] = { NULL, "limit", "cgroup", "memory", "request" };

struct trace {
	__u32 handler;
	int pid;
	__u64 seconds;
	const char *output;
	bool as_json;

	char filter[MAX_FILTER];
	unsigned long events;
	unsigned long lost;
	bool begun;
	double begin;
	double end;
	struct point *points;
	size_t nr_points;
	struct note notes[MAX_NOTES];
	char messages[MAX_NOTES][MM_POLICY_MESSAGE_LEN];
	size_t nr_notes;
};

static char temporary[PATH_MAX];
static volatile sig_atomic_t stopped;

/* ----------------------------------------------------------------- what to listen to */

static void add_to_filter(struct trace *trace, __u32 handler)
{
	size_t used = strlen(trace->filter);

	if (used + 32 > sizeof(trace->filter))
		die("process %d answers to too many handlers: trace one of them", trace->pid);
	snprintf(trace->filter + used, sizeof(trace->filter) - used, "%shandler == %u",
		 used ? " || " : "", handler);
}

static bool seen_before(const struct process *process, size_t i)
{
	for (size_t j = 0; j < i; j++) {
		if (process->parts[j].handler == process->parts[i].handler)
			return true;
	}
	return false;
}

static void filter_process(struct trace *trace)
{
	struct process process;
	int err;

	open_process(trace->pid);
	err = read_process(trace->pid, &process);
	if (err)
		die("cannot read /proc/%d/mm_policy: %s", trace->pid, strerror(-err));
	if (!process.nr)
		die("process %d answers to no handler: 'kaku attach' makes it do so",
		    trace->pid);
	for (size_t i = 0; i < process.nr; i++) {
		if (!seen_before(&process, i))
			add_to_filter(trace, process.parts[i].handler);
	}
	free_process(&process);
}

static void make_filter(struct trace *trace)
{
	struct mm_policy_entry entry;
	__u32 index = 0;
	int err = kaku_policy__next(&index, &entry, sizeof(entry));

	if (err && err != -ENOENT)
		die_of(err, "/dev/mm_policy");
	if (trace->pid) {
		filter_process(trace);
		return;
	}
	kaku_handler__close(open_handler(trace->handler));
	add_to_filter(trace, trace->handler);
}

/* ------------------------------------------------------------------------- lines */

static const char *name_of(const char *const *names, size_t nr, __u32 number)
{
	return number < nr && names[number] ? names[number] : "?";
}

static const char *event_name(const struct event *event)
{
	switch (event->type) {
	case EVENT_FAULT:
		return name_of(fault_names, ARRAY_SIZE(fault_names), event->kind);
	case EVENT_EVICT:
		return "evict";
	case EVENT_PREFETCH:
		return "prefetch";
	case EVENT_EJECT:
		return "eject";
	}
	return "?";
}

static const char *evictor(const struct event *event)
{
	return name_of(evictor_names, ARRAY_SIZE(evictor_names), event->by);
}

static const char *why_evicted(const struct event *event)
{
	return name_of(why_names, ARRAY_SIZE(why_names), event->why);
}

static const char *why_ejected(const struct event *event)
{
	const char *why = kaku_exit_kind_str(event->kind);

	return why ? why : "?";
}

static __u64 space_of(__u64 page)
{
	return page >> 44;
}

static __u64 address_of(__u64 page)
{
	return (page & ((1ULL << 44) - 1)) << 12;
}

static void print_event(const struct event *event, double time)
{
	printf("%12.6f  %-8s  handler %u", time, event_name(event), event->handler);
	if (event->type == EVENT_EJECT) {
		printf("  %s: %s\n", why_ejected(event), event->message);
		return;
	}
	printf("  %llu:%llx", space_of(event->page), address_of(event->page));
	switch (event->type) {
	case EVENT_FAULT:
		for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
			if (event->flags & 1U << i)
				printf(" %s", flag_names[i]);
		}
		break;
	case EVENT_EVICT:
		printf(" +%u by the %s for %s", event->nr, evictor(event),
		       why_evicted(event));
		break;
	default:
		printf(" +%u", event->nr);
	}
	putchar('\n');
}

static void json_details(struct json *json, const struct event *event)
{
	switch (event->type) {
	case EVENT_FAULT:
		json_array(json, "flags");
		for (size_t i = 0; i < ARRAY_SIZE(flag_names); i++) {
			if (event->flags & 1U << i)
				json_text(json, NULL, flag_names[i]);
		}
		json_end(json);
		break;
	case EVENT_EVICT:
		json_text(json, "by", evictor(event));
		json_text(json, "why", why_evicted(event));
		break;
	case EVENT_EJECT:
		json_text(json, "why", why_ejected(event));
		json_text(json, "message", event->message);
		break;
	default:
		break;
	}
}

static void json_event(const struct event *event, double time)
{
	struct json json = { .out = stdout };

	json_object(&json, NULL);
	json_real(&json, "time", time);
	json_text(&json, "event", event_name(event));
	json_number(&json, "handler", event->handler);
	if (event->type != EVENT_EJECT) {
		json_number(&json, "space", space_of(event->page));
		json_address(&json, "address", address_of(event->page));
		json_number(&json, "pages", event->nr);
	}
	json_details(&json, event);
	json_end(&json);
}

/* ------------------------------------------------------------------- for a picture */

static enum mark mark_of(const struct event *event)
{
	if (event->type == EVENT_EVICT)
		return MARK_EVICTED;
	if (event->type == EVENT_PREFETCH)
		return MARK_AHEAD;
	if (event->kind == FIRST_TOUCH)
		return MARK_FIRST;
	return event->kind == REFAULT ? MARK_REFAULT : MARK_OTHER;
}

static void keep_note(struct trace *trace, const struct event *event, double time)
{
	char *message = trace->messages[trace->nr_notes];

	if (trace->nr_notes == MAX_NOTES)
		return;
	snprintf(message, MM_POLICY_MESSAGE_LEN, "%s", event->message);
	trace->notes[trace->nr_notes].time = time;
	trace->notes[trace->nr_notes++].text = message;
}

static void keep_event(struct trace *trace, const struct event *event, double time)
{
	size_t nr = trace->nr_points;

	if (event->type == EVENT_EJECT) {
		keep_note(trace, event, time);
		return;
	}
	if (!event->nr)
		return;
	if (!(nr & (nr - 1))) {
		trace->points = reallocarray(trace->points, nr ? 2 * nr : 1,
					     sizeof(*trace->points));
		if (!trace->points)
			die("out of memory after %lu events: trace fewer --seconds",
			    trace->events);
	}
	trace->points[trace->nr_points++] = (struct point){
		.time = time, .page = event->page, .nr = event->nr,
		.mark = mark_of(event),
	};
}

static void remove_temporary(void)
{
	if (*temporary)
		unlink(temporary);
}

/* The file gets its name when the picture is complete. */
static FILE *open_output(const char *path)
{
	struct stat stat;
	FILE *file;
	int fd;

	if (!lstat(path, &stat) && !S_ISREG(stat.st_mode))
		die("%s is there already and not a file: give another name", path);
	if (snprintf(temporary, sizeof(temporary), "%s.XXXXXX", path) >=
	    (int)sizeof(temporary))
		die("%s: the name is too long", path);
	fd = mkstemp(temporary);
	if (fd < 0) {
		*temporary = 0;
		die("cannot write %s: %m", path);
	}
	atexit(remove_temporary);
	fchmod(fd, 0644);
	file = fdopen(fd, "w");
	if (!file)
		die("cannot write %s: %m", path);
	return file;
}

static void write_picture(const struct trace *trace, FILE *file)
{
	char title[64], footer[128];
	struct picture picture = {
		.title = title, .footer = footer,
		.points = trace->points, .nr_points = trace->nr_points,
		.notes = trace->notes, .nr_notes = trace->nr_notes,
		.seconds = trace->end - trace->begin,
	};
	int err;

	if (trace->pid)
		snprintf(title, sizeof(title), "Pages of process %d", trace->pid);
	else
		snprintf(title, sizeof(title), "Pages of handler %u", trace->handler);
	snprintf(footer, sizeof(footer), "%lu events, %lu lost. Counts are of pages.",
		 trace->events, trace->lost);

	err = draw_picture(file, &picture);
	if (err)
		die("cannot draw the picture: %s", strerror(-err));
	if (fflush(file) || ferror(file) || fclose(file) ||
	    rename(temporary, trace->output))
		die("cannot write %s: %m", trace->output);
	*temporary = 0;
}

/* ----------------------------------------------------------------------- listening */

static void handle_event(struct trace *trace, const struct event *event)
{
	double time;

	if (!trace->begun)
		trace->begin = event->time;
	trace->begun = true;
	time = event->time - trace->begin;
	if (event->time > trace->end)
		trace->end = event->time;
	trace->events++;

	if (trace->output)
		keep_event(trace, event, time);
	else if (trace->as_json)
		json_event(event, time);
	else
		print_event(event, time);
}

static void handle_line(struct trace *trace, const char *line)
{
	struct event event;

	if (parse_event(line, &event)) {
		make_printable(event.message);
		handle_event(trace, &event);
	} else {
		trace->lost += parse_lost(line);
	}
}

/*
 * Some of what is there now, whole lines of it: events may come as fast as they are
 * read. Returns whether there may be more.
 */
static bool read_lines(struct trace *trace, int fd)
{
	static char text[LINE_LENGTH * 4];
	static size_t used;
	char *line, *end;
	ssize_t got;

	for (int i = 0; i < READS_AT_ONCE; i++) {
		got = read(fd, text + used, sizeof(text) - 1 - used);
		if (got <= 0)
			return false;
		used += got;
		text[used] = 0;
		for (line = text; (end = strchr(line, '\n')); line = end + 1) {
			*end = 0;
			handle_line(trace, line);
		}
		used -= line - text;
		memmove(text, line, used);
		if (used == sizeof(text) - 1)
			used = 0;	/* no line of an event is that long */
	}
	return true;
}

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

/* Blocked but while we wait, so that none comes between a look and the wait. */
static void catch_signals(sigset_t *before)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	struct sigaction action = { .sa_handler = stop };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		sigaction(signals[i], &action, NULL);
		sigaddset(&mask, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &mask, before);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void show_progress(const struct trace *trace, double passed)
{
	if (trace->output && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%.0f s, %lu events\033[K", passed, trace->events);
}

static void end_progress(const struct trace *trace)
{
	if (trace->output && isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static void listen_to(struct trace *trace, int fd, const sigset_t *mask)
{
	const struct timespec tenth = { .tv_nsec = 100000000 }, none = {};
	double begin = now(), passed = 0;
	bool more = false;

	while (!stopped && (!trace->seconds || passed < trace->seconds)) {
		/* An instance's pipe polls as readable only when half full */
		ppoll(NULL, 0, more ? &none : &tenth, mask);
		more = read_lines(trace, fd);
		if (!trace->output && fflush(stdout))
			break;
		passed = now() - begin;
		show_progress(trace, passed);
	}
	tracefs_stop();
	while (read_lines(trace, fd))
		;
	end_progress(trace);
}

static void print_summary(const struct trace *trace)
{
	struct json json = { .out = stdout };

	if (!trace->output) {
		if (trace->lost)
			fprintf(stderr, "kaku: %lu events were lost\n", trace->lost);
		return;
	}
	if (trace->as_json) {
		json_object(&json, NULL);
		json_text(&json, "output", trace->output);
		json_number(&json, "events", trace->events);
		json_number(&json, "lost", trace->lost);
		json_end(&json);
		return;
	}
	printf("%s: %lu events, %lu lost\n", trace->output, trace->events, trace->lost);
}

/* -------------------------------------------------------------------------- the verb */

static void parse(struct trace *trace, const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("output", OPT_OUTPUT),
		OPTION_WITH("pid", OPT_PID),
		OPTION_WITH("seconds", OPT_SECONDS),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	int option;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		switch (option) {
		case OPT_OUTPUT:
			trace->output = optarg;
			break;
		case OPT_PID:
			trace->pid = pid_option(verb, optarg);
			break;
		case OPT_SECONDS:
			trace->seconds = number_option(verb, "--seconds", optarg, INT_MAX);
			if (!trace->seconds)
				usage_error(verb, "--seconds 0: give at least 1");
			break;
		case 'J':
			trace->as_json = true;
			break;
		}
	}
	want_operands(verb, argc, 0, 1);
	want_one(verb, optind < argc, trace->pid, "give either a handler or --pid");
	if (!trace->pid)
		trace->handler = handler_operand(verb, argv[optind]);
}

static int trace_main(const struct verb *verb, int argc, char **argv)
{
	static struct trace trace;
	FILE *file = NULL;
	sigset_t before;
	int fd;

	parse(&trace, verb, argc, argv);
	make_filter(&trace);
	if (trace.output)
		file = open_output(trace.output);

	catch_signals(&before);
	fd = tracefs_begin(trace.filter);
	listen_to(&trace, fd, &before);
	tracefs_end();

	if (file)
		write_picture(&trace, file);
	print_summary(&trace);
	return 0;
}

const struct verb verb_trace = {
	.name = "trace",
	.summary = "follow what happens to pages, as lines or as a picture",
	.help =
"Usage: kaku trace HANDLER [OPTION...]\n"
"       kaku trace --pid PID [OPTION...]\n"
"\n"
"Follow the faults, evictions and readings ahead of a handler, or of those that a\n"
"process answers to: as lines, or as a picture of time and addresses. Needs root.\n"
"\n"
"Options:\n"
"  --pid PID        the process\n"
"  --output FILE    draw a picture, in SVG\n"
"  --seconds N      end after N seconds; otherwise at Ctrl-C\n"
"  -J, --json       print JSON, an object on each line\n"
"  -h, --help       print this\n",
	.run = trace_main,
};
