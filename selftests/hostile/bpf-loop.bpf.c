// SPDX-License-Identifier: GPL-2.0-only
/* Counts with a helper that nobody can stop. */
#include "hostile.bpf.h"

static int round(__u32 i, void *unused)
{
	return 0;
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	bpf_loop(1 << 23, round, NULL, 0);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "bpf-loop",
};
