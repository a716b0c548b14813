// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mapping pages around a fault that are in memory already: it saves faults, but takes
 * frames that the policy was not asked for. So it happens where there is room, or the
 * limit is so large that room can be made afterwards; and under a policy that reads
 * ahead, for pages that it has read, which are counted already. The policy learns of
 * each page.
 */
#include <linux/bitmap.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

#include "../internal.h"
#include "internal.h"

static u64 page_at(struct vm_fault *vmf, pgoff_t pgoff)
{
	struct vm_area_struct *vma = vmf->vma;

	return mm_policy_page_name(vma->policy_space->pub.id,
				   vma->vm_start + ((pgoff - vma->vm_pgoff) << PAGE_SHIFT));
}

/* For so many times the pages around a fault the limit is large */
#define LARGE		32

/*
 * Which pages may be mapped? All if there is room; or if the limit is so large that it
 * does not matter whether it is made before or after. With a policy that reads ahead,
 * only what it has read.
 */
static void narrow(struct mmp_handler *h, struct vm_fault *vmf, pgoff_t *first,
		   pgoff_t *last)
{
	u64 page = mmp_fault_page(vmf), from, to;
	unsigned long nr = *last - *first + 1;

	if (!__mm_policy_prefetches(vmf->vma) &&
	    (READ_ONCE(h->pub.limit) >= LARGE * nr || !mmp_over(h, nr)))
		return;
	from = page_at(vmf, *first);
	to = page_at(vmf, *last);
	mmp_ahead_run(h, page, &from, &to);
	*first = vmf->pgoff - (page - from);
	*last = vmf->pgoff + (to - page);
}

/* Which of the pages from @first to @last are mapped? A hint: nothing is locked. */
static void note_present(struct vm_fault *vmf, pgoff_t first, pgoff_t last,
			 unsigned long *present)
{
	unsigned long addr = vmf->address & PAGE_MASK;
	unsigned int i, nr = last - first + 1;
	pte_t *pte;
	pmd_t pmd;

	bitmap_zero(present, nr);
	addr -= (vmf->pgoff - first) << PAGE_SHIFT;
	rcu_read_lock();
	pmd = pmdp_get_lockless(vmf->pmd);
	if (pmd_present(pmd) && !pmd_leaf(pmd)) {
		pte = pte_offset_kernel(&pmd, addr);
		for (i = 0; i < nr; i++)
			if (pte_present(ptep_get_lockless(pte + i)))
				__set_bit(i, present);
	}
	rcu_read_unlock();
}

static struct mm_policy_fault tell(struct mmp_handler *h, struct vm_fault *vmf, u64 page)
{
	u32 kind = mmp_file_kind(h, vmf->vma, page);
	struct mm_policy_fault f = mmp_describe_fault(vmf, kind);

	if (f.page != page)
		f.flags |= MM_POLICY_FAULT_AROUND;
	else if (vmf->flags & FAULT_FLAG_TRIED)
		f.flags |= MM_POLICY_FAULT_MAJOR;
	f.page = page;
	if (READ_ONCE(h->nr_ahead) && mmp_ahead_take(h, page))
		f.flags |= MM_POLICY_FAULT_AHEAD;
	mmp_tell_fault(h, &f);
	return f;
}

static bool prefetch_is_for_runs(struct mmp_handler *h)
{
	const struct mm_policy_ops *ops;
	bool runs;

	rcu_read_lock();
	ops = rcu_dereference(h->ops);
	runs = ops && (ops->flags & MM_POLICY_RUNS);
	rcu_read_unlock();
	return runs;
}

/* In the order of their addresses: a policy may look for runs. */
static void tell_mapped(struct mmp_handler *h, struct vm_fault *vmf, pgoff_t first,
			const unsigned long *before, const unsigned long *after,
			unsigned int nr)
{
	bool runs = prefetch_is_for_runs(h);
	struct mm_policy_fault last = { };
	unsigned int i;

	for_each_andnot_bit(i, after, before, nr) {
		struct mm_policy_fault f = tell(h, vmf, page_at(vmf, first + i));

		if (!(f.flags & MM_POLICY_FAULT_AHEAD))
			continue;
		if (runs)
			last = f;
		else
			mmp_ahead_touched(vmf, &f);
	}
	if (last.page)
		mmp_ahead_touched(vmf, &last);
}

/**
 * mm_policy_map_around - map what is in memory around a fault in a managed mapping
 * @vmf: the fault
 * @first: the first page of the file that may be mapped
 * @last: the last one; all have their entries in one page table
 *
 * Return: what ->map_pages() says: VM_FAULT_NOPAGE if the fault is settled, which
 * mm_policy_fault_end() then need not tell any more.
 */
vm_fault_t mm_policy_map_around(struct vm_fault *vmf, pgoff_t first, pgoff_t last)
{
	struct mmp_handler *h = vmf->vma->policy_space->handler;
	DECLARE_BITMAP(before, PTRS_PER_PTE);
	DECLARE_BITMAP(after, PTRS_PER_PTE);
	vm_fault_t ret;

	narrow(h, vmf, &first, &last);
	note_present(vmf, first, last, before);
	rcu_read_lock();
	ret = vmf->vma->vm_ops->map_pages(vmf, first, last);
	rcu_read_unlock();
	note_present(vmf, first, last, after);
	tell_mapped(h, vmf, first, before, after, last - first + 1);
	if (first < last)
		mmp_have_room(h, 0, mmp_fault_page(vmf));
	return ret;
}
