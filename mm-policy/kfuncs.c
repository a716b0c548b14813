// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a policy may call. Each function gets a context that the policy was called
 * with; which functions and helpers a policy may use at all is decided when it is
 * loaded (bpf.c), so that its running time stays bounded.
 */
#include <linux/bpf.h>
#include <linux/btf.h>
#include <linux/btf_ids.h>
#include <linux/sched/clock.h>

#include "internal.h"

/* In other functions than select(), which has its own */
#define COUNTING_NS	(NSEC_PER_MSEC * MMP_SLOWNESS)

struct page_iter {
	struct mmp_select *sel;
};

struct times_iter {
	u32 count;
	u32 end;
};

/* Has a call that counts time for more? */
static bool in_time(struct mmp_call *call)
{
	u64 now = local_clock();

	if (!call->deadline)
		call->deadline = now + COUNTING_NS;
	if (now < call->deadline)
		return true;
	call->late = true;
	call->times = 0;
	return false;
}

__bpf_kfunc_start_defs();

/**
 * mm_policy_evict - take a page out of memory
 * @s: the search that select() was called with
 * @page: the page's name
 *
 * Return: 0 if it was accepted. -ENOENT: it is not resident. -EBUSY: it is locked,
 * pinned, waited for by the fault that began the search, or in somebody's hands just
 * now. -EXDEV: it is on another NUMA node or in another control group than asked for.
 * -EDQUOT: nothing more is wanted, or the time is over. -EFAULT: there can be no such
 * page; that counts against the policy.
 */
__bpf_kfunc int mm_policy_evict(struct mm_policy_select *s, u64 page)
{
	return mmp_select_evict(container_of(s, struct mmp_select, pub), page);
}

/**
 * mm_policy_look - a resident page's flags
 * @s: the search that select() was called with
 * @page: the page's name
 * @age: clear its accessed bit
 *
 * Return: MM_POLICY_PAGE_*, or a negative errno as mm_policy_evict().
 */
__bpf_kfunc int mm_policy_look(struct mm_policy_select *s, u64 page, bool age)
{
	return mmp_select_look(container_of(s, struct mmp_select, pub), page, age);
}

/**
 * bpf_iter_mm_policy_page_new - begin to walk the handler's resident pages
 * @it: the iterator
 * @s: the search that select() was called with
 * @from: the name to begin at; it need not be resident. 0: the first
 * @walk: MM_POLICY_WALK_*
 *
 * What needs swap is passed over while there is none left for it.
 *
 * Return: 0; -EBUSY: another one is open; -EINVAL: unknown flags. Then it is empty.
 */
__bpf_kfunc int bpf_iter_mm_policy_page_new(struct bpf_iter_mm_policy_page *it,
					    struct mm_policy_select *s, u64 from, u32 walk)
{
	struct mmp_select *sel = container_of(s, struct mmp_select, pub);
	struct page_iter *iter = (void *)it;

	BUILD_BUG_ON(sizeof(*iter) > sizeof(*it));
	iter->sel = NULL;
	if (walk & ~(MM_POLICY_WALK_AGE | MM_POLICY_WALK_WRAP))
		return -EINVAL;
	if (sel->iterating)
		return -EBUSY;
	sel->iterating = true;
	iter->sel = sel;
	mmp_walk_begin(sel, from, walk);
	return 0;
}

/**
 * bpf_iter_mm_policy_page_next - the next resident page
 * @it: the iterator
 *
 * Return: the page, valid until the next call; NULL: no more, or no time.
 */
__bpf_kfunc struct mm_policy_page *
bpf_iter_mm_policy_page_next(struct bpf_iter_mm_policy_page *it)
{
	struct page_iter *iter = (void *)it;

	return iter->sel ? mmp_walk_next(iter->sel) : NULL;
}

/**
 * bpf_iter_mm_policy_page_destroy - end a walk
 * @it: the iterator
 */
__bpf_kfunc void bpf_iter_mm_policy_page_destroy(struct bpf_iter_mm_policy_page *it)
{
	struct page_iter *iter = (void *)it;

	if (!iter->sel)
		return;
	mmp_walk_end(iter->sel);
	iter->sel->iterating = false;
}

/**
 * bpf_iter_mm_policy_times_new - begin to count
 * @it: the iterator
 * @times: how often; fewer if the call's budget ends
 *
 * Return: 0
 */
