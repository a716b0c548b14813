// SPDX-License-Identifier: GPL-2.0-only
/* Proposes pages of address spaces that are not its handler's. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 index = s->fault & MM_POLICY_INDEX_MASK;

	/* Others' spaces have numbers too; perhaps they are in the same place */
	h->priv[0] = space_of(s->fault);
	repeat(128)
		mm_policy_evict(s, name_of(++h->priv[0], index));
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "others-pages",
};
