// SPDX-License-Identifier: GPL-2.0-only
/*
 * lhd: least hit density (Beckmann, Chen and Cidon, NSDI'18).
 *
 * It learns from what happened to pages: of those that had not been used for so
 * long, how many were used again, and how much memory and time did they take until
 * then or until they went? That quotient, the density, is what a page of that age
 * can be expected to give. It is learnt apart for pages that are new, that came back
 * after they had been evicted, and that were used again. The pages with the least
 * density go.
 *
 * Time is counted in faults; ages are sixteenths of the memory held, up to four
 * times that memory, then all alike. The mark of the fault itself is no use.
 *
 * Good for: steady patterns that simple rules miss, such as scans beside a hot set.
 * Bad for:  patterns that change faster than it learns (some thousands of faults).
 *           It is told of each page that is evicted, and that costs a little.
 */
#include "sweep.bpf.h"

char _license[] SEC("license") = "GPL";

#define AGES	64
#define CLASSES	4	/* a power of two, for the verifier */
#define LEARN	1024	/* faults between two lessons */

enum { NEW, BACK, USED };	/* classes */

struct lhd {
	__u64 now;		/* faults until now */
	__u64 next;		/* when to learn again */
	__u64 held;
	__u64 hits[CLASSES * AGES];	/* pages of that age that were used again */
	__u64 gone[CLASSES * AGES];	/* ... that were evicted */
	__u64 density[CLASSES * AGES];
	__u64 sum_hits;		/* while learning */
	__u64 sum_pages;
	__u64 sum_time;
};

/* A handler has 6 KB. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, __u64);
	__type(value, struct lhd);
} lhd_handlers SEC(".maps");

struct stay {
	__u64 used;		/* when it was last used */
	__u32 class;
	__u32 seen;		/* the fault's own mark has been cleared */
};

/* As many pages as 256 MB have; 7 MB. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, struct mm_policy_key);
	__type(value, struct stay);
} lhd_stays SEC(".maps");

struct lhd empty_lhd;

static __always_inline struct lhd *lhd_of(struct mm_policy_handler *h)
{
	__u64 key = h->id;

	return bpf_map_lookup_elem(&lhd_handlers, &key);
}

/* Where a page of this class and age is counted */
static __always_inline __u32 place(struct lhd *l, struct stay *st)
{
	__u64 age = (l->now - st->used) * 16 / (l->held + 1);

	if (age >= AGES)
		age = AGES - 1;
	return (st->class * AGES + age) % (CLASSES * AGES);
}

SEC("struct_ops/lhd_init")
int BPF_PROG(lhd_init, struct mm_policy_handler *h)
{
	__u64 key = h->id;
	__u32 i = 0;
	struct lhd *l;
	int error;

	error = bpf_map_update_elem(&lhd_handlers, &key, &empty_lhd, BPF_ANY);
	if (error)
		return error;
	l = lhd_of(h);
	if (!l)
		return -EINVAL;
	l->held = h->limit;
	for_each_time(i, CLASSES * AGES)	/* until it knows better: the oldest goes */
		l->density[i % (CLASSES * AGES)] = AGES - i % AGES;
	return 0;
}

SEC("struct_ops/lhd_exit")
void BPF_PROG(lhd_exit, struct mm_policy_handler *h, struct mm_policy_exit *why)
{
	__u64 key = h->id;

	bpf_map_delete_elem(&lhd_handlers, &key);
}

SEC("struct_ops/lhd_fault")
void BPF_PROG(lhd_fault, struct mm_policy_handler *h, struct mm_policy_fault *f)
{
	struct mm_policy_key key = { f->page, h->id };
	struct stay new = { 0, NEW, 0 };
	struct lhd *l = lhd_of(h);

	if (!l)
		return;
	new.used = __sync_fetch_and_add(&l->now, 1);
	new.class = f->kind == MM_POLICY_REFAULT ? BACK : NEW;
	bpf_map_update_elem(&lhd_stays, &key, &new, BPF_ANY);
}

SEC("struct_ops/lhd_gone")
void BPF_PROG(lhd_gone, struct mm_policy_handler *h, struct mm_policy_gone *g)
{
	struct mm_policy_key key = { g->page, h->id };
	struct lhd *l = lhd_of(h);
	struct stay *st = bpf_map_lookup_elem(&lhd_stays, &key);

	/* A range that its owner unmapped is forgotten in time, as all that stays away */
	if (!l || !st || g->why != MM_POLICY_GONE_EVICTED)
		return;
	__sync_fetch_and_add(&l->gone[place(l, st)], 1);
	bpf_map_delete_elem(&lhd_stays, &key);
}

static __always_inline __u64 density(struct mm_policy_handler *h, struct mm_policy_page *p)
{
	struct mm_policy_key key = { p->page, h->id };
	struct stay new = { 0, NEW, 0 };
	struct lhd *l = lhd_of(h);
	struct stay *st = bpf_map_lookup_elem(&lhd_stays, &key);

	if (!l)
		return 0;
	if (!st) {
		new.used = l->now;
		bpf_map_update_elem(&lhd_stays, &key, &new, BPF_NOEXIST);
		return 0;
	}
	if (!st->seen) {
		st->seen = 1;
	} else if (p->flags & MM_POLICY_PAGE_YOUNG) {
		__sync_fetch_and_add(&l->hits[place(l, st)], 1);
		st->used = l->now;
		st->class = USED;
	}
	return l->density[place(l, st)];
}

/* From the oldest age to the youngest, as each needs the sums of all older ones. */
static __always_inline void learn(struct lhd *l)
{
	__u32 i = 0;

	for_each_time(i, CLASSES * AGES) {
		__u32 at = (CLASSES * AGES - 1 - i) % (CLASSES * AGES);

		if (at % AGES == AGES - 1) {	/* a class begins */
			l->sum_hits = 0;
			l->sum_pages = 0;
			l->sum_time = 0;
		}
		l->sum_hits += l->hits[at];
		l->sum_pages += l->hits[at] + l->gone[at];
		l->sum_time += l->sum_pages;
		l->density[at] = (l->sum_hits << 20) / (l->sum_time + 1);
		l->hits[at] -= l->hits[at] / 8;
		l->gone[at] -= l->gone[at] / 8;
	}
}

SEC("struct_ops/lhd_select")
int BPF_PROG(lhd_select, struct mm_policy_handler *h, struct mm_policy_select *s)
{
	struct lhd *l = lhd_of(h);

	if (!l)
		return -EINVAL;
	l->held = s->held;
	if (l->now >= l->next) {
		l->next = l->now + LEARN;
		if (l->now > LEARN)
			learn(l);
	}
	evict_lowest(h, s, density);
	return 0;
}

MM_POLICY(lhd) = {
	.init = (void *)lhd_init,
	.exit = (void *)lhd_exit,
	.fault = (void *)lhd_fault,
	.gone = (void *)lhd_gone,
	.select = (void *)lhd_select,
	.name = "lhd",
};
