/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Paging policies per task: what the files of mm/policy/ share.
 *
 * Locks, outermost first:
 *
 *   move_mutex		one handler at a time moves to another policy (handler.c)
 *   mmp_mutex		the registry: policies, handlers, who uses which
 *   mmap_lock		which handler a mapping answers to (write), per address space
 *   handler->select_mutex	choosing victims; taken with mmap_lock or a mapping's lock
 *			held (a fault), hence nothing under it may wait for those: it
 *			only tries them
 *   rmap locks		held while a mapping changes its handler, so that whoever holds
 *			one, or the page table lock of a mapping, sees a stable handler
 *   page table lock	held frames are counted under it
 *   handler->ahead_lock, xa_lock of handler->spaces
 *
 * Lifetime: a file or a space holds a reference to a handler. A space belongs to its
 * mm (struct mmp_mm) and outlives every mapping that points to it, because only
 * detaching, under mmap_lock and after no mapping uses it, or the end of the mm
 * removes it. A handler's ops are read under RCU; whoever replaces them waits for a
 * grace period before the policy may go away.
 */
#ifndef MM_POLICY_INTERNAL_H
#define MM_POLICY_INTERNAL_H

#include <linux/mm_policy.h>
#include <linux/mm_policy_ops.h>
#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>

#define MMP_MAX_BATCH		64	/* victims of one search */
#define MMP_GATHER		32	/* pages that an iterator looks at under one lock */
#define MMP_AHEAD_MAX		256	/* pages read ahead and not yet touched */
#define MMP_AHEAD_BITS		6
#define MMP_AHEAD_LIFE		(10 * HZ)
#define MMP_RANGES		16	/* ranges that one prefetch() may name */
#define MMP_MAX_SPACES		256	/* of one process: handlers times tags */

/* What debugging costs is not a policy's fault */
#define MMP_SLOWNESS		(IS_ENABLED(CONFIG_KASAN) ? 16 : 1)
#define MMP_CALL_JIFFIES	(HZ / 100 * MMP_SLOWNESS)	/* of any op but select() */

enum mmp_kind { MMP_ANON, MMP_FILE, MMP_SHMEM, MMP_NR_KINDS };

/**
 * struct mmp_policy - a registered policy
 * @node: in the registry
 * @ops: its functions
 * @name: its name
 * @ops_mask: MM_POLICY_OP_*
 * @flags: MM_POLICY_ENTRY_OPEN, MM_POLICY_ENTRY_GROUP, MM_POLICY_ENTRY_BUILTIN
 * @gid: for MM_POLICY_ENTRY_GROUP
 * @handlers: those that use it
 *
 * Everything under mmp_mutex.
 */
struct mmp_policy {
	struct list_head node;
	const struct mm_policy_ops *ops;
	char name[MM_POLICY_NAME_LEN];
	u32 ops_mask;
	u32 flags;
	kgid_t gid;
	struct list_head handlers;
};

/**
 * struct mmp_cpu - counters of a handler on one processor
 * @held: frames not in mmp_handler::held yet
 * @held_kind: frames of a kind; not kept for MMP_ANON: that is the rest
 * @stat: by enum mm_policy_stat; in MM_POLICY_STAT_FAULTS those that no other counts
 * @distance: as in struct mm_policy_info
 */
struct mmp_cpu {
	long held;
	long held_kind[MMP_NR_KINDS];
	u64 stat[MM_POLICY_NR_STATS];
	u64 distance[MM_POLICY_NR_DISTANCES];
};

/**
 * struct mmp_call - what a task does for a handler at the moment
 * @handler: for whom
 * @times: counts that bpf_iter_mm_policy_times may still give
 * @deadline: when it gives no more, by local_clock(); 0: a little after it began
 * @began: jiffies, for calls that end before they are due anyway
 * @used: processor time of the task when it began, up to a tick less
 * @late: that has happened
 *
 * A task that has one calls no policy: what it needs meanwhile goes the default way.
 */
struct mmp_call {
	struct mmp_handler *handler;
	u32 times;
	bool late;
	u64 deadline;
	unsigned long began;
	u64 used;
};

struct bpf_prog;
struct mmp_ghosts;

