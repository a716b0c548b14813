// SPDX-License-Identifier: GPL-2.0-only
/*
 * noop: a program on every hook that can be empty without changing what is paged.
 *
 * select() and prefetch() are missing, so the kernel's clock and its read-ahead do
 * the work, and all that differs from the policy "clock" is the price of calling
 * BPF.
 *
 * Good for: measuring that price.
 * Bad for:  everything else.
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/noop_init")
int BPF_PROG(noop_init, struct mm_policy_handler *h)
{
	return 0;
}

SEC("struct_ops/noop_exit")
void BPF_PROG(noop_exit, struct mm_policy_handler *h, struct mm_policy_exit *why)
{
}

SEC("struct_ops/noop_attach")
int BPF_PROG(noop_attach, struct mm_policy_handler *h, struct mm_policy_space *space)
{
	return 0;
}

SEC("struct_ops/noop_detach")
void BPF_PROG(noop_detach, struct mm_policy_handler *h, struct mm_policy_space *space)
{
}

SEC("struct_ops/noop_fault")
void BPF_PROG(noop_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
}

SEC("struct_ops/noop_gone")
void BPF_PROG(noop_gone, struct mm_policy_handler *h, struct mm_policy_gone *g)
{
}

MM_POLICY(noop) = {
	.init = (void *)noop_init,
	.exit = (void *)noop_exit,
	.attach = (void *)noop_attach,
	.detach = (void *)noop_detach,
	.fault = (void *)noop_fault,
	.gone = (void *)noop_gone,
	.name = "noop",
};
