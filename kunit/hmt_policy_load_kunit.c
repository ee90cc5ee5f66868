// SPDX-License-Identifier: GPL-2.0
/* Tests of policy: tiers under load. */
#include <kunit/test.h>
#include <linux/log2.h>
#include <linux/module.h>
#include "policy_fixture.h"

/* Decisions after which the shares have settled, whatever the load. */
#define DECISIONS	12

/**
 * struct machine - a tier under load, and a slower one that has none
 * @load: search for the share
 * @idle: latency of the tier without load, ns
 * @below: latency of the next one
 * @demand: what all heat in the tier adds to its latency, ns
 * @most: share of the heat that can be in the tier, in 1/HMT_POLICY_LOAD_ONE
 * @least: least share that can be there
 * @speed: most by which the share changes between two decisions; 0: any
 * @latency: latency of the tier, whatever the share; 0: as above
 * @share: share of the heat that is there
 */
struct machine {
	struct hmt_policy_load load;
	u32 idle;
	u32 below;
	u32 demand;
	u32 most;
	u32 least;
	u32 speed;
	u32 latency;
	u32 share;
};

static const struct machine calm = {
	.idle = 100,
	.below = 250,
	.most = HMT_POLICY_LOAD_ONE,
	.share = HMT_POLICY_LOAD_ONE,
};

/* The latency rises with the square of the share. */
static u32 latency(const struct machine *machine)
{
	u64 square = (u64)machine->share * machine->share;

	if (machine->latency)
		return machine->latency;
	return machine->idle +
	       (square * machine->demand >> 2 * ilog2(HMT_POLICY_LOAD_ONE));
}

/* Bring the share to @share, as far and as fast as possible. */
static void move(struct machine *machine, u32 share)
{
	u32 speed = machine->speed ?: HMT_POLICY_LOAD_ONE;

	share = clamp(share, machine->least, machine->most);
	/* Policy promotes up to a little less than the limit. */
	if (share > machine->share && share < machine->most)
		share = max(machine->share, share - share / 32);
	machine->share = clamp(share, machine->share - min(machine->share, speed),
			       machine->share + speed);
}

/* Take samples, decide, and move what the decision allows. Return the limit. */
static u64 decide(struct machine *machine)
{
	const struct hmt_policy_latency sample = {
		.own = latency(machine),
		.below = machine->below,
		.idle = machine->idle,
	};
	u64 all = 1000000, limit;
	unsigned int i;

	for (i = 0; i < 16; i++)
		hmt_policy_load_sample(&machine->load, &sample);
	limit = hmt_policy_load_limit(&machine->load,
				      all * machine->share / HMT_POLICY_LOAD_ONE,
				      all);
	move(machine, limit ? limit * HMT_POLICY_LOAD_ONE / all :
			      HMT_POLICY_LOAD_ONE);
	return limit;
}

static void settle(struct machine *machine)
{
	unsigned int i;

	for (i = 0; i < DECISIONS; i++)
		decide(machine);
}

/*
 * Check that a search which changes nothing ends: there are ever fewer decisions. @machine
 * is uneven all the time.
 */
static void expect_rests(struct kunit *test, struct machine *machine)
{
	unsigned int i, uneven = 0;

	for (i = 0; i < 200; i++) {
		machine->latency = 400;
		decide(machine);
		uneven += !machine->load.samples;
	}
	KUNIT_EXPECT_GT(test, uneven, 2);
	KUNIT_EXPECT_LT(test, uneven, 30);
}

/* Check that both tiers are about equally fast, and that no decision changes this. */
static void expect_even(struct kunit *test, struct machine *machine)
{
	u32 share = machine->share;

	KUNIT_EXPECT_LE(test, latency(machine), machine->below * 17 / 16 + 1);
	KUNIT_EXPECT_GE(test, latency(machine), machine->below * 15 / 16 - 1);
	decide(machine);
	KUNIT_EXPECT_EQ(test, machine->share, share);
	KUNIT_EXPECT_FALSE(test, hmt_policy_load_is_uneven(&machine->load));
}

static void load_without(struct kunit *test)
{
	static const struct hmt_policy_latency loaded = { 900, 250, 100 };
	struct machine machine = calm;
	unsigned int i;

	machine.demand = 149;
	settle(&machine);
	KUNIT_EXPECT_EQ(test, decide(&machine), 0);
	KUNIT_EXPECT_FALSE(test, hmt_policy_load_is_uneven(&machine.load));
	/* A tier that is slow without load is none that is loaded. */
	machine = calm;
	machine.idle = 300;
	machine.demand = 100;
	settle(&machine);
	KUNIT_EXPECT_EQ(test, decide(&machine), 0);
	/* A few samples are too few. */
	machine.load = (struct hmt_policy_load) {};
	for (i = 0; i < 6; i++) {
		KUNIT_EXPECT_EQ(test, hmt_policy_load_limit(&machine.load, 10, 10),
				0);
		hmt_policy_load_sample(&machine.load, &loaded);
	}
	KUNIT_EXPECT_NE(test, hmt_policy_load_limit(&machine.load, 10, 10), 0);
}

