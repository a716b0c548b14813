// SPDX-License-Identifier: GPL-2.0-only
/* Writes into an open iterator. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct bpf_iter_mm_policy_page it __attribute__((aligned(8)));

	bpf_iter_mm_policy_page_new(&it, s, 0, 0);
	it.opaque[0] = h->args[0];
	bpf_iter_mm_policy_page_next(&it);
	bpf_iter_mm_policy_page_destroy(&it);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "breaks-iterator",
};