/**
 * struct mmp_select - a search for victims in progress
 * @pub: what the policy sees
 * @handler: whose pages
 * @memcg: only address spaces of this control group or below; NULL: any
 * @low: memory.low counts no longer
 * @low_skipped: a space was left alone for its memory.low
 * @deadline: when kfuncs begin to refuse
 * @calls: kfunc calls left
 * @steps: how often a walk went on
 * @drained: the per-CPU batches were drained once
 * @iterating: an iterator is open
 * @may_rest: nobody is in a program: others may have the processor now and then
 * @mm: pinned address space of @space
 * @space: where the last lookup was
 * @not_asked: number of a space that is not asked; 0: none
 * @swap_of: the control group that was last asked for swap, not to be looked into
 * @no_swap: it has none left
 * @vma: its mapping, read-locked
 * @aged: accessed bits of @mm were cleared and its TLB not flushed yet
 * @nr: pages accepted
 * @victims: isolated folios
 * @nr_names: how many of
 * @names: the accepted pages' names; 0: it stayed after all
 * @folios: their folios, to be compared only
 * @kept: pages that stayed
 * @nr_gathered: pages in @gathered
 * @shown: of them the iterator has shown
 * @cursor: where the iterator goes on
 * @start: where it began
 * @walk: MM_POLICY_WALK_*
 * @wrapped: it is in its second half
 * @gathered: pages found under the last lock
 */
struct mmp_select {
	struct mm_policy_select pub;
	struct mmp_handler *handler;
	struct mem_cgroup *memcg;
	bool low;
	bool low_skipped;
	u64 deadline;
	u32 calls;
	u32 steps;
	bool drained;
	bool iterating;
	bool may_rest;
	struct mm_struct *mm;
	struct mmp_space *space;
	u32 not_asked;
	const struct mem_cgroup *swap_of;
	bool no_swap;
	struct vm_area_struct *vma;
	bool aged;
	unsigned int nr;
	struct list_head victims;
	unsigned int nr_names;
	u64 names[MMP_MAX_BATCH];
	struct folio *folios[MMP_MAX_BATCH];
	unsigned int kept;
	unsigned int nr_gathered;
	unsigned int shown;
	u64 cursor;
	u64 start;
	u32 walk;
	bool wrapped;
	struct mm_policy_page gathered[MMP_GATHER];
};

/**
 * struct mmp_search - what is kept of a policy's last search
 * @why: enum mm_policy_select_why
 * @node: frames of which NUMA node were wanted
 * @given: pages accepted
 * @returned: what select() returned
 * @calls_left: of those that it had
 * @wanted: frames
 * @fault: the page that waited
 * @ns: the time that it took
 */
struct mmp_search {
	u32 why;
	s32 node;
	u32 given;
	s32 returned;
	u32 calls_left;
	u64 wanted;
	u64 fault;
	u64 ns;
};

/* A page that was read ahead, until it is touched or dropped */
struct mmp_ahead {
	struct hlist_node hash;
	struct list_head age;
	u64 page;
	struct folio *folio;	/* NULL: it is being touched */
	unsigned long when;	/* jiffies */
};

/**
 * struct mmp_handler - a live instance of a policy
 * @pub: what the policy sees
 * @ref: files, spaces, and work in progress
 * @ops: the policy's functions; NULL: the built-in clock
 * @wants_faults: they have a fault()
 * @policy: whose functions; NULL after an ejection. Under mmp_mutex.
 * @policy_name: the same for people, kept after an ejection
 * @of_policy: in @policy's list
 * @all: in mmp_handlers
 * @uid: its creator
 * @spaces: address spaces by number
 * @next_space: where the next number is looked for
 * @held: frames mapped in its ranges, all kinds, without what the processors keep
 * @held_batch: how much a processor may keep
 * @held_drift: how much one may have: the most that it ever might
 * @cpu: other counters
 * @select_mutex: one search at a time; protects @sel, @laundry and @hand
 * @sel: the search
 * @last: its policy's last
 * @hand: where the built-in clock goes on
 * @laundry: unmapped folios whose writing is not finished, isolated
 * @nr_laundry: pages there
 * @laundry_work: frees them when nobody else does
 * @ahead_work: drops what was read ahead for nothing
 * @ghosts: which pages were paged out lately
 * @ahead_lock: protects the following
 * @ahead: pages read ahead, by name
 * @ahead_age: the same, oldest first
 * @nr_ahead: how many
 * @pressure: frames that global reclaim has yet to ask for, in units of 1/4096
 * @short_in_row: searches without result, one after the other
 * @late_in_row: searches that took too long, one after the other
 * @invalid_before: proposals of pages that there cannot be, by earlier policies
 * @chosen_before: pages chosen by earlier policies
 * @near_in_row: refaults of what had just been paged out, one after the other
 * @retired: nobody is in its policy's functions any more
 * @condemned: an ejection has begun
 * @exit: enum mm_policy_exit_kind
 * @message: why, for people
 * @ejected: poll() waits here
 * @eject_work: the part of an ejection that sleeps
 * @free_work: the end
 */
