// SPDX-License-Identifier: GPL-2.0-only
/* Reads wherever a number points to. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return *(int *)(h->args[0] + h->args[1]);
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "wrong-pointer",
};
