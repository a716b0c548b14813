// SPDX-License-Identifier: GPL-2.0-only
/* Counts in counts in counts. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	repeat(~0U)
		repeat(~0U)
			repeat(~0U)
				h->priv[0] = work(h->priv[0], 64);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.timeout = 1000,
	.name = "endless-count",
};
