// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pages that are mapped along with one that is touched: they are counted, told, and
 * kept within the limit.
 */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "kselftest.h"
#include "policy.h"

#define FILE_PAGES	1024
#define AROUND		16	/* fault_around_bytes, in pages */
#define FILE_NAME	"/mnt/ext4/around"

static void make_file(void)
{
	static char page[PAGE];
	int fd = open(FILE_NAME, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		die("cannot make %s: %m", FILE_NAME);
	for (unsigned int i = 0; i < FILE_PAGES; i++) {
		memset(page, i % 251 + 1, PAGE);
		if (write(fd, page, PAGE) != (ssize_t)PAGE)
			die("cannot write %s: %m", FILE_NAME);
	}
	if (fsync(fd))
		die("cannot write %s: %m", FILE_NAME);
	close(fd);
}

/* A mapping of it, which @fd manages */
static volatile char *map_file(int fd)
{
	int file = open(FILE_NAME, O_RDONLY);
	char *area = mmap(NULL, FILE_PAGES * PAGE, PROT_READ, MAP_SHARED, file, 0);

	if (file < 0 || area == MAP_FAILED)
		die("cannot map %s: %m", FILE_NAME);
	close(file);
	if (policy_attach(fd, -1, area, FILE_PAGES * PAGE))
		die("cannot attach %s", FILE_NAME);
	return area;
}

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt + usage.ru_majflt;
}

/* Read pages in order. Returns the faults it took; -1: what was read is wrong. */
static long scan(volatile char *area, unsigned int pages)
{
	long before = faults();

	for (unsigned int i = 0; i < pages; i++)
		if (area[i * PAGE] != (char)(i % 251 + 1))
			return -1;
	return faults() - before;
}

static void with_room(void)
{
	int fd = policy_create("clock", 0);
	volatile char *area;
	long took;

	make_file();
	area = map_file(fd);
	took = scan(area, FILE_PAGES);
	ksft_print_msg("%ld faults, %lu told\n", took,
		       (unsigned long)policy_stat(fd, MM_POLICY_STAT_FAULTS));
	ksft_test_result(took > 0 && took <= FILE_PAGES / AROUND + 8,
			 "without a limit, what is cached around a fault is mapped\n");
	ksft_test_result(policy_stat(fd, MM_POLICY_STAT_FAULTS) == FILE_PAGES &&
			 policy_held(fd) == FILE_PAGES,
			 "and each page is told, and held\n");
	took = scan(area, FILE_PAGES);
	ksft_test_result(!took && policy_stat(fd, MM_POLICY_STAT_FAULTS) == FILE_PAGES,
			 "once only\n");
	munmap((void *)area, FILE_PAGES * PAGE);
	ksft_test_result(policy_held(fd) == 0, "nothing is held of what is unmapped\n");
	close(fd);
}

static void at_the_limit(void)
{
	int fd = policy_create("clock", 64 * PAGE);
	volatile char *area;
	long took, held;

	make_file();
	area = map_file(fd);
	took = scan(area, FILE_PAGES);
	held = policy_held(fd);
	ksft_print_msg("%ld faults, %ld held\n", took, held);
	ksft_test_result(took >= FILE_PAGES - 64 && took <= FILE_PAGES + 8 && held <= 64,
			 "at its limit a handler gets only what is touched\n");
	munmap((void *)area, FILE_PAGES * PAGE);
	close(fd);
}

static void read_ahead(void)
{
	struct mm_policy_info info;
	volatile char *area;
	long took;
	int fd;

	policy_load(policy_object("seq"));
	fd = policy_create("seq", 256 * PAGE);
	make_file();
	write_text("/proc/sys/vm/drop_caches", "1");
	area = map_file(fd);
	took = scan(area, FILE_PAGES);
	info = policy_info(fd);
	ksft_print_msg("%ld faults, %llu told, %llu read ahead, %llu of them used\n", took,
		       info.stat[MM_POLICY_STAT_FAULTS],
		       info.stat[MM_POLICY_STAT_PREFETCHED],
		       info.stat[MM_POLICY_STAT_PREFETCH_USED]);
	ksft_test_result(took > 0 && took < FILE_PAGES / 2,
			 "what a policy has read ahead is mapped along\n");
	ksft_test_result(info.held + info.laundry + info.ahead <= 256 * PAGE,
			 "within the limit\n");
	ksft_test_result(info.stat[MM_POLICY_STAT_FAULTS] == FILE_PAGES,
			 "each page is told once\n");
	ksft_test_result(info.stat[MM_POLICY_STAT_PREFETCHED] > FILE_PAGES / 2 &&
			 info.stat[MM_POLICY_STAT_PREFETCH_USED] +
			 info.stat[MM_POLICY_STAT_PREFETCH_WASTED] + info.ahead / PAGE ==
			 info.stat[MM_POLICY_STAT_PREFETCHED],
			 "and what was read ahead is used, wasted, or still waiting\n");
	policy_detach(-1, (void *)area, FILE_PAGES * PAGE);
	munmap((void *)area, FILE_PAGES * PAGE);
	close(fd);
	policy_unload("seq");
}

/* How often prefetch() is called for pages that it has read: calls.bpf.h counts so */
static void calls(const char *policy, long *called, long *used)
{
	volatile char *area;
	int fd;

	policy_load(policy_own_object(policy));
	fd = policy_create(policy, 0);
	make_file();
	write_text("/proc/sys/vm/drop_caches", "1");
	area = map_file(fd);
	scan(area, FILE_PAGES);
	*called = policy_stat(fd, MM_POLICY_STAT_PREFETCH_REFUSED);
	*used = policy_stat(fd, MM_POLICY_STAT_PREFETCH_USED);
	ksft_print_msg("%s: %ld calls for %ld pages\n", policy, *called, *used);
	policy_detach(-1, (void *)area, FILE_PAGES * PAGE);
	munmap((void *)area, FILE_PAGES * PAGE);
	close(fd);
	policy_unload(policy);
}

static void runs(void)
{
	long called, used;

	calls("calls_each", &called, &used);
	ksft_test_result(used > FILE_PAGES / 2 && called >= used && called < used + used / 8,
			 "prefetch() is told of each that was read ahead\n");
	calls("calls_runs", &called, &used);
	ksft_test_result(used > FILE_PAGES / 2 && called > used / 32 && called < used / 4,
			 "one for runs, of the last of those that are mapped at once\n");
}

int main(void)
{
	ksft_print_header();
	ksft_set_plan(12);
	make_ext4(32);
	with_room();
	at_the_limit();
	read_ahead();
	runs();
	unlink(FILE_NAME);
	drop_ext4();
	ksft_test_result(policy_all_gone(), "no handler is left\n");
	ksft_finished();
}
