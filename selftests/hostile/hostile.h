/* SPDX-License-Identifier: GPL-2.0-only */
/* Loading policies that mean harm, and the tasks that meet them. */
#ifndef HOSTILE_H
#define HOSTILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/mm_policy.h>

#define PAGE		4096UL

/* What a victim does besides writing and checking its pages: task.c */
enum task_kind {
	TASK_PLAIN,
	TASK_THREADS,		/* in four threads at once */
	TASK_UNMAPS,		/* its first half goes, and another comes */
	TASK_DETACHES,		/* its first pages answer to nobody in the end */
	TASK_LOCKS,		/* some are locked */
	TASK_PINS,		/* some are pinned */
	TASK_FORKS,		/* a child does the same */
	TASK_LOOPS,		/* reads all of it upwards, and nothing else answers */
	TASK_COPIES,		/* needs two pages and its code for one instruction */
};

#define UNTIL_TOLD	UINT32_MAX	/* rounds, with threads */

/* What a task and this program tell each other, in shared memory */
struct report {
	/* in: */
	uint32_t kind;
	uint32_t pages;
	uint32_t rounds;
	uint32_t go;		/* on with the second part, or to the end */
	/* out: */
	uint32_t attached;	/* 1, or a negative errno */
	uint32_t done;		/* parts */
	uint32_t turns;
	uint32_t wrong;		/* words that were not as written */
	uint32_t moved;		/* locked, pinned or detached pages that were taken */
	uint32_t faults;
	uint32_t longest_us;	/* between two turns */
	uint64_t area;		/* a bystander's pages: where they are */
};

/* load.c: all of NAME.bpf.o beside this program, as libbpf does it */
struct bpf_object;
struct bpf_map;
struct bpf_link;

struct policy {
	struct bpf_object *object;
	struct bpf_map *map;
	struct bpf_link *link;
	char log[1 << 16];
};

/* 0 or a negative errno; why it was refused is in @log then. */
int policy_load(struct policy *policy, const char *object);
int policy_register(struct policy *policy);
void policy_unregister(struct policy *policy);
void policy_close(struct policy *policy);
/* With a link: @other takes the place of what is registered. */
int policy_update(struct policy *policy, const struct policy *other);
uint64_t policy_variable(const struct policy *policy, const char *map, size_t offset);
const char *beside_us(const char *name);
/* Is a policy of this name registered? Without a name: any but the clock? */
bool policy_is_there(const char *name);

/* guests.c: handlers and tasks */
int handler_create(const char *policy, uint64_t limit);
/* @args: MM_POLICY_NR_ARGS numbers, or NULL */
int handler_create_with(const char *policy, uint64_t limit, const uint64_t *args);
int handler_set_policy(int fd, const char *policy);
int handler_info(int fd, struct mm_policy_info *info);
/* Is the ejection told by poll()? */
bool handler_rings(int fd);
unsigned int handlers_there(void);
long meminfo_kb(const char *field);
bool is_slow_kernel(void);		/* it checks itself, and allows policies more time */

struct task {
	pid_t pid;
	struct report *report;
};

void tasks_begin(void);
/* @handler: its file, or -1 */
void task_start(struct task *task, int handler, enum task_kind kind, uint32_t pages,
		uint32_t rounds);
void bystander_start(struct task *task, int handler, uint32_t pages, int cpu);
/* Until it has done so many parts. False: not in this time, or it ended before. */
bool task_wait(struct task *task, uint32_t done, unsigned int seconds);
/* Its exit status, or a negative signal number; it is killed when the time is up. */
int task_end(struct task *task, unsigned int seconds);
uint64_t now_us(void);
/* Tries until it is true, or the time is over. */
bool until(bool (*is)(void *), void *what, unsigned int seconds);

/* bystanders.c: one without a policy, and one under the clock */
void bystanders_start(void);
/* For a handler's args: the first page of each, and how many pages it has */
void bystanders_places(uint64_t *args);
void bystanders_note(void);
/* Since then they had no faults, lost no pages, and did not have to wait. */
void bystanders_check(void);
/* Nobody else has a handler or holds anything. */
void bystanders_are_alone(void);
/* They end well, and after them nothing is held and no policy is registered. */
bool bystanders_end(void);

/* Of the test that is running; complain() says why not. */
extern bool good;
__attribute__((format(printf, 1, 2)))
void complain(const char *format, ...);

#endif /* HOSTILE_H */
