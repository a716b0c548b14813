// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory.policy: one handler for a control group: for the processes in it when the
 * file is written, and for those that are born or exec'ed in it (or below) later.
 *
 *	echo "nru limit=64M arg=text tag=1 0=5" >memory.policy
 *	echo none >memory.policy
 */
#include <linux/cgroup.h>
#include <linux/memcontrol.h>
#include <linux/parser.h>
#include <linux/sched/mm.h>
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

/* By the cgroup's number. Changed under group_mutex, read under RCU. */
static DEFINE_XARRAY(groups);
static DEFINE_MUTEX(group_mutex);

static DEFINE_STATIC_KEY_FALSE(mmp_group_key);

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
	static_branch_dec(&mmp_group_key);
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
	static_branch_inc(&mmp_group_key);
	end_group(old);
	return 0;
}

/**
 * mmp_group_handler - the handler for what is born in the caller's control group
 * @tag: out: for its space
 *
 * Return: the handler with a reference; NULL: none.
 */
struct mmp_handler *mmp_group_handler(u32 *tag)
{
	struct mmp_handler *h = NULL;
	struct mem_cgroup *memcg;
	struct group *group;

	if (!static_branch_unlikely(&mmp_group_key))
		return NULL;
	rcu_read_lock();
	for (memcg = mem_cgroup_from_task(current); memcg && !h;
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

void mm_policy_group_offline(struct cgroup_subsys_state *css)
{
	mutex_lock(&group_mutex);
	forget(key_of(css));
	mutex_unlock(&group_mutex);
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
		struct mm_struct *mm = get_task_mm(task);

		if (!mm)
			continue;
		/* One that is ending, or killed, is none to wait for */
		if (h)
			mmp_attach(h, mm, task, &attach);
		else
			mmp_detach(mm, 0, 0, false);
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
	return kstrtou64(value, 0, &c->args[nr]);
}

static int parse_word(char *word, struct mm_policy_create *c, u32 *tag)
{
	char *end;

	if (!strncmp(word, "limit=", 6)) {
		c->limit = memparse(word + 6, &end);
		return *end || end == word + 6 ? -EINVAL : 0;
	}
	if (!strncmp(word, "arg=", 4))
		return strscpy(c->arg, word + 4) < 0 ? -EINVAL : 0;
	if (!strncmp(word, "tag=", 4))
		return kstrtou32(word + 4, 0, tag);
	return strchr(word, '=') ? parse_number(word, c) : -EINVAL;
}

static int parse(char *line, struct mm_policy_create *c, u32 *tag)
{
	char *word = strsep(&line, " ");
	int err = 0;

	if (strscpy(c->policy, word) <= 0)
		return -EINVAL;
	while (!err && (word = strsep(&line, " ")))
		if (*word)
			err = parse_word(word, c, tag);
	return err;
}

static ssize_t policy_write(struct kernfs_open_file *of, char *buf, size_t nbytes, loff_t off)
{
	struct mm_policy_create create = { .size = sizeof(create) };
	struct cgroup_subsys_state *css = of_css(of);
	struct mmp_handler *h = NULL;
	u32 tag = 0;
	int err;

	err = parse(strstrip(buf), &create, &tag);
	if (err)
		return err;
	if (strcmp(create.policy, "none")) {
		h = mmp_handler_create(&create);
		if (IS_ERR(h))
			return PTR_ERR(h);
	}

	mutex_lock(&group_mutex);
	if (h)
		err = remember(key_of(css), h, tag);
	else
		forget(key_of(css));
	mutex_unlock(&group_mutex);
	if (!err)
		serve_processes(css, h, tag);
	if (h)
		mmp_handler_put(h);
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
