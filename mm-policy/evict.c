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
#define IN_EARNEST		6	/* a reclaim pass's priority from which on it is */

/* When a policy is ejected */
#define SHORT_IN_ROW		256	/* searches without any result, or nearly so */
#define MAX_PART		1024UL	/* pages of a handler in a pass */

/* What others wait for a handler, at most */
#define PASS_TIME		(20 * (u64)NSEC_PER_MSEC * MMP_SLOWNESS)
#define PATIENCE		(HZ / 50)

#define LOOK_AT_ONCE		256	/* address spaces under one lock */

/*
 * A folio whose unmapping failed, or that somebody else maps too: whoever manages or
 * locks it gets it back as unevictable. folio_referenced() restores that on its way.
 */
static void put_back(struct folio *folio)
{
	unsigned long vm_flags;

	if (folio_mapped(folio) && !folio_test_mlocked(folio) && folio_trylock(folio)) {
		folio_referenced(folio, 1, NULL, &vm_flags);
		folio_unlock(folio);
	}
	folio_putback_lru(folio);
}

/*
 * Is somebody at it? A swapped folio is written by those who took it out, and if that
 * failed, nobody's; a file's is, sooner or later.
 */
static bool will_be_clean(struct folio *folio)
{
	if (!folio_mapping(folio))
		return false;
	return folio_test_writeback(folio) ||
	       (folio_test_dirty(folio) && folio_is_file_lru(folio));
}

/* A victim stays mapped: by us, if it could not be written, or by somebody else. */
static void note_kept(struct mmp_select *sel, struct folio *folio)
{
	unsigned int i;

	for (i = 0; i < sel->nr_names; i++) {
		if (sel->folios[i] != folio || !mmp_still_mapped(sel, sel->names[i]))
			continue;
		sel->names[i] = 0;
		sel->kept += folio_nr_pages(folio);
	}
}

/*
 * Free the folios of @folios that can be freed; those being written go to the
 * laundry, others back to the LRU. @sel, if not NULL, learns what stayed; and then
 * also those go to the laundry that have been written by now, to be freed from there.
 */
static unsigned long reclaim(struct mmp_handler *h, struct list_head *folios, gfp_t gfp,
			     struct mmp_select *sel)
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
			    (will_be_clean(folio) || (sel && folio_mapping(folio)))) {
				list_add_tail(&folio->lru, &h->laundry);
				atomic_long_add(folio_nr_pages(folio), &h->nr_laundry);
				dirty |= folio_test_dirty(folio) && !folio_test_writeback(folio);
			} else {
				if (sel && folio_mapped(folio))
					note_kept(sel, folio);
				put_back(folio);
			}
		}
	}

	current->policy_call = NULL;
	memalloc_noreclaim_restore(noreclaim);
	if (dirty)
		mod_delayed_work(mmp_workqueue, &h->laundry_work, 0);
	return freed;
}

static bool is_paid_by(struct folio *folio, struct mem_cgroup *memcg)
{
	bool pays = true;

#ifdef CONFIG_MEMCG
	if (memcg) {
		struct mem_cgroup *its;

		rcu_read_lock();
		its = folio_memcg(folio);
		pays = its && mem_cgroup_is_descendant(its, memcg);
		rcu_read_unlock();
	}
#endif
	return pays;
}

/*
 * Take what is written out of the laundry: the first, all of it, or everything. Returns
 * what is free for @memcg (NULL: for anybody).
 */
