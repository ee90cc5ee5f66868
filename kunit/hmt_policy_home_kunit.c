// SPDX-License-Identifier: GPL-2.0
/* Home of a process, and pages that are away from it. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy_fixture.h"

#define NODES	4

/* Let @passes pass with the same CPU time; return the home. */
static int pass(struct hmt_policy_home *home, unsigned int passes, u64 a, u64 b)
{
	u64 time[NODES] = { a, b };

	while (passes--)
		hmt_policy_home_update(home, time, NODES);
	return home->node;
}

static void home_must_stay_clear(struct kunit *test)
{
	struct hmt_policy_home home;

	hmt_policy_home_init(&home);
	KUNIT_EXPECT_EQ(test, pass(&home, 1, 90, 10), 0);
	KUNIT_EXPECT_EQ(test, pass(&home, HMT_HOME_PASSES - 1, 10, 90), 0);
	/* One pass elsewhere begins anew. */
	pass(&home, 1, 90, 10);
	KUNIT_EXPECT_EQ(test, pass(&home, HMT_HOME_PASSES - 1, 10, 90), 0);
	KUNIT_EXPECT_EQ(test, pass(&home, 1, 10, 90), 1);
}

/* Pages follow to the first home only after a while, and to others at once. */
static void home_is_a_guess(struct kunit *test)
{
	struct hmt_policy_home home;

	hmt_policy_home_init(&home);
	KUNIT_EXPECT_EQ(test, pass(&home, 1, 90, 10), 0);
	KUNIT_EXPECT_FALSE(test, hmt_policy_home_is_sure(&home));
	/* Threads on two nodes, of which one was lucky at first. */
	KUNIT_EXPECT_EQ(test, pass(&home, 1, 50, 50), 0);
	KUNIT_EXPECT_EQ(test, pass(&home, 1, 90, 10), 0);
	KUNIT_EXPECT_FALSE(test, hmt_policy_home_is_sure(&home));
	pass(&home, HMT_HOME_PASSES - 1, 90, 10);
	KUNIT_EXPECT_TRUE(test, hmt_policy_home_is_sure(&home));
	KUNIT_EXPECT_EQ(test, pass(&home, HMT_HOME_PASSES, 10, 90), 1);
	KUNIT_EXPECT_TRUE(test, hmt_policy_home_is_sure(&home));
	pass(&home, HMT_HOME_PASSES << 1, 50, 50);
	KUNIT_EXPECT_FALSE(test, hmt_policy_home_is_sure(&home));
}

static void home_of_two_sockets(struct kunit *test)
{
	struct hmt_policy_home home;

	hmt_policy_home_init(&home);
	KUNIT_EXPECT_EQ(test, pass(&home, 50, 500, 500), HMT_HOME_NONE);
	KUNIT_EXPECT_EQ(test, pass(&home, 50, 260, 740), HMT_HOME_NONE);
	KUNIT_EXPECT_EQ(test, pass(&home, 50, 240, 760), 1);
	/* A home stays one for a share below that at which it became one. */
	KUNIT_EXPECT_EQ(test, pass(&home, 50, 360, 640), 1);
	KUNIT_EXPECT_EQ(test, pass(&home, HMT_HOME_PASSES - 1, 500, 500), 1);
	KUNIT_EXPECT_EQ(test, pass(&home, 1, 500, 500), HMT_HOME_NONE);
}

