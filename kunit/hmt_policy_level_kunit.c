// SPDX-License-Identifier: GPL-2.0
/* Policy for several tiers of one level, as sockets have them. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy_fixture.h"

#define HOT	200
#define WARM	100

/* Two tiers of 100 pages on one level, each with both tiers of the next one. */
static void make_level(struct kunit *test)
{
	unsigned int i;

	make_tiers(test, 4, 100);
	for (i = 0; i < 2; i++) {
		edge(test, i, 2 + i);
		edge(test, i, 3 - i);
		tier_of(test, i)->alike = 3;
		tier_of(test, 2 + i)->alike = 12;
	}
}

static struct hmt_policy_out *output(struct kunit *test)
{
	return &((struct fixture *)test->priv)->out;
}

static void level_takes_pages_astray(struct kunit *test)
{
	struct hmt_policy_bounds bounds;

	make_level(test);
	add(test, 0, HOT, 30);
	add(test, 0, WARM, 20);
	tier_of(test, 1)->astray[HOT] = 30;
	tier_of(test, 1)->astray[WARM] = 20;
	tier_of(test, 1)->astray[HMT_POLICY_AWAY - 1] = 20;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_quota, 50);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_min, WARM);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->home_quota, 0);
	KUNIT_EXPECT_TRUE(test, hmt_policy_has_moves(output(test),
						     HMT_DIR_HOME));
	hmt_policy_bounds(output(test), HMT_DIR_HOME, &bounds);
	KUNIT_EXPECT_TRUE(test, hmt_policy_names(&bounds, WARM));
	KUNIT_EXPECT_FALSE(test, hmt_policy_names(&bounds, WARM - 1));
	/* No other page moves for them. */
	expect_still(test);
	KUNIT_EXPECT_FALSE(test, hmt_policy_reserve_home(output(test), 0, 1,
							 WARM - 1, 1));
	KUNIT_EXPECT_FALSE(test, hmt_policy_reserve_home(output(test), 0, 0,
							 HOT, 1));
	KUNIT_EXPECT_TRUE(test, hmt_policy_reserve_home(output(test), 0, 1,
							HOT, 50));
	KUNIT_EXPECT_FALSE(test, hmt_policy_reserve_home(output(test), 0, 1,
							 HOT, 1));
	hmt_policy_unreserve_home(output(test), 0, 1, 50);
	hmt_policy_block(output(test), 1);
	KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(output(test),
						      HMT_DIR_HOME));
}

static void level_keeps_limits(struct kunit *test)
{
	make_level(test);
	add(test, 1, WARM, 30);
	tier_of(test, 1)->astray[HOT] = 50;
	tier_of(test, 1)->limit = 40;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_quota, 10);
	/* Warm pages do not leave the level for that. */
	expect_still(test);
	make_level(test);
	tier_of(test, 1)->astray[HOT] = 50;
	tier_of(test, 1)->demand = 70;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_quota, 30);
	make_level(test);
	tier_of(test, 1)->astray[HOT] = 50;
	input(test)->promote_budget = 20;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_quota, 20);
}

/* Pages without any heat leave for hot ones, and no more than needed. */
static void level_makes_room(struct kunit *test)
{
	make_level(test);
	add(test, 1, 0, 60);
	add(test, 1, 1, 40);
	tier_of(test, 1)->astray[HOT] = 50;
	tier_of(test, 1)->astray[HMT_POLICY_AWAY] = 50;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 50);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_max, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->targets_quota[3], 50);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_quota, 50);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_min, HOT);
	KUNIT_EXPECT_TRUE(test, output(test)->mandatory);
}

/* The room that is made for other workloads is not that of hot pages. */
static void level_makes_room_beside_demand(struct kunit *test)
{
	make_level(test);
	add(test, 1, 0, 100);
	tier_of(test, 1)->demand = 30;
	tier_of(test, 1)->astray[HOT] = 50;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->yielded, 30);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 80);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_quota, 50);
}

