// SPDX-License-Identifier: GPL-2.0-only
/*
 * around: memory by blocks of 8 pages, which leave together and come back together.
 *
 * A hand goes round over the blocks, as in nru. A block none of whose pages was accessed
 * since the hand last passed goes as a whole, and it is remembered which pages that
 * were. When one of them has to be read again, so are the others: there is one wait for
 * all of them. Of a block that was never seen, the page is read with a few beside it.
 * Where a block that was read is used from one end to the other, the next one is read
 * meanwhile, half by half, upwards or downwards; then there is no wait at all.
 *
 * Good for: programs with more text and data than fit, that go through a part of them
 *           and then through another, several at a time as well: sorting, compiling, matrices.
 * Bad for:  pages that are used alone (random records); private pages that come from
 *           zram, for which there is nothing to wait.
 * args[0]:  pages to read with one of an unknown block, that included: 1, 2, 4 or 8
 *           (0: 4)
 */
#include "mm_policy.bpf.h"

char _license[] SEC("license") = "GPL";

#define BLOCK	8
#define SWEEP	512	/* pages that a search passes */

/* Words of h->priv */
#define HAND	0	/* the page behind the last one passed */
#define SEEN	1	/* pages passed */
#define WHICH	2	/* the block that the hand is in */
#define YOUNG	3	/* one of its pages was accessed */
#define PAGES	4	/* a bit for each of its pages that is there */

struct block {
	__u32 left;		/* a bit for each page that left */
	__u32 came;		/* ... that was touched since they were read */
};

/* As many blocks as 256 MB have; 1 MB. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct mm_policy_key);
	__type(value, struct block);
} around_blocks SEC(".maps");

/* There is none only if there is no memory. */
static __always_inline struct block *block_of(struct mm_policy_handler *h, __u64 number)
{
	struct mm_policy_key key = { number, h->id };
	struct block new = { 0, 0 }, *b = bpf_map_lookup_elem(&around_blocks, &key);

	if (b)
		return b;
	bpf_map_update_elem(&around_blocks, &key, &new, BPF_NOEXIST);
	return bpf_map_lookup_elem(&around_blocks, &key);
}

SEC("struct_ops/around_fault")
void BPF_PROG(around_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	struct block *b = block_of(h, f->page / BLOCK);

	if (b)
		b->came |= 1U << f->page % BLOCK;
}

/* Read the pages of a block that have a bit in @which. */
static __always_inline void read_block(struct mm_policy_fault *f, struct mm_policy_ahead *a,
				       struct block *b, __u64 number, __u32 which)
{
	__u64 start = f->start, end = f->end, from = 0, nr = 0;
	int i;

	b->left &= ~which;
	b->came &= ~which;
	for (i = 0; i <= BLOCK; i++) {
		__u64 page = number * BLOCK + i;

		if (i < BLOCK && which >> i & 1 && page >= start && page < end) {
			if (!nr)
				from = page;
			nr++;
		} else if (nr) {
			mm_policy_read_ahead(a, from, nr);
			nr = 0;
		}
	}
}

/* Is the block being used from one end to the other? */
static __always_inline void read_next(struct mm_policy_handler *h, struct mm_policy_fault *f,
				      struct mm_policy_ahead *a)
{
	__u64 number = f->page / BLOCK;
	__u32 at = f->page % BLOCK, half;
	struct block *b = block_of(h, number);

	if (!b)
		return;
	switch (b->came | 1U << at) {
	case 0x07:		/* upwards */
		half = 0x0f;
		number++;
		break;
	case 0x1f:
		half = 0xf0;
		number++;
		break;
	case 0xe0:		/* downwards */
		half = 0xf0;
		number--;
		break;
	case 0xf8:
		half = 0x0f;
		number--;
		break;
	default:
		return;
	}
	b = block_of(h, number);
	if (b)
		read_block(f, a, b, number, half);
}

SEC("struct_ops/around_prefetch")
int BPF_PROG(around_prefetch, struct mm_policy_handler *h, struct mm_policy_fault *f,
	     struct mm_policy_ahead *a)
{
	__u64 few = h->args[0] && h->args[0] <= BLOCK ? h->args[0] : 4;
	__u64 number = f->page / BLOCK;
	__u32 at = f->page % BLOCK, which;
	struct block *b;

	b = block_of(h, number);
	if (!b)
		return 0;
	if (!(f->flags & MM_POLICY_FAULT_AHEAD)) {
		which = b->left ? b->left : ((1U << few) - 1) << (at - at % few);
		b->left &= ~(1U << at);
		b->came &= ~(1U << at);
		read_block(f, a, b, number, which & ~(1U << at));
	}
	read_next(h, f, a);
	return 0;
}

static __always_inline void take(struct mm_policy_handler *h, struct mm_policy_select *s,
				 __u64 page)
{
	struct block *b;

	if (mm_policy_evict(s, page))
		return;
	b = block_of(h, page / BLOCK);
	if (b)
		b->left |= 1U << page % BLOCK;
}

/* The hand leaves a block. */
static __always_inline void leave(struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u32 i = 0;

	if (!h->priv[YOUNG]) {
		for_each_time(i, BLOCK) {
			if (h->priv[PAGES] >> i & 1)
				take(h, s, h->priv[WHICH] * BLOCK + i);
		}
	}
	h->priv[PAGES] = 0;
	h->priv[YOUNG] = 0;
}

SEC("struct_ops/around_select")
int BPF_PROG(around_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	__u64 start = h->priv[HAND];
	struct mm_policy_page *p;

	h->priv[SEEN] = 0;
	h->priv[PAGES] = 0;
	h->priv[YOUNG] = 0;
	for_each_page(p, s, start, MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP) {
		if (p->page / BLOCK != h->priv[WHICH]) {
			leave(h, s);
			/* What remains of the block goes the next time */
			if (!s->wanted)
				break;
			h->priv[WHICH] = p->page / BLOCK;
			h->priv[HAND] = p->page;
			if (h->priv[SEEN] >= SWEEP)
				break;
		}
		h->priv[PAGES] |= 1ULL << p->page % BLOCK;
		if (p->flags & MM_POLICY_PAGE_YOUNG)
			h->priv[YOUNG] = 1;
		h->priv[SEEN]++;
	}
	if (!s->wanted)
		return 0;

	for_each_page(p, s, start, MM_POLICY_WALK_WRAP) {
		take(h, s, p->page);
		if (!s->wanted)
			break;
	}
	return 0;
}

MM_POLICY(around) = {
	.fault = (void *)around_fault,
	.prefetch = (void *)around_prefetch,
	.select = (void *)around_select,
	.batch = 4,
	.name = "around",
};
