// SPDX-License-Identifier: GPL-2.0
/* Promotion of hot pages, and exchange with cold ones. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy_fixture.h"

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

static void policy_promotes_hot_pages(struct kunit *test)
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
	/* All warm pages fit into the first tier, and cold pages stay. */
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

/* Each tier gets the warmest pages that do not fit into upper tiers. */
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

/* The example at the top of policy.c: the last tier has no free room. */
static void policy_exchange_with_full_last_tier(struct kunit *test)
{
	make_pair(test, 100, 0, 100, 200, 40);
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

/* The coldest pages are exchanged for the warmest, above the margin. */
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

/* Heat of many samples is what it seems, and pages move for the margin. */
static void policy_hysteresis(struct kunit *test)
{
	unsigned int victim, more;

	for (victim = 1; victim < HMT_HEAT_MAX - 40; victim += 22)
		for (more = HMT_POLICY_MARGIN - 9; more < 40; more++) {
			bool pays = more > HMT_POLICY_MARGIN + 9;

			/* Steps of heat and means have 4 and 8 levels. */
			if (!pays && more > HMT_POLICY_MARGIN - 9)
				continue;
			make_chain(test, 2, 20000);
			input(test)->samples = 1000;
			add(test, 0, victim, 10000);
			add(test, 1, victim + more, 1000);
			occupy(test, 0, 10000);
			run(test);
			KUNIT_EXPECT_EQ_MSG(test, planned(test, HMT_DIR_PROMOTE),
					    pays ? 1000 : 0, "%u for %u",
					    victim + more, victim);
			KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE),
					planned(test, HMT_DIR_PROMOTE));
			expect_settled(test);
		}
}

/* Heat promotes no pages to tiers whose accesses are not observed. */
static void policy_cpu_invisible_tier_gets_none(struct kunit *test)
{
	make_chain(test, 2, 100);
	add(test, 1, 200, 40);
	tier_of(test, 0)->cpu_invisible = true;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
	/* Such a tier is relieved, and promotions skip it. */
	make_chain(test, 3, 1000);
	add(test, 0, 0, 1000);
	tier_of(test, 0)->limit = 900;
	tier_of(test, 0)->cpu_invisible = true;
	add(test, 2, 200, 50);
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 100);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 50);
}

static void policy_cold_pages_stay(struct kunit *test)
{
	make_chain(test, 3, 100);
	add(test, 1, 0, 50);
	add(test, 2, 0, 100);
	run(test);
	expect_still(test);
	KUNIT_EXPECT_GT(test, verdict(test, 0)->promote_min, HMT_HEAT_MAX);
	/* With free room heat 1 is enough. */
	tier_of(test, 2)->hist[0]--;
	tier_of(test, 2)->hist[1]++;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 1);
	expect_pages(test, 0, 1, 1);
}

/* The same when warm pages are promoted from C to A. */
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
	/* No tier ends with more pages than fit. */
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->used, 100);
	KUNIT_EXPECT_EQ(test, tier_of(test, 1)->used, 100);
	KUNIT_EXPECT_EQ(test, tier_of(test, 2)->used, 100);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 30);
	expect_settled(test);
}

/* Hot pages use the room down to the high watermark. */
static void policy_hot_has_all_room(struct kunit *test)
{
	make_pair(test, 1000, 255, 500, 180, 10);
	add(test, 1, 90, 10);
	set_free(test, 0, 65);
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 10);
	expect_settled(test);
}

/* So do clearly warmer pages, which are then exchanged for others. */
static void policy_clearly_warmer_has_all_room(struct kunit *test)
{
	make_pair(test, 1000, 10, 500, 100, 30);
	set_free(test, 0, 65);
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

	make_pair(test, 200, 0, 200, 250, 100);
	input(test)->promote_budget = param->promote;
	input(test)->demote_budget = param->demote;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), param->promoted);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), param->demoted);
	expect_pages(test, 0, 250, param->promoted);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->used, 200);
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
 * Two last targets have room for a page each. The first exchange is with the one that
 * is behind, where it stays; the page that has left the other one must not make this
 * the target, or all exchanges are of a single page.
 */
static void policy_exchange_with_weights(struct kunit *test)
{
	const u64 pages = 1000;

	make_tiers(test, 3, pages + 1);
	tier_of(test, 0)->capacity = pages;
	tier_of(test, 0)->free = pages;
	edge(test, 0, 1);
	edge(test, 0, 2);
	tier_of(test, 0)->weights[0] = 1;
	tier_of(test, 0)->weights[1] = 1;
	add(test, 0, 5, pages);
	add(test, 1, 200, pages);
	add(test, 2, 0, pages - 1);
	occupy(test, 2, 1);
	run(test);
	expect_pages(test, 0, 200, pages);
	expect_pages(test, 1, 5, pages - 1);
	expect_pages(test, 2, 5, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[1], pages - 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->targets_quota[2], 1);
}

static struct kunit_case hmt_policy_exchange_cases[] = {
	KUNIT_CASE_PARAM(policy_promotes_hot_pages, chain_gen_params),
	KUNIT_CASE_PARAM(policy_sorts_by_heat, chain_gen_params),
	KUNIT_CASE(policy_takes_the_warmest),
	KUNIT_CASE(policy_exchange),
	KUNIT_CASE(policy_exchange_with_full_last_tier),
	KUNIT_CASE(policy_exchange_with_weights),
	KUNIT_CASE(policy_exchange_order),
	KUNIT_CASE(policy_equal_heat_stays),
	KUNIT_CASE(policy_hysteresis),
	KUNIT_CASE(policy_cpu_invisible_tier_gets_none),
	KUNIT_CASE(policy_cold_pages_stay),
	KUNIT_CASE(policy_cascade_of_exchanges),
	KUNIT_CASE(policy_hot_has_all_room),
	KUNIT_CASE(policy_clearly_warmer_has_all_room),
	KUNIT_CASE_PARAM(policy_budget_of_exchange, budget_gen_params),
	KUNIT_CASE(policy_without_pages),
	{}
};

static struct kunit_suite hmt_policy_exchange_suite = {
	.name = "hmt_policy_exchange",
	.init = policy_setup,
	.test_cases = hmt_policy_exchange_cases,
};

kunit_test_suite(hmt_policy_exchange_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy, exchange");
MODULE_LICENSE("GPL");
