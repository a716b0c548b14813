// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives a page in each search, so that it is not ejected for giving none, and takes as
 * long for it as it may.
 */
#include "hostile.bpf.h"

#define ALLOWED_NS	100000000ULL	/* the longest timeout that there is */

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 end = bpf_ktime_get_ns() + ALLOWED_NS * 95 / 100;
	struct mm_policy_page *p;
	bool given = false;

	for_each_page(p, s, h->priv[7], MM_POLICY_WALK_WRAP) {
		h->priv[7] = p->page + p->nr;
		if (!given && !mm_policy_evict(s, p->page))
			given = true;
		h->priv[0] = work(h->priv[0], 2000);
		if (bpf_ktime_get_ns() > end)
			break;
	}
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.timeout = 100000,
	.name = "dawdles",
};
