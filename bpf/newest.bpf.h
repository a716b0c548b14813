/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * evict_newest(): most recently used first, for loops over more than fits.
 *
 * Every fault puts its page on a stack (the first ring), and the page below the top
 * goes. The page on top stays: the instruction that faulted may need both. It is marked
 * as not accessed, and if it has been accessed again when its turn comes, it is no page
 * of a loop (a stack, a counter, the program itself), and leaves the stack instead of
 * memory. So do pages that are gone. When the stack is empty, a sweep for what is not
 * in use decides.
 */
#ifndef NEWEST_BPF_H
#define NEWEST_BPF_H

#include "ring.bpf.h"
#include "sweep.bpf.h"

/* A word of h->priv: the page that was on top at the last search */
#define TOP	0

/* @spared: how many of the newest pages stay, at most 64 */
static __always_inline int evict_newest(struct mm_policy_handler *h, struct mm_policy_select *s,
					__u64 spared)
{
	struct ring *r = ring_of(h, 0);
	__u64 marked = h->priv[TOP];

	if (!r)
		return -EINVAL;
	if (spared > 64)
		spared = 64;

	h->priv[TOP] = ring_newest(r);
	if (h->priv[TOP])
		mm_policy_look(s, h->priv[TOP], true);
	repeat(TRIES) {
		__u64 page;

		if (!s->wanted || ring_count(r) <= spared)
			break;
		page = ring_take_newest(r, spared);
		if (!page || page == s->fault)
			continue;
		if (page == marked &&
		    mm_policy_look(s, page, false) & MM_POLICY_PAGE_YOUNG)
			continue;
		mm_policy_evict(s, page);
	}
	sweep(h, s);
	return 0;
}

#endif /* NEWEST_BPF_H */
