// SPDX-License-Identifier: GPL-2.0-only
/* kaku policy: what there is to choose from. */
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "complaints.h"
#include "json.h"
#include "parse.h"

static const char *const op_names[] = {
	"init", "exit", "attach", "detach", "fault", "gone", "select", "prefetch",
};

static const char *kind_of(const struct mm_policy_entry *entry)
{
	return entry->flags & MM_POLICY_ENTRY_BUILTIN ? "kernel" : "bpf";
}

static const char *group_name(gid_t gid)
{
	static char number[16];
	const struct group *group = getgrgid(gid);

	if (group)
		return group->gr_name;
	snprintf(number, sizeof(number), "%u", gid);
	return number;
}

static const char *open_to(const struct mm_policy_entry *entry)
{
	if (entry->flags & MM_POLICY_ENTRY_OPEN)
		return "everyone";
	if (entry->flags & MM_POLICY_ENTRY_GROUP)
		return group_name(entry->gid);
	return "nobody";
}

static void json_entry(struct json *json, const struct mm_policy_entry *entry)
{
	json_object(json, NULL);
	json_text(json, "name", entry->name);
	json_text(json, "kind", kind_of(entry));
	json_bool(json, "everyone", entry->flags & MM_POLICY_ENTRY_OPEN);
	json_text(json, "group",
		  entry->flags & MM_POLICY_ENTRY_GROUP ? group_name(entry->gid) : NULL);
	json_bool(json, "may_use", entry->flags & MM_POLICY_ENTRY_MAY_USE);
	json_number(json, "handlers", entry->handlers);
	json_array(json, "ops");
	for (size_t i = 0; i < ARRAY_SIZE(op_names); i++) {
		if (entry->ops & 1U << i)
			json_text(json, NULL, op_names[i]);
	}
	json_end(json);
	json_end(json);
}

static void print_ops(const struct mm_policy_entry *entry)
{
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(op_names); i++) {
		if (!(entry->ops & 1U << i))
			continue;
		printf("%s%s", any ? "," : "", op_names[i]);
		any = true;
	}
	puts(any ? "" : "-");
}

/* ------------------------------------------------------------------ list and show */

static bool only_json(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	bool as_json = false;

	while (next_option(verb, argc, argv, options) != -1)
		as_json = true;
	return as_json;
}

static int list_main(const struct verb *verb, int argc, char **argv)
{
	struct json json = { .out = stdout };
	struct mm_policy_entry entry;
	bool as_json = only_json(verb, argc, argv);
	__u32 index = 0;
	int err;

	want_operands(verb, argc, 0, 0);
	err = kaku_policy__next(&index, &entry, sizeof(entry));
	if (err && err != -ENOENT)
		die_of(err, "cannot list the policies");
	if (as_json)
		json_array(&json, NULL);
	else
		printf("%-16s%-8s%-16s%-4s%9s  %s\n", "NAME", "KIND", "OPEN-TO", "YOU",
		       "HANDLERS", "OPS");

	for (; !err; err = kaku_policy__next(&index, &entry, sizeof(entry))) {
		if (as_json) {
			json_entry(&json, &entry);
			continue;
		}
		printf("%-16s%-8s%-16s%-4s%9u  ", entry.name, kind_of(&entry),
		       open_to(&entry),
		       entry.flags & MM_POLICY_ENTRY_MAY_USE ? "yes" : "no",
		       entry.handlers);
		print_ops(&entry);
	}
	if (err != -ENOENT)
		die_of(err, "cannot list the policies");
	if (as_json)
		json_end(&json);
	return 0;
}

static const struct verb policy_list = {
	.name = "policy list",
	.summary = "what there is",
	.help =
"Usage: kaku policy list [OPTION...]\n"
"\n"
"List the policies: whether each is part of the kernel or loaded in BPF, to whom it\n"
"is open beside the administrator, whether you may use it, how many handlers do,\n"
"and which functions it has.\n"
"\n"
"Options:\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = list_main,
};

static void find_policy(const char *name, struct mm_policy_entry *entry)
{
	int err = kaku_policy__find(name, entry, sizeof(*entry));

	if (err)
		die_of_policy(err, name);
}

static int show_main(const struct verb *verb, int argc, char **argv)
{
	struct json json = { .out = stdout };
	struct mm_policy_entry entry;
	bool as_json = only_json(verb, argc, argv);

	want_operands(verb, argc, 1, 1);
	find_policy(argv[optind], &entry);
	if (as_json) {
		json_entry(&json, &entry);
		return 0;
	}
	printf("name        %s\n", entry.name);
	printf("kind        %s\n", kind_of(&entry));
	printf("open to     %s\n", open_to(&entry));
	printf("you may     %s\n",
	       entry.flags & MM_POLICY_ENTRY_MAY_USE ? "use it" : "not use it");
	printf("handlers    %u\n", entry.handlers);
	printf("ops         ");
	print_ops(&entry);
	return 0;
}

