// SPDX-License-Identifier: GPL-2.0-only
/* Proposes something in one search of 200, lest it be ejected. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	if (++h->priv[0] % 200 == 0)
		evict_honestly(h, s);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "stingy",
};
