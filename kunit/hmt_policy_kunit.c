// SPDX-License-Identifier: GPL-2.0
/* Policy: what moves, given heat, room and limits. */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/string.h>
#include "policy_fixture.h"

/* Random inputs of a property. */
#define ROUNDS		300
/* Passes after which nothing may move any more, whatever the graph. */
#define PASSES_MAX	100

struct chain_case {
	const char *title;
	unsigned int nr;
};

static const struct chain_case chain_cases[] = {
	{ "one tier", 1 },
	{ "two tiers", 2 },
	{ "three tiers", 3 },
	{ "four tiers", 4 },
	{ "sixteen tiers", HMT_TIERS_MAX },
};

KUNIT_ARRAY_PARAM_DESC(chain, chain_cases, title);

static void policy_hot_pages_rise(struct kunit *test)
{
	const struct chain_case *param = test->param_value;
	unsigned int i;

	make_chain(test, param->nr, 1000);
	for (i = 0; i < param->nr; i++) {
		add(test, i, 200, 10);
		add(test, i, 1, 5);
		add(test, i, 0, 20);
	}
	run(test);
	/* All that is warm fits into the first one, and cold pages stay. */
	expect_pages(test, 0, 200, 10 * param->nr);
	expect_pages(test, 0, 1, 5 * param->nr);
	for (i = 0; i < param->nr; i++)
		expect_pages(test, i, 0, 20);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota,
			15 * (param->nr - 1));
	if (param->nr > 1)
		KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_min, 1);
	else
		KUNIT_EXPECT_GT(test, verdict(test, 0)->promote_min,
				HMT_HEAT_MAX);
	expect_settled(test);
}

/* Each tier takes the warmest pages that the ones above had no room for. */
static void policy_sorts_by_heat(struct kunit *test)
{
	const struct chain_case *param = test->param_value;
	unsigned int i, heat;

	make_chain(test, param->nr, 10);
	tier_of(test, param->nr - 1)->capacity = 1000;
	tier_of(test, param->nr - 1)->free = 1000;
	for (i = 0; i < param->nr; i++)
		add(test, param->nr - 1, 255 - 10 * i, 10);
	run(test);
	for (i = 0; i < param->nr; i++)
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
			expect_pages(test, i, heat,
				     heat == 255 - 10 * i ? 10 : 0);
	expect_settled(test);
}

static void policy_takes_the_warmest(struct kunit *test)
{
	make_chain(test, 2, 30);
	add(test, 1, 200, 10);
	add(test, 1, 100, 10);
	add(test, 1, 50, 10);
	tier_of(test, 0)->free = 15;
	run(test);
	expect_pages(test, 0, 200, 10);
	expect_pages(test, 0, 100, 5);
	expect_pages(test, 1, 100, 5);
	expect_pages(test, 1, 50, 10);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_min, 100);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 15);
	expect_settled(test);
}

static void policy_exchange(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, 0, 70);
	add(test, 0, 10, 30);
	add(test, 1, 200, 40);
	run(test);
	expect_pages(test, 0, 200, 40);
	expect_pages(test, 0, 0, 30);
	expect_pages(test, 0, 10, 30);
	expect_pages(test, 1, 0, 40);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_min, 200);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 40);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_max, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 40);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 1);
	expect_settled(test);
}

/* The example at the top of policy.c: below there is no room to spare. */
static void policy_exchange_with_full_last_tier(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	add(test, 1, 200, 40);
	occupy(test, 1, 57);
	tier_of(test, 1)->low = 2;
	tier_of(test, 1)->high = 4;
	run(test);
	expect_pages(test, 0, 200, 40);
	expect_pages(test, 0, 0, 60);
	expect_pages(test, 1, 200, 0);
	expect_pages(test, 1, 0, 40);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 40);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 40);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 0);
	expect_settled(test);
}

/* Coldest out and warmest in, as far as it pays. */
static void policy_exchange_order(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, 5, 10);
	add(test, 0, 30, 10);
	add(test, 0, 60, 80);
	add(test, 1, 255, 10);
	add(test, 1, 130, 5);
	add(test, 1, 95, 10);
	run(test);
	/* 255 for 5, 130 for 30 (56 on average, 109 is needed), not 95. */
	expect_pages(test, 0, 255, 10);
	expect_pages(test, 0, 5, 0);
	expect_pages(test, 0, 130, 5);
	expect_pages(test, 0, 30, 5);
	expect_pages(test, 1, 5, 10);
	expect_pages(test, 1, 30, 5);
	expect_pages(test, 1, 95, 10);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_min, 130);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 15);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_max, 31);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 15);
	expect_settled(test);
}

static void policy_equal_heat_stays(struct kunit *test)
{
	unsigned int heat, i;

	for (heat = 0; heat <= HMT_HEAT_MAX; heat += 5) {
		make_chain(test, 3, 100);
		for (i = 0; i < 3; i++)
			add(test, i, heat, 100);
		run(test);
		expect_still(test);
	}
}

struct margin_case {
	unsigned int warmest;
	u8 victim;
	u8 least;
};

/*
 * More than chance makes of pages that are seen as often as the victim; after ten
 * samples what is always seen has a heat of 74.
 */
static const struct margin_case margin_cases[] = {
	{ 0, 0, 24 },
	{ 0, 1, 25 },
	{ 0, 8, 41 },
	{ 0, 20, 61 },
	{ 0, 50, 103 },
	{ 0, 120, 176 },
	{ 0, 180, 231 },
	{ 0, 200, 246 },
	{ 74, 0, 24 },
	{ 74, 8, 46 },
	{ 74, 20, 66 },
	{ 74, 40, 89 },
};

static void policy_hysteresis(struct kunit *test)
{
	unsigned int i, candidate;

	for (i = 0; i < ARRAY_SIZE(margin_cases); i++) {
		u8 victim = margin_cases[i].victim;
		u8 least = margin_cases[i].least;

		for (candidate = least - 2; candidate <= least + 1U;
		     candidate++) {
			if (candidate > HMT_HEAT_MAX)
				break;
			make_chain(test, 2, 100);
			input(test)->warmest = margin_cases[i].warmest;
			add(test, 0, victim, 100);
			add(test, 1, candidate, 10);
			run(test);
			KUNIT_EXPECT_EQ_MSG(test,
					    planned(test, HMT_DIR_PROMOTE),
					    candidate >= least ? 10 : 0,
					    "%u for %u", candidate, victim);
			KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE),
					planned(test, HMT_DIR_PROMOTE));
		}
	}
}

/* Of pages that are alike the coldest are so by chance: no reason to move. */
static void policy_chance_moves_nothing(struct kunit *test)
{
	unsigned int heat;

	make_chain(test, 2, 10000);
	for (heat = 0; heat <= 40; heat++) {
		add(test, 0, heat, 200);
		add(test, 1, heat, 200);
	}
	occupy(test, 0, 10000 - 41 * 200);
	run(test);
	expect_still(test);
	/* Where the coldest are far from the others they are cold. */
	make_chain(test, 2, 10000);
	add(test, 0, 0, 1000);
	add(test, 0, 60, 9000);
	add(test, 1, 30, 2000);
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 1000);
	expect_settled(test);
}