static const struct verb policy_show = {
	.name = "policy show",
	.summary = "all about one",
	.help =
"Usage: kaku policy show NAME [OPTION...]\n"
"\n"
"Show what kaku policy list does of one policy.\n"
"\n"
"Options:\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = show_main,
};

/* ----------------------------------------------------------------- load and unload */

static void __noreturn die_of_load(int err, const char *path)
{
	switch (-err) {
	case ENOENT:
	case EACCES:
		if (!*complaints())
			die("cannot read %s: %s", path, strerror(-err));
		break;
	case ENOEXEC:
		fputs(complaints(), stderr);
		die_advising("take one that 'clang --target=bpf' made",
			     "%s is no BPF object file", path);
	case ENODATA:
		die_advising("it wants a struct mm_policy_ops in section .struct_ops[.link]",
			     "there is no policy in %s", path);
	case EEXIST:
		die_advising("'kaku policy unload' removes it, 'kaku policy list' shows them",
			     "%s: a policy of this name, or its pin, is there already",
			     path);
	case EOPNOTSUPP:
		if (!*complaints())
			die_of(-ENODEV, path);
		break;
	case EPERM:
		fputs(complaints(), stderr);
		die_if_switched_off();
		die_advising("be root, or have CAP_SYS_ADMIN and CAP_BPF",
			     "you may not load policies");
	}
	fputs(complaints(), stderr);
	if (err == -ESRCH)
		die_advising("take a kernel that has what is named above",
			     "%s is not loaded", path);
	die("%s is not loaded: %s: the reasons are above", path, strerror(-err));
}

static void print_loaded(char (*names)[MM_POLICY_NAME_LEN], int nr, bool as_json)
{
	struct json json = { .out = stdout };

	if (as_json)
		json_array(&json, NULL);
	for (int i = 0; i < nr; i++) {
		if (as_json)
			json_text(&json, NULL, names[i]);
		else
			printf("loaded %s\n", names[i]);
	}
	if (as_json)
		json_end(&json);
}

static int load_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("pin", OPT_PIN),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	char names[16][MM_POLICY_NAME_LEN];
	struct kaku_load_opts opts = {
		.sz = sizeof(opts), .names = names, .max_names = ARRAY_SIZE(names),
	};
	bool as_json = false;
	const char *path;
	int option, nr;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		if (option == OPT_PIN)
			opts.pin_dir = optarg;
		else
			as_json = true;
	}
	want_operands(verb, argc, 1, 1);
	path = argv[optind];

	kaku_set_print(keep_complaint);
	nr = kaku_policy__load(path, &opts);
	if (nr < 0)
		die_of_load(nr, path);
	print_loaded(names, nr, as_json);
	return 0;
}

static const struct verb policy_load = {
	.name = "policy load",
	.summary = "register those of a BPF object file",
	.help =
"Usage: kaku policy load FILE.bpf.o [OPTION...]\n"
"\n"
"Register the policies of a BPF object file: all of them, or none. They stay until\n"
"they are unloaded.\n"
"\n"
"Options:\n"
"  --pin DIR        where those in section .struct_ops.link are pinned, in a bpffs;\n"
"                   otherwise " KAKU_PIN_DIR "\n"
"  -J, --json       print their names as JSON\n"
"  -h, --help       print this\n",
	.run = load_main,
};

static int unload_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION_WITH("pin", OPT_PIN),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	struct kaku_unload_opts opts = { .sz = sizeof(opts) };
	struct json json = { .out = stdout };
	struct mm_policy_entry entry;
	bool as_json = false;
	int option, err;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		if (option == OPT_PIN)
			opts.pin_dir = optarg;
		else
			as_json = true;
	}
	want_operands(verb, argc, 1, 1);
	find_policy(argv[optind], &entry);
	if (entry.flags & MM_POLICY_ENTRY_BUILTIN)
		die_advising("it cannot be unloaded", "policy '%s' is part of the kernel",
			     entry.name);

	err = kaku_policy__unload(entry.name, &opts);
	if (err == -EPERM)
		die_advising("be root, or have CAP_SYS_ADMIN", "you may not unload policies");
	if (err)
		die("policy '%s' is not unloaded: %s", entry.name, strerror(-err));

	if (as_json) {
		json_object(&json, NULL);
		json_text(&json, "name", entry.name);
		json_number(&json, "handlers", entry.handlers);
		json_end(&json);
	} else if (entry.handlers) {
		printf("unloaded %s; %u %s on with the kernel's clock\n", entry.name,
		       entry.handlers,
		       entry.handlers == 1 ? "handler of it goes" : "handlers of it go");
	} else {
		printf("unloaded %s\n", entry.name);
	}
	return 0;
}

