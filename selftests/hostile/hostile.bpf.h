/* SPDX-License-Identifier: GPL-2.0-only */
/* What policies that mean harm have in common. */
#ifndef HOSTILE_BPF_H
#define HOSTILE_BPF_H

#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

/* Goes round over the pages and evicts what is wanted, as it should be done. */
static __always_inline void evict_honestly(struct mm_policy_handler *h,
					   struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	for_each_page(p, s, h->priv[7], MM_POLICY_WALK_WRAP) {
		h->priv[7] = p->page + p->nr;
		mm_policy_evict(s, p->page);
		if (!s->wanted)
			break;
	}
}

/* Work that the verifier can bound, and that no iterator counts. */
static __always_inline __u64 work(__u64 seed, __u32 times)
{
	for (__u32 i = 0; i < times; i++)
		asm volatile("%0 *= 3" : "+r"(seed));
	return seed;
}

static __always_inline __u64 name_of(__u64 space, __u64 index)
{
	return space << MM_POLICY_SPACE_SHIFT | index;
}

static __always_inline __u64 space_of(__u64 page)
{
	return page >> MM_POLICY_SPACE_SHIFT;
}

#endif /* HOSTILE_BPF_H */
