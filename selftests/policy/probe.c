// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every function of a policy is called, for every reason that there is, and each thing
 * that a policy may call answers: the policy probe counts both.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>

#include "kselftest.h"
#include "policy.h"

#define PAGES	256

static char counts[8192];

static long counted(const char *name)
{
	char quoted[64];
	const char *at;

	snprintf(quoted, sizeof(quoted), "\"%s\":", name);
	at = strstr(counts, quoted);
	return at ? atol(at + strlen(quoted)) : -1;
}

static void child_of_probe(struct child *parent, void *arg)
{
	fill(arg, PAGES / 4, 5);
	say(parent, intact(arg, PAGES / 4, 5));
	hear(parent);
}

/*
 * The machine is to keep more free than it has: kswapd asks everybody. What is left above
 * the least keeps those who allocate from running dry.
 */
static void need_memory(int handler)
{
	const char *path = "/proc/sys/vm/min_free_kbytes";
	uint64_t before = policy_stat(handler, MM_POLICY_STAT_PRESSURE);
	char kept[32], *more;
	int i;

	read_text(path, kept, sizeof(kept));
	write_text(path, "%ld", meminfo_kb("MemFree") / 8 * 7);
	for (i = 0; i < 100 && policy_stat(handler, MM_POLICY_STAT_PRESSURE) == before; i++) {
		more = map_anon(PAGES);
		fill(more, PAGES, 6);
		usleep(50000);
		munmap(more, PAGES * PAGE);
	}
	write_text(path, "%s", kept);
}

static void use_everything(void)
{
	struct mm_policy_create c = {
		.size = sizeof(c), .policy = "probe", .limit = 128 * PAGE, .args = { 4 },
	};
	char *area = map_anon(PAGES), *file;
	struct child child;
	int fd = policy_open(), disk;
	size_t i;

	if (policy_call(fd, MM_POLICY_CREATE, &c))
		die("no handler of probe");
	disk = open("/mnt/ext4/file", O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (disk < 0 || ftruncate(disk, PAGES * PAGE))
		die("/mnt/ext4/file");
	for (i = 0; i < PAGES; i++)
		if (pwrite(disk, &i, sizeof(i), i * PAGE) != sizeof(i))
			die("/mnt/ext4/file");
	fsync(disk);
	posix_fadvise(disk, 0, 0, POSIX_FADV_DONTNEED);
	policy_attach(fd, -1, area, PAGES * PAGE);
	fill(area, PAGES, 4);
	intact(area, PAGES, 4);
	/* Resident when it is copied */
	touch(area, PAGES / 4);
	child = child_start(child_of_probe, area);
	hear(&child);
	child_end(&child);
	policy_reclaim(fd, 16 * PAGE);
	file = mmap(NULL, PAGES * PAGE, PROT_READ, MAP_PRIVATE, disk, 0);
	policy_attach(fd, -1, file, PAGES * PAGE);
	touch(file, PAGES);
	/* What was swapped to a disk is read with its neighbours */
	intact(area, PAGES, 4);
	intact(area, PAGES, 4);

	need_memory(fd);

	/* A control group's need, and what somebody asks for */
	group_make("probe");
	group_enter("probe", 0);
	policy_set_limit(fd, 0);
	munmap(area, PAGES * PAGE);
	area = map_anon(4096);
	policy_attach(fd, -1, area, 4096 * PAGE);
	group_write("probe", "memory.max", "8M");
	fill(area, 4096, 4);
	group_enter("", 0);
	group_write("", "memory.reclaim", "4M");
	munmap(area, 4096 * PAGE);
	munmap(file, PAGES * PAGE);
	policy_detach(-1, NULL, 0);
	close(fd);
	close(disk);
	group_drop("probe");
}

static void all_functions(void)
{
	static const char *const wanted[] = {
		"init", "exit", "attach", "detach", "fault", "fault_first_touch",
		"fault_refault", "fault_file_page", "fault_copy_on_write", "fault_major",
		"fault_ahead", "gone", "gone_evicted", "gone_unmapped", "select",
		"select_for_limit", "select_for_cgroup", "select_for_memory",
		"select_for_request", "prefetch",
		"page_seen", "page_young", "looked", "evicted", "read_ahead",
		"read_ahead_pages", "times", NULL
	};
	struct mm_policy_entry entry;
	size_t i;

	make_ext4(32);
	policy_load(policy_object("probe"));
	policy_entry("probe", &entry);
	ksft_test_result(entry.ops == 0xff, "probe has every function\n");
	use_everything();
	ksft_test_result(policy_all_gone(), "probe: its handler ends\n");
	run("bpftool map dump name probe_counts >/tmp/policy-counts");
	read_text("/tmp/policy-counts", counts, sizeof(counts));
	for (i = 0; wanted[i]; i++)
		ksft_test_result(counted(wanted[i]) > 0, "probe: %s (%ld)\n", wanted[i],
				 counted(wanted[i]));
	ksft_test_result(counted("init") == counted("exit") &&
			 counted("attach") == counted("detach"),
			 "probe: what began has ended (%ld, %ld, %ld, %ld)\n", counted("init"),
			 counted("exit"), counted("attach"), counted("detach"));
	policy_unload("probe");
	drop_ext4();
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(31);
	swap_on_disk(64, 0);
	all_functions();
	ksft_test_result(policy_all_gone(), "no handler is left, and nothing is held\n");
	ksft_finished();
}
