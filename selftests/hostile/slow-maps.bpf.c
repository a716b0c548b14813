// SPDX-License-Identifier: GPL-2.0-only
/* Copies a megabyte into a map, again and again. */
#include "hostile.bpf.h"

struct large {
	char bytes[1 << 20];
};

struct large large;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct large);
} slow SEC(".maps");

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u32 zero = 0;

	repeat(64)
		bpf_map_update_elem(&slow, &zero, &large, BPF_ANY);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.timeout = 1000,
	.name = "slow-maps",
};
