// SPDX-License-Identifier: GPL-2.0-only
/*
 * seq: read ahead of a program that goes through a mapping upwards.
 *
 * How it sees that, and how far it reads, is in run.bpf.h. The kernel's clock chooses
 * what leaves memory.
 *
 * Good for: files and arrays that are read from front to back.
 * Bad for:  any other order: it does nothing then. Two runs in one mapping at a
 *           time end each other.
 * args[0]:  the most pages to read at once (0: 32)
 */
#include "run.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/seq_prefetch")
int BPF_PROG(seq_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	return read_on(h, f, a, h->args[0] ? h->args[0] : READ_ON_MOST);
}

MM_POLICY(seq) = {
	.prefetch = (void *)seq_prefetch,
	.flags = MM_POLICY_RUNS,
	.name = "seq",
};
