// SPDX-License-Identifier: GPL-2.0-only
/* kaku: paging policies per task, from the command line. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

static const struct verb *const verbs[] = {
	&verb_run, &verb_attach, &verb_detach, &verb_set, &verb_reclaim, &verb_policy,
	&verb_list, &verb_show, &verb_stat, &verb_top, &verb_probe, &verb_trace,
};

static void print_usage(FILE *out)
{
	fputs("Usage: kaku VERB [OPTION...] [ARGUMENT...]\n\n"
	      "Give a task, or a range of its memory, a paging policy of its own.\n\n"
	      "Verbs:\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(out, "  %-10s%s\n", verbs[i]->name, verbs[i]->summary);
	fputs("\n"
	      "Options:\n"
	      "  -h, --help     print this, or after a verb what it does\n"
	      "  -V, --version  print the version\n\n"
	      "A HANDLER is one live instance of a policy, known by its number.\n"
	      "See kaku(1).\n", out);
}

/* What could not be written has not been said. */
static int end_output(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		if (errno != EPIPE)
			fprintf(stderr, "kaku: cannot write the output: %m\n");
		return status ? status : 1;
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		print_usage(stderr);
		return 2;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") ||
	    !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return end_output(0);
	}
	if (!strcmp(argv[1], "--version") || !strcmp(argv[1], "-V")) {
		puts("kaku " KAKU_VERSION);
		return end_output(0);
	}

	verb = find_verb(verbs, ARRAY_SIZE(verbs), argv[1]);
	if (!verb && argv[1][0] == '-')
		usage_error(NULL, "unknown option %s", argv[1]);
	if (!verb)
		usage_error(NULL, "there is no verb '%s'", argv[1]);
	return end_output(verb->run(verb, argc - 1, argv + 1));
}
