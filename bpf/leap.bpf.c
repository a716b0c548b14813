// SPDX-License-Identifier: GPL-2.0-only
/*
 * leap: read along the trend of the last faults (Al Maruf and Chowdhury, ATC'20).
 *
 * The trend is the step that makes up more than half of the last 8, else 16, else
 * 32 steps between faults, found by a vote (Boyer and Moore); steps astray do not
 * break it. How many pages are read along it depends on how many of those read the
 * last time were touched: the next power of two; if none was, one page while the
 * trend holds, or none. It never falls by more than half at once.
 *
 * Unlike the paper's, the history belongs to one mapping of one handler: the steps
 * of different programs do not mix.
 *
 * A trend of one page is a run: see run.bpf.h.
 *
 * Good for: strides with noise, threads that interleave.
 * Bad for:  long clean strides, where it waits once for each window (stride asks
 *           before the last window is used up).
 * args[0]:  the most pages to read at once (0: 16, which is the most)
 */
#include "run.bpf.h"

char _license[] SEC("license") = "GPL";

#define HISTORY	32

struct leap {
	__u64 last;		/* the page that was needed last */
	__u64 nr;		/* steps until now */
	__u64 step[HISTORY];
	__u64 candidate;	/* in the vote */
	__u64 votes;
	__u64 trend;		/* 0: none yet */
	__u64 hits;		/* pages read ahead that were touched since */
	__u64 window;
};

/* A program reads a few mappings at a time; 0.5 MB. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, struct mm_policy_key);
	__type(value, struct leap);
} leaps SEC(".maps");

struct leap empty_leap;

/* Is there a step that makes up more than half of the last @nr? Then it is the trend. */
static __always_inline bool find_trend(struct leap *l, __u32 nr)
{
	__u32 i = 0;

	l->votes = 0;
	for_each_time(i, nr) {
		__u64 step = l->step[(l->nr - 1 - i) % HISTORY];

		if (!l->votes)
			l->candidate = step;
		if (step == l->candidate)
			l->votes++;
		else
			l->votes--;
	}
	l->votes = 0;
	for_each_time(i, nr) {
		if (l->step[(l->nr - 1 - i) % HISTORY] == l->candidate)
			l->votes++;
	}
	if (!l->candidate || l->votes <= nr / 2)
		return false;
	l->trend = l->candidate;
	return true;
}

static __always_inline __u64 window_size(struct leap *l, __u64 step, __u64 most)
{
	__u64 size = l->hits;

	if (!size)
		return step == l->trend;
	size |= size >> 1;
	size |= size >> 2;
	size |= size >> 4;
	size++;
	return size < most ? size : most;
}

SEC("struct_ops/leap_prefetch")
int BPF_PROG(leap_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	__u64 page = f->page, start = f->start, end = f->end, step, size;
	__u64 most = h->args[0] && h->args[0] <= 16 ? h->args[0] : 16;
	struct mm_policy_key key = { start, h->id };
	struct leap *l = bpf_map_lookup_elem(&leaps, &key);
	__u32 i = 0;

	if (!l) {
		bpf_map_update_elem(&leaps, &key, &empty_leap, BPF_NOEXIST);
		l = bpf_map_lookup_elem(&leaps, &key);
		if (l)
			l->last = page;
		return 0;
	}
	step = page - l->last;
	l->last = page;
	l->step[l->nr % HISTORY] = step;
	l->nr++;
	if ((step == 1 && l->trend == 1) || f->flags & MM_POLICY_FAULT_AROUND)
		return read_on(h, f, a, READ_ON_MOST);
	if (f->flags & MM_POLICY_FAULT_AHEAD) {
		l->hits++;
		return 0;
	}
	if (!find_trend(l, HISTORY / 4) && !find_trend(l, HISTORY / 2))
		find_trend(l, HISTORY);

	size = window_size(l, step, most);
	if (size < l->window / 2)
		size = l->window / 2;
	l->window = size;
	l->hits = 0;
	if (!l->trend)
		return 0;
	for_each_time(i, size) {
		__u64 next = page + l->trend * (i + 1);

		if (next < start || next >= end)
			break;
		mm_policy_read_ahead(a, next, 1);
	}
	return 0;
}

MM_POLICY(leap) = {
	.prefetch = (void *)leap_prefetch,
	.flags = MM_POLICY_RUNS,
	.name = "leap",
};
