// SPDX-License-Identifier: GPL-2.0
/* Policy for hint faults: heat of a fault, and what a pass leaves to them. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy_fixture.h"

#define HOT		200
#define INTERVAL	100

static void hint_heat_falls_with_latency(struct kunit *test)
{
	unsigned int latency;
	u8 last = HMT_HEAT_MAX, heat;

	KUNIT_EXPECT_EQ(test, hmt_policy_hint_heat(0, 0, INTERVAL),
			HMT_HEAT_MAX);
	for (latency = 0; latency < 100 * INTERVAL; latency++) {
		heat = hmt_policy_hint_heat(0, latency, INTERVAL);
		KUNIT_EXPECT_LE(test, heat, last);
		last = heat;
	}
	KUNIT_EXPECT_EQ(test, hmt_policy_hint_heat(0, INT_MAX, INTERVAL), 0);
}

/* One fault is enough within a quarter of the sampling interval, and not later. */
static void hint_heat_is_hot_early(struct kunit *test)
{
	KUNIT_EXPECT_GE(test, hmt_policy_hint_heat(0, INTERVAL / 4 - 1, INTERVAL),
			HMT_POLICY_HOT);
	KUNIT_EXPECT_LT(test, hmt_policy_hint_heat(0, INTERVAL / 4 + 1, INTERVAL),
			HMT_POLICY_HOT);
	/* Pages that were seen lately have more time. */
	KUNIT_EXPECT_GE(test, hmt_policy_hint_heat(100, INTERVAL / 4 + 1,
						   INTERVAL), HMT_POLICY_HOT);
}

static void hint_heat_loses_none(struct kunit *test)
{
	unsigned int heat;

	for (heat = 0; heat <= HMT_HEAT_MAX; heat++) {
		KUNIT_EXPECT_EQ(test, hmt_policy_hint_heat(heat, INT_MAX,
							   INTERVAL), heat);
		KUNIT_EXPECT_GE(test, hmt_policy_hint_heat(heat, INTERVAL,
							   INTERVAL), heat);
	}
	/* No interval at all is no reason to divide by it. */
	KUNIT_EXPECT_EQ(test, hmt_policy_hint_heat(0, 0, 0), HMT_HEAT_MAX);
	KUNIT_EXPECT_EQ(test, hmt_policy_hint_heat(7, UINT_MAX, 0), 7);
	KUNIT_EXPECT_EQ(test, hmt_policy_hint_heat(HMT_HEAT_MAX, 1, UINT_MAX),
			HMT_HEAT_MAX);
}

/* Run the policy and offer what it leaves. */
static struct hmt_policy_hints offer(struct kunit *test, u64 wanted)
{
	struct fixture *fixture = test->priv;
	u64 pages[HMT_TIERS_MAX] = { wanted };
	struct hmt_policy_hints hints;

	run(test);
	hmt_policy_hints(&fixture->out, pages, &hints);
	return hints;
}

static void hints_get_the_rest_of_room(struct kunit *test)
{
	struct hmt_policy_hints hints;

	make_chain(test, 2, 100);
	add(test, 1, HOT, 30);
	occupy(test, 0, 20);
	tier_of(test, 0)->high = 10;
	input(test)->promote_budget = 80;
	hints = offer(test, 0);
	KUNIT_EXPECT_EQ(test, hints.room[0], 40);
	KUNIT_EXPECT_EQ(test, hints.least[0], HMT_POLICY_HOT);
	KUNIT_EXPECT_EQ(test, hints.budget, 50);
	KUNIT_EXPECT_EQ(test, hints.above[0], 0);
	KUNIT_EXPECT_EQ(test, hints.above[1], 1);
}

static void hints_keep_to_limits(struct kunit *test)
{
	struct hmt_policy_hints hints;

	make_chain(test, 2, 100);
	add(test, 0, HOT, 5);
	tier_of(test, 0)->limit = 15;
	hints = offer(test, 0);
	KUNIT_EXPECT_EQ(test, hints.room[0], 10);
	make_chain(test, 2, 100);
	tier_of(test, 0)->limit = 0;
	hints = offer(test, 0);
	KUNIT_EXPECT_EQ(test, hints.room[0], 0);
	KUNIT_EXPECT_GT(test, hints.least[0], HMT_HEAT_MAX);
	make_chain(test, 2, 100);
	input(test)->promote_budget = 0;
	KUNIT_EXPECT_EQ(test, offer(test, 0).budget, 0);
}

/* A page would have to leave in the fault, which it cannot. */
static void hints_find_no_room_in_a_full_tier(struct kunit *test)
{
	struct hmt_policy_hints hints;

	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	hints = offer(test, 0);
	KUNIT_EXPECT_EQ(test, hints.room[0], 0);
	KUNIT_EXPECT_GT(test, hints.least[0], HMT_HEAT_MAX);
	/* The pass after a refusal makes room, which is theirs. */
	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	tier_of(test, 0)->demand = 30;
	hints = offer(test, 30);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 30);
	KUNIT_EXPECT_EQ(test, hints.room[0], 30);
}

static void hints_leave_the_demand_of_others(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	tier_of(test, 0)->demand = 30;
	KUNIT_EXPECT_EQ(test, offer(test, 10).room[0], 10);
	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	tier_of(test, 0)->demand = 30;
	KUNIT_EXPECT_EQ(test, offer(test, 0).room[0], 0);
}

static void hints_use_what_is_guaranteed(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, HMT_HEAT_MAX, 60);
	tier_of(test, 0)->demand = 40;
	tier_of(test, 0)->claim = 40;
	KUNIT_EXPECT_EQ(test, offer(test, 0).room[0], 0);
	make_chain(test, 2, 100);
	add(test, 0, HMT_HEAT_MAX, 60);
	tier_of(test, 0)->demand = 40;
	tier_of(test, 0)->claim = 40;
	tier_of(test, 0)->protect = 80;
	KUNIT_EXPECT_EQ(test, offer(test, 0).room[0], 20);
	/* The demand of hint faults is no part of the claim of others. */
	tier_of(test, 0)->demand = 10;
	tier_of(test, 0)->protect = 0;
	KUNIT_EXPECT_EQ(test, offer(test, 10).room[0], 0);
	/* A claim outlasts the demand. */
	tier_of(test, 0)->demand = 0;
	tier_of(test, 0)->protect = 0;
	KUNIT_EXPECT_EQ(test, offer(test, 0).room[0], 0);
}

static void hints_pass_over_devices(struct kunit *test)
{
	make_chain(test, 2, 100);
	tier_of(test, 0)->cpu_invisible = true;
	KUNIT_EXPECT_EQ(test, offer(test, 0).room[0], 0);
}

static struct kunit_case hmt_hint_cases[] = {
	KUNIT_CASE(hint_heat_falls_with_latency),
	KUNIT_CASE(hint_heat_is_hot_early),
	KUNIT_CASE(hint_heat_loses_none),
	KUNIT_CASE(hints_get_the_rest_of_room),
	KUNIT_CASE(hints_keep_to_limits),
	KUNIT_CASE(hints_find_no_room_in_a_full_tier),
	KUNIT_CASE(hints_leave_the_demand_of_others),
	KUNIT_CASE(hints_use_what_is_guaranteed),
	KUNIT_CASE(hints_pass_over_devices),
	{}
};

static struct kunit_suite hmt_hint_suite = {
	.name = "hmt_policy_hint",
	.init = policy_setup,
	.test_cases = hmt_hint_cases,
};

kunit_test_suite(hmt_hint_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of the policy for hint faults");
MODULE_LICENSE("GPL");
