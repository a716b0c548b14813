// SPDX-License-Identifier: GPL-2.0-only
/*
 * A task that meets a policy, or stands by.
 *
 * usage: task victim|bystander REPORT-FD HANDLER-FD CPU
 *
 * A victim lets all of its memory answer to the handler, writes more pages than may
 * stay, each word with what only that word should hold, and checks them, in different
 * orders. It does so twice: the second time when it is told to go on. A bystander
 * checks pages that fit, and counts its faults and the longest time that it waited.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/io_uring.h>

#include "hostile.h"

#define THREADS		4
#define WORDS		8	/* looked at in each page */
#define SPECIAL		128	/* pages that are locked, pinned or detached */

static struct report *report;

static bool told_to_go(void)
{
	return __atomic_load_n(&report->go, __ATOMIC_ACQUIRE);
}

static uint64_t content(uint64_t page, uint64_t word, uint64_t round)
{
	return (page << 32 | word << 16 | round) * 0x9e3779b97f4a7c15ULL;
}

static void write_page(char *area, uint32_t page, uint32_t round)
{
	volatile uint64_t *words = (uint64_t *)(area + page * PAGE);

	for (int i = 0; i < WORDS; i++)
		words[i * PAGE / sizeof(*words) / WORDS] = content(page, i, round);
}

static void check_page(const char *area, uint32_t page, uint32_t round)
{
	const volatile uint64_t *words = (const uint64_t *)(area + page * PAGE);

	for (int i = 0; i < WORDS; i++)
		if (words[i * PAGE / sizeof(*words) / WORDS] != content(page, i, round))
			__atomic_fetch_add(&report->wrong, 1, __ATOMIC_RELAXED);
}

/* Writes and checks pages @from..@to again and again: upwards, and in leaps. */
static void play(char *area, uint32_t from, uint32_t to, uint32_t round)
{
	uint32_t nr = to - from;

	for (uint32_t i = 0; i < nr; i++)
		write_page(area, from + i, round);
	for (uint32_t i = 0; i < nr; i++)
		check_page(area, from + i * 97ULL % nr, round);
	for (uint32_t i = 0; i < nr; i += 2)
		write_page(area, from + i, round + 1);
	for (uint32_t i = 0; i < nr; i++)
		check_page(area, from + i, round + !(i % 2));
}

static char *area_of(uint32_t pages)
{
	char *area = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED)
		_exit(20);
	madvise(area, pages * PAGE, MADV_NOHUGEPAGE);
	return area;
}

/* With @area NULL: everything */
static int attach(int handler, const char *area)
{
	struct mm_policy_attach attach = {
		.size = sizeof(attach), .pidfd = -1, .start = (uintptr_t)area,
		.length = area ? report->pages * PAGE : 0,
	};

	if (handler < 0)
		return 1;
	return ioctl(handler, MM_POLICY_ATTACH, &attach) ? -errno : 1;
}

/* Physical page numbers; 0: not present */
static void frames_of(const char *area, uint64_t *frames)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);

	if (pread(fd, frames, SPECIAL * sizeof(*frames),
		  (uintptr_t)area / PAGE * sizeof(*frames)) != SPECIAL * sizeof(*frames))
		_exit(21);
	close(fd);
	for (int i = 0; i < SPECIAL; i++)
		frames[i] = frames[i] >> 63 ? frames[i] & ((1ULL << 55) - 1) : 0;
}

static int pin(char *area)
{
	struct iovec iovec = { .iov_base = area, .iov_len = SPECIAL * PAGE };
	struct io_uring_params params = {};
	int ring = syscall(__NR_io_uring_setup, 1, &params);

	if (ring < 0)
		return -errno;
	if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_BUFFERS, &iovec, 1))
		return -errno;
	return 0;
}

static void detach(char *area, uint32_t pages)
{
	struct mm_policy_detach detach = {
		.size = sizeof(detach), .pidfd = -1,
		.start = (uintptr_t)area, .length = pages * PAGE,
	};
	int fd = open("/dev/mm_policy", O_RDWR);

	if (fd < 0 || ioctl(fd, MM_POLICY_DETACH, &detach))
		_exit(22);
	close(fd);
}

struct share {
	char *area;
	uint32_t from, to, rounds;
	pthread_t thread;
};

static void *play_share(void *arg)
{
	struct share *share = arg;

	for (uint32_t round = 0; round < share->rounds; round++) {
		if (share->rounds == UNTIL_TOLD && told_to_go())
			break;
		play(share->area, share->from, share->to, 2 * round);
	}
	return NULL;
}

static void play_in_threads(char *area)
{
	struct share shares[THREADS];
	uint32_t each = report->pages / THREADS;

	for (int i = 0; i < THREADS; i++) {
		shares[i].area = area;
		shares[i].from = i * each;
		shares[i].to = (i + 1) * each;
		shares[i].rounds = report->rounds;
		if (pthread_create(&shares[i].thread, NULL, play_share, &shares[i]))
			_exit(23);
	}
	for (int i = 0; i < THREADS; i++)
		pthread_join(shares[i].thread, NULL);
}

