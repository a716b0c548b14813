// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd.h"
#include "parse.h"
#include "utf8.h"

static __u64 parse_limit(const struct verb *verb, const char *text)
{
	__u64 limit;

	if (!strcmp(text, "none"))
		return 0;
	limit = size_option(verb, "--limit", text);
	if (!limit)
		usage_error(verb, "--limit 0: give a size, or 'none' for no limit");
	return limit;
}

/* N=VALUE */
static void parse_arg_number(struct settings *settings, const struct verb *verb,
			     const char *text)
{
	const char *equals = strchr(text, '=');
	const char *wrong;

	if (equals != text + 1 || text[0] < '0' || text[0] >= '0' + MM_POLICY_NR_ARGS)
		usage_error(verb, "--set %s: not N=VALUE with N from 0 to %d", text,
			    MM_POLICY_NR_ARGS - 1);
	wrong = parse_size(equals + 1, &settings->args[text[0] - '0']);
	if (wrong)
		usage_error(verb, "--set %s: the value is %s", text, wrong);
	settings->given[text[0] - '0'] = true;
	settings->has_args = true;
}

bool settings_option(struct settings *settings, const struct verb *verb, int option,
		     const char *value)
{
	switch (option) {
	case OPT_POLICY:
		if (!*value)
			usage_error(verb, "--policy needs a name: 'kaku policy list' shows them");
		settings->policy = value;
		return true;
	case OPT_LIMIT:
		settings->limit = parse_limit(verb, value);
		settings->has_limit = true;
		return true;
	case OPT_ARG:
		if (strlen(value) >= MM_POLICY_ARG_LEN)
			usage_error(verb, "--arg is too long: %d bytes at most",
				    MM_POLICY_ARG_LEN - 1);
		settings->arg = value;
		return true;
	case OPT_SET:
		parse_arg_number(settings, verb, value);
		return true;
	}
	return false;
}

struct kaku_handler *create_handler(const struct settings *settings)
{
	KAKU_OPTS(kaku_handler_opts, opts, .limit = settings->limit,
		  .args = settings->args, .arg = settings->arg);
	struct kaku_handler *handler;

	handler = kaku_handler__create(settings->policy, &opts);
	if (!handler)
		die_of_policy(-errno, settings->policy);
	return handler;
}

struct kaku_handler *open_handler(__u32 id)
{
	struct kaku_handler *handler = kaku_handler__open(id);

	if (!handler)
		die_of_handler(-errno, id);
	return handler;
}

void read_info(const struct kaku_handler *handler, struct mm_policy_info *info)
{
	int err = kaku_handler__info(handler, info, sizeof(*info));

	if (err)
		die_of_handler(err, kaku_handler__id(handler));
}

int open_process(int pid)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd >= 0)
		return fd;
	if (errno == ESRCH)
		die("there is no process %d: 'ps' shows them", pid);
	if (errno == EINVAL)
		die("%d is a thread: give its process; /proc/%d/status says which (Tgid)",
		    pid, pid);
	die("process %d: %m", pid);
}

void make_printable(char *text)
{
	unsigned char *s = (unsigned char *)text;
	unsigned int length;

	for (; *s; s += length) {
		length = utf8_length(s);
		if (!length)
			length = 1;
		else if (!utf8_is_control(s))
			continue;
		memset(s, '?', length);
	}
}

const char *size_text(__u64 bytes)
{
	static const char units[] = " KMGTPE";
	static char texts[4][16];
	static unsigned int turn;
	char *text = texts[turn++ % ARRAY_SIZE(texts)];
	double value = bytes;
	int unit = 0;

	for (; value >= 1024 && units[unit + 1]; unit++)
		value /= 1024;
	if (!unit)
		snprintf(text, sizeof(texts[0]), "%llu", bytes);
	else if (value < 10 && value != (int)value)
		snprintf(text, sizeof(texts[0]), "%.1f%c", value, units[unit]);
	else
		snprintf(text, sizeof(texts[0]), "%.0f%c", value, units[unit]);
	return text;
}

const char *limit_text(__u64 limit)
{
	return limit ? size_text(limit) : "none";
}

const char *state_text(const struct mm_policy_info *info)
{
	const char *why;

	if (info->exit == MM_POLICY_EXIT_NONE)
		return "live";
	why = kaku_exit_kind_str(info->exit);
	return why ? why : "ejected";
}
