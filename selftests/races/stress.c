// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts workers and disturbers, tells how they get on, stops them, and looks at what
 * is left. See races.h.
 *
 *	stress SECONDS
 *
 * SEED=	repeat the chances of an earlier run
 * ONLY=	only these disturbers, by name, with spaces between
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <bpf/bpf.h>

#include "races.h"
#include "kselftest.h"

#define ROOT		"/sys/fs/cgroup"
#define PROGRESS	10	/* seconds */
#define SLOW		40	/* seconds without a beat that are told */
#define STALL		600	/* ... that are a failure */
#define NOMINAL		1200	/* seconds that struct op::least is for */

static const struct {
	const struct disturber *disturber;
	unsigned int instances;
} all[] = {
	{ &registrar, 1 },
	{ &attacher, 2 },
	{ &forker, 2 },
	{ &mapper, 2 },
	{ &cgroups, 1 },
	{ &swapper, 1 },
	{ &compactor, 1 },
	{ &ksm, 1 },
	{ &thp, 1 },
	{ &numa, 1 },
	{ &hotplug, 1 },
	{ &oom, 1 },
	{ &switcher, 1 },
	{ &reader, 1 },
};

struct process {
	const char *name;
	pid_t pid;		/* 0: ended */
	unsigned long beats;
	time_t beat;		/* when they last changed */
	bool slow;		/* that has been told */
	bool worker;
};

/* What there is of something, before and after */
struct left {
	unsigned int maps, links, programs;
	long anon, mlocked, unevictable, slab, tables;
};

static struct process process[MAX_TARGETS];
static bool taken[ARRAY_LEN(all)];

static time_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/*
 * Disturbers
 */

static bool can(const struct op *op)
{
	return !op->can || op->can();
}

/* Operations are dealt, so that each has its turn. */
static unsigned int deal(const struct disturber *d)
{
	static unsigned char deck[256];
	static unsigned int left;
	unsigned int i, j, at, op;

	if (!left) {
		for (i = 0; i < d->nr_ops; i++)
			for (j = 0; can(&d->ops[i]) && j < d->ops[i].cards; j++)
				deck[left++] = i;
	}
	at = pick(left);
	op = deck[at];
	deck[at] = deck[--left];
	return op;
}

static void disturb(unsigned int number)
{
	const struct disturber *d = all[number].disturber;
	struct count *count;
	unsigned int op;

	if (d->begin)
		d->begin();
	atomic_store(&self->pid, getpid());
	while (!stopped()) {
		op = deal(d);
		count = &board->count[number][op];
		atomic_fetch_add(&count->tried, 1);
		if (d->ops[op].run())
			atomic_fetch_add(&count->done, 1);
		atomic_fetch_add(&self->beats, 1);
		nap(pick(2 * d->pause_us));
	}
	if (d->end)
		d->end();
}

static void enter_group(void)
{
	if (!put(ROOT "/races/all/cgroup.procs", "0"))
		die("cannot enter the control group");
}

static void start(const char *name, bool worker, unsigned int number)
{
	unsigned int slot = board->nr_targets++;
	pid_t pid;

	fflush(stdout);
	self = &board->target[slot];
	pid = fork();
	if (!pid) {
		follow_parent();
		enter_group();
		random_begin(slot);
		if (worker)
			_exit(worker_run(number));
		disturb(number);
		_exit(0);
	}
	if (pid < 0)
		ksft_exit_fail_msg("fork: %s\n", strerror(errno));
	process[slot] = (struct process){ name, pid, 0, now(), false, worker };
}