static void play_in_child(char *area)
{
	int status;
	pid_t child;

	for (uint32_t i = 0; i < report->pages; i++)
		write_page(area, i, 99);
	child = fork();
	if (child < 0)
		_exit(24);
	for (uint32_t i = 0; i < report->pages; i++)
		check_page(area, i, 99);
	for (uint32_t round = 0; round < report->rounds; round++)
		play(area, 0, report->pages, 2 * round);
	if (!child)
		_exit(0);
	if (waitpid(child, &status, 0) != child || status)
		report->wrong++;
}

/* One instruction that needs two pages at once, many times */
static void copy_pages(char *area)
{
	uint32_t half = report->pages / 2;

	for (uint32_t i = 0; i < half; i++)
		write_page(area, i, 7);
	for (uint32_t i = 0; i < half; i++) {
		char *from = area + i * PAGE, *to = area + (half + i) * PAGE;
		size_t words = PAGE / 8;

		asm volatile("rep movsq" : "+S"(from), "+D"(to), "+c"(words) : : "memory");
	}
	for (uint32_t i = 0; i < half; i++)
		check_page(area, i, 7);
	for (uint32_t i = 0; i < half; i++)
		for (int w = 0; w < WORDS; w++)
			if (memcmp(area + i * PAGE + w * PAGE / WORDS,
				   area + (half + i) * PAGE + w * PAGE / WORDS, 8))
				report->wrong++;
}

static void play_part(char **area)
{
	char *half;

	switch (report->kind) {
	case TASK_THREADS:
		play_in_threads(*area);
		return;
	case TASK_FORKS:
		play_in_child(*area);
		return;
	case TASK_COPIES:
		copy_pages(*area);
		return;
	case TASK_LOOPS:
		for (uint32_t i = 0; i < report->pages; i++)
			write_page(*area, i, 5);
		for (uint32_t i = 0; i < report->pages * report->rounds; i++)
			check_page(*area, i % report->pages, 5);
		return;
	case TASK_UNMAPS:
		play(*area, 0, report->pages, 50);
		half = area_of(report->pages);
		munmap(*area, report->pages * PAGE);
		*area = half;
		break;
	}
	for (uint32_t round = 0; round < report->rounds; round++)
		play(*area, 0, report->pages, 2 * round);
}

static void finish_part(void)
{
	__atomic_fetch_add(&report->done, 1, __ATOMIC_RELEASE);
}

static int be_victim(int handler)
{
	char *area = area_of(report->pages), *special = NULL;
	uint64_t before[SPECIAL], after[SPECIAL];
	struct timespec pause = { .tv_nsec = 2000000 };

	report->attached = attach(handler, report->kind == TASK_LOOPS ? area : NULL);
	if (report->kind == TASK_LOCKS || report->kind == TASK_PINS ||
	    report->kind == TASK_DETACHES) {
		special = area_of(SPECIAL);
		for (int i = 0; i < SPECIAL; i++)
			write_page(special, i, 1000);
		if (report->kind == TASK_DETACHES)
			detach(special, SPECIAL);
		else if (report->kind == TASK_LOCKS ? mlock(special, SPECIAL * PAGE) :
						      pin(special))
			return 25;
		/* All of them are there from now on, in the same place */
		for (int i = 0; i < SPECIAL; i++)
			check_page(special, i, 1000);
		frames_of(special, before);
	}

	play_part(&area);
	finish_part();
	while (!told_to_go())
		nanosleep(&pause, NULL);
	play_part(&area);

	if (special) {
		frames_of(special, after);
		for (int i = 0; i < SPECIAL; i++) {
			report->moved += before[i] != after[i] || !after[i];
			check_page(special, i, 1000);
		}
	}
	finish_part();
	return report->wrong ? 1 : 0;
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000ULL + time.tv_nsec / 1000;
}

static int stand_by(int handler, int cpu)
{
	struct timespec pause = { .tv_nsec = 10000000 };
	char *area = area_of(report->pages);
	uint64_t last, time;
	struct rusage usage;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	report->area = (uintptr_t)area;
	report->attached = attach(handler, NULL);
	for (uint32_t i = 0; i < report->pages; i++)
		write_page(area, i, 3);
	last = now();
	while (!told_to_go()) {
		for (uint32_t i = 0; i < report->pages; i++)
			check_page(area, i, 3);
		getrusage(RUSAGE_SELF, &usage);
		report->faults = usage.ru_minflt + usage.ru_majflt;
		time = now();
		if (time - last > report->longest_us)
			report->longest_us = time - last;
		last = time;
		__atomic_fetch_add(&report->turns, 1, __ATOMIC_RELEASE);
		nanosleep(&pause, NULL);
	}
	return report->wrong ? 1 : 0;
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	report = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(argv[2]), 0);
	if (report == MAP_FAILED)
		return 3;
	if (!strcmp(argv[1], "victim"))
		return be_victim(atoi(argv[3]));
	return stand_by(atoi(argv[3]), atoi(argv[4]));
}