struct mmp_handler {
	struct mm_policy_handler pub;
	refcount_t ref;
	const struct mm_policy_ops __rcu *ops;
	bool wants_faults;
	struct mmp_policy *policy;
	char policy_name[MM_POLICY_NAME_LEN];
	struct list_head of_policy;
	struct list_head all;
	kuid_t uid;
	struct xarray spaces;
	u32 next_space;
	atomic_long_t held;
	long held_batch;
	long held_drift;
	struct mmp_cpu __percpu *cpu;

	struct mutex select_mutex;
	struct mmp_select *sel;
	struct mmp_search last;
	u64 hand;
	struct list_head laundry;
	atomic_long_t nr_laundry;
	struct delayed_work laundry_work;
	struct delayed_work ahead_work;
	struct mmp_ghosts *ghosts;

	spinlock_t ahead_lock;
	DECLARE_HASHTABLE(ahead, MMP_AHEAD_BITS);
	struct list_head ahead_age;
	unsigned int nr_ahead;

	u64 pressure;
	unsigned int short_in_row;
	unsigned int late_in_row;
	unsigned int near_in_row;
	u64 invalid_before;
	u64 chosen_before;

	bool retired;
	u32 condemned;
	u32 exit;
	char message[MM_POLICY_MESSAGE_LEN];
	wait_queue_head_t ejected;
	struct work_struct eject_work;
	struct rcu_work free_work;
};

/**
 * struct mmp_space - an address space (and a tag in it) of a handler
 * @pub: what the policy sees
 * @handler: whose; the space holds a reference
 * @mm: the address space, which outlives the handler's knowledge of it
 * @node: in mmp_mm::spaces
 * @used: some mapping points to it; kept only while that is being found out
 * @rcu: for freeing
 */
struct mmp_space {
	struct mm_policy_space pub;
	struct mmp_handler *handler;
	struct mm_struct *mm;
	struct list_head node;
	bool used;
	struct rcu_head rcu;
};

/**
 * struct mmp_mm - what an address space knows of policies
 * @spaces: its spaces, one for each handler and tag
 * @def: what new mappings answer to; NULL: nothing
 * @nr_spaces: how many
 * @flags: MM_POLICY_ATTACH_*
 *
 * Changed under mmap_lock for writing.
 */
struct mmp_mm {
	struct list_head spaces;
	struct mmp_space *def;
	unsigned int nr_spaces;
	u32 flags;
};

extern struct mutex mmp_mutex;
extern struct list_head mmp_handlers;
/* Work that frees memory; it rests while the system is being suspended */
extern struct workqueue_struct *mmp_workqueue;

/* registry.c: policies by name */
struct mmp_policy *mmp_policy_find(const char *name);
int mmp_policy_may_use(const struct mmp_policy *policy);
int mmp_policy_register(const struct mm_policy_ops *ops, u32 ops_mask, u32 flags);
void mmp_policy_unregister(const struct mm_policy_ops *ops);
int mmp_policy_replace(const struct mm_policy_ops *ops, const struct mm_policy_ops *old,
		       u32 ops_mask);
int mmp_policy_join(struct mmp_handler *h, struct mmp_policy *policy);
void mmp_policy_retire(struct mmp_handler *h);
void mmp_policy_leave(struct mmp_handler *h, u32 kind, const char *message);
int mmp_policy_entry(struct mm_policy_entry *entry);
int mmp_policy_allow(const struct mm_policy_allow *allow);

