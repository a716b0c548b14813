// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a page costs on each of the ways that it can come and go: faults on
 * anonymous memory and on files, copying after a fork, swap, unmapping.
 *
 * Each case counts its faults and fails when they were not what it is about.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define PAGE		4096ul
#define HUGE_PAGE	(2ul << 20)

#define CGROUP		"/sys/fs/cgroup/fault"
#define FAULT_AROUND	"/sys/kernel/debug/fault_around_bytes"
#define PAGE_CLUSTER	"/proc/sys/vm/page-cluster"

static const char *disk, *zram, *file;

/* Keeps what is read from being optimised away. */
static volatile __u64 sink;

static char *map(size_t size, int advice)
{
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || madvise(p, size, advice))
		die("cannot map %zu bytes: %m", size);
	return p;
}

static void unmap(char *p, size_t size)
{
	if (munmap(p, size))
		die("munmap: %m");
}

static void touch(char *p, size_t size, size_t step)
{
	for (size_t at = 0; at < size; at += step)
		*(volatile char *)(p + at) = 1;
}

static void look_at(const char *p, size_t size)
{
	for (size_t at = 0; at < size; at += PAGE)
		sink += *(volatile const char *)(p + at);
}

/*
 * Each page unlike the others and unlike zeroes, and compressible to roughly
 * half of its size, as the memory of a usual program is.
 */
static void fill(char *p, size_t size)
{
	__u64 *word = (__u64 *)p, x = 88172645463325252ull;

	for (size_t i = 0; i < size / sizeof(*word); i++) {
		if (i % 2) {
			word[i] = i;
			continue;
		}
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		word[i] = x;
	}
}

struct stretch {
	struct rusage before;
	__u64 start, ns;
	__u64 cpu_start, cpu_ns;
	long minor, major;
};

/* Our own time on the CPU: where a disk is waited for, the rest hides it. */
static __u64 cpu_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static void begin(struct stretch *s)
{
	getrusage(RUSAGE_SELF, &s->before);
	s->cpu_start = cpu_now();
	s->start = now();
}

static void end(struct stretch *s)
{
	struct rusage after;

	s->ns = now() - s->start;
	s->cpu_ns = cpu_now() - s->cpu_start;
	getrusage(RUSAGE_SELF, &after);
	s->minor = after.ru_minflt - s->before.ru_minflt;
	s->major = after.ru_majflt - s->before.ru_majflt;
}

/* The work was what we think if the faults are as many; a few may stray. */
static void expect(const char *what, long got, long wanted_count)
{
	if (labs(got - wanted_count) > wanted_count / 100 + 2)
		die("%s: %ld faults instead of %ld", what, got, wanted_count);
}

/* A new one each time: an old one would remember what it reclaimed before. */
static void cgroup_enter(void)
{
	if (mkdir(CGROUP, 0755))
		die("cannot make %s: %m", CGROUP);
	write_file(CGROUP "/cgroup.procs", "0");
}

static void cgroup_leave(void)
{
	write_file("/sys/fs/cgroup/cgroup.procs", "0");
	if (rmdir(CGROUP))
		die("cannot remove %s: %m", CGROUP);
}

static void anon_rounds(int count, const char *fault_case,
			const char *unmap_case)
{
	const size_t pages = 8192, size = pages * PAGE;
	struct rounds faults = { 0 }, unmaps = { 0 };
	struct stretch s;

	for (int i = 0; i < count; i++) {
		char *p = map(size, MADV_NOHUGEPAGE);

		begin(&s);
		touch(p, size, PAGE);
		end(&s);
		expect(fault_case, s.minor, pages);
		take(&faults, (double)s.ns / pages);

		begin(&s);
		unmap(p, size);
		end(&s);
		take(&unmaps, (double)s.ns / pages);
	}
	figure(fault_case, "ns_per_page", middle(&faults), "ns");
	figure(unmap_case, "ns_per_page", middle(&unmaps), "ns");
}

static void anon(void)
{
	anon_rounds(12, "anon_minor", "munmap");
}

static void anon_memcg(void)
{
	cgroup_enter();
	anon_rounds(12, "anon_minor_memcg", "munmap_memcg");
	cgroup_leave();
}

