// SPDX-License-Identifier: GPL-2.0-only
/* Leaves by an exception, past whatever is open. */
#include "hostile.bpf.h"

void bpf_throw(__u64 cookie) __ksym;

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	bpf_throw(h->id);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "throws",
};
