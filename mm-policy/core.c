// SPDX-License-Identifier: GPL-2.0-only
/*
 * Paging policies per task: the subsystem's entry point.
 *
 * The policy says which page, the memory scheduler says whose page, the kernel
 * does how.
 */
#define pr_fmt(fmt) "mm_policy: " fmt

#include <linux/err.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/printk.h>
#include <linux/kstrtox.h>
#include <linux/sysfs.h>
#include <linux/workqueue.h>

#include "internal.h"

#define MM_POLICY_VERSION	"0.1.0"

struct workqueue_struct *mmp_workqueue;

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", MM_POLICY_VERSION);
}

static struct kobj_attribute version_attr = __ATTR_RO(version);

static ssize_t enabled_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%d\n", READ_ONCE(mmp_enabled));
}

/* 0: the whole system is as without policies. 1: new handlers may be made again. */
static ssize_t enabled_store(struct kobject *kobj, struct kobj_attribute *attr,
			     const char *buf, size_t count)
{
	bool enable;
	int err = kstrtobool(buf, &enable);

	if (err)
		return err;
	if (enable)
		mmp_switch_on();
	else
		mmp_switch_off();
	return count;
}

static struct kobj_attribute enabled_attr = __ATTR_RW(enabled);

static struct attribute *mm_policy_attrs[] = {
	&version_attr.attr,
	&enabled_attr.attr,
	NULL,
};

static const struct attribute_group mm_policy_attr_group = {
	.attrs = mm_policy_attrs,
};

static int __init mm_policy_init(void)
{
	struct kobject *kobj;
	int err;

	mmp_workqueue = alloc_workqueue("mm_policy",
					WQ_UNBOUND | WQ_FREEZABLE | WQ_MEM_RECLAIM,
					WQ_UNBOUND_MAX_ACTIVE);
	if (!mmp_workqueue) {
		pr_err("no memory for a workqueue\n");
		return -ENOMEM;
	}
	kobj = kobject_create_and_add("policy", mm_kobj);
	if (!kobj) {
		pr_err("no memory for /sys/kernel/mm/policy\n");
		return -ENOMEM;
	}

	err = sysfs_create_group(kobj, &mm_policy_attr_group);
	if (err) {
		pr_err("cannot fill /sys/kernel/mm/policy: %pe\n", ERR_PTR(err));
		kobject_put(kobj);
		return err;
	}

	pr_info("version %s\n", MM_POLICY_VERSION);
	return 0;
}
subsys_initcall(mm_policy_init);

/* BPF knows its types by now */
static int __init mm_policy_late_init(void)
{
	int err;

	if (!mmp_workqueue)
		return -ENOMEM;
	err = mmp_kfuncs_init();
	if (!err)
		err = mmp_bpf_init();
	if (err)
		pr_err("no policies in BPF: %pe\n", ERR_PTR(err));
	err = mmp_control_init();
	if (err)
		pr_err("no /dev/mm_policy: %pe\n", ERR_PTR(err));
	err = mmp_group_init();
	if (err)
		pr_err("no memory.policy in control groups: %pe\n", ERR_PTR(err));
	mmp_sysrq_init();
	mmp_dump_init();
	return 0;
}
late_initcall(mm_policy_late_init);

#ifdef CONFIG_MM_POLICY_KUNIT_TEST
#include "tests/core-kunit.h"
#endif