static bool is_wanted(unsigned int number)
{
	const struct disturber *d = all[number].disturber;
	const char *only = getenv("ONLY");
	const char *at;
	size_t length = strlen(d->name);

	for (at = only ? strstr(only, d->name) : NULL; at; at = strstr(at + 1, d->name))
		if ((at == only || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			break;
	return (!only || at) && (!d->wants || d->wants());
}

static void start_all(void)
{
	unsigned int i, j;

	for (i = 0; i < ARRAY_LEN(all); i++)
		taken[i] = is_wanted(i);
	for (i = 0; i < WORKERS; i++)
		start("worker", true, i);
	/* Others need to know where their areas are */
	for (i = 0; i < WORKERS; i++)
		while (!atomic_load(&board->target[i].pid) && !atomic_load(&board->complaints))
			nap(10000);
	for (i = 0; i < ARRAY_LEN(all); i++)
		for (j = 0; taken[i] && j < all[i].instances; j++)
			start(all[i].disturber->name, false, i);
}

/*
 * Watching them
 */

static void print_file(const char *path)
{
	char text[3000], *line, *rest = text;

	if (!get(path, text, sizeof(text)))
		return;
	while ((line = strsep(&rest, "\n")) && *line)
		ksft_print_msg("  %s\n", line);
}

/* "PID (COMM) STATE ..." */
static bool is_of_interest(const char *stat)
{
	const char *comm = strchr(stat, '('), *state = strrchr(stat, ')');

	return comm && state && (!strncmp(comm, "(stress", 7) || state[2] == 'D');
}

/* Where all threads of the stress are, and whoever else waits for something */
static void show_stacks(void)
{
	char path[60], stat[300];
	glob_t found;
	size_t i;

	if (glob("/proc/[0-9]*/task/*", 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		snprintf(path, sizeof(path), "%.40s/stat", found.gl_pathv[i]);
		if (!get(path, stat, sizeof(stat)) || !is_of_interest(stat))
			continue;
		ksft_print_msg("%.60s\n", stat);
		snprintf(path, sizeof(path), "%.40s/stack", found.gl_pathv[i]);
		print_file(path);
	}
	globfree(&found);
}

static void report(unsigned int seconds)
{
	unsigned int i, op;
	char line[1200];
	size_t at;

	ksft_print_msg("%u s, held by veterans and others: %ld kB\n", seconds,
		       number_in("/proc/meminfo", "Managed"));
	for (i = 0; i < ARRAY_LEN(all); i++) {
		const struct disturber *d = all[i].disturber;

		if (!taken[i])
			continue;
		at = snprintf(line, sizeof(line), "%s:", d->name);
		for (op = 0; op < d->nr_ops && at < sizeof(line); op++) {
			const struct count *count = &board->count[i][op];

			at += snprintf(line + at, sizeof(line) - at, "%s %s %lu/%lu",
				       op ? "," : "", d->ops[op].name,
				       atomic_load(&count->done), atomic_load(&count->tried));
		}
		ksft_print_msg("  %s\n", line);
	}
	fflush(stdout);
}

/* Who has ended? Too early is too early. */
static void reap(bool early)
{
	unsigned int i;
	int status;

	for (i = 0; i < board->nr_targets; i++) {
		struct process *p = &process[i];

		if (!p->pid || waitpid(p->pid, &status, WNOHANG) != p->pid)
			continue;
		p->pid = 0;
		if (early || !ended_well(status))
			complain("%s %u ended%s: %s %d", p->name, i, early ? " early" : "",
				 WIFSIGNALED(status) ? "signal" : "status",
				 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
}

static void look_for_stalls(void)
{
	bool stalled = false;
	unsigned int i;

	for (i = 0; i < board->nr_targets; i++) {
		unsigned long beats = atomic_load(&board->target[i].beats);
		struct process *p = &process[i];

		if (beats != p->beats) {
			p->beats = beats;
			p->beat = now();
			p->slow = false;
		} else if (p->pid && now() - p->beat > STALL) {
			complain("%s %u, process %d, does not get on", p->name, i, p->pid);
			p->beat = now();
			stalled = true;
		} else if (p->pid && now() - p->beat > SLOW && !p->slow) {
			ksft_print_msg("%s %u, process %d, has not moved for %u s\n", p->name, i,
				       p->pid, SLOW);
			p->slow = true;
			stalled = true;
		}
	}
	if (stalled)
		show_stacks();
}

/* How often a disturber must have done something */
static unsigned long least_of(const struct op *op)
{
	unsigned long least = op->least * board->seconds / NOMINAL;

	return least ? least : 1;
}

static bool did_enough(const struct op *op, unsigned long done)
{
	return !can(op) || done >= least_of(op);
}

static bool all_did_enough(void)
{
	unsigned int i, op;

	for (i = 0; i < ARRAY_LEN(all); i++)
		for (op = 0; taken[i] && op < all[i].disturber->nr_ops; op++)
			if (!did_enough(&all[i].disturber->ops[op],
					atomic_load(&board->count[i][op].done)))
				return false;
	return true;
}

/* On a busy machine all of it takes longer: so many times, at most. */
#define LONGEST	2

static bool is_over(time_t begin)
{
	time_t took = now() - begin;

	if (took < board->seconds)
		return false;
	return took >= LONGEST * board->seconds || all_did_enough();
}

static void watch(void)
{
	time_t begin = now(), next = begin + PROGRESS;

	while (!is_over(begin) && !atomic_load(&board->complaints)) {
		nap(100000);
		reap(true);
		look_for_stalls();
		if (now() < next)
			continue;
		report(now() - begin);
		next += PROGRESS;
	}
}

static bool is_there(bool workers)
{
	unsigned int i;

	for (i = 0; i < board->nr_targets; i++)
		if (process[i].pid && process[i].worker == workers)
			return true;
	return false;
}

static void each_handler(void (*run)(int handler))
{
	struct mm_policy_next next = { .size = sizeof(next) };
	struct mm_policy_open open = { .size = sizeof(open) };
	int fd = control(), handler;

	while (!call(fd, MM_POLICY_NEXT, &next)) {
		open.id = next.id;
		handler = control();
		if (!call(handler, MM_POLICY_OPEN, &open))
			run(handler);
		close(handler);
	}
	close(fd);
}

static void lift_limit(int handler)
{
	struct mm_policy_set s = { .size = sizeof(s), .what = MM_POLICY_SET_LIMIT };

	call(handler, MM_POLICY_SET, &s);
}

/*
 * A dozen processes that came to share 2 MiB, and fork, bring each other's pages back once
 * in a second. So that they end in time they may have more, now that all was tried.
 */
static void await(bool workers)
{
	time_t begin = now();
	unsigned int i;

	for (i = 0; is_there(workers) && now() < begin + STALL; i++) {
		if (i % 50 == 0)
			each_handler(lift_limit);
		nap(20000);
		reap(false);
	}
	if (!is_there(workers))
		return;
	show_stacks();
	for (i = 0; i < board->nr_targets; i++) {
		if (!process[i].pid || process[i].worker != workers)
			continue;
		complain("%s %u, process %d, does not end", process[i].name, i, process[i].pid);
		kill(process[i].pid, SIGKILL);
	}
}

/*
 * What is left
 */

static unsigned int number_of(int (*next)(__u32, __u32 *))
{
	unsigned int nr = 0;
	__u32 id = 0;

	while (!next(id, &id))
		nr++;
	return nr;
}

static struct left what_is_left(void)
{
	put("/proc/sys/vm/drop_caches", "3");
	put("/proc/sys/vm/stat_refresh", "1");
	return (struct left){
		.maps = number_of(bpf_map_get_next_id),
		.links = number_of(bpf_link_get_next_id),
		.programs = number_of(bpf_prog_get_next_id),
		.anon = number_in("/proc/meminfo", "AnonPages"),
		.mlocked = number_in("/proc/meminfo", "Mlocked"),
		.unevictable = number_in("/proc/meminfo", "Unevictable"),
		.slab = number_in("/proc/meminfo", "SUnreclaim"),
		.tables = number_in("/proc/meminfo", "PageTables"),
	};
}

static struct mm_policy_info info_of(int fd)
{
	struct mm_policy_info info = { .size = sizeof(info) };
	int err = call(fd, MM_POLICY_INFO, &info);

	if (err)
		ksft_exit_fail_msg("MM_POLICY_INFO: %s\n", strerror(-err));
	return info;
}

/* A veteran that nobody answers to holds nothing, of no kind. */
static void test_nothing_held(void)
{
	struct mm_policy_info info;
	bool good = true;
	int i, tries;

	for (i = 0; i < VETERANS; i++) {
		for (tries = 0; tries < 50; tries++) {
			info = info_of(veteran[i]);
			if (!info.spaces && !info.held)
				break;
			nap(100000);
		}
		if (!info.spaces && !info.held && !info.held_anon && !info.held_file &&
		    !info.held_shmem)
			continue;
		good = false;
		ksft_print_msg("handler %u: %u spaces, %llu: %llu anon, %llu file, %llu shmem\n",
			       info.id, info.spaces, info.held, info.held_anon, info.held_file,
			       info.held_shmem);
	}
	ksft_test_result(good, "when nobody answers to it, a handler holds nothing\n");
}

static bool holds(int fd, const char *kind, char *start, size_t pages)
{
	struct mm_policy_info info;
	bool good;

	fill(start, pages, 1);
	good = attach(fd, -1, (uintptr_t)start, pages * PAGE, 0, 0);
	info = info_of(fd);
	munmap(start, pages * PAGE);
	good &= detach(-1, 0, 0);
	if (good && info.held == pages * PAGE &&
	    info.held_anon + info.held_file + info.held_shmem == pages * PAGE)
		return true;
	ksft_print_msg("handler %u, %zu pages of %s: %llu, %llu anon, %llu file, %llu shmem\n",
		       info.id, pages, kind, info.held / PAGE, info.held_anon / PAGE,
		       info.held_file / PAGE, info.held_shmem / PAGE);
	return false;
}

/* Sums below zero are shown as zero: with something on top they are not hidden. */
static void test_exact(void)
{
	const int how = PROT_READ | PROT_WRITE;
	const size_t pages = 512;
	struct mm_policy_set set = {
		.size = sizeof(set),
		.what = MM_POLICY_SET_POLICY | MM_POLICY_SET_LIMIT,
		.policy = "clock",
	};
	char path[200];
	bool good = true;
	int i, fd;

	snprintf(path, sizeof(path), "%s/exact", files_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, pages * PAGE))
		ksft_exit_fail_msg("%s: %s\n", path, strerror(errno));
	for (i = 0; i < VETERANS; i++) {
		good &= !call(veteran[i], MM_POLICY_SET, &set);
		good &= holds(veteran[i], "anonymous memory", map_anon(pages), pages);
		good &= holds(veteran[i], "a file",
			      mmap(NULL, pages * PAGE, how, MAP_SHARED, fd, 0), pages);
		good &= holds(veteran[i], "shared memory",
			      mmap(NULL, pages * PAGE, how, MAP_SHARED | MAP_ANONYMOUS, -1, 0),
			      pages);
	}
	close(fd);
	unlink(path);
	ksft_test_result(good, "it holds exactly what is mapped then\n");
}

static bool no_handlers(void)
{
	struct mm_policy_next next = { .size = sizeof(next) };
	int fd = control(), err = call(fd, MM_POLICY_NEXT, &next);

	close(fd);
	return err == -ENOENT;
}

static void show_handler(int handler)
{
	struct mm_policy_info info = info_of(handler);

	ksft_print_msg("handler %u: %s, exit %u, %u spaces, %llu held\n", info.id, info.policy,
		       info.exit, info.spaces, info.held);
}

static bool none_held(void)
{
	return !number_in("/proc/meminfo", "Managed");
}

static bool no_policies(void)
{
	struct mm_policy_entry entry = { .size = sizeof(entry), .index = 1 };
	int fd = control(), err = call(fd, MM_POLICY_ENTRY, &entry);

	if (!err)
		ksft_print_msg("there is still %s\n", entry.name);
	close(fd);
	return err == -ENOENT;
}

/* Workers of the kernel need their time for the end of things. */
static bool soon(bool (*condition)(void))
{
	int tries;

	for (tries = 0; tries < 100 && !condition(); tries++)
		nap(100000);
	return condition();
}

static struct left before;

static bool bpf_is_as_before(void)
{
	struct left after = what_is_left();

	return after.maps == before.maps && after.links == before.links &&
	       after.programs == before.programs;
}

static bool is_near(const char *what, long was, long is, long slack)
{
	ksft_print_msg("%s: %ld kB before, %ld kB after\n", what, was, is);
	return is - was <= slack && was - is <= slack;
}

static void test_memory(void)
{
	struct left after = what_is_left();
	bool good;

	good = is_near("AnonPages", before.anon, after.anon, 8192);
	good &= is_near("Mlocked", before.mlocked, after.mlocked, 256);
	good &= is_near("Unevictable", before.unevictable, after.unevictable, 256);
	good &= is_near("SUnreclaim", before.slab, after.slab, 32768);
	good &= is_near("PageTables", before.tables, after.tables, 2048);
	ksft_test_result(good, "memory is as before\n");
}

static void test_disturber(unsigned int number)
{
	const struct disturber *d = all[number].disturber;
	unsigned long done;
	bool good = true;
	unsigned int op;

	for (op = 0; op < d->nr_ops; op++) {
		done = atomic_load(&board->count[number][op].done);
		if (did_enough(&d->ops[op], done))
			continue;
		ksft_print_msg("%s: %s: %lu of %lu tries, %lu are the least\n", d->name,
			       d->ops[op].name, done,
			       atomic_load(&board->count[number][op].tried),
			       least_of(&d->ops[op]));
		good = false;
	}
	ksft_test_result(good, "%s did enough of everything\n", d->name);
}

static void test_complaints(void)
{
	unsigned int i, nr = atomic_load(&board->complaints);

	for (i = 0; i < nr && i < MAX_COMPLAINTS; i++)
		ksft_print_msg("%s\n", board->complaint[i]);
	ksft_test_result(!nr, "all found what they had written, and ended when told\n");
}

/*
 * All of it
 */

/* One always has a handler: see may_patch(). */
static void make_groups(void)
{
	put(ROOT "/cgroup.subtree_control", "+memory");
	if (mkdir(ROOT "/races", 0755) ||
	    !put(ROOT "/races/cgroup.subtree_control", "+memory") ||
	    mkdir(ROOT "/races/all", 0755) || mkdir(ROOT "/races/always", 0755) ||
	    !put(ROOT "/races/always/memory.policy", "clock"))
		ksft_exit_fail_msg("no control groups: %s\n", strerror(errno));
}

static bool drop_groups(void)
{
	static const char * const groups[] = {
		ROOT "/races/always", ROOT "/races/all", ROOT "/races",
	};
	bool good = true;
	unsigned int i;
	int tries;

	for (i = 0; i < ARRAY_LEN(groups); i++) {
		for (tries = 0; tries < 100 && rmdir(groups[i]); tries++)
			nap(100000);
		good &= tries < 100;
	}
	return good;
}

static const char *needed(const char *name)
{
	const char *value = getenv(name);

	if (!value || !*value)
		ksft_exit_fail_msg("%s is not set\n", name);
	return value;
}

static void make_board(const char *seconds)
{
	struct timespec time;
	int i;

	board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		     -1, 0);
	if (board == MAP_FAILED)
		ksft_exit_fail_msg("no memory\n");
	clock_gettime(CLOCK_REALTIME, &time);
	board->seconds = strtoul(seconds, NULL, 0);
	board->seed = getenv("SEED") ? strtoull(getenv("SEED"), NULL, 0) :
				       (unsigned long long)time.tv_nsec;
	ksft_print_msg("SEED=%llu\n", (unsigned long long)board->seed);
	random_begin(9999);
	put("/sys/kernel/mm/lru_gen/enabled", "%c", chance(50) ? 'y' : 'n');
	put("/sys/kernel/tracing/events/mm_policy/enable", "%d", (int)pick(2));
	for (i = 0; i < VETERANS; i++) {
		veteran[i] = create_handler("clock", (8 + 4 * i) * MIB);
		if (veteran[i] < 0)
			ksft_exit_fail_msg("no handler: %s\n", strerror(errno));
	}
}

#define OTHER_TESTS	9

static void judge(void)
{
	unsigned int i, nr = OTHER_TESTS;
	bool none;

	for (i = 0; i < ARRAY_LEN(all); i++)
		nr += taken[i];
	ksft_set_plan(nr);
	test_complaints();
	for (i = 0; i < ARRAY_LEN(all); i++)
		if (taken[i])
			test_disturber(i);
	test_nothing_held();
	test_exact();
	for (i = 0; i < VETERANS; i++)
		close(veteran[i]);
	ksft_test_result(drop_groups(), "the control groups can be removed\n");
	none = soon(no_handlers);
	if (!none) {
		each_handler(show_handler);
		show_stacks();
	}
	ksft_test_result(none, "no handler is left\n");
	ksft_test_result(soon(none_held), "nothing is managed\n");
	ksft_test_result(soon(no_policies), "no policy is left\n");
	ksft_test_result(soon(bpf_is_as_before), "no program, map or link is left\n");
	test_memory();
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "--touch"))
		return touch_run(strtoull(argv[2], NULL, 10));
	if (argc != 2)
		ksft_exit_fail_msg("usage: stress SECONDS\n");

	ksft_print_header();
	policies_dir = needed("RACES_POLICIES");
	files_dir = needed("RACES_FILES");
	swap_area[0] = getenv("RACES_SWAP1");
	swap_area[1] = getenv("RACES_SWAP2");
	put("/proc/self/oom_score_adj", "-1000");
	make_groups();
	before = what_is_left();
	make_board(argv[1]);

	start_all();
	watch();
	atomic_store(&board->stop, true);
	await(false);
	atomic_store(&board->rest, true);
	await(true);
	report(board->seconds);
	judge();
	ksft_print_cnts();
	return ksft_get_fail_cnt() ? KSFT_FAIL : KSFT_PASS;
}
