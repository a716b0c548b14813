// SPDX-License-Identifier: GPL-2.0-only
/* Writes half a word of its priv, which others may be reading. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	*(__u32 *)&h->priv[0] = 1;
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "writes-half-word",
};
