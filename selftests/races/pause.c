// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long is a task stopped by what others do with handlers?
 *
 * Three processes on one processor (ci/vm --icount: a nanosecond is an instruction):
 *
 * - the meter, which nobody manages: a real-time task of the highest priority that
 *   wants to run every 100 us. Whatever keeps it from that is a stop: somebody who
 *   cannot be preempted, or has interrupts off. Being scheduled out is none, since
 *   nobody may be scheduled before it. Each time it also faults on a private page,
 *   faults on a page of the file that is attached meanwhile, and maps and unmaps
 *   that file: this is held up by whoever holds a lock of the file or of the memory
 *   management. Locks do not care for priorities.
 * - the busy process: 256 MiB of memory of all kinds, populated, and in use. It only
 *   reads the file, for writing it back would be a disturbance of its own.
 * - the actor, which makes handlers, attaches the busy process to them, and so on. It
 *   has the busy process's priority: if it gave the processor away while it has a lock
 *   of the file, the meter would wait for both.
 *
 * What is told of each act is the longest of these times while it goes on. From it
 * the longest is taken that the meter saw while the busy process was merely busy, or
 * in an act that is the same but for handlers. No difference may be 1 ms.
 *
 * How long the busy process waits that is itself attached is not judged: its own
 * mappings change. It is no longer than the act takes, which is told.
 *
 *	pause FILE POLICIES FAILS
 *
 * FILE is on a disk; POLICIES is the folder of the policies' objects, FAILS the object
 * of one that is ejected.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <bpf/libbpf.h>

#include "races.h"
#include "kselftest.h"

#define MOST_NS		1000000UL
#define PERIOD_NS	100000UL
#define ANON_PAGES	(112 * MIB / PAGE)
#define FILE_PAGES	(96 * MIB / PAGE)
#define SHMEM_PAGES	(48 * MIB / PAGE)
#define MAX_ACTS	32

enum what { WAKE, FAULT, FILE_FAULT, MAP, NR_WHATS };

static const char * const what_names[NR_WHATS] = { "wake-up", "fault", "file fault", "map" };

/* What the meter saw during an act, and how long that took */
struct seen {
	uint64_t longest[NR_WHATS];
	uint64_t took;
	uint64_t rounds;
};

struct shared {
	_Atomic unsigned int act;
	_Atomic bool ready;
	struct seen seen[MAX_ACTS];
};

static struct shared *shared;
static const char *file_path;
static char *anon, *file, *shmem;
static pid_t busy;
static int busy_fd, first, second;
static unsigned int nr_acts;

static uint64_t now_ns(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000UL + time.tv_nsec;
}

static void *map_file(size_t pages)
{
	int fd = open(file_path, O_RDWR | O_CLOEXEC);
	void *start = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (fd < 0 || start == MAP_FAILED)
		ksft_exit_fail_msg("%s: %s\n", file_path, strerror(errno));
	close(fd);
	return start;
}

/*
 * The meter
 */

/* Since then; the act may have begun, or ended, while the meter waited. */
static void note(unsigned int act, enum what what, uint64_t since)
{
	uint64_t took = now_ns() - since;
	unsigned int i, acts[] = { act, atomic_load(&shared->act) };

	for (i = 0; i < ARRAY_LEN(acts); i++)
		if (took > shared->seen[acts[i]].longest[what])
			shared->seen[acts[i]].longest[what] = took;
}

static void fault_on(unsigned int act, enum what what, volatile char *page)
{
	uint64_t since;

	madvise((void *)page, PAGE, MADV_DONTNEED);
	since = now_ns();
	(void)page[0];
	note(act, what, since);
}

static void measure_once(char *private, char *page, int fd, uint64_t at)
{
	struct timespec time = { at / 1000000000UL, at % 1000000000UL };
	unsigned int act = atomic_load(&shared->act);
	volatile char *mapped;
	uint64_t since;

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL);
	note(act, WAKE, at);
	fault_on(act, FAULT, private);
	fault_on(act, FILE_FAULT, page);

	since = now_ns();
	mapped = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	(void)*mapped;
	munmap((void *)mapped, PAGE);
	note(act, MAP, since);
	shared->seen[act].rounds++;
}

