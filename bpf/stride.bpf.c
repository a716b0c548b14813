// SPDX-License-Identifier: GPL-2.0-only
/*
 * stride: read ahead of a program that goes in equal steps, up or down.
 *
 * The same distance between faults three times running is a stride, and the next
 * pages at that distance are read: two, then four, and so on. Each mapping has a
 * stride of its own. Neighbours are a run: see run.bpf.h.
 *
 * Good for: columns of matrices, fields of large records, reading backwards.
 * Bad for:  two strides that mix in one mapping (see leap), and no stride at all.
 * args[0]:  how many steps to be ahead at most (0: 8, at most 16)
 */
#include "run.bpf.h"

char _license[] SEC("license") = "GPL";

#define MOST_STEPS	16	/* as often may a policy ask in a call */

struct stride {
	__u64 last;		/* the page that was needed last */
	__u64 step;		/* from the one before; downwards it is "negative" */
	__u64 repeats;		/* how often this step was seen again */
	__u64 asked;		/* steps that have been asked for already */
};

/* A program has some hundred mappings, and reads a few of them at a time; 0.5 MB. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct mm_policy_key);
	__type(value, struct stride);
} strides SEC(".maps");

SEC("struct_ops/stride_prefetch")
int BPF_PROG(stride_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	__u64 page = f->page, start = f->start, end = f->end, step, depth;
	__u64 most = h->args[0] ? h->args[0] : 8;
	struct mm_policy_key key = { start, h->id };
	struct stride new = { page, 0, 0, 0 };
	struct stride *st = bpf_map_lookup_elem(&strides, &key);

	if (!st) {
		bpf_map_update_elem(&strides, &key, &new, BPF_NOEXIST);
		return 0;
	}
	step = page - st->last;
	if (!step)
		return 0;
	st->last = page;
	if (step == 1 || f->flags & MM_POLICY_FAULT_AROUND)
		return read_on(h, f, a, READ_ON_MOST);
	if (step != st->step) {
		st->step = step;
		st->repeats = 0;
		st->asked = 0;
		return 0;
	}
	if (st->repeats < 16)
		st->repeats++;
	if (st->asked)
		st->asked--;
	if (st->repeats < 2)
		return 0;

	depth = 1ULL << (st->repeats - 1);
	if (depth > most)
		depth = most;
	if (depth > MOST_STEPS)
		depth = MOST_STEPS;
	repeat(depth) {
		__u64 next = page + step * (st->asked + 1);

		if (st->asked >= depth || next < start || next >= end)
			break;
		st->asked++;
		mm_policy_read_ahead(a, next, 1);
	}
	return 0;
}

MM_POLICY(stride) = {
	.prefetch = (void *)stride_prefetch,
	.flags = MM_POLICY_RUNS,
	.name = "stride",
};
