// SPDX-License-Identifier: GPL-2.0-only
/*
 * A managed page fault: before it is handled, the handler makes room if it is at its
 * limit; afterwards it is counted and the policy told.
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

void __mm_policy_gone(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	struct mmp_space *space = vma->policy_space;
	struct mmp_handler *h = space->handler;
	struct mmp_call call = MMP_CALL(h, 4096);
	struct mm_policy_gone gone = {
		.page = mm_policy_page_name(space->pub.id, start),
		.nr = (end - start) >> PAGE_SHIFT,
		.why = MM_POLICY_GONE_UNMAPPED,
	};

	mmp_call_op(h, &call, gone, &gone);
}

/*
 * What the page table says at the address, without its lock. 64-bit machines have it
 * mapped. That of a mapping without a file is not freed while a fault is in it. A huge
 * page may still come by UFFDIO_MOVE: then the kind is a guess, which does no harm.
 */
static __always_inline pte_t peek_anon(struct vm_fault *vmf)
{
	pmd_t pmd = pmdp_get_lockless(vmf->pmd);

	if (unlikely(pmd_none(pmd)))
		return __pte(0);
	return ptep_get_lockless(pte_offset_kernel(&pmd, vmf->address));
}

static noinline pte_t peek_file(struct vm_fault *vmf)
{
	pte_t entry = __pte(0);
	pmd_t pmd;

	rcu_read_lock();
	pmd = pmdp_get_lockless(vmf->pmd);
	if (pmd_present(pmd) && !pmd_leaf(pmd))
		entry = ptep_get_lockless(pte_offset_kernel(&pmd, vmf->address));
	rcu_read_unlock();
	return entry;
}

/* What mapping @page of a file or of shared memory will be */
u32 mmp_file_kind(struct mmp_handler *h, struct vm_area_struct *vma, u64 page)
{
	if (mmp_ghosts_know(h->ghosts, page))
		return MM_POLICY_REFAULT;
	return vma_is_shmem(vma) ? MM_POLICY_FIRST_TOUCH : MM_POLICY_FILE_PAGE;
}

static u32 missing_kind(struct vm_fault *vmf, struct mmp_handler *h)
{
	if (vma_is_anonymous(vmf->vma)) {
		/* Reading what was never written maps the zero page, which nobody holds */
		if (!(vmf->flags & FAULT_FLAG_WRITE) && !mm_forbids_zeropage(vmf->vma->vm_mm))
			return 0;
		return MM_POLICY_FIRST_TOUCH;
	}
	return mmp_file_kind(h, vmf->vma, mmp_fault_page(vmf));
}

