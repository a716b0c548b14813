// SPDX-License-Identifier: GPL-2.0-only
/*
 * mine: your own policy. Copy this file, and rename "mine" everywhere.
 *
 * As it stands: what was not accessed since the last look goes first. h->priv is
 * yours; mm_policy.bpf.h says what you may call where.
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

/* A page was mapped. Remember here what select will want to know. */
SEC("struct_ops/mine_fault")
void BPF_PROG(mine_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	h->priv[0] = f->page;
}

/* Frames are wanted: evict, until s->wanted is 0. In a second round, take what comes. */
SEC("struct_ops/mine_select")
int BPF_PROG(mine_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;
	__u32 round = 0;

	for_each_time(round, 2) {
		for_each_page(p, s, h->priv[0], MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
			if (!(p->flags & MM_POLICY_PAGE_YOUNG) || round)
				mm_policy_evict(s, p->page);
			if (!s->wanted)
				break;
		}
		if (!s->wanted)
			break;
	}
	return 0;
}

/* Without prefetch, exit and so on, the kernel does what it always does. */
MM_POLICY(mine) = {
	.fault = (void *)mine_fault,
	.select = (void *)mine_select,
	.name = "mine",
};
