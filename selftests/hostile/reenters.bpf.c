// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counts how deep its functions are in one another in one task, while they do what could
 * bring that about: allocate, write to maps, evict, read ahead.
 */
#include "hostile.bpf.h"

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} depths SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 4096);
	__type(key, __u64);
	__type(value, __u64);
} seen SEC(".maps");

struct task_struct;

__u64 deepest = 0;

static __always_inline void enter(__u64 page)
{
	__u64 *depth = bpf_task_storage_get(&depths, bpf_get_current_task_btf(), NULL,
					    BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (depth && ++*depth > deepest)
		deepest = *depth;
	bpf_map_update_elem(&seen, &page, &page, BPF_ANY);
}

static __always_inline void leave(__u64 page)
{
	__u64 *depth = bpf_task_storage_get(&depths, bpf_get_current_task_btf(), NULL, 0);

	bpf_map_delete_elem(&seen, &page);
	if (depth)
		--*depth;
}

SEC("struct_ops/fault")
void BPF_PROG(fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	enter(f->page);
	leave(f->page + 1);
}

SEC("struct_ops/gone")
void BPF_PROG(gone, struct mm_policy_handler *h, struct mm_policy_gone *g)
{
	enter(g->page);
	leave(g->page);
}

SEC("struct_ops/search")
int BPF_PROG(search, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	enter(s->fault);
	evict_honestly(h, s);
	leave(s->fault);
	return 0;
}

SEC("struct_ops/prefetch")
int BPF_PROG(prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	enter(f->page);
	mm_policy_read_ahead(a, f->page, 64);
	leave(f->page);
	return 0;
}

MM_POLICY(policy) = {
	.fault = (void *)fault,
	.gone = (void *)gone,
	.select = (void *)search,
	.prefetch = (void *)prefetch,
	.name = "reenters",
};