/* handler.c: their life */
struct mmp_handler *mmp_handler_create(const struct mm_policy_create *c);
struct mmp_handler *mmp_handler_find(u32 id);
int mmp_handler_set(struct mmp_handler *h, const struct mm_policy_set *set);
void mmp_handler_info(struct mmp_handler *h, struct mm_policy_info *info);
bool mmp_handler_may_open(const struct mmp_handler *h);
int mmp_handler_next(struct mm_policy_next *next);
bool mmp_handler_get(struct mmp_handler *h);
void mmp_handler_put(struct mmp_handler *h);
u64 mmp_stat_sum(struct mmp_handler *h, enum mm_policy_stat stat);
u64 mmp_stat_told(struct mmp_handler *h, enum mm_policy_stat stat);

static inline void mmp_stat(struct mmp_handler *h, enum mm_policy_stat stat, u64 nr)
{
	this_cpu_add(h->cpu->stat[stat], nr);
}

static inline enum mmp_kind mmp_kind_of(struct folio *folio)
{
	if (folio_test_anon(folio))
		return MMP_ANON;
	return folio_test_swapbacked(folio) ? MMP_SHMEM : MMP_FILE;
}

static inline u64 mmp_fault_page(const struct vm_fault *vmf)
{
	return mm_policy_page_name(vmf->vma->policy_space->pub.id, vmf->address);
}

/* held.c: its frames */
void mmp_count(struct mmp_handler *h, enum mmp_kind kind, long nr);
void mmp_set_held_batch(struct mmp_handler *h);
unsigned long mmp_held(struct mmp_handler *h);
unsigned long mmp_held_nearly(struct mmp_handler *h);
unsigned long mmp_held_exactly(struct mmp_handler *h);
unsigned long mmp_held_kind(struct mmp_handler *h, enum mmp_kind kind);
unsigned long mmp_used(struct mmp_handler *h);
bool mmp_over(struct mmp_handler *h, unsigned long nr);

/* space.c: which ranges answer to whom */
int mmp_attach(struct mmp_handler *h, struct mm_struct *mm, struct task_struct *task,
	       const struct mm_policy_attach *a);
int mmp_detach(struct mm_struct *mm, unsigned long start, unsigned long length);
bool mmp_try_detach_all(struct mm_struct *mm);
bool mmp_answers(struct mm_struct *mm);
bool mmp_supports(struct vm_area_struct *vma);

/* select.c: searching and isolating victims */
void mmp_select_begin(struct mmp_select *sel, struct mmp_handler *h, unsigned long nr,
		      u32 why, int node, u64 fault, struct mem_cgroup *memcg, bool low);
void mmp_select_allow(struct mmp_select *sel, u64 ns, u32 calls);
void mmp_select_end(struct mmp_select *sel);
int mmp_select_evict(struct mmp_select *sel, u64 page);
int mmp_select_look(struct mmp_select *sel, u64 page, bool age);
bool mmp_still_mapped(struct mmp_select *sel, u64 page);
void mmp_walk_begin(struct mmp_select *sel, u64 from, u32 walk);
struct mm_policy_page *mmp_walk_next(struct mmp_select *sel);
void mmp_walk_end(struct mmp_select *sel);

/* clock.c: the built-in policy */
void mmp_clock_select(struct mmp_select *sel);

/* evict.c: from victims to free frames */
unsigned long mmp_take(struct mmp_handler *h, unsigned long nr, u32 why, int node,
		       u64 fault, struct mem_cgroup *memcg, bool low, gfp_t gfp,
		       bool *low_skipped);
void mmp_make_room(struct mmp_handler *h, unsigned long nr, u64 fault);
void mmp_come_down(struct mmp_handler *h);

/* @nr frames more are about to be mapped, or a read ahead of @fault's needs them */
static __always_inline void mmp_have_room(struct mmp_handler *h, unsigned long nr, u64 fault)
{
	if (mmp_over(h, nr))
		mmp_make_room(h, nr, fault);
}

void mmp_laundry_work(struct work_struct *work);
void mmp_laundry_flush(struct mmp_handler *h);
void mmp_free_folios(struct mmp_handler *h, struct list_head *folios, gfp_t gfp);

/* ghosts.c: what was paged out */
struct mmp_ghosts *mmp_ghosts_create(unsigned long frames);
void mmp_ghosts_free(struct mmp_ghosts *ghosts);
void mmp_ghosts_add(struct mmp_ghosts *ghosts, u64 page);
bool mmp_ghosts_know(struct mmp_ghosts *ghosts, u64 page);
u64 mmp_ghosts_take(struct mmp_ghosts *ghosts, u64 page);

