// SPDX-License-Identifier: GPL-2.0-only
/* Walks from where there is nothing, and with flags that mean nothing. */
#include "hostile.bpf.h"

static __always_inline void odd_walk(struct mm_policy_handler *h,
				     struct mm_policy_select *s, __u64 from, __u32 walk)
{
	struct mm_policy_page *p;

	for_each_page(p, s, from, walk)
		h->priv[0] ^= p->page;
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	odd_walk(h, s, ~0ULL, MM_POLICY_WALK_WRAP);
	odd_walk(h, s, name_of(space_of(s->fault), MM_POLICY_INDEX_MASK), MM_POLICY_WALK_WRAP);
	odd_walk(h, s, name_of(space_of(s->fault) + 1, 0), MM_POLICY_WALK_AGE);
	odd_walk(h, s, name_of(0, 12345), MM_POLICY_WALK_WRAP);
	odd_walk(h, s, bpf_get_prandom_u32(), ~0U);
	h->priv[1] = 0;
	for_each_page(p, s, 0, 4)
		h->priv[1] = 1;
	return h->priv[1] ? -22 : 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "odd-walks",
};
