// SPDX-License-Identifier: GPL-2.0-only
/*
 * stream: read ahead of a scan and drop what lies behind it; else nru.
 *
 * A fault a little higher than the last one of the scan is a vote for it, any other a
 * vote against; with no votes left, the scan is where the next fault is. With eight
 * votes it is believed: pages in front are read, and when frames are needed, those
 * behind go first. What is no scan is left alone until nothing is left behind.
 *
 * Good for: programs that go once through much data, beside a working set to keep.
 * Bad for:  loops over more than fits (see mru), scans downwards, several scans in
 *           one handler at a time: only one of them is seen.
 * args[0]:  the most pages to read at once (0: 32)
 * args[1]:  how many pages behind the scan stay (0: 16)
 */
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

/* Words of h->priv; sweep() has the last ones */
#define WHERE	0	/* the scan's last page */
#define VOTES	1
#define BEHIND	2	/* the lowest page behind it that may be left */
#define UNTIL	3	/* the first page that has not been asked for */
#define WINDOW	4	/* how many were asked for at once */

#define LITTLE		16
#define BELIEVED	8
#define MOST_VOTES	32
#define FIRST_WINDOW	4

static __always_inline bool goes_on(struct mm_policy_handler *h, __u64 page)
{
	return page > h->priv[WHERE] && page - h->priv[WHERE] <= LITTLE;
}

SEC("struct_ops/stream_fault")
void BPF_PROG(stream_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	bool on = goes_on(h, f->page);

	if (on && h->priv[VOTES] < MOST_VOTES)
		h->priv[VOTES]++;
	if (!on && h->priv[VOTES]) {
		h->priv[VOTES]--;
		return;
	}
	if (!on) {
		h->priv[BEHIND] = f->page;
		h->priv[UNTIL] = 0;
		h->priv[WINDOW] = 0;
	}
	h->priv[WHERE] = f->page;
}

SEC("struct_ops/stream_prefetch")
int BPF_PROG(stream_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	__u64 most = h->args[0] ? h->args[0] : 32, window = h->priv[WINDOW];
	__u64 from = f->page + 1;

	/* fault() was told first, unless the page is still to be read */
	if (h->priv[VOTES] < BELIEVED || (f->page != h->priv[WHERE] && !goes_on(h, f->page)))
		return 0;
	if (h->priv[UNTIL] > from) {
		from = h->priv[UNTIL];
		if (from - f->page - 1 > window && f->flags & MM_POLICY_FAULT_AHEAD)
			return 0;
	}
	window = window ? 2 * window : FIRST_WINDOW;
	if (window > most)
		window = most;
	h->priv[WINDOW] = window;
	if (from >= f->end)
		return 0;
	if (window > f->end - from)
		window = f->end - from;
	h->priv[UNTIL] = from + window;
	mm_policy_read_ahead(a, from, window);
	return 0;
}

SEC("struct_ops/stream_select")
int BPF_PROG(stream_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 stay = h->args[1] ? h->args[1] : 16;
	struct mm_policy_page *p;

	if (h->priv[VOTES] >= BELIEVED) {
		for_each_page(p, s, h->priv[BEHIND], 0) {
			if (p->page + stay > h->priv[WHERE])
				break;
			mm_policy_evict(s, p->page);
			h->priv[BEHIND] = p->page + p->nr;
			if (!s->wanted)
				break;
		}
	}
	sweep(h, s);
	return 0;
}

MM_POLICY(stream) = {
	.fault = (void *)stream_fault,
	.select = (void *)stream_select,
	.prefetch = (void *)stream_prefetch,
	.flags = MM_POLICY_RUNS,
	.name = "stream",
};
