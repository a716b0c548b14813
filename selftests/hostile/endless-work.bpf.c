// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does much in each round of a count: rounds are bounded by the budget of the call, but
 * what is done in them is not.
 */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	repeat(~0U)
		h->priv[0] = work(h->priv[0], 2000);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.timeout = 1000,
	.name = "endless-work",
};
