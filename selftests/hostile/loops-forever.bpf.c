// SPDX-License-Identifier: GPL-2.0-only
/* Has a loop whose end nobody can see. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	while (h->id)
		h->priv[0]++;
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "loops-forever",
};
