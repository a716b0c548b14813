// SPDX-License-Identifier: GPL-2.0-only
/* A program that is no policy, and counts with policies' iterator. */
#include "hostile.bpf.h"

SEC("tp_btf/sys_enter")
int BPF_PROG(enter)
{
	__u64 rounds = 0;

	repeat(100)
		rounds++;
	return rounds & 1;
}