/* ahead.c: pages read ahead */
bool mmp_ahead_known(struct mmp_handler *h, u64 page);
bool mmp_ahead_take(struct mmp_handler *h, u64 page);
void mmp_ahead_run(struct mmp_handler *h, u64 page, u64 *from, u64 *to);
void mmp_ahead_forget(struct mmp_handler *h, u32 space);
void mmp_ahead_touched(struct vm_fault *vmf, struct mm_policy_fault *f);
void mmp_ahead_trim(struct mmp_handler *h, unsigned int keep, gfp_t gfp);
void mmp_ahead_work(struct work_struct *work);

/* dump.c: what is known of each handler */
#ifdef CONFIG_DEBUG_FS
void mmp_dump_init(void);
#else
static inline void mmp_dump_init(void) {}
#endif

/* cgroup.c: control groups with a handler */
#ifdef CONFIG_MEMCG
int mmp_group_init(void);
#else
static inline int mmp_group_init(void)
{
	return 0;
}
#endif

/* fault.c */
u32 mmp_file_kind(struct mmp_handler *h, struct vm_area_struct *vma, u64 page);
struct mm_policy_fault mmp_describe_fault(struct vm_fault *vmf, u32 kind);
void mmp_tell_fault(struct mmp_handler *h, struct mm_policy_fault *f);

/* eject.c: what happens to a policy that breaks its contract */
__printf(4, 5)
void mmp_eject(struct mmp_handler *h, const struct mm_policy_ops *ops, u32 kind,
	       const char *fmt, ...);
u64 mmp_time_spent(const struct mmp_call *call);
void mmp_judge_time(struct mmp_handler *h, const struct mm_policy_ops *ops, bool late);
void mmp_judge_pages(struct mmp_handler *h, const struct mm_policy_ops *ops);
void mmp_eject_work(struct work_struct *work);
void mmp_switch_off(void);
void mmp_switch_on(void);
void mmp_switch_off_again(void);
void mmp_sysrq_init(void);
extern bool mmp_enabled;

/* bpf.c, kfuncs.c, control.c */
bool mmp_bpf_is_policy(const struct bpf_prog *prog);
int mmp_bpf_init(void);
int mmp_kfuncs_init(void);
int mmp_control_init(void);

/**
 * struct mmp_ahead_plan - what a policy's prefetch() asked for
 * @pub: what the policy sees
 * @handler: who pays
 * @fault: the fault
 * @nr_ranges: how many ranges
 * @invalid: it asked for a page that is not in the mapping
 * @range: first page's name, and how many
 */
struct mmp_ahead_plan {
	struct mm_policy_ahead pub;
	struct mmp_handler *handler;
	const struct mm_policy_fault *fault;
	unsigned int nr_ranges;
	bool invalid;
	struct {
		u64 page;
		u32 nr;
	} range[MMP_RANGES];
};

int mmp_plan_add(struct mmp_ahead_plan *plan, u64 page, u32 nr);

/* @times_: counts that it may have */
#define MMP_CALL(handler_, times_) ((struct mmp_call) {				\
	.handler = (handler_),							\
	.times = (times_),							\
	.began = jiffies,							\
	.used = current->se.sum_exec_runtime,					\
})

/* Time that others had on this processor is not the policy's. */
static inline bool mmp_was_slow(const struct mmp_call *call)
{
	return call->late || (jiffies - call->began > MMP_CALL_JIFFIES &&
			      mmp_time_spent(call) > jiffies_to_nsecs(MMP_CALL_JIFFIES));
}

/* Call a function of the policy, if it has it and the task is not in one already. */
#define mmp_call_op(h, call, op, args...) ({					\
	const struct mm_policy_ops *__ops;					\
	bool __called = false;							\
										\
	rcu_read_lock();							\
	__ops = rcu_dereference((h)->ops);					\
	if (__ops && __ops->op && !current->policy_call) {			\
		current->policy_call = (call);					\
		__ops->op(&(h)->pub, ##args);					\
		current->policy_call = NULL;					\
		__called = true;						\
		if (unlikely(mmp_was_slow(call)))				\
			mmp_judge_time((h), __ops, true);			\
	}									\
	rcu_read_unlock();							\
	__called;								\
})

#endif /* MM_POLICY_INTERNAL_H */
