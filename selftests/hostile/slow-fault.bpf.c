// SPDX-License-Identifier: GPL-2.0-only
/* Works long in each fault. */
#include "hostile.bpf.h"

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	repeat(256)
		h->priv[0] = work(h->priv[0], 8000);
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.timeout = 1000,
	.name = "slow-fault",
};
