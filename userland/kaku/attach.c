// SPDX-License-Identifier: GPL-2.0-only
/* kaku attach, kaku detach: processes that run already. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "json.h"
#include "parse.h"

static void range_option(struct target *target, const struct verb *verb, const char *text)
{
	const char *wrong = parse_range(text, sysconf(_SC_PAGESIZE), &target->start,
					&target->length);

	if (wrong)
		usage_error(verb, "--range %s: %s", text, wrong);
	target->has_range = true;
}

static void check_target(const struct target *target, const struct verb *verb)
{
	if (!target->pid)
		usage_error(verb, "--pid is missing: say which process");
}

static void json_target(struct json *json, const struct target *target)
{
	json_number(json, "pid", target->pid);
	if (!target->has_range)
		return;
	json_address(json, "start", target->start);
	json_address(json, "end", target->start + target->length);
}

/* ------------------------------------------------------------------------- attach */

struct attach {
	struct target target;
	struct settings settings;
	__u32 handler;
	__u32 flags;
	__u32 tag;
	bool json;
};

static void parse_attach(struct attach *attach, const struct verb *verb, int argc,
			 char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("pid", OPT_PID),
		OPTION_WITH("handler", OPT_HANDLER),
		OPTION_WITH("policy", OPT_POLICY),
		OPTION_WITH("limit", OPT_LIMIT),
		OPTION_WITH("arg", OPT_ARG),
		OPTION_WITH("set", OPT_SET),
		OPTION_WITH("range", OPT_RANGE),
		OPTION_WITH("tag", OPT_TAG),
		OPTION("exec", OPT_EXEC),
		OPTION("no-inherit", OPT_NO_INHERIT),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	int option;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		if (settings_option(&attach->settings, verb, option, optarg))
			continue;
		switch (option) {
		case OPT_PID:
			attach->target.pid = pid_option(verb, optarg);
			break;
		case OPT_HANDLER:
			attach->handler = handler_operand(verb, optarg);
			break;
		case OPT_RANGE:
			range_option(&attach->target, verb, optarg);
			break;
		case OPT_TAG:
			attach->tag = number_option(verb, "--tag", optarg, UINT_MAX);
			break;
		case OPT_EXEC:
			attach->flags |= MM_POLICY_ATTACH_EXEC;
			break;
		case OPT_NO_INHERIT:
			attach->flags |= MM_POLICY_ATTACH_ALONE;
			break;
		case 'J':
			attach->json = true;
			break;
		}
	}
}

static void check_attach(const struct attach *attach, const struct verb *verb)
{
	const struct settings *settings = &attach->settings;

	check_target(&attach->target, verb);
	want_one(verb, settings->policy, attach->handler,
		 "give either --policy, for a new handler, or --handler");
	if (attach->handler && (settings->has_limit || settings->arg || settings->has_args))
		usage_error(verb, "--limit, --arg, --set are for a new handler: take 'kaku set'");
	if (attach->target.has_range && attach->flags)
		usage_error(verb, "--exec and --no-inherit are for a whole process, not a --range");
}

static int attach_main(const struct verb *verb, int argc, char **argv)
{
	struct json json = { .out = stdout };
	struct attach attach = {};
	struct kaku_handler *handler;
	struct mm_policy_info info;
	int pidfd, err;

	parse_attach(&attach, verb, argc, argv);
	want_operands(verb, argc, 0, 0);
	check_attach(&attach, verb);

	KAKU_OPTS(kaku_attach_opts, opts, .flags = attach.flags, .tag = attach.tag,
		  .start = attach.target.start, .length = attach.target.length);
	pidfd = open_process(attach.target.pid);
	handler = attach.handler ? open_handler(attach.handler) :
				   create_handler(&attach.settings);
	err = kaku_handler__attach(handler, pidfd, &opts);
	if (err) {
		read_info(handler, &info);
		die_of_attach(err, &attach.target, info.policy);
	}

	if (attach.json) {
		json_object(&json, NULL);
		json_number(&json, "handler", kaku_handler__id(handler));
		json_target(&json, &attach.target);
		json_end(&json);
	} else {
		printf("process %d answers to handler %u\n", attach.target.pid,
		       kaku_handler__id(handler));
	}
	return 0;
}

const struct verb verb_attach = {
	.name = "attach",
	.summary = "let a process, or a range of it, answer to a handler",
	.help =
"Usage: kaku attach --pid PID --policy NAME [OPTION...]\n"
"       kaku attach --pid PID --handler ID [OPTION...]\n"
"\n"
"Let a running process answer to a new handler of a policy, or to one that is\n"
"there. What answered to another moves.\n"
"\n"
"Options:\n"
"  --pid PID        the process\n"
"  --handler ID     the handler\n"
"  --policy NAME    make a handler of this policy\n"
"  --limit SIZE     ... memory that it may hold, such as 64M; 'none'\n"
"  --arg TEXT       ... text for the policy\n"
"  --set N=VALUE    ... number N (0 to 7) for the policy; several times for several\n"
"  --range RANGE    only START-END, as in /proc/PID/maps, or START+SIZE\n"
"  --tag N          a number that the policy sees with each page\n"
"  --exec           also when the process executes another program\n"
"  --no-inherit     not for the processes that it starts\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = attach_main,
};

/* ------------------------------------------------------------------------- detach */

static int detach_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("pid", OPT_PID),
		OPTION_WITH("range", OPT_RANGE),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	struct json json = { .out = stdout };
	struct target target = {};
	bool as_json = false;
	int option, err;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		switch (option) {
		case OPT_PID:
			target.pid = pid_option(verb, optarg);
			break;
		case OPT_RANGE:
			range_option(&target, verb, optarg);
			break;
		case 'J':
			as_json = true;
			break;
		}
	}
	want_operands(verb, argc, 0, 0);
	check_target(&target, verb);

	KAKU_OPTS(kaku_detach_opts, opts, .start = target.start, .length = target.length);
	err = kaku_detach(open_process(target.pid), &opts);
	if (err)
		die_of_attach(err, &target, NULL);

	if (as_json) {
		json_object(&json, NULL);
		json_target(&json, &target);
		json_end(&json);
	} else {
		printf("process %d answers to no handler%s\n", target.pid,
		       target.has_range ? " there" : "");
	}
	return 0;
}

const struct verb verb_detach = {
	.name = "detach",
	.summary = "let a process, or a range of it, be without a policy",
	.help =
"Usage: kaku detach --pid PID [OPTION...]\n"
"\n"
"Let a running process be as without a policy.\n"
"\n"
"Options:\n"
"  --pid PID        the process\n"
"  --range RANGE    only START-END, as in /proc/PID/maps, or START+SIZE\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = detach_main,
};
