// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first process of the bench "boot": writes down in the kernel's log how
 * long it has been on the CPU so far, which is the kernel's initialisation
 * without its waits. Then becomes the usual first process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <unistd.h>

#include "bench.h"

int main(void)
{
	const char *root = getenv("KAKU_ROOT");
	unsigned long long ns;
	char line[64], next[4096];
	FILE *f;

	if (mount("proc", "/proc", "proc", 0, NULL))
		die("cannot mount /proc: %m");
	f = fopen("/proc/self/schedstat", "re");
	if (!f || fscanf(f, "%llu", &ns) != 1)
		die("cannot read /proc/self/schedstat");
	fclose(f);
	snprintf(line, sizeof(line), "boot_mark: init %llu\n", ns);
	write_file("/dev/kmsg", line);
	if (umount("/proc"))
		die("cannot unmount /proc: %m");

	if (!root)
		die("KAKU_ROOT is not set");
	snprintf(next, sizeof(next), "%s/ci/vm-init", root);
	execl(next, next, NULL);
	die("cannot run %s: %m", next);
}