/* Where nobody sees who accesses pages, heat brings none. */
static void policy_blind_tier_gets_none(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 1, 200, 40);
	tier_of(test, 0)->cpu_invisible = true;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
	/* It is relieved, and passed over. */
	make_chain(test, 3, 1000);
	add(test, 0, 0, 1000);
	tier_of(test, 0)->limit = 900;
	tier_of(test, 0)->cpu_invisible = true;
	add(test, 2, 200, 50);
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 100);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 50);
}

/* Four pages of five thousand that are hot are in the wrong tier. */
static void make_little_to_gain(struct kunit *test)
{
	make_chain(test, 2, 10000);
	add(test, 0, 0, 5000);
	add(test, 0, 200, 5000);
	add(test, 1, 200, 4);
}

/* What little there is to gain waits until it adds up. */
static void policy_small_gains_wait(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int passes = 0;
	u64 gain = 0;

	make_little_to_gain(test);
	run(test);
	KUNIT_EXPECT_EQ(test, fixture->out.heat, 5004 * 200);
	KUNIT_EXPECT_EQ(test, fixture->out.gain, 4 * (200 - 36));
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_active(&fixture->out));
	while (hmt_policy_should_defer(&fixture->out, &gain) &&
	       passes < PASSES_MAX)
		passes++;
	KUNIT_EXPECT_EQ(test, passes, 5004 * 200 / 256 / (4 * (200 - 36)));
	KUNIT_EXPECT_EQ(test, gain, 0);
}

/* They add up by time, not by passes. */
static void policy_gains_grow_with_time(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	u64 gain = 0;

	make_little_to_gain(test);
	fixture->in.intervals = 5;
	run(test);
	KUNIT_EXPECT_EQ(test, fixture->out.gain, 5 * 4 * (200 - 36));
	KUNIT_EXPECT_TRUE(test, hmt_policy_should_defer(&fixture->out, &gain));
	KUNIT_EXPECT_EQ(test, gain, 5 * 4 * (200 - 36));
}

/* Pages of one heat that become those of another one: the hot set changes? */
static bool turns(struct kunit *test, u64 *above, unsigned int heat,
		  u64 count, unsigned int other, u64 others)
{
	u64 *pages = kunit_kzalloc(test, HMT_HEAT_LEVELS * sizeof(*pages),
				   GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	pages[heat] += count;
	pages[other] += others;
	/* Cold pages are of no account. */
	pages[0] += 1000000 * (heat % 2);
	return hmt_policy_hot_set_changed(pages, above);
}

static void policy_turns_of_the_hot_set(struct kunit *test)
{
	u64 *above = kunit_kzalloc(test, HMT_HEAT_LEVELS * sizeof(*above),
				   GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, above);
	KUNIT_EXPECT_FALSE(test, turns(test, above, 255, 1000, 0, 0));
	KUNIT_EXPECT_FALSE(test, turns(test, above, 255, 1000, 0, 0));
	/* More warm pages alone, less warm pages alone. */
	KUNIT_EXPECT_FALSE(test, turns(test, above, 255, 1000, 100, 9000));
	KUNIT_EXPECT_FALSE(test, turns(test, above, 200, 1000, 50, 9000));
	/* Those that were hot cool down, others warm up. */
	KUNIT_EXPECT_FALSE(test, turns(test, above, 200, 1000, 0, 0));
	KUNIT_EXPECT_TRUE(test, turns(test, above, 170, 1000, 30, 1000));
	KUNIT_EXPECT_FALSE(test, turns(test, above, 170, 1000, 30, 1000));
	/* A little of that is chance. */
	KUNIT_EXPECT_FALSE(test, turns(test, above, 162, 1000, 38, 1000));
	KUNIT_EXPECT_TRUE(test, turns(test, above, 153, 1000, 47, 1000));
	/* Here less than 1/64 of all is no chance, but little. */
	KUNIT_EXPECT_FALSE(test, turns(test, above, 153, 100000, 47, 10000));
	KUNIT_EXPECT_FALSE(test, turns(test, above, 152, 100000, 57, 10000));
	KUNIT_EXPECT_TRUE(test, turns(test, above, 149, 100000, 87, 10000));
}

/* What is dear is done less often, and all of it within its share. */
static void policy_rounds_and_their_time(struct kunit *test)
{
	struct hmt_policy_budget budget = {
		.wanted_ns = 1000,
		.round_ns = 5,
		.rest_ns = 10,
		.share = 50,
		.most = 4,
		.stretch = 16,
	};
	u64 time;

	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 1);
	KUNIT_EXPECT_EQ(test, time, 1000);
	/* 50 * (5 + 40) is more than 1000, and 50 * (3 * 5 + 40) is not. */
	budget.rest_ns = 40;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 3);
	KUNIT_EXPECT_EQ(test, time, 3000);
	/* Four rounds take longer then. */
	budget.rest_ns = 100;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 4);
	KUNIT_EXPECT_EQ(test, time, 50 * (4 * 5 + 100));
	budget.rest_ns = 10000;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 4);
	KUNIT_EXPECT_EQ(test, time, 16 * 1000);
	budget.most = 1;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 1);
	KUNIT_EXPECT_EQ(test, time, 16 * 1000);
}

/* A large gain does not wait, nor does a tier that is too full. */
static void policy_large_gains_do_not_wait(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	u64 gain = 0;

	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	add(test, 1, 200, 40);
	run(test);
	KUNIT_EXPECT_FALSE(test, hmt_policy_should_defer(&fixture->out, &gain));
	make_chain(test, 2, 1000);
	add(test, 0, 200, 1000);
	tier_of(test, 0)->limit = 999;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 1);
	KUNIT_EXPECT_FALSE(test, hmt_policy_should_defer(&fixture->out, &gain));
	/* Nothing to do is nothing to wait for. */
	run(test);
	expect_still(test);
	KUNIT_EXPECT_FALSE(test, hmt_policy_should_defer(&fixture->out, &gain));
}

/* Pages that have no place by the bounds have none by their heat. */
static void policy_bounds_are_right(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct hmt_policy_bounds bounds;
	unsigned int direction, heat;

	make_chain(test, 2, 100);
	add(test, 0, 20, 60);
	add(test, 0, 60, 40);
	add(test, 1, 200, 40);
	run(test);
	for (direction = 0; direction < HMT_DIRECTIONS; direction++) {
		unsigned int tier = direction == HMT_DIR_PROMOTE;

		hmt_policy_bounds(&fixture->out, direction, &bounds);
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++) {
			int to = hmt_policy_reserve(&fixture->out, direction,
						    tier, heat);

			KUNIT_EXPECT_EQ(test, to != HMT_TIER_NONE,
					hmt_policy_names(&bounds, heat));
			if (to != HMT_TIER_NONE)
				hmt_policy_unreserve(&fixture->out, direction,
						     tier, to);
		}
	}
	memset(&fixture->out, 0, sizeof(fixture->out));
	for (direction = 0; direction < HMT_DIRECTIONS; direction++) {
		hmt_policy_bounds(&fixture->out, direction, &bounds);
		KUNIT_EXPECT_GT(test, bounds.least, bounds.most);
	}
}

