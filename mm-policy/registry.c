// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies by name: who may use them, which handlers do, and how one gives way to
 * another.
 *
 * A policy's functions are published to handlers under RCU. They go away in this
 * order: unpublish, wait for a grace period, call exit(), forget.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include "internal.h"

/* The registry: policies, handlers, and who uses which. Outermost of our locks. */
DEFINE_MUTEX(mmp_mutex);

static LIST_HEAD(policies);

/* The built-in policy has no functions: a handler without any runs the clock. */
static const struct mm_policy_ops clock_ops = { .name = "clock" };

static struct mmp_policy clock_policy = {
	.ops = &clock_ops,
	.name = "clock",
	.flags = MM_POLICY_ENTRY_BUILTIN | MM_POLICY_ENTRY_OPEN,
	.handlers = LIST_HEAD_INIT(clock_policy.handlers),
};

static bool name_is_valid(const char *name)
{
	const char *c;

	if (strnlen(name, MM_POLICY_NAME_LEN) == MM_POLICY_NAME_LEN ||
	    !isascii(name[0]) || !isalnum(name[0]))
		return false;
	for (c = name; *c; c++)
		if (!isascii(*c) || (!isalnum(*c) && *c != '_' && *c != '-' && *c != '.'))
			return false;
	return true;
}

static struct mmp_policy *find_ops(const struct mm_policy_ops *ops)
{
	struct mmp_policy *policy;

	list_for_each_entry(policy, &policies, node)
		if (policy->ops == ops)
			return policy;
	return NULL;
}

struct mmp_policy *mmp_policy_find(const char *name)
{
	struct mmp_policy *policy;

	lockdep_assert_held(&mmp_mutex);
	if (!strcmp(name, clock_policy.name))
		return &clock_policy;
	list_for_each_entry(policy, &policies, node)
		if (!strcmp(policy->name, name))
			return policy;
	return NULL;
}

