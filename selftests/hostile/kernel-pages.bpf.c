// SPDX-License-Identifier: GPL-2.0-only
/* Proposes the kernel's own addresses. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	/* Of any address, the upper half; as far as a name can say it */
	repeat(16) {
		mm_policy_evict(s, name_of(space_of(s->fault), 0x7ffffffffULL + 1));
		mm_policy_evict(s, name_of(space_of(s->fault), MM_POLICY_INDEX_MASK));
		mm_policy_evict(s, name_of(space_of(s->fault), 0xffff888000000ULL));
		mm_policy_look(s, name_of(space_of(s->fault), 0xffff888000000ULL), true);
	}
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "kernel-pages",
};
