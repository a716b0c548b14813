// SPDX-License-Identifier: GPL-2.0-only
/*
 * Searching for victims: looking at resident pages by address, and isolating those
 * that a policy (or the built-in clock) proposes.
 *
 * All of it runs under rcu_read_lock(), in whatever task is short of frames: policies in
 * one go, the clock with rests. Mappings are only tried to lock, and each proposal is
 * checked anew under the page table lock: nothing that a policy says is believed.
 */
#include <linux/memcontrol.h>
#include <linux/mm_inline.h>
#include <linux/pagewalk.h>
#include <linux/sched/clock.h>
#include <linux/sched/mm.h>
#include <linux/swap.h>

#include "../internal.h"
#include "internal.h"

#define CREATE_TRACE_POINTS
#include <trace/events/mm_policy.h>

#define DEFAULT_TIMEOUT_US	10000
#define MAX_TIMEOUT_US		100000
#define STEPS		16	/* of a walk, until it looks at the clock */
#define MAX_GROUP_DEPTH		32	/* of control groups; below, the parents' is believed */

/* What a policy may take: as long as it asks for at the expense of its own tasks only */
static u64 timeout_ns(struct mmp_handler *h, u32 why)
{
	const struct mm_policy_ops *ops;
	u32 us = 0;

	rcu_read_lock();
	ops = rcu_dereference(h->ops);
	if (ops)
		us = ops->timeout;
	rcu_read_unlock();
	return min(us ?: DEFAULT_TIMEOUT_US,
		   why == MM_POLICY_FOR_LIMIT ? MAX_TIMEOUT_US : DEFAULT_TIMEOUT_US) *
	       (u64)NSEC_PER_USEC * MMP_SLOWNESS;
}

/*
 * From now on there are so much time and so many calls. A walk looks at the clock after its
 * first steps only, so that who was kept from running gets somewhere all the same.
 */
void mmp_select_allow(struct mmp_select *sel, u64 ns, u32 calls)
{
	sel->deadline = local_clock() + ns;
	sel->calls = calls;
	sel->steps = 0;
}

void mmp_select_begin(struct mmp_select *sel, struct mmp_handler *h, unsigned long nr,
		      u32 why, int node, u64 fault, struct mem_cgroup *memcg, bool low)
{
	lockdep_assert_held(&h->select_mutex);

	sel->pub.wanted = min_t(unsigned long, nr, MMP_MAX_BATCH);
	sel->pub.held = mmp_held(h);
	sel->pub.node = node;
	sel->pub.why = why;
	sel->pub.fault = fault;
	sel->handler = h;
	sel->memcg = memcg;
	sel->low = low;
	sel->low_skipped = false;
	mmp_select_allow(sel, timeout_ns(h, why), 1024 + 64 * sel->pub.wanted);
	sel->drained = false;
	sel->iterating = false;
	sel->may_rest = false;
	sel->mm = NULL;
	sel->space = NULL;
	sel->not_asked = 0;
	sel->swap_of = ERR_PTR(-ENOENT);
	sel->vma = NULL;
	sel->aged = false;
	sel->nr = 0;
	sel->kept = 0;
	sel->nr_names = 0;
	INIT_LIST_HEAD(&sel->victims);
}

static void unlock_mapping(struct mmp_select *sel)
{
	if (sel->vma)
		vma_end_read(sel->vma);
	sel->vma = NULL;
}

static void leave_space(struct mmp_select *sel)
{
	unlock_mapping(sel);
	if (sel->mm) {
		/*
		 * Translations cached with the accessed bit set would never set it
		 * again, and every policy that looks at it would become FIFO.
		 */
		if (sel->aged)
			flush_tlb_mm(sel->mm);
		mmput_async(sel->mm);
	}
	sel->aged = false;
	sel->mm = NULL;
	sel->space = NULL;
}

void mmp_select_end(struct mmp_select *sel)
{
	leave_space(sel);
}

#ifdef CONFIG_MEMCG
/* Protection is handed down: a group's is right only after its parents' is. */
static void calculate_protection(struct mem_cgroup *root, struct mem_cgroup *memcg,
				 int depth)
{
	struct mem_cgroup *parent = parent_mem_cgroup(memcg);

	if (parent && parent != root && memcg != root && depth < MAX_GROUP_DEPTH)
		calculate_protection(root, parent, depth + 1);
	mem_cgroup_calculate_protection(root, memcg);
}

