// SPDX-License-Identifier: GPL-2.0-only
/* What is told to whom something went wrong for: what it was, and what to do. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "procfs.h"

static int failure_status = 1;
static int usage_status = 2;

void set_failure_status(int failure, int usage)
{
	failure_status = failure;
	usage_status = usage;
}

static void report(const char *format, const char *advice, va_list args)
{
	fflush(stdout);
	fputs("kaku: ", stderr);
	vfprintf(stderr, format, args);
	fprintf(stderr, "%s%s\n", advice ? ": " : "", advice ? advice : "");
}

void die_advising(const char *advice, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(format, advice, args);
	va_end(args);
	exit(failure_status);
}

void die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(format, NULL, args);
	va_end(args);
	exit(failure_status);
}

void usage_error(const struct verb *verb, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	report(format, NULL, args);
	va_end(args);
	fprintf(stderr, "Try 'kaku%s%s --help'.\n", verb ? " " : "",
		verb ? verb->name : "");
	exit(usage_status);
}

/* What has the same reason whatever was asked for. */
static void die_of_device(int err)
{
	switch (-err) {
	case ENODEV:
		die_advising("boot one that has them; 'kaku probe' says more",
			     "this kernel has no paging policies (CONFIG_MM_POLICY)");
	case EACCES:
		die_advising("be root, or ask for the right to open it",
			     "may not open /dev/mm_policy");
	case ENOTTY:
	case E2BIG:
		die_advising("take the kaku that came with it",
			     "this kernel's paging policies are older than this kaku");
	}
}

void die_of(int err, const char *what)
{
	die_of_device(err);
	die("%s: %s", what, strerror(-err));
}

void die_if_no_device(void)
{
	struct mm_policy_entry entry;
	__u32 index = 0;
	int err = kaku_policy__next(&index, &entry, sizeof(entry));

	if (err && err != -ENOENT)
		die_of(err, "/dev/mm_policy");
}

/* What init() or attach() of a policy returned. */
static void __noreturn die_of_refusal(int err, const char *policy)
{
	if (err == -E2BIG)
		die_advising("it may serve no more handlers: end some; 'kaku list' shows them",
			     "policy '%s' refused: %s", policy, strerror(-err));
	die("policy '%s' refused: %s", policy, strerror(-err));
}

bool switched_off(void)
{
	FILE *file = fopen("/sys/kernel/mm/policy/enabled", "re");
	bool off = file && getc(file) == '0';

	if (file)
		fclose(file);
	return off;
}

void die_if_switched_off(void)
{
	if (switched_off())
		die_advising("echo 1 >/sys/kernel/mm/policy/enabled",
			     "paging policies are switched off");
}

/* "clock, nru", or "" if it cannot be told */
static void list_policies(char *text, size_t size)
{
	struct mm_policy_entry entry;
	size_t used = 0;
	__u32 index = 0;

	*text = 0;
	while (!kaku_policy__next(&index, &entry, sizeof(entry)) && used < size)
		used += snprintf(text + used, size - used, "%s%.*s", used ? ", " : "",
				 MM_POLICY_NAME_LEN, entry.name);
}

static void __noreturn die_of_unknown_policy(const char *policy)
{
	char known[512];

	list_policies(known, sizeof(known));
	die("there is no policy '%s': load it ('kaku policy load'), or take one of these: %s",
	    policy, known);
}

static void __noreturn die_of_permission(int err, const char *policy)
{
	struct mm_policy_entry entry;

	die_if_switched_off();
	if (!kaku_policy__find(policy, &entry, sizeof(entry)) &&
	    entry.flags & MM_POLICY_ENTRY_MAY_USE)
		die_of_refusal(err, policy);
	die_advising("the administrator opens it, by 'kaku policy allow'",
		     "you may not use policy '%s'", policy);
}

void die_of_policy(int err, const char *policy)
{
	struct mm_policy_entry entry;

	die_if_no_device();
	switch (-err) {
	case ENOENT:
	case ENAMETOOLONG:
		if (kaku_policy__find(policy, &entry, sizeof(entry)))
			die_of_unknown_policy(policy);
		break;
	case EPERM:
		die_of_permission(err, policy);
	case EDQUOT:
		die_advising("end some; 'kaku list' shows them",
			     "you have as many handlers as one user may have");
	case EINVAL:
		die_advising("look at --limit, --arg and --set",
			     "policy '%s' does not take this", policy);
	case EINTR:
	case ENOMEM:
		die("no handler of policy '%s': %s", policy, strerror(-err));
	}
	die_of_refusal(err, policy);
}

void die_of_handler(int err, __u32 id)
{
	die_of_device(err);
	switch (-err) {
	case ESRCH:
	case ENOENT:
	case EPERM:
		die_advising("'kaku list' shows yours; root may use all",
			     "there is no handler %u, or it is another user's", id);
	}
	die("handler %u: %s", id, strerror(-err));
}

static bool concerns(const struct target *target, const struct managed *part)
{
	if (!target->has_range)
		return true;
	return !part->whole && part->start < target->start + target->length &&
	       part->end > target->start;
}

/* The first handler there that is not ours to open; 0: none that we know of. */
static __u32 others_handler(const struct target *target)
{
	struct kaku_handler *handler;
	struct process process;
	__u32 id = 0;

	if (read_process(target->pid, &process))
		return 0;
	for (size_t i = 0; i < process.nr && !id; i++) {
		if (!concerns(target, &process.parts[i]))
			continue;
		handler = kaku_handler__open(process.parts[i].handler);
		if (!handler)
			id = process.parts[i].handler;
		kaku_handler__close(handler);
	}
	free_process(&process);
	return id;
}

/* @policy: what to attach to; NULL: it is a detach, which has only one reason. */
static void die_of_release(const struct target *target, const char *policy)
{
	__u32 id = others_handler(target);

	if (id)
		die_advising("that user or root may release it",
			     "process %d answers to handler %u, which is another user's",
			     target->pid, id);
	if (!policy)
		die_advising("that user or root may release it",
			     "process %d answers to another user's handler", target->pid);
}

static void die_of_range(int err, int pid)
{
	switch (-err) {
	case ENOMEM:
		die_advising("take one that is mapped throughout; see /proc/PID/maps",
			     "the range has a hole in process %d", pid);
	case EOPNOTSUPP:
		die_advising("leave out devices, hugetlb, DAX and secret memory",
			     "the range in process %d cannot all be managed", pid);
	case EPERM:
		die_advising("leave out what is sealed (mseal(2))",
			     "the range in process %d cannot all be changed", pid);
	}
}

void die_of_attach(int err, const struct target *target, const char *policy)
{
	int pid = target->pid;

	die_if_no_device();
	switch (-err) {
	case ESRCH:
		die_advising("nothing is changed", "process %d has ended", pid);
	case EACCES:
		die_advising("be root, or have the right to trace it (ptrace(2))",
			     "process %d is not yours to change", pid);
	case EINVAL:
		if (target->has_range)
			die_advising("see /proc/PID/maps", "process %d has no such range",
				     pid);
		break;
	case ENOSPC:
		die_advising("detach some; 'kaku show --pid' shows them",
			     "process %d answers to too many handlers and tags", pid);
	case EPERM:
		die_if_switched_off();
		die_of_release(target, policy);
	}
	if (policy && target->has_range)
		die_of_range(err, pid);
	if (policy && err != -EINTR && err != -ENOMEM)
		die_of_refusal(err, policy);
	die("process %d: %s", pid, strerror(-err));
}
