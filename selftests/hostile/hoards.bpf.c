// SPDX-License-Identifier: GPL-2.0-only
/* Allocates in each fault, and keeps it all in a list. */
#include "hostile.bpf.h"
#include <bpf/bpf_core_read.h>

#define PIECES	2048

struct piece {
	struct bpf_list_node node;
	char bytes[3000];
};

struct list {
	struct bpf_spin_lock lock;
	struct bpf_list_head head
		__attribute__((btf_decl_tag("contains:piece:node")));
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct list);
} lists SEC(".maps");

__u64 nr = 0;

void *bpf_obj_new_impl(__u64 type, void *meta) __ksym;
int bpf_list_push_back_impl(struct bpf_list_head *head, struct bpf_list_node *node,
			    void *meta, __u64 off) __ksym;

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	__u32 zero = 0;
	struct list *l = bpf_map_lookup_elem(&lists, &zero);
	struct piece *p;

	/* As much as it likes; but the machine of this test has to live */
	if (!l || nr >= PIECES)
		return;
	p = bpf_obj_new_impl(bpf_core_type_id_local(struct piece), NULL);
	if (!p)
		return;
	nr++;
	bpf_spin_lock(&l->lock);
	bpf_list_push_back_impl(&l->head, &p->node, NULL, 0);
	bpf_spin_unlock(&l->lock);
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.name = "hoards",
};
