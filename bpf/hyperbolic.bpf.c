// SPDX-License-Identifier: GPL-2.0-only
/*
 * hyperbolic: the fewest uses per time in memory go first (Blankstein, Sen and
 * Freedman, ATC'17).
 *
 * A page is worth its uses divided by its age. New pages get a chance, as their age
 * is small, and old fame fades, as age grows. A use is a round of the hand in which
 * the page was accessed (the first one is the fault). The pages worth least go.
 *
 * Good for: mixed popularity with new favourites: caches in front of stores.
 * Bad for:  loops over more than fits; and when each select costs too much (a map
 *           look-up and a division for each page that is passed).
 */
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

struct life {
	__u64 since;		/* nanoseconds */
	__u64 uses;
};

/* As many pages as 256 MB have; 7 MB. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct mm_policy_key);
	__type(value, struct life);
} hyper_lives SEC(".maps");

static __always_inline void begin(struct mm_policy_handler *h, __u64 page)
{
	struct mm_policy_key key = { page, h->id };
	struct life life = { bpf_ktime_get_ns(), 0 };

	bpf_map_update_elem(&hyper_lives, &key, &life, BPF_ANY);
}

static __always_inline __u64 worth(struct mm_policy_handler *h, struct mm_policy_page *p)
{
	struct mm_policy_key key = { p->page, h->id };
	struct life *life = bpf_map_lookup_elem(&hyper_lives, &key);

	if (!life) {
		begin(h, p->page);
		return 0;
	}
	if (p->flags & MM_POLICY_PAGE_YOUNG)
		life->uses++;
	return (life->uses << 40) / (((bpf_ktime_get_ns() - life->since) >> 10) + 1);
}

SEC("struct_ops/hyperbolic_fault")
void BPF_PROG(hyperbolic_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	if (f->kind != MM_POLICY_COPY_ON_WRITE)
		begin(h, f->page);
}

SEC("struct_ops/hyperbolic_select")
int BPF_PROG(hyperbolic_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	evict_lowest(h, s, worth);
	return 0;
}

MM_POLICY(hyperbolic) = {
	.fault = (void *)hyperbolic_fault,
	.select = (void *)hyperbolic_select,
	.name = "hyperbolic",
};