static void run_meter(void)
{
	struct sched_param highest = { .sched_priority = 99 };
	char *private, *page;
	uint64_t at;
	int fd;

	follow_parent();
	page = map_file(FILE_PAGES);
	private = map_anon(1);
	fd = open(file_path, O_RDONLY | O_CLOEXEC);
	if (mlockall(MCL_CURRENT | MCL_ONFAULT) || munlock(private, PAGE) ||
	    munlock(page, FILE_PAGES * PAGE) ||
	    sched_setscheduler(0, SCHED_FIFO, &highest))
		_exit(1);
	atomic_store(&shared->ready, true);
	for (at = now_ns();;) {
		at += PERIOD_NS;
		/* It was late: what it missed is no news. */
		if (now_ns() > at)
			at = now_ns() + PERIOD_NS;
		measure_once(private, page, fd, at);
	}
}

/*
 * The busy process
 */

static void run_busy(void)
{
	follow_parent();
	memset(anon, 1, ANON_PAGES * PAGE);
	memset(shmem, 1, SHMEM_PAGES * PAGE);
	madvise(file, FILE_PAGES * PAGE, MADV_POPULATE_READ);
	atomic_store(&shared->ready, true);
	for (;;) {
		((volatile char *)anon)[pick(ANON_PAGES) * PAGE]++;
		((volatile char *)shmem)[pick(SHMEM_PAGES) * PAGE]++;
		(void)((volatile char *)file)[pick(FILE_PAGES) * PAGE];
	}
}

static pid_t start(void (*run)(void))
{
	pid_t pid;

	fflush(stdout);
	atomic_store(&shared->ready, false);
	pid = fork();
	if (!pid) {
		run();
		_exit(1);
	}
	while (!atomic_load(&shared->ready)) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			ksft_exit_fail_msg("a process did not start\n");
		nap(1000);
	}
	return pid;
}

static void start_busy(void)
{
	busy = start(run_busy);
	busy_fd = open_pid(busy);
}

/*
 * Acts
 */

static struct bpf_object *object[2], *failing;
static struct bpf_link *link_to[2];

static struct bpf_object *load(const char *path)
{
	struct bpf_object *o = bpf_object__open_file(path, NULL);

	if (!o || bpf_object__load(o))
		ksft_exit_fail_msg("%s cannot be loaded\n", path);
	return o;
}

static struct bpf_map *ops_of(struct bpf_object *o)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, o)
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			return map;
	return NULL;
}

static bool nothing(void)
{
	nap(1000000);
	return true;
}

static bool create(void)
{
	bool good = true;
	int i, fd;

	for (i = 0; i < 20; i++) {
		fd = create_handler("clock", 64 * MIB);
		good &= fd >= 0;
		close(fd);
	}
	first = create_handler("clock", 0);
	second = create_handler("clock", 0);
	return good && first >= 0 && second >= 0;
}

static bool give(int handler, char *start, size_t pages)
{
	return attach(handler, busy_fd, (uintptr_t)start, pages * PAGE, 0, 0);
}

static bool attach_anon(void)
{
	return give(first, anon, ANON_PAGES);
}

static bool move_anon(void)
{
	return give(second, anon, ANON_PAGES);
}

static bool detach_anon(void)
{
	return detach(busy_fd, (uintptr_t)anon, ANON_PAGES * PAGE);
}

static bool attach_file(void)
{
	return give(first, file, FILE_PAGES);
}

static bool move_file(void)
{
	return give(second, file, FILE_PAGES);
}

static bool detach_file(void)
{
	return detach(busy_fd, (uintptr_t)file, FILE_PAGES * PAGE);
}

static bool attach_shmem(void)
{
	return give(first, shmem, SHMEM_PAGES);
}

static bool detach_shmem(void)
{
	return detach(busy_fd, (uintptr_t)shmem, SHMEM_PAGES * PAGE);
}

static bool attach_all(void)
{
	return attach(first, busy_fd, 0, 0, 0, 0);
}

static bool register_policy(void)
{
	link_to[0] = bpf_map__attach_struct_ops(ops_of(object[0]));
	link_to[1] = bpf_map__attach_struct_ops(ops_of(failing));
	return link_to[0] && link_to[1];
}

static bool set_policy(int handler, const char *policy)
{
	struct mm_policy_set set = { .size = sizeof(set), .what = MM_POLICY_SET_POLICY };

	snprintf(set.policy, sizeof(set.policy), "%s", policy);
	return !call(handler, MM_POLICY_SET, &set);
}

static bool change_policy(void)
{
	return set_policy(first, "nru");
}

static bool update_policy(void)
{
	return !bpf_link__update_map(link_to[0], ops_of(object[1]));
}