static u32 fault_kind(struct vm_fault *vmf, struct mmp_handler *h)
{
	pte_t entry = vma_is_anonymous(vmf->vma) ? peek_anon(vmf) : peek_file(vmf);

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

/* What mm_policy_fault_begin() found: the kind, the fault's flags, which change, and */
#define FOUND_KIND	0xffU
#define FOUND_FLAGS	8
#define FOUND_AHEAD	BIT(31)

static noinline u32 begin_any(struct vm_fault *vmf, struct mmp_handler *h)
{
	u32 found = fault_kind(vmf, h);

	if (!found)
		return 0;
	/* A copy takes the place of its original */
	if (found != MM_POLICY_COPY_ON_WRITE)
		mmp_have_room(h, 1, mmp_fault_page(vmf));
	if (READ_ONCE(h->nr_ahead) && mmp_ahead_known(h, mmp_fault_page(vmf)))
		found |= FOUND_AHEAD;
	return found | vmf->flags << FOUND_FLAGS;
}

/**
 * mm_policy_fault_begin - before a fault in a managed mapping is handled
 * @vmf: the fault
 *
 * Return: what mm_policy_fault_end() wants to know; 0: nothing will be mapped.
 */
u32 mm_policy_fault_begin(struct vm_fault *vmf)
{
	struct mmp_handler *h = vmf->vma->policy_space->handler;

	/* The most frequent case: a private page's first use, and no limit */
	if (!READ_ONCE(h->pub.limit) && !READ_ONCE(h->nr_ahead) &&
	    vma_is_anonymous(vmf->vma) && (vmf->flags & FAULT_FLAG_WRITE) &&
	    pte_none(peek_anon(vmf)))
		return MM_POLICY_FIRST_TOUCH | vmf->flags << FOUND_FLAGS;
	return begin_any(vmf, h);
}

static __always_inline struct mm_policy_fault
describe_fault(struct vm_fault *vmf, u32 kind, unsigned int flags)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_policy_space *space = &vma->policy_space->pub;
	u64 base = mm_policy_page_name(space->id, 0);

	return (struct mm_policy_fault) {
		.page = base | vmf->address >> PAGE_SHIFT,
		.start = base | vma->vm_start >> PAGE_SHIFT,
		.end = base | vma->vm_end >> PAGE_SHIFT,
		.kind = kind,
		.flags = (flags & FAULT_FLAG_WRITE ? MM_POLICY_FAULT_WRITE : 0) |
			 (flags & FAULT_FLAG_INSTRUCTION ? MM_POLICY_FAULT_EXEC : 0),
		.tag = space->tag,
		.hint = current->policy_hint,
	};
}

/* @kind: what is known of it before it is handled */
struct mm_policy_fault mmp_describe_fault(struct vm_fault *vmf, u32 kind)
{
	return describe_fault(vmf, kind, vmf->flags);
}

static void count_distance(struct mmp_handler *h, u64 distance)
{
	if (distance)
		this_cpu_inc(h->cpu->distance[min(ilog2(distance),
						  MM_POLICY_NR_DISTANCES - 1)]);
}

static void count_fault(struct mmp_handler *h, const struct mm_policy_fault *f)
{
	static const u8 stat_of[] = {
		[MM_POLICY_FIRST_TOUCH] = MM_POLICY_STAT_FIRST,
		[MM_POLICY_REFAULT] = MM_POLICY_STAT_REFAULTS,
		[MM_POLICY_COPY_ON_WRITE] = MM_POLICY_STAT_COW,
		/* mmp_stat_told() adds the others */
		[MM_POLICY_FILE_PAGE] = MM_POLICY_STAT_FAULTS,
	};

	mmp_stat(h, stat_of[f->kind], 1);
	if (likely(!(f->flags & (MM_POLICY_FAULT_MAJOR | MM_POLICY_FAULT_AHEAD))))
		return;
	if (f->flags & MM_POLICY_FAULT_MAJOR)
		mmp_stat(h, MM_POLICY_STAT_MAJOR, 1);
	if (f->flags & MM_POLICY_FAULT_AHEAD)
		mmp_stat(h, MM_POLICY_STAT_PREFETCH_USED, 1);
}

/*
 * A policy that always takes what is needed next keeps its tasks from getting
 * anywhere: an instruction may need several pages at once.
 */
