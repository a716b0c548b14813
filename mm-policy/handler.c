// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handlers: live instances of policies, from creation to the last reference.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/mmdebug.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "internal.h"

/* One user's handlers, unless it may administrate the system */
#define MAX_HANDLERS_PER_USER	256

/* Patched back late, and not often, whatever users do */
DEFINE_STATIC_KEY_DEFERRED_FALSE(mm_policy_key, 10 * HZ);

/* All handlers that are not freed yet. Changed under mmp_mutex, read under RCU. */
LIST_HEAD(mmp_handlers);

static u32 last_id;

u64 mmp_stat_sum(struct mmp_handler *h, enum mm_policy_stat stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += per_cpu_ptr(h->cpu, cpu)->stat[stat];
	return sum;
}

/* As people are told: of faults, each is counted by its kind alone where that is dearest. */
u64 mmp_stat_told(struct mmp_handler *h, enum mm_policy_stat stat)
{
	u64 sum = mmp_stat_sum(h, stat);

	if (stat == MM_POLICY_STAT_FAULTS)
		sum += mmp_stat_sum(h, MM_POLICY_STAT_FIRST) +
		       mmp_stat_sum(h, MM_POLICY_STAT_REFAULTS) +
		       mmp_stat_sum(h, MM_POLICY_STAT_COW);
	return sum;
}

static unsigned long limit_pages(u64 bytes)
{
	return min_t(u64, bytes / PAGE_SIZE + !!(bytes % PAGE_SIZE), LONG_MAX >> PAGE_SHIFT);
}

static bool text_ends(const char *text, size_t size)
{
	return strnlen(text, size) < size;
}

/* A number that was not used lately. A wrap takes 2^32 handlers. */
static u32 new_id(void)
{
	do {
		last_id++;
	} while (!last_id || mmp_handler_find(last_id));
	return last_id;
}

static unsigned int handlers_of(kuid_t uid)
{
	struct mmp_handler *h;
	unsigned int nr = 0;

	list_for_each_entry(h, &mmp_handlers, all)
		if (uid_eq(h->uid, uid))
			nr++;
	return nr;
}

static void free_handler(struct mmp_handler *h)
{
	if (!h)
		return;
	VM_WARN_ON_ONCE(h->cpu && mmp_held_exactly(h));
	free_percpu(h->cpu);
	mmp_ghosts_free(h->ghosts);
	xa_destroy(&h->spaces);
	kfree(h->sel);
	kfree(h);
}

static void free_handler_work(struct work_struct *work)
{
	struct mmp_handler *h = container_of(to_rcu_work(work), struct mmp_handler,
					     free_work);

	free_handler(h);
	static_branch_slow_dec_deferred(&mm_policy_key);
}

/* The last reference is gone: no address space, no file, no work in progress. */
static void end_handler(struct work_struct *work)
{
	struct mmp_handler *h = container_of(work, struct mmp_handler, eject_work);

	mmp_policy_retire(h);
	mutex_lock(&mmp_mutex);
	mmp_policy_leave(h, MM_POLICY_EXIT_NONE, "the handler ends");
	mutex_unlock(&mmp_mutex);

	cancel_delayed_work_sync(&h->ahead_work);
	mutex_lock(&h->select_mutex);
	mmp_ahead_trim(h, 0, GFP_KERNEL);
	mutex_unlock(&h->select_mutex);
	cancel_delayed_work_sync(&h->ahead_work);
	mmp_laundry_flush(h);
	cancel_delayed_work_sync(&h->laundry_work);
	WARN_ON(!list_empty(&h->laundry));

	mutex_lock(&mmp_mutex);
	list_del_rcu(&h->all);
	mutex_unlock(&mmp_mutex);
	queue_rcu_work(system_wq, &h->free_work);
}

bool mmp_handler_get(struct mmp_handler *h)
{
	return refcount_inc_not_zero(&h->ref);
}

/* May be called from any context: what sleeps is left to a worker. */
void mmp_handler_put(struct mmp_handler *h)
{
	if (!refcount_dec_and_test(&h->ref))
		return;
	/* An ejection holds a reference while its work is queued */
	INIT_WORK(&h->eject_work, end_handler);
	queue_work(system_unbound_wq, &h->eject_work);
}

