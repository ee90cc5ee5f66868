// SPDX-License-Identifier: GPL-2.0
/* Policy between workloads: demand for pages, and pages yielded to it. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy_fixture.h"

#define COLD		0
#define LUKEWARM	60
#define WARM		100
#define HOT		200

/* A full tier with 50 hot pages and 50 of @heat; others demand 30 pages. */
static void run_demanded(struct kunit *test, unsigned int heat)
{
	make_chain(test, 2, 100);
	add(test, 0, HOT, 50);
	add(test, 0, heat, 50);
	tier_of(test, 0)->demand = 30;
	run(test);
}

static void demand_takes_the_coldest(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	run_demanded(test, COLD);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 30);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_max, COLD + 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->yielded, 30);
	/* Demand does not wait, even if it is small. */
	KUNIT_EXPECT_TRUE(test, fixture->out.mandatory);
	/* There is room now, and the yielded pages do not return. */
	expect_settled(test);
}

static void demand_leaves_warm_pages(struct kunit *test)
{
	run_demanded(test, WARM);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->yielded, 0);
	expect_still(test);
}

static void demand_without_target(struct kunit *test)
{
	make_tiers(test, 1, 100);
	add(test, 0, COLD, 100);
	tier_of(test, 0)->demand = 30;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->yielded, 0);
	expect_still(test);
}

static void demand_keeps_to_the_budget(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, COLD, 100);
	tier_of(test, 0)->demand = 30;
	input(test)->demote_budget = 10;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->yielded, 10);
}

/* Demanded room is used neither for warm nor for cold pages. */
static void demand_reserves_room(struct kunit *test)
{
	make_pair(test, 100, WARM, 60, LUKEWARM, 50);
	tier_of(test, 0)->demand = 40;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->yielded, 0);
	expect_still(test);
}

static void demand_does_not_stop_hot_pages(struct kunit *test)
{
	make_pair(test, 100, WARM, 60, HOT, 50);
	tier_of(test, 0)->demand = 40;
	run(test);
	KUNIT_EXPECT_GE(test, verdict(test, 0)->promote_quota, 40);
}

/* Other workloads have all of the tier. */
static void make_shut_out(struct kunit *test)
{
	make_chain(test, 2, 100);
	occupy(test, 0, 100);
	add(test, 1, HOT, 20);
	add(test, 1, WARM, 20);
}

static void demand_counts_hot_pages_only(struct kunit *test)
{
	make_shut_out(test);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->unplaced, 20);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->unplaced, 0);
	expect_still(test);
}

static void demand_ends_at_the_limit(struct kunit *test)
{
	make_shut_out(test);
	tier_of(test, 0)->limit = 5;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->unplaced, 5);
	make_shut_out(test);
	tier_of(test, 0)->limit = 0;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->unplaced, 0);
}

static void demand_ends_at_the_rate(struct kunit *test)
{
	make_shut_out(test);
	input(test)->promote_budget = 7;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->unplaced, 7);
}

static void demand_ends_with_room(struct kunit *test)
{
	make_shut_out(test);
	tier_of(test, 0)->free = 30;
	run(test);
	KUNIT_EXPECT_GE(test, verdict(test, 0)->promote_quota, 20);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->unplaced, 0);
}

/* A workload exchanges its own cold pages before it demands others'. */
static void demand_follows_own_exchange(struct kunit *test)
{
	make_pair(test, 100, COLD, 10, HOT, 25);
	occupy(test, 0, 90);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 10);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->unplaced, 15);
}

static void protect_keeps_cold_pages(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, HOT, 50);
	add(test, 0, COLD, 50);
	tier_of(test, 0)->protect = 80;
	tier_of(test, 0)->demand = 30;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->yielded, 20);
	/* Nor does it give them up for the watermark. */
	make_chain(test, 2, 100);
	add(test, 0, COLD, 95);
	tier_of(test, 0)->low = 10;
	tier_of(test, 0)->high = 20;
	tier_of(test, 0)->protect = 90;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 5);
}

/* A guaranteed page may still make room for another one of the workload. */
static void protect_permits_own_exchange(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, COLD, 100);
	add(test, 1, HOT, 10);
	tier_of(test, 0)->protect = 100;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 10);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 10);
	expect_settled(test);
}

/* Let others demand @pages of tier 0, of which they are guaranteed and claim @owed. */
static void demand(struct kunit *test, u64 pages, u64 owed)
{
	tier_of(test, 0)->demand = pages;
	tier_of(test, 0)->claim = owed;
	tier_of(test, 0)->owed = owed;
}

static void claim_takes_hot_pages(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	make_chain(test, 2, 100);
	add(test, 0, HOT, 100);
	demand(test, 50, 30);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->yielded, 30);
	KUNIT_EXPECT_TRUE(test, fixture->out.mandatory);
	/* The room is left to the others, although the pages are hot. */
	expect_settled(test);
	/* That holds until their next decision, and for hotter pages too. */
	tier_of(test, 0)->demand = 0;
	tier_of(test, 0)->owed = 0;
	add(test, 1, HMT_HEAT_MAX, 10);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 10);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 10);
	expect_settled(test);
	demand(test, 0, 0);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 30);
}

static void claim_ends_at_the_own_guarantee(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, HOT, 100);
	demand(test, 30, 30);
	tier_of(test, 0)->protect = 80;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->yielded, 20);
	expect_settled(test);
	/* Workloads that claim the same room do not wait for each other. */
	make_chain(test, 2, 100);
	add(test, 0, HOT, 60);
	add(test, 1, HOT, 40);
	demand(test, 40, 40);
	tier_of(test, 0)->protect = 80;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 20);
}

