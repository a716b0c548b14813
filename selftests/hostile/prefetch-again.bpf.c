// SPDX-License-Identifier: GPL-2.0-only
/* Reads ahead what is just being read, a thousand times. */
#include "hostile.bpf.h"

SEC("struct_ops/prefetch")
int BPF_PROG(prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	repeat(1024)
		mm_policy_read_ahead(a, f->page, 1);
	return 0;
}

MM_POLICY(policy) = {
	.prefetch = (void *)prefetch,
	.name = "prefetch-again",
};
