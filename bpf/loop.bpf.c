// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop: keep what came first, and read ahead of the loop.
 *
 * The newest pages are in a ring. When frames are needed, the oldest of those goes: it
 * was used when it came, and in a loop it is not needed again until all others were. If
 * it was used again meanwhile, it is no page of a loop (a stack, a counter, the program
 * itself), and leaves the ring instead of memory. So most of the loop's pages stay
 * from round to round, as with mru. Those that do not stay are neighbours, and are read
 * before they are needed, as by seq (run.bpf.h).
 *
 * Good for: loops upwards over more data than fit: reports over a table, iterative
 *           solvers over files or over what is paged out to a disk.
 * Bad for:  everything in which new pages matter more than old ones; loops in other
 *           orders (then mru takes fewer frames for the same).
 * args[0]:  the most pages to read at once (0: 32)
 * args[1]:  how many of the newest pages stay (0: 64)
 */
#include "ring.bpf.h"
#include "run.bpf.h"
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

/* A word of h->priv: up to here, the fault's own mark has been cleared */
#define CLEARED	0

SEC("struct_ops/loop_init")
int BPF_PROG(loop_init, struct mm_policy_handler *h)
{
	h->priv[CLEARED] = 0;
	return ring_make(h, 0);
}

SEC("struct_ops/loop_exit")
void BPF_PROG(loop_exit, struct mm_policy_handler *h, struct mm_policy_exit *why)
{
	ring_free(h, 0);
}

SEC("struct_ops/loop_fault")
void BPF_PROG(loop_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	struct ring *r = ring_of(h, 0);

	if (r)
		ring_push(r, f->page);
}

SEC("struct_ops/loop_prefetch")
int BPF_PROG(loop_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	return read_on(h, f, a, h->args[0] ? h->args[0] : READ_ON_MOST);
}

SEC("struct_ops/loop_select")
int BPF_PROG(loop_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 stay = h->args[1] ? h->args[1] : 64, most, end;
	struct ring *r = ring_of(h, 0);

	if (!r)
		return -EINVAL;
	if (stay > s->held / 8)		/* with few frames, fewer */
		stay = s->held / 8;
	most = stay + 2 * s->wanted;
	if (ring_count(r) > most)	/* what came before any was short */
		r->tail = r->head - most;
	ring_clear_new(h, s, r, CLEARED);
	end = r->head;
	repeat(TRIES) {
		__u64 page;
		int flags;

		if (!s->wanted || r->tail + stay >= end)
			break;
		page = ring_take_oldest(r);
		if (!page)
			continue;
		flags = mm_policy_look(s, page, false);
		if (flags >= 0 && !(flags & MM_POLICY_PAGE_YOUNG))
			flags = mm_policy_evict(s, page);
		ring_push_kept(r, page, flags);
		if (flags == -EDQUOT)
			break;
	}
	ring_evict_oldest(r, s);	/* all was in use */
	sweep(h, s);
	return 0;
}

MM_POLICY(loop) = {
	.init = (void *)loop_init,
	.exit = (void *)loop_exit,
	.fault = (void *)loop_fault,
	.prefetch = (void *)loop_prefetch,
	.select = (void *)loop_select,
	.batch = 8,
	.flags = MM_POLICY_RUNS,
	.name = "loop",
};
