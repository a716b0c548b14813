// SPDX-License-Identifier: GPL-2.0-only
/*
 * linear: from the lowest address upwards, used or not.
 *
 * Each search goes on where the last one ended, but only within one mapping: that in
 * which the program faults. So data that stream through pay for themselves, and the
 * program's text, libraries and stack stay. The mapping is found by voting: a fault
 * in it is a vote for it, one elsewhere a vote against, and with no votes left the
 * next fault's mapping is it. Pages above the data in the same mapping stay too: if a
 * page below the hand is needed, the hand goes back to it, and what comes next above
 * it goes. Only when the mapping has nothing left, the others follow.
 *
 * Good for: data that is read or written once and never again, upwards or downwards.
 * Bad for:  anything that comes back to its data, and hot pages below the data in the
 *           same mapping (variables in .bss): they go first, and come back.
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

/* Words of h->priv */
#define HAND	0	/* the page behind the last victim */
#define START	1	/* the mapping in which the program faults */
#define END	2
#define VOTES	3	/* for it */

#define MOST_VOTES	32

SEC("struct_ops/linear_fault")
void BPF_PROG(linear_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	bool inside = f->page >= h->priv[START] && f->page < h->priv[END];

	if (inside && h->priv[VOTES] < MOST_VOTES)
		h->priv[VOTES]++;
	if (!inside && h->priv[VOTES]) {
		h->priv[VOTES]--;
		return;
	}
	h->priv[START] = f->start;
	h->priv[END] = f->end;
}

static __always_inline void evict_from(struct mm_policy_handler *h, struct mm_policy_select *s,
				       __u64 from, __u64 end)
{
	struct mm_policy_page *p;

	for_each_page(p, s, from, 0) {
		if (!s->wanted || p->page >= end)
			break;
		if (!mm_policy_evict(s, p->page))
			h->priv[HAND] = p->page + p->nr;
	}
}

SEC("struct_ops/linear_select")
int BPF_PROG(linear_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 hand = h->priv[HAND], start = h->priv[START], end = h->priv[END];

	if (s->fault >= start && s->fault < hand)
		hand = s->fault;
	if (hand >= start)
		evict_from(h, s, hand, end);
	if (s->wanted)
		evict_from(h, s, start, end);
	if (s->wanted)
		evict_from(h, s, 0, ~0ULL);
	return 0;
}

MM_POLICY(linear) = {
	.fault = (void *)linear_fault,
	.select = (void *)linear_select,
	.name = "linear",
};
