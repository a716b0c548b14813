// SPDX-License-Identifier: GPL-2.0-only
/* Returns that all is well, and more; it has done nothing. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return s->wanted + 1000;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "claims-success",
};
