// SPDX-License-Identifier: GPL-2.0-only
/* kaku list, kaku show: handlers and who answers to them. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "json.h"
#include "procfs.h"
#include "show.h"

#define MAX_SHOWN_STATS	ARRAY_SIZE(((struct mm_policy_info *)0)->stat)

struct processes {
	struct process *all;
	size_t nr;
};

/* ---------------------------------------------------------------------- counters */

void json_counters(struct json *json, const char *key, const struct mm_policy_info *info)
{
	json_object(json, key);
	for (unsigned int i = 0; i < MAX_SHOWN_STATS; i++) {
		if (kaku_stat_str(i))
			json_number(json, kaku_stat_str(i), info->stat[i]);
	}
	json_end(json);
}

void print_counters(const struct mm_policy_info *info, FILE *out, bool as_json)
{
	struct json json = { .out = out };

	if (as_json) {
		json_object(&json, NULL);
		json_number(&json, "handler", info->id);
		json_text(&json, "policy", info->policy);
		json_text(&json, "state", state_text(info));
		json_counters(&json, "stat", info);
		json_end(&json);
		return;
	}
	for (unsigned int i = 0; i < MAX_SHOWN_STATS; i++) {
		if (kaku_stat_str(i))
			fprintf(out, "%-18s%12llu\n", kaku_stat_str(i), info->stat[i]);
	}
}

/* --------------------------------------------------------------------------- list */

static void json_processes(struct json *json, const struct processes *processes,
			   __u32 handler)
{
	json_array(json, "processes");
	for (size_t i = 0; i < processes->nr; i++) {
		const struct process *process = &processes->all[i];

		if (!answers_to(process, handler))
			continue;
		json_object(json, NULL);
		json_number(json, "pid", process->pid);
		json_text(json, "name", process->name);
		json_end(json);
	}
	json_end(json);
}

static void json_handler(struct json *json, const struct mm_policy_info *info,
			 const struct processes *processes)
{
	json_object(json, NULL);
	json_number(json, "handler", info->id);
	json_text(json, "policy", info->policy);
	json_text(json, "state", state_text(info));
	json_number(json, "uid", info->uid);
	json_number(json, "limit", info->limit);
	json_number(json, "held", info->held);
	json_processes(json, processes, info->id);
	json_end(json);
}

static void print_handler(const struct mm_policy_info *info,
			  const struct processes *processes)
{
	bool any = false;

	printf("%7u  %-16s%-14s%8s%8s  ", info->id, info->policy, state_text(info),
	       limit_text(info->limit), size_text(info->held));
	for (size_t i = 0; i < processes->nr; i++) {
		const struct process *process = &processes->all[i];

		if (!answers_to(process, info->id))
			continue;
		printf("%s%d(%s)", any ? " " : "", process->pid, process->name);
		any = true;
	}
	puts(any ? "" : "-");
}

static int list_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	struct json json = { .out = stdout };
	struct kaku_handler *handler;
	struct processes processes;
	struct mm_policy_info info;
	bool as_json = false;
	__u32 id = 0;
	int err;

	while (next_option(verb, argc, argv, options) != -1)
		as_json = true;
	want_operands(verb, argc, 0, 0);

	err = kaku_next_handler(id, &id);
	if (err && err != -ENOENT)
		die_of(err, "cannot list the handlers");
	processes.all = read_processes(&processes.nr);
	if (as_json)
		json_array(&json, NULL);
	else
		printf("%7s  %-16s%-14s%8s%8s  %s\n", "HANDLER", "POLICY", "STATE",
		       "LIMIT", "HELD", "PROCESSES");

	for (; !err; err = kaku_next_handler(id, &id)) {
		handler = kaku_handler__open(id);
		if (!handler && errno == ESRCH)
			continue;	/* it has just ended */
		if (!handler)
			die_of_handler(-errno, id);
		read_info(handler, &info);
		if (as_json)
			json_handler(&json, &info, &processes);
		else
			print_handler(&info, &processes);
		kaku_handler__close(handler);
	}
	if (err != -ENOENT)
		die_of(err, "cannot list the handlers");
	if (as_json)
		json_end(&json);
	free_processes(processes.all, processes.nr);
	return 0;
}

const struct verb verb_list = {
	.name = "list",
	.summary = "list the handlers and the processes that answer to them",
	.help =
"Usage: kaku list [OPTION...]\n"
"\n"
"List the handlers that you may use, with the processes that answer to them. The\n"
"state is 'live', or why the policy no longer answers.\n"
"\n"
"Options:\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = list_main,
};

/* ---------------------------------------------------------------- show a handler */

static void json_part(struct json *json, const struct managed *part)
{
	json_object(json, NULL);
	if (part->whole) {
		json_bool(json, "default", true);
	} else {
		json_address(json, "start", part->start);
		json_address(json, "end", part->end);
	}
	json_number(json, "handler", part->handler);
	json_text(json, "policy", part->policy);
	json_number(json, "tag", part->tag);
	json_end(json);
}

/* The ranges of a process that answer to this handler; 0: to any. */
static void json_process(struct json *json, const struct process *process, __u32 handler)
{
	json_object(json, NULL);
	json_number(json, "pid", process->pid);
	json_text(json, "name", process->name);
	json_array(json, "ranges");
	for (size_t i = 0; i < process->nr; i++) {
		if (!handler || process->parts[i].handler == handler)
			json_part(json, &process->parts[i]);
	}
	json_end(json);
	json_end(json);
}

