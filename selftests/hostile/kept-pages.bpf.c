// SPDX-License-Identifier: GPL-2.0-only
/* Uses pages that an iterator showed when it is further on, or closed. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p, *kept = NULL;

	for_each_page(p, s, h->priv[0], MM_POLICY_WALK_WRAP) {
		if (kept)
			mm_policy_evict(s, kept->page);
		kept = p;
		if (!s->wanted)
			break;
	}
	/* The walk is over: nobody says what is there now */
	if (kept) {
		h->priv[0] = kept->page;
		mm_policy_evict(s, kept->page + kept->nr);
	}
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "kept-pages",
};