static void home_without_time(struct kunit *test)
{
	struct hmt_policy_home home;

	hmt_policy_home_init(&home);
	KUNIT_EXPECT_EQ(test, pass(&home, 50, 0, 0), HMT_HOME_NONE);
	pass(&home, HMT_HOME_PASSES, 100, 0);
	KUNIT_EXPECT_EQ(test, pass(&home, 50, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, pass(&home, 1, U64_MAX / 4, 0), 0);
}

/* A process that moves back and forth changes its home less and less often. */
static void home_is_not_chased(struct kunit *test)
{
	struct hmt_policy_home home;
	unsigned int changes = 0, i;
	int last = 0;

	hmt_policy_home_init(&home);
	pass(&home, HMT_HOME_PASSES, 100, 0);
	for (i = 0; i < 100; i++) {
		int node = pass(&home, 2 * HMT_HOME_PASSES, i % 2 ? 100 : 0,
				i % 2 ? 0 : 100);

		changes += node != last;
		last = node;
	}
	KUNIT_EXPECT_LE(test, changes, HMT_HOME_DOUBLED);
	KUNIT_EXPECT_GE(test, changes, 1);
	/* Once it stays, the home follows, and its past is forgotten. */
	i = HMT_HOME_PASSES << HMT_HOME_DOUBLED;
	KUNIT_EXPECT_EQ(test, pass(&home, i, 0, 100), 1);
	pass(&home, HMT_HOME_STEADY * HMT_HOME_DOUBLED, 0, 100);
	KUNIT_EXPECT_EQ(test, pass(&home, HMT_HOME_PASSES, 100, 0), 0);
}

static void home_takes_the_hottest(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	make_tiers(test, 1, 1000);
	input(test)->away[HMT_HEAT_MAX] = 10;
	input(test)->away[200] = 30;
	input(test)->away[HMT_POLICY_AWAY - 1] = 50;
	hmt_policy_run(input(test), &fixture->out);
	KUNIT_EXPECT_EQ(test, fixture->out.home_quota, 40);
	KUNIT_EXPECT_EQ(test, fixture->out.home_min, 200);
	KUNIT_EXPECT_TRUE(test, hmt_policy_has_moves(&fixture->out,
						     HMT_DIR_HOME));
	input(test)->promote_budget = 25;
	hmt_policy_run(input(test), &fixture->out);
	KUNIT_EXPECT_EQ(test, fixture->out.home_quota, 25);
	KUNIT_EXPECT_EQ(test, fixture->out.home_min, 200);
	input(test)->promote_budget = 10;
	hmt_policy_run(input(test), &fixture->out);
	KUNIT_EXPECT_EQ(test, fixture->out.home_quota, 10);
	KUNIT_EXPECT_EQ(test, fixture->out.home_min, HMT_HEAT_MAX);
}

/* Only hot pages that are away are named. */
static void home_bounds(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct hmt_policy_bounds bounds;

	make_tiers(test, 1, 1000);
	hmt_policy_run(input(test), &fixture->out);
	KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(&fixture->out,
						      HMT_DIR_HOME));
	hmt_policy_bounds(&fixture->out, HMT_DIR_HOME, &bounds);
	KUNIT_EXPECT_FALSE(test, hmt_policy_names(&bounds, HMT_HEAT_MAX));
	input(test)->away[150] = 1;
	hmt_policy_run(input(test), &fixture->out);
	hmt_policy_bounds(&fixture->out, HMT_DIR_HOME, &bounds);
	KUNIT_EXPECT_TRUE(test, hmt_policy_names(&bounds, 150));
	KUNIT_EXPECT_FALSE(test, hmt_policy_names(&bounds, 149));
}

static struct kunit_case hmt_home_cases[] = {
	KUNIT_CASE(home_must_stay_clear),
	KUNIT_CASE(home_is_a_guess),
	KUNIT_CASE(home_of_two_sockets),
	KUNIT_CASE(home_without_time),
	KUNIT_CASE(home_is_not_chased),
	KUNIT_CASE(home_takes_the_hottest),
	KUNIT_CASE(home_bounds),
	{}
};

static struct kunit_suite hmt_home_suite = {
	.name = "hmt_policy_home",
	.init = policy_setup,
	.test_cases = hmt_home_cases,
};

kunit_test_suite(hmt_home_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of the home of a process");
MODULE_LICENSE("GPL");
