// SPDX-License-Identifier: GPL-2.0-only
/*
 * fails: its first search returns nonsense, for which it is ejected.
 */
#include "../../bpf/mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/fails_select")
int BPF_PROG(fails_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return -22;
}

MM_POLICY(fails) = {
	.select = (void *)fails_select,
	.name = "fails",
};
