// SPDX-License-Identifier: GPL-2.0-only
/*
 * s3fifo: simple, scalable, three FIFO queues (Yang et al., SOSP'23).
 *
 * A new page enters a small queue, which may have a tenth of the memory. Used again
 * by the time it reaches the end, it moves to the main queue; otherwise it goes. At
 * the end of the main queue, what was used goes round again. The third queue (the
 * ghosts: what went from the small queue not long ago) is the kernel's refault
 * distance: a page that comes back soon enters the main queue at once.
 *
 * The fault itself leaves a page marked as accessed. So each search first clears the
 * marks of the pages that came since the last one: what is marked later was used a
 * second time.
 *
 * Good for: most things; scans pass through the small queue and harm nobody.
 * Bad for:  loops over more than fits, and working sets that change at once.
 */
#include "ring.bpf.h"
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

enum { SMALL, MAIN };

/* A word of h->priv: up to here, the pages in the small queue have been cleared */
#define CLEARED	0

SEC("struct_ops/s3fifo_init")
int BPF_PROG(s3fifo_init, struct mm_policy_handler *h)
{
	int error = ring_make(h, SMALL);

	if (!error)
		error = ring_make(h, MAIN);
	if (error)
		ring_free(h, SMALL);
	h->priv[CLEARED] = 0;
	return error;
}

SEC("struct_ops/s3fifo_exit")
void BPF_PROG(s3fifo_exit, struct mm_policy_handler *h, struct mm_policy_exit *why)
{
	ring_free(h, SMALL);
	ring_free(h, MAIN);
}

SEC("struct_ops/s3fifo_fault")
void BPF_PROG(s3fifo_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	__u64 ghosts = h->limit ? h->limit : RING;
	bool soon = f->kind == MM_POLICY_REFAULT && f->distance && f->distance <= ghosts;
	struct ring *r = ring_of(h, soon ? MAIN : SMALL);

	if (r)
		ring_push(r, f->page);
}

SEC("struct_ops/s3fifo_select")
int BPF_PROG(s3fifo_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct ring *small = ring_of(h, SMALL), *main = ring_of(h, MAIN);
	__u64 end;

	if (!small || !main)
		return -EINVAL;
	if (h->priv[CLEARED] < small->tail)
		h->priv[CLEARED] = small->tail;
	ring_clear_new(h, s, small, CLEARED);
	end = small->head;		/* once round */
	repeat(QUESTIONS) {
		bool first = small->tail < end &&
			     (ring_count(small) * 10 >= s->held || !ring_count(main));
		struct ring *r = first ? small : main;
		__u64 page;
		int flags;

		if (!s->wanted || !ring_count(r))
			break;
		page = ring_take_oldest(r);
		if (!page)
			continue;
		flags = mm_policy_look(s, page, true);
		if (flags >= 0 && flags & MM_POLICY_PAGE_YOUNG)
			ring_push(main, page);
		else if (flags >= 0)
			flags = mm_policy_evict(s, page);
		ring_push_kept(r, page, flags);
		if (flags == -EDQUOT)
			break;
	}
	ring_evict_oldest(main, s);	/* all was in use */
	ring_evict_oldest(small, s);
	sweep(h, s);
	return 0;
}

MM_POLICY(s3fifo) = {
	.init = (void *)s3fifo_init,
	.exit = (void *)s3fifo_exit,
	.fault = (void *)s3fifo_fault,
	.select = (void *)s3fifo_select,
	.name = "s3fifo",
};
