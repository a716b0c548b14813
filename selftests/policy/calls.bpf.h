/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads fifteen pages with each that is read from a device, and for each of its other
 * calls asks for nothing, which the handler counts as refused.
 */
#include "mm_policy.bpf.h"

#define STRING(name)	STRING_OF(name)
#define STRING_OF(name)	#name

char _license[] SEC("license") = "GPL";

SEC("struct_ops/calls_prefetch")
int BPF_PROG(calls_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	if (f->flags & MM_POLICY_FAULT_AHEAD)
		mm_policy_read_ahead(a, f->page, 0);
	else
		mm_policy_read_ahead(a, f->page + 1, 15);
	return 0;
}

MM_POLICY(NAME) = {
	.prefetch = (void *)calls_prefetch,
	.flags = FLAGS,
	.name = STRING(NAME),
};
