// SPDX-License-Identifier: GPL-2.0-only
/* Evicts from a function that may only read ahead. */
#include "hostile.bpf.h"

SEC("struct_ops/prefetch")
int BPF_PROG(prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	return mm_policy_evict((void *)a, f->page);
}

MM_POLICY(policy) = {
	.prefetch = (void *)prefetch,
	.name = "evicts-in-pref",
};