/* Advice takes no room that others claim; it takes the guaranteed one. */
static void claim_precedes_advice(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		make_chain(test, 2, 100);
		add(test, 0, HOT, 20);
		tier_of(test, 0)->fixed = 50;
		tier_of(test, 0)->free -= 50;
		tier_of(test, 1)->fixed = 20;
		tier_of(test, 1)->free -= 20;
		input(test)->preferred[0][0] = 50;
		input(test)->preferred[1][0] = 20;
		tier_of(test, 0)->claim = 30;
		tier_of(test, 0)->protect = i ? 80 : 0;
		run(test);
		KUNIT_EXPECT_EQ(test, fixture->out.granted[1][0], 10 * i);
	}
}

static void claim_is_the_guaranteed_part(struct kunit *test)
{
	make_shut_out(test);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->claimed, 0);
	make_shut_out(test);
	tier_of(test, 0)->protect = 5;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->unplaced, 20);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->claimed, 5);
	make_shut_out(test);
	tier_of(test, 0)->protect = 100;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->claimed, 20);
}

/* Ask for room in the place of @others, of which reclaim frees @step at a time. */
static void ask_reclaim(struct kunit *test, u64 others, u64 step)
{
	tier_of(test, 0)->reclaim = 0;
	hmt_policy_reclaim(input(test), 0, others, step);
}

/* Hot pages take the places of memory that belongs to no workload, and do not leave. */
static void reclaim_makes_room(struct kunit *test)
{
	make_chain(test, 2, 6400);
	add(test, 0, HOT, 1000);
	add(test, 1, HOT, 3000);
	tier_of(test, 0)->free = 100;
	tier_of(test, 0)->low = 200;
	tier_of(test, 0)->high = 300;
	ask_reclaim(test, 4000, 10000);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 2100);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 0);
}

/* Some pages at a time, and not more than could be promoted, or than the limit. */
static void reclaim_is_bounded(struct kunit *test)
{
	make_chain(test, 2, 6400);
	add(test, 1, HOT, 3000);
	tier_of(test, 0)->free = 0;
	ask_reclaim(test, 6000, 10);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->reclaim, 80);
	ask_reclaim(test, 100000, 10000);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->reclaim, 3000);
	tier_of(test, 0)->limit = 30;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 30);
}

/* None where few pages are of others, where there is room, or for pages that are cold. */
static void reclaim_needs_a_reason(struct kunit *test)
{
	make_chain(test, 2, 6400);
	add(test, 1, HOT, 3000);
	tier_of(test, 0)->free = 50;
	ask_reclaim(test, 800, 1000);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->reclaim, 0);
	tier_of(test, 0)->promised = 1;
	ask_reclaim(test, 6000, 1000);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->reclaim, 0);
	tier_of(test, 0)->promised = 0;
	tier_of(test, 0)->free = 100;
	ask_reclaim(test, 6000, 1000);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->reclaim, 0);
	make_chain(test, 2, 6400);
	add(test, 1, HMT_POLICY_WARM - 1, 3000);
	tier_of(test, 0)->free = 50;
	ask_reclaim(test, 6000, 1000);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->reclaim, 0);
}

/* Pages that are warm enough to come do not leave for new ones, and idle ones do. */
static void reclaim_settles(struct kunit *test)
{
	make_chain(test, 2, 6400);
	add(test, 0, HOT, 4000);
	add(test, 0, LUKEWARM, 1000);
	tier_of(test, 0)->free = 50;
	tier_of(test, 0)->low = 200;
	tier_of(test, 0)->high = 300;
	ask_reclaim(test, 2000, 10000);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->reclaim, 0);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 0);
	tier_of(test, 0)->others = false;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 250);
}

static struct kunit_case hmt_demand_cases[] = {
	KUNIT_CASE(demand_takes_the_coldest),
	KUNIT_CASE(demand_leaves_warm_pages),
	KUNIT_CASE(demand_without_target),
	KUNIT_CASE(demand_keeps_to_the_budget),
	KUNIT_CASE(demand_reserves_room),
	KUNIT_CASE(demand_does_not_stop_hot_pages),
	KUNIT_CASE(demand_counts_hot_pages_only),
	KUNIT_CASE(demand_ends_at_the_limit),
	KUNIT_CASE(demand_ends_at_the_rate),
	KUNIT_CASE(demand_ends_with_room),
	KUNIT_CASE(demand_follows_own_exchange),
	KUNIT_CASE(protect_keeps_cold_pages),
	KUNIT_CASE(protect_permits_own_exchange),
	KUNIT_CASE(claim_takes_hot_pages),
	KUNIT_CASE(claim_ends_at_the_own_guarantee),
	KUNIT_CASE(claim_precedes_advice),
	KUNIT_CASE(claim_is_the_guaranteed_part),
	KUNIT_CASE(reclaim_makes_room),
	KUNIT_CASE(reclaim_is_bounded),
	KUNIT_CASE(reclaim_needs_a_reason),
	KUNIT_CASE(reclaim_settles),
	{}
};

static struct kunit_suite hmt_demand_suite = {
	.name = "hmt_policy_demand",
	.init = policy_setup,
	.test_cases = hmt_demand_cases,
};

kunit_test_suite(hmt_demand_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy between workloads");
MODULE_LICENSE("GPL");