static struct mmp_handler *alloc_handler(unsigned long limit)
{
	struct mmp_handler *h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);

	if (!h)
		return NULL;
	refcount_set(&h->ref, 1);
	INIT_LIST_HEAD(&h->of_policy);
	xa_init_flags(&h->spaces, XA_FLAGS_ALLOC1);
	h->next_space = 1;
	mutex_init(&h->select_mutex);
	INIT_LIST_HEAD(&h->laundry);
	INIT_DELAYED_WORK(&h->laundry_work, mmp_laundry_work);
	INIT_DELAYED_WORK(&h->ahead_work, mmp_ahead_work);
	spin_lock_init(&h->ahead_lock);
	hash_init(h->ahead);
	INIT_LIST_HEAD(&h->ahead_age);
	init_waitqueue_head(&h->ejected);
	INIT_WORK(&h->eject_work, mmp_eject_work);
	INIT_RCU_WORK(&h->free_work, free_handler_work);

	h->cpu = alloc_percpu_gfp(struct mmp_cpu, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	h->sel = kzalloc(sizeof(*h->sel), GFP_KERNEL_ACCOUNT);
	h->ghosts = mmp_ghosts_create(limit);
	if (!h->cpu || !h->sel || !h->ghosts) {
		free_handler(h);
		return NULL;
	}
	return h;
}

/* Everything is checked before anything is made: anybody may ask. */
static struct mmp_handler *create(const struct mm_policy_create *c)
{
	unsigned long limit = limit_pages(c->limit);
	struct mmp_policy *policy = mmp_policy_find(c->policy);
	struct mmp_handler *h;
	int err;

	if (!policy)
		return ERR_PTR(-ENOENT);
	if (!mmp_enabled)
		return ERR_PTR(-EPERM);
	err = mmp_policy_may_use(policy);
	if (err)
		return ERR_PTR(err);
	if (handlers_of(current_euid()) >= MAX_HANDLERS_PER_USER && !capable(CAP_SYS_ADMIN))
		return ERR_PTR(-EDQUOT);

	h = alloc_handler(min(limit, totalram_pages()));
	if (!h)
		return ERR_PTR(-ENOMEM);
	h->uid = current_euid();
	h->pub.id = new_id();
	h->pub.limit = limit;
	mmp_set_held_batch(h);
	memcpy(h->pub.args, c->args, sizeof(h->pub.args));
	strscpy(h->pub.arg, c->arg);
	static_branch_deferred_inc(&mm_policy_key);
	err = mmp_policy_join(h, policy);
	if (err) {
		/* Its policy may have seen it: RCU first */
		queue_rcu_work(system_wq, &h->free_work);
		return ERR_PTR(err);
	}
	list_add_tail_rcu(&h->all, &mmp_handlers);
	return h;
}

/**
 * mmp_handler_create - a new handler for the calling task
 * @c: as user space gave it
 *
 * Return: the handler with a reference, or an ERR_PTR().
 */
struct mmp_handler *mmp_handler_create(const struct mm_policy_create *c)
{
	struct mmp_handler *h;

	if (c->flags || c->pad || !text_ends(c->policy, sizeof(c->policy)) ||
	    !text_ends(c->arg, sizeof(c->arg)))
		return ERR_PTR(-EINVAL);

	mutex_lock(&mmp_mutex);
	h = create(c);
	mutex_unlock(&mmp_mutex);
	return h;
}

/* The handler with this number; no reference. Under mmp_mutex. */
struct mmp_handler *mmp_handler_find(u32 id)
{
	struct mmp_handler *h;

	lockdep_assert_held(&mmp_mutex);
	list_for_each_entry(h, &mmp_handlers, all)
		if (h->pub.id == id)
			return h;
	return NULL;
}

bool mmp_handler_may_open(const struct mmp_handler *h)
{
	return uid_eq(h->uid, current_euid()) || capable(CAP_SYS_ADMIN);
}

int mmp_handler_next(struct mm_policy_next *next)
{
	struct mmp_handler *h;
	u32 found = 0;

	mutex_lock(&mmp_mutex);
	list_for_each_entry(h, &mmp_handlers, all)
		if (h->pub.id > next->id && (!found || h->pub.id < found) &&
		    refcount_read(&h->ref) && mmp_handler_may_open(h))
			found = h->pub.id;
	mutex_unlock(&mmp_mutex);
	next->id = found;
	return found ? 0 : -ENOENT;
}

