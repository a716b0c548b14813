// SPDX-License-Identifier: GPL-2.0-only
/* Reads ahead what is not the faulting page's mapping. */
#include "hostile.bpf.h"

SEC("struct_ops/prefetch")
int BPF_PROG(prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	repeat(16) {
		mm_policy_read_ahead(a, f->start - 1, 1);
		mm_policy_read_ahead(a, f->end, 1);
		mm_policy_read_ahead(a, 0, ~0U);
		mm_policy_read_ahead(a, ~0ULL, ~0U);
	}
	return 0;
}

MM_POLICY(policy) = {
	.prefetch = (void *)prefetch,
	.name = "prefetch-astray",
};
