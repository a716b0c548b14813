// SPDX-License-Identifier: GPL-2.0-only
/*
 * loop: most recently used first, and read ahead of the loop.
 *
 * What leaves memory is what mru takes, so that most of the loop's data stay from round
 * to round (newest.bpf.h). Those that do not stay are neighbours, and are read
 * before they are needed, as seq does (run.bpf.h).
 *
 * Good for: loops over more data than fit, upwards: reports over a table, iterative
 *           solvers over files or over what is paged out to a disk.
 * Bad for:  everything in which new pages matter more than old ones; other orders (then
 *           it is mru, and that still is good for loops).
 * args[0]:  the most pages to read at once (0: 32)
 * args[1]:  how many of the newest pages stay (0: 1, at most 64): as many as there are
 *           threads that fault at the same time
 */
#include "newest.bpf.h"
#include "run.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/loop_init")
int BPF_PROG(loop_init, struct mm_policy_handler *h)
{
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

SEC("struct_ops/loop_select")
int BPF_PROG(loop_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return evict_newest(h, s, h->args[1] ? h->args[1] : 1);
}

SEC("struct_ops/loop_prefetch")
int BPF_PROG(loop_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	return read_on(h, f, a, h->args[0] ? h->args[0] : 32);
}

MM_POLICY(loop) = {
	.init = (void *)loop_init,
	.exit = (void *)loop_exit,
	.fault = (void *)loop_fault,
	.select = (void *)loop_select,
	.prefetch = (void *)loop_prefetch,
	.batch = 8,
	.name = "loop",
};
