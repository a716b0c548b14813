/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the C of a policy, compiled for this machine, against a kernel that is made
 * of counters: one address space for each handler, pages without content, a clock
 * that a reference advances by a microsecond. It calls the policy as the kernel
 * does, with the same bounds, and counts what comes of it.
 *
 * It says whether a policy thinks right, not whether the verifier takes it.
 */
#ifndef SIMULATOR_H
#define SIMULATOR_H

#include "../../bpf/mm_policy.bpf.h"

#define MAX_MAPPINGS	16
#define MAX_AHEAD	256

struct page {
	bool resident, young, dirty, locked, ahead, known;
	__u64 evicted_at;	/* the handler's evictions then; 0: never */
	__u32 refaults;
};

struct mapping {
	__u64 start, end;	/* names of pages */
	__u32 tag;
	__s32 node;		/* of all its pages */
	bool file;		/* pages are read even when touched first */
	struct page *page;
};

struct simulation {
	void *object;		/* is never unloaded */
	const struct mm_policy_ops *ops;
	struct mm_policy_handler handler;
	struct mapping mapping[MAX_MAPPINGS];	/* by address */
	int nr_mappings;
	__u32 thread, hint;	/* whose touch is next, and what it says that it does */
	__u64 now;
	__u64 held;
	__u64 ahead[MAX_AHEAD];	/* pages read ahead, the oldest first */
	__u32 nr_ahead;

	/* What came of it */
	__u64 touches, faults, refaults, major;
	__u64 evicted, by_clock, refused, invalid, overruns, selects, short_selects;
	__u64 read_ahead, ahead_used, ahead_invalid;
	__u64 most_held;
};

struct simulation *sim_start(const char *policy, __u64 limit, const __u64 *args);
void sim_end(struct simulation *sim);

/* Addresses are given in pages; the result is the first page's name. */
__u64 sim_map(struct simulation *sim, __u64 address, __u64 pages, __u32 tag, bool file);
void sim_unmap(struct simulation *sim, __u64 start);

void sim_touch(struct simulation *sim, __u64 page);
void sim_lock(struct simulation *sim, __u64 page, bool locked);
bool sim_resident(struct simulation *sim, __u64 page);
__u32 sim_refaults(struct simulation *sim, __u64 from, __u64 pages);

void sim_move(struct simulation *sim, __u64 start, __s32 node);

/* Somebody asks for frames: how many came. */
__u64 sim_reclaim(struct simulation *sim, __u64 nr);

/* The same for frames of one node, for another control group, in less time */
struct sim_wish {
	__s32 node;		/* -1: any */
	bool others;		/* nothing of the handler's is asked for */
	__u32 calls;		/* after so many the time is over; 0: as usual */
};

__u64 sim_ask(struct simulation *sim, __u64 nr, const struct sim_wish *wish);

/* All pages out, for tests of reading ahead. Counters start anew. */
void sim_empty(struct simulation *sim);
void sim_reset_counters(struct simulation *sim);

/* Maps, which live on when simulations end: an array's first value; how many a hash has */
void *sim_array(struct simulation *sim, const char *map);
__u32 sim_entries(struct simulation *sim, const char *map);

#endif /* SIMULATOR_H */