/* Whatever the load, the share is found with which both tiers are equally fast. */
static void load_is_found(struct kunit *test)
{
	static const u32 demands[] = { 200, 300, 600, 1500, 6000 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(demands); i++) {
		struct machine machine = calm;

		machine.demand = demands[i];
		settle(&machine);
		expect_even(test, &machine);
	}
}

/* The share follows a load that changes, and there is none after it. */
static void load_is_followed(struct kunit *test)
{
	static const u32 demands[] = { 400, 2000, 500, 250, 900 };
	struct machine machine = calm;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(demands); i++) {
		machine.demand = demands[i];
		settle(&machine);
		expect_even(test, &machine);
	}
	machine.demand = 20;
	settle(&machine);
	KUNIT_EXPECT_EQ(test, machine.share, HMT_POLICY_LOAD_ONE);
	KUNIT_EXPECT_EQ(test, decide(&machine), 0);
}

/* A limit ends where heat cannot reach it: it would be raised forever. */
static void load_has_an_end(struct kunit *test)
{
	struct machine machine = calm;

	machine.demand = 600;
	settle(&machine);
	KUNIT_EXPECT_NE(test, decide(&machine), 0);
	machine.most = HMT_POLICY_LOAD_ONE / 4;
	settle(&machine);
	KUNIT_EXPECT_EQ(test, decide(&machine), 0);
	KUNIT_EXPECT_FALSE(test, hmt_policy_load_is_uneven(&machine.load));
}

/* Where the load is that of others, the share is small, and it grows again later. */
static void load_of_others(struct kunit *test)
{
	struct machine machine = calm;

	expect_rests(test, &machine);
	KUNIT_EXPECT_LE(test, machine.share, HMT_POLICY_LOAD_ONE / 16);
	machine.latency = 180;
	settle(&machine);
	settle(&machine);
	KUNIT_EXPECT_EQ(test, machine.share, HMT_POLICY_LOAD_ONE);
	KUNIT_EXPECT_EQ(test, decide(&machine), 0);
}

/* Pages that cannot leave are asked for less and less often. */
static void load_of_pinned(struct kunit *test)
{
	struct machine machine = calm;

	machine.least = HMT_POLICY_LOAD_ONE;
	expect_rests(test, &machine);
}

/* Pages that are on their way are neither missed nor too many. */
static void load_of_slow_moves(struct kunit *test)
{
	struct machine machine = calm;
	unsigned int i;

	machine.demand = 600;
	machine.speed = 20;
	for (i = 0; i < 5; i++)
		settle(&machine);
	KUNIT_EXPECT_LE(test, latency(&machine), machine.below * 17 / 16 + 1);
	KUNIT_EXPECT_GE(test, latency(&machine), machine.below * 15 / 16 - 1);
}

/* No heat is no reason to decide again with each sample. */
static void load_without_heat(struct kunit *test)
{
	static const struct hmt_policy_latency loaded = { 900, 250, 100 };
	struct hmt_policy_load load = {};
	unsigned int i;

	for (i = 0; i < 10; i++)
		hmt_policy_load_sample(&load, &loaded);
	KUNIT_EXPECT_TRUE(test, hmt_policy_load_is_uneven(&load));
	KUNIT_EXPECT_EQ(test, hmt_policy_load_limit(&load, 0, 0), 0);
	KUNIT_EXPECT_FALSE(test, hmt_policy_load_is_uneven(&load));
}

static u64 heat_of(struct kunit *test, unsigned int tier)
{
	return hmt_policy_heat(tier_of(test, tier));
}

/* The hottest pages leave, because these are the fewest; then nothing moves. */
static void load_spreads_hot_pages(struct kunit *test)
{
	make_pair(test, 1000, 200, 100, 200, 10);
	add(test, 0, 0, 300);
	add(test, 0, 100, 50);
	tier_of(test, 0)->heat_limit = heat_of(test, 0) / 2;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 62);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_min, 200);
	expect_pages(test, 0, 0, 300);
	expect_pages(test, 0, 100, 50);
	KUNIT_EXPECT_LE(test, heat_of(test, 0),
			tier_of(test, 0)->heat_limit + 199);
	expect_settled(test);
	/* With less load they return, as far as it allows. */
	tier_of(test, 0)->heat_limit *= 2;
	run(test);
	KUNIT_EXPECT_GT(test, planned(test, HMT_DIR_PROMOTE), 50);
	KUNIT_EXPECT_LE(test, heat_of(test, 0), tier_of(test, 0)->heat_limit);
	expect_settled(test);
	tier_of(test, 0)->heat_limit = 0;
	run(test);
	KUNIT_EXPECT_EQ(test, tier_of(test, 1)->hist[200], 0);
}