/* May pages of this address space be taken for the control group that asks? */
static bool space_is_asked(struct mmp_select *sel, struct mm_struct *mm)
{
	struct mem_cgroup *root = sel->memcg ?: root_mem_cgroup;
	struct mem_cgroup *memcg;
	bool asked = true;

	if (mem_cgroup_disabled())
		return true;
	/* Its own limit, or its owner's wish: everything may go */
	if (!sel->memcg && (sel->pub.why == MM_POLICY_FOR_LIMIT ||
			    sel->pub.why == MM_POLICY_FOR_REQUEST))
		return true;

	memcg = get_mem_cgroup_from_mm(mm);
	if (sel->memcg && !mem_cgroup_is_descendant(memcg, sel->memcg)) {
		asked = false;
	} else {
		calculate_protection(root, memcg, 0);
		if (mem_cgroup_below_min(root, memcg)) {
			asked = false;
		} else if (!sel->low && mem_cgroup_below_low(root, memcg)) {
			asked = false;
			sel->low_skipped = true;
		}
	}
	mem_cgroup_put(memcg);
	return asked;
}
#else
static bool space_is_asked(struct mmp_select *sel, struct mm_struct *mm)
{
	return true;
}
#endif

/*
 * Is there nowhere for this folio to go? It needs swap, has none yet, and the control
 * group that pays for it may have no more. Neighbours mostly have one payer.
 */
static bool is_stuck(struct mmp_select *sel, struct folio *folio)
{
	struct mem_cgroup *memcg;

	if (!folio_test_swapbacked(folio) || folio_test_swapcache(folio))
		return false;
	memcg = folio_memcg(folio);
	if (memcg != sel->swap_of) {
		sel->swap_of = memcg;
		sel->no_swap = (memcg ? mem_cgroup_get_nr_swap_pages(memcg) :
					get_nr_swap_pages()) <= 0;
	}
	return sel->no_swap;
}

static int pin_space(struct mmp_select *sel, u32 id)
{
	struct mmp_space *space;
	struct mm_struct *mm = NULL;

	leave_space(sel);

	xa_lock(&sel->handler->spaces);
	space = xa_load(&sel->handler->spaces, id);
	if (space && mmget_not_zero(space->mm))
		mm = space->mm;
	xa_unlock(&sel->handler->spaces);
	if (!mm)
		return -ENOENT;
	sel->mm = mm;
	sel->space = space;
	return 0;
}

static int enter_space(struct mmp_select *sel, u32 id)
{
	int err;

	if (sel->space && sel->space->pub.id == id)
		return 0;
	/* A policy that names many of its pages is told so quickly */
	if (id == sel->not_asked)
		return -EXDEV;
	err = pin_space(sel, id);
	if (err)
		return err;
	if (!space_is_asked(sel, sel->mm)) {
		leave_space(sel);
		sel->not_asked = id;
		return -EXDEV;
	}
	return 0;
}

static bool mapping_is_ours(struct mmp_select *sel, struct vm_area_struct *vma)
{
	return (vma->vm_flags & VM_MANAGED) && vma->policy_space == sel->space;
}

/* Lock the mapping around @addr in the space that was entered. */
static int lock_mapping(struct mmp_select *sel, unsigned long addr)
{
	struct vm_area_struct *vma = sel->vma;

	if (vma && addr >= vma->vm_start && addr < vma->vm_end)
		return 0;
	unlock_mapping(sel);
	vma = lock_vma_under_rcu(sel->mm, addr);
	if (!vma)
		return mtree_load(&sel->mm->mm_mt, addr) ? -EBUSY : -ENOENT;
	if (!mapping_is_ours(sel, vma)) {
		vma_end_read(vma);
		return -ENOENT;
	}
	sel->vma = vma;
	return 0;
}

/*
 * Lock the first of our mappings that ends behind @addr. One that cannot be locked
 * now is passed over. -ENOENT: there is none.
 */
static int lock_mapping_from(struct mmp_select *sel, unsigned long *addr)
{
	struct vm_area_struct *vma;
	unsigned long from;
	MA_STATE(mas, &sel->mm->mm_mt, *addr, *addr);

	if (!lock_mapping(sel, *addr))
		return 0;

	rcu_read_lock();
	mas_for_each(&mas, vma, ULONG_MAX) {
		/* The mark of a fork that failed */
		if (xa_is_zero(vma))
			break;
		/* Only a hint: it may be changing. Checked when it is locked. */
		if (!(READ_ONCE(vma->vm_flags) & VM_MANAGED))
			continue;
		from = max(*addr, READ_ONCE(vma->vm_start));
		mas_pause(&mas);
		if (!lock_mapping(sel, from)) {
			*addr = from;
			rcu_read_unlock();
			return 0;
		}
	}
	rcu_read_unlock();
	return -ENOENT;
}

