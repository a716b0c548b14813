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
#include <linux/sysfs.h>

#define MM_POLICY_VERSION	"0.1.0"

static ssize_t version_show(struct kobject *kobj, struct kobj_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%s\n", MM_POLICY_VERSION);
}

static struct kobj_attribute version_attr = __ATTR_RO(version);

static struct attribute *mm_policy_attrs[] = {
	&version_attr.attr,
	NULL,
};

static const struct attribute_group mm_policy_attr_group = {
	.attrs = mm_policy_attrs,
};

static int __init mm_policy_init(void)
{
	struct kobject *kobj;
	int err;

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

#ifdef CONFIG_MM_POLICY_KUNIT_TEST
#include "tests/core-kunit.h"
#endif
