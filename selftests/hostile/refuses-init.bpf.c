// SPDX-License-Identifier: GPL-2.0-only
/* Refuses every handler. */
#include "hostile.bpf.h"

SEC("struct_ops/init")
int BPF_PROG(init, struct mm_policy_handler *h)
{
	return -13;
}

MM_POLICY(policy) = {
	.init = (void *)init,
	.name = "refuses-init",
};
