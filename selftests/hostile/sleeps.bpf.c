// SPDX-License-Identifier: GPL-2.0-only
/* A program that may sleep. */
#include "hostile.bpf.h"

SEC("struct_ops.s/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "sleeps",
};
