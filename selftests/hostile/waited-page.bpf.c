// SPDX-License-Identifier: GPL-2.0-only
/* Proposes the very page that waits for a frame. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	repeat(4096)
		mm_policy_evict(s, s->fault);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "waited-page",
};