static unsigned long empty_laundry(struct mmp_handler *h, gfp_t gfp, bool thorough,
				   bool all, struct mem_cgroup *memcg)
{
	unsigned long paid = 0;
	unsigned int busy = 0;
	struct folio *folio, *next;
	LIST_HEAD(done);
	LIST_HEAD(others);

	lockdep_assert_held(&h->select_mutex);
	list_for_each_entry_safe(folio, next, &h->laundry, lru) {
		if (!all && !folio_mapped(folio) && will_be_clean(folio)) {
			/* Writing ends about in the order in which it began */
			if (!thorough && ++busy == MMP_MAX_BATCH)
				break;
			continue;
		}
		atomic_long_sub(folio_nr_pages(folio), &h->nr_laundry);
		if (folio_mapped(folio) || folio_test_writeback(folio) ||
		    will_be_clean(folio)) {
			/* Wanted again, or nobody waits for it here */
			list_move(&folio->lru, &others);
		} else {
			if (is_paid_by(folio, memcg))
				paid += folio_nr_pages(folio);
			list_move(&folio->lru, &done);
		}
	}
	while (!list_empty(&others)) {
		folio = lru_to_folio(&others);
		list_del(&folio->lru);
		put_back(folio);
	}
	return min(reclaim(h, &done, gfp, NULL), paid);
}

static void plan_laundry(struct mmp_handler *h)
{
	if (atomic_long_read(&h->nr_laundry))
		queue_delayed_work(mmp_workqueue, &h->laundry_work, LAUNDRY_DELAY);
}

/*
 * Have a dirty folio of a file written: reclaim leaves that to others. The inode alone
 * would not survive that its file system is unmounted meanwhile.
 */
static void write_file_folio(struct folio *folio)
{
	struct address_space *mapping;
	struct super_block *sb = NULL;
	struct inode *inode = NULL;
	loff_t pos;

	if (!folio_trylock(folio))
		return;
	mapping = folio_mapping(folio);
	if (mapping && mapping->host && folio_is_file_lru(folio) &&
	    atomic_inc_not_zero(&mapping->host->i_sb->s_active)) {
		sb = mapping->host->i_sb;
		inode = igrab(mapping->host);
	}
	pos = folio_pos(folio);
	folio_unlock(folio);
	if (inode) {
		__filemap_fdatawrite_range(inode->i_mapping, pos,
					   pos + folio_size(folio) - 1, WB_SYNC_NONE);
		iput(inode);
	}
	if (sb)
		deactivate_super(sb);
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
	empty_laundry(h, GFP_KERNEL, true, false, NULL);
	mutex_unlock(&h->select_mutex);
	plan_laundry(h);
}

/* Nothing of @h may stay isolated: it goes away. */
void mmp_laundry_flush(struct mmp_handler *h)
{
	mutex_lock(&h->select_mutex);
	do {
		empty_laundry(h, GFP_KERNEL, true, true, NULL);
	} while (!list_empty(&h->laundry));
	mutex_unlock(&h->select_mutex);
}

/* Free folios that were read ahead for nothing. Returns with none of them held. */
void mmp_free_folios(struct mmp_handler *h, struct list_head *folios, gfp_t gfp)
{
	reclaim(h, folios, gfp, NULL);
}

static void judge(struct mmp_handler *h, const struct mm_policy_ops *ops, int ret,
		  struct mmp_select *sel, u64 took, u64 allowed)
{
	if (ret < 0) {
		mmp_eject(h, ops, MM_POLICY_EXIT_ERROR, "select() returned %d", ret);
		return;
	}
	/* A walk that uses up its time ends a little after it */
	mmp_judge_time(h, ops, took > 2 * allowed);
	/* Once in a while something is not enough */
	if (sel->nr)
		h->short_in_row /= 2;
	mmp_judge_pages(h, ops);
}

