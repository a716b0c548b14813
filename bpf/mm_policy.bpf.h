/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a policy needs of the kernel's interface: include this first.
 *
 * The structures are those of the kernel's <linux/mm_policy_ops.h>, where each is
 * described; libbpf matches their members by name with the running kernel's.
 */
#ifndef MM_POLICY_BPF_H
#define MM_POLICY_BPF_H

#include <stdbool.h>
#include <linux/bpf.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define PAGE_SHIFT	12

#define MM_POLICY_SPACE_SHIFT	44
#define MM_POLICY_INDEX_MASK	((1ULL << MM_POLICY_SPACE_SHIFT) - 1)

enum mm_policy_fault_kind {
	MM_POLICY_FIRST_TOUCH = 1,
	MM_POLICY_REFAULT,
	MM_POLICY_FILE_PAGE,
	MM_POLICY_COPY_ON_WRITE,
};

#define MM_POLICY_FAULT_WRITE	(1U << 0)
#define MM_POLICY_FAULT_EXEC	(1U << 1)
#define MM_POLICY_FAULT_MAJOR	(1U << 2)
#define MM_POLICY_FAULT_AHEAD	(1U << 3)
#define MM_POLICY_FAULT_AROUND	(1U << 4)

/*
 * flags of a policy: of pages that were read ahead and are mapped at once, prefetch() is
 * told the last only
 */
#define MM_POLICY_RUNS		(1U << 0)

enum mm_policy_gone_why {
	MM_POLICY_GONE_EVICTED = 1,
	MM_POLICY_GONE_UNMAPPED,
};

enum mm_policy_select_why {
	MM_POLICY_FOR_LIMIT = 1,
	MM_POLICY_FOR_CGROUP,
	MM_POLICY_FOR_MEMORY,
	MM_POLICY_FOR_REQUEST,
};

#define MM_POLICY_PAGE_YOUNG	(1U << 0)
#define MM_POLICY_PAGE_DIRTY	(1U << 1)
#define MM_POLICY_PAGE_ANON	(1U << 2)
#define MM_POLICY_PAGE_SHMEM	(1U << 3)
#define MM_POLICY_PAGE_SHARED	(1U << 4)
#define MM_POLICY_PAGE_LOCKED	(1U << 5)
#define MM_POLICY_PAGE_EXEC	(1U << 6)

#define MM_POLICY_WALK_AGE	(1U << 0)
#define MM_POLICY_WALK_WRAP	(1U << 1)

#define __relocated __attribute__((preserve_access_index))

struct mm_policy_handler {
	__u32 id;
	__u64 limit;
	__u64 args[8];
	char arg[64];
	__u64 priv[8];
} __relocated;

struct mm_policy_space {
	__u32 id;
	__u32 tag;
	__s32 pid;
} __relocated;

struct mm_policy_fault {
	__u64 page;
	__u64 start;
	__u64 end;
	__u32 kind;
	__u32 flags;
	__u32 tag;
	__u32 hint;
	__u64 distance;
} __relocated;

struct mm_policy_gone {
	__u64 page;
	__u64 nr;
	__u32 why;
} __relocated;

struct mm_policy_select {
	__u64 wanted;
	__u64 held;
	__s32 node;
	__u32 why;
	__u64 fault;
} __relocated;

struct mm_policy_page {
	__u64 page;
	__u32 nr;
	__u32 flags;
	__u32 tag;
	__s32 node;
} __relocated;

struct mm_policy_ahead {
	__u64 room;
} __relocated;

struct mm_policy_exit {
	__u32 kind;
	char message[128];
} __relocated;

struct mm_policy_ops {
	int (*init)(struct mm_policy_handler *h);
	void (*exit)(struct mm_policy_handler *h, struct mm_policy_exit *why);
	int (*attach)(struct mm_policy_handler *h, struct mm_policy_space *space);
	void (*detach)(struct mm_policy_handler *h, struct mm_policy_space *space);
	void (*fault)(struct mm_policy_handler *h, struct mm_policy_fault *f);
	void (*gone)(struct mm_policy_handler *h, struct mm_policy_gone *g);
	int (*select)(struct mm_policy_handler *h, struct mm_policy_select *s);
	int (*prefetch)(struct mm_policy_handler *h, struct mm_policy_fault *f,
			struct mm_policy_ahead *a);
	__u32 flags;
	__u32 timeout;
	__u32 batch;
	char name[16];
};

/*
 * select() only.
 *
 * mm_policy_evict(): take this page out of memory. 0: accepted; a negative errno:
 * not accepted: -ENOENT it is not resident, -EBUSY it is pinned, locked or in
 * another's hands at the moment, -EXDEV it is on another NUMA node than asked for,
 * -EDQUOT nothing more is wanted or the time is over, -EFAULT there can be no such page
 * (counts against the policy).
 */
