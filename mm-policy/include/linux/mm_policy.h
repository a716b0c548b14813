/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paging policies per task: what the rest of the kernel calls.
 *
 * Every hook is a static branch that is patched out until the first handler
 * exists, and nothing at all without CONFIG_MM_POLICY.
 */
#ifndef _LINUX_MM_POLICY_H
#define _LINUX_MM_POLICY_H

#include <linux/jump_label_ratelimit.h>
#include <linux/mm.h>
#include <linux/swap.h>

struct cgroup_subsys_state;
struct mem_cgroup;
struct mmp_space;
struct pid_namespace;
struct scan_control;
struct seq_file;

#ifdef CONFIG_MM_POLICY

/* Some handler exists, or did a few seconds ago */
extern struct static_key_false_deferred mm_policy_key;

void __mm_policy_count(struct vm_area_struct *vma, struct folio *folio, long nr);
void __mm_policy_unmapped(struct vm_area_struct *vma, struct folio *folio, long nr);
void __mm_policy_dup(struct vm_area_struct *vma, struct folio *folio, long nr);
void __mm_policy_moved(struct vm_area_struct *from, struct vm_area_struct *to,
		       struct folio *folio, long nr);
void __mm_policy_gone(struct vm_area_struct *vma, unsigned long start,
		      unsigned long end);
u32 mm_policy_fault_begin(struct vm_fault *vmf);
void mm_policy_fault_end(struct vm_fault *vmf, u32 found, vm_fault_t ret);
vm_fault_t mm_policy_map_around(struct vm_fault *vmf, pgoff_t first, pgoff_t last);
bool __mm_policy_prefetches(struct vm_area_struct *vma);
struct folio *mm_policy_swapin(swp_entry_t entry, gfp_t gfp, struct vm_fault *vmf);
void mm_policy_file_readahead(struct vm_fault *vmf, struct readahead_control *ractl);
bool __mm_policy_may_unmap(struct vm_area_struct *vma);
void __mm_policy_shrink_node(struct pglist_data *pgdat, struct scan_control *sc,
			     unsigned long lru_gave);
unsigned long __mm_policy_reclaimable(struct zone *zone);
unsigned long mm_policy_file_cache(void);
unsigned long mm_policy_held_pages(void);
int mm_policy_pageout_range(struct vm_area_struct *vma, unsigned long start,
			    unsigned long end);
struct mmp_space *__mm_policy_default(struct mm_struct *mm);
void __mm_policy_new_vma(struct vm_area_struct *vma);
int __mm_policy_fork(struct mm_struct *mm, struct mm_struct *oldmm);
void __mm_policy_forked(struct mm_struct *mm);
void __mm_policy_fork_vma(struct vm_area_struct *child);
void __mm_policy_exec(struct mm_struct *mm, struct mm_struct *oldmm, bool secure);
void __mm_policy_exit(struct mm_struct *mm);
/* What mm/vmscan.c does for mm/policy/ */
unsigned int mm_policy_reclaim_folios(struct list_head *folios,
				      struct pglist_data *pgdat, gfp_t gfp,
				      unsigned int *written);
bool mm_policy_scan_may_swap(struct scan_control *sc);
int mm_policy_scan_target(struct scan_control *sc, struct mem_cgroup **memcg,
			  bool *low, bool *proactive);
void mm_policy_scan_credit(struct scan_control *sc, unsigned long scanned,
			   unsigned long freed, bool low_skipped);
gfp_t mm_policy_scan_gfp(struct scan_control *sc);

int mm_policy_proc_show(struct seq_file *m, struct pid_namespace *ns,
			struct pid *pid, struct task_struct *task);

static __always_inline bool mm_policy_is_on(void)
{
	return static_branch_unlikely(&mm_policy_key.key);
}

/* Does this mapping answer to a handler? */
static __always_inline bool mm_policy_manages(const struct vm_area_struct *vma)
{
	return mm_policy_is_on() && unlikely(vma->vm_flags & VM_MANAGED);
}

/* Is this task freeing what a policy chose? */
static __always_inline bool mm_policy_evicts(void)
{
	return mm_policy_is_on() && unlikely(current->policy_call);
}