/* Ask the policy. Returns the functions that were asked; NULL: it has no opinion. */
static const struct mm_policy_ops *ask_policy(struct mmp_handler *h, struct mmp_select *sel)
{
	struct mmp_call call = MMP_CALL(h, 1 << 16);
	const struct mm_policy_ops *ops;
	u32 wanted = sel->pub.wanted;
	u64 started, took, allowed;
	int ret;

	rcu_read_lock();
	ops = rcu_dereference(h->ops);
	if (!ops || !ops->select || current->policy_call) {
		rcu_read_unlock();
		return NULL;
	}
	started = local_clock();
	allowed = max(sel->deadline, started + NSEC_PER_USEC) - started;
	call.deadline = started + allowed;
	current->policy_call = &call;
	ret = ops->select(&h->pub, &sel->pub);
	current->policy_call = NULL;
	took = local_clock() - started;
	/* Time that others had on this processor is not the policy's */
	if (took > allowed)
		took = min(took, max(allowed, mmp_time_spent(&call)));
	if (sel->iterating)
		mmp_walk_end(sel);
	sel->iterating = false;
	h->last = (struct mmp_search) {
		.why = sel->pub.why,
		.node = sel->pub.node,
		.wanted = wanted,
		.fault = sel->pub.fault,
		.given = sel->nr,
		.returned = ret,
		.calls_left = sel->calls,
		.ns = took,
	};
	judge(h, ops, ret, sel, took, allowed);
	rcu_read_unlock();

	mmp_stat(h, MM_POLICY_STAT_SELECTS, 1);
	mmp_stat(h, MM_POLICY_STAT_SELECT_NS, took);
	mmp_stat(h, MM_POLICY_STAT_EVICTED_POLICY, sel->nr);
	trace_mm_policy_select(h->pub.id, sel->pub.why, wanted, sel->nr, took);
	return ops;
}

/* @instead_of: the functions whose select() found nothing */
static void ask_clock(struct mmp_handler *h, struct mmp_select *sel,
		      const struct mm_policy_ops *instead_of)
{
	unsigned int before = sel->nr;

	mmp_clock_select(sel);
	mmp_stat(h, MM_POLICY_STAT_EVICTED_CLOCK, sel->nr - before);
	/* To hold back from the machine's need is overruled; only its own is a duty */
	if (!instead_of || sel->nr == before || sel->pub.why == MM_POLICY_FOR_MEMORY)
		return;
	mmp_stat(h, MM_POLICY_STAT_SHORTFALLS, 1);
	if (++h->short_in_row >= SHORT_IN_ROW)
		mmp_eject(h, instead_of, MM_POLICY_EXIT_SHORTFALL,
			  "select() found nothing %u times in a row, and there was something",
			  h->short_in_row);
}

