// SPDX-License-Identifier: GPL-2.0-only
/* Proposes the same page a thousand times. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	for_each_page(p, s, h->priv[0], MM_POLICY_WALK_WRAP) {
		h->priv[0] = p->page;
		break;
	}
	repeat(4096)
		mm_policy_evict(s, h->priv[0]);
	h->priv[0]++;
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "same-page",
};