static bool time_is_over(struct mmp_select *sel)
{
	return local_clock() > sel->deadline;
}

static bool spend_call(struct mmp_select *sel)
{
	if (!sel->calls)
		return false;
	sel->calls--;
	/* The clock is read rarely: it costs more than a refused proposal */
	return sel->calls % 16 || !time_is_over(sel);
}

/* Find the page table entry of @addr and lock its table. */
static pte_t *map_entry(struct mmp_select *sel, unsigned long addr, pmd_t **pmd,
			spinlock_t **ptl)
{
	*pmd = mm_find_pmd(sel->mm, addr);
	if (!*pmd)
		return NULL;
	return pte_offset_map_lock(sel->mm, *pmd, addr, ptl);
}

static u32 folio_kind_flags(struct folio *folio)
{
	if (folio_test_anon(folio))
		return MM_POLICY_PAGE_ANON;
	return folio_test_swapbacked(folio) ? MM_POLICY_PAGE_SHMEM : 0;
}

static u32 page_flags(struct vm_area_struct *vma, struct folio *folio, bool young,
		      bool dirty)
{
	u32 flags = folio_kind_flags(folio);

	if (young)
		flags |= MM_POLICY_PAGE_YOUNG;
	if (dirty || folio_test_dirty(folio))
		flags |= MM_POLICY_PAGE_DIRTY;
	if (folio_likely_mapped_shared(folio))
		flags |= MM_POLICY_PAGE_SHARED;
	if ((vma->vm_flags & VM_LOCKED) || folio_maybe_dma_pinned(folio))
		flags |= MM_POLICY_PAGE_LOCKED;
	if (vma->vm_flags & VM_EXEC)
		flags |= MM_POLICY_PAGE_EXEC;
	return flags;
}

/*
 * Take @folio off the LRU and out of everybody's lists. The per-CPU batches may
 * still have it: they are drained once in a search, not for each page, or a policy
 * that repeats itself would do nothing else.
 */
static int isolate(struct mmp_select *sel, struct folio *folio)
{
	if (!folio_isolate_lru(folio)) {
		if (sel->drained)
			return -EBUSY;
		sel->drained = true;
		lru_add_drain();
		if (!folio_isolate_lru(folio))
			return -EBUSY;
	}
	folio_clear_active(folio);
	folio_clear_unevictable(folio);
	if (folio_test_clear_mlocked(folio)) {
		long nr = folio_nr_pages(folio);

		zone_stat_mod_folio(folio, NR_MLOCK, -nr);
		count_vm_events(UNEVICTABLE_PGMUNLOCKED, nr);
	}
	list_add_tail(&folio->lru, &sel->victims);
	return 0;
}

static int check_victim(struct mmp_select *sel, struct folio *folio)
{
	if (sel->pub.node >= 0 && folio_nid(folio) != sel->pub.node)
		return -EXDEV;
	if (sel->vma->vm_flags & VM_LOCKED)
		return -EBUSY;
	if (is_stuck(sel, folio))
		return -EBUSY;
	if (folio_maybe_dma_pinned(folio) || folio_is_zone_device(folio))
		return -EBUSY;
	return 0;
}

static void accept(struct mmp_select *sel, u64 page, struct folio *folio)
{
	unsigned int nr = folio_nr_pages(folio);

	sel->nr += nr;
	sel->pub.wanted -= min_t(u64, nr, sel->pub.wanted);
	sel->folios[sel->nr_names] = folio;
	sel->names[sel->nr_names++] = page;
}

static int evict_huge(struct mmp_select *sel, pmd_t *pmd, unsigned long addr,
		      struct folio **found)
{
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	spinlock_t *ptl = pmd_lock(sel->mm, pmd);
	struct folio *folio;
	int err = -ENOENT;

	if (pmd_trans_huge(*pmd) && !is_huge_zero_pmd(*pmd)) {
		folio = pmd_folio(*pmd);
		err = check_victim(sel, folio);
		if (!err) {
			folio_get(folio);
			*found = folio;
		}
	}
	spin_unlock(ptl);
	return err;
#else
	return -ENOENT;
#endif
}