static void policy_cold_pages_stay(struct kunit *test)
{
	make_chain(test, 3, 100);
	add(test, 1, 0, 50);
	add(test, 2, 0, 100);
	run(test);
	expect_still(test);
	KUNIT_EXPECT_GT(test, verdict(test, 0)->promote_min, HMT_HEAT_MAX);
	/* Heat 1 is enough where there is room. */
	tier_of(test, 2)->hist[0]--;
	tier_of(test, 2)->hist[1]++;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 1);
	expect_pages(test, 0, 1, 1);
}

/* B is full: what A gives up makes B give up as much, to C. */
static void policy_cascade(struct kunit *test)
{
	make_chain(test, 3, 100);
	add(test, 0, 0, 60);
	add(test, 0, 90, 40);
	add(test, 1, 50, 80);
	add(test, 1, 3, 20);
	tier_of(test, 0)->limit = 40;
	tier_of(test, 1)->limit = 100;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 60);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_to, 2);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 60);
	KUNIT_EXPECT_EQ(test, verdict(test, 2)->demote_quota, 0);
	expect_pages(test, 0, 90, 40);
	expect_pages(test, 1, 50, 80);
	expect_pages(test, 1, 3, 20);
	expect_pages(test, 2, 0, 60);
	expect_settled(test);
}

/* The same when what is warm comes from C, past B. */
static void policy_cascade_of_exchanges(struct kunit *test)
{
	make_chain(test, 3, 100);
	add(test, 0, 0, 100);
	add(test, 1, 0, 100);
	add(test, 2, 250, 30);
	add(test, 2, 0, 70);
	run(test);
	expect_pages(test, 0, 250, 30);
	expect_pages(test, 0, 0, 70);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 30);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 30);
	/* Nobody ends with more than fits. */
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->used, 100);
	KUNIT_EXPECT_EQ(test, tier_of(test, 1)->used, 100);
	KUNIT_EXPECT_EQ(test, tier_of(test, 2)->used, 100);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 30);
	expect_settled(test);
}

static void policy_full_last_tier_takes_nothing(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	tier_of(test, 0)->limit = 50;
	add(test, 1, 0, 100);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, HMT_TIER_NONE);
	expect_still(test);
	/* Below its watermark, but with free pages: the same. */
	tier_of(test, 1)->free = 5;
	tier_of(test, 1)->low = 10;
	tier_of(test, 1)->high = 20;
	run(test);
	expect_still(test);
	/* At its limit: the same. */
	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	tier_of(test, 0)->limit = 50;
	add(test, 1, 0, 10);
	tier_of(test, 1)->limit = 10;
	run(test);
	expect_still(test);
}

/* The last tier has room, but not for all. */
static void policy_last_tier_is_not_overfilled(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	tier_of(test, 0)->limit = 40;
	occupy(test, 1, 75);
	tier_of(test, 1)->high = 5;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 20);
	KUNIT_EXPECT_EQ(test, tier_of(test, 1)->free, 5);
	expect_settled(test);
}

static void policy_limit_pushes_coldest(struct kunit *test)
{
	make_chain(test, 2, 1000);
	add(test, 0, 200, 50);
	add(test, 0, 7, 50);
	add(test, 0, 0, 30);
	tier_of(test, 0)->fixed = 20;
	tier_of(test, 0)->limit = 100;
	run(test);
	/* Pages that cannot move count, so 50 have to go. */
	expect_pages(test, 0, 200, 50);
	expect_pages(test, 0, 7, 30);
	expect_pages(test, 0, 0, 0);
	expect_pages(test, 1, 7, 20);
	expect_pages(test, 1, 0, 30);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 50);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_max, 8);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
	expect_settled(test);
}

static void policy_limit_of_zero(struct kunit *test)
{
	make_chain(test, 2, 1000);
	add(test, 0, 200, 50);
	add(test, 1, 255, 50);
	tier_of(test, 0)->limit = 0;
	run(test);
	expect_pages(test, 0, 200, 0);
	expect_pages(test, 1, 200, 50);
	expect_pages(test, 1, 255, 50);
	expect_settled(test);
	/* More that cannot move than the limit allows: nothing to be done. */
	make_chain(test, 2, 1000);
	tier_of(test, 0)->fixed = 10;
	tier_of(test, 0)->limit = 5;
	run(test);
	expect_still(test);
}

static void policy_limit_holds_promotion(struct kunit *test)
{
	make_chain(test, 2, 1000);
	add(test, 0, 50, 10);
	add(test, 1, 200, 500);
	tier_of(test, 0)->limit = 60;
	run(test);
	/* 50 into what the limit leaves, 10 in exchange. */
	expect_pages(test, 0, 200, 60);
	expect_pages(test, 0, 50, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 60);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 10);
	expect_settled(test);
}

struct watermark_case {
	const char *title;
	u64 free;
	s64 in;
};

/* low 20, high 40; pages below are a little warmer than those above. */
static const struct watermark_case watermark_cases[] = {
	{ "far above high", 100, 20 },
	{ "room to spare", 81, 1 },
	{ "no more than comes and goes", 80, 0 },
	{ "above high", 41, 0 },
	{ "at high", 40, 0 },
	{ "between", 30, 0 },
	{ "at low", 20, 0 },
	{ "below low", 19, -21 },
	{ "nothing free", 0, -40 },
};

KUNIT_ARRAY_PARAM_DESC(watermark, watermark_cases, title);

static void policy_watermarks(struct kunit *test)
{
	const struct watermark_case *param = test->param_value;

	make_chain(test, 2, 1000);
	/* Nothing of the one is worth an exchange for the other. */
	add(test, 0, 60, 500);
	add(test, 1, 90, 100);
	tier_of(test, 0)->free = param->free;
	tier_of(test, 0)->low = 20;
	tier_of(test, 0)->high = 40;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE),
			max(param->in, 0LL));
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE),
			max(-param->in, 0LL));
	if (param->in)
		KUNIT_EXPECT_EQ(test, tier_of(test, 0)->free,
				param->in > 0 ? 80 : 40);
	expect_settled(test);
}

/* What is hot has the room down to the high watermark, whatever is there already. */
static void policy_hot_has_all_room(struct kunit *test)
{
	make_chain(test, 2, 1000);
	add(test, 0, 255, 500);
	add(test, 1, 127, 10);
	add(test, 1, 128, 10);
	tier_of(test, 0)->free = 65;
	tier_of(test, 0)->low = 20;
	tier_of(test, 0)->high = 40;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 10);
	expect_settled(test);
}

