// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frames that a handler holds: counted where page table entries come and go, and
 * compared with its limit.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "../internal.h"
#include "internal.h"

/*
 * What this processor keeps goes where all can see it. Meanwhile it is counted twice:
 * too many are held rather than too few.
 */
static noinline void fold(struct mmp_handler *h, long nr)
{
	atomic_long_add(nr, &h->held);
	this_cpu_sub(h->cpu->held, nr);
}

/* On the way of every managed fault */
static __always_inline void count(struct mmp_handler *h, long nr)
{
	long here = this_cpu_add_return(h->cpu->held, nr);

	if (unlikely(abs(here) > READ_ONCE(h->held_batch)))
		fold(h, here);
}

void mmp_count(struct mmp_handler *h, enum mmp_kind kind, long nr)
{
	/* What is not a file's is private: that is most, and counted by the rest */
	if (kind != MMP_ANON)
		this_cpu_add(h->cpu->held_kind[kind], nr);
	count(h, nr);
}

void __mm_policy_count(struct vm_area_struct *vma, struct folio *folio, long nr)
{
	struct mmp_handler *h = vma->policy_space->handler;

	/* No handler can take a device's memory: none holds it */
	if (unlikely(folio_is_zone_device(folio)))
		return;
	if (likely(folio_test_anon(folio)))
		count(h, nr);
	else
		mmp_count(h, mmp_kind_of(folio), nr);
}

/* Each mapping parks its folios for itself, as mlock() does. */
void __mm_policy_dup(struct vm_area_struct *vma, struct folio *folio, long nr)
{
	__mm_policy_count(vma, folio, nr);
	if (!folio_test_large(folio) && !folio_is_zone_device(folio))
		mlock_folio(folio);
}

void __mm_policy_moved(struct vm_area_struct *from, struct vm_area_struct *to,
		       struct folio *folio, long nr)
{
	mm_policy_count(from, folio, -nr);
	mm_policy_count(to, folio, nr);
	if (!mm_policy_manages(to) && !(to->vm_flags & VM_LOCKED))
		munlock_folio(folio);
	else if (!mm_policy_manages(from))
		mlock_folio(folio);
}

/*
 * @nr pages of @folio are not mapped in @vma any longer. Most of it is about to be freed
 * from the list where it is: queueing a munlock for each would make munmap() half as
 * slow again. What a search has isolated is munlocked. The page table lock is held.
 */
void __mm_policy_unmapped(struct vm_area_struct *vma, struct folio *folio, long nr)
{
	const unsigned long asked = BIT(PG_head) | BIT(PG_mlocked) | BIT(PG_swapcache);
	unsigned long flags = READ_ONCE(folio->flags);

	/* One look for all that the most frequent kind is and is not */
	if (likely((flags & asked) == BIT(PG_mlocked) && folio_test_anon(folio) &&
		   !folio_is_zone_device(folio) && !(vma->vm_flags & VM_LOCKED) &&
		   atomic_read(&folio->_mapcount) < 0)) {
		count(vma->policy_space->handler, -1);
		if (folio_test_clear_mlocked(folio))
			__dec_zone_page_state(&folio->page, NR_MLOCK);
		return;
	}

	__mm_policy_count(vma, folio, -nr);
	if ((vma->vm_flags & VM_LOCKED) || folio_test_mlocked(folio))
		munlock_folio(folio);
}

/* The rougher the faster, but a small limit must be kept exactly. */
void mmp_set_held_batch(struct mmp_handler *h)
{
	unsigned long batch = 64;

	if (h->pub.limit)
		batch = min(h->pub.limit / (64 * num_online_cpus()), batch);
	WRITE_ONCE(h->held_batch, batch);
	/* What a processor kept before stays there until it counts again */
	if (batch > h->held_drift)
		WRITE_ONCE(h->held_drift, batch);
}

/* Roughly */
unsigned long mmp_held(struct mmp_handler *h)
{
	return max(atomic_long_read(&h->held), 0L);
}

unsigned long mmp_held_exactly(struct mmp_handler *h)
{
	long held = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		held += READ_ONCE(per_cpu_ptr(h->cpu, cpu)->held);
	return max(held + atomic_long_read(&h->held), 0L);
}

/* As exactly as it takes not to overlook what processors keep */
unsigned long mmp_held_nearly(struct mmp_handler *h)
{
	unsigned long held = mmp_held(h);

	if (held > 16 * READ_ONCE(h->held_drift) * num_online_cpus())
		return held;
	return mmp_held_exactly(h);
}

unsigned long mmp_held_kind(struct mmp_handler *h, enum mmp_kind kind)
{
	long held = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		held += READ_ONCE(per_cpu_ptr(h->cpu, cpu)->held_kind[kind]);
	return max(held, 0L);
}

/* Frames that count against the limit */
unsigned long mmp_used(struct mmp_handler *h)
{
	return mmp_held_exactly(h) + atomic_long_read(&h->nr_laundry) +
	       READ_ONCE(h->nr_ahead);
}

/* Would @nr more frames be too many? */
bool mmp_over(struct mmp_handler *h, unsigned long nr)
{
	unsigned long limit = READ_ONCE(h->pub.limit);
	unsigned long rough;

	if (!limit)
		return false;
	rough = mmp_held(h) + atomic_long_read(&h->nr_laundry) + READ_ONCE(h->nr_ahead);
	if (rough + nr + READ_ONCE(h->held_drift) * num_online_cpus() <= limit)
		return false;
	return mmp_used(h) + nr > limit;
}

/*
 * Of all handlers, for estimates and for people
 */

unsigned long mm_policy_held_pages(void)
{
	unsigned long held = 0;
	struct mmp_handler *h;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &mmp_handlers, all)
		held += mmp_held_exactly(h);
	rcu_read_unlock();
	return held;
}

/* What is mapped by several is held by each of them, and is there once. */
unsigned long mm_policy_file_cache(void)
{
	unsigned long held = 0;
	struct mmp_handler *h;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &mmp_handlers, all)
		held += mmp_held_kind(h, MMP_FILE);
	rcu_read_unlock();
	return min3(held, global_node_page_state(NR_FILE_MAPPED),
		    global_node_page_state(NR_UNEVICTABLE));
}

/* Managed pages are unevictable to the LRU, but not to their handlers. */
unsigned long __mm_policy_reclaimable(struct zone *zone)
{
	bool swap = get_nr_swap_pages() > 0;
	unsigned long held = 0;
	struct mmp_handler *h;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &mmp_handlers, all)
		held += swap ? mmp_held_nearly(h) : mmp_held_kind(h, MMP_FILE);
	rcu_read_unlock();
	return min(held, zone_page_state(zone, NR_ZONE_UNEVICTABLE));
}

#ifdef CONFIG_MM_POLICY_KUNIT_TEST
#include "tests/held-kunit.h"
#endif