static int find_victim(struct mmp_select *sel, unsigned long addr, struct folio **found)
{
	struct folio *folio;
	spinlock_t *ptl;
	pmd_t *pmd;
	pte_t *pte;
	int err = -ENOENT;

	pte = map_entry(sel, addr, &pmd, &ptl);
	if (!pte)
		return pmd ? evict_huge(sel, pmd, addr, found) : -ENOENT;
	if (pte_present(ptep_get(pte))) {
		folio = vm_normal_folio(sel->vma, addr, ptep_get(pte));
		if (folio) {
			err = check_victim(sel, folio);
			if (!err) {
				folio_get(folio);
				*found = folio;
			}
		}
	}
	pte_unmap_unlock(pte, ptl);
	return err;
}

static int try_evict(struct mmp_select *sel, u64 page)
{
	unsigned long addr = mm_policy_page_addr(page);
	struct folio *folio;
	int err;

	if (!sel->pub.wanted || sel->nr_names == MMP_MAX_BATCH || !spend_call(sel))
		return -EDQUOT;
	if (!mm_policy_page_space(page) || addr >= TASK_SIZE_MAX)
		return -EFAULT;
	if (page == sel->pub.fault)
		return -EBUSY;

	err = enter_space(sel, mm_policy_page_space(page));
	if (err)
		return err;
	err = lock_mapping(sel, addr);
	if (err)
		return err;
	err = find_victim(sel, addr, &folio);
	if (err)
		return err;
	err = isolate(sel, folio);
	if (!err)
		accept(sel, page, folio);
	folio_put(folio);
	return err;
}

/**
 * mmp_select_evict - propose a page
 * @sel: the search
 * @page: its name
 *
 * Return: 0 if it was accepted, else a negative errno, as mm_policy_evict() tells.
 */
int mmp_select_evict(struct mmp_select *sel, u64 page)
{
	int err = try_evict(sel, page);

	if (err == -EFAULT)
		mmp_stat(sel->handler, MM_POLICY_STAT_INVALID, 1);
	else if (err && err != -EDQUOT)
		mmp_stat(sel->handler, MM_POLICY_STAT_REFUSED, 1);
	return err;
}

/* A resident page's flags, in the space that was entered */
static int look_at(struct mmp_select *sel, unsigned long addr, bool age)
{
	struct folio *folio;
	spinlock_t *ptl;
	pmd_t *pmd;
	pte_t *pte;
	int ret;

	ret = lock_mapping(sel, addr);
	if (ret)
		return ret;
	pte = map_entry(sel, addr, &pmd, &ptl);
	if (!pte)
		return -ENOENT;
	ret = -ENOENT;
	if (pte_present(ptep_get(pte))) {
		folio = vm_normal_folio(sel->vma, addr, ptep_get(pte));
		if (folio) {
			ret = page_flags(sel->vma, folio, pte_young(ptep_get(pte)),
					 pte_dirty(ptep_get(pte)));
			if (age && ptep_test_and_clear_young(sel->vma, addr, pte))
				sel->aged = true;
		}
	}
	pte_unmap_unlock(pte, ptl);
	return ret;
}

/* A resident page's flags. With @age its accessed bit is cleared. */
int mmp_select_look(struct mmp_select *sel, u64 page, bool age)
{
	unsigned long addr = mm_policy_page_addr(page);
	int err;

	if (!spend_call(sel))
		return -EDQUOT;
	if (!mm_policy_page_space(page) || addr >= TASK_SIZE_MAX)
		return -EFAULT;
	err = enter_space(sel, mm_policy_page_space(page));
	return err ?: look_at(sel, addr, age);
}

/*
 * Is the page named @page, which was accepted, still in its mapping? Not under a lock: a
 * hint. A mapping that is being changed may still have it.
 */
bool mmp_still_mapped(struct mmp_select *sel, u64 page)
{
	int ret;

	rcu_read_lock();
	ret = pin_space(sel, mm_policy_page_space(page)) ?:
	      look_at(sel, mm_policy_page_addr(page), false);
	leave_space(sel);
	rcu_read_unlock();
	return ret >= 0 || ret == -EBUSY;
}

static void gather_one(struct mmp_select *sel, unsigned long addr, struct folio *folio,
		       unsigned int nr, bool young, bool dirty)
{
	struct mm_policy_page *p = &sel->gathered[sel->nr_gathered++];

	p->page = mm_policy_page_name(sel->space->pub.id, addr);
	p->nr = nr;
	p->flags = page_flags(sel->vma, folio, young, dirty);
	p->tag = sel->space->pub.tag;
	p->node = folio_nid(folio);
}

