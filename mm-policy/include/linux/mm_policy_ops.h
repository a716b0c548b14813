/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paging policies per task: what a policy sees, and what it may do.
 *
 * A policy is a struct mm_policy_ops, registered by BPF struct_ops. It says which
 * pages leave memory and which are read ahead; everything else is the kernel's.
 */
#ifndef _LINUX_MM_POLICY_OPS_H
#define _LINUX_MM_POLICY_OPS_H

#include <linux/bits.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <uapi/linux/mm_policy.h>

/*
 * A page's name, as policies know it: the number of the address space among its
 * handler's (never 0), and the page's number in it. Neighbours in an address space
 * differ by 1. What kind of object the upper part numbers is open: files may
 * follow.
 */
#define MM_POLICY_SPACE_SHIFT	44
#define MM_POLICY_INDEX_MASK	((1ULL << MM_POLICY_SPACE_SHIFT) - 1)
#define MM_POLICY_MAX_SPACE	((1U << (64 - MM_POLICY_SPACE_SHIFT)) - 1)

static inline u64 mm_policy_page_name(u32 space, unsigned long addr)
{
	return (u64)space << MM_POLICY_SPACE_SHIFT | addr >> PAGE_SHIFT;
}

static inline unsigned long mm_policy_page_addr(u64 page)
{
	return (page & MM_POLICY_INDEX_MASK) << PAGE_SHIFT;
}

static inline u32 mm_policy_page_space(u64 page)
{
	return page >> MM_POLICY_SPACE_SHIFT;
}

#define MM_POLICY_NR_PRIV	8

/**
 * struct mm_policy_handler - a live instance of a policy, as the policy sees it
 * @id:    its number, never 0 and not used again soon
 * @limit: pages that it may hold; 0: no limit
 * @args:  numbers that its user gave
 * @arg:   text that its user gave
 * @priv:  the policy's own; the only thing here that it may write. Zero at first.
 *         Each word is read and written whole; nothing else is promised when
 *         several tasks of the handler run at once.
 */
struct mm_policy_handler {
	u32 id;
	u64 limit;
	u64 args[MM_POLICY_NR_ARGS];
	char arg[MM_POLICY_ARG_LEN];
	u64 priv[MM_POLICY_NR_PRIV];
};

/**
 * struct mm_policy_space - an address space (and a tag in it) of a handler
 * @id:  its number in page names
 * @tag: what its user gave at the attach
 * @pid: of the process, as the initial namespace numbers it, when it was attached; of
 *       its parent if it was attached by fork()
 */
struct mm_policy_space {
	u32 id;
	u32 tag;
	s32 pid;
};

enum mm_policy_fault_kind {
	MM_POLICY_FIRST_TOUCH = 1,	/* a private or shared memory page's first use */
	MM_POLICY_REFAULT,		/* it was paged out before */
	MM_POLICY_FILE_PAGE,		/* a file's page, not known to be paged out before */
	MM_POLICY_COPY_ON_WRITE,	/* a copy of another page */
};

/* struct mm_policy_fault::flags */
#define MM_POLICY_FAULT_WRITE	BIT(0)
#define MM_POLICY_FAULT_EXEC	BIT(1)
#define MM_POLICY_FAULT_MAJOR	BIT(2)	/* waited for a device */
#define MM_POLICY_FAULT_AHEAD	BIT(3)	/* this page was read ahead before */
#define MM_POLICY_FAULT_AROUND	BIT(4)	/* mapped along with a page that was touched */

/**
 * struct mm_policy_fault - a page was mapped, or is about to be
 * @page:     its name
 * @start:    the first page of the mapping around it
 * @end:      the page behind the mapping's last
 * @kind:     enum mm_policy_fault_kind
 * @flags:    MM_POLICY_FAULT_*
 * @tag:      of its space
 * @hint:     what the faulting thread said that it does; 0: nothing
 * @distance: for a refault: how many evictions of the handler ago it was paged out,
 *            1 being the last; 0: not known
 */
struct mm_policy_fault {
	u64 page;
	u64 start;
	u64 end;
	u32 kind;
	u32 flags;
	u32 tag;
	u32 hint;
	u64 distance;
};

/*
 * struct mm_policy_ops::flags: of pages that were read ahead and are mapped at once,
 * @prefetch is told the last only, with MM_POLICY_FAULT_AROUND unless it is the one that
 * was touched. For policies that follow runs: it saves most of their calls.
 */
#define MM_POLICY_RUNS		BIT(0)

