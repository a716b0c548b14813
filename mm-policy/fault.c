// SPDX-License-Identifier: GPL-2.0-only
/*
 * A managed page fault: before it is handled, the handler makes room if it is at its
 * limit; afterwards it is counted and the policy told. And the counts of held frames,
 * kept where mappings of pages are made and removed.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/shmem_fs.h>
#include <linux/swapops.h>

#include <trace/events/mm_policy.h>

#include "../internal.h"
#include "internal.h"

/* Pages of this many evictions ago ... */
#define NEAR		2
/* ... faulted in so many times in a row: no progress */
#define NEAR_IN_ROW	4096
/* No policy can do well with so few pages. */
#define FEW		32

static enum mmp_kind kind_of(struct folio *folio)
{
	if (folio_test_anon(folio))
		return MMP_ANON;
	return folio_test_swapbacked(folio) ? MMP_SHMEM : MMP_FILE;
}

void __mm_policy_count(struct vm_area_struct *vma, struct folio *folio, long nr)
{
	struct mmp_handler *h = vma->policy_space->handler;

	/* No handler can take a device's memory: none holds it */
	if (unlikely(folio_is_zone_device(folio)))
		return;
	/* What is not a file's is private: that is most, and counted by the rest */
	if (!folio_test_anon(folio))
		this_cpu_add(h->cpu->held[kind_of(folio)], nr);
	percpu_counter_add_batch(&h->held, nr, READ_ONCE(h->held_batch));
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
 * Most of what is unmapped is about to be freed, and freeing ends the mlock by
 * itself: queueing a munlock for each page would make munmap() half as slow again.
 * What a search has isolated is munlocked already.
 */
void __mm_policy_munlock(struct folio *folio)
{
	if (!folio_test_mlocked(folio))
		return;
	if (folio_test_anon(folio) && !folio_mapped(folio) && !folio_test_swapcache(folio))
		return;
	munlock_folio(folio);
}

void __mm_policy_gone(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmp_space *space = vma->policy_space;
	struct mmp_handler *h = space->handler;
	struct mmp_call call = { .handler = h, .times = 4096 };
	struct mm_policy_gone gone = {
		.page = mm_policy_page_name(space->pub.id, start),
		.nr = (end - start) >> PAGE_SHIFT,
		.why = MM_POLICY_GONE_UNMAPPED,
	};

	mmp_call_op(h, &call, gone, &gone);
}

static u64 fault_page(struct vm_fault *vmf)
{
	return mm_policy_page_name(vmf->vma->policy_space->pub.id, vmf->address);
}

/* What the page table says at the address, without any lock */
static pte_t peek(struct vm_fault *vmf)
{
	pte_t entry = __pte(0);
	pmd_t pmd;

	/* RCU keeps the table; 64-bit machines have it mapped */
	rcu_read_lock();
	pmd = pmdp_get_lockless(vmf->pmd);
	if (likely(pmd_present(pmd) && !pmd_leaf(pmd)))
		entry = ptep_get_lockless(pte_offset_kernel(&pmd, vmf->address));
	rcu_read_unlock();
	return entry;
}

static u8 missing_kind(struct vm_fault *vmf, struct mmp_handler *h)
{
	if (vma_is_anonymous(vmf->vma)) {
		/* Reading what was never written maps the zero page, which nobody holds */
		if (!(vmf->flags & FAULT_FLAG_WRITE) && !mm_forbids_zeropage(vmf->vma->vm_mm))
			return 0;
		return MM_POLICY_FIRST_TOUCH;
	}
	if (mmp_ghosts_know(h->ghosts, fault_page(vmf)))
		return MM_POLICY_REFAULT;
	return vma_is_shmem(vmf->vma) ? MM_POLICY_FIRST_TOUCH : MM_POLICY_FILE_PAGE;
}

static u8 fault_kind(struct vm_fault *vmf, struct mmp_handler *h)
{
	pte_t entry = peek(vmf);

	if (pte_none(entry) || is_pte_marker(entry))
		return missing_kind(vmf, h);
	if (!pte_present(entry))
		return non_swap_entry(pte_to_swp_entry(entry)) ? 0 : MM_POLICY_REFAULT;
	if ((vmf->flags & FAULT_FLAG_WRITE) && !pte_write(entry) &&
	    !(vmf->vma->vm_flags & VM_SHARED)) {
		if (is_zero_pfn(pte_pfn(entry)))
			return MM_POLICY_FIRST_TOUCH;
		return MM_POLICY_COPY_ON_WRITE;
	}
	return 0;
}

void mm_policy_fault_begin(struct vm_fault *vmf, struct mm_policy_fault_state *state)
{
	struct mmp_handler *h = vmf->vma->policy_space->handler;

	state->ahead = false;
	state->flags = vmf->flags;
	state->kind = fault_kind(vmf, h);
	if (!state->kind)
		return;
	if (READ_ONCE(h->nr_ahead))
		state->ahead = mmp_ahead_known(h, fault_page(vmf));
	/* A copy takes the place of its original */
	if (state->kind != MM_POLICY_COPY_ON_WRITE && mmp_over(h, 1))
		mmp_make_room(h, 1, fault_page(vmf));
}

void mmp_describe_fault(struct vm_fault *vmf, unsigned int flags,
			struct mm_policy_fault *f)
{
	struct vm_area_struct *vma = vmf->vma;
	u32 space = vma->policy_space->pub.id;

	f->page = mm_policy_page_name(space, vmf->address);
	f->start = mm_policy_page_name(space, vma->vm_start);
	f->end = mm_policy_page_name(space, vma->vm_end);
	f->flags = 0;
	if (flags & FAULT_FLAG_WRITE)
		f->flags |= MM_POLICY_FAULT_WRITE;
	if (flags & FAULT_FLAG_INSTRUCTION)
		f->flags |= MM_POLICY_FAULT_EXEC;
	f->tag = vma->policy_space->pub.tag;
	f->hint = current->policy_hint;
	f->distance = 0;
}

static void count_fault(struct mmp_handler *h, const struct mm_policy_fault *f)
{
	static const u8 stat_of[] = {
		[MM_POLICY_FIRST_TOUCH] = MM_POLICY_STAT_FIRST,
		[MM_POLICY_REFAULT] = MM_POLICY_STAT_REFAULTS,
		[MM_POLICY_COPY_ON_WRITE] = MM_POLICY_STAT_COW,
	};

	mmp_stat(h, MM_POLICY_STAT_FAULTS, 1);
	if (f->kind != MM_POLICY_FILE_PAGE)
		mmp_stat(h, stat_of[f->kind], 1);
	if (f->flags & MM_POLICY_FAULT_MAJOR)
		mmp_stat(h, MM_POLICY_STAT_MAJOR, 1);
	if (f->flags & MM_POLICY_FAULT_AHEAD)
		mmp_stat(h, MM_POLICY_STAT_PREFETCH_USED, 1);
	if (f->distance)
		this_cpu_inc(h->cpu->distance[min(ilog2(f->distance),
						  MM_POLICY_NR_DISTANCES - 1)]);
}

/*
 * A policy that always takes what is needed next keeps its tasks from getting
 * anywhere: an instruction may need several pages at once.
 */
static void watch_progress(struct mmp_handler *h, const struct mm_policy_fault *f)
{
	const struct mm_policy_ops *ops;

	if (!f->distance || f->distance > NEAR) {
		h->near_in_row = 0;
		return;
	}
	/* Too few frames for one instruction are nobody's fault */
	if (++h->near_in_row < NEAR_IN_ROW || h->pub.limit <= FEW)
		return;
	rcu_read_lock();
	ops = rcu_dereference(h->ops);
	if (ops && ops->select)
		mmp_eject(h, ops, MM_POLICY_EXIT_THRASH,
			  "the last %u faults were for pages that it had just taken",
			  h->near_in_row);
	rcu_read_unlock();
}

static void tell_fault(struct mmp_handler *h, struct vm_fault *vmf,
		       struct mm_policy_fault_state *state, vm_fault_t ret)
{
	struct mmp_call call = { .handler = h, .times = 256 };
	struct mm_policy_fault f;

	mmp_describe_fault(vmf, state->flags, &f);
	f.kind = state->kind;
	if ((ret & VM_FAULT_MAJOR) || (state->flags & FAULT_FLAG_TRIED))
		f.flags |= MM_POLICY_FAULT_MAJOR;
	/* Another thread may have been the first to touch it */
	if (state->ahead && mmp_ahead_take(h, f.page))
		f.flags |= MM_POLICY_FAULT_AHEAD;
	if (f.kind == MM_POLICY_REFAULT)
		f.distance = mmp_ghosts_take(h->ghosts, f.page);

	count_fault(h, &f);
	watch_progress(h, &f);
	trace_mm_policy_fault(h->pub.id, f.page, f.kind, f.flags);
	if (h->wants_faults)
		mmp_call_op(h, &call, fault, &f);
	if ((f.flags & MM_POLICY_FAULT_AHEAD) ||
	    ((f.flags & MM_POLICY_FAULT_MAJOR) && vma_is_shmem(vmf->vma)))
		mmp_ahead_touched(vmf, &f);
}

void mm_policy_fault_end(struct vm_fault *vmf, struct mm_policy_fault_state *state,
			 vm_fault_t ret)
{
	struct mmp_handler *h;

	/* In these cases the mapping may be unlocked already */
	if (!state->kind || (ret & (VM_FAULT_ERROR | VM_FAULT_RETRY | VM_FAULT_COMPLETED)))
		return;

	h = vmf->vma->policy_space->handler;
	if (state->kind != MM_POLICY_FIRST_TOUCH || h->wants_faults || h->near_in_row ||
	    trace_mm_policy_fault_enabled()) {
		tell_fault(h, vmf, state, ret);
		return;
	}
	/* The most frequent kind, and nobody to tell */
	mmp_stat(h, MM_POLICY_STAT_FAULTS, 1);
	mmp_stat(h, MM_POLICY_STAT_FIRST, 1);
}

/*
 * Mapping what is cached around a fault saves faults, but takes room that the policy
 * has not been asked for.
 */
bool __mm_policy_may_fault_around(struct vm_area_struct *vma, unsigned long nr)
{
	return !mmp_over(vma->policy_space->handler, nr) && !__mm_policy_prefetches(vma);
}

/* try_to_unmap() with TTU_MANAGED asks whether a mapping is the reclaiming handler's. */
bool __mm_policy_may_unmap(struct vm_area_struct *vma)
{
	struct mmp_call *call = current->policy_call;

	return call && vma->policy_space->handler == call->handler;
}