/* So has what is clearly warmer, and changes places with others then. */
static void policy_clearly_warmer_has_all_room(struct kunit *test)
{
	make_chain(test, 2, 1000);
	add(test, 0, 10, 500);
	add(test, 1, 100, 30);
	tier_of(test, 0)->free = 65;
	tier_of(test, 0)->low = 20;
	tier_of(test, 0)->high = 40;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 30);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->free, 40);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 5);
	expect_settled(test);
}

struct budget_case {
	const char *title;
	u64 promote;
	u64 demote;
	u64 promoted;
	u64 demoted;
};

/* 100 hot pages below 100 cold ones in a full tier. */
static const struct budget_case budget_cases[] = {
	{ "both large", 1000, 1000, 100, 100 },
	{ "exactly enough", 100, 100, 100, 100 },
	{ "promotion is short", 30, 1000, 30, 30 },
	{ "demotion is short", 1000, 30, 30, 30 },
	{ "one page", 1, 1, 1, 1 },
	{ "no promotion", 0, 1000, 0, 0 },
	{ "no demotion", 1000, 0, 0, 0 },
	{ "nothing", 0, 0, 0, 0 },
};

KUNIT_ARRAY_PARAM_DESC(budget, budget_cases, title);

static void policy_budget_of_exchange(struct kunit *test)
{
	const struct budget_case *param = test->param_value;

	make_chain(test, 2, 200);
	add(test, 0, 0, 200);
	add(test, 1, 250, 100);
	input(test)->promote_budget = param->promote;
	input(test)->demote_budget = param->demote;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), param->promoted);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), param->demoted);
	expect_pages(test, 0, 250, param->promoted);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->used, 200);
}

static void policy_budget_of_relief(struct kunit *test)
{
	make_chain(test, 3, 1000);
	add(test, 0, 10, 300);
	tier_of(test, 0)->limit = 100;
	add(test, 1, 10, 300);
	tier_of(test, 1)->limit = 100;
	input(test)->demote_budget = 250;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 200);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 50);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
}

/* 0 has 1 and 2 as targets; @first and @second are what is free there. */
static void make_fork(struct kunit *test, u64 first, u64 second)
{
	make_tiers(test, 3, 1000);
	edge(test, 0, 1);
	edge(test, 0, 2);
	add(test, 0, 0, 100);
	tier_of(test, 0)->limit = 60;
	occupy(test, 1, 1000 - first);
	occupy(test, 2, 1000 - second);
}

static void policy_several_targets(struct kunit *test)
{
	make_fork(test, 500, 500);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 1);
	expect_pages(test, 1, 0, 40);
	make_fork(test, 0, 500);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 2);
	expect_pages(test, 2, 0, 40);
	make_fork(test, 0, 0);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, HMT_TIER_NONE);
	expect_still(test);
	/* The first one that has room is taken before one that passes on. */
	make_tiers(test, 4, 1000);
	edge(test, 0, 1);
	edge(test, 0, 2);
	edge(test, 1, 3);
	add(test, 0, 0, 100);
	tier_of(test, 0)->limit = 60;
	occupy(test, 1, 1000);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 2);
	/* Without any, the one that passes on. */
	tier_of(test, 2)->free = 0;
	tier_of(test, 0)->limit = 30;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_to, 3);
}

/* All that a tier wants to give up gets away, in a few passes. */
static void policy_second_target_takes_the_rest(struct kunit *test)
{
	unsigned int pass;

	make_fork(test, 10, 500);
	for (pass = 0; pass < 3; pass++)
		run(test);
	expect_still(test);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->used, 60);
	expect_pages(test, 1, 0, 10);
	expect_pages(test, 2, 0, 30);
}

/* Two roots above one tier: what is in one of them never gets to the other. */
static void policy_two_roots(struct kunit *test)
{
	make_tiers(test, 3, 100);
	edge(test, 0, 2);
	edge(test, 1, 2);
	add(test, 1, 255, 60);
	add(test, 2, 100, 10);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->above, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->above, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 2)->above, 3);
	expect_pages(test, 0, 255, 0);
	expect_pages(test, 1, 255, 60);
	expect_pages(test, 0, 100, 10);
	/* Nor when it is wanted there. */
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(&((struct fixture *)test->priv)->out,
					   HMT_DIR_PROMOTE, 1, 255));
	expect_settled(test);
}

static void policy_diamond(struct kunit *test)
{
	/* 0 -> 1, 2 -> 3: both sides feed the top, never each other. */
	make_tiers(test, 4, 100);
	edge(test, 0, 1);
	edge(test, 0, 2);
	edge(test, 1, 3);
	edge(test, 2, 3);
	add(test, 0, 255, 100);
	add(test, 2, 200, 50);
	add(test, 3, 150, 20);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->above, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 2)->above, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 3)->above, 7);
	expect_pages(test, 1, 200, 0);
	expect_pages(test, 2, 200, 50);
	/* What is in 3 may go to 1. */
	expect_pages(test, 1, 150, 20);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	expect_settled(test);
}

static void policy_without_pages(struct kunit *test)
{
	make_tiers(test, 0, 0);
	run(test);
	make_chain(test, 4, 100);
	run(test);
	expect_still(test);
	make_chain(test, 4, 0);
	run(test);
	expect_still(test);
}

/*
 * Properties, on random inputs with a fixed seed.
 */

static u32 below(struct rnd_state *random, u32 end)
{
	return end ? prandom_u32_state(random) % end : 0;
}

static void random_pages(struct kunit *test, struct rnd_state *random,
			 unsigned int tier)
{
	unsigned int i, buckets = below(random, 12);

	for (i = 0; i < buckets; i++) {
		unsigned int heat = below(random, 3) ?
				    below(random, HMT_HEAT_LEVELS) : 0;
		s64 left = tier_of(test, tier)->free;

		add(test, tier, heat, below(random, min(left, 300LL) + 1));
	}
}

static void random_tier(struct kunit *test, struct rnd_state *random,
			unsigned int index)
{
	struct hmt_policy_tier *tier = tier_of(test, index);

	tier->capacity = below(random, 2000);
	tier->free = tier->capacity;
	tier->high = tier->capacity * below(random, 100) / 1000;
	tier->low = below(random, tier->high + 1);
	random_pages(test, random, index);
	if (below(random, 2))
		occupy(test, index, below(random, tier->free + 1));
	if (!below(random, 4))
		tier->free = min_t(s64, tier->free, below(random, 20));
	if (!below(random, 3)) {
		tier->fixed = below(random, tier->free + 1);
		tier->free -= tier->fixed;
	}
	if (!below(random, 3))
		tier->limit = below(random, tier->capacity + 1);
}

static void random_chain(struct kunit *test, struct rnd_state *random)
{
	unsigned int i;

	make_chain(test, 1 + below(random, 4), 0);
	for (i = 0; i < input(test)->nr_tiers; i++)
		random_tier(test, random, i);
}

/* Any graph: each tier has some of the later ones as targets. */
static void random_graph(struct kunit *test, struct rnd_state *random)
{
	unsigned int i, j, nr = 1 + below(random, 6);

	make_tiers(test, nr, 0);
	for (i = 0; i < nr; i++) {
		for (j = i + 1; j < nr; j++)
			if (below(random, 2))
				edge(test, i, j);
		random_tier(test, random, i);
	}
}

