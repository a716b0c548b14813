// SPDX-License-Identifier: GPL-2.0-only
/* Writes what an iterator shows it. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	for_each_page(p, s, 0, 0)
		p->nr = 1 << 20;
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "writes-page",
};
