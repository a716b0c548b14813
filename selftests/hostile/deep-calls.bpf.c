// SPDX-License-Identifier: GPL-2.0-only
/* Evicts at the bottom of the deepest stack that the verifier allows. */
#include "hostile.bpf.h"

#define SIZE	32

static __always_inline void fill(char *where, __u32 what)
{
	for (int i = 0; i < SIZE; i++)
		where[i] = what + i;
	asm volatile("" : : "r"(where) : "memory");
}

static __noinline int frame7(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char mine[SIZE];

	fill(mine, h->id);
	evict_honestly(h, s);
	return mine[h->id % SIZE] & 1;
}

static __noinline int frame6(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char mine[SIZE];

	fill(mine, h->id);
	return frame7(h, s) + (mine[h->id % SIZE] & 1);
}

static __noinline int frame5(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char mine[SIZE];

	fill(mine, h->id);
	return frame6(h, s) + (mine[h->id % SIZE] & 1);
}

static __noinline int frame4(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char mine[SIZE];

	fill(mine, h->id);
	return frame5(h, s) + (mine[h->id % SIZE] & 1);
}

static __noinline int frame3(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char mine[SIZE];

	fill(mine, h->id);
	return frame4(h, s) + (mine[h->id % SIZE] & 1);
}

static __noinline int frame2(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char mine[SIZE];

	fill(mine, h->id);
	return frame3(h, s) + (mine[h->id % SIZE] & 1);
}

static __noinline int frame1(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char mine[SIZE];

	fill(mine, h->id);
	return frame2(h, s) + (mine[h->id % SIZE] & 1);
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return frame1(h, s) & 0xff;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "deep-calls",
};
