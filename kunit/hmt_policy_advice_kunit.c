// SPDX-License-Identifier: GPL-2.0
/* Advice of programs, and weights of targets. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>
#include "policy_fixture.h"

/* Any thousand adjacent pages have exactly the shares, well mixed. */
static void policy_deals_out_shares(struct kunit *test)
{
	struct hmt_policy_advice advice = { .share = { 300, 0, 200 } };
	unsigned int count[4] = { }, page;

	make_chain(test, 3, 100);
	for (page = 777; page < 777 + HMT_SHARE_MAX; page++) {
		int preferred = hmt_policy_preferred(input(test), &advice, 1, page);

		KUNIT_EXPECT_EQ(test, preferred != HMT_TIER_NONE,
				hmt_policy_is_advised(&advice, page));
		count[preferred == HMT_TIER_NONE ? 3 : preferred]++;
	}
	KUNIT_EXPECT_EQ(test, count[0], 300);
	KUNIT_EXPECT_EQ(test, count[1], 0);
	KUNIT_EXPECT_EQ(test, count[2], 200);
	memset(count, 0, sizeof(count));
	for (page = 0; page < 20; page++) {
		int preferred = hmt_policy_preferred(input(test), &advice, 1, page);

		count[preferred == HMT_TIER_NONE ? 3 : preferred]++;
	}
	KUNIT_EXPECT_GT(test, count[0], 3);
	KUNIT_EXPECT_GT(test, count[2], 1);
}

static void policy_avoids(struct kunit *test)
{
	struct hmt_policy_advice advice = { .avoid = BIT(1) };
	struct hmt_policy_in *in = input(test);

	make_chain(test, 3, 100);
	/* A page in the avoided tier, below it, and above it. */
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 1, 0), 2);
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 2, 0), 2);
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 0, 0),
			HMT_TIER_NONE);
	/* Without a target the page is promoted; without any tier it stays. */
	advice.avoid = BIT(1) | BIT(2);
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 1, 0), 0);
	advice.avoid = BIT(0) | BIT(1) | BIT(2);
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 1, 0), 1);
	/* Avoid has precedence over prefer. */
	advice.avoid = BIT(0);
	advice.share[0] = HMT_SHARE_MAX;
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 0, 0), 1);
}

/* Add @pages to @from for which advice prefers @to. */
static void preferred(struct kunit *test, unsigned int from, unsigned int to,
		      u64 pages)
{
	tier_of(test, from)->fixed += pages;
	tier_of(test, from)->free -= pages;
	input(test)->preferred[from][to] += pages;
}

static unsigned int take_granted(struct kunit *test,
				 enum hmt_direction direction,
				 unsigned int from, unsigned int to)
{
	struct fixture *fixture = test->priv;
	unsigned int pages = 0, one = 1;

	while (hmt_policy_reserve_preferred(&fixture->out, direction, from, to,
					    &one))
		pages++;
	return pages;
}

static void policy_grants_into_room(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	make_chain(test, 3, 100);
	preferred(test, 2, 1, 60);
	preferred(test, 0, 2, 30);
	input(test)->demote_budget = 20;
	run(test);
	KUNIT_EXPECT_TRUE(test, hmt_policy_has_moves(&fixture->out, HMT_DIR_PROMOTE));
	KUNIT_EXPECT_TRUE(test, hmt_policy_has_moves(&fixture->out, HMT_DIR_DEMOTE));
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_DEMOTE, 2, 1), 0);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_PROMOTE, 2, 1), 60);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_DEMOTE, 0, 2), 20);
	KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(&fixture->out, HMT_DIR_PROMOTE));
	KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(&fixture->out, HMT_DIR_DEMOTE));
	expect_still(test);
}

/* Warm pages make room for preferred ones, and do not return. */
static void policy_grants_in_place_of_others(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, 200, 90);
	preferred(test, 1, 0, 40);
	run(test);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_PROMOTE, 1, 0), 40);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 30);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
}

static void policy_grants_no_more_than_fits(struct kunit *test)
{
	make_chain(test, 2, 100);
	occupy(test, 0, 70);
	add(test, 0, 10, 20);
	preferred(test, 1, 0, 90);
	run(test);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_PROMOTE, 1, 0), 30);
	/* The last tier cannot demote to make room. */
	make_chain(test, 2, 100);
	add(test, 1, 10, 95);
	preferred(test, 0, 1, 50);
	run(test);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_DEMOTE, 0, 1), 5);
}

/*
 * Advice for a range of any size displaces hot pages of others from no more than
 * a part of the tier, in one pass or in several; colder pages always yield.
 */
