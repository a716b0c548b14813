// SPDX-License-Identifier: GPL-2.0-only
/*
 * fifo: first in, first out.
 *
 * Every fault puts its page at the end of a ring; the page at the front goes,
 * whether it is in use or not. Pages that came without a fault of their own (a
 * parent's, those that were there before the attach) are not in the ring. They go
 * when it is empty.
 *
 * Good for: queues and logs, and as the yardstick for everything else.
 * Bad for:  pages in constant use: they go like all others, and come back at once.
 */
#include "ring.bpf.h"
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/fifo_init")
int BPF_PROG(fifo_init, struct mm_policy_handler *h)
{
	return ring_make(h, 0);
}

SEC("struct_ops/fifo_exit")
void BPF_PROG(fifo_exit, struct mm_policy_handler *h, struct mm_policy_exit *why)
{
	ring_free(h, 0);
}

SEC("struct_ops/fifo_fault")
void BPF_PROG(fifo_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	struct ring *r = ring_of(h, 0);

	if (r)
		ring_push(r, f->page);
}

SEC("struct_ops/fifo_select")
int BPF_PROG(fifo_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct ring *r = ring_of(h, 0);

	if (!r)
		return -EINVAL;
	ring_evict_oldest(r, s);
	sweep(h, s);
	return 0;
}

MM_POLICY(fifo) = {
	.init = (void *)fifo_init,
	.exit = (void *)fifo_exit,
	.fault = (void *)fifo_fault,
	.select = (void *)fifo_select,
	.name = "fifo",
};
