// SPDX-License-Identifier: GPL-2.0-only
/* Walks while it walks. If the inner walk showed a page, it would return an error. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p, *q;

	h->priv[0] = 0;
	for_each_page(p, s, h->priv[7], MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
		for_each_page(q, s, 0, MM_POLICY_WALK_AGE)
			h->priv[1]++;
		mm_policy_evict(s, p->page);
		h->priv[7] = p->page;
		if (!s->wanted || ++h->priv[0] > 64)
			break;
	}
	return h->priv[1] ? -22 : 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "two-walks",
};