static u64 total_of_heat(const struct hmt_policy_in *in, unsigned int heat)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < in->nr_tiers; i++)
		sum += in->tiers[i].hist[heat];
	return sum;
}

static u64 used_pages(const struct hmt_policy_tier *tier)
{
	u64 sum = tier->fixed;
	unsigned int heat;

	for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
		sum += tier->hist[heat];
	return sum;
}

/* Pages get neither lost nor warmer. */
static void policy_conserves_pages(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct rnd_state random;
	unsigned int round, heat, i;

	prandom_seed_state(&random, 1);
	for (round = 0; round < ROUNDS; round++) {
		random_graph(test, &random);
		run(test);
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
			KUNIT_ASSERT_EQ_MSG(test,
					    total_of_heat(&fixture->in, heat),
					    total_of_heat(&fixture->before,
							  heat),
					    "round %u, heat %u", round, heat);
		for (i = 0; i < fixture->in.nr_tiers; i++) {
			KUNIT_ASSERT_EQ(test, fixture->in.tiers[i].fixed,
					fixture->before.tiers[i].fixed);
			KUNIT_ASSERT_EQ(test, fixture->in.tiers[i].used,
					used_pages(&fixture->in.tiers[i]));
		}
	}
}

static void policy_respects_budgets(struct kunit *test)
{
	struct rnd_state random;
	unsigned int round, moved = 0;

	prandom_seed_state(&random, 2);
	for (round = 0; round < ROUNDS; round++) {
		u64 promote, demote;

		random_graph(test, &random);
		promote = below(&random, 200);
		demote = below(&random, 200);
		input(test)->promote_budget = promote;
		input(test)->demote_budget = demote;
		run(test);
		KUNIT_ASSERT_LE_MSG(test, planned(test, HMT_DIR_PROMOTE),
				    promote, "round %u", round);
		KUNIT_ASSERT_LE_MSG(test, planned(test, HMT_DIR_DEMOTE), demote,
				    "round %u", round);
		/* What is left over is what was not used. */
		KUNIT_ASSERT_EQ(test, input(test)->promote_budget,
				promote - planned(test, HMT_DIR_PROMOTE));
		KUNIT_ASSERT_EQ(test, input(test)->demote_budget,
				demote - planned(test, HMT_DIR_DEMOTE));
		moved += !!planned(test, HMT_DIR_PROMOTE);
	}
	/* The property is not about nothing. */
	KUNIT_EXPECT_GT(test, moved, ROUNDS / 10);
}

/* The result of a pass leaves nothing for the next one. */
static void policy_settles_at_once(struct kunit *test)
{
	struct rnd_state random;
	unsigned int round, moved = 0;

	prandom_seed_state(&random, 3);
	for (round = 0; round < ROUNDS; round++) {
		random_chain(test, &random);
		run(test);
		moved += planned(test, HMT_DIR_PROMOTE) ||
			 planned(test, HMT_DIR_DEMOTE);
		input(test)->promote_budget = HMT_PAGES_MAX;
		input(test)->demote_budget = HMT_PAGES_MAX;
		run(test);
		KUNIT_ASSERT_EQ_MSG(test, planned(test, HMT_DIR_PROMOTE), 0,
				    "round %u", round);
		KUNIT_ASSERT_EQ_MSG(test, planned(test, HMT_DIR_DEMOTE), 0,
				    "round %u", round);
	}
	KUNIT_EXPECT_GT(test, moved, ROUNDS / 4);
}

/*
 * In any graph, and with small budgets, it ends: nothing is moved for ever.
 * With several roots a pass may leave something for the next one.
 */
static void policy_settles(struct kunit *test)
{
	struct rnd_state random;
	unsigned int round, pass;

	prandom_seed_state(&random, 4);
	for (round = 0; round < ROUNDS; round++) {
		random_graph(test, &random);
		for (pass = 0; pass < PASSES_MAX; pass++) {
			input(test)->promote_budget = HMT_PAGES_MAX;
			input(test)->demote_budget = HMT_PAGES_MAX;
			run(test);
			if (!planned(test, HMT_DIR_PROMOTE) &&
			    !planned(test, HMT_DIR_DEMOTE))
				break;
		}
		KUNIT_ASSERT_LT_MSG(test, pass, PASSES_MAX, "round %u", round);
	}
}

static bool is_demoted_into(struct kunit *test, unsigned int tier)
{
	unsigned int i;

	for (i = 0; i < tier; i++)
		if (verdict(test, i)->demote_to == (int)tier &&
		    verdict(test, i)->demote_quota)
			return true;
	return false;
}

/* Promotion never exceeds a limit; only demotion may pass pages through. */
static void policy_respects_limits(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct rnd_state random;
	unsigned int round, i, limited = 0;

	prandom_seed_state(&random, 5);
	for (round = 0; round < ROUNDS; round++) {
		random_graph(test, &random);
		run(test);
		for (i = 0; i < fixture->in.nr_tiers; i++) {
			u64 limit = fixture->in.tiers[i].limit;
			u64 before = used_pages(&fixture->before.tiers[i]);

			if (is_demoted_into(test, i))
				continue;
			KUNIT_ASSERT_LE_MSG(test,
					    used_pages(&fixture->in.tiers[i]),
					    max(limit, before),
					    "round %u, tier %u", round, i);
			limited += limit < HMT_PAGES_MAX;
		}
	}
	KUNIT_EXPECT_GT(test, limited, ROUNDS / 4);
}

/* Nobody is brought below the watermark by what is moved there. */
static void policy_respects_watermarks(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct rnd_state random;
	unsigned int round, i;

	prandom_seed_state(&random, 6);
	for (round = 0; round < ROUNDS; round++) {
		random_graph(test, &random);
		run(test);
		for (i = 0; i < fixture->in.nr_tiers; i++) {
			const struct hmt_policy_tier *tier =
				&fixture->in.tiers[i];
			s64 high = tier->high;
			s64 free = fixture->before.tiers[i].free;

			/* What may be passed on is not kept. */
			if (tier->nr_targets && is_demoted_into(test, i))
				continue;
			KUNIT_ASSERT_GE_MSG(test, tier->free, min(high, free),
					    "round %u, tier %u", round, i);
		}
	}
}

