// SPDX-License-Identifier: GPL-2.0-only
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "parse.h"

void print_help(const struct verb *verb)
{
	printf("%s", verb->help);
}

static bool has_json(const struct option *options)
{
	for (; options->name; options++) {
		if (options->val == 'J')
			return true;
	}
	return false;
}

static void __noreturn die_of_option(const struct verb *verb, const char *word)
{
	bool is_character = optopt > 0 && optopt < OPT_ARG && !strchr("hJ", optopt);

	if (is_character)
		usage_error(verb, "unknown option -%c", optopt);
	usage_error(verb, "unknown option %s", word);
}

int next_option(const struct verb *verb, int argc, char **argv,
		const struct option *options)
{
	char shorts[8];
	int option;

	snprintf(shorts, sizeof(shorts), "%s:h%s", verb->program_follows ? "+" : "",
		 has_json(options) ? "J" : "");
	opterr = 0;
	option = getopt_long(argc, argv, shorts, options, NULL);
	switch (option) {
	case 'h':
		print_help(verb);
		exit(fflush(stdout) ? 1 : 0);
	case ':':
		usage_error(verb, "%s needs a value", argv[optind - 1]);
	case '?':
		die_of_option(verb, argv[optind - 1]);
	}
	return option;
}

void want_operands(const struct verb *verb, int argc, int at_least, int at_most)
{
	int nr = argc - optind;

	if (nr < at_least)
		usage_error(verb, "something is missing after 'kaku %s'", verb->name);
	if (nr > at_most)
		usage_error(verb, "too many words after 'kaku %s'", verb->name);
}

void want_one(const struct verb *verb, bool one, bool other, const char *advice)
{
	if (one == other)
		usage_error(verb, "%s", advice);
}

const struct verb *find_verb(const struct verb *const *verbs, size_t nr,
			     const char *name)
{
	for (size_t i = 0; i < nr; i++) {
		const char *last = strrchr(verbs[i]->name, ' ');

		if (!strcmp(last ? last + 1 : verbs[i]->name, name))
			return verbs[i];
	}
	return NULL;
}

__u64 number_option(const struct verb *verb, const char *option, const char *text,
		    __u64 max)
{
	const char *wrong;
	__u64 number;

	wrong = parse_number(text, max, &number);
	if (wrong)
		usage_error(verb, "%s %s: %s: give a number up to %llu", option, text,
			    wrong, max);
	return number;
}

__u64 size_option(const struct verb *verb, const char *option, const char *text)
{
	const char *wrong;
	__u64 bytes;

	wrong = parse_size(text, &bytes);
	if (wrong)
		usage_error(verb, "%s %s: %s", option, text, wrong);
	return bytes;
}

__u32 handler_operand(const struct verb *verb, const char *text)
{
	const char *wrong;
	__u64 id;

	wrong = parse_number(text, UINT_MAX, &id);
	if (wrong || !id)
		usage_error(verb, "'%s' is not a handler: give its number; 'kaku list' shows them",
			    text);
	return id;
}

int pid_option(const struct verb *verb, const char *text)
{
	const char *wrong;
	__u64 pid;

	wrong = parse_number(text, INT_MAX, &pid);
	if (wrong || !pid)
		usage_error(verb, "--pid %s: not a process: give its number", text);
	return pid;
}
