// SPDX-License-Identifier: GPL-2.0-only
/*
 * vma: read the whole mapping around a page that had to be read, or of a large one
 * the piece that the page is in.
 *
 * Good for: programs that wake up after having been paged out, and whatever uses all
 *           of a mapping in an order that nobody can guess.
 * Bad for:  picking single pages out of large mappings: nearly all is read in vain.
 * args[0]:  pages in a piece (0: 128)
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/vma_prefetch")
int BPF_PROG(vma_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	__u64 piece = h->args[0] ? h->args[0] : 128;
	__u64 from = f->page - (f->page - f->start) % piece;

	if (f->flags & MM_POLICY_FAULT_AHEAD)
		return 0;
	if (piece > f->end - from)
		piece = f->end - from;
	mm_policy_read_ahead(a, from, piece);
	return 0;
}

MM_POLICY(vma) = {
	.prefetch = (void *)vma_prefetch,
	.name = "vma",
};