/* A huge mapping counts as one page with many neighbours. */
static void gather_huge(struct mmp_select *sel, pmd_t *pmd, unsigned long addr)
{
#ifdef CONFIG_TRANSPARENT_HUGEPAGE
	spinlock_t *ptl = pmd_lock(sel->mm, pmd);

	if (pmd_trans_huge(*pmd) && !is_huge_zero_pmd(*pmd) &&
	    !is_stuck(sel, pmd_folio(*pmd))) {
		gather_one(sel, addr & PMD_MASK, pmd_folio(*pmd), HPAGE_PMD_NR,
			   pmd_young(*pmd), pmd_dirty(*pmd));
		if ((sel->walk & MM_POLICY_WALK_AGE) &&
		    pmdp_test_and_clear_young(sel->vma, addr & PMD_MASK, pmd))
			sel->aged = true;
	}
	spin_unlock(ptl);
#endif
}

/* Where the next page table may be: holes are passed by their size. */
static unsigned long next_table(struct mm_struct *mm, unsigned long addr)
{
	pgd_t *pgd = pgd_offset(mm, addr);
	p4d_t *p4d;
	pud_t *pud;

	if (!pgd_present(*pgd))
		return pgd_addr_end(addr, TASK_SIZE_MAX);
	p4d = p4d_offset(pgd, addr);
	if (!p4d_present(*p4d))
		return p4d_addr_end(addr, TASK_SIZE_MAX);
	pud = pud_offset(p4d, addr);
	if (!pud_present(*pud))
		return pud_addr_end(addr, TASK_SIZE_MAX);
	return pmd_addr_end(addr, TASK_SIZE_MAX);
}

#define EMPTY_RUN	8

/* Written out, since most of a table may be empty where a file is mapped */
static bool are_empty(pte_t *pte)
{
	return !(pte_val(ptep_get(pte)) | pte_val(ptep_get(pte + 1)) |
		 pte_val(ptep_get(pte + 2)) | pte_val(ptep_get(pte + 3)) |
		 pte_val(ptep_get(pte + 4)) | pte_val(ptep_get(pte + 5)) |
		 pte_val(ptep_get(pte + 6)) | pte_val(ptep_get(pte + 7)));
}

/* Pass over entries that map nothing. */
static pte_t *skip_absent(pte_t *pte, unsigned long *addr, unsigned long end)
{
	while (*addr < end && !pte_present(ptep_get(pte))) {
		unsigned int nr = 1;

		if (pte_none(ptep_get(pte)) && end - *addr >= EMPTY_RUN * PAGE_SIZE &&
		    are_empty(pte))
			nr = EMPTY_RUN;
		pte += nr;
		*addr += nr * PAGE_SIZE;
	}
	return pte;
}

/*
 * Gather up to @max resident pages from @addr on, within one page table and one
 * mapping. Returns where to go on.
 */
static unsigned long gather_table(struct mmp_select *sel, unsigned long addr,
				  unsigned int max)
{
	unsigned long end = min(pmd_addr_end(addr, TASK_SIZE_MAX), sel->vma->vm_end);
	struct folio *folio;
	spinlock_t *ptl;
	pte_t *pte, *first, entry;
	pmd_t *pmd;

	first = map_entry(sel, addr, &pmd, &ptl);
	if (!first && pmd)
		gather_huge(sel, pmd, addr);
	if (!first)
		return min(next_table(sel->mm, addr), sel->vma->vm_end);
	for (pte = first; addr < end && sel->nr_gathered < max; pte++, addr += PAGE_SIZE) {
		bool young;

		pte = skip_absent(pte, &addr, end);
		if (addr >= end)
			break;
		entry = ptep_get(pte);
		folio = vm_normal_folio(sel->vma, addr, entry);
		if (!folio || (sel->pub.node >= 0 && folio_nid(folio) != sel->pub.node) ||
		    is_stuck(sel, folio))
			continue;
		young = pte_young(entry);
		if (young && (sel->walk & MM_POLICY_WALK_AGE) &&
		    ptep_test_and_clear_young(sel->vma, addr, pte))
			sel->aged = true;
		gather_one(sel, addr, folio, 1, young, pte_dirty(entry));
	}
	pte_unmap_unlock(first, ptl);
	return addr;
}

