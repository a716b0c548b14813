// SPDX-License-Identifier: GPL-2.0-only
/*
 * From victims to free frames: asks the policy, lets the clock find what it left
 * undone, unmaps and writes, keeps what is still being written (the laundry), and
 * gives handlers' part to global and control group reclaim.
 */
#include <linux/memcontrol.h>
#include <linux/mm_inline.h>
#include <linux/psi.h>
#include <linux/rmap.h>
#include <linux/sched/clock.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <linux/writeback.h>

#include <trace/events/mm_policy.h>

#include "../internal.h"
#include "internal.h"

#define LAUNDRY_DELAY		(HZ / 20)
#define FALLBACK_PRIORITY	6	/* global reclaim is in earnest from here on */

/* When a policy is ejected */
#define SHORT_IN_ROW		256	/* searches without any result */
#define LATE_IN_ROW		8	/* searches that took too long */
#define INVALID_PAGES		1024	/* and more than a quarter of what it proposed */

static u64 stat_sum(struct mmp_handler *h, enum mm_policy_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(h->cpu, cpu)->stat[stat];
	return sum;
}

/* Frames that count against the limit */
unsigned long mmp_used(struct mmp_handler *h)
{
	return percpu_counter_sum_positive(&h->held) + atomic_long_read(&h->nr_laundry) +
	       READ_ONCE(h->nr_ahead);
}

/* Would @nr more frames be too many? */
bool mmp_over(struct mmp_handler *h, unsigned long nr)
{
	unsigned long limit = READ_ONCE(h->pub.limit);
	unsigned long rough;

	if (!limit)
		return false;
	rough = percpu_counter_read_positive(&h->held) +
		atomic_long_read(&h->nr_laundry) + READ_ONCE(h->nr_ahead);
	if (rough + nr + h->held_batch * num_online_cpus() <= limit)
		return false;
	return mmp_used(h) + nr > limit;
}

/*
 * A folio whose unmapping failed, or that somebody else maps too: whoever manages or
 * locks it gets it back as unevictable. folio_referenced() restores that on its way.
 */
static void put_back(struct folio *folio)
{
	unsigned long vm_flags;

	if (folio_mapped(folio) && folio_trylock(folio)) {
		folio_referenced(folio, 1, NULL, &vm_flags);
		folio_unlock(folio);
	}
	folio_putback_lru(folio);
}

/*
 * Free the folios of @folios that can be freed; those being written go to the
 * laundry, others back to the LRU.
 */
static unsigned long reclaim(struct mmp_handler *h, struct list_head *folios, gfp_t gfp)
{
	struct mmp_call call = { .handler = h };
	unsigned int noreclaim, written;
	unsigned long freed = 0;
	struct folio *folio, *next;
	LIST_HEAD(node_folios);
	bool dirty = false;
	int nid;

	if (list_empty(folios))
		return 0;
	noreclaim = memalloc_noreclaim_save();
	current->policy_call = &call;

	while (!list_empty(folios)) {
		nid = folio_nid(lru_to_folio(folios));
		list_for_each_entry_safe(folio, next, folios, lru)
			if (folio_nid(folio) == nid)
				list_move_tail(&folio->lru, &node_folios);
		freed += mm_policy_reclaim_folios(&node_folios, NODE_DATA(nid), gfp,
						  &written);
		mmp_stat(h, MM_POLICY_STAT_WRITTEN, written);
		while (!list_empty(&node_folios)) {
			folio = lru_to_folio(&node_folios);
			list_del(&folio->lru);
			folio_clear_active(folio);
			if (!folio_mapped(folio) &&
			    (folio_test_writeback(folio) || folio_test_dirty(folio)) &&
			    folio_mapping(folio)) {
				list_add_tail(&folio->lru, &h->laundry);
				atomic_long_add(folio_nr_pages(folio), &h->nr_laundry);
				dirty |= !folio_test_writeback(folio);
			} else {
				put_back(folio);
			}
		}
	}

	current->policy_call = NULL;
	memalloc_noreclaim_restore(noreclaim);
	if (dirty)
		mod_delayed_work(system_unbound_wq, &h->laundry_work, 0);
	return freed;
}

