// SPDX-License-Identifier: GPL-2.0-only
/*
 * lfu: least frequently used.
 *
 * A hand goes round over the resident pages and counts in how many of its rounds each
 * was used. A round without use costs a 64th of the count, so that old fame fades (what
 * was used in less than four rounds is not famous, and keeps its count). The pages with
 * the least go. The count outlives the eviction: a page that keeps coming
 * back is worth more each time.
 *
 * Good for: stable popularity: indexes, key-value stores.
 * Bad for:  changing interests: what was popular stays for some rounds.
 */
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

#define USE	16		/* what a round with use adds */
#define MOST	(256 * USE)

/* As many pages as 256 MB have, resident or lately evicted; 7 MB. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct mm_policy_key);
	__type(value, __u64);
} lfu_counts SEC(".maps");

static __always_inline __u64 uses(struct mm_policy_handler *h, struct mm_policy_page *p)
{
	struct mm_policy_key key = { p->page, h->id };
	__u64 first = USE, *count = bpf_map_lookup_elem(&lfu_counts, &key);

	if (!count) {
		bpf_map_update_elem(&lfu_counts, &key, &first, BPF_NOEXIST);
		return first;
	}
	if (!(p->flags & MM_POLICY_PAGE_YOUNG))
		*count -= *count / 64;
	else if (*count < MOST)
		*count += USE;
	return *count;
}

SEC("struct_ops/lfu_select")
int BPF_PROG(lfu_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	evict_lowest(h, s, uses);
	return 0;
}

MM_POLICY(lfu) = {
	.select = (void *)lfu_select,
	.name = "lfu",
};
