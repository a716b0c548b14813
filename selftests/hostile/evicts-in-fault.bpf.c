// SPDX-License-Identifier: GPL-2.0-only
/* Evicts from a function that has no search: it takes its fault for one. */
#include "hostile.bpf.h"

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	mm_policy_evict((void *)f, f->page);
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.name = "evicts-in-fault",
};