static void policy_grants_a_part_of_hot_pages(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, HMT_POLICY_HOT, 100);
	preferred(test, 1, 0, 90);
	run(test);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_PROMOTE, 1, 0), 50);
	make_chain(test, 2, 100);
	add(test, 0, HMT_HEAT_MAX, 60);
	preferred(test, 0, 0, 40);
	preferred(test, 1, 0, 90);
	run(test);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_PROMOTE, 1, 0), 10);
	make_chain(test, 2, 100);
	add(test, 0, HMT_POLICY_HOT - 1, 30);
	add(test, 0, HMT_HEAT_MAX, 20);
	preferred(test, 0, 0, 50);
	preferred(test, 1, 0, 90);
	run(test);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_PROMOTE, 1, 0), 30);
	/* The limit of the workload is the whole of which it may have a part. */
	make_chain(test, 2, 100);
	tier_of(test, 0)->limit = 40;
	add(test, 0, HMT_HEAT_MAX, 40);
	preferred(test, 1, 0, 90);
	run(test);
	KUNIT_EXPECT_EQ(test, take_granted(test, HMT_DIR_PROMOTE, 1, 0), 20);
}

/* A tier that must demote all pages, to two targets. */
static void make_weighted(struct kunit *test, u8 first, u8 second)
{
	make_tiers(test, 3, 1000);
	edge(test, 0, 1);
	edge(test, 0, 2);
	tier_of(test, 0)->weights[0] = first;
	tier_of(test, 0)->weights[1] = second;
	tier_of(test, 0)->limit = 0;
	add(test, 0, 10, 400);
}

static void policy_shares_by_weight(struct kunit *test)
{
	make_weighted(test, 3, 1);
	run(test);
	/* A step is 6 pages. */
	KUNIT_EXPECT_GE(test, verdict(test, 0)->targets_quota[1], 300 - 6);
	KUNIT_EXPECT_LE(test, verdict(test, 0)->targets_quota[1], 300 + 6);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[1] +
			      verdict(test, 0)->targets_quota[2], 400);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 400);
}

/* Pages that a target already has count, so that the other one catches up. */
static void policy_weights_catch_up(struct kunit *test)
{
	make_weighted(test, 1, 1);
	add(test, 1, 10, 400);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[1], 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[2], 400);
}

/* If one target is full the other one gets the rest. */
static void policy_weights_and_room(struct kunit *test)
{
	make_weighted(test, 3, 1);
	occupy(test, 1, 950);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[1], 50);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[2], 350);
}

/* Each page goes to the target of its quota, and may be returned. */
static void policy_places_by_weight(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int demoted[3] = {}, i;
	int to;

	make_weighted(test, 1, 1);
	run(test);
	for (i = 0; i < 400; i++)
		demoted[hmt_policy_reserve(&fixture->out, HMT_DIR_DEMOTE, 0,
					   10)]++;
	KUNIT_EXPECT_EQ(test, demoted[0], 0);
	KUNIT_EXPECT_LE(test, abs((int)demoted[1] - (int)demoted[2]), 6);
	expect_still(test);
	hmt_policy_unreserve(&fixture->out, HMT_DIR_DEMOTE, 0, 2);
	to = hmt_policy_reserve(&fixture->out, HMT_DIR_DEMOTE, 0, 10);
	KUNIT_EXPECT_EQ(test, to, 2);

	make_weighted(test, 1, 1);
	run(test);
	hmt_policy_block(&fixture->out, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota,
			verdict(test, 0)->targets_quota[2]);
	KUNIT_EXPECT_EQ(test, hmt_policy_reserve(&fixture->out, HMT_DIR_DEMOTE, 0, 10),
			2);
}

static struct kunit_case hmt_policy_advice_cases[] = {
	KUNIT_CASE(policy_deals_out_shares),
	KUNIT_CASE(policy_avoids),
	KUNIT_CASE(policy_grants_into_room),
	KUNIT_CASE(policy_grants_in_place_of_others),
	KUNIT_CASE(policy_grants_no_more_than_fits),
	KUNIT_CASE(policy_grants_a_part_of_hot_pages),
	KUNIT_CASE(policy_shares_by_weight),
	KUNIT_CASE(policy_weights_catch_up),
	KUNIT_CASE(policy_weights_and_room),
	KUNIT_CASE(policy_places_by_weight),
	{}
};

static struct kunit_suite hmt_policy_advice_suite = {
	.name = "hmt_policy_advice",
	.init = policy_setup,
	.test_cases = hmt_policy_advice_cases,
};

kunit_test_suite(hmt_policy_advice_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy, advice");
MODULE_LICENSE("GPL");
