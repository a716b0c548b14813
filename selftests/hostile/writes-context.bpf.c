// SPDX-License-Identifier: GPL-2.0-only
/* Writes its own arguments. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	ctx[1] = ctx[0];
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "writes-context",
};
