/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One policy in several versions, by VERSION: each counts in priv[0] how often its
 * init() was called, leaves its number in priv[1], and tells both to whoever looks
 * at the map. The third refuses to serve.
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

struct seen {
	__u64 inits;
	__u64 before;		/* priv[1] as init() found it */
	__u64 version;		/* of the last select() */
	__u64 selects;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen);
} versions_seen SEC(".maps");

SEC("struct_ops/versions_init")
int BPF_PROG(versions_init, struct mm_policy_handler *h)
{
	__u32 only = 0;
	struct seen *seen = bpf_map_lookup_elem(&versions_seen, &only);

	if (!seen || VERSION == 3)
		return -EINVAL;
	seen->before = h->priv[1];
	h->priv[0]++;
	seen->inits = h->priv[0];
	h->priv[1] = VERSION;
	return 0;
}

SEC("struct_ops/versions_select")
int BPF_PROG(versions_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u32 only = 0;
	struct seen *seen = bpf_map_lookup_elem(&versions_seen, &only);
	struct mm_policy_page *p;

	if (!seen)
		return -EINVAL;
	seen->version = h->priv[1];
	seen->selects++;
	for_each_page(p, s, 0, 0) {
		mm_policy_evict(s, p->page);
		if (!s->wanted)
			break;
	}
	return 0;
}

SEC(".struct_ops.link") struct mm_policy_ops versions = {
	.init = (void *)versions_init,
	.select = (void *)versions_select,
	.name = "versions",
};
