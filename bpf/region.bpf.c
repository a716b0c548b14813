// SPDX-License-Identifier: GPL-2.0-only
/*
 * region: a rule for each range, which may change from phase to phase.
 *
 * A hand goes round as in nru. What a page's range (its tag) says decides in which
 * of three sweeps the page may go:
 *
 *	0	by use: in the first if it was not used, else in the second
 *	1	drop: in the first, used or not
 *	2	keep: only in the third
 *
 * Good for: programs that know their data: an index to keep, a log to drop. A new
 *           phase of the program sets new rules (MM_POLICY_SET_ARGS).
 * Bad for:  keeping nearly all: each search passes what is kept, up to 4096 pages.
 * args[0]:  the rules, a hexadecimal digit for each tag, that of tag 0 on the right:
 *           0x210 keeps tag 2, drops tag 1. Tags above 15 have rule 0.
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

/* Words of h->priv */
#define HAND	0
#define SEEN	1

#define SWEEP		512
#define LONG_SWEEP	4096

enum { BY_USE, DROP, KEEP };

static __always_inline __u64 rule_of(struct mm_policy_handler *h, struct mm_policy_page *p)
{
	return p->tag < 16 ? h->args[0] >> (4 * p->tag) & 15 : BY_USE;
}

SEC("struct_ops/region_select")
int BPF_PROG(region_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 start = h->priv[HAND];
	struct mm_policy_page *p;

	h->priv[SEEN] = 0;
	for_each_page(p, s, start, MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
		__u64 rule = rule_of(h, p);

		if (rule == DROP || (rule != KEEP && !(p->flags & MM_POLICY_PAGE_YOUNG)))
			mm_policy_evict(s, p->page);
		h->priv[HAND] = p->page + p->nr;
		h->priv[SEEN]++;
		if (!s->wanted || h->priv[SEEN] >= SWEEP)
			break;
	}
	if (!s->wanted)
		return 0;

	h->priv[SEEN] = 0;
	for_each_page(p, s, start, MM_POLICY_WALK_WRAP) {
		if (rule_of(h, p) != KEEP)
			mm_policy_evict(s, p->page);
		h->priv[SEEN]++;
		if (!s->wanted || h->priv[SEEN] >= LONG_SWEEP)
			break;
	}
	if (!s->wanted)
		return 0;

	for_each_page(p, s, start, MM_POLICY_WALK_WRAP) {
		mm_policy_evict(s, p->page);
		if (!s->wanted)
			break;
	}
	return 0;
}

MM_POLICY(region) = {
	.select = (void *)region_select,
	.name = "region",
};