/* Take what is written out of the laundry, or with @all everything. */
static unsigned long empty_laundry(struct mmp_handler *h, gfp_t gfp, bool all)
{
	struct folio *folio, *next;
	LIST_HEAD(done);
	LIST_HEAD(others);

	lockdep_assert_held(&h->select_mutex);
	list_for_each_entry_safe(folio, next, &h->laundry, lru) {
		if (!all && !folio_mapped(folio) && folio_mapping(folio) &&
		    (folio_test_writeback(folio) || folio_test_dirty(folio)))
			continue;
		atomic_long_sub(folio_nr_pages(folio), &h->nr_laundry);
		if (folio_mapped(folio) || folio_test_writeback(folio) ||
		    folio_test_dirty(folio)) {
			/* Wanted again, or nobody waits for it here */
			list_move(&folio->lru, &others);
		} else {
			list_move(&folio->lru, &done);
		}
	}
	while (!list_empty(&others)) {
		folio = lru_to_folio(&others);
		list_del(&folio->lru);
		put_back(folio);
	}
	return reclaim(h, &done, gfp);
}

static void plan_laundry(struct mmp_handler *h)
{
	if (atomic_long_read(&h->nr_laundry))
		queue_delayed_work(system_unbound_wq, &h->laundry_work, LAUNDRY_DELAY);
}

/* Have a dirty folio of a file written: reclaim leaves that to others. */
static void write_file_folio(struct folio *folio)
{
	struct address_space *mapping;
	struct inode *inode = NULL;
	loff_t pos;

	if (!folio_trylock(folio))
		return;
	mapping = folio_mapping(folio);
	if (mapping && mapping->host && folio_is_file_lru(folio))
		inode = igrab(mapping->host);
	pos = folio_pos(folio);
	folio_unlock(folio);
	if (!inode)
		return;
	__filemap_fdatawrite_range(inode->i_mapping, pos, pos + folio_size(folio) - 1,
				   WB_SYNC_NONE);
	iput(inode);
}

/* The first folio of the laundry that is dirty and not being written, with a reference */
static struct folio *dirty_laundry(struct mmp_handler *h)
{
	struct folio *folio, *dirty = NULL;

	mutex_lock(&h->select_mutex);
	list_for_each_entry(folio, &h->laundry, lru) {
		if (folio_test_dirty(folio) && !folio_test_writeback(folio) &&
		    folio_is_file_lru(folio)) {
			folio_get(folio);
			dirty = folio;
			break;
		}
	}
	mutex_unlock(&h->select_mutex);
	return dirty;
}

void mmp_laundry_work(struct work_struct *work)
{
	struct mmp_handler *h = container_of(to_delayed_work(work), struct mmp_handler,
					     laundry_work);
	long left = atomic_long_read(&h->nr_laundry);
	struct folio *folio;

	while (left-- > 0 && (folio = dirty_laundry(h))) {
		write_file_folio(folio);
		folio_put(folio);
	}

	mutex_lock(&h->select_mutex);
	empty_laundry(h, GFP_KERNEL, false);
	mutex_unlock(&h->select_mutex);
	plan_laundry(h);
}

/* Nothing of @h may stay isolated: it goes away. */
void mmp_laundry_flush(struct mmp_handler *h)
{
	mutex_lock(&h->select_mutex);
	empty_laundry(h, GFP_KERNEL, true);
	mutex_unlock(&h->select_mutex);
}

/* Free folios that were read ahead for nothing. Returns with none of them held. */
void mmp_free_folios(struct mmp_handler *h, struct list_head *folios)
{
	reclaim(h, folios, GFP_KERNEL);
}

static void judge(struct mmp_handler *h, const struct mm_policy_ops *ops, int ret,
		  struct mmp_select *sel, u64 started, u64 took, u32 wanted)
{
	u64 allowed = sel->deadline - started;
	u64 invalid;

	if (ret < 0) {
		mmp_eject(h, ops, MM_POLICY_EXIT_ERROR, "select() returned %d", ret);
		return;
	}

	/* A walk that uses up its time ends a little after it */
	if (took <= 2 * allowed) {
		h->late_in_row = 0;
	} else if (++h->late_in_row >= LATE_IN_ROW) {
		mmp_eject(h, ops, MM_POLICY_EXIT_TIMEOUT,
			  "select() took %llu us, the last of %u too long ones in a row; %llu are its time",
			  took / NSEC_PER_USEC, h->late_in_row, allowed / NSEC_PER_USEC);
		return;
	}

	if (sel->nr) {
		h->short_in_row = 0;
	} else {
		mmp_stat(h, MM_POLICY_STAT_SHORTFALLS, 1);
		h->short_in_row++;
	}

