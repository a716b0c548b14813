// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory.policy: one handler for a control group: for the processes in it when the
 * file is written, and for those that are born or exec'ed in it (or below) later.
 *
 *	echo "nru limit=64M arg=text tag=1 0=5" >memory.policy
 *	echo none >memory.policy
 */
#include <linux/cgroup.h>
#include <linux/cred.h>
#include <linux/ctype.h>
#include <linux/file.h>
#include <linux/kernfs.h>
#include <linux/memcontrol.h>
#include <linux/oom.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "internal.h"

/**
 * struct group - a control group with a handler
 * @handler: its handler, with a reference
 * @tag: for the spaces of its processes
 * @rcu: for freeing
 */
struct group {
	struct mmp_handler *handler;
	u32 tag;
	struct rcu_head rcu;
};

/*
 * By the cgroup's number. Changed under group_mutex, read under RCU. The removal of a
 * group takes it under cgroup_mutex; no mmap_lock is taken in it.
 */
static DEFINE_XARRAY(groups);
static DEFINE_MUTEX(group_mutex);

/* Patched back late, and not often, whatever users do */
static DEFINE_STATIC_KEY_DEFERRED_FALSE(mmp_group_key, 10 * HZ);

static unsigned long key_of(struct cgroup_subsys_state *css)
{
	return cgroup_id(css->cgroup);
}

static void end_group(struct group *group)
{
	if (!group)
		return;
	mmp_handler_put(group->handler);
	kfree_rcu(group, rcu);
	static_branch_slow_dec_deferred(&mmp_group_key);
}

/* Ends @css's handler for those to come. Under group_mutex. */
static void forget(unsigned long key)
{
	end_group(xa_erase(&groups, key));
}

static int remember(unsigned long key, struct mmp_handler *h, u32 tag)
{
	struct group *group = kzalloc(sizeof(*group), GFP_KERNEL_ACCOUNT);
	struct group *old;

	if (!group)
		return -ENOMEM;
	group->handler = h;
	group->tag = tag;
	old = xa_store(&groups, key, group, GFP_KERNEL_ACCOUNT);
	if (xa_is_err(old)) {
		kfree(group);
		return xa_err(old);
	}
	mmp_handler_get(h);
	static_branch_inc(&mmp_group_key.key);
	end_group(old);
	return 0;
}

/* The handler for what is born in @task's control group, with a reference; NULL: none. */
static struct mmp_handler *handler_for(struct task_struct *task, u32 *tag)
{
	struct mmp_handler *h = NULL;
	struct mem_cgroup *memcg;
	struct group *group;

	rcu_read_lock();
	for (memcg = mem_cgroup_from_task(task); memcg && !h;
	     memcg = parent_mem_cgroup(memcg)) {
		group = xa_load(&groups, key_of(&memcg->css));
		if (!group)
			continue;
		*tag = group->tag;
		if (!mmp_handler_get(group->handler))
			break;
		h = group->handler;
	}
	rcu_read_unlock();
	return h;
}

/* @mm is new, and answers to its group's handler unless it inherited one. */
static void join_group(struct mm_struct *mm, struct task_struct *task)
{
	struct mm_policy_attach attach = { .flags = MM_POLICY_ATTACH_EXEC };
	struct mmp_handler *h, *newer;

	if (mmp_answers(mm))
		return;
	h = handler_for(task, &attach.tag);
	while (h) {
		mmp_attach(h, mm, task, &attach);
		/* Whoever changes it meanwhile may have served this one before */
		newer = handler_for(task, &attach.tag);
		mmp_handler_put(h);
		if (newer == h) {
			mmp_handler_put(newer);
			break;
		}
		h = newer;
	}
}

/**
 * mm_policy_group_fork - a child was born into a control group
 * @child: it does not run yet. Whoever looks for the group's processes finds it by now,
 *	so that it cannot miss a handler that the group gets meanwhile
 */
void mm_policy_group_fork(struct task_struct *child)
{
	if (static_branch_unlikely(&mmp_group_key.key) && child->mm && child->mm != current->mm)
		join_group(child->mm, child);
}

