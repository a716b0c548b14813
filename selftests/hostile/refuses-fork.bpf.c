// SPDX-License-Identifier: GPL-2.0-only
/* Takes one address space, and refuses the children. */
#include "hostile.bpf.h"

SEC("struct_ops/attach")
int BPF_PROG(attach, struct mm_policy_handler *h, struct mm_policy_space *space)
{
	return h->priv[0]++ ? -1 : 0;
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	evict_honestly(h, s);
	return 0;
}

MM_POLICY(policy) = {
	.attach = (void *)attach,
	.select = (void *)search,
	.name = "refuses-fork",
};
