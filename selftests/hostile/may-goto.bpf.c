// SPDX-License-Identifier: GPL-2.0-only
/*
 * Goes round by an instruction (may_goto) that ends after 8 million times, and whose
 * loops can be nested: as good as never.
 */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
again:
	asm goto("1: .byte 0xe5; .byte 0;"
		 ".long ((%l[over] - 1b - 8) / 8) & 0xffff; .short 0" : : : : over);
	goto again;
over:
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "may-goto",
};