/**
 * mm_policy_group_exec - the caller has the address space of a new program
 *
 * A control group's handler is its administrator's choice, for every program.
 */
void mm_policy_group_exec(void)
{
	if (static_branch_unlikely(&mmp_group_key.key))
		join_group(current->mm, current);
}

void mm_policy_group_offline(struct cgroup_subsys_state *css)
{
	mutex_lock(&group_mutex);
	forget(key_of(css));
	mutex_unlock(&group_mutex);
}

/* The first thread of a process may have ended before the others. */
static struct mm_struct *mm_of_process(struct task_struct *leader)
{
	struct task_struct *thread;
	struct mm_struct *mm;

	if (leader->flags & PF_KTHREAD)
		return NULL;
	thread = find_lock_task_mm(leader);
	if (!thread)
		return NULL;
	mm = thread->mm;
	mmget(mm);
	task_unlock(thread);
	return mm;
}

static void serve_processes(struct cgroup_subsys_state *css, struct mmp_handler *h, u32 tag)
{
	const struct mm_policy_attach attach = {
		.flags = MM_POLICY_ATTACH_EXEC,
		.tag = tag,
	};
	struct css_task_iter it;
	struct task_struct *task;

	css_task_iter_start(css, CSS_TASK_ITER_PROCS, &it);
	while ((task = css_task_iter_next(&it))) {
		struct mm_struct *mm = mm_of_process(task);

		if (!mm)
			continue;
		/* One that is ending, or killed, is none to wait for */
		if (h)
			mmp_attach(h, mm, task, &attach);
		else
			mmp_detach(mm, 0, 0);
		mmput(mm);
		cond_resched();
	}
	css_task_iter_end(&it);
}

static int parse_number(char *word, struct mm_policy_create *c)
{
	char *value = strchr(word, '=');
	unsigned int nr;

	*value++ = '\0';
	if (kstrtouint(word, 10, &nr) || nr >= MM_POLICY_NR_ARGS)
		return -EINVAL;
	return kstrtou64(value, 0, &c->args[nr]) ? -EINVAL : 0;
}

/* Unlike memparse(), nothing but a size that fits */
static int parse_size(char *word, u64 *size)
{
	static const char units[] = "KMGTPE";
	size_t length = strlen(word);
	unsigned int shift = 0;
	const char *unit;

	unit = length ? strchr(units, toupper(word[length - 1])) : NULL;
	if (unit) {
		shift = 10 * (unit - units + 1);
		word[length - 1] = '\0';
	}
	if (kstrtou64(word, 10, size) || *size > U64_MAX >> shift)
		return -EINVAL;
	*size <<= shift;
	return 0;
}

static int parse_word(char *word, struct mm_policy_create *c, u32 *tag)
{
	if (!strncmp(word, "limit=", 6))
		return parse_size(word + 6, &c->limit);
	if (!strncmp(word, "arg=", 4))
		return strscpy(c->arg, word + 4) < 0 ? -EINVAL : 0;
	if (!strncmp(word, "tag=", 4))
		return kstrtou32(word + 4, 0, tag) ? -EINVAL : 0;
	return strchr(word, '=') ? parse_number(word, c) : -EINVAL;
}

static bool is_none(const struct mm_policy_create *c)
{
	return !strcmp(c->policy, "none");
}

static int parse(char *line, struct mm_policy_create *c, u32 *tag)
{
	char *word = strsep(&line, " ");
	int err = 0;

	if (strscpy(c->policy, word) <= 0)
		return -EINVAL;
	while (!err && (word = strsep(&line, " ")))
		if (*word)
			err = is_none(c) ? -EINVAL : parse_word(word, c, tag);
	return err;
}

/*
 * A handler that somebody else gave to a group above is a limit that the groups below
 * cannot shake off.
 */
static bool may_change(struct cgroup_subsys_state *css)
{
	struct group *group;
	bool may = true;

	rcu_read_lock();
	for (css = css->parent; css && may; css = css->parent) {
		group = xa_load(&groups, key_of(css));
		if (group)
			may = mmp_handler_may_open(group->handler);
	}
	rcu_read_unlock();
	return may;
}