	invalid = stat_sum(h, MM_POLICY_STAT_INVALID);
	if (invalid > INVALID_PAGES &&
	    invalid * 4 > stat_sum(h, MM_POLICY_STAT_EVICTED_POLICY))
		mmp_eject(h, ops, MM_POLICY_EXIT_BAD_PAGES,
			  "it proposed %llu pages that are not its handler's", invalid);
}

/* Ask the policy. False: it has no opinion. */
static bool ask_policy(struct mmp_handler *h, struct mmp_select *sel)
{
	struct mmp_call call = { .handler = h, .times = 1 << 16 };
	const struct mm_policy_ops *ops;
	u32 wanted = sel->pub.wanted;
	u64 started, took;
	int ret;

	rcu_read_lock();
	ops = rcu_dereference(h->ops);
	if (!ops || !ops->select || current->policy_call) {
		rcu_read_unlock();
		return false;
	}
	started = local_clock();
	current->policy_call = &call;
	ret = ops->select(&h->pub, &sel->pub);
	current->policy_call = NULL;
	took = local_clock() - started;
	if (sel->iterating)
		mmp_walk_end(sel);
	sel->iterating = false;
	judge(h, ops, ret, sel, started, took, wanted);
	rcu_read_unlock();

	mmp_stat(h, MM_POLICY_STAT_SELECTS, 1);
	mmp_stat(h, MM_POLICY_STAT_SELECT_NS, took);
	mmp_stat(h, MM_POLICY_STAT_EVICTED_POLICY, sel->nr);
	trace_mm_policy_select(h->pub.id, sel->pub.why, wanted, sel->nr, took);
	return true;
}

static void ask_clock(struct mmp_handler *h, struct mmp_select *sel, bool instead)
{
	unsigned int before = sel->nr;

	/* The policy's time is not the clock's */
	sel->deadline = local_clock() + 100 * NSEC_PER_MSEC;
	sel->calls = 4 * MMP_MAX_BATCH;
	mmp_clock_select(sel);
	mmp_stat(h, MM_POLICY_STAT_EVICTED_CLOCK, sel->nr - before);
	if (instead && sel->nr > before && h->short_in_row >= SHORT_IN_ROW)
		mmp_eject(h, rcu_access_pointer(h->ops), MM_POLICY_EXIT_SHORTFALL,
			  "select() found nothing %u times in a row, and there was something",
			  h->short_in_row);
}

static void tell_gone(struct mmp_handler *h, struct mmp_select *sel, unsigned int policys)
{
	struct mmp_call call = { .handler = h, .times = 256 };
	unsigned int i;

	for (i = 0; i < sel->nr_names; i++) {
		struct mm_policy_gone gone = {
			.page = sel->names[i],
			.nr = 1,
			.why = MM_POLICY_GONE_EVICTED,
		};

		trace_mm_policy_evict(h->pub.id, gone.page, 1, i < policys ? 1 : 2,
				      sel->pub.why);
		mmp_call_op(h, &call, gone, &gone);
	}
}

/**
 * mmp_take - take frames from a handler
 * @h: the handler; its select_mutex is held
 * @nr: how many
 * @why: enum mm_policy_select_why
 * @node: of which NUMA node; -1: any
 * @fault: the page that waits for a frame, which is not to be taken; 0: none
 * @memcg: only from this control group and below; NULL: any
 * @low: memory.low counts no longer
 * @gfp: what the caller may do
 * @priority: of the reclaim pass: how earnest it is; 0: as earnest as can be
 * @low_skipped: out: something was left alone for its memory.low; may be NULL
 *
 * Return: frames that are free now. More may follow when they are written.
 */
unsigned long mmp_take(struct mmp_handler *h, unsigned long nr, u32 why, int node,
		       u64 fault, struct mem_cgroup *memcg, bool low, gfp_t gfp,
		       int priority, bool *low_skipped)
{
	struct mmp_select *sel = h->sel;
	unsigned int policys;
	unsigned long freed;
	bool asked;

	lockdep_assert_held(&h->select_mutex);
	mmp_select_begin(sel, h, nr, why, node, fault, memcg, low);
	/* One section, for the search remembers which space it was in */
	rcu_read_lock();
	asked = ask_policy(h, sel);
	policys = sel->nr_names;
	if (!asked || (!sel->nr && priority <= FALLBACK_PRIORITY))
		ask_clock(h, sel, asked);
	mmp_select_end(sel);
	rcu_read_unlock();

	mmp_stat(h, MM_POLICY_STAT_EVICTED, sel->nr);
	if (why != MM_POLICY_FOR_LIMIT)
		mmp_stat(h, MM_POLICY_STAT_PRESSURE, sel->nr);
	freed = reclaim(h, &sel->victims, gfp);
	tell_gone(h, sel, policys);
	if (low_skipped)
		*low_skipped |= sel->low_skipped;
	plan_laundry(h);
	return freed;
}

