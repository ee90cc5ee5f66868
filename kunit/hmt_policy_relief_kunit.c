// SPDX-License-Identifier: GPL-2.0
/* Demotion from tiers above a limit or below a watermark. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy_fixture.h"

/* B is full: for each page that A demotes to B, B demotes one to C. */
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

static void policy_full_last_tier_takes_nothing(struct kunit *test)
{
	make_pair(test, 100, 0, 100, 0, 100);
	tier_of(test, 0)->limit = 50;
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
	make_pair(test, 100, 0, 100, 0, 10);
	tier_of(test, 0)->limit = 50;
	tier_of(test, 1)->limit = 10;
	run(test);
	expect_still(test);
}

/* The last tier has room for some of the pages. */
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
	make_pair(test, 1000, 200, 50, 255, 50);
	tier_of(test, 0)->limit = 0;
	run(test);
	expect_pages(test, 0, 200, 0);
	expect_pages(test, 1, 200, 50);
	expect_pages(test, 1, 255, 50);
	expect_settled(test);
	/* If unmovable pages exceed the limit nothing moves. */
	make_chain(test, 2, 1000);
	tier_of(test, 0)->fixed = 10;
	tier_of(test, 0)->limit = 5;
	run(test);
	expect_still(test);
}

static void policy_limit_holds_promotion(struct kunit *test)
{
	make_pair(test, 1000, 50, 10, 200, 500);
	tier_of(test, 0)->limit = 60;
	run(test);
	/* 50 below the limit, and 10 in exchange. */
	expect_pages(test, 0, 200, 60);
	expect_pages(test, 0, 50, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 60);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 10);
	expect_settled(test);
}

struct watermark_case {
	const char *title;
	u64 free;
	u64 in;
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
	/* New pages will be no warmer than those that would leave. */
	{ "below low", 19, 0 },
	{ "nothing free", 0, 0 },
};

KUNIT_ARRAY_PARAM_DESC(watermark, watermark_cases, title);

static void policy_watermarks(struct kunit *test)
{
	const struct watermark_case *param = test->param_value;

	/* The difference in heat is below the margin of an exchange. */
	make_pair(test, 1000, 60, 500, 90, 100);
	set_free(test, 0, param->free);
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE),
			param->in);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	if (param->in)
		KUNIT_EXPECT_EQ(test, tier_of(test, 0)->free, 80);
	expect_settled(test);
}

/* low 20, high 40; @cold pages are colder than new ones will be. */
static const struct relief_case {
	const char *title;
	u64 cold;
	u64 free;
	u64 out;
} relief_cases[] = {
	{ "at low", 100, 20, 0 },
	{ "below low", 100, 19, 21 },
	{ "nothing free", 100, 0, 40 },
	{ "few cold pages", 30, 0, 30 },
};

KUNIT_ARRAY_PARAM_DESC(relief, relief_cases, title);

static void policy_relief_by_watermark(struct kunit *test)
{
	const struct relief_case *param = test->param_value;

	make_chain(test, 2, 1000);
	add(test, 0, 200, 500);
	add(test, 0, 20, param->cold);
	set_free(test, 0, param->free);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, param->out);
	expect_pages(test, 0, 200, 500);
	expect_settled(test);
}

/* Pages that leave an upper tier find room whatever the heat of those here. */
static void policy_relief_of_a_middle_tier(struct kunit *test)
{
	make_chain(test, 3, 1000);
	add(test, 0, 200, 100);
	tier_of(test, 0)->limit = 70;
	add(test, 1, 200, 990);
	tier_of(test, 1)->low = 20;
	tier_of(test, 1)->high = 40;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 30);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_quota, 30);
	KUNIT_EXPECT_EQ(test, tier_of(test, 1)->free, 10);
	expect_settled(test);
}

/* An idle program: no page is warmer than new ones will be. */
static void policy_relief_of_idle_pages(struct kunit *test)
{
	make_chain(test, 2, 1000);
	add(test, 0, 0, 500);
	set_free(test, 0, 0);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 40);
	expect_settled(test);
}

/* Below the watermark and without cold pages, hot ones still replace others. */
static void policy_exchange_below_watermark(struct kunit *test)
{
	make_pair(test, 1000, 90, 500, 230, 50);
	add(test, 1, 90, 100);
	set_free(test, 0, 10);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 50);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 50);
	KUNIT_EXPECT_EQ(test, tier_of(test, 0)->free, 10);
	expect_pages(test, 0, 230, 50);
	expect_settled(test);
	/* Not above a limit that the budget does not restore. */
	tier_of(test, 1)->hist[230] += 50;
	tier_of(test, 0)->limit = 400;
	input(test)->demote_budget = 60;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 60);
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

/* 0 has the targets 1 and 2, which have @first and @second free pages. */
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
	/* A target with room precedes one that must demote itself. */
	make_tiers(test, 4, 1000);
	edge(test, 0, 1);
	edge(test, 0, 2);
	edge(test, 1, 3);
	add(test, 0, 0, 100);
	tier_of(test, 0)->limit = 60;
	occupy(test, 1, 1000);
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 2);
	/* Without room in any, the one that can demote. */
	tier_of(test, 2)->free = 0;
	tier_of(test, 0)->limit = 30;
	run(test);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_to, 1);
	KUNIT_EXPECT_EQ(test, verdict(test, 1)->demote_to, 3);
}

/* All excess pages of a tier are demoted in a few passes. */
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

/* Two roots above one tier: pages never move from root to root. */
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
	/* Not even by place. */
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
	/* Pages of 3 may be promoted to 1. */
	expect_pages(test, 1, 150, 20);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	expect_settled(test);
}

static struct kunit_case hmt_policy_relief_cases[] = {
	KUNIT_CASE(policy_cascade),
	KUNIT_CASE(policy_full_last_tier_takes_nothing),
	KUNIT_CASE(policy_last_tier_is_not_overfilled),
	KUNIT_CASE(policy_limit_pushes_coldest),
	KUNIT_CASE(policy_limit_of_zero),
	KUNIT_CASE(policy_limit_holds_promotion),
	KUNIT_CASE_PARAM(policy_watermarks, watermark_gen_params),
	KUNIT_CASE_PARAM(policy_relief_by_watermark, relief_gen_params),
	KUNIT_CASE(policy_relief_of_a_middle_tier),
	KUNIT_CASE(policy_relief_of_idle_pages),
	KUNIT_CASE(policy_exchange_below_watermark),
	KUNIT_CASE(policy_budget_of_relief),
	KUNIT_CASE(policy_several_targets),
	KUNIT_CASE(policy_second_target_takes_the_rest),
	KUNIT_CASE(policy_two_roots),
	KUNIT_CASE(policy_diamond),
	{}
};

static struct kunit_suite hmt_policy_relief_suite = {
	.name = "hmt_policy_relief",
	.init = policy_setup,
	.test_cases = hmt_policy_relief_cases,
};

kunit_test_suite(hmt_policy_relief_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy, relief");
MODULE_LICENSE("GPL");
