// SPDX-License-Identifier: GPL-2.0-only
/* Calls deeper than eight functions. */
#include "hostile.bpf.h"

static __noinline __u64 frame9(__u64 x)
{
	return x * 3 + 1;
}

static __noinline __u64 frame8(__u64 x)
{
	return frame9(x + 1) * 3 + 1;
}

static __noinline __u64 frame7(__u64 x)
{
	return frame8(x + 1) * 3 + 1;
}

static __noinline __u64 frame6(__u64 x)
{
	return frame7(x + 1) * 3 + 1;
}

static __noinline __u64 frame5(__u64 x)
{
	return frame6(x + 1) * 3 + 1;
}

static __noinline __u64 frame4(__u64 x)
{
	return frame5(x + 1) * 3 + 1;
}

static __noinline __u64 frame3(__u64 x)
{
	return frame4(x + 1) * 3 + 1;
}

static __noinline __u64 frame2(__u64 x)
{
	return frame3(x + 1) * 3 + 1;
}

static __noinline __u64 frame1(__u64 x)
{
	return frame2(x + 1) * 3 + 1;
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return frame1(h->id) & 0xff;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "nine-frames",
};
