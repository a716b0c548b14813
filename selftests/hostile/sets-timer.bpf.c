// SPDX-License-Identifier: GPL-2.0-only
/* Goes on in a timer when its function is over. */
#include "hostile.bpf.h"

struct clock {
	struct bpf_timer timer;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct clock);
} clocks SEC(".maps");

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u32 zero = 0;
	struct clock *c = bpf_map_lookup_elem(&clocks, &zero);

	if (c)
		bpf_timer_init(&c->timer, &clocks, 0);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "sets-timer",
};
