// SPDX-License-Identifier: GPL-2.0-only
/* kaku set, kaku reclaim: what is done to a handler. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "json.h"

/* The numbers that were not given stay as they are. */
static void complete_args(struct settings *settings, const struct kaku_handler *handler)
{
	struct mm_policy_info info;

	read_info(handler, &info);
	for (int i = 0; i < MM_POLICY_NR_ARGS; i++) {
		if (!settings->given[i])
			settings->args[i] = info.args[i];
	}
}

static void change(struct kaku_handler *handler, const struct settings *settings)
{
	KAKU_OPTS(kaku_set_opts, opts, .policy = settings->policy,
		  .limit = settings->has_limit ? &settings->limit : NULL,
		  .args = settings->has_args ? settings->args : NULL,
		  .arg = settings->arg);
	struct mm_policy_info info;
	int err = kaku_handler__set(handler, &opts);

	if (err && settings->policy)
		die_of_policy(err, settings->policy);
	if (err) {
		read_info(handler, &info);
		die_of_policy(err, info.policy);
	}
}

static void print_settings(const struct kaku_handler *handler, bool as_json)
{
	struct json json = { .out = stdout };
	struct mm_policy_info info;

	read_info(handler, &info);
	if (!as_json) {
		printf("handler %u: policy %s, limit %s\n", info.id, info.policy,
		       limit_text(info.limit));
		return;
	}
	json_object(&json, NULL);
	json_number(&json, "handler", info.id);
	json_text(&json, "policy", info.policy);
	json_number(&json, "limit", info.limit);
	json_text(&json, "arg", info.arg);
	json_array(&json, "args");
	for (int i = 0; i < MM_POLICY_NR_ARGS; i++)
		json_number(&json, NULL, info.args[i]);
	json_end(&json);
	json_end(&json);
}

static int set_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("policy", OPT_POLICY),
		OPTION_WITH("limit", OPT_LIMIT),
		OPTION_WITH("arg", OPT_ARG),
		OPTION_WITH("set", OPT_SET),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	struct settings settings = {};
	struct kaku_handler *handler;
	bool as_json = false;
	__u32 id;
	int option;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		if (!settings_option(&settings, verb, option, optarg))
			as_json = true;
	}
	want_operands(verb, argc, 1, 1);
	id = handler_operand(verb, argv[optind]);
	if (!settings.policy && !settings.has_limit && !settings.arg && !settings.has_args)
		usage_error(verb, "what shall change? Give --policy, --limit, --arg or --set");

	handler = open_handler(id);
	if (settings.has_args)
		complete_args(&settings, handler);
	change(handler, &settings);
	print_settings(handler, as_json);
	return 0;
}

const struct verb verb_set = {
	.name = "set",
	.summary = "change a handler's policy, limit or arguments while its tasks run",
	.help =
"Usage: kaku set HANDLER [OPTION...]\n"
"\n"
"Change a handler while its tasks run. What is not named stays as it is.\n"
"\n"
"Options:\n"
"  --policy NAME    move to this policy; an ejected handler is a living one again\n"
"  --limit SIZE     memory that it may hold, such as 64M; 'none'\n"
"  --arg TEXT       text for the policy\n"
"  --set N=VALUE    number N (0 to 7) for the policy; several times for several\n"
"  -J, --json       print what holds now as JSON\n"
"  -h, --help       print this\n",
	.run = set_main,
};

/* ------------------------------------------------------------------------ reclaim */

/* Between two of these there is time to show how far it is, and to be stopped. */
#define RECLAIM_AT_ONCE	(64ULL << 20)

static void show_progress(__u64 got, __u64 wanted)
{
	if (isatty(STDERR_FILENO) && wanted > RECLAIM_AT_ONCE)
		fprintf(stderr, "\r%s of %s\033[K%s", size_text(got), size_text(wanted),
			got < wanted ? "" : "\r\033[K");
}

static __u64 reclaim(struct kaku_handler *handler, __u64 wanted)
{
	__u64 got = 0, now, at_once;
	int err;

	while (got < wanted) {
		at_once = wanted - got < RECLAIM_AT_ONCE ? wanted - got : RECLAIM_AT_ONCE;
		err = kaku_handler__reclaim(handler, at_once, &now);
		if (err)
			die_of_handler(err, kaku_handler__id(handler));
		got += now;
		show_progress(got, wanted);
		if (now < at_once)
			break;
	}
	if (got < wanted)
		show_progress(wanted, wanted);
	return got;
}

static int reclaim_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	struct json json = { .out = stdout };
	bool as_json = false;
	__u64 wanted, got;
	__u32 id;

	while (next_option(verb, argc, argv, options) != -1)
		as_json = true;
	want_operands(verb, argc, 2, 2);
	id = handler_operand(verb, argv[optind]);
	wanted = size_option(verb, "SIZE", argv[optind + 1]);

	got = reclaim(open_handler(id), wanted);
	if (as_json) {
		json_object(&json, NULL);
		json_number(&json, "handler", id);
		json_number(&json, "wanted", wanted);
		json_number(&json, "got", got);
		json_end(&json);
	} else {
		printf("handler %u: paged out %s of %s\n", id, size_text(got),
		       size_text(wanted));
	}
	return 0;
}

const struct verb verb_reclaim = {
	.name = "reclaim",
	.summary = "page out some of what a handler holds",
	.help =
"Usage: kaku reclaim HANDLER SIZE [OPTION...]\n"
"\n"
"Page out SIZE, such as 16M, of what a handler holds, as its policy chooses; less if\n"
"there is less.\n"
"\n"
"Options:\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = reclaim_main,
};
