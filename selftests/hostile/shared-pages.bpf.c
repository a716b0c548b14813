// SPDX-License-Identifier: GPL-2.0-only
/* Proposes what others map too. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	for_each_page(p, s, 0, 0) {
		if (p->flags & MM_POLICY_PAGE_SHARED)
			mm_policy_evict(s, p->page);
		if (!s->wanted)
			break;
	}
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "shared-pages",
};
