// SPDX-License-Identifier: GPL-2.0-only
/* Looks at pages until nobody answers any more, and then goes on. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	repeat(1 << 16) {
		mm_policy_look(s, s->fault + bpf_get_prandom_u32() % 512, true);
		h->priv[0] = work(h->priv[0], 64);
	}
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.timeout = 1000,
	.name = "endless-looks",
};