static void anon_thp(void)
{
	const size_t count = 16, size = (count + 1) * HUGE_PAGE;
	struct rounds rounds = { 0 };
	struct stretch s;

	for (int i = 0; i < 8; i++) {
		char *p = map(size, MADV_HUGEPAGE);
		unsigned long up = -(unsigned long)p % HUGE_PAGE;

		begin(&s);
		touch(p + up, count * HUGE_PAGE, HUGE_PAGE);
		end(&s);
		take(&rounds, (double)s.ns / count);
		/* Where a huge page was not to be had, there are more faults. */
		touch(p + up, count * HUGE_PAGE, PAGE);
		end(&s);
		expect("anon_thp", s.minor, count);
		unmap(p, size);
	}
	figure("anon_thp", "ns_per_huge_page", middle(&rounds), "ns");
}

/* A child that has all of our pages and does nothing; what making it cost. */
static pid_t idle_child(double *ns)
{
	struct stretch s;
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		die("pipe: %m");
	begin(&s);
	pid = fork();
	if (pid < 0)
		die("fork: %m");
	if (!pid) {
		if (write(ready[1], "r", 1) == 1)
			pause();
		_exit(1);
	}
	end(&s);
	*ns = s.ns;
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		die("the child did not come up");
	close(ready[0]);
	return pid;
}

static void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/*
 * Too short for the clock's ticks to even out, and one time in two the page
 * tables need the page allocator's slow path: the least of many.
 */
static void forks(void)
{
	const size_t pages = 4096, size = pages * PAGE;
	char *p = map(size, MADV_NOHUGEPAGE);
	double ns, least = 0;
	pid_t children[8];

	touch(p, size, PAGE);
	for (int i = 0; i < 20; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(children); j++) {
			children[j] = idle_child(&ns);
			if (!least || ns < least)
				least = ns;
		}
		for (size_t j = 0; j < ARRAY_SIZE(children); j++)
			end_child(children[j]);
	}
	unmap(p, size);
	figure("fork", "ns_per_page", least / pages, "ns");
}

static void copy(void)
{
	const size_t pages = 4096, size = pages * PAGE;
	struct rounds rounds = { 0 };
	struct stretch s;
	double ns;

	for (int i = 0; i < 10; i++) {
		char *p = map(size, MADV_NOHUGEPAGE);
		pid_t pid;

		touch(p, size, PAGE);
		pid = idle_child(&ns);
		begin(&s);
		touch(p, size, PAGE);
		end(&s);
		expect("cow", s.minor, pages);
		take(&rounds, (double)s.ns / pages);
		end_child(pid);
		unmap(p, size);
	}
	figure("cow", "ns_per_page", middle(&rounds), "ns");
}

static int open_file(size_t size)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("cannot open %s: %m", file);
	if (lseek(fd, 0, SEEK_END) < (off_t)size)
		die("%s is shorter than %zu bytes", file, size);
	return fd;
}

static char *map_file(int fd, size_t size)
{
	char *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		die("cannot map %s: %m", file);
	return p;
}

static size_t resident(void *p, size_t size)
{
	static unsigned char present[1 << 16];
	size_t count = 0;

	if (size / PAGE > sizeof(present))
		die("more pages than mincore() has room for");
	if (mincore(p, size, present))
		die("mincore: %m");
	for (size_t i = 0; i < size / PAGE; i++)
		count += present[i] & 1;
	return count;
}

/* Many mappings of one file, so that the stretch is a long one. */
static void file_minor_rounds(const char *name, const char *around)
{
	const size_t pages = 4096, size = pages * PAGE;
	struct rounds rounds = { 0 };
	int fd = open_file(size);
	struct stretch s;
	char *maps[8];

	write_file(FAULT_AROUND, around);
	maps[0] = map_file(fd, size);
	look_at(maps[0], size);
	unmap(maps[0], size);
	for (int i = 0; i < 8; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(maps); j++)
			maps[j] = map_file(fd, size);
		begin(&s);
		for (size_t j = 0; j < ARRAY_SIZE(maps); j++)
			look_at(maps[j], size);
		end(&s);
		expect(name, s.minor, ARRAY_SIZE(maps) * size /
		       strtoul(around, NULL, 10));
		take(&rounds, (double)s.ns / pages / ARRAY_SIZE(maps));
		for (size_t j = 0; j < ARRAY_SIZE(maps); j++)
			unmap(maps[j], size);
	}
	close(fd);
	write_file(FAULT_AROUND, "65536");
	figure(name, "ns_per_page", middle(&rounds), "ns");
}

