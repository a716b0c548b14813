// SPDX-License-Identifier: GPL-2.0-only
/* Counts with BPF's own iterator, as bpf_for() does, which knows no budget. */
#include "hostile.bpf.h"

int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct bpf_iter_num it __attribute__((aligned(8)));

	bpf_iter_num_new(&it, 0, 1 << 23);
	while (bpf_iter_num_next(&it))
		;
	bpf_iter_num_destroy(&it);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "counts-freely",
};
