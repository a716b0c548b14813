// SPDX-License-Identifier: GPL-2.0-only
/* Takes more than 512 bytes of stack, in two functions. */
#include "hostile.bpf.h"

static __always_inline void fill(char *where, __u32 what)
{
	where[0] = what;
	where[399] = what;
	asm volatile("" : : "r"(where) : "memory");
}

static __noinline int below(__u32 id)
{
	char mine[400];

	fill(mine, id);
	return mine[0];
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char mine[400];

	fill(mine, h->id);
	return below(h->id) + mine[399];
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "huge-stack",
};
