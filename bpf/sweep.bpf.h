/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sweep(): what nru does, for policies that do not know what else to take; and
 * evict_lowest(): take the pages with the lowest marks.
 *
 * They keep their state in the last words of h->priv.
 */
#ifndef SWEEP_BPF_H
#define SWEEP_BPF_H

#include "mm_policy.bpf.h"

#define HAND	7	/* the page behind the last one passed */
#define SEEN	6	/* pages passed */
#define LEVEL	5	/* a page with at most this mark goes */

#define SWEEP	512	/* pages */
#define ROUNDS	4	/* of evict_lowest, in the hope for enough */

static __always_inline void sweep(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 start = h->priv[HAND];
	struct mm_policy_page *p;

	if (!s->wanted)
		return;
	h->priv[SEEN] = 0;
	for_each_page(p, s, start, MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
		if (!(p->flags & MM_POLICY_PAGE_YOUNG))
			mm_policy_evict(s, p->page);
		h->priv[HAND] = p->page + p->nr;
		h->priv[SEEN]++;
		if (!s->wanted || h->priv[SEEN] >= SWEEP)
			break;
	}
	if (!s->wanted)
		return;

	for_each_page(p, s, start, MM_POLICY_WALK_WRAP) {
		mm_policy_evict(s, p->page);
		if (!s->wanted)
			break;
	}
}

/*
 * To find the very lowest mark would need a walk over all pages. Instead, the hand
 * takes what has a low mark, and learns what is low: each page that it leaves raises
 * the level by a 64th, each that it takes lowers it by a quarter. So one page in 17
 * goes, wherever in memory those with low marks are.
 */
static __always_inline void
evict_lowest(struct mm_policy_handler *h, struct mm_policy_select *s,
	     __u64 (*mark)(struct mm_policy_handler *h, struct mm_policy_page *p))
{
	struct mm_policy_page *p;

	repeat(ROUNDS) {
		if (!s->wanted)
			break;
		for_each_page(p, s, h->priv[HAND], MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
			h->priv[HAND] = p->page + p->nr;
			if (mark(h, p) > h->priv[LEVEL]) {
				h->priv[LEVEL] += h->priv[LEVEL] / 64 + 1;
				continue;
			}
			mm_policy_evict(s, p->page);
			h->priv[LEVEL] -= h->priv[LEVEL] / 4;
			if (!s->wanted)
				break;
		}
	}
	sweep(h, s);
}

#endif /* SWEEP_BPF_H */