static bool eject(void)
{
	struct mm_policy_reclaim reclaim = { .size = sizeof(reclaim), .bytes = PAGE };
	struct mm_policy_info info = { .size = sizeof(info) };

	if (!set_policy(first, "fails"))
		return false;
	call(first, MM_POLICY_RECLAIM, &reclaim);
	nap(100000);
	return !call(first, MM_POLICY_INFO, &info) && info.exit == MM_POLICY_EXIT_ERROR;
}

static bool unregister(void)
{
	return set_policy(first, "nru") && !bpf_link__destroy(link_to[0]) &&
	       !bpf_link__destroy(link_to[1]);
}

static bool switch_off(void)
{
	return put("/sys/kernel/mm/policy/enabled", "0") &&
	       put("/sys/kernel/mm/policy/enabled", "1");
}

static bool end_busy(void)
{
	kill(busy, SIGKILL);
	return waitpid(busy, NULL, 0) == busy;
}

static bool close_all(void)
{
	bool good = !close(first) && !close(second);

	nap(300000);
	return good;
}

/*
 * Judging
 */

/* Do it while the meter runs; the number of what was seen. */
static unsigned int watch(bool (*act)(void), bool *good)
{
	unsigned int number = ++nr_acts;
	uint64_t since;

	atomic_store(&shared->act, number);
	since = now_ns();
	*good = act();
	shared->seen[number].took = now_ns() - since;
	nap(10000);
	atomic_store(&shared->act, 0);
	return number;
}

static void judge(const char *name, bool (*act)(void), unsigned int without)
{
	const struct seen *seen, *base = &shared->seen[without];
	unsigned int what;
	bool good, short_enough = true;

	seen = &shared->seen[watch(act, &good)];
	if (!good)
		ksft_print_msg("%s: %s\n", name, strerror(errno));
	for (what = 0; what < NR_WHATS; what++) {
		ksft_print_msg("%s: %s %llu us, without %llu us\n", name, what_names[what],
			       seen->longest[what] / 1000ULL, base->longest[what] / 1000ULL);
		if (seen->longest[what] >= base->longest[what] + MOST_NS)
			short_enough = false;
	}
	ksft_print_msg("%s: took %llu us, %llu rounds\n", name, seen->took / 1000ULL,
		       (unsigned long long)seen->rounds);
	ksft_test_result(good && short_enough && seen->rounds > 10,
			 "%s: nobody else waits 1 ms longer\n", name);
}

static void prepare(const char *policies, const char *fails)
{
	char path[300];
	int i;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	board = calloc(1, sizeof(*board));
	anon = map_anon(ANON_PAGES);
	madvise(anon, ANON_PAGES * PAGE, MADV_NOHUGEPAGE);
	file = map_file(FILE_PAGES);
	shmem = mmap(NULL, SHMEM_PAGES * PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED || !board || shmem == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	snprintf(path, sizeof(path), "%s/nru.link.bpf.o", policies);
	for (i = 0; i < 2; i++)
		object[i] = load(path);
	failing = load(fails);
}

int main(int argc, char **argv)
{
	unsigned int idle, end;
	bool good;

	ksft_print_header();
	if (argc != 4)
		ksft_exit_fail_msg("usage: pause FILE POLICIES FAILS\n");
	file_path = argv[1];
	prepare(argv[2], argv[3]);
	ksft_set_plan(18);

	start(run_meter);
	start_busy();
	/* The meter's own first time is longer. */
	watch(nothing, &good);
	idle = watch(nothing, &good);
	end = watch(end_busy, &good);
	start_busy();

	judge("create", create, idle);
	judge("attach, anonymous", attach_anon, idle);
	judge("move, anonymous", move_anon, idle);
	judge("detach, anonymous", detach_anon, idle);
	judge("attach, file", attach_file, idle);
	judge("move, file", move_file, idle);
	judge("detach, file", detach_file, idle);
	judge("attach, shared memory", attach_shmem, idle);
	judge("detach, shared memory", detach_shmem, idle);
	judge("attach all", attach_all, idle);
	judge("register", register_policy, idle);
	judge("change the policy", change_policy, idle);
	judge("update the policy", update_policy, idle);
	judge("eject", eject, idle);
	judge("unregister", unregister, idle);
	judge("end", end_busy, end);
	start_busy();
	if (!attach_all())
		ksft_exit_fail_msg("attach: %s\n", strerror(errno));
	judge("switch off", switch_off, idle);
	judge("close", close_all, idle);
	ksft_finished();
}
