/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KUnit tests of cgroup.c, which includes this file so that they reach its statics: what
 * may be written to memory.policy.
 */
#include <kunit/test.h>

static const struct {
	const char *line;
	int err;
	const char *policy;
	u64 limit;
	u32 tag;
	u64 last_arg;
	const char *arg;
} parse_situations[] = {
	{ "clock", 0, "clock" },
	{ "none", 0, "none" },
	{ "none  ", 0, "none" },
	{ "nru limit=0", 0, "nru" },
	{ "nru limit=4096", 0, "nru", 4096 },
	{ "nru limit=1k", 0, "nru", 1024 },
	{ "nru limit=64M tag=3", 0, "nru", 64 << 20, 3 },
	{ "nru  tag=0xff   limit=15E", 0, "nru", 15ULL << 60, 255 },
	{ "nru limit=18446744073709551615", 0, "nru", U64_MAX },
	{ "nru limit=17179869183G", 0, "nru", 17179869183ULL << 30 },
	{ "fifteen-letters arg=a=b 7=0x10", 0, "fifteen-letters", 0, 0, 16, "a=b" },
	{ "nru arg= 7=18446744073709551615", 0, "nru", 0, 0, U64_MAX },
	{ "nru tag=4294967295", 0, "nru", 0, U32_MAX },

	{ "", -EINVAL },
	{ "sixteen-letters-", -EINVAL },
	{ "nru limit", -EINVAL },
	{ "nru limit=", -EINVAL },
	{ "nru limit=K", -EINVAL },
	{ "nru limit=-1", -EINVAL },
	{ "nru limit=1KK", -EINVAL },
	{ "nru limit=1.5M", -EINVAL },
	{ "nru limit=0x10", -EINVAL },
	{ "nru limit=16E", -EINVAL },
	{ "nru limit=17179869184G", -EINVAL },
	{ "nru limit=18446744073709551616", -EINVAL },
	{ "nru tag=-1", -EINVAL },
	{ "nru tag=4294967296", -EINVAL },
	{ "nru 8=1", -EINVAL },
	{ "nru -1=1", -EINVAL },
	{ "nru x=1", -EINVAL },
	{ "nru =1", -EINVAL },
	{ "nru 0=", -EINVAL },
	{ "nru 0=18446744073709551616", -EINVAL },
	{ "nru nru", -EINVAL },
	{ "none limit=4M", -EINVAL },
	{ "none x", -EINVAL },
};

static void lines_are_understood_or_refused(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(parse_situations); i++) {
		struct mm_policy_create c = { };
		char line[128];
		u32 tag = 0;
		int err;

		strscpy(line, parse_situations[i].line);
		err = parse(line, &c, &tag);
		KUNIT_EXPECT_EQ_MSG(test, err, parse_situations[i].err, "\"%s\"",
				    parse_situations[i].line);
		if (err)
			continue;
		KUNIT_EXPECT_STREQ(test, c.policy, parse_situations[i].policy);
		KUNIT_EXPECT_EQ(test, c.limit, parse_situations[i].limit);
		KUNIT_EXPECT_EQ(test, tag, parse_situations[i].tag);
		KUNIT_EXPECT_EQ(test, c.args[MM_POLICY_NR_ARGS - 1],
				parse_situations[i].last_arg);
		KUNIT_EXPECT_STREQ(test, c.arg, parse_situations[i].arg ?: "");
	}
}

static struct kunit_case mm_policy_cgroup_cases[] = {
	KUNIT_CASE(lines_are_understood_or_refused),
	{}
};

static struct kunit_suite mm_policy_cgroup_suite = {
	.name = "mm_policy_cgroup",
	.test_cases = mm_policy_cgroup_cases,
};

kunit_test_suite(mm_policy_cgroup_suite);
