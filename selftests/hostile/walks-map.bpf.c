// SPDX-License-Identifier: GPL-2.0-only
/* Walks over a map of a million numbers in one call. */
#include "hostile.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << 20);
	__type(key, __u32);
	__type(value, __u64);
} numbers SEC(".maps");

static long each(void *map, __u32 *key, __u64 *value, void *unused)
{
	++*value;
	return 0;
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	bpf_for_each_map_elem(&numbers, each, NULL, 0);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "walks-map",
};
