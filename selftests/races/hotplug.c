// SPDX-License-Identifier: GPL-2.0-only
/*
 * Processors and memory are switched off and on. Memory only where there is some that
 * can always be moved (movablecore=).
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "races.h"

#define CPU	"/sys/devices/system/cpu/cpu1/online"
#define MEMORY	"/sys/devices/system/memory"

static unsigned int movable[32], nr_movable;

static bool do_cpu(void)
{
	bool good = put(CPU, "0");

	nap(pick(300000));
	return put(CPU, "1") && good;
}

static bool set_state(unsigned int block, const char *state)
{
	char path[80];

	snprintf(path, sizeof(path), MEMORY "/memory%u/state", block);
	return put(path, "%s", state);
}

/* It may have a page that cannot be moved just now: then it stays. */
static bool do_memory(void)
{
	unsigned int block = movable[pick(nr_movable)];
	bool good = set_state(block, "offline");

	nap(pick(300000));
	if (good && !set_state(block, "online_movable"))
		complain("memory%u does not come back", block);
	return good;
}

/* Can it be moved, and can it be switched off while there is little in it? */
static bool is_movable(unsigned int block)
{
	char path[80], zones[80];
	int tries;

	snprintf(path, sizeof(path), MEMORY "/memory%u/valid_zones", block);
	if (!get(path, zones, sizeof(zones)) || strncmp(zones, "Movable", 7))
		return false;
	for (tries = 0; tries < 5; tries++)
		if (set_state(block, "offline"))
			return set_state(block, "online_movable");
	return false;
}

/* Called once, before all others begin */
static bool wants(void)
{
	DIR *dir = opendir(MEMORY);
	struct dirent *entry;
	unsigned int block;

	while (dir && (entry = readdir(dir)) && nr_movable < ARRAY_LEN(movable))
		if (sscanf(entry->d_name, "memory%u", &block) == 1 && is_movable(block))
			movable[nr_movable++] = block;
	if (dir)
		closedir(dir);
	return nr_movable && !access(CPU, W_OK);
}

static void end(void)
{
	put(CPU, "1");
}

static const struct op ops[] = {
	{ "processor", do_cpu, 2, 3, NULL },
	{ "memory", do_memory, 3, 1, NULL },
};

const struct disturber hotplug = {
	.name = "hotplug",
	.pause_us = 2000000,
	.end = end,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
	.wants = wants,
};