static inline struct mmp_space *mm_policy_vma_space(const struct vm_area_struct *vma)
{
	return vma->policy_space;
}

static inline void mm_policy_init_mm(struct mm_struct *mm)
{
	mm->policy = NULL;
}

/* What new mappings of @mm answer to, if anything */
static inline struct mmp_space *mm_policy_default(struct mm_struct *mm)
{
	if (!mm_policy_is_on() || !mm->policy)
		return NULL;
	return __mm_policy_default(mm);
}

#else /* CONFIG_MM_POLICY */

static __always_inline bool mm_policy_manages(const struct vm_area_struct *vma)
{
	return false;
}

static __always_inline bool mm_policy_is_on(void) { return false; }
static __always_inline bool mm_policy_evicts(void) { return false; }

static inline struct mmp_space *mm_policy_vma_space(const struct vm_area_struct *vma)
{
	return NULL;
}

static inline void mm_policy_init_mm(struct mm_struct *mm) {}

static inline struct mmp_space *mm_policy_default(struct mm_struct *mm)
{
	return NULL;
}

static inline void __mm_policy_count(struct vm_area_struct *vma, struct folio *folio,
				     long nr) {}
static inline void __mm_policy_unmapped(struct vm_area_struct *vma,
					struct folio *folio, long nr) {}
static inline void __mm_policy_dup(struct vm_area_struct *vma, struct folio *folio,
				   long nr) {}
static inline void __mm_policy_moved(struct vm_area_struct *from,
				     struct vm_area_struct *to, struct folio *folio,
				     long nr) {}
static inline void __mm_policy_gone(struct vm_area_struct *vma, unsigned long start,
				    unsigned long end) {}
static inline u32 mm_policy_fault_begin(struct vm_fault *vmf) { return 0; }
static inline void mm_policy_fault_end(struct vm_fault *vmf, u32 found,
				       vm_fault_t ret) {}
static inline vm_fault_t mm_policy_map_around(struct vm_fault *vmf, pgoff_t first,
					      pgoff_t last) { return 0; }
static inline bool __mm_policy_prefetches(struct vm_area_struct *vma) { return false; }
static inline struct folio *mm_policy_swapin(swp_entry_t entry, gfp_t gfp,
					     struct vm_fault *vmf) { return NULL; }
static inline void mm_policy_file_readahead(struct vm_fault *vmf,
					    struct readahead_control *ractl) {}
static inline void __mm_policy_new_vma(struct vm_area_struct *vma) {}
static inline int __mm_policy_fork(struct mm_struct *mm, struct mm_struct *oldmm)
{
	return 0;
}

static inline void __mm_policy_exec(struct mm_struct *mm, struct mm_struct *oldmm,
				    bool secure) {}
static inline void __mm_policy_exit(struct mm_struct *mm) {}
static inline int mm_policy_pageout_range(struct vm_area_struct *vma,
					  unsigned long start, unsigned long end)
{
	return 0;
}

#endif /* CONFIG_MM_POLICY */

static __always_inline unsigned long mm_policy_new_flags(struct mm_struct *mm)
{
	return mm_policy_default(mm) ? VM_MANAGED : 0;
}

/* @nr pages of @folio were mapped in @vma, or unmapped if negative. PTE lock held. */
static __always_inline void mm_policy_count(struct vm_area_struct *vma,
					    struct folio *folio, long nr)
{
	if (mm_policy_manages(vma))
		__mm_policy_count(vma, folio, nr);
}

/* The same when the page table entry moves from one mapping to another. */
static __always_inline void mm_policy_count_moved(struct vm_area_struct *from,
						  struct vm_area_struct *to,
						  struct folio *folio, long nr)
{
	if (mm_policy_manages(from) || mm_policy_manages(to))
		__mm_policy_moved(from, to, folio, nr);
}

/* fork() maps @nr pages of @folio in @vma too. PTE lock held. */
static __always_inline void mm_policy_dup(struct vm_area_struct *vma,
					  struct folio *folio, long nr)
{
	if (mm_policy_manages(vma))
		__mm_policy_dup(vma, folio, nr);
}

