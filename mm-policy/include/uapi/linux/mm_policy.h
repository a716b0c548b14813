/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * Paging policies per task: what user space says to /dev/mm_policy.
 *
 * An open file becomes a handler (one live instance of a policy) by
 * MM_POLICY_CREATE or MM_POLICY_OPEN; the other calls act on that handler, or,
 * where the comment says so, need none. A handler lives as long as a file or an
 * address space refers to it. poll() tells EPOLLPRI once the policy has been
 * ejected.
 *
 * Each argument begins with its own size. The kernel takes a shorter one as if the
 * rest were zero, and refuses a longer one with E2BIG unless the rest is zero.
 * Unknown flags are EINVAL.
 */
#ifndef _UAPI_LINUX_MM_POLICY_H
#define _UAPI_LINUX_MM_POLICY_H

#include <linux/const.h>
#include <linux/ioctl.h>
#include <linux/types.h>

#define MM_POLICY_NAME_LEN	16	/* with the final zero, as all lengths here */
#define MM_POLICY_ARG_LEN	64
#define MM_POLICY_MESSAGE_LEN	128
#define MM_POLICY_NR_ARGS	8

/**
 * struct mm_policy_create - make this file a new handler
 * @size:   sizeof(struct mm_policy_create)
 * @flags:  must be 0
 * @policy: a registered policy's name; "clock" is always there
 * @limit:  bytes that the handler may hold, rounded up to pages; 0: no limit
 * @args:   numbers for the policy, which it finds in its handler
 * @arg:    text for the policy
 * @id:     out: the handler's number
 * @pad:    must be 0
 *
 * EBUSY: the file is a handler already. ENOENT: no such policy. EPERM: the
 * policy is not open to the caller. EDQUOT: the user has too many handlers.
 */
struct mm_policy_create {
	__u32 size;
	__u32 flags;
	char policy[MM_POLICY_NAME_LEN];
	__u64 limit;
	__u64 args[MM_POLICY_NR_ARGS];
	char arg[MM_POLICY_ARG_LEN];
	__u32 id;
	__u32 pad;
};

/**
 * struct mm_policy_open - make this file a handle on an existing handler
 * @size: sizeof(struct mm_policy_open)
 * @id:   the handler's number
 *
 * Its creator may, and whoever has CAP_SYS_ADMIN. ESRCH: no such handler, or another's.
 * EBUSY: the file is a handler already.
 */
struct mm_policy_open {
	__u32 size;
	__u32 id;
};

/* struct mm_policy_attach::flags */
#define MM_POLICY_ATTACH_EXEC	_BITUL(0)	/* whole process: stays over exec */
#define MM_POLICY_ATTACH_ALONE	_BITUL(1)	/* whole process: children do not inherit */

/**
 * struct mm_policy_attach - let a process or a range answer to this handler
 * @size:   sizeof(struct mm_policy_attach)
 * @flags:  MM_POLICY_ATTACH_*
 * @pidfd:  the process; -1: the caller's own
 * @tag:    a number of the caller's that the policy sees with each page
 * @start:  first address, at a page's edge
 * @length: bytes, whole pages; with @start 0: the whole process, and what it maps
 *          from now on
 *
 * What answered to another handler moves to this one. In a whole process,
 * mappings that cannot be managed (devices, hugetlb, DAX, secret memory) stay as
 * they are; a range that has one is refused with EOPNOTSUPP, and one with a hole
 * with ENOMEM. A range is attached whole or not at all: with too many mappings, or no
 * memory for another, it is ENOMEM too.
 *
 * EACCES: the caller has no right to trace the process. EPERM: it answers to a handler
 * that the caller may not open, or is sealed, or policies are switched off. ENOTCONN:
 * the file is no handler. ENOSPC: the process has too many handlers and tags.
 */
struct mm_policy_attach {
	__u32 size;
	__u32 flags;
	__s32 pidfd;
	__u32 tag;
	__u64 start;
	__u64 length;
};

/**
 * struct mm_policy_detach - let a process or a range be as without a policy
 * @size:   sizeof(struct mm_policy_detach)
 * @flags:  must be 0
 * @pidfd:  the process; -1: the caller's own
 * @pad:    must be 0
 * @start:  first address
 * @length: bytes; with @start 0: the whole process
 *
 * Needs no handler: whichever the range answers to. Ranges without one are
 * passed over.
 */
struct mm_policy_detach {
	__u32 size;
	__u32 flags;
	__s32 pidfd;
	__u32 pad;
	__u64 start;
	__u64 length;
};

/* struct mm_policy_set::what */
#define MM_POLICY_SET_POLICY	_BITUL(0)
#define MM_POLICY_SET_LIMIT	_BITUL(1)
#define MM_POLICY_SET_ARGS	_BITUL(2)
#define MM_POLICY_SET_ARG	_BITUL(3)

