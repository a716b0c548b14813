// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "tracefs.h"

#define GROUP		"mm_policy"
#define PREFIX		"kaku-"
#define BUFFER_KB	"8192"

static const char *const event_names[] = {
	[EVENT_FAULT]		= "mm_policy_fault",
	[EVENT_EVICT]		= "mm_policy_evict",
	[EVENT_PREFETCH]	= "mm_policy_prefetch",
	[EVENT_EJECT]		= "mm_policy_eject",
};

static char instance[PATH_MAX / 2];
static int trace_pipe = -1;

const char *tracefs_dir(void)
{
	static const char *const dirs[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};
	char path[64];

	for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/instances", dirs[i]);
		if (!access(path, F_OK) || errno == EACCES)
			return dirs[i];
	}
	return NULL;
}

/* --------------------------------------------------------------------- instances */

static bool write_file(const char *dir, const char *name, const char *text)
{
	size_t length = strlen(text);
	char path[PATH_MAX];
	bool written;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	written = write(fd, text, length) == (ssize_t)length;
	close(fd);
	return written;
}

/* What a kaku that was killed left behind. One that is still read from is busy. */
static void remove_stale(const char *instances)
{
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *dir = opendir(instances);
	int pid;

	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (sscanf(entry->d_name, PREFIX "%d", &pid) != 1 ||
		    !kill(pid, 0) || errno != ESRCH)
			continue;
		snprintf(path, sizeof(path), "%s/%s", instances, entry->d_name);
		rmdir(path);
	}
	closedir(dir);
}

static void make_instance(void)
{
	const char *dir = tracefs_dir();
	char path[PATH_MAX / 2];

	if (!dir)
		die_advising("mount -t tracefs none /sys/kernel/tracing",
			     "there is no tracefs");
	snprintf(path, sizeof(path), "%s/instances", dir);
	remove_stale(path);
	snprintf(path, sizeof(path), "%s/instances/" PREFIX "%d", dir, getpid());
	if (mkdir(path, 0700)) {
		if (errno == EACCES || errno == EPERM)
			die_advising("be root", "you may not trace");
		die("cannot make %s: %m", path);
	}
	strcpy(instance, path);
	atexit(tracefs_end);
}

/* In the 'fields' form all fields have their names and numbers. */
static void set_up_instance(const char *filter)
{
	char name[128];

	write_file(instance, "buffer_size_kb", BUFFER_KB);
	if (!write_file(instance, "options/fields", "1") ||
	    !write_file(instance, "trace_clock", "mono"))
		die("cannot set up %s: %m", instance);
	for (size_t i = 0; i < ARRAY_SIZE(event_names); i++) {
		snprintf(name, sizeof(name), "events/" GROUP "/%s/filter", event_names[i]);
		if (!write_file(instance, name, filter))
			die_advising("take the kaku that came with it",
				     "this kernel has no trace event %s: %m",
				     event_names[i]);
	}
	if (!write_file(instance, "events/" GROUP "/enable", "1"))
		die("cannot switch the trace events on in %s: %m", instance);
}

int tracefs_begin(const char *filter)
{
	char path[PATH_MAX];

	make_instance();
	set_up_instance(filter);
	snprintf(path, sizeof(path), "%s/trace_pipe", instance);
	trace_pipe = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (trace_pipe < 0)
		die("cannot open %s: %m", path);
	return trace_pipe;
}

void tracefs_stop(void)
{
	write_file(instance, "events/" GROUP "/enable", "0");
}

void tracefs_end(void)
{
	if (!*instance)
		return;
	tracefs_stop();
	if (trace_pipe >= 0)
		close(trace_pipe);	/* an instance that is read from is busy */
	rmdir(instance);
	*instance = 0;
}

/* ------------------------------------------------------------------------- lines */

/* The text behind ' NAME=', or NULL. */
static const char *find_field(const char *fields, const char *name)
{
	size_t length = strlen(name);
	const char *at = fields;

	while ((at = strstr(at, name))) {
		if (at > fields && isspace(at[-1]) && at[length] == '=')
			return at + length + 1;
		at += length;
	}
	return NULL;
}

static __u64 number_field(const char *fields, const char *name)
{
	const char *text = find_field(fields, name);

	return text ? strtoull(text, NULL, 0) : 0;
}

static bool find_name(const char *line, enum event_type *type, const char **colon,
		      const char **fields)
{
	char pattern[32];

	for (size_t i = 0; i < ARRAY_SIZE(event_names); i++) {
		snprintf(pattern, sizeof(pattern), ": %s:", event_names[i]);
		*colon = strstr(line, pattern);
		if (!*colon)
			continue;
		*type = i;
		*fields = *colon + strlen(pattern);
		return true;
	}
	return false;
}

static bool read_time(const char *line, const char *colon, double *time)
{
	const char *start = colon;
	char *end;

	while (start > line && !isspace(start[-1]))
		start--;
	*time = strtod(start, &end);
	return end == colon && end > start;
}

static void read_message(const char *fields, char *message, size_t size)
{
	const char *text = find_field(fields, "message");

	*message = 0;
	if (!text)
		return;
	snprintf(message, size, "%.*s", (int)strcspn(text, "\n"), text);
}

/* TASK-PID [CPU] FLAGS TIME: NAME: FIELD=VALUE ... */
bool parse_event(const char *line, struct event *event)
{
	const char *colon, *fields;

	memset(event, 0, sizeof(*event));
	if (!find_name(line, &event->type, &colon, &fields) ||
	    !read_time(line, colon, &event->time) || !find_field(fields, "handler"))
		return false;

	event->handler = number_field(fields, "handler");
	event->page = number_field(fields, "page");
	event->nr = find_field(fields, "nr") ? number_field(fields, "nr") : 1;
	event->kind = number_field(fields, "kind");
	event->flags = number_field(fields, "flags");
	event->by = number_field(fields, "by");
	event->why = number_field(fields, "why");
	if (event->type == EVENT_EJECT)
		read_message(fields, event->message, sizeof(event->message));
	return true;
}

unsigned long parse_lost(const char *line)
{
	unsigned long lost = 0;

	sscanf(line, "CPU:%*d [LOST %lu EVENTS]", &lost);
	return lost;
}
