// SPDX-License-Identifier: GPL-2.0-only
/* endless: walks over all pages, again and again, and takes none. */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

SEC("struct_ops/endless_select")
int BPF_PROG(endless_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct mm_policy_page *p;

	repeat(1U << 31) {
		for_each_page(p, s, 0, 0)
			h->priv[0]++;
	}
	return 0;
}

MM_POLICY(endless) = {
	.select = (void *)endless_select,
	.name = "endless",
};
