// SPDX-License-Identifier: GPL-2.0-only
/* Reads all there is ahead, always. */
#include "hostile.bpf.h"

SEC("struct_ops/prefetch")
int BPF_PROG(prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	repeat(1024) {
		mm_policy_read_ahead(a, f->start, ~0U);
		mm_policy_read_ahead(a, f->page, ~0U);
		mm_policy_read_ahead(a, f->start + h->priv[0]++ % (f->end - f->start), 7);
	}
	return 0;
}

MM_POLICY(policy) = {
	.prefetch = (void *)prefetch,
	.name = "prefetch-flood",
};