/* May the caller give its handlers this policy? */
int mmp_policy_may_use(const struct mmp_policy *policy)
{
	if (policy->flags & MM_POLICY_ENTRY_OPEN)
		return 0;
	if ((policy->flags & MM_POLICY_ENTRY_GROUP) && in_egroup_p(policy->gid))
		return 0;
	return capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

int mmp_policy_register(const struct mm_policy_ops *ops, u32 ops_mask, u32 flags)
{
	struct mmp_policy *policy;
	int err = 0;

	if (!name_is_valid(ops->name))
		return -EINVAL;
	policy = kzalloc(sizeof(*policy), GFP_KERNEL);
	if (!policy)
		return -ENOMEM;
	policy->ops = ops;
	policy->ops_mask = ops_mask;
	policy->flags = flags;
	policy->gid = INVALID_GID;
	strscpy(policy->name, ops->name);
	INIT_LIST_HEAD(&policy->handlers);

	mutex_lock(&mmp_mutex);
	if (mmp_policy_find(policy->name))
		err = -EEXIST;
	else if (!mmp_enabled)
		err = -EPERM;
	else
		list_add_tail(&policy->node, &policies);
	mutex_unlock(&mmp_mutex);
	if (err)
		kfree(policy);
	return err;
}

static void call_exit(struct mmp_handler *h, const struct mm_policy_ops *ops, u32 kind,
		      const char *message)
{
	struct mmp_call call = MMP_CALL(h, 1 << 16);
	struct mm_policy_exit why = { .kind = kind };

	if (!ops->exit)
		return;
	strscpy(why.message, message);
	rcu_read_lock();
	current->policy_call = &call;
	ops->exit(&h->pub, &why);
	current->policy_call = NULL;
	rcu_read_unlock();
}

/* The policy's functions may be in use until the next grace period. */
static void unpublish(struct mmp_handler *h)
{
	WRITE_ONCE(h->wants_faults, false);
	rcu_assign_pointer(h->ops, NULL);
}

static void publish(struct mmp_handler *h, const struct mm_policy_ops *ops)
{
	WRITE_ONCE(h->wants_faults, ops->fault);
	rcu_assign_pointer(h->ops, ops);
	/* An ejection in between sets exit first and the pointer then: look again */
	smp_mb();
	if (READ_ONCE(h->exit))
		unpublish(h);
}

/* Nobody uses the handler any more: nobody need wait for its grace period. */
void mmp_policy_retire(struct mmp_handler *h)
{
	if (!rcu_access_pointer(h->ops))
		return;
	unpublish(h);
	synchronize_rcu();
	h->retired = true;
}

/**
 * mmp_policy_leave - a handler's policy is no longer its policy
 * @h: the handler
 * @kind: why: enum mm_policy_exit_kind
 * @message: the same for people
 */
void mmp_policy_leave(struct mmp_handler *h, u32 kind, const char *message)
{
	struct mmp_policy *policy = h->policy;

	lockdep_assert_held(&mmp_mutex);
	if (!policy)
		return;
	if (policy != &clock_policy && !h->retired) {
		unpublish(h);
		synchronize_rcu();
	}
	call_exit(h, policy->ops, kind, message);
	list_del_init(&h->of_policy);
	h->policy = NULL;
}

static int call_init(struct mmp_handler *h, const struct mm_policy_ops *ops)
{
	struct mmp_call call = MMP_CALL(h, 1 << 16);
	int err;

	if (!ops->init)
		return 0;
	rcu_read_lock();
	current->policy_call = &call;
	err = ops->init(&h->pub);
	current->policy_call = NULL;
	rcu_read_unlock();
	return err >= 0 ? 0 : max(err, -MAX_ERRNO);
}

/**
 * mmp_policy_join - a handler begins to use a policy
 * @h: the handler, which has none
 * @policy: the policy
 *
 * Return: 0, or what init() refused with.
 */
int mmp_policy_join(struct mmp_handler *h, struct mmp_policy *policy)
{
	int err;

	lockdep_assert_held(&mmp_mutex);
	memset(h->pub.priv, 0, sizeof(h->pub.priv));
	err = call_init(h, policy->ops);
	if (err)
		return err;
	h->policy = policy;
	h->exit = MM_POLICY_EXIT_NONE;
	WRITE_ONCE(h->condemned, 0);
	h->message[0] = '\0';
	h->short_in_row = 0;
	h->late_in_row = 0;
	h->near_in_row = 0;
	h->invalid_before = mmp_stat_sum(h, MM_POLICY_STAT_INVALID);
	h->chosen_before = mmp_stat_sum(h, MM_POLICY_STAT_EVICTED_POLICY);
	strscpy(h->policy_name, policy->name);
	list_add_tail(&h->of_policy, &policy->handlers);
	if (policy != &clock_policy)
		publish(h, policy->ops);
	return 0;
}

void mmp_policy_unregister(const struct mm_policy_ops *ops)
{
	struct mmp_policy *policy;
	struct mmp_handler *h, *next;

	mutex_lock(&mmp_mutex);
	policy = find_ops(ops);
	if (!policy) {
		mutex_unlock(&mmp_mutex);
		return;
	}
	list_del(&policy->node);
	list_for_each_entry(h, &policy->handlers, of_policy)
		unpublish(h);
	synchronize_rcu();
	list_for_each_entry_safe(h, next, &policy->handlers, of_policy) {
		call_exit(h, ops, MM_POLICY_EXIT_UNREGISTERED, "the policy was unregistered");
		list_del_init(&h->of_policy);
		h->policy = NULL;
		if (!h->exit) {
			strscpy(h->message, "the policy was unregistered");
			h->exit = MM_POLICY_EXIT_UNREGISTERED;
		}
		wake_up_interruptible_all(&h->ejected);
	}
	mutex_unlock(&mmp_mutex);
	kfree(policy);
}

/**
 * mmp_policy_replace - new functions for a policy, under the feet of its handlers
 * @ops: the new ones
 * @old: the old ones
 * @ops_mask: MM_POLICY_OP_* of the new ones
 *
 * Handlers keep their priv words, and init() of the new code sees them. One that
 * init() refuses falls back to the clock.
 *
 * Return: 0 or a negative errno; then the old ones stay.
 */
int mmp_policy_replace(const struct mm_policy_ops *ops, const struct mm_policy_ops *old,
		       u32 ops_mask)
{
	struct mmp_policy *policy;
	struct mmp_handler *h, *next;
	int err = 0;

	mutex_lock(&mmp_mutex);
	policy = find_ops(old);
	if (!policy || strcmp(policy->name, ops->name)) {
		err = policy ? -EINVAL : -ENOENT;
		goto out;
	}
	policy->ops = ops;
	policy->ops_mask = ops_mask;
	list_for_each_entry(h, &policy->handlers, of_policy)
		unpublish(h);
	synchronize_rcu();
	list_for_each_entry_safe(h, next, &policy->handlers, of_policy) {
		/* Ejected just now: it is the old version that leaves */
		if (READ_ONCE(h->exit)) {
			call_exit(h, old, h->exit, h->message);
			list_del_init(&h->of_policy);
			h->policy = NULL;
			continue;
		}
		err = call_init(h, ops);
		if (err) {
			snprintf(h->message, sizeof(h->message),
				 "init() of the new version returned %d", err);
			h->exit = MM_POLICY_EXIT_ERROR;
			list_del_init(&h->of_policy);
			h->policy = NULL;
			wake_up_interruptible_all(&h->ejected);
			continue;
		}
		publish(h, ops);
	}
	err = 0;
out:
	mutex_unlock(&mmp_mutex);
	return err;
}

static struct mmp_policy *nth_policy(u32 index)
{
	struct mmp_policy *policy;

	if (!index--)
		return &clock_policy;
	list_for_each_entry(policy, &policies, node)
		if (!index--)
			return policy;
	return NULL;
}

int mmp_policy_entry(struct mm_policy_entry *entry)
{
	struct mmp_policy *policy;
	int err = -ENOENT;

	mutex_lock(&mmp_mutex);
	policy = nth_policy(entry->index);
	if (policy) {
		strscpy_pad(entry->name, policy->name);
		entry->flags = policy->flags;
		if (!mmp_policy_may_use(policy))
			entry->flags |= MM_POLICY_ENTRY_MAY_USE;
		entry->gid = from_kgid_munged(current_user_ns(), policy->gid);
		entry->ops = policy->ops_mask;
		entry->handlers = list_count_nodes(&policy->handlers);
		err = 0;
	}
	mutex_unlock(&mmp_mutex);
	return err;
}

int mmp_policy_allow(const struct mm_policy_allow *allow)
{
	const u32 both = MM_POLICY_ENTRY_OPEN | MM_POLICY_ENTRY_GROUP;
	struct mmp_policy *policy;
	kgid_t gid = INVALID_GID;
	int err = 0;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	if ((allow->flags & ~both) || allow->flags == both || allow->pad)
		return -EINVAL;
	if (allow->flags & MM_POLICY_ENTRY_GROUP) {
		gid = make_kgid(current_user_ns(), allow->gid);
		if (!gid_valid(gid))
			return -EINVAL;
	}
	if (strnlen(allow->name, sizeof(allow->name)) == sizeof(allow->name))
		return -EINVAL;

	mutex_lock(&mmp_mutex);
	policy = mmp_policy_find(allow->name);
	if (!policy) {
		err = -ENOENT;
	} else if (policy->flags & MM_POLICY_ENTRY_BUILTIN) {
		err = -EINVAL;
	} else {
		policy->flags = (policy->flags & ~both) | allow->flags;
		policy->gid = gid;
	}
	mutex_unlock(&mmp_mutex);
	return err;
}
