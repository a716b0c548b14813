// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remembers the first pages that were touched, and proposes these and no others, whatever
 * has become of them.
 */
#include "hostile.bpf.h"

#define PAGES	256

__u64 pages[PAGES];
__u64 nr;

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	__u64 at = __sync_fetch_and_add(&nr, 1);

	if (at < PAGES)
		pages[at] = f->page;
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u32 i = 0;

	for_each_time(i, PAGES) {
		if (!pages[i % PAGES])
			break;
		mm_policy_look(s, pages[i % PAGES], true);
		mm_policy_evict(s, pages[i % PAGES]);
	}
	return 0;
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.select = (void *)search,
	.name = "remembers",
};