/* No space is remembered, so that RCU is not needed either. */
static void rest(struct mmp_select *sel)
{
	leave_space(sel);
	rcu_read_unlock();
	cond_resched();
	rcu_read_lock();
}

/* A walk goes on to another address space or page table: is there time for it? */
static bool may_step(struct mmp_select *sel)
{
	if (++sel->steps % STEPS)
		return true;
	/* A writer may be waiting, or another task */
	if (sel->may_rest)
		rest(sel);
	else
		unlock_mapping(sel);
	return !time_is_over(sel);
}

/* Go to the first address space with a number of at least @id. */
static int enter_space_from(struct mmp_select *sel, u32 *id)
{
	unsigned long index = *id;

	for (;;) {
		if (!may_step(sel))
			return -ETIME;
		if (!xa_find(&sel->handler->spaces, &index, MM_POLICY_MAX_SPACE, XA_PRESENT))
			return -ENOENT;
		*id = index;
		if (!enter_space(sel, index))
			return 0;
		index++;
	}
}

/* Fill @gathered from @cursor on. False: there is nothing more, or no time. */
static bool gather(struct mmp_select *sel, unsigned int max)
{
	u32 id = max(mm_policy_page_space(sel->cursor), 1U);
	unsigned long addr = mm_policy_page_addr(sel->cursor);

	sel->nr_gathered = 0;
	sel->shown = 0;
	while (!sel->nr_gathered) {
		u32 wanted_id = id;

		if (enter_space_from(sel, &id))
			return false;
		if (id != wanted_id)
			addr = 0;
		if (lock_mapping_from(sel, &addr)) {
			id++;
			addr = 0;
		} else {
			addr = gather_table(sel, addr, max);
		}
		sel->cursor = mm_policy_page_name(id, addr);
	}
	return true;
}

static unsigned int gather_size(struct mmp_select *sel)
{
	/* Looking further than is wanted would age what nobody sees, and be done again */
	return clamp_t(u64, sel->pub.wanted, 4, MMP_GATHER);
}

void mmp_walk_begin(struct mmp_select *sel, u64 from, u32 walk)
{
	sel->cursor = from;
	sel->start = from;
	sel->walk = walk;
	sel->wrapped = !(walk & MM_POLICY_WALK_WRAP) || !from;
	sel->nr_gathered = 0;
	sel->shown = 0;
}

struct mm_policy_page *mmp_walk_next(struct mmp_select *sel)
{
	struct mm_policy_page *p;

	if (sel->shown == sel->nr_gathered) {
		if (!gather(sel, gather_size(sel))) {
			if (sel->wrapped || time_is_over(sel))
				return NULL;
			sel->wrapped = true;
			sel->cursor = 0;
			if (!gather(sel, gather_size(sel)))
				return NULL;
		}
	}
	p = &sel->gathered[sel->shown];
	if (sel->wrapped && (sel->walk & MM_POLICY_WALK_WRAP) && sel->start &&
	    p->page >= sel->start)
		return NULL;
	sel->shown++;
	return p;
}

/* The processor may be setting the dirty bit at this moment: nothing may be lost. */
static void mark_young(struct vm_area_struct *vma, unsigned long addr, pte_t *pte)
{
	pte_t old = ptep_modify_prot_start(vma, addr, pte);

	ptep_modify_prot_commit(vma, addr, pte, old, pte_mkyoung(old));
}

/* What was gathered but never shown stays young if it was. */
void mmp_walk_end(struct mmp_select *sel)
{
	unsigned int i;

	if (!(sel->walk & MM_POLICY_WALK_AGE))
		return;
	for (i = sel->shown; i < sel->nr_gathered; i++) {
		struct mm_policy_page *p = &sel->gathered[i];
		unsigned long addr = mm_policy_page_addr(p->page);
		spinlock_t *ptl;
		pmd_t *pmd;
		pte_t *pte;

		if (!(p->flags & MM_POLICY_PAGE_YOUNG) || p->nr > 1)
			continue;
		if (!sel->space || sel->space->pub.id != mm_policy_page_space(p->page) ||
		    lock_mapping(sel, addr))
			continue;
		pte = map_entry(sel, addr, &pmd, &ptl);
		if (!pte)
			continue;
		if (pte_present(ptep_get(pte)))
			mark_young(sel->vma, addr, pte);
		pte_unmap_unlock(pte, ptl);
	}
	sel->nr_gathered = 0;
	sel->shown = 0;
}
