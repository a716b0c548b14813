// SPDX-License-Identifier: GPL-2.0-only
/*
 * mine: your own policy. Copy this file, and rename "mine" everywhere.
 *
 * As it stands: what was not accessed since the last look goes first, but for the page
 * that came last. h->priv is yours; mm_policy.bpf.h says what you may call where.
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

/* Words of h->priv */
enum { NEWEST, HAND, SEEN };

/* A page was mapped. Remember here what select will want to know. */
SEC("struct_ops/mine_fault")
void BPF_PROG(mine_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	h->priv[NEWEST] = f->page;
}

/* Frames are wanted: evict, until s->wanted is 0. After some pages, take what comes. */
SEC("struct_ops/mine_select")
int BPF_PROG(mine_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 start = h->priv[HAND];
	struct mm_policy_page *p;

	h->priv[SEEN] = 0;
	for_each_page(p, s, start, MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
		if (!(p->flags & MM_POLICY_PAGE_YOUNG) && p->page != h->priv[NEWEST])
			mm_policy_evict(s, p->page);
		h->priv[HAND] = p->page + p->nr;
		if (!s->wanted || ++h->priv[SEEN] >= 512)
			break;
	}
	for_each_page(p, s, start, MM_POLICY_WALK_WRAP) {
		if (!s->wanted)
			break;
		mm_policy_evict(s, p->page);
	}
	return 0;
}

/* Without prefetch, exit and so on, the kernel does what it always does. */
MM_POLICY(mine) = {
	.fault = (void *)mine_fault,
	.select = (void *)mine_select,
	.name = "mine",
};
