// SPDX-License-Identifier: GPL-2.0-only
/* Evicts what came last, which is what its task needs next. */
#include "hostile.bpf.h"

#define PAGES	256

__u64 pages[PAGES];
__u64 nr;

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	pages[__sync_fetch_and_add(&nr, 1) % PAGES] = f->page;
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u32 i = 0;

	for_each_time(i, 16)
		mm_policy_evict(s, pages[(nr - i - 1) % PAGES]);
	evict_honestly(h, s);
	return 0;
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.select = (void *)search,
	.batch = 64,
	.name = "newest-first",
};
