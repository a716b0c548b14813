/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * read_on(): read ahead of a program that goes through a mapping upwards.
 *
 * Two faults on neighbouring pages begin a run. A run reads four pages ahead, then
 * eight, and so on; the next part is asked for when no more than a part is still
 * untouched, so that the program need not wait: 16 pages may be mapped at a time, and
 * the last part be on its way. Each mapping has a run of its own. Of
 * pages that are mapped at once it need know the last only (MM_POLICY_RUNS).
 */
#ifndef RUN_BPF_H
#define RUN_BPF_H

#include "mm_policy.bpf.h"

#define FIRST_WINDOW	4
#define READ_ON_MOST	32

struct run {
	__u64 last;		/* the page that was needed last */
	__u64 until;		/* the first that has not been asked for */
	__u64 window;		/* how many were asked for at once */
};

/* A program has some hundred mappings, and reads a few of them at a time; 0.5 MB. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct mm_policy_key);
	__type(value, struct run);
} runs SEC(".maps");

/* @most pages at once */
static __always_inline int read_on(struct mm_policy_handler *h, struct mm_policy_fault *f,
				   struct mm_policy_ahead *a, __u64 most)
{
	struct mm_policy_key key = { f->start, h->id };
	struct run new = { f->page, f->page + 1, 0 };
	__u64 page = f->page, from, window;
	struct run *r = bpf_map_lookup_elem(&runs, &key);

	if (!r) {
		bpf_map_update_elem(&runs, &key, &new, BPF_NOEXIST);
		return 0;
	}
	if (f->flags & MM_POLICY_FAULT_AHEAD && page > r->last && page < r->until) {
		r->last = page;
		if (r->until - page - 1 > r->window)
			return 0;
		from = r->until;
	} else if (page == r->last + 1 || page == r->until) {
		from = page + 1;
	} else {
		*r = new;
		return 0;
	}
	window = r->window ? 2 * r->window : FIRST_WINDOW;
	if (window > most)
		window = most;
	r->last = page;
	r->window = window;
	r->until = from;
	if (from >= f->end)
		return 0;
	if (window > f->end - from)
		window = f->end - from;
	r->until = from + window;
	mm_policy_read_ahead(a, from, window);
	return 0;
}

#endif /* RUN_BPF_H */
