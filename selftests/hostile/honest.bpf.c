// SPDX-License-Identifier: GPL-2.0-only
/* Means no harm: what hostile ones are compared with, and replaced by. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	evict_honestly(h, s);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "honest",
};