/* No page leaves for hot ones that the rate keeps out of this pass. */
static void level_makes_room_within_rate(struct kunit *test)
{
	make_level(test);
	add(test, 1, 0, 100);
	tier_of(test, 1)->astray[HOT] = 50;
	input(test)->promote_budget = 20;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 20);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->home_quota, 20);
	make_level(test);
	add(test, 1, 0, 100);
	tier_of(test, 1)->astray[HOT] = 50;
	input(test)->promote_budget = 0;
	run(test);
	expect_still(test);
	KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(output(test),
						      HMT_DIR_HOME));
}

/* No page leaves a tier as long as another one of the level has room. */
static void level_spares_pages(struct kunit *test)
{
	make_level(test);
	add(test, 0, 0, 100);
	add(test, 2, HOT, 60);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->promote_quota, 60);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	/* Without room, or where processes may not use it, they do. */
	make_level(test);
	add(test, 0, 0, 100);
	add(test, 2, HOT, 60);
	occupy(test, 1, 100);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 60);
	make_level(test);
	add(test, 0, 0, 100);
	add(test, 2, HOT, 60);
	tier_of(test, 0)->alike = 1;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 60);
}

/* Reserve a place for a page of tier @from; it is in tier @to. */
static struct hmt_policy_place reserve(struct kunit *test,
				       enum hmt_direction direction,
				       unsigned int from, u8 heat, int to)
{
	struct hmt_policy_place place = { .pages = 1, .from = from };

	place.to = hmt_policy_reserve_group(output(test), direction, from, heat,
					    &place.pages);
	place.quota = place.to;
	KUNIT_ASSERT_EQ(test, place.to, to);
	return place;
}

static void redirect_to_room(struct kunit *test)
{
	struct hmt_policy_place place;
	s64 free;

	make_level(test);
	add(test, 2, HOT, 60);
	tier_of(test, 1)->limit = 1;
	run(test);
	place = reserve(test, HMT_DIR_PROMOTE, 2, HOT, 0);
	free = output(test)->expected.tiers[1].free;
	KUNIT_ASSERT_TRUE(test, hmt_policy_redirect(output(test),
						    HMT_DIR_PROMOTE, &place,
						    HOT, 1));
	KUNIT_EXPECT_EQ(test, place.to, 1);
	KUNIT_EXPECT_EQ(test, place.quota, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 59);
	KUNIT_EXPECT_EQ(test, output(test)->expected.tiers[1].free, free - 1);
	hmt_policy_return(output(test), HMT_DIR_PROMOTE, &place);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 60);
	KUNIT_EXPECT_EQ(test, output(test)->expected.tiers[1].free, free);
	/* The limit is reached by the first page. */
	place = reserve(test, HMT_DIR_PROMOTE, 2, HOT, 0);
	KUNIT_EXPECT_TRUE(test, hmt_policy_redirect(output(test),
						    HMT_DIR_PROMOTE, &place,
						    HOT, 1));
	place = reserve(test, HMT_DIR_PROMOTE, 2, HOT, 0);
	KUNIT_EXPECT_FALSE(test, hmt_policy_redirect(output(test),
						     HMT_DIR_PROMOTE, &place,
						     HOT, 1));
	KUNIT_EXPECT_EQ(test, place.to, 0);
}

static void redirect_to_quota(struct kunit *test)
{
	struct hmt_policy_place place;

	make_level(test);
	add(test, 2, HOT, 80);
	occupy(test, 0, 60);
	occupy(test, 1, 60);
	run(test);
	KUNIT_ASSERT_EQ(test, verdict(test, 0)->promote_quota, 40);
	KUNIT_ASSERT_EQ(test, verdict(test, 1)->promote_quota, 40);
	place = reserve(test, HMT_DIR_PROMOTE, 2, HOT, 0);
	/* A colder page has no place there. */
	KUNIT_EXPECT_FALSE(test, hmt_policy_redirect(output(test),
						     HMT_DIR_PROMOTE, &place,
						     HOT - 1, 1));
	KUNIT_EXPECT_TRUE(test, hmt_policy_redirect(output(test),
						    HMT_DIR_PROMOTE, &place,
						    HOT, 1));
	KUNIT_EXPECT_EQ(test, place.quota, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 40);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->promote_quota, 39);
	hmt_policy_return(output(test), HMT_DIR_PROMOTE, &place);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->promote_quota, 40);
}

