// SPDX-License-Identifier: GPL-2.0-only
/* Returns an error. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return -1;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "returns-error",
};