/* Thresholds, quotas and targets belong together. */
static void policy_verdicts_make_sense(struct kunit *test)
{
	struct rnd_state random;
	unsigned int round, i, j;

	prandom_seed_state(&random, 7);
	for (round = 0; round < ROUNDS; round++) {
		random_graph(test, &random);
		run(test);
		for (i = 0; i < input(test)->nr_tiers; i++) {
			const struct hmt_policy_verdict *v = verdict(test, i);
			const struct hmt_policy_tier *tier = tier_of(test, i);
			bool known = v->demote_to == HMT_TIER_NONE;

			KUNIT_ASSERT_GT(test, v->promote_min, 0);
			KUNIT_ASSERT_LE(test, v->promote_min,
					HMT_HEAT_LEVELS);
			KUNIT_ASSERT_LE(test, v->demote_max, HMT_HEAT_LEVELS);
			KUNIT_ASSERT_EQ(test, !!v->promote_quota,
					v->promote_min <= HMT_HEAT_MAX);
			KUNIT_ASSERT_EQ(test, !!v->demote_quota,
					!!v->demote_max);
			KUNIT_ASSERT_EQ(test, v->above >> i, 0);
			for (j = 0; j < tier->nr_targets; j++)
				known |= v->demote_to == tier->targets[j];
			KUNIT_ASSERT_TRUE(test, known);
			if (v->demote_to == HMT_TIER_NONE)
				KUNIT_ASSERT_EQ(test, v->demote_quota, 0);
		}
	}
}

/*
 * From verdicts to single pages.
 */

static void policy_place(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;
	unsigned int i;

	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	add(test, 1, 200, 40);
	run(test);
	/* Too cold to rise, too warm to leave, nowhere to leave to. */
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_PROMOTE, 1, 199));
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 1));
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_DEMOTE, 1, 0));
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_PROMOTE, 0, 255));
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 40);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 40);
	for (i = 0; i < 40; i++) {
		KUNIT_EXPECT_EQ(test, 0,
				hmt_policy_reserve(out, HMT_DIR_PROMOTE, 1,
						   200 + i));
		KUNIT_EXPECT_EQ(test, 1,
				hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 0));
	}
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_PROMOTE, 1, 255));
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 0));
	expect_still(test);
}

static void policy_unplace(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;
	int to;

	make_chain(test, 3, 10);
	add(test, 0, 0, 10);
	add(test, 2, 200, 1);
	run(test);
	to = hmt_policy_reserve(out, HMT_DIR_PROMOTE, 2, 200);
	KUNIT_ASSERT_EQ(test, to, 0);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
	hmt_policy_unreserve(out, HMT_DIR_PROMOTE, 2, to);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 1);
	KUNIT_EXPECT_EQ(test, hmt_policy_reserve(out, HMT_DIR_PROMOTE, 2, 200),
			0);
	to = hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 0);
	KUNIT_ASSERT_EQ(test, to, 1);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	hmt_policy_unreserve(out, HMT_DIR_DEMOTE, 0, to);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 1);
	KUNIT_EXPECT_EQ(test, hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 0), 1);
	expect_still(test);
}

/* What moves as one comes in whole or not at all, and may leave too large. */
static void policy_place_group(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;
	unsigned int pages = 41;

	make_chain(test, 2, 100);
	add(test, 0, 0, 100);
	add(test, 1, 200, 40);
	run(test);
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve_group(out, HMT_DIR_PROMOTE, 1, 200,
						 &pages));
	KUNIT_EXPECT_EQ(test, pages, 41);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 40);
	KUNIT_EXPECT_EQ(test, 1,
			hmt_policy_reserve_group(out, HMT_DIR_DEMOTE, 0, 0,
						 &pages));
	KUNIT_EXPECT_EQ(test, pages, 40);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	hmt_policy_unreserve_group(out, HMT_DIR_DEMOTE, 0, 1, pages);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 40);
	pages = 30;
	KUNIT_EXPECT_EQ(test, 0,
			hmt_policy_reserve_group(out, HMT_DIR_PROMOTE, 1, 200,
						 &pages));
	KUNIT_EXPECT_EQ(test, pages, 30);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 10);
	hmt_policy_unreserve_group(out, HMT_DIR_PROMOTE, 1, 0, pages);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 40);
}

static void policy_block(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;

	make_chain(test, 3, 100);
	add(test, 0, 0, 100);
	add(test, 1, 200, 40);
	add(test, 1, 0, 60);
	tier_of(test, 1)->limit = 90;
	run(test);
	KUNIT_ASSERT_GT(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_ASSERT_GT(test, verdict(test, 0)->demote_quota, 0);
	KUNIT_ASSERT_GT(test, verdict(test, 1)->demote_quota, 0);
	hmt_policy_block(out, 1);
	KUNIT_EXPECT_GT(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 0);
	KUNIT_EXPECT_GT(test, verdict(test, 1)->demote_quota, 0);
	hmt_policy_block(out, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_PROMOTE, 1, 255));
	hmt_policy_block(out, 2);
	expect_still(test);
}

/* Offer every page of @tier, and count those that are taken. */
static u64 place_all(struct kunit *test, enum hmt_direction direction,
		     unsigned int tier)
{
	struct fixture *fixture = test->priv;
	unsigned int heat;
	u64 taken = 0, i;

	for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
		for (i = 0; i < fixture->before.tiers[tier].hist[heat]; i++)
			if (hmt_policy_reserve(&fixture->out, direction, tier,
					       heat) != HMT_TIER_NONE)
				taken++;
	return taken;
}

/* As many pages are placed as were planned, and each is one of the quota. */
static void policy_places_what_it_planned(struct kunit *test)
{
	struct rnd_state random;
	unsigned int round, i;

	prandom_seed_state(&random, 8);
	for (round = 0; round < ROUNDS / 10; round++) {
		u64 promote, demote, taken = 0;

		make_chain(test, 2, 0);
		for (i = 0; i < 2; i++)
			random_tier(test, &random, i);
		run(test);
		promote = planned(test, HMT_DIR_PROMOTE);
		demote = planned(test, HMT_DIR_DEMOTE);
		for (i = 0; i < 2; i++)
			taken += place_all(test, HMT_DIR_DEMOTE, i);
		KUNIT_ASSERT_EQ_MSG(test, taken, demote, "round %u", round);
		KUNIT_ASSERT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
		taken = 0;
		for (i = 0; i < 2; i++)
			taken += place_all(test, HMT_DIR_PROMOTE, i);
		KUNIT_ASSERT_EQ_MSG(test, taken, promote, "round %u", round);
		KUNIT_ASSERT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
	}
}

/* What the fastest tiers have for the workload: their size, or its limit. */
static void policy_room_on_top(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	make_chain(test, 3, 100);
	hmt_policy_run(&fixture->in, &fixture->out);
	KUNIT_EXPECT_EQ(test,
			hmt_policy_top_capacity(&fixture->in, &fixture->out),
			100);
	fixture->in.tiers[0].limit = 30;
	KUNIT_EXPECT_EQ(
		test, hmt_policy_top_capacity(&fixture->in, &fixture->out), 30);
	fixture->in.tiers[0].limit = 0;
	KUNIT_EXPECT_EQ(test,
			hmt_policy_top_capacity(&fixture->in, &fixture->out),
			HMT_PAGES_MAX);
	/* Two tiers side by side above a third. */
	make_tiers(test, 3, 100);
	edge(test, 0, 2);
	edge(test, 1, 2);
	hmt_policy_run(&fixture->in, &fixture->out);
	KUNIT_EXPECT_EQ(test,
			hmt_policy_top_capacity(&fixture->in, &fixture->out),
			200);
	fixture->in.tiers[0].capacity = HMT_PAGES_MAX;
	KUNIT_EXPECT_EQ(test,
			hmt_policy_top_capacity(&fixture->in, &fixture->out),
			HMT_PAGES_MAX);
}