/* What is resident in @start..@end is about to be unmapped by its owner. */
static __always_inline void mm_policy_gone(struct vm_area_struct *vma,
					   unsigned long start, unsigned long end)
{
	if (mm_policy_manages(vma))
		__mm_policy_gone(vma, start, end);
}

/* Does a policy's prefetch() replace the kernel's read-ahead? */
static __always_inline bool mm_policy_prefetches(struct vm_area_struct *vma)
{
	return mm_policy_manages(vma) && __mm_policy_prefetches(vma);
}

/* A new mapping, complete and not visible yet, gets its mm's handler if it can. */
static __always_inline void mm_policy_new_vma(struct vm_area_struct *vma)
{
	if (mm_policy_default(vma->vm_mm))
		__mm_policy_new_vma(vma);
}

#ifdef CONFIG_MM_POLICY
/* A walk with TTU_MANAGED may unmap only what answers to the handler that reclaims. */
static inline bool mm_policy_spares(struct vm_area_struct *vma, void *arg)
{
	return !mm_policy_manages(vma) || !__mm_policy_may_unmap(vma);
}

static __always_inline int mm_policy_fork(struct mm_struct *mm, struct mm_struct *oldmm)
{
	return mm_policy_is_on() ? __mm_policy_fork(mm, oldmm) : 0;
}

/* The child's address space is whole: its handlers may look at it. */
static __always_inline void mm_policy_forked(struct mm_struct *mm)
{
	if (unlikely(mm->policy))
		__mm_policy_forked(mm);
}

static __always_inline void mm_policy_exec(struct mm_struct *mm,
					   struct mm_struct *oldmm, bool secure)
{
	if (mm_policy_is_on())
		__mm_policy_exec(mm, oldmm, secure);
}

static __always_inline void mm_policy_exit(struct mm_struct *mm)
{
	if (unlikely(mm->policy))
		__mm_policy_exit(mm);
}

/* Handlers give their part when a node or a cgroup is short of memory and its LRUs gave. */
static __always_inline void mm_policy_shrink_node(struct pglist_data *pgdat,
						  struct scan_control *sc,
						  unsigned long lru_gave)
{
	if (mm_policy_is_on())
		__mm_policy_shrink_node(pgdat, sc, lru_gave);
}

/* Pages of @zone that handlers could give, for estimates of what is reclaimable */
static __always_inline unsigned long mm_policy_reclaimable(struct zone *zone)
{
	return mm_policy_is_on() ? __mm_policy_reclaimable(zone) : 0;
}
#else
#define mm_policy_spares NULL

static inline int mm_policy_fork(struct mm_struct *mm, struct mm_struct *oldmm)
{
	return 0;
}

static inline void mm_policy_forked(struct mm_struct *mm) {}
static inline void mm_policy_exec(struct mm_struct *mm, struct mm_struct *oldmm,
				  bool secure) {}
static inline void mm_policy_exit(struct mm_struct *mm) {}
static inline void mm_policy_shrink_node(struct pglist_data *pgdat,
					 struct scan_control *sc,
					 unsigned long lru_gave) {}
static inline unsigned long mm_policy_reclaimable(struct zone *zone) { return 0; }
static inline unsigned long mm_policy_file_cache(void) { return 0; }
static inline unsigned long mm_policy_held_pages(void) { return 0; }
#endif

/* Control groups with a handler */
#if defined(CONFIG_MM_POLICY) && defined(CONFIG_MEMCG)
void mm_policy_group_fork(struct task_struct *child);
void mm_policy_group_exec(void);
void mm_policy_group_offline(struct cgroup_subsys_state *css);
#else
static inline void mm_policy_group_fork(struct task_struct *child) {}
static inline void mm_policy_group_exec(void) {}
static inline void mm_policy_group_offline(struct cgroup_subsys_state *css) {}
#endif

/* The child's copy of a managed mapping answers to the child's own space. */
static __always_inline void mm_policy_fork_vma(struct vm_area_struct *child)
{
#ifdef CONFIG_MM_POLICY
	if (unlikely(child->policy_space))
		__mm_policy_fork_vma(child);
#endif
}

#endif /* _LINUX_MM_POLICY_H */
