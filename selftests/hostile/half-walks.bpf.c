// SPDX-License-Identifier: GPL-2.0-only
/*
 * Breaks off each walk after one page, so that the accessed bits of what it was not shown
 * must be put back, under the feet of threads that write there.
 */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	repeat(32) {
		for_each_page(p, s, h->priv[0], MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
			h->priv[0] = p->page + 1;
			break;
		}
	}
	evict_honestly(h, s);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "half-walks",
};
