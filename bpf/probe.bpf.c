// SPDX-License-Identifier: GPL-2.0-only
/*
 * probe: counts how often each function is called, and what the kernel answers.
 *
 *	bpftool map dump name probe_counts
 *
 * Every function of the interface is called from wherever it may be. Victims are
 * taken in the order of their names, from where the last search ended.
 *
 * Good for: seeing that the hooks fire, and which never do.
 * Bad for:  everything else. The counts are those of all handlers together.
 * args[0]:  pages to read ahead with each page that is read (0: none)
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

struct probe_counts {
	__u64 init;
	__u64 exit;
	__u64 attach;
	__u64 detach;
	__u64 fault;
	__u64 fault_first_touch;
	__u64 fault_refault;
	__u64 fault_file_page;
	__u64 fault_copy_on_write;
	__u64 fault_major;
	__u64 fault_ahead;
	__u64 gone;
	__u64 gone_evicted;		/* pages */
	__u64 gone_unmapped;
	__u64 select;
	__u64 select_for_limit;
	__u64 select_for_cgroup;
	__u64 select_for_memory;
	__u64 select_for_request;
	__u64 prefetch;
	__u64 page_seen;		/* by the iterator */
	__u64 page_young;
	__u64 looked;
	__u64 look_failed;
	__u64 evicted;
	__u64 evict_refused;
	__u64 read_ahead;		/* calls */
	__u64 read_ahead_pages;
	__u64 read_ahead_failed;
	__u64 times;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct probe_counts);
} probe_counts SEC(".maps");

static __always_inline struct probe_counts *counts(void)
{
	__u32 only = 0;

	return bpf_map_lookup_elem(&probe_counts, &only);
}

static __always_inline void count(__u64 *what, __u64 n)
{
	__sync_fetch_and_add(what, n);
}

/* Three rounds of the iterator that any function may use. */
static __always_inline void count_times(struct probe_counts *c)
{
	repeat(3)
		count(&c->times, 1);
}

SEC("struct_ops/probe_init")
int BPF_PROG(probe_init, struct mm_policy_handler *h)
{
	struct probe_counts *c = counts();

	if (!c)
		return -EINVAL;
	count(&c->init, 1);
	count_times(c);
	return 0;
}

SEC("struct_ops/probe_exit")
void BPF_PROG(probe_exit, struct mm_policy_handler *h, struct mm_policy_exit *why)
{
	struct probe_counts *c = counts();

	if (c) {
		count(&c->exit, 1);
		count_times(c);
	}
}

SEC("struct_ops/probe_attach")
int BPF_PROG(probe_attach, struct mm_policy_handler *h, struct mm_policy_space *space)
{
	struct probe_counts *c = counts();

	if (!c)
		return -EINVAL;
	count(&c->attach, 1);
	count_times(c);
	return 0;
}

SEC("struct_ops/probe_detach")
void BPF_PROG(probe_detach, struct mm_policy_handler *h, struct mm_policy_space *space)
{
	struct probe_counts *c = counts();

	if (c) {
		count(&c->detach, 1);
		count_times(c);
	}
}

SEC("struct_ops/probe_fault")
void BPF_PROG(probe_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	struct probe_counts *c = counts();

	if (!c)
		return;
	count(&c->fault, 1);
	if (f->kind == MM_POLICY_FIRST_TOUCH)
		count(&c->fault_first_touch, 1);
	if (f->kind == MM_POLICY_REFAULT)
		count(&c->fault_refault, 1);
	if (f->kind == MM_POLICY_FILE_PAGE)
		count(&c->fault_file_page, 1);
	if (f->kind == MM_POLICY_COPY_ON_WRITE)
		count(&c->fault_copy_on_write, 1);
	if (f->flags & MM_POLICY_FAULT_MAJOR)
		count(&c->fault_major, 1);
	if (f->flags & MM_POLICY_FAULT_AHEAD)
		count(&c->fault_ahead, 1);
	count_times(c);
}

SEC("struct_ops/probe_gone")
void BPF_PROG(probe_gone, struct mm_policy_handler *h, struct mm_policy_gone *g)
{
	struct probe_counts *c = counts();

	if (!c)
		return;
	count(&c->gone, 1);
	if (g->why == MM_POLICY_GONE_EVICTED)
		count(&c->gone_evicted, g->nr);
	if (g->why == MM_POLICY_GONE_UNMAPPED)
		count(&c->gone_unmapped, g->nr);
	count_times(c);
}

SEC("struct_ops/probe_select")
int BPF_PROG(probe_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct probe_counts *c = counts();
	struct mm_policy_page *p;

	if (!c)
		return -EINVAL;
	count(&c->select, 1);
	if (s->why == MM_POLICY_FOR_LIMIT)
		count(&c->select_for_limit, 1);
	if (s->why == MM_POLICY_FOR_CGROUP)
		count(&c->select_for_cgroup, 1);
	if (s->why == MM_POLICY_FOR_MEMORY)
		count(&c->select_for_memory, 1);
	if (s->why == MM_POLICY_FOR_REQUEST)
		count(&c->select_for_request, 1);
	count_times(c);

	for_each_page(p, s, h->priv[0], MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
		count(&c->page_seen, 1);
		if (p->flags & MM_POLICY_PAGE_YOUNG)
			count(&c->page_young, 1);
		if (mm_policy_look(s, p->page, false) < 0)
			count(&c->look_failed, 1);
		else
			count(&c->looked, 1);
		if (mm_policy_evict(s, p->page))
			count(&c->evict_refused, 1);
		else
			count(&c->evicted, 1);
		h->priv[0] = p->page + p->nr;
		if (!s->wanted)
			break;
	}
	return 0;
}

SEC("struct_ops/probe_prefetch")
int BPF_PROG(probe_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	struct probe_counts *c = counts();
	__u64 nr = f->end - f->page - 1;
	int got;

	if (!c)
		return -EINVAL;
	count(&c->prefetch, 1);
	count_times(c);

	if (nr > h->args[0])
		nr = h->args[0];
	if (!nr)
		return 0;
	count(&c->read_ahead, 1);
	got = mm_policy_read_ahead(a, f->page + 1, nr);
	if (got < 0)
		count(&c->read_ahead_failed, 1);
	else
		count(&c->read_ahead_pages, got);
	return 0;
}

MM_POLICY(probe) = {
	.init = (void *)probe_init,
	.exit = (void *)probe_exit,
	.attach = (void *)probe_attach,
	.detach = (void *)probe_detach,
	.fault = (void *)probe_fault,
	.gone = (void *)probe_gone,
	.select = (void *)probe_select,
	.prefetch = (void *)probe_prefetch,
	.name = "probe",
};
