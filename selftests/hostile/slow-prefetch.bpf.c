// SPDX-License-Identifier: GPL-2.0-only
/* Works long before each page that is read. */
#include "hostile.bpf.h"

SEC("struct_ops/prefetch")
int BPF_PROG(prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	repeat(256)
		h->priv[0] = work(h->priv[0], 8000);
	return 0;
}

MM_POLICY(policy) = {
	.prefetch = (void *)prefetch,
	.timeout = 1000,
	.name = "slow-prefetch",
};
