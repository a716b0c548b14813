// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which ranges answer to whom: attaching, moving, detaching, and what new mappings,
 * fork and exec do with it.
 *
 * A mapping changes its handler with its mm's mmap_lock and its own lock held for
 * writing, and its rmap locks: then no fault, no unmapping and no reclaim is between
 * the count of its pages and the pointer that later counts go to.
 */
#include <linux/capability.h>
#include <linux/dax.h>
#include <linux/hugetlb.h>
#include <linux/mm_inline.h>
#include <linux/pagewalk.h>
#include <linux/rmap.h>
#include <linux/sched/mm.h>
#include <linux/secretmem.h>
#include <linux/oom.h>
#include <linux/slab.h>

#include <trace/events/mm_policy.h>

#include "../internal.h"
#include "../vma.h"
#include "internal.h"

/* Of a mapping, switched at once: well under a millisecond */
#define PIECE	(16UL << 20)

/* Can this mapping be managed? */
bool mmp_supports(struct vm_area_struct *vma)
{
	return !(vma->vm_flags & (VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE)) &&
	       !vma_is_dax(vma) && !vma_is_secretmem(vma);
}

/*
 * Spaces
 */

static struct mmp_space *find_space(struct mmp_mm *mmp, struct mmp_handler *h, u32 tag)
{
	struct mmp_space *space;

	list_for_each_entry(space, &mmp->spaces, node)
		if (space->handler == h && space->pub.tag == tag)
			return space;
	return NULL;
}

static int call_attach(struct mmp_handler *h, struct mmp_space *space)
{
	struct mmp_call call = MMP_CALL(h, 1 << 16);
	const struct mm_policy_ops *ops;
	int err = 0;

	rcu_read_lock();
	ops = rcu_dereference(h->ops);
	if (ops && ops->attach && !current->policy_call) {
		current->policy_call = &call;
		err = ops->attach(&h->pub, &space->pub);
		current->policy_call = NULL;
	}
	rcu_read_unlock();
	return err >= 0 ? 0 : max(err, -MAX_ERRNO);
}

/* Let selectors find a space. */
static int publish_space(struct mmp_space *space)
{
	xa_store(&space->handler->spaces, space->pub.id, space, 0);
	/*
	 * The switch that turns everything off first forbids, then looks for spaces; we
	 * do it the other way round, so that one of us sees the other.
	 */
	smp_mb();
	return READ_ONCE(mmp_enabled) ? 0 : -EPERM;
}

/*
 * A space of @mm for @h and @tag, new or not. The mmap_lock is held for writing. Unless
 * @mm is @whole, nobody may look into it yet: it only gets a number.
 */
static struct mmp_space *get_space(struct mm_struct *mm, struct mmp_handler *h, u32 tag,
				   s32 pid, bool whole)
{
	struct mmp_call call = MMP_CALL(h, 1 << 16);
	struct mmp_space *space;
	int err;

	mmap_assert_write_locked(mm);
	space = find_space(mm->policy, h, tag);
	if (space)
		return space;
	if (mm->policy->nr_spaces >= MMP_MAX_SPACES)
		return ERR_PTR(-ENOSPC);

	space = kzalloc(sizeof(*space), GFP_KERNEL_ACCOUNT);
	if (!space)
		return ERR_PTR(-ENOMEM);
	space->handler = h;
	space->mm = mm;
	space->pub.tag = tag;
	space->pub.pid = pid;
	if (!mmp_handler_get(h)) {
		kfree(space);
		return ERR_PTR(-ESRCH);
	}
	/* The number first: the policy sees it */
	err = xa_alloc_cyclic(&h->spaces, &space->pub.id, NULL,
			      XA_LIMIT(1, MM_POLICY_MAX_SPACE), &h->next_space,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto put;
	err = call_attach(h, space);
	if (err)
		goto erase;
	if (whole) {
		err = publish_space(space);
		if (err)
			goto detach;
	}
	list_add_tail(&space->node, &mm->policy->spaces);
	mm->policy->nr_spaces++;
	trace_mm_policy_attach(h->pub.id, space->pub.id, pid, true);
	return space;
detach:
	mmp_call_op(h, &call, detach, &space->pub);
erase:
	xa_erase(&h->spaces, space->pub.id);
put:
	mmp_handler_put(h);
	kfree_rcu(space, rcu);
	return ERR_PTR(err);
}

/* No mapping uses it any more. */
static void remove_space(struct mmp_space *space)
{
	struct mmp_handler *h = space->handler;
	struct mmp_call call = MMP_CALL(h, 1 << 16);

	xa_erase(&h->spaces, space->pub.id);
	list_del(&space->node);
	space->mm->policy->nr_spaces--;
	mmp_ahead_forget(h, space->pub.id);
	mmp_call_op(h, &call, detach, &space->pub);
	trace_mm_policy_attach(h->pub.id, space->pub.id, space->pub.pid, false);
	mmp_handler_put(h);
	kfree_rcu(space, rcu);
}

static int get_mm_policy(struct mm_struct *mm)
{
	struct mmp_mm *mmp;

	mmap_assert_write_locked(mm);
	if (mm->policy)
		return 0;
	mmp = kzalloc(sizeof(*mmp), GFP_KERNEL_ACCOUNT);
	if (!mmp)
		return -ENOMEM;
	INIT_LIST_HEAD(&mmp->spaces);
	mm->policy = mmp;
	return 0;
}

static void prune_spaces(struct mm_struct *mm)
{
	struct mmp_space *space, *next;
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, 0);

	list_for_each_entry(space, &mm->policy->spaces, node)
		space->used = space == mm->policy->def;
	for_each_vma(vmi, vma)
		if (vma->policy_space)
			vma->policy_space->used = true;
	list_for_each_entry_safe(space, next, &mm->policy->spaces, node)
		if (!space->used)
			remove_space(space);
}