/* Pages leave for one reason in a pass: those for a limit first. */
static void load_comes_after_limits(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	make_chain(test, 2, 1000);
	add(test, 0, 0, 100);
	add(test, 0, 200, 100);
	tier_of(test, 0)->limit = 150;
	tier_of(test, 0)->heat_limit = 10000;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_max, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 50);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_min, 200);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 50);
	/* Cold pages do not take the places of those that are named. */
	KUNIT_EXPECT_EQ(test, hmt_policy_reserve(&fixture->out, HMT_DIR_DEMOTE,
						 0, 0), HMT_TIER_NONE);
	KUNIT_EXPECT_EQ(test, hmt_policy_reserve(&fixture->out, HMT_DIR_DEMOTE,
						 0, 200), 1);
}

/* Room is made for other reasons in a pass in which no page leaves for the load. */
static void load_comes_before_relief(struct kunit *test)
{
	make_chain(test, 2, 1000);
	add(test, 0, 0, 100);
	add(test, 0, 200, 100);
	set_free(test, 0, 10);
	tier_of(test, 0)->heat_limit = 10000;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_min, 200);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 50);
	set_free(test, 0, 10);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_max, 1);
}

/* Pages leave for the tier that was compared, and guaranteed ones not at all. */
static void load_has_one_target(struct kunit *test)
{
	make_chain(test, 3, 1000);
	edge(test, 0, 2);
	add(test, 0, 200, 100);
	tier_of(test, 0)->heat_limit = 1000;
	tier_of(test, 0)->protect = 90;
	tier_of(test, 1)->limit = 4;
	tier_of(test, 1)->nr_targets = 0;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[1], 4);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[2], 0);
	tier_of(test, 1)->limit = HMT_PAGES_MAX;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[1], 6);
	run(test);
	expect_still(test);
}

/* No page comes home to a tier that it would leave for its load. */
static void load_is_no_home(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct hmt_policy_place place = { .pages = 1, .to = 1, .quota = 1 };

	make_chain(test, 3, 1000);
	tier_of(test, 0)->alike = 3;
	tier_of(test, 1)->alike = 3;
	add(test, 0, 200, 10);
	add(test, 1, 200, 100);
	tier_of(test, 0)->astray[200] = 100;
	tier_of(test, 0)->heat_limit = 2000;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->home_quota, 0);
	KUNIT_EXPECT_FALSE(test, hmt_policy_redirect(&fixture->out,
						     HMT_DIR_PROMOTE, &place,
						     200, 0));
	tier_of(test, 0)->heat_limit = 0;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->home_quota, 100);
}

/* An exchange adds the difference of two pages; other workloads are not asked for room. */
static void load_bounds_exchanges(struct kunit *test)
{
	make_pair(test, 100, 50, 100, 250, 50);
	tier_of(test, 0)->heat_limit = heat_of(test, 0) + 4000;
	run(test);
	KUNIT_EXPECT_GT(test, planned(test, HMT_DIR_PROMOTE), 10);
	KUNIT_EXPECT_LE(test, heat_of(test, 0), tier_of(test, 0)->heat_limit);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->unplaced, 0);
	KUNIT_EXPECT_GT(test, tier_of(test, 1)->hist[250], 20);
}

/* Hint faults promote no page to a tier with a limit. */
static void load_has_no_room_for_hints(struct kunit *test)
{
	static const u64 wanted[HMT_TIERS_MAX];
	struct fixture *fixture = test->priv;
	struct hmt_policy_hints offer;

	make_pair(test, 1000, 200, 10, 200, 10);
	run(test);
	hmt_policy_hints(&fixture->out, wanted, &offer);
	KUNIT_EXPECT_GT(test, offer.room[0], 0);
	tier_of(test, 0)->heat_limit = 1;
	run(test);
	hmt_policy_hints(&fixture->out, wanted, &offer);
	KUNIT_EXPECT_EQ(test, offer.room[0], 0);
}

static struct kunit_case hmt_policy_load_cases[] = {
	KUNIT_CASE(load_without),
	KUNIT_CASE(load_is_found),
	KUNIT_CASE(load_is_followed),
	KUNIT_CASE(load_has_an_end),
	KUNIT_CASE(load_of_others),
	KUNIT_CASE(load_of_pinned),
	KUNIT_CASE(load_of_slow_moves),
	KUNIT_CASE(load_without_heat),
	KUNIT_CASE(load_spreads_hot_pages),
	KUNIT_CASE(load_comes_after_limits),
	KUNIT_CASE(load_comes_before_relief),
	KUNIT_CASE(load_has_one_target),
	KUNIT_CASE(load_is_no_home),
	KUNIT_CASE(load_bounds_exchanges),
	KUNIT_CASE(load_has_no_room_for_hints),
	{}
};

static struct kunit_suite hmt_policy_load_suite = {
	.name = "hmt_policy_load",
	.init = policy_setup,
	.test_cases = hmt_policy_load_cases,
};

kunit_test_suite(hmt_policy_load_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy for tiers under load");
MODULE_LICENSE("GPL");