enum mm_policy_gone_why {
	MM_POLICY_GONE_EVICTED = 1,	/* by the policy or the kernel's clock */
	MM_POLICY_GONE_UNMAPPED,	/* munmap, MADV_DONTNEED, truncate, exit */
};

/**
 * struct mm_policy_gone - pages are mapped no longer
 * @page: the first one's name
 * @nr:   how many neighbours; not all of them need have been resident
 * @why:  enum mm_policy_gone_why
 */
struct mm_policy_gone {
	u64 page;
	u64 nr;
	u32 why;
};

enum mm_policy_select_why {
	MM_POLICY_FOR_LIMIT = 1,	/* the handler is at its limit */
	MM_POLICY_FOR_CGROUP,		/* a memory cgroup is at its limit */
	MM_POLICY_FOR_MEMORY,		/* the machine is short of frames */
	MM_POLICY_FOR_REQUEST,		/* somebody asked: memory.reclaim, kaku */
};

/**
 * struct mm_policy_select - a search for victims
 * @wanted: frames still wanted; each accepted page lowers it
 * @held:   frames that the handler held when the search began
 * @node:   only frames of this NUMA node help; -1: any does
 * @why:    enum mm_policy_select_why
 * @fault:  name of the page that is waiting for a frame; 0: none
 */
struct mm_policy_select {
	u64 wanted;
	u64 held;
	s32 node;
	u32 why;
	u64 fault;
};

/* struct mm_policy_page::flags */
#define MM_POLICY_PAGE_YOUNG	BIT(0)	/* accessed since the bit was last cleared */
#define MM_POLICY_PAGE_DIRTY	BIT(1)
#define MM_POLICY_PAGE_ANON	BIT(2)	/* private; neither ANON nor SHMEM: a file's */
#define MM_POLICY_PAGE_SHMEM	BIT(3)
#define MM_POLICY_PAGE_SHARED	BIT(4)	/* mapped more than once */
#define MM_POLICY_PAGE_LOCKED	BIT(5)	/* mlocked or pinned: evict() refuses it */
#define MM_POLICY_PAGE_EXEC	BIT(6)

/**
 * struct mm_policy_page - a resident page, as an iterator shows it
 * @page:  its name
 * @nr:    how many neighbours go with it: those of a huge mapping; else 1, even if a
 *         large folio's others go too
 * @flags: MM_POLICY_PAGE_*
 * @tag:   of its space
 * @node:  the NUMA node that it is on
 */
struct mm_policy_page {
	u64 page;
	u32 nr;
	u32 flags;
	u32 tag;
	s32 node;
};

/* Flags of the page iterator */
#define MM_POLICY_WALK_AGE	BIT(0)	/* clear the accessed bit of what is shown */
#define MM_POLICY_WALK_WRAP	BIT(1)	/* after the last page go on with the first */

/**
 * struct mm_policy_ahead - a chance to read ahead
 * @room: pages that may still be read
 */
struct mm_policy_ahead {
	u64 room;
};

/**
 * struct mm_policy_exit - why a policy leaves a handler
 * @kind:    enum mm_policy_exit_kind
 * @message: for a person
 */
struct mm_policy_exit {
	u32 kind;
	char message[MM_POLICY_MESSAGE_LEN];
};

/**
 * struct mm_policy_ops - a paging policy
 *
 * Every function is optional; without it the kernel does what is said under
 * 'default'. All are called under rcu_read_lock() and no spin lock, and none may
 * sleep; what else is held is said under 'locks'. Several tasks of a handler may be in
 * @fault, @gone and @prefetch at once; @select runs once at a time for a handler. None
 * is called for a handler before its @init has returned or after its @exit was called,
 * with one exception: a call that runs on another CPU at that time may still be ending.
 */
struct mm_policy_ops {
	/**
	 * @init: a handler begins to use the policy
	 *
	 * Called in the task that creates or moves the handler, or that updates the
	 * policy (then with @priv as the old one left it). Returning a negative
	 * errno refuses it. Locks: the mutex of all policies and handlers.
	 * Default: accepted.
	 */
	s32 (*init)(struct mm_policy_handler *h);

	/**
	 * @exit: the policy leaves the handler, for the reason given
	 *
	 * Called in the task that moves the handler or updates the policy, or in a
	 * worker. Locks: the mutex of all policies and handlers. Default: nothing.
	 */
	void (*exit)(struct mm_policy_handler *h, struct mm_policy_exit *why);

