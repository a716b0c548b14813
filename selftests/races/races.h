/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything at once: what the parts of the program 'stress' share.
 *
 * Workers know what each of their pages holds and look at it all the time.
 * Disturbers do what may happen to workers, to one another, and to the system: each
 * is a process that deals its operations like cards, so that after a while it has
 * done each of them. What one says of itself is on the board, memory that all share.
 */
#ifndef RACES_H
#define RACES_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/mm_policy.h>

#define PAGE		4096UL
#define KIB		(1UL << 10)
#define MIB		(1UL << 20)
#define ARRAY_LEN(a)	(sizeof(a) / sizeof((a)[0]))

#define WORKERS		4
#define THREADS		2	/* of a worker */
#define VETERANS	4	/* handlers that live from the beginning to the end */
#define MAX_TARGETS	40	/* processes that others may attach */
#define MAX_AREAS	8
#define MAX_DISTURBERS	24
#define MAX_OPS		24
#define MAX_COMPLAINTS	16

/**
 * struct op - something that a disturber does
 * @name: for people
 * @run: does it; true: it did
 * @cards: how often in a round
 * @least: successes in 20 minutes without which the test has not tested it
 * @can: false: not on this machine; NULL: it can be done everywhere
 */
struct op {
	const char *name;
	bool (*run)(void);
	unsigned int cards;
	unsigned int least;
	bool (*can)(void);
};

/**
 * struct disturber - a process that disturbs
 * @name: for people
 * @pause_us: between two operations, on average
 * @begin: what it does first; may be NULL
 * @end: what it does last; may be NULL
 * @ops: what it does
 * @nr_ops: how many
 * @wants: false: not on this machine; may be NULL
 */
struct disturber {
	const char *name;
	unsigned int pause_us;
	void (*begin)(void);
	void (*end)(void);
	const struct op *ops;
	unsigned int nr_ops;
	bool (*wants)(void);
};

extern const struct disturber registrar, attacher, forker, mapper, cgroups, swapper,
	compactor, ksm, thp, numa, hotplug, oom, switcher, reader;

struct range {
	uintptr_t start;
	size_t length;
};

/* A process that others may attach */
struct target {
	_Atomic pid_t pid;
	_Atomic unsigned long beats;	/* it is alive */
	struct range area[MAX_AREAS];
	unsigned int nr_areas;
};

struct count {
	_Atomic unsigned long tried, done;
};

struct board {
	uint64_t seed;
	unsigned int seconds;
	_Atomic bool stop;		/* disturbers */
	_Atomic bool rest;		/* workers, later */
	struct target target[MAX_TARGETS];
	unsigned int nr_targets;
	_Atomic pid_t newborn;		/* the forker's last child */
	struct count count[MAX_DISTURBERS][MAX_OPS];
	_Atomic unsigned int complaints;
	char complaint[MAX_COMPLAINTS][256];
};

extern struct board *board;
extern struct target *self;		/* this process; NULL: none */
extern int veteran[VETERANS];

/* Where things are */
extern const char *policies_dir;	/* of the policies' objects */
extern const char *files_dir;		/* on a disk */
extern const char *swap_area[2];

/* random.c and others' common ground: common.c */
void random_begin(uint64_t number);
uint64_t pick(uint64_t below);
bool chance(unsigned int percent);
uint64_t mix(uint64_t a, uint64_t b);

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);
__attribute__((format(printf, 1, 2))) void complain(const char *format, ...);
bool stopped(void);
void nap(unsigned int us);
void follow_parent(void);		/* into death */
bool ended_well(int status);
bool may_patch(void);			/* the kernel's code, under way */

bool put(const char *path, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool get(const char *path, char *text, size_t size);
bool swallow(const char *path);		/* read it all and forget it */
long number_in(const char *path, const char *name);	/* "NAME: 12" or "NAME 12"; -1 */

/* Policies and handlers */
extern const char * const policy_names[];
extern const unsigned int nr_policy_names;
const char *any_policy(void);
int control(void);			/* /dev/mm_policy */
int call(int fd, unsigned long request, void *arg);	/* 0 or a negative errno */
int create_handler(const char *policy, uint64_t limit);	/* a file; -1 */
uint64_t any_limit(bool wide);
bool attach(int fd, int pidfd, uintptr_t start, size_t length, uint32_t flags, uint32_t tag);
bool detach(int pidfd, uintptr_t start, size_t length);
int open_pid(pid_t pid);		/* a pidfd */
const struct target *any_target(void);
const struct target *any_worker(void);
struct range any_range(const struct target *target);	/* of an area of it, whole pages */

/* Pages that know what they hold: content.c */
struct area {
	const char *name;
	char *start;
	size_t pages;
	uint64_t seed;
	uint16_t *version;	/* of each page; 0: it is zero */
	bool twins;		/* many pages are alike */
	int file;		/* that it is shared with; -1: none */
};

void page_write(struct area *area, size_t page);
bool page_check(const struct area *area, size_t page);	/* complains */
bool bytes_check(const struct area *area, size_t page, const char *bytes);
void *map_anon(size_t pages);
void fill(void *start, size_t pages, uint64_t seed);
bool intact(const char *who, const void *start, size_t pages, uint64_t seed);

int worker_run(unsigned int number);
int touch_run(uint64_t seed);		/* what the forker executes */

#endif