/* The group's own handler, with a reference; NULL: it has none. */
static struct mmp_handler *handler_of(struct cgroup_subsys_state *css, u32 *tag)
{
	struct mmp_handler *h = NULL;
	struct group *group;

	mutex_lock(&group_mutex);
	group = xa_load(&groups, key_of(css));
	if (group && mmp_handler_get(group->handler)) {
		h = group->handler;
		*tag = group->tag;
	}
	mutex_unlock(&group_mutex);
	return h;
}

/*
 * Others may write at the same time, and any of us may be held up by a process that
 * keeps its address space locked. Whoever ends last leaves what was written last.
 */
static void serve_until_settled(struct cgroup_subsys_state *css, struct mmp_handler *h, u32 tag)
{
	struct mmp_handler *served;

	if (h)
		mmp_handler_get(h);
	do {
		serve_processes(css, h, tag);
		served = h;
		h = handler_of(css, &tag);
		if (served)
			mmp_handler_put(served);
	} while (h != served && !fatal_signal_pending(current));
	if (h) {
		mmp_come_down(h);
		mmp_handler_put(h);
	}
}

/* The group's handler; NULL: it has none any more. */
static int set_handler(struct cgroup_subsys_state *css, struct mmp_handler *h, u32 tag)
{
	int err = 0;

	mutex_lock(&group_mutex);
	/* Its removal looks here once, after it was marked */
	if (READ_ONCE(css->flags) & CSS_DYING)
		err = -ENODEV;
	else if (h)
		err = remember(key_of(css), h, tag);
	else
		forget(key_of(css));
	mutex_unlock(&group_mutex);
	if (!err)
		serve_until_settled(css, h, tag);
	return err;
}

static int change_handler(struct cgroup_subsys_state *css, const struct mm_policy_create *c,
			  u32 tag)
{
	struct mmp_handler *h = NULL;
	int err;

	if (!may_change(css))
		return -EPERM;
	if (!is_none(c)) {
		h = mmp_handler_create(c);
		if (IS_ERR(h))
			return PTR_ERR(h);
	}
	err = set_handler(css, h, tag);
	if (h)
		mmp_handler_put(h);
	return err;
}

static ssize_t policy_write(struct kernfs_open_file *of, char *buf, size_t nbytes, loff_t off)
{
	struct mm_policy_create create = { .size = sizeof(create) };
	struct cgroup_subsys_state *css = of_css(of);
	u32 tag = 0;
	int err;

	/* Neither lends the other its rights, by a file that is passed on */
	if (!uid_eq(of->file->f_cred->euid, current_euid()))
		return -EPERM;
	err = parse(strstrip(buf), &create, &tag);
	if (err)
		return err;
	/*
	 * A process may keep its address space locked for as long as it likes. Whoever
	 * removes the group waits for those in its files, with all groups locked: so
	 * we are in none.
	 */
	css_get(css);
	kernfs_break_active_protection(of->kn);
	err = change_handler(css, &create, tag);
	kernfs_unbreak_active_protection(of->kn);
	css_put(css);
	return err ?: nbytes;
}

static int policy_show(struct seq_file *m, void *v)
{
	struct group *group;

	rcu_read_lock();
	group = xa_load(&groups, key_of(seq_css(m)));
	if (group)
		seq_printf(m, "%s handler=%u limit=%llu tag=%u\n",
			   group->handler->policy_name, group->handler->pub.id,
			   (u64)group->handler->pub.limit << PAGE_SHIFT, group->tag);
	else
		seq_puts(m, "none\n");
	rcu_read_unlock();
	return 0;
}

static struct cftype group_files[] = {
	{
		.name = "policy",
		.flags = CFTYPE_NOT_ON_ROOT,
		.seq_show = policy_show,
		.write = policy_write,
	},
	{ }
};

int __init mmp_group_init(void)
{
	return cgroup_add_dfl_cftypes(&memory_cgrp_subsys, group_files);
}

#ifdef CONFIG_MM_POLICY_KUNIT_TEST
#include "tests/cgroup-kunit.h"
#endif
