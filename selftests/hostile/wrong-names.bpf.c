// SPDX-License-Identifier: GPL-2.0-only
/* Proposes names that mean nothing. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	repeat(64) {
		mm_policy_evict(s, 0);
		mm_policy_evict(s, ~0ULL);
		mm_policy_evict(s, (__u64)bpf_get_prandom_u32() << 32 | bpf_get_prandom_u32());
		mm_policy_look(s, (__u64)bpf_get_prandom_u32() << 40, true);
	}
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "wrong-names",
};
