// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the bench 'peers' needs beside other people's programs: something that starts
 * them, measures, and looks after a bystander meanwhile; and a store on mmap (LMDB)
 * that is asked for records.
 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/mm_policy.h>
#include <lmdb.h>

#define PAGE		4096ul
#define VALUE		1900	/* bytes of a record: two in a page */
#define MOST_SCANS	8
#define SCANNING	1	/* what the policy 'hints' takes for it */

static void __attribute__((noreturn, format(printf, 1, 2))) die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (errno || *end || end == text)
		die("not a number: %s", text);
	return n;
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t chance(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	*state = x;
	return x * 0x2545f4914f6cdd1dull;
}

/*
 * A bystander: an urgent task that has nothing to do with any policy. Each period it
 * uses its pages, private ones and a file's, and this is how long it takes from the
 * moment that it was due. Nobody but the kernel can hold it up.
 */
#define PERIOD		1000000ull
#define BYSTANDER_PAGES	128

struct bystander {
	const char *file;
	volatile bool stop, ready;
	uint64_t jobs, ns, worst, faults;
};

static void *bystand(void *arg)
{
	struct sched_param urgent = { .sched_priority = 1 };
	size_t size = BYSTANDER_PAGES * PAGE, i;
	struct bystander *b = arg;
	struct rusage before, after;
	volatile char *own, *shared;
	uint64_t due;
	int fd;

	own = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	fd = open(b->file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %m", b->file);
	shared = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
	if (own == MAP_FAILED || shared == MAP_FAILED)
		die("mmap: %m");
	for (i = 0; i < size; i += PAGE)
		own[i] = shared[i];
	if (pthread_setschedparam(pthread_self(), SCHED_FIFO, &urgent))
		die("a bystander cannot be urgent");
	getrusage(RUSAGE_THREAD, &before);
	due = now() + PERIOD;
	b->ready = true;
	while (!b->stop) {
		struct timespec at = { due / 1000000000, due % 1000000000 };
		uint64_t took;

		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
		for (i = 0; i < size; i += PAGE)
			own[i] += shared[i];
		took = now() - due;
		b->jobs++;
		b->ns += took;
		if (took > b->worst)
			b->worst = took;
		do
			due += PERIOD;
		while (due < now());
	}
	getrusage(RUSAGE_THREAD, &after);
	b->faults = after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt;
	return NULL;
}

/* What a file of the control group says; of memory.stat, that brings it up to date. */
static uint64_t ask(const char *cgroup, const char *what)
{
	char path[256], text[8192];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", cgroup, what);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die("%s: %m", path);
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		die("%s: %m", path);
	close(fd);
	text[length] = '\0';
	return strtoull(text, NULL, 10);
}

static void enter(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die("%s: %m", path);
	close(fd);
}

/*
 * run FILE CGROUP INSIDE ROOT PROGRAM...: in that control group (if INSIDE is "in"),
 * with another root, so that nothing of the host is asked. FILE is the bystander's; "-":
 * there is none.
 */
static int run(char **argv)
{
	const char *file = argv[0], *cgroup = argv[1], *inside = argv[2], *root = argv[3];
	struct bystander b = { .file = file };
	bool has_bystander = strcmp(file, "-");
	struct timespec often = { .tv_nsec = 10000000 };
	struct rusage used;
	sigset_t children;
	uint64_t start, charged = 0, samples = 0;
	int status, pipes[2];
	pthread_t thread;
	pid_t child;
	char byte;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	if (pipe2(pipes, O_CLOEXEC))
		die("pipe: %m");
	child = fork();
	if (child < 0)
		die("fork: %m");
	if (!child) {
		sigprocmask(SIG_UNBLOCK, &children, NULL);
		if (read(pipes[0], &byte, 1) != 1)
			_exit(1);
		if (!strcmp(inside, "in"))
			enter(cgroup);
		if (chroot(root) || chdir("/"))
			die("%s: %m", root);
		execv(argv[4], argv + 4);
		die("%s: %m", argv[4]);
	}
	if (has_bystander && pthread_create(&thread, NULL, bystand, &b))
		die("no thread: %m");
	while (has_bystander && !b.ready)
		usleep(1000);
	start = now();
	if (write(pipes[1], "", 1) != 1)
		die("pipe: %m");
	while (wait4(child, &status, WNOHANG, &used) == 0) {
		sigtimedwait(&children, NULL, &often);
		ask(cgroup, "memory.stat");
		if (now() - start < 200000000)
			continue;	/* it is not full yet */
		charged += ask(cgroup, "memory.current") / PAGE;
		samples++;
	}
	start = now() - start;
	if (status) {
		if (WIFSIGNALED(status))
			die("%s: killed by signal %d", argv[4], WTERMSIG(status));
		die("%s: exit status %d", argv[4], WEXITSTATUS(status));
	}
	printf("time_ns=%llu\nfaults=%ld\nmajor=%ld\nmemory=%.6g\n",
	       (unsigned long long)start, used.ru_minflt + used.ru_majflt, used.ru_majflt,
	       samples ? (double)charged / samples : 0.);
	if (has_bystander) {
		b.stop = true;
		pthread_join(thread, NULL);
		printf("bystander_ns=%.6g\nbystander_worst=%llu\nbystander_faults=%llu\n",
		       (double)b.ns / b.jobs, (unsigned long long)b.worst,
		       (unsigned long long)b.faults);
	}
	return 0;
}

/* ------------------------------------------------------------------- a store on mmap */

static void must(int error, const char *what)
{
	if (error)
		die("%s: %s", what, mdb_strerror(error));
}

static MDB_env *store_open(const char *file, uint64_t records, unsigned int flags)
{
	MDB_env *env;

	must(mdb_env_create(&env), "mdb_env_create");
	must(mdb_env_set_mapsize(env, (records + 1024) * PAGE),
	     "mdb_env_set_mapsize");
	must(mdb_env_open(env, file, MDB_NOSUBDIR | MDB_NOLOCK | flags, 0644), file);
	return env;
}

static MDB_val key_of(char text[24], uint64_t which)
{
	snprintf(text, 24, "%010llu", (unsigned long long)which);
	return (MDB_val){ 10, text };
}

/* make FILE RECORDS */
static int make(char **argv)
{
	uint64_t records = number(argv[1]), state = 1;
	MDB_env *env = store_open(argv[0], records, 0);
	char text[24], value[VALUE];
	MDB_txn *txn;
	MDB_dbi dbi;

	must(mdb_txn_begin(env, NULL, 0, &txn), "begin");
	must(mdb_dbi_open(txn, NULL, 0, &dbi), "open");
	for (uint64_t i = 0; i < records; i++) {
		MDB_val key = key_of(text, i), data = { VALUE, value };

		for (size_t j = 0; j < VALUE; j += sizeof(uint64_t))
			memcpy(value + j, &(uint64_t){ chance(&state) }, sizeof(uint64_t));
		must(mdb_put(txn, dbi, &key, &data, MDB_APPEND), "put");
	}
	must(mdb_txn_commit(txn), "commit");
	mdb_env_close(env);
	return 0;
}

struct scan {
	MDB_env *env;
	MDB_dbi dbi;
	volatile bool stop;
	uint64_t records, sum;
};

static void hint(uint32_t what)
{
	struct mm_policy_hint hint = { .size = sizeof(hint), .hint = what };
	int fd = open("/dev/mm_policy", O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return;		/* stock */
	if (fd < 0 || ioctl(fd, MM_POLICY_HINT, &hint))
		die("cannot give a hint: %m");
	close(fd);
}

/* From the first record to the last, again and again */
static void *scan(void *arg)
{
	struct scan *s = arg;
	MDB_val key, data;
	MDB_cursor *cursor;
	MDB_txn *txn;

	hint(SCANNING);
	must(mdb_txn_begin(s->env, NULL, MDB_RDONLY, &txn), "begin");
	must(mdb_cursor_open(txn, s->dbi, &cursor), "cursor");
	while (!s->stop) {
		int error = mdb_cursor_get(cursor, &key, &data, MDB_NEXT);

		if (error == MDB_NOTFOUND)
			error = mdb_cursor_get(cursor, &key, &data, MDB_FIRST);
		must(error, "next");
		__sync_fetch_and_add(&s->sum, *(unsigned char *)data.mv_data);
		__sync_fetch_and_add(&s->records, 1);
	}
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	return NULL;
}

/* A thread's faults */
static uint64_t faults(void)
{
	struct rusage used;

	getrusage(RUSAGE_THREAD, &used);
	return used.ru_minflt + used.ru_majflt;
}

/*
 * serve FILE RECORDS GETS SCANS NAP [random]: the record of rank r with a weight of 1/r; the ranks
 * are all over the store, and between two the client thinks for so many microseconds.
 * So many other threads scan meanwhile. Half as many records more are asked for before
 * that counts. With "random" the kernel is told that there is no order (MADV_RANDOM).
 */
static int serve(char **argv)
{
	uint64_t records = number(argv[1]), gets = number(argv[2]), nr = number(argv[3]);
	unsigned int nap = number(argv[4]);
	unsigned int flags = MDB_RDONLY | MDB_NOTLS | (argv[5] ? MDB_NORDAHEAD : 0);
	struct scan s = { .env = store_open(argv[0], records, flags) };
	uint64_t state = 7, sum = 0, ns = 0, start, before = 0, scanned = 0;
	pthread_t threads[MOST_SCANS];
	char text[24];
	MDB_txn *txn;

	if (nr > MOST_SCANS)
		die("at most %d scans", MOST_SCANS);
	must(mdb_txn_begin(s.env, NULL, MDB_RDONLY, &txn), "begin");
	must(mdb_dbi_open(txn, NULL, 0, &s.dbi), "open");
	for (uint64_t i = 0; i < nr; i++)
		if (pthread_create(&threads[i], NULL, scan, &s))
			die("no thread: %m");
	for (uint64_t i = 0; i < gets + gets / 2; i++) {
		double u = (chance(&state) >> 11) / 9007199254740992.;
		uint64_t rank = exp(u * log(records + 1)) - 1;
		MDB_val key = key_of(text, rank * 7919 % records), data;

		if (i == gets / 2) {
			before = faults();
			scanned = s.records;
			ns = 0;
		}
		start = now();
		must(mdb_get(txn, s.dbi, &key, &data), "get");
		sum += *(unsigned char *)data.mv_data;
		ns += now() - start;
		if (nap)
			usleep(nap);
	}
	before = faults() - before;
	scanned = s.records - scanned;
	s.stop = true;
	for (uint64_t i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
	mdb_txn_abort(txn);
	printf("get_ns=%llu\nget_faults=%llu\nscanned=%llu\nsum=%llu\n",
	       (unsigned long long)ns, (unsigned long long)before,
	       (unsigned long long)scanned, (unsigned long long)(sum + s.sum));
	return 0;
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 6 && !strcmp(argv[1], "run"))
		return run(argv + 2);
	if (argc == 4 && !strcmp(argv[1], "make"))
		return make(argv + 2);
	if ((argc == 7 || (argc == 8 && !strcmp(argv[7], "random"))) &&
	    !strcmp(argv[1], "serve"))
		return serve(argv + 2);
	die("usage: peers run FILE|- CGROUP in|out ROOT PROGRAM [ARGUMENT...]\n"
	    "       peers make FILE RECORDS\n"
	    "       peers serve FILE RECORDS GETS SCANS NAP [random]");
}
