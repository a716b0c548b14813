// SPDX-License-Identifier: GPL-2.0-only
/* Kills whoever is short of memory just now. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	return bpf_send_signal(9);
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "sends-signal",
};
