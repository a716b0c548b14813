// SPDX-License-Identifier: GPL-2.0-only
/* Returns an error from where it should read ahead. */
#include "hostile.bpf.h"

SEC("struct_ops/prefetch")
int BPF_PROG(prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	return -5;
}

MM_POLICY(policy) = {
	.prefetch = (void *)prefetch,
	.name = "prefetch-error",
};
