// SPDX-License-Identifier: GPL-2.0-only
/* Walks over all pages, again and again, as long as it is let. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	repeat(1 << 16)
		for_each_page(p, s, h->priv[0], MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP)
			h->priv[0] = p->page;
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.timeout = 1000,
	.name = "endless-walk",
};