static void file_minor(void)
{
	file_minor_rounds("file_minor", "4096");
}

static void file_around(void)
{
	file_minor_rounds("file_around", "65536");
}

static void file_major(void)
{
	const size_t pages = 2048, size = pages * PAGE;
	struct rounds rounds = { 0 }, cpu = { 0 };
	int fd = open_file(size);
	struct stretch s;

	for (int i = 0; i < 8; i++) {
		char *p = map_file(fd, size);
		int error = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);

		if (error || resident(p, size))
			die("cannot push %s out of memory", file);
		/* No reading ahead: each page is a fault and a request. */
		if (madvise(p, size, MADV_RANDOM))
			die("madvise: %m");
		begin(&s);
		look_at(p, size);
		end(&s);
		expect("file_major", s.major, pages);
		take(&rounds, (double)s.ns / pages);
		take(&cpu, (double)s.cpu_ns / pages);
		unmap(p, size);
	}
	close(fd);
	figure("file_major", "ns_per_page", middle(&rounds), "ns");
	figure("file_major", "cpu_ns_per_page", middle(&cpu), "ns");
}

/*
 * Paging out only starts the writing on a device that takes its time: wait for
 * it, and drop the copies that stayed in memory.
 */
static void until_gone(char *p, size_t size)
{
	const struct timespec nap = { .tv_nsec = 1000000 };
	char bytes[32];
	size_t left;

	for (int i = 0; i < 100; i++) {
		left = resident(p, size);
		if (!left)
			return;
		if (i) {
			int fd = open(CGROUP "/memory.reclaim", O_WRONLY);

			/* It may give less than asked for: see the next look. */
			snprintf(bytes, sizeof(bytes), "%zu", left * PAGE);
			if (fd < 0)
				die("cannot open memory.reclaim: %m");
			if (write(fd, bytes, strlen(bytes)) < 0 && errno != EAGAIN)
				die("memory.reclaim: %m");
			close(fd);
		}
		nanosleep(&nap, NULL);
	}
	die("%zu pages do not leave for the swap device", left);
}

static void swap_rounds(const char *device, const char *cluster,
			const char *out_case, const char *in_case)
{
	const size_t pages = 2048, size = pages * PAGE;
	struct rounds out = { 0 }, in = { 0 }, in_cpu = { 0 };
	struct stretch s;

	write_file(PAGE_CLUSTER, cluster);
	if (swapon(device, 0))
		die("swapon %s: %m", device);
	cgroup_enter();
	for (int i = 0; i < 9; i++) {
		char *p = map(size, MADV_NOHUGEPAGE);

		fill(p, size);
		begin(&s);
		if (madvise(p, size, MADV_PAGEOUT))
			die("MADV_PAGEOUT: %m");
		end(&s);
		take(&out, (double)s.ns / pages);

		until_gone(p, size);
		begin(&s);
		look_at(p, size);
		end(&s);
		expect(in_case, s.minor + s.major, pages);
		take(&in, (double)s.ns / pages);
		take(&in_cpu, (double)s.cpu_ns / pages);
		unmap(p, size);
	}
	cgroup_leave();
	if (swapoff(device))
		die("swapoff %s: %m", device);
	write_file(PAGE_CLUSTER, "3");
	/* Paging out does not wait: its time is our own. */
	if (out_case)
		figure(out_case, "ns_per_page", middle(&out), "ns");
	figure(in_case, "ns_per_page", middle(&in), "ns");
	figure(in_case, "cpu_ns_per_page", middle(&in_cpu), "ns");
}

static void swap_disk(void)
{
	swap_rounds(disk, "3", "swap_out_disk", "swap_in_disk");
}

