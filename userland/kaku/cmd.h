/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verbs of kaku share. */
#ifndef KAKU_CMD_H
#define KAKU_CMD_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>

#include "kaku.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof(*(array)))
#define __noreturn		__attribute__((noreturn))
#define __print_like(f, a)	__attribute__((format(printf, f, a)))

/*
 * A verb: 'kaku NAME ...'. @help is what --help prints: the synopses, then what it
 * does, then its options. With @program_follows, options end at the first word
 * that is none: what comes then is another's.
 */
struct verb {
	const char *name;
	const char *summary;
	const char *help;
	bool program_follows;
	int (*run)(const struct verb *verb, int argc, char **argv);
};

extern const struct verb verb_run, verb_attach, verb_detach, verb_set, verb_reclaim,
	verb_policy, verb_list, verb_show, verb_stat, verb_top, verb_probe, verb_trace;

/* ------------------------------------------------------------- options (options.c) */

/* Values of struct option beyond those of characters */
enum {
	OPT_ARG = 256,
	OPT_EVERYONE,
	OPT_EXEC,
	OPT_GROUP,
	OPT_HANDLER,
	OPT_LIMIT,
	OPT_NO_INHERIT,
	OPT_NOBODY,
	OPT_OUTPUT,
	OPT_PID,
	OPT_PIN,
	OPT_POLICY,
	OPT_RANGE,
	OPT_SECONDS,
	OPT_SET,
	OPT_STAT,
	OPT_TAG,
};

#define OPTION(name, value)	{ name, no_argument, NULL, value }
#define OPTION_WITH(name, value) { name, required_argument, NULL, value }
#define OPTION_END		{ NULL, 0, NULL, 0 }

/*
 * The next option, or -1 after the last. --help ends the program, as do options that
 * are not among those.
 */
int next_option(const struct verb *verb, int argc, char **argv,
		const struct option *options);

/* The arguments after the options: as many as that, or the program ends. */
void want_operands(const struct verb *verb, int argc, int at_least, int at_most);

/* One of two, and not both, or the program ends with this advice. */
void want_one(const struct verb *verb, bool one, bool other, const char *advice);

void print_help(const struct verb *verb);
const struct verb *find_verb(const struct verb *const *verbs, size_t nr,
			     const char *name);

/* These take a number, or end the program; @option is for the message. */
__u64 number_option(const struct verb *verb, const char *option, const char *text,
		    __u64 max);
__u64 size_option(const struct verb *verb, const char *option, const char *text);
__u32 handler_operand(const struct verb *verb, const char *text);
int pid_option(const struct verb *verb, const char *text);

/* What is attached or detached. */
struct target {
	int pid;
	bool has_range;
	__u64 start;
	__u64 length;
};

/* ------------------------------------------------------------- messages (report.c) */

/* From now on failures end the program with these statuses. */
void set_failure_status(int failure, int usage);

/* 'kaku: what was wrong: what to do', and the end. */
void __noreturn __print_like(2, 3) die_advising(const char *advice,
						const char *format, ...);

/* The same where the system's word for it says all. */
void __noreturn __print_like(1, 2) die(const char *format, ...);

/* The same for what can be told without looking at the machine. */
void __noreturn __print_like(2, 3)
usage_error(const struct verb *verb, const char *format, ...);

/* The end, for a call to the kernel that failed with a negative errno. */
void __noreturn die_of(int err, const char *what);
void __noreturn die_of_policy(int err, const char *policy);
void __noreturn die_of_handler(int err, __u32 id);

/* @policy: what to attach to; NULL: it is a detach. */
void __noreturn die_of_attach(int err, const struct target *target, const char *policy);

/*
 * Asks the device a plain question. Where an error may be a policy's own, it is the
 * device's only if this is not answered either.
 */
void die_if_no_device(void);

bool switched_off(void);
void die_if_switched_off(void);

/* ------------------------------------------------------------ handlers (handlers.c) */

/* What the options --policy, --limit, --arg and --set say. */
struct settings {
	const char *policy;
	const char *arg;
	bool has_limit;
	__u64 limit;
	bool has_args;
	bool given[MM_POLICY_NR_ARGS];
	__u64 args[MM_POLICY_NR_ARGS];
};

/* Whether the option was one of those. */
bool settings_option(struct settings *settings, const struct verb *verb, int option,
		     const char *value);

/* These end the program if they fail. */
struct kaku_handler *create_handler(const struct settings *settings);
struct kaku_handler *open_handler(__u32 id);
void read_info(const struct kaku_handler *handler, struct mm_policy_info *info);
int open_process(int pid);

/* ------------------------------------------------------------------------- output */

/* What others wrote may hold what terminals take for commands. */
void make_printable(char *text);

/* 64M, 1.5G, '-' for nothing: in a buffer that a later call may use again. */
const char *size_text(__u64 bytes);
const char *limit_text(__u64 limit);

/* 'live', or why the policy answers no longer */
const char *state_text(const struct mm_policy_info *info);

#endif /* KAKU_CMD_H */
