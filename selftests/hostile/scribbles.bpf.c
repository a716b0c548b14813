// SPDX-License-Identifier: GPL-2.0-only
/* Writes random words over its priv, everywhere, and in all threads at once. */
#include "hostile.bpf.h"

static __always_inline void scribble(struct mm_policy_handler *h)
{
	for (int i = 0; i < 7; i++)
		h->priv[i] = (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32();
}

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	scribble(h);
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	scribble(h);
	evict_honestly(h, s);
	return 0;
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.select = (void *)search,
	.name = "scribbles",
};