/**
 * struct mm_policy_set - change this handler while its tasks run
 * @size:   sizeof(struct mm_policy_set)
 * @what:   MM_POLICY_SET_*: which of the following count
 * @policy: move to this policy; an ejected handler becomes a living one again
 * @limit:  as in struct mm_policy_create; what is held beyond a lower one goes at once
 * @args:   all numbers
 * @arg:    the text
 */
struct mm_policy_set {
	__u32 size;
	__u32 what;
	char policy[MM_POLICY_NAME_LEN];
	__u64 limit;
	__u64 args[MM_POLICY_NR_ARGS];
	char arg[MM_POLICY_ARG_LEN];
};

/**
 * struct mm_policy_reclaim - page out now what the policy chooses
 * @size:  sizeof(struct mm_policy_reclaim)
 * @flags: must be 0
 * @bytes: in: how much is wanted; out: how much was got
 */
struct mm_policy_reclaim {
	__u32 size;
	__u32 flags;
	__u64 bytes;
};

/* Why a policy no longer answers: struct mm_policy_info::exit */
enum mm_policy_exit_kind {
	MM_POLICY_EXIT_NONE,		/* it answers */
	MM_POLICY_EXIT_UNREGISTERED,	/* by bpftool or the loader's end */
	MM_POLICY_EXIT_SWITCHED_OFF,	/* by sysfs or SysRq */
	MM_POLICY_EXIT_BAD_PAGES,	/* it proposed what it may not */
	MM_POLICY_EXIT_SHORTFALL,	/* it gave too little, too often */
	MM_POLICY_EXIT_TIMEOUT,		/* it ran too long */
	MM_POLICY_EXIT_ERROR,		/* it returned what makes no sense */
	MM_POLICY_EXIT_THRASH,		/* it took what was needed next, again and again */
};

/* struct mm_policy_info::stat: counters since the handler was made, in pages
 * unless said otherwise. New ones come at the end.
 */
enum mm_policy_stat {
	MM_POLICY_STAT_FAULTS,		/* pages mapped by faults: all kinds */
	MM_POLICY_STAT_MAJOR,		/* ... that waited for a device */
	MM_POLICY_STAT_FIRST,		/* ... never touched before */
	MM_POLICY_STAT_REFAULTS,	/* ... that were paged out before */
	MM_POLICY_STAT_COW,		/* ... copied on write */
	MM_POLICY_STAT_EVICTED,		/* paged out: mappings removed */
	MM_POLICY_STAT_EVICTED_POLICY,	/* ... chosen by the policy */
	MM_POLICY_STAT_EVICTED_CLOCK,	/* ... chosen by the kernel's clock */
	MM_POLICY_STAT_WRITTEN,		/* written to swap or file on the way */
	MM_POLICY_STAT_SELECTS,		/* calls of select(), not pages */
	MM_POLICY_STAT_SHORTFALLS,	/* calls that found nothing where the clock did */
	MM_POLICY_STAT_REFUSED,		/* proposals that could not be evicted */
	MM_POLICY_STAT_INVALID,		/* proposals that no policy may make */
	MM_POLICY_STAT_OVERRUNS,	/* beyond the limit and what may be on its way out */
	MM_POLICY_STAT_PREFETCHED,	/* read ahead by the policy */
	MM_POLICY_STAT_PREFETCH_USED,	/* ... and touched */
	MM_POLICY_STAT_PREFETCH_WASTED,	/* ... and dropped untouched */
	MM_POLICY_STAT_PREFETCH_REFUSED,/* ... for lack of room or of a page to read */
	MM_POLICY_STAT_SELECT_NS,	/* nanoseconds in select() */
	MM_POLICY_STAT_PRESSURE,	/* evicted for global or cgroup pressure */
	MM_POLICY_STAT_EJECTIONS,	/* policies ejected from this handler */
	MM_POLICY_NR_STATS
};

#define MM_POLICY_NR_DISTANCES	24

/**
 * struct mm_policy_info - what this handler is, and how it does
 * @size:     sizeof(struct mm_policy_info); out: how much the kernel filled in
 * @id:       the handler's number
 * @policy:   its policy; after an ejection the policy that was
 * @exit:     enum mm_policy_exit_kind
 * @uid:      its creator
 * @message:  why it was ejected, for a person
 * @limit:    bytes; 0: none
 * @held:     bytes mapped in managed ranges
 * @held_anon: ... of private pages
 * @held_file: ... of files
 * @held_shmem: ... of shared memory
 * @laundry:  bytes paged out that are still being written
 * @ahead:    bytes read ahead and not yet touched
 * @spaces:   address spaces (and tags) that answer to it
 * @flags:    MM_POLICY_ENTRY_* of its policy
 * @args:     its numbers
 * @arg:      its text
 * @stat:     by enum mm_policy_stat
 * @distance: refaults by the logarithm (base 2) of how many evictions lay between
 */