static void redirect_down(struct kunit *test)
{
	struct hmt_policy_place place;

	make_level(test);
	add(test, 0, WARM, 10);
	tier_of(test, 0)->limit = 0;
	run(test);
	KUNIT_ASSERT_EQ(test, verdict(test, 0)->targets_quota[2], 10);
	place = reserve(test, HMT_DIR_DEMOTE, 0, WARM, 2);
	KUNIT_EXPECT_TRUE(test, hmt_policy_redirect(output(test),
						    HMT_DIR_DEMOTE, &place,
						    WARM, 3));
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 9);
	hmt_policy_return(output(test), HMT_DIR_DEMOTE, &place);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[2], 10);
	/* Weights are the administrator's. */
	make_level(test);
	add(test, 0, WARM, 10);
	tier_of(test, 0)->limit = 0;
	tier_of(test, 0)->weights[0] = 2;
	tier_of(test, 0)->weights[1] = 1;
	run(test);
	place = reserve(test, HMT_DIR_DEMOTE, 0, WARM, 2);
	KUNIT_EXPECT_FALSE(test, hmt_policy_redirect(output(test),
						     HMT_DIR_DEMOTE, &place,
						     WARM, 3));
}

/* Both targets have a quota. */
static void redirect_down_to_quota(struct kunit *test)
{
	struct hmt_policy_place place;

	make_level(test);
	add(test, 0, WARM, 10);
	run(test);
	output(test)->tiers[0].targets_quota[2] = 4;
	output(test)->tiers[0].targets_quota[3] = 6;
	output(test)->tiers[0].demote_quota = 10;
	output(test)->tiers[0].demote_max = WARM + 1;
	place = reserve(test, HMT_DIR_DEMOTE, 0, WARM, 2);
	KUNIT_EXPECT_TRUE(test, hmt_policy_redirect(output(test),
						    HMT_DIR_DEMOTE, &place,
						    WARM, 3));
	KUNIT_EXPECT_EQ(test, place.quota, 3);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[2], 4);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[3], 5);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 9);
	hmt_policy_return(output(test), HMT_DIR_DEMOTE, &place);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[3], 6);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 10);
}

/* A place that is not used is there again, for pages of the same tier as well. */
static void home_unreserved(struct kunit *test)
{
	struct hmt_policy_out *out;

	make_level(test);
	run(test);
	out = output(test);
	out->home_quota = 5;
	out->home_min = WARM;
	KUNIT_EXPECT_TRUE(test, hmt_policy_reserve_home(out, 0, 0, HOT, 5));
	KUNIT_EXPECT_FALSE(test, hmt_policy_reserve_home(out, 0, 0, HOT, 1));
	hmt_policy_unreserve_home(out, 0, 0, 5);
	KUNIT_EXPECT_TRUE(test, hmt_policy_reserve_home(out, 0, 0, HOT, 5));
}

static struct kunit_case hmt_level_cases[] = {
	KUNIT_CASE(level_takes_pages_astray),
	KUNIT_CASE(level_keeps_limits),
	KUNIT_CASE(level_makes_room),
	KUNIT_CASE(level_makes_room_beside_demand),
	KUNIT_CASE(level_makes_room_within_rate),
	KUNIT_CASE(level_spares_pages),
	KUNIT_CASE(redirect_to_room),
	KUNIT_CASE(redirect_to_quota),
	KUNIT_CASE(redirect_down),
	KUNIT_CASE(redirect_down_to_quota),
	KUNIT_CASE(home_unreserved),
	{}
};

static struct kunit_suite hmt_level_suite = {
	.name = "hmt_policy_level",
	.init = policy_setup,
	.test_cases = hmt_level_cases,
};

kunit_test_suite(hmt_level_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of tiers of one level");
MODULE_LICENSE("GPL");
