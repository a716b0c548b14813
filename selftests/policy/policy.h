/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For the tests of paging policies: handlers by plain ioctl()s, what /proc says of
 * them, memory that knows its own content, children, control groups and swap.
 *
 * What cannot be had is the test's end; only policy_*() calls return an errno.
 */
#ifndef POLICY_H
#define POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <linux/mm_policy.h>

#define PAGE		4096UL
#define MIB		(1UL << 20)
#define NOBODY		65534

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *format, ...);

/* /dev/mm_policy; a call returns 0 or a negative errno */
int policy_open(void);
int policy_call(int fd, unsigned long request, void *arg);
int policy_create(const char *policy, uint64_t limit);	/* a file, or dies */
int policy_try_create(int fd, const char *policy, uint64_t limit);
int policy_take(int fd, uint32_t id);
int policy_attach(int fd, int pidfd, const void *start, size_t length);
int policy_attach_as(int fd, int pidfd, const void *start, size_t length, uint32_t flags,
		     uint32_t tag);
int policy_detach(int pidfd, const void *start, size_t length);
int policy_set_limit(int fd, uint64_t limit);
int policy_set_policy(int fd, const char *policy);
int policy_allow(const char *policy, uint32_t flags, uint32_t gid);
long policy_reclaim(int fd, uint64_t bytes);		/* pages got */
struct mm_policy_info policy_info(int fd);
long policy_held(int fd);				/* pages */
uint64_t policy_stat(int fd, enum mm_policy_stat stat);
uint32_t policy_id(int fd);
int policy_entry(const char *name, struct mm_policy_entry *entry);
void policy_load(const char *object);			/* by the tree's bpftool */
void policy_unload(const char *name);
const char *policy_object(const char *name);		/* one of bpf/ */
const char *policy_own_object(const char *name);	/* one of this folder's */
bool policy_all_gone(void);		/* no handlers are left, and they hold nothing */

/* Memory */
void *map_anon(size_t pages);
void fill(void *area, size_t pages, unsigned int seed);
bool intact(const void *area, size_t pages, unsigned int seed);
void touch(const void *area, size_t pages);		/* read */
size_t resident(const void *area, size_t pages);	/* by /proc/self/pagemap */
uint64_t page_flags_of(const void *address);		/* /proc/kpageflags; 0: not there */

#define FLAG_ACTIVE	(1ULL << 6)
#define FLAG_UNEVICTABLE (1ULL << 18)
#define FLAG_THP	(1ULL << 22)
#define FLAG_MLOCKED	(1ULL << 33)

/* /proc. Numbers are pages unless said otherwise. */
int count_maps(pid_t pid, const void *start, size_t length);	/* mappings that overlap */
long mapped_in(pid_t pid, const void *start, size_t length);	/* Rss of whole mappings */
long managed_rss(pid_t pid);		/* Rss of mappings with "mp" in VmFlags */
bool is_managed(pid_t pid, const void *address);		/* "mp" in VmFlags */
uint32_t answers_to(pid_t pid, const void *address);	/* handler by mm_policy; 0: none */
uint32_t tag_of(pid_t pid, const void *address);
uint32_t default_of(pid_t pid);		/* handler of new mappings; 0: none */
long status_kb(pid_t pid, const char *name);
long meminfo_kb(const char *name);
long vmstat(const char *name);

/* Files */
bool write_text(const char *path, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
char *read_text(const char *path, char *text, size_t size);	/* NULL: cannot */
long named_number(const char *path, const char *name);		/* -1: not there */
void run(const char *format, ...) __attribute__((format(printf, 1, 2)));
int try_run(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Children that are told what to do, one number after the other */
struct child {
	pid_t pid;
	int pidfd;
	int to, from;
};

struct child child_start(void (*run)(struct child *parent, void *arg), void *arg);
void say(struct child *other, uint64_t what);
uint64_t hear(struct child *other);
uint64_t ask(struct child *other, uint64_t what);	/* say, hear */
int child_end(struct child *child);			/* waits: its wait status */
void become(uid_t uid);					/* for good */

/* Control groups, below the root */
void group_make(const char *name);
void group_enter(const char *name, pid_t pid);		/* 0: the caller */
bool group_write(const char *name, const char *file, const char *text);
long group_read(const char *name, const char *file);
long group_stat(const char *name, const char *file, const char *key);
void group_drop(const char *name);

/* A file system, at /mnt/ext4 */
void make_ext4(unsigned int mib);
void drop_ext4(void);

/* Swap, until the end of the test */
void swap_on_zram(unsigned int mib);
void swap_on_disk(unsigned int mib, unsigned int latency_us);
void swap_off(void);

/*
 * A child that fills memory, by @policy (NULL: none), in @group (NULL: the caller's),
 * with @handler (-1: one of its own), as @uid, and then answers to tell(): h(eld),
 * r(esident), c(ontent is as it was), p(aid for others), v (MADV_PAGEOUT).
 */
struct child hold(const char *policy, const char *group, size_t mib, int handler, uid_t uid);

long tell(struct child *child, char what);
bool end(struct child *child);			/* did it end well */

void set_mglru(bool on);
uint64_t now_us(void);
uint64_t cpu_us(void);			/* of this thread */
void drain_batches(void);		/* all CPUs' LRU and mlock batches */

#endif
