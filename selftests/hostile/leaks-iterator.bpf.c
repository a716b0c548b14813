// SPDX-License-Identifier: GPL-2.0-only
/* Ends with an iterator that is still open. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct bpf_iter_mm_policy_page it __attribute__((aligned(8)));

	bpf_iter_mm_policy_page_new(&it, s, 0, 0);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "leaks-iterator",
};
