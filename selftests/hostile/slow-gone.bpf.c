// SPDX-License-Identifier: GPL-2.0-only
/* Works long for each page that goes, under a lock of its address space. */
#include "hostile.bpf.h"

/* Not inline, so that the verifier looks at it once */
__attribute__((noinline)) __u64 long_work(__u64 seed)
{
	return work(seed, 30000);
}

SEC("struct_ops/gone")
void BPF_PROG(gone, struct mm_policy_handler *h, struct mm_policy_gone *g)
{
	repeat(64) {
		for (int i = 0; i < 16; i++)
			h->priv[0] = long_work(h->priv[0]);
	}
}

MM_POLICY(policy) = {
	.gone = (void *)gone,
	.timeout = 1000,
	.name = "slow-gone",
};
