// SPDX-License-Identifier: GPL-2.0-only
/*
 * mru: most recently used first.
 *
 * The page that faulted last but one goes (newest.bpf.h says more). In a loop over more
 * than fits, that is the page that is needed again last: what came first stays, and each
 * round reads only what does not fit. Very few more pages are read than by the best
 * choice that there is.
 *
 * Good for: loops over more data than fit: repeated searches, iterative solvers.
 * Bad for:  everything in which new pages matter more than old ones. Loops over files or
 *           over what was paged out to a disk: it waits for each page (see loop).
 * args[0]:  how many of the newest pages stay (0: 1, at most 64): as many as there are
 *           threads that fault at the same time
 */
#include "newest.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/mru_init")
int BPF_PROG(mru_init, struct mm_policy_handler *h)
{
	return ring_make(h, 0);
}

SEC("struct_ops/mru_exit")
void BPF_PROG(mru_exit, struct mm_policy_handler *h, struct mm_policy_exit *why)
{
	ring_free(h, 0);
}

SEC("struct_ops/mru_fault")
void BPF_PROG(mru_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	struct ring *r = ring_of(h, 0);

	if (r)
		ring_push(r, f->page);
}

SEC("struct_ops/mru_select")
int BPF_PROG(mru_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return evict_newest(h, s, h->args[0] ? h->args[0] : 1);
}

MM_POLICY(mru) = {
	.init = (void *)mru_init,
	.exit = (void *)mru_exit,
	.fault = (void *)mru_fault,
	.select = (void *)mru_select,
	.batch = 1,
	.name = "mru",
};
