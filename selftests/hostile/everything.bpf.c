// SPDX-License-Identifier: GPL-2.0-only
/* Evicts as much as it can, wanted or not. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	for_each_page(p, s, 0, 0)
		mm_policy_evict(s, p->page);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.batch = 64,
	.name = "everything",
};