/*
 * Pages of a mapping that changes its handler
 */

struct page_count {
	long nr[MMP_NR_KINDS];
	bool lock;		/* in the second pass: mlock, or munlock */
};

static struct folio *huge_folio(struct vm_area_struct *vma, pmd_t pmd)
{
	if (!pmd_present(pmd) || is_huge_zero_pmd(pmd))
		return NULL;
	return vm_normal_folio_pmd(vma, 0, pmd);
}

static int for_each_mapped(pmd_t *pmd, unsigned long addr, unsigned long end,
			   struct mm_walk *walk,
			   void (*each)(struct page_count *, struct folio *, long))
{
	struct vm_area_struct *vma = walk->vma;
	struct folio *folio;
	spinlock_t *ptl;
	pte_t *first, *pte;

	ptl = pmd_trans_huge_lock(pmd, vma);
	if (ptl) {
		folio = huge_folio(vma, *pmd);
		if (folio)
			each(walk->private, folio, HPAGE_PMD_NR);
		spin_unlock(ptl);
		return 0;
	}
	first = pte_offset_map_lock(walk->mm, pmd, addr, &ptl);
	if (!first) {
		walk->action = ACTION_AGAIN;
		return 0;
	}
	for (pte = first; addr < end; pte++, addr += PAGE_SIZE) {
		if (!pte_present(ptep_get(pte)))
			continue;
		folio = vm_normal_folio(vma, addr, ptep_get(pte));
		if (folio)
			each(walk->private, folio, 1);
	}
	pte_unmap_unlock(first, ptl);
	return 0;
}

static void count_one(struct page_count *count, struct folio *folio, long nr)
{
	if (!folio_is_zone_device(folio))
		count->nr[mmp_kind_of(folio)] += nr;
}

static int count_table(pmd_t *pmd, unsigned long addr, unsigned long end,
		       struct mm_walk *walk)
{
	/* No rest: others wait for the rmap locks */
	return for_each_mapped(pmd, addr, end, walk, count_one);
}

static void park_one(struct page_count *count, struct folio *folio, long nr)
{
	if (!count->lock) {
		if (folio_test_mlocked(folio))
			munlock_folio(folio);
	} else if (!folio_test_large(folio) || nr == folio_nr_pages(folio)) {
		mlock_folio(folio);
	}
}

static int park_table(pmd_t *pmd, unsigned long addr, unsigned long end,
		      struct mm_walk *walk)
{
	int ret = for_each_mapped(pmd, addr, end, walk, park_one);

	cond_resched();
	return ret;
}

static const struct mm_walk_ops count_ops = {
	.pmd_entry = count_table,
	.walk_lock = PGWALK_WRLOCK_VERIFY,
};