/*
 * To move takes a grace period under mmp_mutex, and any user may: of all who do, one
 * at a time is in the way of others.
 */
static DEFINE_MUTEX(move_mutex);

static int change_policy(struct mmp_handler *h, const char *name)
{
	struct mmp_policy *old = READ_ONCE(h->exit) ? NULL : h->policy;
	struct mmp_policy *policy = mmp_policy_find(name);
	int err;

	if (!policy)
		return -ENOENT;
	if (!mmp_enabled)
		return -EPERM;
	err = mmp_policy_may_use(policy);
	if (err)
		return err;
	mmp_policy_leave(h, MM_POLICY_EXIT_NONE, "the handler moves to another policy");
	err = mmp_policy_join(h, policy);
	if (err && old && mmp_policy_join(h, old))
		mmp_eject(h, NULL, MM_POLICY_EXIT_ERROR, "init() of its old policy refused");
	return err;
}

int mmp_handler_set(struct mmp_handler *h, const struct mm_policy_set *set)
{
	const u32 all = MM_POLICY_SET_POLICY | MM_POLICY_SET_LIMIT | MM_POLICY_SET_ARGS |
			MM_POLICY_SET_ARG;
	int err = 0;

	if ((set->what & ~all) || !text_ends(set->policy, sizeof(set->policy)) ||
	    !text_ends(set->arg, sizeof(set->arg)))
		return -EINVAL;

	if (mutex_lock_killable(&move_mutex))
		return -EINTR;
	mutex_lock(&mmp_mutex);
	if (set->what & MM_POLICY_SET_POLICY)
		err = change_policy(h, set->policy);
	if (!err) {
		if (set->what & MM_POLICY_SET_ARGS)
			memcpy(h->pub.args, set->args, sizeof(h->pub.args));
		if (set->what & MM_POLICY_SET_ARG)
			strscpy_pad(h->pub.arg, set->arg);
		if (set->what & MM_POLICY_SET_LIMIT) {
			WRITE_ONCE(h->pub.limit, limit_pages(set->limit));
			mmp_set_held_batch(h);
		}
	}
	mutex_unlock(&mmp_mutex);
	mutex_unlock(&move_mutex);
	return err;
}

static unsigned int nr_spaces(struct mmp_handler *h)
{
	struct mmp_space *space;
	unsigned long index;
	unsigned int nr = 0;

	rcu_read_lock();
	xa_for_each(&h->spaces, index, space)
		nr++;
	rcu_read_unlock();
	return nr;
}

void mmp_handler_info(struct mmp_handler *h, struct mm_policy_info *info)
{
	int cpu, i;

	mutex_lock(&mmp_mutex);
	info->id = h->pub.id;
	strscpy_pad(info->policy, h->policy_name);
	info->exit = READ_ONCE(h->exit);
	info->flags = h->policy ? h->policy->flags : 0;
	info->uid = from_kuid_munged(current_user_ns(), h->uid);
	strscpy_pad(info->message, h->message);
	info->limit = (u64)h->pub.limit << PAGE_SHIFT;
	memcpy(info->args, h->pub.args, sizeof(info->args));
	strscpy_pad(info->arg, h->pub.arg);
	mutex_unlock(&mmp_mutex);

	info->held = (u64)mmp_held_exactly(h) << PAGE_SHIFT;
	for_each_possible_cpu(cpu) {
		struct mmp_cpu *c = per_cpu_ptr(h->cpu, cpu);

		for (i = 0; i < MM_POLICY_NR_DISTANCES; i++)
			info->distance[i] += c->distance[i];
	}
	for (i = 0; i < MM_POLICY_NR_STATS; i++)
		info->stat[i] = mmp_stat_told(h, i);
	info->held_file = (u64)mmp_held_kind(h, MMP_FILE) << PAGE_SHIFT;
	info->held_shmem = (u64)mmp_held_kind(h, MMP_SHMEM) << PAGE_SHIFT;
	info->held_anon = info->held - min(info->held, info->held_file + info->held_shmem);
	info->laundry = (u64)atomic_long_read(&h->nr_laundry) << PAGE_SHIFT;
	info->ahead = (u64)READ_ONCE(h->nr_ahead) << PAGE_SHIFT;
	info->spaces = nr_spaces(h);
}
