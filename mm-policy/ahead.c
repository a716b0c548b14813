// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading ahead: what a policy's prefetch() asks for is checked, read without waiting,
 * counted against its handler, and remembered until it is touched or dropped.
 *
 * It never takes a page from anybody else: allocations do not reclaim (for files, from
 * nobody but the task's own control group), nothing is read when memory is scarce, and at
 * its limit the handler pays with its own pages.
 */
#include <linux/blkdev.h>
#include <linux/mm_inline.h>
#include <linux/mempolicy.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/sched/mm.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/swapops.h>

#include <trace/events/mm_policy.h>

#include "../internal.h"
#include "../swap.h"
#include "internal.h"

bool __mm_policy_prefetches(struct vm_area_struct *vma)
{
	const struct mm_policy_ops *ops;
	bool has;

	rcu_read_lock();
	ops = rcu_dereference(vma->policy_space->handler->ops);
	has = ops && ops->prefetch;
	rcu_read_unlock();
	return has;
}

/*
 * Pages read ahead and not yet touched
 */

static struct mmp_ahead *find_ahead(struct mmp_handler *h, u64 page)
{
	struct mmp_ahead *a;

	hash_for_each_possible(h->ahead, a, hash, page)
		if (a->page == page)
			return a;
	return NULL;
}

static void unlink_ahead(struct mmp_handler *h, struct mmp_ahead *a)
{
	hash_del(&a->hash);
	list_del(&a->age);
	WRITE_ONCE(h->nr_ahead, h->nr_ahead - 1);
}

/*
 * @page is being touched: was it read ahead? From here on nothing but the fault keeps
 * it, so that it is as exclusive as if it had been read by it.
 */
bool mmp_ahead_known(struct mmp_handler *h, u64 page)
{
	struct folio *folio = NULL;
	struct mmp_ahead *a;

	spin_lock(&h->ahead_lock);
	a = find_ahead(h, page);
	if (a) {
		folio = a->folio;
		a->folio = NULL;
	}
	spin_unlock(&h->ahead_lock);
	if (folio)
		folio_put(folio);
	return a;
}

/* @page was touched: was it read ahead, and this the first time? */
bool mmp_ahead_take(struct mmp_handler *h, u64 page)
{
	struct mmp_ahead *a;

	spin_lock(&h->ahead_lock);
	a = find_ahead(h, page);
	if (a)
		unlink_ahead(h, a);
	spin_unlock(&h->ahead_lock);
	if (!a)
		return false;
	if (a->folio)
		folio_put(a->folio);
	kfree(a);
	return true;
}

/*
 * Narrow @from..@to down to the pages around @page that were read ahead, without a gap.
 * @page itself may be any.
 */
void mmp_ahead_run(struct mmp_handler *h, u64 page, u64 *from, u64 *to)
{
	u64 first = page, last = page;

	if (READ_ONCE(h->nr_ahead)) {
		spin_lock(&h->ahead_lock);
		while (first > *from && find_ahead(h, first - 1))
			first--;
		while (last < *to && find_ahead(h, last + 1))
			last++;
		spin_unlock(&h->ahead_lock);
	}
	*from = first;
	*to = last;
}

/* Takes over the caller's reference to @folio. False: it is known, or no memory. */
static bool add_ahead(struct mmp_handler *h, u64 page, struct folio *folio)
{
	struct mmp_ahead *a = kmalloc(sizeof(*a), GFP_NOWAIT | __GFP_NOWARN);
	bool added = false;

	if (!a)
		return false;
	a->page = page;
	a->folio = folio;
	a->when = jiffies;
	spin_lock(&h->ahead_lock);
	if (!find_ahead(h, page)) {
		hash_add(h->ahead, &a->hash, page);
		list_add_tail(&a->age, &h->ahead_age);
		WRITE_ONCE(h->nr_ahead, h->nr_ahead + 1);
		added = true;
	}
	spin_unlock(&h->ahead_lock);
	if (!added)
		kfree(a);
	return added;
}

/* What was read for nothing leaves memory. Its select_mutex is held. */
static void waste(struct mmp_handler *h, struct list_head *wasted, gfp_t gfp)
{
	struct mmp_ahead *a, *next;
	unsigned int nr = 0;
	LIST_HEAD(folios);

	if (list_empty(wasted))
		return;
	lru_add_drain();
	list_for_each_entry_safe(a, next, wasted, age) {
		nr++;
		if (a->folio && !folio_mapped(a->folio) && folio_isolate_lru(a->folio)) {
			folio_clear_active(a->folio);
			/* Its last mapping's munlock may wait in another processor's batch */
			if (folio_test_unevictable(a->folio))
				folio_putback_lru(a->folio);
			else
				list_add(&a->folio->lru, &folios);
		}
		if (a->folio)
			folio_put(a->folio);
		kfree(a);
	}
	mmp_stat(h, MM_POLICY_STAT_PREFETCH_WASTED, nr);
	mmp_free_folios(h, &folios, gfp);
}

/**
 * mmp_ahead_trim - drop the oldest pages that were read ahead for nothing
 * @h: the handler; its select_mutex is held
 * @keep: how many may stay
 * @gfp: what the caller may do
 */
void mmp_ahead_trim(struct mmp_handler *h, unsigned int keep, gfp_t gfp)
{
	struct mmp_ahead *a;
	LIST_HEAD(wasted);

	spin_lock(&h->ahead_lock);
	while (h->nr_ahead > keep) {
		a = list_first_entry(&h->ahead_age, struct mmp_ahead, age);
		unlink_ahead(h, a);
		list_add(&a->age, &wasted);
	}
	spin_unlock(&h->ahead_lock);
	waste(h, &wasted, gfp);
}

/* Drop what nobody touched for long. */
void mmp_ahead_work(struct work_struct *work)
{
	struct mmp_handler *h = container_of(to_delayed_work(work), struct mmp_handler,
					     ahead_work);
	struct mmp_ahead *a, *next;
	LIST_HEAD(wasted);

	/* Other handlers' work waits for none */
	if (!mutex_trylock(&h->select_mutex)) {
		queue_delayed_work(mmp_workqueue, &h->ahead_work, HZ / 20);
		return;
	}
	spin_lock(&h->ahead_lock);
	list_for_each_entry_safe(a, next, &h->ahead_age, age) {
		if (time_before(jiffies, a->when + MMP_AHEAD_LIFE))
			break;
		unlink_ahead(h, a);
		list_add(&a->age, &wasted);
	}
	spin_unlock(&h->ahead_lock);
	waste(h, &wasted, GFP_KERNEL);
	mutex_unlock(&h->select_mutex);
	if (READ_ONCE(h->nr_ahead))
		queue_delayed_work(mmp_workqueue, &h->ahead_work, MMP_AHEAD_LIFE);
}

/*
 * An address space ends: what was read ahead for it is of no use, and old from now on.
 * The worker drops it: here a mutex would be waited for with the mmap_lock held.
 */
void mmp_ahead_forget(struct mmp_handler *h, u32 space)
{
	struct mmp_ahead *a, *next;

	if (!READ_ONCE(h->nr_ahead))
		return;
	spin_lock(&h->ahead_lock);
	list_for_each_entry_safe(a, next, &h->ahead_age, age) {
		if (mm_policy_page_space(a->page) != space)
			continue;
		a->when = jiffies - MMP_AHEAD_LIFE;
		list_move(&a->age, &h->ahead_age);
	}
	spin_unlock(&h->ahead_lock);
	mod_delayed_work(mmp_workqueue, &h->ahead_work, 0);
}

/*
 * What a policy asks for
 */

/* How many pages may be read ahead and not yet touched */
static unsigned long ahead_cap(struct mmp_handler *h)
{
	unsigned long limit = READ_ONCE(h->pub.limit);

	if (!limit)
		return MMP_AHEAD_MAX;
	return clamp(limit / 4, 1UL, (unsigned long)MMP_AHEAD_MAX);
}

/* How many more: other tasks read ahead as well. */
static unsigned long ahead_left(struct mmp_handler *h)
{
	unsigned long cap = ahead_cap(h), nr_ahead = READ_ONCE(h->nr_ahead);

	return nr_ahead < cap ? cap - nr_ahead : 0;
}

/* Frames that may be used for reading ahead without asking anybody for his */
static unsigned long free_room(struct mmp_handler *h)
{
	unsigned long cap = ahead_cap(h);

	if (global_zone_page_state(NR_FREE_PAGES) < 2 * totalreserve_pages + cap)
		return 0;
	/* What nobody touched would be in the way for ever */
	if (!ahead_left(h) && mutex_trylock(&h->select_mutex)) {
		mmp_ahead_trim(h, cap / 2, current_gfp_context(GFP_KERNEL));
		mutex_unlock(&h->select_mutex);
	}
	return ahead_left(h);
}

/**
 * mmp_plan_add - mm_policy_read_ahead()
 * @plan: the plan
 * @page: first page
 * @nr: how many
 *
 * Return: how many were taken, or -EFAULT.
 */
int mmp_plan_add(struct mmp_ahead_plan *plan, u64 page, u32 nr)
{
	if (page < plan->fault->start || page >= plan->fault->end) {
		mmp_stat(plan->handler, MM_POLICY_STAT_INVALID, 1);
		plan->invalid = true;
		return -EFAULT;
	}
	nr = min_t(u64, nr, plan->fault->end - page);
	nr = min_t(u64, nr, plan->pub.room);
	if (!nr || plan->nr_ranges == MMP_RANGES) {
		mmp_stat(plan->handler, MM_POLICY_STAT_PREFETCH_REFUSED, 1);
		return 0;
	}
	plan->range[plan->nr_ranges].page = page;
	plan->range[plan->nr_ranges].nr = nr;
	plan->nr_ranges++;
	plan->pub.room -= nr;
	return nr;
}

static void ask_policy(struct mmp_handler *h, struct mm_policy_fault *f,
		       struct mmp_ahead_plan *plan)
{
	struct mmp_call call = MMP_CALL(h, 1024);
	const struct mm_policy_ops *ops;
	int ret = 0;

	plan->pub.room = free_room(h);
	plan->handler = h;
	plan->fault = f;
	plan->nr_ranges = 0;
	plan->invalid = false;

	rcu_read_lock();
	ops = rcu_dereference(h->ops);
	if (ops && ops->prefetch && !current->policy_call) {
		current->policy_call = &call;
		ret = ops->prefetch(&h->pub, f, &plan->pub);
		current->policy_call = NULL;
		if (mmp_was_slow(&call))
			mmp_judge_time(h, ops, true);
		if (plan->invalid)
			mmp_judge_pages(h, ops);
	}
	if (ret < 0) {
		plan->nr_ranges = 0;
		mmp_eject(h, ops, MM_POLICY_EXIT_ERROR, "prefetch() returned %d", ret);
	}
	rcu_read_unlock();
}

/*
 * Where the pages are
 */

static pte_t entry_at(struct mm_struct *mm, unsigned long addr)
{
	pmd_t *pmd = mm_find_pmd(mm, addr);
	pte_t entry = __pte(0);
	pte_t *pte;

	if (!pmd)
		return entry;
	pte = pte_offset_map(pmd, addr);
	if (!pte)
		return entry;
	entry = ptep_get_lockless(pte);
	pte_unmap(pte);
	return entry;
}

/* Where in swap the page at @addr is, if it is there */
static swp_entry_t swapped_at(struct vm_area_struct *vma, unsigned long addr)
{
	pte_t pte = entry_at(vma->vm_mm, addr);
	swp_entry_t entry = { 0 };
	void *value;

	if (is_swap_pte(pte) && !non_swap_entry(pte_to_swp_entry(pte)))
		return pte_to_swp_entry(pte);
	if (pte_none(pte) && vma_is_shmem(vma)) {
		value = xa_load(&vma->vm_file->f_mapping->i_pages,
				linear_page_index(vma, addr));
		if (xa_is_value(value))
			entry = radix_to_swp_entry(value);
	}
	return entry;
}

/* Can pages of this mapping be in swap? */
static bool is_swapped(struct vm_area_struct *vma)
{
	return vma_is_anonymous(vma) || vma_is_shmem(vma);
}

/* How many entries from @addr to @end, of one page table, map nothing? */
static unsigned int absent_in_table(struct mm_struct *mm, unsigned long addr,
				    unsigned long end)
{
	pmd_t *pmd = mm_find_pmd(mm, addr);
	pte_t *first = pmd ? pte_offset_map(pmd, addr) : NULL;
	unsigned int nr = (end - addr) >> PAGE_SHIFT;
	pte_t *pte;

	if (!first)
		return nr;
	for (pte = first; addr < end; pte++, addr += PAGE_SIZE)
		nr -= pte_present(ptep_get_lockless(pte));
	pte_unmap(first);
	return nr;
}

/* How many frames would reading @nr pages from @addr on ahead take? */
static unsigned int nr_wanted(struct vm_area_struct *vma, unsigned long addr,
			      unsigned int nr)
{
	unsigned long end = addr + ((unsigned long)nr << PAGE_SHIFT), next;
	unsigned int wanted = 0;

	for (; addr < end; addr = next) {
		if (is_swapped(vma)) {
			wanted += !!swapped_at(vma, addr).val;
			next = addr + PAGE_SIZE;
		} else {
			next = pmd_addr_end(addr, end);
			wanted += absent_in_table(vma->vm_mm, addr, next);
		}
	}
	return wanted;
}

/* The handler pays for what is read ahead before it is read. Returns how many pages. */
static unsigned int pay_for(struct mmp_handler *h, struct mmp_ahead_plan *plan,
			    struct vm_area_struct *vma, u64 fault)
{
	unsigned int i, nr = 0;

	for (i = 0; i < plan->nr_ranges; i++)
		nr += nr_wanted(vma, mm_policy_page_addr(plan->range[i].page),
				plan->range[i].nr);
	if (nr) {
		mmp_have_room(h, nr + 1, fault);
		queue_delayed_work(mmp_workqueue, &h->ahead_work, MMP_AHEAD_LIFE);
	}
	return nr;
}

/*
 * Swap
 */

static bool read_swapped(struct mmp_handler *h, struct vm_fault *vmf, unsigned long addr,
			 u64 page, struct swap_iocb **plug)
{
	const gfp_t gfp = (GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM) | __GFP_NOWARN;
	swp_entry_t entry = swapped_at(vmf->vma, addr);
	struct mempolicy *mpol;
	struct folio *folio;
	bool allocated;
	pgoff_t ilx;

	if (!entry.val || !ahead_left(h))
		return false;
	mpol = get_vma_policy(vmf->vma, addr, 0, &ilx);
	folio = __read_swap_cache_async(entry, gfp, mpol, ilx, &allocated, true);
	mpol_cond_put(mpol);
	if (!folio)
		return false;
	if (allocated)
		swap_read_folio(folio, plug);
	if (!allocated || !add_ahead(h, page, folio)) {
		folio_put(folio);
		return false;
	}
	return true;
}

/* Start reading what was planned. Nothing here waits for a device. */
static void read_plan_from_swap(struct vm_fault *vmf, struct mmp_handler *h,
				struct mmp_ahead_plan *plan, struct swap_iocb **plug)
{
	unsigned int i, j, nr;

	for (i = 0; i < plan->nr_ranges; i++) {
		u64 page = plan->range[i].page;

		for (nr = 0, j = 0; j < plan->range[i].nr; j++, page++) {
			nr += read_swapped(h, vmf, mm_policy_page_addr(page), page, plug);
			cond_resched();
		}
		mmp_stat(h, MM_POLICY_STAT_PREFETCHED, nr);
		mmp_stat(h, MM_POLICY_STAT_PREFETCH_REFUSED, plan->range[i].nr - nr);
		trace_mm_policy_prefetch(h->pub.id, plan->range[i].page, nr);
	}
}

/**
 * mm_policy_swapin - swap a page in, and what its policy reads with it
 * @entry: where it is
 * @gfp: for the page itself
 * @vmf: the fault
 *
 * Return: its folio, which may not be read yet; NULL: no memory.
 */
struct folio *mm_policy_swapin(swp_entry_t entry, gfp_t gfp, struct vm_fault *vmf)
{
	struct mmp_handler *h = vmf->vma->policy_space->handler;
	struct swap_iocb *splug = NULL;
	struct mmp_ahead_plan plan;
	struct mm_policy_fault f;
	struct blk_plug plug;
	struct folio *folio;

	folio = read_swap_cache_async(entry, gfp, vmf->vma, vmf->address, &splug);
	swap_read_unplug(splug);
	splug = NULL;
	/* swapoff has no fault: nobody waits for what would be read ahead */
	if (!folio || !vmf->flags)
		return folio;

	f = mmp_describe_fault(vmf, MM_POLICY_REFAULT);
	f.flags |= MM_POLICY_FAULT_MAJOR;
	ask_policy(h, &f, &plan);
	pay_for(h, &plan, vmf->vma, f.page);
	blk_start_plug(&plug);
	read_plan_from_swap(vmf, h, &plan, &splug);
	blk_finish_plug(&plug);
	swap_read_unplug(splug);
	return folio;
}

/*
 * Files
 */

/* Those of @folio's pages that belong to the @nr from @index on, which is named @page */
static unsigned int remember_folio(struct mmp_handler *h, struct folio *folio, u64 page,
				   pgoff_t index, unsigned int nr)
{
	pgoff_t at = max(folio->index, index);
	pgoff_t end = min(folio_next_index(folio), index + nr);
	unsigned int known = 0;

	if (folio_mapped(folio))
		return 0;
	for (; at < end; at++) {
		folio_get(folio);
		if (add_ahead(h, page + (at - index), folio))
			known++;
		else
			folio_put(folio);
	}
	return known;
}

static void remember_file_pages(struct mmp_handler *h, struct address_space *mapping,
				u64 page, pgoff_t index, unsigned int nr)
{
	struct folio_batch batch;
	unsigned int i, known = 0;
	pgoff_t next = index;

	folio_batch_init(&batch);
	while (filemap_get_folios(mapping, &next, index + nr - 1, &batch)) {
		for (i = 0; i < folio_batch_count(&batch); i++)
			known += remember_folio(h, batch.folios[i], page, index, nr);
		folio_batch_release(&batch);
	}
	mmp_stat(h, MM_POLICY_STAT_PREFETCHED, known);
	mmp_stat(h, MM_POLICY_STAT_PREFETCH_REFUSED, nr - known);
	trace_mm_policy_prefetch(h->pub.id, page, known);
}

static void read_plan_from_file(struct vm_fault *vmf, struct mmp_handler *h,
				struct mmp_ahead_plan *plan)
{
	struct file *file = vmf->vma->vm_file;
	pgoff_t end = DIV_ROUND_UP(i_size_read(file->f_mapping->host), PAGE_SIZE);
	unsigned int i;

	for (i = 0; i < plan->nr_ranges; i++) {
		u64 page = plan->range[i].page;
		unsigned int nr = plan->range[i].nr;
		pgoff_t index = linear_page_index(vmf->vma, mm_policy_page_addr(page));
		DEFINE_READAHEAD(ractl, file, &file->f_ra, file->f_mapping, index);

		if (index >= end)
			continue;
		nr = min3((pgoff_t)nr, end - index, ahead_left(h));
		if (!nr)
			break;
		page_cache_ra_unbounded(&ractl, nr, 0);
		remember_file_pages(h, file->f_mapping, page, index, nr);
		cond_resched();
	}
}

/**
 * mm_policy_file_readahead - read a file's page, and what its policy reads with it
 * @vmf: the fault
 * @ractl: at the page
 */
void mm_policy_file_readahead(struct vm_fault *vmf, struct readahead_control *ractl)
{
	struct mmp_handler *h = vmf->vma->policy_space->handler;
	struct mmp_ahead_plan plan;
	struct mm_policy_fault f;
	struct blk_plug plug;

	page_cache_ra_unbounded(ractl, 1, 0);

	f = mmp_describe_fault(vmf, mmp_file_kind(h, vmf->vma, mmp_fault_page(vmf)));
	f.flags |= MM_POLICY_FAULT_MAJOR;
	ask_policy(h, &f, &plan);
	pay_for(h, &plan, vmf->vma, f.page);
	blk_start_plug(&plug);
	read_plan_from_file(vmf, h, &plan);
	blk_finish_plug(&plug);
}

/*
 * A page that was read ahead is touched: the policy may go on from here. Shared
 * memory comes here as well when one of its pages had to be read.
 */
void mmp_ahead_touched(struct vm_fault *vmf, struct mm_policy_fault *f)
{
	struct mmp_handler *h = vmf->vma->policy_space->handler;
	struct swap_iocb *splug = NULL;
	struct mmp_ahead_plan plan;
	struct blk_plug plug;
	unsigned int nr;

	if (!__mm_policy_prefetches(vmf->vma))
		return;
	ask_policy(h, f, &plan);
	if (!plan.nr_ranges)
		return;
	nr = pay_for(h, &plan, vmf->vma, f->page);
	blk_start_plug(&plug);
	if (is_swapped(vmf->vma))
		read_plan_from_swap(vmf, h, &plan, &splug);
	else
		read_plan_from_file(vmf, h, &plan);
	blk_finish_plug(&plug);
	swap_read_unplug(splug);
	/*
	 * The program goes as the policy thought. While the device works, there is time to
	 * make room for as much again, so that the next part can begin at once.
	 */
	if (nr)
		mmp_have_room(h, nr + 1, f->page);
}