int mm_policy_evict(struct mm_policy_select *s, __u64 page) __ksym;

/*
 * mm_policy_look(): a resident page's MM_POLICY_PAGE_* flags, or a negative errno.
 * With @age its accessed bit is cleared.
 */
int mm_policy_look(struct mm_policy_select *s, __u64 page, bool age) __ksym;

/*
 * The handler's resident pages in the order of their names, from @from (0: the
 * first; it need not be resident) on. @walk: MM_POLICY_WALK_*. Ends early when the
 * budget of the call is spent.
 */
struct bpf_iter_mm_policy_page {
	__u64 opaque[4];
};

int bpf_iter_mm_policy_page_new(struct bpf_iter_mm_policy_page *it,
				struct mm_policy_select *s, __u64 from, __u32 walk) __ksym;
struct mm_policy_page *bpf_iter_mm_policy_page_next(struct bpf_iter_mm_policy_page *it) __ksym;
void bpf_iter_mm_policy_page_destroy(struct bpf_iter_mm_policy_page *it) __ksym;

/*
 * Any function: count @times, but no longer than the budget of the call. Instead of
 * bpf_loop() and bpf_for(), which nobody can stop and which are refused.
 */
struct bpf_iter_mm_policy_times {
	__u64 opaque;
};

int bpf_iter_mm_policy_times_new(struct bpf_iter_mm_policy_times *it, __u32 times) __ksym;
__u32 *bpf_iter_mm_policy_times_next(struct bpf_iter_mm_policy_times *it) __ksym;
void bpf_iter_mm_policy_times_destroy(struct bpf_iter_mm_policy_times *it) __ksym;

/*
 * prefetch() only: read @nr pages from @page on, as far as they belong to the same
 * mapping as the faulting page, are not resident, and there is room. Returns how
 * many were taken (0: no room, or nothing to read), or -EFAULT: no such page in
 * this mapping (counts against the policy).
 */
int mm_policy_read_ahead(struct mm_policy_ahead *a, __u64 page, __u32 nr) __ksym;

/*
 * What follows is for comfort.
 *
 * In a loop of any of these three kinds the verifier must see that nothing new
 * comes of going round once more. So keep what changes from round to round (a
 * count, the best page yet) in h->priv or in a map, not in a local variable.
 */

/* The destructors are mentioned once more, as clang forgets their types otherwise. */

/* for_each_page(p, s, from, walk) { ... }: leave it with break, not with return. */
#define for_each_page(p, s, from, walk)							\
	for (struct bpf_iter_mm_policy_page __it					\
		__attribute__((aligned(8), cleanup(bpf_iter_mm_policy_page_destroy))),	\
	     *__ready __attribute__((unused)) =						\
		(bpf_iter_mm_policy_page_new(&__it, s, from, walk),			\
		 (void)bpf_iter_mm_policy_page_destroy, (void *)0);			\
	     ((p) = bpf_iter_mm_policy_page_next(&__it));)

/* for_each_time(i, n) { ... }: i counts from 0 to n - 1. Leave it with break. */
#define for_each_time(i, n)								\
	for (struct bpf_iter_mm_policy_times __times					\
		__attribute__((aligned(8), cleanup(bpf_iter_mm_policy_times_destroy))),	\
	     *__begun __attribute__((unused)) =						\
		(bpf_iter_mm_policy_times_new(&__times, n),				\
		 (void)bpf_iter_mm_policy_times_destroy, (void *)0);			\
	     ({ __u32 *__i = bpf_iter_mm_policy_times_next(&__times);			\
		__i ? ((i) = *__i, true) : false; });)

/* repeat(n) { ... }: the same without a number. */
#define repeat(n)									\
	for (struct bpf_iter_mm_policy_times __times					\
		__attribute__((aligned(8), cleanup(bpf_iter_mm_policy_times_destroy))),	\
	     *__begun __attribute__((unused)) =						\
		(bpf_iter_mm_policy_times_new(&__times, n),				\
		 (void)bpf_iter_mm_policy_times_destroy, (void *)0);			\
	     bpf_iter_mm_policy_times_next(&__times);)

/*
 * MM_POLICY(name) = { ... }: the policy itself. It stays registered until somebody
 * unregisters it; compiled with -DMM_POLICY_LINK, as long as its link exists.
 */
#ifdef MM_POLICY_LINK
#define MM_POLICY_SECTION	".struct_ops.link"
#else
#define MM_POLICY_SECTION	".struct_ops"
#endif
#define MM_POLICY(name)		SEC(MM_POLICY_SECTION) struct mm_policy_ops name

/*
 * Maps are shared by all handlers of a policy, and names of pages are unique only
 * in a handler: a key needs both.
 */
struct mm_policy_key {
	__u64 page;
	__u64 handler;
};

#endif /* MM_POLICY_BPF_H */
