// SPDX-License-Identifier: GPL-2.0-only
/*
 * mru: most recently used first.
 *
 * Every fault puts its page on a stack, and the page below the top goes. In a loop
 * over more than fits, that is the page that is needed again last: what came first
 * stays, and each round reads only what does not fit. Very few more pages are read
 * than by the best choice that there is.
 *
 * The page on top stays: the instruction that faulted may need both. It is marked as
 * not accessed, and if it has been accessed again when its turn comes, it is no page
 * of a loop (a stack, a counter, the program itself), and leaves the stack instead of
 * memory. So do pages that are gone. When the stack is empty, a sweep for what is not
 * in use decides.
 *
 * Good for: loops over more data than fit: repeated searches, iterative solvers.
 * Bad for:  everything in which new pages matter more than old ones. Loops over files or
 *           over what was paged out to a disk: it waits for each page (see loop).
 * args[0]:  how many of the newest pages stay (0: 1, at most 64): as many as there are
 *           threads that fault at the same time
 */
#include "ring.bpf.h"
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

/* Words of h->priv */
#define TOP	0	/* the page that was on top at the last search */
#define SPARED	1	/* how many on top are left alone in this search */

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
	struct ring *r = ring_of(h, 0);
	__u64 marked = h->priv[TOP];

	if (!r)
		return -EINVAL;
	h->priv[SPARED] = h->args[0] ? h->args[0] : 1;
	if (h->priv[SPARED] > 64)
		h->priv[SPARED] = 64;

	h->priv[TOP] = ring_newest(r);
	if (h->priv[TOP])
		mm_policy_look(s, h->priv[TOP], true);
	repeat(TRIES) {
		__u64 page;
		int error;

		if (!s->wanted || ring_count(r) <= h->priv[SPARED])
			break;
		page = ring_take_newest(r, h->priv[SPARED]);
		if (!page || page == s->fault)
			continue;
		if (page == marked &&
		    mm_policy_look(s, page, false) & MM_POLICY_PAGE_YOUNG)
			continue;
		error = mm_policy_evict(s, page);
		ring_push_kept(r, page, error);
		if (error == -EXDEV)	/* it is on top now, and the next below is tried */
			h->priv[SPARED]++;
		if (error == -EDQUOT)
			break;
	}
	sweep(h, s);
	return 0;
}

MM_POLICY(mru) = {
	.init = (void *)mru_init,
	.exit = (void *)mru_exit,
	.fault = (void *)mru_fault,
	.select = (void *)mru_select,
	.batch = 1,
	.name = "mru",
};