	/**
	 * @attach: an address space (or a new tag in it) begins to answer to the handler
	 *
	 * Called in the attaching or forking task, before any of its pages is
	 * managed. Returning a negative errno refuses the attach; a fork then goes
	 * without. Locks: the address space's mmap_lock, for writing. Default:
	 * accepted.
	 */
	s32 (*attach)(struct mm_policy_handler *h, struct mm_policy_space *space);

	/**
	 * @detach: an address space answers to the handler no longer
	 *
	 * Called in the task that detaches it, or that was the last to use it. Locks:
	 * its mmap_lock, for writing; none when it ends. Default: nothing.
	 */
	void (*detach)(struct mm_policy_handler *h, struct mm_policy_space *space);

	/**
	 * @fault: a page was mapped by a fault
	 *
	 * Called in the faulting task, after the fact. Locks: the mapping's or the
	 * mmap_lock, for reading. Default: nothing.
	 */
	void (*fault)(struct mm_policy_handler *h, struct mm_policy_fault *f);

	/**
	 * @gone: pages are mapped no longer
	 *
	 * Called in whatever task unmaps: for each page that was paged out, after the
	 * fact; and once for each range that its owner unmaps, before. Locks: the
	 * handler's own, as for @select, if it was paged out; else what the unmapping
	 * task has: the mmap_lock, the mapping's lock, or that of a file's mappings.
	 * Default: nothing.
	 */
	void (*gone)(struct mm_policy_handler *h, struct mm_policy_gone *g);

	/**
	 * @select: choose victims, by mm_policy_evict(), until nothing more is @wanted
	 *
	 * Called in any task or kernel thread that is short of frames: current says
	 * nothing, unless @fault is not 0: then it is the faulting task. Returning a
	 * negative errno ejects the policy; 0 without any victim lets the kernel's clock
	 * find some, and ejects the policy if that happens too often at its limit.
	 * Locks: the handler's own, which lets one search run at a time; the task may
	 * hold others, for it was somewhere in the kernel when it needed a frame.
	 * Default: the kernel's clock.
	 */
	s32 (*select)(struct mm_policy_handler *h, struct mm_policy_select *s);

	/**
	 * @prefetch: say what else to read with this page, by mm_policy_read_ahead()
	 *
	 * Called in the faulting task when a page must be read from a device, after
	 * its own read was submitted, and when a page that was read ahead is first
	 * touched (see MM_POLICY_RUNS). Replaces the kernel's own read-ahead in the
	 * range. Returning a negative errno ejects the policy. Locks: the mapping's or
	 * the mmap_lock, for reading. Default: the kernel's read-ahead.
	 */
	s32 (*prefetch)(struct mm_policy_handler *h, struct mm_policy_fault *f,
			struct mm_policy_ahead *a);

	/** @flags: MM_POLICY_RUNS, or 0 */
	u32 flags;

	/**
	 * @timeout: microseconds that @select may take; 0: 10000; at most 100000, and
	 * for others' sake, not for a limit of its own tasks, at most 10000
	 */
	u32 timeout;

	/** @batch: pages to select at once when at the limit; 0: by the limit, 1 to 32 */
	u32 batch;

	/** @name: letters, digits, '_', '-', '.' */
	char name[MM_POLICY_NAME_LEN];
};

/* What a policy may call: described where they are defined, in mm/policy/kfuncs.c */

struct bpf_iter_mm_policy_page {
	__u64 __opaque[4];
} __aligned(8);

struct bpf_iter_mm_policy_times {
	__u64 __opaque;
} __aligned(8);

int mm_policy_evict(struct mm_policy_select *s, u64 page);
int mm_policy_look(struct mm_policy_select *s, u64 page, bool age);
int mm_policy_read_ahead(struct mm_policy_ahead *a, u64 page, u32 nr);
int bpf_iter_mm_policy_page_new(struct bpf_iter_mm_policy_page *it,
				struct mm_policy_select *s, u64 from, u32 walk);
struct mm_policy_page *bpf_iter_mm_policy_page_next(struct bpf_iter_mm_policy_page *it);
void bpf_iter_mm_policy_page_destroy(struct bpf_iter_mm_policy_page *it);
int bpf_iter_mm_policy_times_new(struct bpf_iter_mm_policy_times *it, u32 times);
u32 *bpf_iter_mm_policy_times_next(struct bpf_iter_mm_policy_times *it);
void bpf_iter_mm_policy_times_destroy(struct bpf_iter_mm_policy_times *it);

#endif /* _LINUX_MM_POLICY_OPS_H */