/* How many to take at once: few enough that the limit stays nearly all usable */
static unsigned long batch_size(struct mmp_handler *h, unsigned long limit)
{
	const struct mm_policy_ops *ops;
	u32 batch = 0;

	rcu_read_lock();
	ops = rcu_dereference(h->ops);
	if (ops)
		batch = ops->batch;
	rcu_read_unlock();
	if (!batch)
		batch = min(limit / 256, 32UL);
	return clamp(batch, 1U, (u32)MMP_MAX_BATCH);
}

/* Pages on their way to the disk may make the handler's frames this many more. */
static unsigned long laundry_slack(unsigned long limit)
{
	return max(limit / 32, 8UL);
}

/* Wait until the writing that began first is done. */
static void wait_for_laundry(struct mmp_handler *h)
{
	struct folio *folio;

	folio = list_first_entry_or_null(&h->laundry, struct folio, lru);
	if (folio)
		folio_wait_writeback(folio);
}

/* Returns whether the caller should give the laundry a moment. */
static bool pay(struct mmp_handler *h, unsigned long nr, u64 fault)
{
	gfp_t gfp = current_gfp_context(GFP_KERNEL);
	unsigned long limit = READ_ONCE(h->pub.limit);
	unsigned long slack = laundry_slack(limit);
	unsigned long over, used;

	if (atomic_long_read(&h->nr_laundry))
		empty_laundry(h, gfp, false);
	used = mmp_used(h) + nr;
	if (!limit || used <= limit)
		return false;
	over = used - limit;

	mmp_take(h, max(over, batch_size(h, limit)), MM_POLICY_FOR_LIMIT, -1, fault,
		 NULL, false, gfp, 0, NULL);

	used = mmp_used(h) + nr;
	if (used > limit + slack && atomic_long_read(&h->nr_laundry)) {
		wait_for_laundry(h);
		empty_laundry(h, gfp, false);
		used = mmp_used(h) + nr;
	}
	if (used <= limit + slack)
		return false;
	mmp_stat(h, MM_POLICY_STAT_OVERRUNS, nr);
	return atomic_long_read(&h->nr_laundry) > slack;
}

/**
 * mmp_make_room - the handler is at its limit: it pays with pages of its own
 * @h: the handler
 * @nr: frames that are about to be mapped
 * @fault: the page that waits for them
 *
 * One try: if a mapping is locked by a writer that waits for this very fault, or
 * nothing can be paged out, the fault overruns the limit.
 */
void mmp_make_room(struct mmp_handler *h, unsigned long nr, u64 fault)
{
	unsigned long pflags;
	bool wait = false;

	/* A task that reclaims, or runs a policy, faults on top of it */
	if (current->policy_call || (current->flags & PF_MEMALLOC))
		return;

	psi_memstall_enter(&pflags);
	if (mutex_lock_killable(&h->select_mutex) == 0) {
		if (mmp_over(h, nr))
			wait = pay(h, nr, fault);
		mutex_unlock(&h->select_mutex);
	}
	if (wait)
		schedule_timeout_killable(1);
	psi_memstall_leave(&pflags);
}

/*
 * Global and control group reclaim
 */

/* This pass's part of the handler: the same share of it as of the LRU lists. */
static unsigned long share_of(struct mmp_handler *h, int priority)
{
	unsigned long nr;

	h->pressure += mmp_held(h);
	nr = h->pressure >> priority;
	h->pressure -= (u64)nr << priority;
	return min(nr, (unsigned long)MMP_MAX_BATCH);
}

static struct mmp_handler *next_handler(struct mmp_handler *h)
{
	struct mmp_handler *next = NULL;
	struct list_head *pos;

