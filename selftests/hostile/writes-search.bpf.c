// SPDX-License-Identifier: GPL-2.0-only
/* Writes how much is wanted. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	s->wanted = 1 << 20;
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "writes-search",
};
