// SPDX-License-Identifier: GPL-2.0-only
/*
 * The registrar: policies in BPF come, are replaced by new versions of themselves, and
 * go, while handlers use them. Now and then a loader is killed.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "races.h"

/* A policy: loaded twice as versions of itself, or once without a link */
struct loaded {
	struct bpf_object *object[2];
	struct bpf_link *link;
	unsigned int version;
	bool plain;
};

static struct loaded loaded[32];

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
	return 0;
}

static struct bpf_object *load(const char *name, bool plain)
{
	struct bpf_object *object;
	char path[300];

	snprintf(path, sizeof(path), "%s/%s%s.bpf.o", policies_dir, name, plain ? "" : ".link");
	object = bpf_object__open_file(path, NULL);
	if (!object)
		return NULL;
	if (bpf_object__load(object)) {
		bpf_object__close(object);
		return NULL;
	}
	return object;
}

/* Its map of struct mm_policy_ops */
static struct bpf_map *ops_of(struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			return map;
	return NULL;
}

static void unload(struct loaded *l)
{
	bpf_link__destroy(l->link);
	bpf_object__close(l->object[0]);
	bpf_object__close(l->object[1]);
	memset(l, 0, sizeof(*l));
}

static struct loaded *any(bool registered)
{
	unsigned int i, at = pick(nr_policy_names);

	for (i = 0; i < nr_policy_names; i++) {
		struct loaded *l = &loaded[(at + i) % nr_policy_names];

		if (!!l->link == registered)
			return l;
	}
	return NULL;
}

static bool do_register(void)
{
	struct loaded *l = any(false);
	const char *name;

	if (!l)
		return false;
	name = policy_names[l - loaded];
	if (!l->object[0] && !l->plain)
		l->plain = chance(25);
	if (!l->object[0])
		l->object[0] = load(name, l->plain);
	if (!l->object[0])
		return false;
	l->link = bpf_map__attach_struct_ops(ops_of(l->object[0]));
	l->version = 0;
	if (!l->link && l->plain)
		unload(l);
	return l->link;
}

static bool do_update(void)
{
	struct loaded *l = any(true);

	if (!l || l->plain)
		return false;
	if (!l->object[1])
		l->object[1] = load(policy_names[l - loaded], false);
	if (!l->object[1])
		return false;
	l->version = !l->version;
	return !bpf_link__update_map(l->link, ops_of(l->object[l->version]));
}

static bool do_unregister(void)
{
	struct loaded *l = any(true);

	if (!l)
		return false;
	/* Without a link the map has been used up */
	if (l->plain || chance(30))
		unload(l);
	else if (bpf_link__destroy(l->link))
		return false;
	l->link = NULL;
	return true;
}

/* Its file descriptors are closed for it, in whatever order. */
static void be_killed(const char *name, int told)
{
	struct bpf_object *object;

	follow_parent();
	object = load(name, false);
	if (!object || !bpf_map__attach_struct_ops(ops_of(object)) || write(told, "r", 1) != 1)
		_exit(1);
	pause();
}

static bool do_kill(void)
{
	struct loaded *l = any(false);
	int pipes[2], status;
	char byte;
	bool good;
	pid_t pid;

	if (!l || pipe(pipes))
		return false;
	pid = fork();
	if (!pid) {
		close(pipes[0]);
		be_killed(policy_names[l - loaded], pipes[1]);
	}
	close(pipes[1]);
	good = read(pipes[0], &byte, 1) == 1;
	nap(pick(200000));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(pipes[0]);
	return good && pid > 0;
}

/* Everybody may use it, or some, or nobody. */
static bool do_allow(void)
{
	struct mm_policy_allow allow = { .size = sizeof(allow) };
	struct loaded *l = any(true);
	int fd, err;

	if (!l)
		return false;
	fd = control();
	snprintf(allow.name, sizeof(allow.name), "%s", policy_names[l - loaded]);
	allow.flags = chance(50) ? MM_POLICY_ENTRY_OPEN : 0;
	err = call(fd, MM_POLICY_ALLOW, &allow);
	close(fd);
	return !err;
}

static void begin(void)
{
	libbpf_set_print(quiet);
	/* The verifier takes its time */
	if (setpriority(PRIO_PROCESS, 0, -5))
		die("registrar: nice");
}

static void end(void)
{
	unsigned int i;

	for (i = 0; i < nr_policy_names; i++)
		unload(&loaded[i]);
}

static const struct op ops[] = {
	{ "register", do_register, 7, 10, NULL },
	{ "update", do_update, 4, 10, NULL },
	{ "unregister", do_unregister, 3, 10, NULL },
	{ "loader killed", do_kill, 1, 2, NULL },
	{ "allow", do_allow, 1, 2, NULL },
};

const struct disturber registrar = {
	.name = "registrar",
	.pause_us = 100000,
	.begin = begin,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
