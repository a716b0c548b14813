// SPDX-License-Identifier: GPL-2.0-only
/* Calls itself by a tail call. */
#include "hostile.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} programs SEC(".maps");

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	bpf_tail_call(ctx, &programs, 0);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "tail-call",
};