	rcu_read_lock();
	pos = h ? rcu_dereference(list_next_rcu(&h->all)) :
		  rcu_dereference(list_next_rcu(&mmp_handlers));
	while (pos != &mmp_handlers) {
		struct mmp_handler *candidate = list_entry(pos, struct mmp_handler, all);

		if (mmp_handler_get(candidate)) {
			next = candidate;
			break;
		}
		pos = rcu_dereference(list_next_rcu(pos));
	}
	rcu_read_unlock();
	if (h)
		mmp_handler_put(h);
	return next;
}

void __mm_policy_shrink_node(struct pglist_data *pgdat, struct scan_control *sc)
{
	bool low, low_skipped = false, proactive;
	struct mem_cgroup *memcg;
	struct mmp_handler *h = NULL;
	gfp_t gfp = mm_policy_scan_gfp(sc);
	int priority = mm_policy_scan_target(sc, &memcg, &low, &proactive);
	u32 why = proactive ? MM_POLICY_FOR_REQUEST :
		  memcg ? MM_POLICY_FOR_CGROUP : MM_POLICY_FOR_MEMORY;

	if (current->policy_call || !(gfp & __GFP_IO))
		return;
	while ((h = next_handler(h))) {
		unsigned long nr, freed;

		if (!mmp_held(h) && !atomic_long_read(&h->nr_laundry))
			continue;
		if (!mutex_trylock(&h->select_mutex))
			continue;
		freed = empty_laundry(h, gfp, false);
		nr = share_of(h, priority);
		if (nr)
			freed += mmp_take(h, nr, why, pgdat->node_id, 0, memcg, low, gfp,
					  priority, &low_skipped);
		mutex_unlock(&h->select_mutex);
		mm_policy_scan_credit(sc, nr, freed, low_skipped);
	}
}

unsigned long mm_policy_held_pages(void)
{
	unsigned long held = 0;
	struct mmp_handler *h;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &mmp_handlers, all)
		held += mmp_held(h);
	rcu_read_unlock();
	return held;
}

unsigned long mm_policy_held_file(void)
{
	struct mmp_handler *h;
	long held = 0;
	int cpu;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &mmp_handlers, all)
		for_each_possible_cpu(cpu)
			held += per_cpu_ptr(h->cpu, cpu)->held[MMP_FILE];
	rcu_read_unlock();
	return max(held, 0L);
}

/* Managed pages are unevictable to the LRU, but not to their handlers. */
unsigned long __mm_policy_reclaimable(struct zone *zone)
{
	return min(mm_policy_held_pages(), zone_page_state(zone, NR_ZONE_UNEVICTABLE));
}

static void pageout_pages(struct mmp_handler *h, struct mmp_select *sel,
			  unsigned long start, unsigned long end, u64 *from)
{
	struct mm_policy_page *p;

	mmp_walk_begin(sel, *from, 0);
	while (sel->pub.wanted && (p = mmp_walk_next(sel))) {
		if (mm_policy_page_addr(p->page) >= end)
			break;
		*from = p->page + p->nr;
		mmp_select_evict(sel, p->page);
	}
	mmp_walk_end(sel);
	if (sel->pub.wanted)
		*from = 0;
}

/**
 * mm_policy_pageout_range - MADV_PAGEOUT: the owner wants a range paged out
 * @vma: a managed mapping; its mmap_lock is held
 * @start: first address
 * @end: behind the last
 *
 * The owner's word goes before the policy's, which is told.
 *
 * Return: 0
 */
int mm_policy_pageout_range(struct vm_area_struct *vma, unsigned long start,
			    unsigned long end)
{
	struct mmp_space *space = vma->policy_space;
	struct mmp_handler *h = space->handler;
	u64 from = mm_policy_page_name(space->pub.id, start);
	u64 stop = mm_policy_page_name(space->pub.id, end);

	if (current->policy_call)
		return 0;
	while (from && from < stop && !fatal_signal_pending(current)) {
		struct mmp_select *sel = h->sel;

		mutex_lock(&h->select_mutex);
		mmp_select_begin(sel, h, MMP_MAX_BATCH, MM_POLICY_FOR_REQUEST, -1, 0, NULL,
				 true);
		rcu_read_lock();
		pageout_pages(h, sel, start, end, &from);
		mmp_select_end(sel);
		rcu_read_unlock();
		mmp_stat(h, MM_POLICY_STAT_EVICTED, sel->nr);
		reclaim(h, &sel->victims, GFP_KERNEL);
		tell_gone(h, sel, 0);
		plan_laundry(h);
		mutex_unlock(&h->select_mutex);
		cond_resched();
	}
	return 0;
}
