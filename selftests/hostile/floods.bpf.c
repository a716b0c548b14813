// SPDX-License-Identifier: GPL-2.0-only
/* Reports each event into a ring that nobody reads, until it is full and longer. */
#include "hostile.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} ring SEC(".maps");

static __always_inline void report(void)
{
	char event[256] = {};

	repeat(64)
		bpf_ringbuf_output(&ring, event, sizeof(event), BPF_RB_FORCE_WAKEUP);
}

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	report();
}

SEC("struct_ops/gone")
void BPF_PROG(gone, struct mm_policy_handler *h, struct mm_policy_gone *g)
{
	report();
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.gone = (void *)gone,
	.name = "floods",
};