struct mm_policy_info {
	__u32 size;
	__u32 id;
	char policy[MM_POLICY_NAME_LEN];
	__u32 exit;
	__u32 uid;
	char message[MM_POLICY_MESSAGE_LEN];
	__u64 limit;
	__u64 held;
	__u64 held_anon;
	__u64 held_file;
	__u64 held_shmem;
	__u64 laundry;
	__u64 ahead;
	__u32 spaces;
	__u32 flags;
	__u64 args[MM_POLICY_NR_ARGS];
	char arg[MM_POLICY_ARG_LEN];
	__u64 stat[32];
	__u64 distance[MM_POLICY_NR_DISTANCES];
};

/**
 * struct mm_policy_next - walk the handlers that the caller may open
 * @size: sizeof(struct mm_policy_next)
 * @id:   in: a number; out: the next greater one in use. ENOENT: there is none.
 *
 * Needs no handler.
 */
struct mm_policy_next {
	__u32 size;
	__u32 id;
};

/* struct mm_policy_entry::flags */
#define MM_POLICY_ENTRY_BUILTIN	_BITUL(0)	/* in C, part of the kernel */
#define MM_POLICY_ENTRY_OPEN	_BITUL(1)	/* open to everybody */
#define MM_POLICY_ENTRY_GROUP	_BITUL(2)	/* open to @gid */
#define MM_POLICY_ENTRY_MAY_USE	_BITUL(3)	/* the caller may use it */

/* struct mm_policy_entry::ops */
#define MM_POLICY_OP_INIT	_BITUL(0)
#define MM_POLICY_OP_EXIT	_BITUL(1)
#define MM_POLICY_OP_ATTACH	_BITUL(2)
#define MM_POLICY_OP_DETACH	_BITUL(3)
#define MM_POLICY_OP_FAULT	_BITUL(4)
#define MM_POLICY_OP_GONE	_BITUL(5)
#define MM_POLICY_OP_SELECT	_BITUL(6)
#define MM_POLICY_OP_PREFETCH	_BITUL(7)

/**
 * struct mm_policy_entry - one registered policy
 * @size:     sizeof(struct mm_policy_entry)
 * @index:    in: 0, 1, ...; ENOENT: no more
 * @name:     its name
 * @flags:    MM_POLICY_ENTRY_*
 * @gid:      the group that it is open to
 * @ops:      MM_POLICY_OP_*: what it has
 * @handlers: how many handlers use it
 *
 * Needs no handler.
 */
struct mm_policy_entry {
	__u32 size;
	__u32 index;
	char name[MM_POLICY_NAME_LEN];
	__u32 flags;
	__u32 gid;
	__u32 ops;
	__u32 handlers;
};

/**
 * struct mm_policy_allow - open a policy to others than the administrator
 * @size:  sizeof(struct mm_policy_allow)
 * @flags: MM_POLICY_ENTRY_OPEN, MM_POLICY_ENTRY_GROUP, or 0: to nobody
 * @name:  the policy
 * @gid:   for MM_POLICY_ENTRY_GROUP
 * @pad:   must be 0
 *
 * Needs CAP_SYS_ADMIN, and no handler.
 */
struct mm_policy_allow {
	__u32 size;
	__u32 flags;
	char name[MM_POLICY_NAME_LEN];
	__u32 gid;
	__u32 pad;
};

/**
 * struct mm_policy_hint - what the calling thread is doing, for its policy
 * @size: sizeof(struct mm_policy_hint)
 * @hint: a number that policies see with each fault of this thread
 *
 * Needs no handler.
 */
struct mm_policy_hint {
	__u32 size;
	__u32 hint;
};

#define MM_POLICY_IOC_MAGIC	0xBC
#define MM_POLICY_CREATE	_IOWR(MM_POLICY_IOC_MAGIC, 0, struct mm_policy_create)
#define MM_POLICY_OPEN		_IOW(MM_POLICY_IOC_MAGIC, 1, struct mm_policy_open)
#define MM_POLICY_ATTACH	_IOW(MM_POLICY_IOC_MAGIC, 2, struct mm_policy_attach)
#define MM_POLICY_DETACH	_IOW(MM_POLICY_IOC_MAGIC, 3, struct mm_policy_detach)
#define MM_POLICY_SET		_IOW(MM_POLICY_IOC_MAGIC, 4, struct mm_policy_set)
#define MM_POLICY_RECLAIM	_IOWR(MM_POLICY_IOC_MAGIC, 5, struct mm_policy_reclaim)
#define MM_POLICY_INFO		_IOWR(MM_POLICY_IOC_MAGIC, 6, struct mm_policy_info)
#define MM_POLICY_NEXT		_IOWR(MM_POLICY_IOC_MAGIC, 7, struct mm_policy_next)
#define MM_POLICY_ENTRY		_IOWR(MM_POLICY_IOC_MAGIC, 8, struct mm_policy_entry)
#define MM_POLICY_ALLOW		_IOW(MM_POLICY_IOC_MAGIC, 9, struct mm_policy_allow)
#define MM_POLICY_HINT		_IOW(MM_POLICY_IOC_MAGIC, 10, struct mm_policy_hint)

#endif /* _UAPI_LINUX_MM_POLICY_H */
