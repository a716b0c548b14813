// SPDX-License-Identifier: GPL-2.0-only
/* Keeps a search in a map, and evicts with it when it is long over. */
#include "hostile.bpf.h"

struct mm_policy_select *kept;

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	kept = s;
	return 0;
}

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	if (kept)
		mm_policy_evict(kept, f->page);
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.fault = (void *)fault,
	.name = "kept-search",
};