static const struct mm_walk_ops park_ops = {
	.pmd_entry = park_table,
	.walk_lock = PGWALK_WRLOCK_VERIFY,
};

static void lock_rmap(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		i_mmap_lock_write(vma->vm_file->f_mapping);
	if (vma->anon_vma)
		anon_vma_lock_write(vma->anon_vma);
}

static void unlock_rmap(struct vm_area_struct *vma)
{
	if (vma->anon_vma)
		anon_vma_unlock_write(vma->anon_vma);
	if (vma->vm_file)
		i_mmap_unlock_write(vma->vm_file->f_mapping);
}

static void count_held(struct mmp_space *space, const struct page_count *count, int sign)
{
	int kind;

	if (!space)
		return;
	/* Page table locks do this for all others: a processor must fold what it added */
	preempt_disable();
	for (kind = 0; kind < MMP_NR_KINDS; kind++)
		mmp_count(space->handler, kind, sign * count->nr[kind]);
	preempt_enable();
}

/* From now on @vma answers to @space; NULL: to nobody. */
static void switch_space(struct vm_area_struct *vma, struct mmp_space *space)
{
	struct mmp_space *old = vma->policy_space;
	struct page_count count = { .lock = space };
	bool parks = !old != !space && !(vma->vm_flags & VM_LOCKED);

	if (old == space)
		return;
	vma_start_write(vma);
	lock_rmap(vma);
	walk_page_vma(vma, &count_ops, &count);
	count_held(old, &count, -1);
	count_held(space, &count, 1);
	vma->policy_space = space;
	/* As mlock() does: migration and reclaim must not park what the walk will park */
	if (space)
		vm_flags_set(vma, VM_MANAGED | (parks ? VM_IO : 0));
	else
		vm_flags_clear(vma, VM_MANAGED);
	unlock_rmap(vma);

	if (parks) {
		lru_add_drain();
		walk_page_vma(vma, &park_ops, &count);
		lru_add_drain();
		vm_flags_clear(vma, VM_IO);
	}
}

/*
 * Attach and detach
 */

/* A range is attached whole or not at all. */
static int check_range(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	unsigned long at = start;
	VMA_ITERATOR(vmi, mm, start);

	for_each_vma_range(vmi, vma, end) {
		if (vma->vm_start > at)
			return -ENOMEM;
		if (!mmp_supports(vma))
			return -EOPNOTSUPP;
		if (!can_modify_vma(vma))
			return -EPERM;
		at = vma->vm_end;
	}
	return at < end ? -ENOMEM : 0;
}

/*
 * Cut the mappings at @start and @end there, before any is switched: it is what may fail.
 * Those that answer to @space already stay whole.
 */
static int cut_ends(struct mm_struct *mm, unsigned long start, unsigned long end,
		    struct mmp_space *space)
{
	const unsigned long inside[] = { start, end - 1 };
	int i, err = 0;

	for (i = 0; i < ARRAY_SIZE(inside) && !err; i++) {
		VMA_ITERATOR(vmi, mm, inside[i]);
		struct vm_area_struct *vma = vma_iter_load(&vmi);

		if (vma && vma->policy_space != space)
			err = vma_cut(&vmi, vma, max(start, vma->vm_start),
				      min(end, vma->vm_end));
	}
	return err;
}

/*
 * Switch a mapping, or the first piece of a large one: others wait for its rmap locks
 * meanwhile. Without memory for a cut, they wait longer.
 */
static void switch_piece(struct vma_iterator *vmi, struct vm_area_struct *vma,
			 struct mmp_space *space)
{
	if (vma->vm_end - vma->vm_start > PIECE)
		vma_cut(vmi, vma, vma->vm_start, vma->vm_start + PIECE);
	switch_space(vma, space);
}

/*
 * Switch the mappings in @start..@end, where they are cut already, and join what became
 * alike. Those that cannot be managed stay.
 */
static void switch_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			 struct mmp_space *space)
{
	struct vm_area_struct *vma, *prev, *joined;
	VMA_ITERATOR(vmi, mm, start);

	prev = vma_prev(&vmi);
	vma_iter_set(&vmi, start);
	for_each_vma_range(vmi, vma, end) {
		if (vma->policy_space == space || (space && !mmp_supports(vma))) {
			prev = vma;
			continue;
		}
		switch_piece(&vmi, vma, space);
		joined = vma_modify_flags(&vmi, prev, vma, vma->vm_start, vma->vm_end,
					  vma->vm_flags);
		/* Not joined for lack of memory: no harm */
		prev = IS_ERR(joined) ? vma : joined;
		/* Here, with nobody's rmap locks held */
		cond_resched();
	}
}

