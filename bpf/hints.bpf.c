// SPDX-License-Identifier: GPL-2.0-only
/*
 * hints: the application says which of its threads, or which of its ranges, only
 * scan; pages that come in for them go first.
 *
 * A thread says what it does by a number (MM_POLICY_HINT), a range by its tag.
 * Scanned pages are put into a ring, and go from there, the oldest first, until it
 * is empty. Only then does a sweep for what is not in use take from the others. A
 * page belongs to the class that touched it first.
 *
 * Good for: a server whose rare scans must not push out what requests need.
 * Bad for:  programs that say nothing (then it is nru), or scan what they serve.
 * args[0]:  the hint that means scanning (0: 1)
 * args[1]:  the tag that means scanning (0: none does)
 */
#include "ring.bpf.h"
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/hints_init")
int BPF_PROG(hints_init, struct mm_policy_handler *h)
{
	return ring_make(h, 0);
}

SEC("struct_ops/hints_exit")
void BPF_PROG(hints_exit, struct mm_policy_handler *h, struct mm_policy_exit *why)
{
	ring_free(h, 0);
}

SEC("struct_ops/hints_fault")
void BPF_PROG(hints_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	__u64 hint = h->args[0] ? h->args[0] : 1;
	struct ring *r;

	if (f->hint != hint && (!f->tag || f->tag != h->args[1]))
		return;
	if (f->kind == MM_POLICY_COPY_ON_WRITE)
		return;
	r = ring_of(h, 0);
	if (r)
		ring_push(r, f->page);
}

SEC("struct_ops/hints_select")
int BPF_PROG(hints_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct ring *r = ring_of(h, 0);

	if (!r)
		return -EINVAL;
	ring_evict_oldest(r, s);
	sweep(h, s);
	return 0;
}

MM_POLICY(hints) = {
	.init = (void *)hints_init,
	.exit = (void *)hints_exit,
	.fault = (void *)hints_fault,
	.select = (void *)hints_select,
	.name = "hints",
};