static const struct verb policy_unload = {
	.name = "policy unload",
	.summary = "unregister one",
	.help =
"Usage: kaku policy unload NAME [OPTION...]\n"
"\n"
"Unregister a policy that is in BPF. Its handlers go on with the kernel's clock.\n"
"\n"
"Options:\n"
"  --pin DIR        where it is pinned, if not in " KAKU_PIN_DIR "\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = unload_main,
};

/* -------------------------------------------------------------------------- allow */

static gid_t group_option(const struct verb *verb, const char *text)
{
	const struct group *group = getgrnam(text);
	__u64 gid;

	if (group)
		return group->gr_gid;
	if (parse_number(text, UINT_MAX - 1, &gid))
		usage_error(verb, "--group %s: there is no such group", text);
	return gid;
}

static int allow_main(const struct verb *verb, int argc, char **argv)
{
	static const struct option options[] = {
		OPTION("everyone", OPT_EVERYONE),
		OPTION_WITH("group", OPT_GROUP),
		OPTION("nobody", OPT_NOBODY),
		OPTION("json", 'J'),
		OPTION("help", 'h'),
		OPTION_END
	};
	struct json json = { .out = stdout };
	struct mm_policy_entry entry;
	bool as_json = false;
	__u32 flags = 0, gid = 0;
	int option, err, said = 0;

	while ((option = next_option(verb, argc, argv, options)) != -1) {
		switch (option) {
		case OPT_EVERYONE:
			flags = MM_POLICY_ENTRY_OPEN;
			said++;
			break;
		case OPT_GROUP:
			flags = MM_POLICY_ENTRY_GROUP;
			gid = group_option(verb, optarg);
			said++;
			break;
		case OPT_NOBODY:
			said++;
			break;
		case 'J':
			as_json = true;
			break;
		}
	}
	want_operands(verb, argc, 1, 1);
	if (said != 1)
		usage_error(verb, "to whom? Give one of --everyone, --group GROUP, --nobody");

	find_policy(argv[optind], &entry);
	if (entry.flags & MM_POLICY_ENTRY_BUILTIN)
		die_advising("it is open to everyone", "policy '%s' is part of the kernel",
			     entry.name);
	err = kaku_policy__allow(argv[optind], flags, gid);
	if (err == -EPERM)
		die_advising("be root, or have CAP_SYS_ADMIN",
			     "only the administrator says who may use policies");
	if (err)
		die_of_policy(err, argv[optind]);
	find_policy(argv[optind], &entry);
	if (as_json)
		json_entry(&json, &entry);
	else
		printf("%s is open to %s\n", entry.name, open_to(&entry));
	return 0;
}

static const struct verb policy_allow = {
	.name = "policy allow",
	.summary = "say who may use one",
	.help =
"Usage: kaku policy allow NAME --everyone|--group GROUP|--nobody [OPTION...]\n"
"\n"
"Say who, beside the administrator, may use a policy. 'clock' is open to everyone,\n"
"every other one at first to nobody.\n"
"\n"
"Options:\n"
"  --everyone       every user\n"
"  --group GROUP    the members of a group, by name or number\n"
"  --nobody         the administrator alone\n"
"  -J, --json       print JSON\n"
"  -h, --help       print this\n",
	.run = allow_main,
};

/* ------------------------------------------------------------------------- policy */

static const struct verb *const policy_verbs[] = {
	&policy_load, &policy_list, &policy_show, &policy_unload, &policy_allow,
};

static int policy_main(const struct verb *verb, int argc, char **argv)
{
	const struct verb *sub;

	if (argc < 2)
		usage_error(verb, "what about policies?");
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(verb);
		return 0;
	}
	sub = find_verb(policy_verbs, ARRAY_SIZE(policy_verbs), argv[1]);
	if (!sub)
		usage_error(verb, "there is no verb '%s' after 'kaku policy'", argv[1]);
	return sub->run(sub, argc - 1, argv + 1);
}

const struct verb verb_policy = {
	.name = "policy",
	.summary = "load, list, show, unload policies; say who may use them",
	.help =
"Usage: kaku policy load FILE.bpf.o [--pin DIR]\n"
"       kaku policy list\n"
"       kaku policy show NAME\n"
"       kaku policy unload NAME [--pin DIR]\n"
"       kaku policy allow NAME --everyone|--group GROUP|--nobody\n"
"\n"
"'kaku policy VERB --help' says more of each.\n"
"\n"
"Options:\n"
"  -h, --help       print this\n",
	.run = policy_main,
};
