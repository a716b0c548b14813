/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages in the order in which they came, in rings: two for each handler.
 *
 * A ring knows 32768 pages (128 MB); of more it forgets the oldest, which then only
 * sweep() finds. There are rings for 16 handlers with two each, or 32 with one; they take
 * 8 MB, used or not. RING is a power of two, 262144 at most (BPF allows 4 MB for a value).
 *
 * Several tasks may push at once. A page that is being pushed while another is taken
 * may be lost, and that is all that a race can do.
 */
#ifndef RING_BPF_H
#define RING_BPF_H

#include "mm_policy.bpf.h"

#define RING		32768
#define RING_HANDLERS	16

struct ring {
	__u64 head;		/* where the next page goes */
	__u64 tail;		/* the oldest page */
	__u64 page[RING];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 2 * RING_HANDLERS);
	__type(key, __u64);
	__type(value, struct ring);
} rings SEC(".maps");

struct ring empty_ring;

static __always_inline __u64 ring_key(struct mm_policy_handler *h, __u32 which)
{
	return (__u64)which << 32 | h->id;
}

/* For init: a negative errno when there are too many handlers. */
static __always_inline int ring_make(struct mm_policy_handler *h, __u32 which)
{
	__u64 key = ring_key(h, which);

	return bpf_map_update_elem(&rings, &key, &empty_ring, BPF_ANY);
}

/* For exit */
static __always_inline void ring_free(struct mm_policy_handler *h, __u32 which)
{
	__u64 key = ring_key(h, which);

	bpf_map_delete_elem(&rings, &key);
}

static __always_inline struct ring *ring_of(struct mm_policy_handler *h, __u32 which)
{
	__u64 key = ring_key(h, which);

	return bpf_map_lookup_elem(&rings, &key);
}

static __always_inline __u64 ring_count(struct ring *r)
{
	return r->head - r->tail;
}

static __always_inline void ring_push(struct ring *r, __u64 page)
{
	r->page[__sync_fetch_and_add(&r->head, 1) % RING] = page;
}

/* Takes the oldest page; 0: there is none, or it is just being pushed. */
static __always_inline __u64 ring_take_oldest(struct ring *r)
{
	__u64 at, page;

	if (ring_count(r) > RING)
		r->tail = r->head - RING;
	at = r->tail;
	if (at == r->head)
		return 0;
	r->tail = at + 1;
	page = r->page[at % RING];
	r->page[at % RING] = 0;
	return page;
}

/* The newest page, which stays; 0 as above. */
static __always_inline __u64 ring_newest(struct ring *r)
{
	return ring_count(r) ? r->page[(r->head - 1) % RING] : 0;
}

/* Takes the newest page but @spared; 0 as above. */
static __always_inline __u64 ring_take_newest(struct ring *r, __u64 spared)
{
	__u64 at, last, page;

	if (ring_count(r) > RING)
		r->tail = r->head - RING;
	if (ring_count(r) <= spared)
		return 0;
	last = __sync_fetch_and_add(&r->head, -1) - 1;
	at = last - spared;
	page = r->page[at % RING];
	r->page[at % RING] = r->page[last % RING];
	r->page[last % RING] = 0;
	return page;
}

/* Pages may have gone since they came: how many a search tries before it gives up. */
#define TRIES	512

/* The kernel answers a thousand in a search, evictions included. */
#define QUESTIONS	256

/*
 * A fault leaves its page marked as accessed. This clears the marks of pages that came
 * since the last time: what is marked later was used a second time. @word of h->priv
 * says up to where that is done.
 */
static __always_inline void ring_clear_new(struct mm_policy_handler *h,
					   struct mm_policy_select *s, struct ring *r,
					   __u32 word)
{
	if (r->head - h->priv[word] > RING)
		h->priv[word] = r->head - RING;
	repeat(QUESTIONS) {
		__u64 page = r->page[h->priv[word] % RING];
		int flags = 0;

		if (h->priv[word] == r->head)
			break;
		if (page)
			flags = mm_policy_look(s, page, true);
		if (flags == -EXDEV || flags == -EDQUOT)	/* another time */
			break;
		h->priv[word]++;
	}
}

/*
 * A page that was taken stays in memory: one that may go another time becomes the newest.
 * Not so after -EBUSY: most of those are locked for long, and sweep() finds the others.
 */
static __always_inline void ring_push_kept(struct ring *r, __u64 page, int error)
{
	if (error == -EXDEV || error == -EDQUOT)
		ring_push(r, page);
}

/*
 * Evicts the oldest pages. One that may go another time stays where it is; the places
 * behind it that become empty count until it goes.
 */
static __always_inline void ring_evict_oldest(struct ring *r, struct mm_policy_select *s)
{
	__u64 tail = r->tail, end = r->head;
	__u32 i = 0;

	for_each_time(i, TRIES) {
		__u64 page = r->page[(tail + i) % RING];
		int error = 0;

		if (!s->wanted || tail + i >= end)
			break;
		if (page)
			error = mm_policy_evict(s, page);
		if (error == -EDQUOT)
			break;
		if (error == -EXDEV)
			continue;
		r->page[(tail + i) % RING] = 0;
		if (r->tail == tail + i)
			r->tail++;
	}
}

#endif /* RING_BPF_H */