static void tell_gone(struct mmp_handler *h, struct mmp_select *sel, unsigned int chosen)
{
	struct mmp_call call = MMP_CALL(h, 256);
	unsigned int i;

	for (i = 0; i < sel->nr_names; i++) {
		struct mm_policy_gone gone = {
			.page = sel->names[i],
			.nr = 1,
			.why = MM_POLICY_GONE_EVICTED,
		};

		if (!gone.page)
			continue;
		mmp_ghosts_add(h->ghosts, gone.page);
		trace_mm_policy_evict(h->pub.id, gone.page, 1, i < chosen ? 1 : 2,
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
 * @low_skipped: out: something was left alone for its memory.low; may be NULL
 *
 * Return: frames that are free now. More may follow when they are written.
 */
unsigned long mmp_take(struct mmp_handler *h, unsigned long nr, u32 why, int node,
		       u64 fault, struct mem_cgroup *memcg, bool low, gfp_t gfp,
		       bool *low_skipped)
{
	struct mmp_select *sel = h->sel;
	const struct mm_policy_ops *asked;
	unsigned int chosen;
	unsigned long freed;

	lockdep_assert_held(&h->select_mutex);
	mmp_select_begin(sel, h, nr, why, node, fault, memcg, low);
	/* One section, for the search remembers which space it was in */
	rcu_read_lock();
	asked = ask_policy(h, sel);
	chosen = sel->nr_names;
	if (!sel->nr)
		ask_clock(h, sel, asked);
	mmp_select_end(sel);
	rcu_read_unlock();

	freed = reclaim(h, &sel->victims, gfp, sel);
	mmp_stat(h, MM_POLICY_STAT_EVICTED, sel->nr - sel->kept);
	if (why != MM_POLICY_FOR_LIMIT)
		mmp_stat(h, MM_POLICY_STAT_PRESSURE, sel->nr - sel->kept);
	tell_gone(h, sel, chosen);
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
	return max(limit / 40, 8UL);
}

/*
 * Wait until the writing that began first is done: but not a task that may have to do
 * the writing itself.
 */
static void wait_for_laundry(struct mmp_handler *h, gfp_t gfp)
{
	struct folio *folio;

	folio = list_first_entry_or_null(&h->laundry, struct folio, lru);
	if (folio && (gfp & __GFP_IO) && (gfp & __GFP_FS))
		folio_wait_writeback_killable(folio);
}

/* Returns whether the caller should give the laundry a moment. */
static bool pay(struct mmp_handler *h, unsigned long nr, u64 fault)
{
	gfp_t gfp = current_gfp_context(GFP_KERNEL);
	unsigned long limit = READ_ONCE(h->pub.limit);
	unsigned long slack = laundry_slack(limit);
	unsigned long over, used;

	if (atomic_long_read(&h->nr_laundry))
		empty_laundry(h, gfp, false, false, NULL);
	used = mmp_used(h) + nr;
	if (!limit || used <= limit)
		return false;
	over = used - limit;

	mmp_take(h, max(over, batch_size(h, limit)), MM_POLICY_FOR_LIMIT, -1, fault,
		 NULL, false, gfp, NULL);
	used = mmp_used(h) + nr;
	/* Somebody had locked what was chosen: another one will do */
	if (h->sel->kept && used > limit) {
		mmp_take(h, used - limit, MM_POLICY_FOR_LIMIT, -1, fault, NULL, false, gfp,
			 NULL);
		used = mmp_used(h) + nr;
	}

	if (used > limit + slack && atomic_long_read(&h->nr_laundry)) {
		wait_for_laundry(h, gfp);
		empty_laundry(h, gfp, false, false, NULL);
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
 * Two tries at most: if a mapping is locked by a writer that waits for this very fault,
 * or nothing can be paged out, the fault overruns the limit.
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

/* What @h holds more than it may */
static unsigned long beyond_limit(struct mmp_handler *h)
{
	unsigned long limit = READ_ONCE(h->pub.limit), held = mmp_held_exactly(h);

	return limit && held > limit ? held - limit : 0;
}

/* Unmap some of @nr frames, no faster than the disk takes them. */
static bool give_some(struct mmp_handler *h, unsigned long nr)
{
	const gfp_t gfp = current_gfp_context(GFP_KERNEL);

	empty_laundry(h, gfp, false, false, NULL);
	if (atomic_long_read(&h->nr_laundry) > laundry_slack(READ_ONCE(h->pub.limit)))
		return false;
	mmp_take(h, nr, MM_POLICY_FOR_LIMIT, -1, 0, NULL, false, gfp, NULL);
	return h->sel->nr > h->sel->kept;
}

/**
 * mmp_come_down - a handler that may be far over its limit pays until it is not
 * @h: the handler: more was attached to it, or its limit is lower now
 *
 * Ends also when it got no further for half a second, because of what may not go or of
 * others that bring back as much, and on a signal: the next faults pay then.
 */
void mmp_come_down(struct mmp_handler *h)
{
	unsigned long over, used, least = ULONG_MAX, since = jiffies;
	bool some = false;

	if (!beyond_limit(h))
		return;
	/* Other processors may have pages in their batches, where nobody searches */
	lru_add_drain_all();
	while (!signal_pending(current) && !mutex_lock_killable(&h->select_mutex)) {
		over = beyond_limit(h);
		if (over)
			some = give_some(h, over);
		used = mmp_used(h);
		mutex_unlock(&h->select_mutex);
		if (!over)
			break;
		if (used < least) {
			least = used;
			since = jiffies;
		} else if (time_after(jiffies, since + HZ / 2)) {
			break;
		}
		if (!some)
			schedule_timeout_interruptible(1);
		cond_resched();
	}
}

/*
 * Global and control group reclaim
 */

/**
 * struct pass - one pass of reclaim over a node
 * @node: the node
 * @memcg: the control group that is short; NULL: the machine
 * @low: memory.low counts no longer
 * @why: enum mm_policy_select_why
 * @gfp: what the task may do
 * @priority: the lower, the more in earnest
 * @lru_gave: what the LRU lists gave
 * @patience: until when, in jiffies, handlers may be waited for, all together
 * @freed: what handlers gave
 */
struct pass {
	int node;
	struct mem_cgroup *memcg;
	bool low;
	u32 why;
	gfp_t gfp;
	int priority;
	unsigned long lru_gave;
	unsigned long patience;
	unsigned long freed;
};

/* Pages on the LRU lists that a pass looks at */
static unsigned long lru_pages(int node, struct mem_cgroup *memcg)
{
	struct pglist_data *pgdat = NODE_DATA(node);
	unsigned long nr = 0;
	int lru;

	if (memcg)
		return mem_cgroup_size(memcg);
	for (lru = 0; lru < NR_LRU_LISTS; lru++)
		if (lru != LRU_UNEVICTABLE)
			nr += node_page_state(pgdat, NR_LRU_BASE + lru);
	return nr;
}

/*
 * The handler's part in a pass: as much of its frames as of the LRU lists is looked at;
 * and at least as large a share as they gave.
 */
static unsigned long share_of(struct mmp_handler *h, struct pass *pass)
{
	unsigned long held = mmp_held_nearly(h);
	unsigned long nr, others;

	h->pressure += held;
	nr = h->pressure >> pass->priority;
	h->pressure -= (u64)nr << pass->priority;

	others = lru_pages(pass->node, pass->memcg);
	if (pass->memcg)
		others -= min(others, held);
	return max(nr, pass->lru_gave * held / max(others, held / 4 + 1));
}

/* Has @h an address space that @memcg or one below it pays for? */
static bool is_in_group(struct mmp_handler *h, struct mem_cgroup *memcg)
{
#ifdef CONFIG_MEMCG
	unsigned int looked = 0;
	struct mmp_space *space;
	unsigned long index;
	bool found = false;

	/* An mm is there as long as its space is */
	rcu_read_lock();
	xa_lock(&h->spaces);
	xa_for_each(&h->spaces, index, space) {
		struct mem_cgroup *its = mem_cgroup_from_task(rcu_dereference(space->mm->owner));

		found = its && mem_cgroup_is_descendant(its, memcg);
		if (found)
			break;
		if (++looked % LOOK_AT_ONCE)
			continue;
		xa_unlock(&h->spaces);
		rcu_read_unlock();
		cond_resched();
		rcu_read_lock();
		xa_lock(&h->spaces);
	}
	xa_unlock(&h->spaces);
	rcu_read_unlock();
	return found;
#else
	return false;
#endif
}

/* Frames of @h for a pass of reclaim, and how many. Its select_mutex is held. */
static void give_part(struct mmp_handler *h, struct scan_control *sc, struct pass *pass)
{
	unsigned long part = share_of(h, pass), asked = 0, freed;
	u64 end = local_clock() + PASS_TIME;
	bool low_skipped = false;

	if (pass->priority <= IN_EARNEST)
		mmp_ahead_trim(h, 0, pass->gfp);
	freed = empty_laundry(h, pass->gfp, false, false, pass->memcg);
	while (asked < min(part, MAX_PART)) {
		freed += mmp_take(h, part - asked, pass->why, pass->node, 0, pass->memcg,
				  pass->low, pass->gfp, &low_skipped);
		asked += h->sel->nr;
		/* To go on would be in vain, or take too long */
		if (h->sel->kept >= h->sel->nr || local_clock() > end)
			break;
		cond_resched();
	}
	mm_policy_scan_credit(sc, max(asked, freed), freed, low_skipped);
	pass->freed += freed;
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

/* Only a task that would else be told that there is nothing to be had waits at all. */
static bool is_patient(struct pass *pass)
{
	return pass->priority <= IN_EARNEST && (pass->gfp & __GFP_FS) && !current_is_kswapd() &&
	       !fatal_signal_pending(current) && time_before_eq(jiffies, pass->patience);
}

/*
 * A busy handler is somebody's who makes room already. He may be kept from it for long,
 * by a device or by a limit of processor time, which are not the waiting task's.
 */
static bool lock_for_pass(struct mmp_handler *h, struct pass *pass)
{
	while (!mutex_trylock(&h->select_mutex)) {
		if (!is_patient(pass))
			return false;
		schedule_timeout_killable(1);
	}
	return true;
}

static void ask_for_part(struct mmp_handler *h, struct scan_control *sc, struct pass *pass)
{
	if (!mmp_held_nearly(h) && !atomic_long_read(&h->nr_laundry) && !READ_ONCE(h->nr_ahead))
		return;
	if (pass->memcg && !is_in_group(h, pass->memcg))
		return;
	if (!lock_for_pass(h, pass))
		return;
	give_part(h, sc, pass);
	mutex_unlock(&h->select_mutex);
}

static void ask_for_laundry(struct mmp_handler *h, struct scan_control *sc,
			    struct pass *pass)
{
	unsigned long freed;

	if (!atomic_long_read(&h->nr_laundry) || !mutex_trylock(&h->select_mutex))
		return;
	freed = empty_laundry(h, pass->gfp, false, false, pass->memcg);
	mutex_unlock(&h->select_mutex);
	mm_policy_scan_credit(sc, freed, freed, false);
}

static void ask_all(void (*ask)(struct mmp_handler *h, struct scan_control *sc,
				struct pass *pass),
		    struct scan_control *sc, struct pass *pass)
{
	struct mmp_handler *h = NULL;

	while ((h = next_handler(h)))
		ask(h, sc, pass);
}

static bool is_there_laundry(void)
{
	struct mmp_handler *h;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(h, &mmp_handlers, all)
		found |= atomic_long_read(&h->nr_laundry);
	rcu_read_unlock();
	return found;
}

void __mm_policy_shrink_node(struct pglist_data *pgdat, struct scan_control *sc,
			     unsigned long lru_gave)
{
	struct pass pass = {
		.node = pgdat->node_id,
		.gfp = mm_policy_scan_gfp(sc),
		.lru_gave = lru_gave,
		.patience = jiffies + PATIENCE,
	};
	bool proactive;

	pass.priority = mm_policy_scan_target(sc, &pass.memcg, &pass.low, &proactive);
	pass.why = proactive ? MM_POLICY_FOR_REQUEST :
		   pass.memcg ? MM_POLICY_FOR_CGROUP : MM_POLICY_FOR_MEMORY;
	if (current->policy_call || !(pass.gfp & __GFP_IO) || !mm_policy_scan_may_swap(sc))
		return;
	ask_all(ask_for_part, sc, &pass);
	/* What is being written is as good as free: no reason to kill anybody */
	if (!pass.freed && !lru_gave && is_patient(&pass) && is_there_laundry()) {
		schedule_timeout_killable(PATIENCE);
		ask_all(ask_for_laundry, sc, &pass);
	}
}

static void pageout_pages(struct mmp_handler *h, struct mmp_select *sel,
			  u64 stop, u64 *from)
{
	struct mm_policy_page *p;

	mmp_walk_begin(sel, *from, 0);
	while (sel->pub.wanted && (p = mmp_walk_next(sel))) {
		if (p->page >= stop)
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
	while (from && from < stop) {
		struct mmp_select *sel = h->sel;

		if (mutex_lock_killable(&h->select_mutex))
			break;
		mmp_select_begin(sel, h, MMP_MAX_BATCH, MM_POLICY_FOR_REQUEST, -1, 0, NULL,
				 true);
		rcu_read_lock();
		pageout_pages(h, sel, stop, &from);
		mmp_select_end(sel);
		rcu_read_unlock();
		reclaim(h, &sel->victims, GFP_KERNEL, sel);
		mmp_stat(h, MM_POLICY_STAT_EVICTED, sel->nr - sel->kept);
		tell_gone(h, sel, 0);
		plan_laundry(h);
		mutex_unlock(&h->select_mutex);
		cond_resched();
	}
	return 0;
}
