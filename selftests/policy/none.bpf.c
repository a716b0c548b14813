// SPDX-License-Identifier: GPL-2.0-only
/*
 * none: selects nothing, whatever is wanted. The word is also an enumerator of the
 * kernel's own types, which a policy may yet use, as mm_policy.bpf.h brings none of
 * them.
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/none_select")
int BPF_PROG(none_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return 0;
}

MM_POLICY(none) = {
	.select = (void *)none_select,
	.name = "none",
};