static void print_process(const struct process *process, __u32 handler)
{
	printf("process     %d (%s)\n", process->pid, process->name);
	for (size_t i = 0; i < process->nr; i++) {
		const struct managed *part = &process->parts[i];

		if (handler && part->handler != handler)
			continue;
		if (part->whole)
			printf("  %-30s", "by default");
		else
			printf("  %012llx-%012llx %4s", part->start, part->end,
			       size_text(part->end - part->start));
		printf("  handler %u (%s)  tag %u\n", part->handler, part->policy, part->tag);
	}
}

static void json_info(struct json *json, const struct mm_policy_info *info)
{
	json_number(json, "handler", info->id);
	json_text(json, "policy", info->policy);
	json_text(json, "state", state_text(info));
	json_text(json, "message", *info->message ? info->message : NULL);
	json_number(json, "uid", info->uid);
	json_number(json, "limit", info->limit);
	json_number(json, "held", info->held);
	json_number(json, "held_anon", info->held_anon);
	json_number(json, "held_file", info->held_file);
	json_number(json, "held_shmem", info->held_shmem);
	json_number(json, "laundry", info->laundry);
	json_number(json, "ahead", info->ahead);
	json_number(json, "spaces", info->spaces);
	json_number(json, "flags", info->flags);
	json_text(json, "arg", info->arg);
	json_array(json, "args");
	for (int i = 0; i < MM_POLICY_NR_ARGS; i++)
		json_number(json, NULL, info->args[i]);
	json_end(json);
	json_counters(json, "stat", info);
	json_array(json, "distance");
	for (int i = 0; i < MM_POLICY_NR_DISTANCES; i++)
		json_number(json, NULL, info->distance[i]);
	json_end(json);
}

static void print_distances(const struct mm_policy_info *info)
{
	for (int i = 0; i < MM_POLICY_NR_DISTANCES; i++) {
		if (info->distance[i])
			printf("refaults after %s evictions or more: %llu\n",
			       size_text(1ULL << i), info->distance[i]);
	}
}

static void print_info(const struct mm_policy_info *info)
{
	printf("handler     %u\n", info->id);
	printf("policy      %s\n", info->policy);
	printf("state       %s%s%s\n", state_text(info), *info->message ? ": " : "",
	       info->message);
	printf("creator     uid %u\n", info->uid);
	printf("limit       %s\n", limit_text(info->limit));
	printf("held        %s (private %s, files %s, shared %s)\n",
	       size_text(info->held), size_text(info->held_anon),
	       size_text(info->held_file), size_text(info->held_shmem));
	printf("laundry     %s\n", size_text(info->laundry));
	printf("ahead       %s\n", size_text(info->ahead));
	printf("spaces      %u\n", info->spaces);
	printf("arg         %s\n", info->arg);
	printf("args       ");
	for (int i = 0; i < MM_POLICY_NR_ARGS; i++)
		printf(" %llu", info->args[i]);
	putchar('\n');
	print_counters(info, stdout, false);
	print_distances(info);
}

static int show_handler(__u32 id, bool as_json)
{
	struct kaku_handler *handler = open_handler(id);
	struct json json = { .out = stdout };
	struct processes processes;
	struct mm_policy_info info;

	read_info(handler, &info);
	processes.all = read_processes(&processes.nr);
	if (as_json) {
		json_object(&json, NULL);
		json_info(&json, &info);
		json_array(&json, "processes");
	} else {
		make_printable(info.message);
		make_printable(info.arg);
		print_info(&info);
	}
	for (size_t i = 0; i < processes.nr; i++) {
		if (!answers_to(&processes.all[i], id))
			continue;
		if (as_json)
			json_process(&json, &processes.all[i], id);
		else
			print_process(&processes.all[i], id);
	}
	if (as_json) {
		json_end(&json);
		json_end(&json);
	}
	free_processes(processes.all, processes.nr);
	kaku_handler__close(handler);
	return 0;
}

/* ---------------------------------------------------------------- show a process */

static void __noreturn die_of_process(int err, int pid)
{
	switch (-err) {
	case EACCES:
	case EPERM:
		die_advising("be root, or its owner", "process %d is not yours to look at", pid);
	case EPROTO:
		die_advising("take the kaku that came with the kernel",
			     "/proc/%d/mm_policy is not of the form that this kaku knows", pid);
	}
	die("cannot read /proc/%d/mm_policy: %s", pid, strerror(-err));
}

static int show_process(int pid, bool as_json)
{
	struct json json = { .out = stdout };
	struct process process;
	int err;

	die_if_no_device();
	open_process(pid);
	err = read_process(pid, &process);
	if (err)
		die_of_process(err, pid);
	if (as_json)
		json_process(&json, &process, 0);
	else if (process.nr)
		print_process(&process, 0);
	else
		printf("process %d answers to no handler\n", pid);
	free_process(&process);
	return 0;
}

static int show_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("pid", OPT_PID),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	bool as_json = false;
	int option, pid = 0;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		if (option == OPT_PID)
			pid = pid_option(verb, optarg);
		else
			as_json = true;
	}
	want_operands(verb, argc, 0, 1);
	want_one(verb, optind < argc, pid, "give either a handler or --pid");
	if (pid)
		return show_process(pid, as_json);
	return show_handler(handler_operand(verb, argv[optind]), as_json);
}

const struct verb verb_show = {
	.name = "show",
	.summary = "show all about a handler, or which ranges of a process are managed",
	.help =
"Usage: kaku show HANDLER [OPTION...]\n"
"       kaku show --pid PID [OPTION...]\n"
"\n"
"Show all about a handler, with the ranges that answer to it; or which ranges of a\n"
"process answer to which handlers.\n"
"\n"
"Options:\n"
"  --pid PID        the process\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = show_main,
};