__bpf_kfunc int bpf_iter_mm_policy_times_new(struct bpf_iter_mm_policy_times *it, u32 times)
{
	struct times_iter *iter = (void *)it;

	BUILD_BUG_ON(sizeof(*iter) > sizeof(*it));
	iter->count = -1;
	iter->end = times;
	return 0;
}

/**
 * bpf_iter_mm_policy_times_next - count on
 * @it: the iterator
 *
 * Return: where the count is, from 0 on; NULL: it is over.
 */
__bpf_kfunc u32 *bpf_iter_mm_policy_times_next(struct bpf_iter_mm_policy_times *it)
{
	struct times_iter *iter = (void *)it;
	struct mmp_call *call = current->policy_call;

	if (!call || !call->times || iter->count + 1 >= iter->end)
		return NULL;
	if (call->times-- % 64 == 0 && !in_time(call))
		return NULL;
	iter->count++;
	return &iter->count;
}

/**
 * bpf_iter_mm_policy_times_destroy - end a count
 * @it: the iterator
 */
__bpf_kfunc void bpf_iter_mm_policy_times_destroy(struct bpf_iter_mm_policy_times *it)
{
}

/**
 * mm_policy_read_ahead - read pages with the faulting one
 * @a: what prefetch() was called with
 * @page: the first one's name
 * @nr: how many
 *
 * Return: how many were taken: 0 without room. -EFAULT: the page is not in the faulting
 * page's mapping; that counts against the policy.
 */
__bpf_kfunc int mm_policy_read_ahead(struct mm_policy_ahead *a, u64 page, u32 nr)
{
	return mmp_plan_add(container_of(a, struct mmp_ahead_plan, pub), page, nr);
}

__bpf_kfunc_end_defs();

BTF_KFUNCS_START(policy_kfuncs)
BTF_ID_FLAGS(func, mm_policy_evict, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, mm_policy_look, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, mm_policy_read_ahead, KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_iter_mm_policy_page_new, KF_ITER_NEW | KF_TRUSTED_ARGS)
BTF_ID_FLAGS(func, bpf_iter_mm_policy_page_next, KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_mm_policy_page_destroy, KF_ITER_DESTROY)
BTF_KFUNCS_END(policy_kfuncs)

/*
 * In the set of all program types, for the sake of its filter, which is asked there
 * for every function that any program calls.
 */
BTF_KFUNCS_START(times_kfuncs)
BTF_ID_FLAGS(func, bpf_iter_mm_policy_times_new, KF_ITER_NEW)
BTF_ID_FLAGS(func, bpf_iter_mm_policy_times_next, KF_ITER_NEXT | KF_RET_NULL)
BTF_ID_FLAGS(func, bpf_iter_mm_policy_times_destroy, KF_ITER_DESTROY)
BTF_KFUNCS_END(times_kfuncs)

/* Of what others offer, policies may use what ends in bounded time. */
BTF_SET_START(borrowed_kfuncs)
BTF_ID(func, bpf_rcu_read_lock)
BTF_ID(func, bpf_rcu_read_unlock)
BTF_ID(func, bpf_obj_new_impl)
BTF_ID(func, bpf_obj_drop_impl)
BTF_ID(func, bpf_refcount_acquire_impl)
BTF_ID(func, bpf_list_push_front_impl)
BTF_ID(func, bpf_list_push_back_impl)
BTF_ID(func, bpf_list_pop_front)
BTF_ID(func, bpf_list_pop_back)
BTF_ID(func, bpf_rbtree_add_impl)
BTF_ID(func, bpf_rbtree_remove)
BTF_ID(func, bpf_rbtree_first)
BTF_SET_END(borrowed_kfuncs)

static int confine(const struct bpf_prog *prog, u32 kfunc)
{
	bool ours = btf_id_set8_contains(&policy_kfuncs, kfunc) ||
		    btf_id_set8_contains(&times_kfuncs, kfunc);

	if (!mmp_bpf_is_policy(prog))
		return ours ? -EACCES : 0;
	return ours || btf_id_set_contains(&borrowed_kfuncs, kfunc) ? 0 : -EACCES;
}

static const struct btf_kfunc_id_set policy_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &policy_kfuncs,
	.filter = confine,
};

static const struct btf_kfunc_id_set times_kfunc_set = {
	.owner = THIS_MODULE,
	.set = &times_kfuncs,
	.filter = confine,
};

int __init mmp_kfuncs_init(void)
{
	int err;

	err = register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &times_kfunc_set);
	if (err)
		return err;
	return register_btf_kfunc_id_set(BPF_PROG_TYPE_STRUCT_OPS, &policy_kfunc_set);
}
