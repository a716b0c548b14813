/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KUnit tests of held.c, which includes this file so that they reach its statics.
 */
#include <kunit/test.h>
#include <linux/smp.h>

static struct mmp_handler *test_handler(struct kunit *test, unsigned long limit)
{
	struct mmp_handler *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, h);
	h->cpu = alloc_percpu(struct mmp_cpu);
	KUNIT_ASSERT_TRUE(test, !!h->cpu);
	h->pub.limit = limit;
	mmp_set_held_batch(h);
	return h;
}

static void end_test_handler(struct mmp_handler *h)
{
	free_percpu(h->cpu);
}

struct counted {
	struct mmp_handler *h;
	long nr;
};

static void count_here(void *data)
{
	struct counted *c = data;

	mmp_count(c->h, MMP_ANON, c->nr);
}

static void count_on(struct kunit *test, int cpu, struct mmp_handler *h, long nr)
{
	struct counted c = { h, nr };

	KUNIT_ASSERT_EQ(test, smp_call_function_single(cpu, count_here, &c, true), 0);
}

/* Mapped on one processor, unmapped on another */
static void frames_may_come_and_go_on_different_cpus(struct kunit *test)
{
	struct mmp_handler *h = test_handler(test, 0);
	int cpu, i;

	for (i = 0; i < 1000; i++)
		for_each_online_cpu(cpu)
			count_on(test, cpu, h, 1);
	KUNIT_EXPECT_EQ(test, mmp_held_exactly(h), 1000 * num_online_cpus());
	count_on(test, cpumask_first(cpu_online_mask), h, -1000L * num_online_cpus());
	KUNIT_EXPECT_EQ(test, mmp_held_exactly(h), 0);
	/* What one of them lacks now, and the others keep, is not a number below zero */
	KUNIT_EXPECT_LE(test, mmp_held(h), h->held_drift * num_online_cpus());
	end_test_handler(h);
}

static void the_rough_count_is_near(struct kunit *test)
{
	struct mmp_handler *h = test_handler(test, 0);
	unsigned long off, held;
	int cpu, i;

	for (i = 0; i < 500; i++) {
		for_each_online_cpu(cpu)
			count_on(test, cpu, h, i % 7);
		held = mmp_held_exactly(h);
		off = abs_diff(held, mmp_held(h));
		KUNIT_EXPECT_LE(test, off, h->held_drift * num_online_cpus());
	}
	end_test_handler(h);
}

static void a_limit_is_exact_wherever_frames_are_kept(struct kunit *test)
{
	const unsigned long limit = 64 * num_online_cpus() * 8 + 1;
	struct mmp_handler *h = test_handler(test, limit);
	unsigned long held = 0;
	int cpu;

	KUNIT_EXPECT_GT(test, h->held_batch, 0);
	while (held < limit) {
		for_each_online_cpu(cpu) {
			if (held == limit)
				break;
			KUNIT_EXPECT_FALSE(test, mmp_over(h, limit - held));
			KUNIT_EXPECT_TRUE(test, mmp_over(h, limit - held + 1));
			count_on(test, cpu, h, 1);
			held++;
		}
	}
	KUNIT_EXPECT_FALSE(test, mmp_over(h, 0));
	KUNIT_EXPECT_TRUE(test, mmp_over(h, 1));
	end_test_handler(h);
}

/* Each processor may keep many frames without a limit, and keeps them when one is set. */
static void a_limit_counts_what_was_kept_before(struct kunit *test)
{
	struct mmp_handler *h = test_handler(test, 0);
	long kept = h->held_batch;
	int cpu;

	for_each_online_cpu(cpu)
		count_on(test, cpu, h, kept);
	KUNIT_EXPECT_EQ(test, mmp_held(h), 0);
	h->pub.limit = kept * num_online_cpus();
	mmp_set_held_batch(h);
	KUNIT_EXPECT_LT(test, h->held_batch, kept);
	KUNIT_EXPECT_FALSE(test, mmp_over(h, 0));
	KUNIT_EXPECT_TRUE(test, mmp_over(h, 1));
	end_test_handler(h);
}

static void frames_on_their_way_count(struct kunit *test)
{
	struct mmp_handler *h = test_handler(test, 10);

	mmp_count(h, MMP_FILE, 4);
	atomic_long_set(&h->nr_laundry, 3);
	h->nr_ahead = 2;
	KUNIT_EXPECT_EQ(test, mmp_used(h), 9);
	KUNIT_EXPECT_FALSE(test, mmp_over(h, 1));
	KUNIT_EXPECT_TRUE(test, mmp_over(h, 2));
	KUNIT_EXPECT_EQ(test, mmp_held_kind(h, MMP_FILE), 4);
	KUNIT_EXPECT_EQ(test, mmp_held_kind(h, MMP_SHMEM), 0);
	end_test_handler(h);
}

static struct kunit_case mm_policy_held_cases[] = {
	KUNIT_CASE(frames_may_come_and_go_on_different_cpus),
	KUNIT_CASE(the_rough_count_is_near),
	KUNIT_CASE(a_limit_is_exact_wherever_frames_are_kept),
	KUNIT_CASE(a_limit_counts_what_was_kept_before),
	KUNIT_CASE(frames_on_their_way_count),
	{}
};

static struct kunit_suite mm_policy_held_suite = {
	.name = "mm_policy_held",
	.test_cases = mm_policy_held_cases,
};

kunit_test_suite(mm_policy_held_suite);
