// SPDX-License-Identifier: GPL-2.0-only
/* Works long under a lock, which all threads of its task want. */
#include "hostile.bpf.h"

struct counter {
	struct bpf_spin_lock lock;
	__u64 number;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct counter);
} counters SEC(".maps");

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	__u32 zero = 0;
	struct counter *c = bpf_map_lookup_elem(&counters, &zero);

	if (!c)
		return;
	bpf_spin_lock(&c->lock);
	c->number = work(c->number, 1000);
	bpf_spin_unlock(&c->lock);
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.name = "locks-long",
};
