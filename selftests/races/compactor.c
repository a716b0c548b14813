// SPDX-License-Identifier: GPL-2.0-only
/*
 * The compactor: moves everybody's pages, and drops what is cached.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "races.h"

static bool do_compact(void)
{
	return put("/proc/sys/vm/compact_memory", "1");
}

static bool do_drop(void)
{
	return put("/proc/sys/vm/drop_caches", "%d", 1 + (int)pick(3));
}

static bool do_refresh(void)
{
	return put("/proc/sys/vm/stat_refresh", "1");
}

static bool do_sync(void)
{
	int fd = open(files_dir, O_RDONLY | O_CLOEXEC);
	bool good = !syncfs(fd);

	close(fd);
	return good;
}

static const struct op ops[] = {
	{ "compact", do_compact, 3, 10, NULL },
	{ "drop caches", do_drop, 2, 10, NULL },
	{ "stat refresh", do_refresh, 1, 5, NULL },
	{ "sync", do_sync, 1, 5, NULL },
};

const struct disturber compactor = {
	.name = "compactor",
	.pause_us = 300000,
	.ops = ops,
	.nr_ops = ARRAY_LEN(ops),
};