struct interval_case {
	const char *title;
	struct hmt_policy_interval_in pace;
	u32 expect;
};

#define PACE(_interval, _changed, _found)				\
	{ .interval = _interval, .base = 1000, .low = 100, .high = 8000, \
	  .changed = _changed, .found = _found, .room = 1000 }

static const struct interval_case interval_cases[] = {
	{ "half of the top is not too much", PACE(1000, true, 500), 1000 },
	{ "more than half is", PACE(1000, true, 501), 500 },
	{ "also when nothing changes", PACE(1000, false, 501), 500 },
	{ "not below the bound", PACE(150, true, 1000), 100 },
	{ "and not off it", PACE(100, true, 1000), 100 },
	{ "a quarter is no reason to grow", PACE(500, true, 250), 500 },
	{ "less is, though there is work", PACE(500, true, 249), 1000 },
	{ "up to what was asked for", PACE(600, true, 0), 1000 },
	{ "and first to it", PACE(600, false, 0), 1000 },
	{ "with work no further", PACE(1000, true, 0), 1000 },
	{ "without work further", PACE(1000, false, 249), 2000 },
	{ "not when twice as many were too many", PACE(1000, false, 250), 1000 },
	{ "up to the bound", PACE(5000, false, 0), 8000 },
	{ "and not over it", PACE(8000, false, 0), 8000 },
	{ "work ends it at once", PACE(8000, true, 0), 1000 },
	{ "and too much halves it in addition", PACE(8000, true, 501), 500 },
	{ "too much alone halves it", PACE(8000, false, 501), 4000 },
	{ "fixed when the bounds are the same",
	  { .interval = 1000, .base = 1000, .low = 1000, .high = 1000,
	    .found = 1000, .room = 1000 }, 1000 },
	{ "fixed, and nothing happens",
	  { .interval = 1000, .base = 1000, .low = 1000, .high = 1000,
	    .room = 1000 }, 1000 },
	{ "nothing found is less than any room",
	  { .interval = 1000, .base = 1000, .low = 10, .high = 8000,
	    .room = 1 }, 2000 },
	{ "no room to compare with",
	  { .interval = 1000, .base = 1000, .low = 10, .high = 1000,
	    .changed = true, .found = 1 << 30, .room = HMT_PAGES_MAX }, 1000 },
};

KUNIT_ARRAY_PARAM_DESC(interval, interval_cases, title);

static void policy_interval(struct kunit *test)
{
	const struct interval_case *param = test->param_value;

	KUNIT_EXPECT_EQ(test, hmt_policy_interval(&param->pace),
			param->expect);
}

/*
 * Pages that one round finds, of @pages of which each is accessed once in
 * @period ms: in proportion to its length, until it finds all.
 */
static u64 found_after(u32 interval, u64 pages, u32 period)
{
	return min_t(u64, pages, div_u64(pages * interval, period));
}

/* Whatever it begins with, the interval comes to rest where rounds tell. */
static void policy_interval_settles(struct kunit *test)
{
	struct rnd_state rnd;
	unsigned int round, i;

	prandom_seed_state(&rnd, 4711);
	for (round = 0; round < ROUNDS; round++) {
		u32 period = 1 + prandom_u32_state(&rnd) % 20000;
		u64 pages = prandom_u32_state(&rnd) % 2000;
		struct hmt_policy_interval_in pace = {
			.interval = 10 + prandom_u32_state(&rnd) % 10000,
			.base = 1000,
			.low = 10,
			.high = 10000,
			.room = 1000,
			.changed = prandom_u32_state(&rnd) % 2,
		};
		u32 last = 0;

		for (i = 0; i < 24; i++) {
			last = pace.interval;
			pace.found = found_after(last, pages, period);
			pace.interval = hmt_policy_interval(&pace);
		}
		KUNIT_EXPECT_EQ(test, pace.interval, last);
		KUNIT_EXPECT_TRUE(test, pace.found <= pace.room / 2 ||
				  pace.interval == pace.low);
		/* As long as may be: twice as long would find too many. */
		KUNIT_EXPECT_TRUE(test, pace.found >= pace.room / 4 ||
				  pace.interval == (pace.changed ? pace.base :
								   pace.high));
	}
}

/* Any thousand adjacent pages have exactly the shares, well mixed. */
static void policy_deals_out_shares(struct kunit *test)
{
	struct hmt_policy_advice advice = { .share = { 300, 0, 200 } };
	unsigned int count[4] = { }, page;

	make_chain(test, 3, 100);
	for (page = 777; page < 777 + HMT_SHARE_MAX; page++) {
		int preferred =
			hmt_policy_preferred(input(test), &advice, 1, page);

		KUNIT_EXPECT_EQ(test, preferred != HMT_TIER_NONE,
				hmt_policy_is_advised(&advice, page));
		count[preferred == HMT_TIER_NONE ? 3 : preferred]++;
	}
	KUNIT_EXPECT_EQ(test, count[0], 300);
	KUNIT_EXPECT_EQ(test, count[1], 0);
	KUNIT_EXPECT_EQ(test, count[2], 200);
	memset(count, 0, sizeof(count));
	for (page = 0; page < 20; page++) {
		int preferred =
			hmt_policy_preferred(input(test), &advice, 1, page);

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
	/* In it, below it, above it. */
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 1, 0), 2);
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 2, 0), 2);
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 0, 0),
			HMT_TIER_NONE);
	/* No target is left: up. None at all: it stays. */
	advice.avoid = BIT(1) | BIT(2);
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 1, 0), 0);
	advice.avoid = BIT(0) | BIT(1) | BIT(2);
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 1, 0), 1);
	/* It counts more than a preference. */
	advice.avoid = BIT(0);
	advice.share[0] = HMT_SHARE_MAX;
	KUNIT_EXPECT_EQ(test, hmt_policy_preferred(in, &advice, 0, 0), 1);
}

/* @pages in @from that belong in @to. */
static void preferred(struct kunit *test, unsigned int from, unsigned int to,
		      u64 pages)
{
	tier_of(test, from)->fixed += pages;
	tier_of(test, from)->free -= pages;
	input(test)->preferred[from][to] += pages;
}