static void watch_progress(struct mmp_handler *h, u64 distance)
{
	const struct mm_policy_ops *ops;

	if (!distance || distance > NEAR) {
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

/* A page was mapped: count it, and tell the policy. */
void mmp_tell_fault(struct mmp_handler *h, struct mm_policy_fault *f)
{
	struct mmp_call call = MMP_CALL(h, 256);

	count_fault(h, f);
	if (f->kind == MM_POLICY_REFAULT) {
		f->distance = mmp_ghosts_take(h->ghosts, f->page);
		count_distance(h, f->distance);
		watch_progress(h, f->distance);
	} else if (unlikely(h->near_in_row)) {
		h->near_in_row = 0;
	}
	trace_mm_policy_fault(h->pub.id, f->page, f->kind, f->flags);
	if (h->wants_faults)
		mmp_call_op(h, &call, fault, f);
}

static noinline void tell_any(struct mmp_handler *h, struct vm_fault *vmf, u32 found,
			      vm_fault_t ret)
{
	unsigned int flags = (found & ~FOUND_AHEAD) >> FOUND_FLAGS;
	struct mm_policy_fault f = describe_fault(vmf, found & FOUND_KIND, flags);

	if ((ret & VM_FAULT_MAJOR) || (flags & FAULT_FLAG_TRIED))
		f.flags |= MM_POLICY_FAULT_MAJOR;
	/* Another thread may have been the first to touch it */
	if ((found & FOUND_AHEAD) && mmp_ahead_take(h, f.page))
		f.flags |= MM_POLICY_FAULT_AHEAD;
	mmp_tell_fault(h, &f);
	if ((f.flags & MM_POLICY_FAULT_AHEAD) ||
	    ((f.flags & MM_POLICY_FAULT_MAJOR) && vma_is_shmem(vmf->vma)))
		mmp_ahead_touched(vmf, &f);
}

/* A policy without fault() chose this page, and it came back. */
static noinline void note_refault(struct mmp_handler *h, struct vm_fault *vmf,
				  vm_fault_t ret)
{
	u64 distance = mmp_ghosts_take(h->ghosts, mmp_fault_page(vmf));

	mmp_stat(h, MM_POLICY_STAT_REFAULTS, 1);
	if (ret & VM_FAULT_MAJOR)
		mmp_stat(h, MM_POLICY_STAT_MAJOR, 1);
	count_distance(h, distance);
	watch_progress(h, distance);
}

/* The most frequent kind has nothing to be looked up. */
static noinline void tell_first_touch(struct mmp_handler *h, struct vm_fault *vmf,
				      u32 found)
{
	struct mm_policy_fault f = describe_fault(vmf, MM_POLICY_FIRST_TOUCH,
						  found >> FOUND_FLAGS);
	struct mmp_call call = MMP_CALL(h, 256);

	trace_mm_policy_fault(h->pub.id, f.page, f.kind, f.flags);
	mmp_call_op(h, &call, fault, &f);
}

/**
 * mm_policy_fault_end - after a fault in a managed mapping was handled
 * @vmf: the fault
 * @found: what mm_policy_fault_begin() returned
 * @ret: how it ended
 */
void mm_policy_fault_end(struct vm_fault *vmf, u32 found, vm_fault_t ret)
{
	const u32 other = FOUND_AHEAD | FAULT_FLAG_TRIED << FOUND_FLAGS;
	struct mmp_handler *h;
	u32 kind;

	/*
	 * In these cases the mapping may be unlocked already; or nothing was mapped, or
	 * by mm_policy_map_around()
	 */
	if (!found || (ret & (VM_FAULT_ERROR | VM_FAULT_RETRY | VM_FAULT_COMPLETED |
			      VM_FAULT_NOPAGE)))
		return;

	h = vmf->vma->policy_space->handler;
	kind = found & (FOUND_KIND | other);
	if (kind == MM_POLICY_FIRST_TOUCH && !(ret & VM_FAULT_MAJOR)) {
		mmp_stat(h, MM_POLICY_STAT_FIRST, 1);
		if (h->near_in_row)
			h->near_in_row = 0;
		if (h->wants_faults || trace_mm_policy_fault_enabled())
			tell_first_touch(h, vmf, found);
	} else if (kind == MM_POLICY_REFAULT && vma_is_anonymous(vmf->vma) &&
		   !h->wants_faults && !trace_mm_policy_fault_enabled()) {
		note_refault(h, vmf, ret);
	} else {
		tell_any(h, vmf, found, ret);
	}
}

/* try_to_unmap() with TTU_MANAGED asks whether a mapping is the reclaiming handler's. */
bool __mm_policy_may_unmap(struct vm_area_struct *vma)
{
	struct mmp_call *call = current->policy_call;

	return call && vma->policy_space->handler == call->handler;
}
