// SPDX-License-Identifier: GPL-2.0-only
/* Reads the memory of whoever is running, which could fault. */
#include "hostile.bpf.h"

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	char byte;

	return bpf_probe_read_user(&byte, sizeof(byte), (void *)h->args[0]);
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "reads-user",
};