static unsigned int place_wishes(struct kunit *test,
				 enum hmt_direction direction,
				 unsigned int from, unsigned int to)
{
	struct fixture *fixture = test->priv;
	unsigned int pages = 0;

	while (hmt_policy_reserve_preferred(&fixture->out, direction, from, to))
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
	KUNIT_EXPECT_TRUE(test,
			  hmt_policy_has_moves(&fixture->out, HMT_DIR_PROMOTE));
	KUNIT_EXPECT_TRUE(test,
			  hmt_policy_has_moves(&fixture->out, HMT_DIR_DEMOTE));
	KUNIT_EXPECT_EQ(test, place_wishes(test, HMT_DIR_DEMOTE, 2, 1), 0);
	KUNIT_EXPECT_EQ(test, place_wishes(test, HMT_DIR_PROMOTE, 2, 1), 60);
	KUNIT_EXPECT_EQ(test, place_wishes(test, HMT_DIR_DEMOTE, 0, 2), 20);
	KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(&fixture->out,
						      HMT_DIR_PROMOTE));
	KUNIT_EXPECT_FALSE(test,
			   hmt_policy_has_moves(&fixture->out, HMT_DIR_DEMOTE));
	expect_still(test);
}

/* What is warm leaves for what belongs there, and does not come back. */
static void policy_grants_in_place_of_others(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 0, 200, 90);
	preferred(test, 1, 0, 40);
	run(test);
	KUNIT_EXPECT_EQ(test, place_wishes(test, HMT_DIR_PROMOTE, 1, 0), 40);
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
	KUNIT_EXPECT_EQ(test, place_wishes(test, HMT_DIR_PROMOTE, 1, 0), 30);
	/* The last tier passes nothing on. */
	make_chain(test, 2, 100);
	add(test, 1, 10, 95);
	preferred(test, 0, 1, 50);
	run(test);
	KUNIT_EXPECT_EQ(test, place_wishes(test, HMT_DIR_DEMOTE, 0, 1), 5);
}

/* A tier that may keep nothing and shares it out between two. */
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
	KUNIT_EXPECT_EQ(test,
			verdict(test, 0)->targets_quota[1] +
				verdict(test, 0)->targets_quota[2],
			400);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 400);
}

/* What is there already counts: the one that is behind catches up. */
static void policy_weights_catch_up(struct kunit *test)
{
	make_weighted(test, 1, 1);
	add(test, 1, 10, 400);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[1], 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[2], 400);
}

/* One that is full leaves the rest to the other. */
static void policy_weights_and_room(struct kunit *test)
{
	make_weighted(test, 3, 1);
	occupy(test, 1, 950);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[1], 50);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[2], 350);
}

/* Each page goes to the tier that it was counted for, and may come back. */
static void policy_places_by_weight(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int sunk[3] = {}, i;
	int to;

	make_weighted(test, 1, 1);
	run(test);
	for (i = 0; i < 400; i++)
		sunk[hmt_policy_reserve(&fixture->out, HMT_DIR_DEMOTE, 0, 10)]++;
	KUNIT_EXPECT_EQ(test, sunk[0], 0);
	KUNIT_EXPECT_LE(test, abs((int)sunk[1] - (int)sunk[2]), 6);
	expect_still(test);
	hmt_policy_unreserve(&fixture->out, HMT_DIR_DEMOTE, 0, 2);
	to = hmt_policy_reserve(&fixture->out, HMT_DIR_DEMOTE, 0, 10);
	KUNIT_EXPECT_EQ(test, to, 2);

	make_weighted(test, 1, 1);
	run(test);
	hmt_policy_block(&fixture->out, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota,
			verdict(test, 0)->targets_quota[2]);
	KUNIT_EXPECT_EQ(
		test, hmt_policy_reserve(&fixture->out, HMT_DIR_DEMOTE, 0, 10),
		2);
}

static struct kunit_case hmt_policy_cases[] = {
	KUNIT_CASE(policy_room_on_top),
	KUNIT_CASE_PARAM(policy_interval, interval_gen_params),
	KUNIT_CASE(policy_interval_settles),
	KUNIT_CASE_PARAM(policy_hot_pages_rise, chain_gen_params),
	KUNIT_CASE_PARAM(policy_sorts_by_heat, chain_gen_params),
	KUNIT_CASE(policy_takes_the_warmest),
	KUNIT_CASE(policy_exchange),
	KUNIT_CASE(policy_exchange_with_full_last_tier),
	KUNIT_CASE(policy_exchange_order),
	KUNIT_CASE(policy_equal_heat_stays),
	KUNIT_CASE(policy_hysteresis),
	KUNIT_CASE(policy_chance_moves_nothing),
	KUNIT_CASE(policy_blind_tier_gets_none),
	KUNIT_CASE(policy_small_gains_wait),
	KUNIT_CASE(policy_gains_grow_with_time),
	KUNIT_CASE(policy_turns_of_the_hot_set),
	KUNIT_CASE(policy_rounds_and_their_time),
	KUNIT_CASE(policy_large_gains_do_not_wait),
	KUNIT_CASE(policy_bounds_are_right),
	KUNIT_CASE(policy_cold_pages_stay),
	KUNIT_CASE(policy_cascade),
	KUNIT_CASE(policy_cascade_of_exchanges),
	KUNIT_CASE(policy_full_last_tier_takes_nothing),
	KUNIT_CASE(policy_last_tier_is_not_overfilled),
	KUNIT_CASE(policy_limit_pushes_coldest),
	KUNIT_CASE(policy_limit_of_zero),
	KUNIT_CASE(policy_limit_holds_promotion),
	KUNIT_CASE_PARAM(policy_watermarks, watermark_gen_params),
	KUNIT_CASE_PARAM(policy_budget_of_exchange, budget_gen_params),
	KUNIT_CASE(policy_hot_has_all_room),
	KUNIT_CASE(policy_clearly_warmer_has_all_room),
	KUNIT_CASE(policy_budget_of_relief),
	KUNIT_CASE(policy_several_targets),
	KUNIT_CASE(policy_second_target_takes_the_rest),
	KUNIT_CASE(policy_two_roots),
	KUNIT_CASE(policy_diamond),
	KUNIT_CASE(policy_without_pages),
	KUNIT_CASE(policy_conserves_pages),
	KUNIT_CASE(policy_respects_budgets),
	KUNIT_CASE(policy_settles_at_once),
	KUNIT_CASE(policy_settles),
	KUNIT_CASE(policy_respects_limits),
	KUNIT_CASE(policy_respects_watermarks),
	KUNIT_CASE(policy_verdicts_make_sense),
	KUNIT_CASE(policy_place),
	KUNIT_CASE(policy_unplace),
	KUNIT_CASE(policy_place_group),
	KUNIT_CASE(policy_block),
	KUNIT_CASE(policy_places_what_it_planned),
	KUNIT_CASE(policy_deals_out_shares),
	KUNIT_CASE(policy_avoids),
	KUNIT_CASE(policy_grants_into_room),
	KUNIT_CASE(policy_grants_in_place_of_others),
	KUNIT_CASE(policy_grants_no_more_than_fits),
	KUNIT_CASE(policy_shares_by_weight),
	KUNIT_CASE(policy_weights_catch_up),
	KUNIT_CASE(policy_weights_and_room),
	KUNIT_CASE(policy_places_by_weight),
	{}
};

static struct kunit_suite hmt_policy_suite = {
	.name = "hmt_policy",
	.init = policy_setup,
	.test_cases = hmt_policy_cases,
};

kunit_test_suite(hmt_policy_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy");
MODULE_LICENSE("GPL");
