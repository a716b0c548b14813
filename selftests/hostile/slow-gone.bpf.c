// SPDX-License-Identifier: GPL-2.0-only
/* Works long for each page that goes, under a lock of its address space. */
#include "hostile.bpf.h"

SEC("struct_ops/gone")
void BPF_PROG(gone, struct mm_policy_handler *h, struct mm_policy_gone *g)
{
	repeat(64)
		h->priv[0] = work(h->priv[0], 30000);
}

MM_POLICY(policy) = {
	.gone = (void *)gone,
	.timeout = 1000,
	.name = "slow-gone",
};
