// SPDX-License-Identifier: GPL-2.0-only
/*
 * nru: not recently used.
 *
 * A hand goes round over the resident pages, from where it stopped the last time.
 * What has not been accessed since the hand last passed goes; what has been is
 * marked as not accessed. If that finds too little on a sweep of some hundred pages,
 * all that it passed was in use, and the first of those go.
 *
 * Good for: programs that come back to what they used lately (most do).
 * Bad for:  reading once through more than fits: everything looks used, and what
 *           is needed again is taken with the rest. Loops over more than fits.
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

/* Words of h->priv */
#define HAND	0	/* the page behind the last one passed */
#define SEEN	1	/* how many the sweep has passed */

/* Pages in a sweep: few enough to leave time for the second loop */
#define SWEEP	512

SEC("struct_ops/nru_select")
int BPF_PROG(nru_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 start = h->priv[HAND];
	struct mm_policy_page *p;

	h->priv[SEEN] = 0;
	for_each_page(p, s, start, MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
		if (!(p->flags & MM_POLICY_PAGE_YOUNG))
			mm_policy_evict(s, p->page);
		h->priv[HAND] = p->page + p->nr;
		h->priv[SEEN]++;
		if (!s->wanted || h->priv[SEEN] >= SWEEP)
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

MM_POLICY(nru) = {
	.select = (void *)nru_select,
	.name = "nru",
};