static void swap_disk_single(void)
{
	swap_rounds(disk, "0", NULL, "swap_in_disk_single");
}

static void swap_zram(void)
{
	swap_rounds(zram, "3", "swap_out_zram", "swap_in_zram");
}

/* A cgroup is asked to give half of its memory: the whole way of reclaim. */
static void reclaim_to_zram(const char *name)
{
	const size_t pages = 4096, size = pages * PAGE;
	struct rounds rounds = { 0 };
	struct stretch s;
	char bytes[32];

	snprintf(bytes, sizeof(bytes), "%zu", size / 2);
	if (swapon(zram, 0))
		die("swapon %s: %m", zram);
	cgroup_enter();
	for (int i = 0; i < 9; i++) {
		char *p = map(size, MADV_NOHUGEPAGE);
		size_t gone;

		fill(p, size);
		begin(&s);
		write_file(CGROUP "/memory.reclaim", bytes);
		end(&s);
		gone = pages - resident(p, size);
		if (gone < pages / 2 - pages / 50)
			die("memory.reclaim took %zu of %zu pages", gone,
			    pages / 2);
		take(&rounds, (double)s.ns / gone);
		unmap(p, size);
	}
	cgroup_leave();
	if (swapoff(zram))
		die("swapoff %s: %m", zram);
	figure(name, "ns_per_page", middle(&rounds), "ns");
}

static void reclaim(void)
{
	reclaim_to_zram("reclaim_zram");
}

static void reclaim_classic(void)
{
	write_file("/sys/kernel/mm/lru_gen/enabled", "n");
	reclaim_to_zram("reclaim_zram_classic");
	write_file("/sys/kernel/mm/lru_gen/enabled", "y");
}

/*
 * What is measured together, and what must be named for it. Reclaim comes
 * before the other cases with swap: what they leave behind in the kernel can
 * move its figure by a per cent.
 */
static const struct {
	void (*run)(void);
	const char **needs;
	const char *cases[2];
} groups[] = {
	{ .run = anon, .cases = { "anon_minor", "munmap" } },
	{ .run = anon_memcg, .cases = { "anon_minor_memcg", "munmap_memcg" } },
	{ .run = anon_thp, .cases = { "anon_thp" } },
	{ .run = copy, .cases = { "cow" } },
	{ .run = forks, .cases = { "fork" } },
	{ .run = file_minor, .needs = &file, .cases = { "file_minor" } },
	{ .run = file_around, .needs = &file, .cases = { "file_around" } },
	{ .run = file_major, .needs = &file, .cases = { "file_major" } },
	{ .run = reclaim, .needs = &zram, .cases = { "reclaim_zram" } },
	{ .run = reclaim_classic, .needs = &zram, .cases = { "reclaim_zram_classic" } },
	{ .run = swap_disk, .needs = &disk, .cases = { "swap_out_disk", "swap_in_disk" } },
	{ .run = swap_disk_single, .needs = &disk, .cases = { "swap_in_disk_single" } },
	{ .run = swap_zram, .needs = &zram, .cases = { "swap_out_zram", "swap_in_zram" } },
};

static void usage(FILE *to)
{
	fprintf(to,
		"usage: fault [--disk DEV] [--zram DEV] [--file FILE] [CASE...]\n"
		"DEV are prepared swap devices, FILE is on a disk; cases:\n");
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		for (size_t j = 0; j < 2 && groups[i].cases[j]; j++)
			fprintf(to, "  %s\n", groups[i].cases[j]);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "disk", required_argument, NULL, 'd' },
		{ "zram", required_argument, NULL, 'z' },
		{ "file", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case 'd':
			disk = optarg;
			break;
		case 'z':
			zram = optarg;
			break;
		case 'f':
			file = optarg;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	want(argv + optind);
	settle();

	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		const char *const *names = groups[i].cases;

		if (!wanted(names[0]) && !(names[1] && wanted(names[1])))
			continue;
		if (groups[i].needs && !*groups[i].needs)
			die("%s needs a device or file: see --help", names[0]);
		groups[i].run();
	}
	return 0;
}
