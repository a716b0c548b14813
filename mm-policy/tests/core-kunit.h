/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KUnit tests of core.c, which includes this file so that they reach its
 * statics.
 */
#include <kunit/test.h>

/* Tools compare versions; they need three numbers and nothing else. */
static void version_is_three_numbers_on_one_line(struct kunit *test)
{
	unsigned int major, minor, patch;
	char *buf, want[32];
	ssize_t len;
	int got;

	/* sysfs_emit() insists on a page-aligned buffer; a whole page is. */
	buf = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, buf);

	len = version_show(NULL, &version_attr, buf);
	got = sscanf(buf, "%u.%u.%u", &major, &minor, &patch);
	KUNIT_ASSERT_EQ(test, 3, got);
	snprintf(want, sizeof(want), "%u.%u.%u\n", major, minor, patch);
	KUNIT_EXPECT_STREQ(test, want, buf);
	KUNIT_EXPECT_EQ(test, len, strlen(want));
}

static void version_is_read_only(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0444, version_attr.attr.mode);
	KUNIT_EXPECT_NULL(test, version_attr.store);
}

static struct kunit_case mm_policy_core_cases[] = {
	KUNIT_CASE(version_is_three_numbers_on_one_line),
	KUNIT_CASE(version_is_read_only),
	{}
};

static struct kunit_suite mm_policy_core_suite = {
	.name = "mm_policy_core",
	.test_cases = mm_policy_core_cases,
};

kunit_test_suite(mm_policy_core_suite);
