/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KUnit tests of ghosts.c, which includes this file so that they reach its statics.
 */
#include <kunit/test.h>

static struct mmp_ghosts *test_ghosts(struct kunit *test, unsigned long frames)
{
	struct mmp_ghosts *g = mmp_ghosts_create(frames);

	KUNIT_ASSERT_NOT_NULL(test, g);
	return g;
}

static void what_was_added_is_known_until_it_is_taken(struct kunit *test)
{
	struct mmp_ghosts *g = test_ghosts(test, 64);

	KUNIT_EXPECT_FALSE(test, mmp_ghosts_know(g, 7));
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 7), 0);
	mmp_ghosts_add(g, 7);
	KUNIT_EXPECT_TRUE(test, mmp_ghosts_know(g, 7));
	KUNIT_EXPECT_FALSE(test, mmp_ghosts_know(g, 8));
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 7), 1);
	KUNIT_EXPECT_FALSE(test, mmp_ghosts_know(g, 7));
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 7), 0);
	mmp_ghosts_free(g);
}

static void the_distance_counts_evictions(struct kunit *test)
{
	struct mmp_ghosts *g = test_ghosts(test, 1024);
	u64 page;

	for (page = 1; page <= 500; page++)
		mmp_ghosts_add(g, page);
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 500), 1);
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 401), 100);
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 1), 500);
	/* Paged out again: the last time counts */
	mmp_ghosts_add(g, 300);
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 300), 1);
	mmp_ghosts_free(g);
}

static void the_distance_is_right_when_the_clock_wraps(struct kunit *test)
{
	struct mmp_ghosts *g = test_ghosts(test, 64);

	g->clock = U32_MAX - 1;
	mmp_ghosts_add(g, 1);
	mmp_ghosts_add(g, 2);
	mmp_ghosts_add(g, 3);
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 1), 3);
	KUNIT_EXPECT_EQ(test, mmp_ghosts_take(g, 3), 1);
	mmp_ghosts_free(g);
}

/* As many as the frames that it is made for are known; of more, the latest. */
static void a_full_set_forgets_its_oldest(struct kunit *test)
{
	const u64 frames = MAX_SETS * 2, sets = MAX_SETS;
	struct mmp_ghosts *g = test_ghosts(test, frames);
	u64 page, known = 0;

	for (page = 0; page < frames; page++)
		mmp_ghosts_add(g, page);
	for (page = 0; page < frames; page++)
		known += mmp_ghosts_know(g, page);
	/* Sets fill by chance */
	KUNIT_EXPECT_GT(test, known, frames * 9 / 10);

	for (page = frames; page < frames + 16 * sets; page++)
		mmp_ghosts_add(g, page);
	for (known = 0, page = 0; page < frames; page++)
		known += mmp_ghosts_know(g, page);
	KUNIT_EXPECT_LT(test, known, frames / 100);
	KUNIT_EXPECT_TRUE(test, mmp_ghosts_know(g, frames + 16 * sets - 1));
	mmp_ghosts_free(g);
}

static void it_is_never_larger_than_2_mb(struct kunit *test)
{
	struct mmp_ghosts *g = test_ghosts(test, ULONG_MAX >> PAGE_SHIFT);

	KUNIT_EXPECT_EQ(test, 1UL << g->bits, MAX_SETS);
	mmp_ghosts_free(g);
	g = test_ghosts(test, 0);
	KUNIT_EXPECT_EQ(test, 1UL << g->bits, MIN_SETS);
	mmp_ghosts_free(g);
}

static struct kunit_case mm_policy_ghosts_cases[] = {
	KUNIT_CASE(what_was_added_is_known_until_it_is_taken),
	KUNIT_CASE(the_distance_counts_evictions),
	KUNIT_CASE(the_distance_is_right_when_the_clock_wraps),
	KUNIT_CASE(a_full_set_forgets_its_oldest),
	KUNIT_CASE(it_is_never_larger_than_2_mb),
	{}
};

static struct kunit_suite mm_policy_ghosts_suite = {
	.name = "mm_policy_ghosts",
	.test_cases = mm_policy_ghosts_cases,
};

kunit_test_suite(mm_policy_ghosts_suite);