/*
 * A limit that somebody else set is not the process's own to shake off: it leaves a
 * handler only if it could open it.
 */
static int may_leave(struct mm_struct *mm, unsigned long start, unsigned long end)
{
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, mm, start);

	if (!mm->policy)
		return 0;
	if (end == ULONG_MAX && mm->policy->def &&
	    !mmp_handler_may_open(mm->policy->def->handler))
		return -EPERM;
	for_each_vma_range(vmi, vma, end)
		if (vma->policy_space && !mmp_handler_may_open(vma->policy_space->handler))
			return -EPERM;
	return 0;
}

static int check_bounds(u64 start, u64 length)
{
	if (!length)
		return start ? -EINVAL : 0;
	if (!PAGE_ALIGNED(start) || !PAGE_ALIGNED(length))
		return -EINVAL;
	if (start >= TASK_SIZE_MAX || length > TASK_SIZE_MAX - start)
		return -EINVAL;
	return 0;
}

/**
 * mmp_attach - let an address space or a range of it answer to a handler
 * @h: the handler
 * @mm: the address space
 * @task: a task that has it
 * @a: range, tag, and flags
 *
 * Return: 0 or a negative errno.
 */
int mmp_attach(struct mmp_handler *h, struct mm_struct *mm, struct task_struct *task,
	       const struct mm_policy_attach *a)
{
	struct mmp_space *space;
	int err = check_bounds(a->start, a->length);

	if (err)
		return err;
	if (a->flags & ~(MM_POLICY_ATTACH_EXEC | MM_POLICY_ATTACH_ALONE))
		return -EINVAL;
	if (a->length && a->flags)
		return -EINVAL;
	if (!READ_ONCE(mmp_enabled))
		return -EPERM;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	if (check_stable_address_space(mm)) {
		err = -ESRCH;
		goto unlock;
	}
	if (a->length) {
		err = check_range(mm, a->start, a->start + a->length);
		if (err)
			goto unlock;
	}
	err = may_leave(mm, a->start, a->length ? a->start + a->length : ULONG_MAX);
	if (!err)
		err = get_mm_policy(mm);
	if (err)
		goto unlock;
	space = get_space(mm, h, a->tag, task_tgid_nr(task), true);
	if (IS_ERR(space)) {
		err = PTR_ERR(space);
		goto unlock;
	}
	if (a->length) {
		err = cut_ends(mm, a->start, a->start + a->length, space);
		if (!err)
			switch_range(mm, a->start, a->start + a->length, space);
	} else {
		mm->policy->def = space;
		mm->policy->flags = a->flags;
		switch_range(mm, 0, TASK_SIZE_MAX, space);
	}
	prune_spaces(mm);
unlock:
	mmap_write_unlock(mm);
	return err;
}

static void detach_whole(struct mm_struct *mm)
{
	mm->policy->def = NULL;
	mm->policy->flags = 0;
	switch_range(mm, 0, TASK_SIZE_MAX, NULL);
	prune_spaces(mm);
}

/**
 * mmp_detach - let an address space or a range of it answer to nobody
 * @mm: the address space
 * @start: first address
 * @length: bytes; with @start 0: all of it
 *
 * Return: 0 or a negative errno.
 */
int mmp_detach(struct mm_struct *mm, unsigned long start, unsigned long length)
{
	int err = check_bounds(start, length);

	if (err)
		return err;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	if (!mm->policy)
		goto unlock;
	err = may_leave(mm, start, length ? start + length : ULONG_MAX);
	if (err)
		goto unlock;
	if (!length) {
		detach_whole(mm);
		goto unlock;
	}
	err = cut_ends(mm, start, start + length, NULL);
	if (!err)
		switch_range(mm, start, start + length, NULL);
	prune_spaces(mm);
unlock:
	mmap_write_unlock(mm);
	return err;
}

/**
 * mmp_try_detach_all - let an address space answer to nobody, whoever it belongs to
 * @mm: the address space
 *
 * Return: false if it is locked by somebody: nothing was done.
 */
