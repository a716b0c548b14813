// SPDX-License-Identifier: GPL-2.0-only
/* Makes a search of its own, with itself as the handler. */
#include "hostile.bpf.h"
#include <bpf/bpf_core_read.h>

void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
void bpf_obj_drop_impl(void *object, void *meta) __ksym;

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 type = bpf_core_type_id_local(struct mm_policy_select);
	struct mm_policy_select *mine = bpf_obj_new_impl(type, NULL);

	if (!mine)
		return 0;
	mm_policy_evict(mine, s->fault);
	bpf_obj_drop_impl(mine, NULL);
	return 0;
}

MM_POLICY(policy) = {
	.select = (void *)search,
	.name = "forged-search",
};