bool mmp_try_detach_all(struct mm_struct *mm)
{
	/* Writers have no trylock of their own: see whether we would wait */
	if (!down_write_trylock(&mm->mmap_lock))
		return false;
	up_write(&mm->mmap_lock);
	mmap_write_lock(mm);
	if (mm->policy)
		detach_whole(mm);
	mmap_write_unlock(mm);
	return true;
}

/*
 * New mappings, fork, exec, exit
 */

struct mmp_space *__mm_policy_default(struct mm_struct *mm)
{
	return mm->policy->def;
}

void __mm_policy_new_vma(struct vm_area_struct *vma)
{
	if (!mmp_supports(vma))
		return;
	vma->policy_space = vma->vm_mm->policy->def;
	vm_flags_init(vma, vma->vm_flags | VM_MANAGED);
}

/* The child's space for what was one of its parent's. NULL: it goes without. */
static struct mmp_space *childs_space(struct mm_struct *mm, struct mmp_space *parents)
{
	if (!mm->policy)
		return NULL;
	return find_space(mm->policy, parents->handler, parents->pub.tag);
}

int __mm_policy_fork(struct mm_struct *mm, struct mm_struct *oldmm)
{
	struct mmp_mm *parents = oldmm->policy;
	struct mmp_space *space;
	int err;

	if (!parents || list_empty(&parents->spaces) ||
	    (parents->flags & MM_POLICY_ATTACH_ALONE))
		return 0;
	err = get_mm_policy(mm);
	if (err)
		return err;
	/*
	 * The child has no number yet: the parent's must do. A policy that refuses it now
	 * is not asked again for each mapping.
	 */
	list_for_each_entry(space, &parents->spaces, node)
		get_space(mm, space->handler, space->pub.tag, task_tgid_nr(current), false);
	mm->policy->flags = parents->flags;
	if (parents->def)
		mm->policy->def = childs_space(mm, parents->def);
	return 0;
}

void __mm_policy_forked(struct mm_struct *mm)
{
	struct mmp_space *space;

	list_for_each_entry(space, &mm->policy->spaces, node)
		if (publish_space(space))
			mmp_switch_off_again();
}

void __mm_policy_fork_vma(struct vm_area_struct *child)
{
	struct mmp_space *space = childs_space(child->vm_mm, child->policy_space);

	child->policy_space = space;
	if (space)
		vm_flags_set(child, VM_MANAGED);
	else
		vm_flags_clear(child, VM_MANAGED);
}

/* A child made by vfork() has its parent's address space, but is not its parent. */
static bool kept_over_exec(const struct mmp_mm *mmp)
{
	if (!mmp || !mmp->def || !(mmp->flags & MM_POLICY_ATTACH_EXEC))
		return false;
	return !(mmp->flags & MM_POLICY_ATTACH_ALONE) ||
	       mmp->def->pub.pid == task_tgid_nr(current);
}

/* A program with more rights than its caller is not its caller's to manage. */
void __mm_policy_exec(struct mm_struct *mm, struct mm_struct *oldmm, bool secure)
{
	struct mm_policy_attach attach = { };
	struct mmp_handler *h = NULL;

	if (!oldmm || secure)
		return;
	mmap_read_lock(oldmm);
	if (kept_over_exec(oldmm->policy)) {
		attach.tag = oldmm->policy->def->pub.tag;
		attach.flags = oldmm->policy->flags;
		h = oldmm->policy->def->handler;
		mmp_handler_get(h);
	}
	mmap_read_unlock(oldmm);
	if (!h)
		return;
	mmp_attach(h, mm, current, &attach);
	mmp_handler_put(h);
}

/**
 * mmp_answers - does an address space or a part of it answer to a handler?
 * @mm: the address space
 *
 * Return: whether it does, now.
 */
bool mmp_answers(struct mm_struct *mm)
{
	bool answers;

	mmap_read_lock(mm);
	answers = mm->policy && !list_empty(&mm->policy->spaces);
	mmap_read_unlock(mm);
	return answers;
}

void __mm_policy_exit(struct mm_struct *mm)
{
	struct mmp_space *space, *next;

	list_for_each_entry_safe(space, next, &mm->policy->spaces, node)
		remove_space(space);
	kfree(mm->policy);
	mm->policy = NULL;
}
