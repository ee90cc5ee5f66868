// SPDX-License-Identifier: GPL-2.0
/* Demand between workloads. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy/policy.h"
#include "workload/workload.h"

/* No graph of the system has this generation. */
#define GENERATION	U64_MAX

#define WORKLOADS	3

struct fixture {
	struct hmt_demand of[WORKLOADS];
	struct hmt_policy_in in;
	struct hmt_policy_out out;
};

static int demand_init(struct kunit *test)
{
	struct fixture *fixture = kunit_kzalloc(test, sizeof(*fixture),
						GFP_KERNEL);
	unsigned int i;

	if (!fixture)
		return -ENOMEM;
	for (i = 0; i < WORKLOADS; i++)
		hmt_demand_add(&fixture->of[i]);
	test->priv = fixture;
	return 0;
}

static void demand_exit(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int i;

	for (i = 0; fixture && i < WORKLOADS; i++)
		hmt_demand_remove(&fixture->of[i]);
}

/* Let workload @i decide: the verdict of tier 0. */
static void decide(struct kunit *test, unsigned int i, u64 unplaced,
		   u64 claimed, u64 yielded)
{
	struct fixture *fixture = test->priv;

	fixture->out.nr_tiers = 1;
	fixture->out.tiers[0].unplaced = unplaced;
	fixture->out.tiers[0].claimed = claimed;
	fixture->out.tiers[0].yielded = yielded;
	hmt_demand_publish(&fixture->of[i], GENERATION, &fixture->out);
}

/* Return tier 0 as workload @i sees it. */
static const struct hmt_policy_tier *look(struct kunit *test, unsigned int i)
{
	struct fixture *fixture = test->priv;

	memset(&fixture->in, 0, sizeof(fixture->in));
	fixture->in.nr_tiers = 1;
	hmt_demand_read(&fixture->of[i], GENERATION, &fixture->in);
	return &fixture->in.tiers[0];
}

/* Pages that one workload yields for a claim are not yielded by the next one too. */
static void claim_is_yielded_once(struct kunit *test)
{
	decide(test, 0, 20, 5, 0);
	KUNIT_EXPECT_EQ(test, look(test, 1)->demand, 20);
	KUNIT_EXPECT_EQ(test, look(test, 1)->owed, 5);
	decide(test, 1, 0, 0, 5);
	KUNIT_EXPECT_EQ(test, look(test, 2)->demand, 15);
	KUNIT_EXPECT_EQ(test, look(test, 2)->owed, 0);
	/* The room stays free for it. */
	KUNIT_EXPECT_EQ(test, look(test, 2)->claim, 5);
	decide(test, 0, 15, 0, 0);
	KUNIT_EXPECT_EQ(test, look(test, 2)->claim, 0);
}

/* The room is for the claim, although another workload demanded first. */
static void claim_is_served_first(struct kunit *test)
{
	decide(test, 0, 10, 0, 0);
	decide(test, 1, 10, 10, 0);
	decide(test, 2, 0, 0, 12);
	KUNIT_EXPECT_EQ(test, look(test, 2)->owed, 0);
	KUNIT_EXPECT_EQ(test, look(test, 2)->demand, 8);
	KUNIT_EXPECT_EQ(test, look(test, 1)->demand, 8);
	KUNIT_EXPECT_EQ(test, look(test, 0)->demand, 0);
}

static struct kunit_case hmt_demand_cases[] = {
	KUNIT_CASE(claim_is_yielded_once),
	KUNIT_CASE(claim_is_served_first),
	{}
};

static struct kunit_suite hmt_demand_suite = {
	.name = "hmt_workload_demand",
	.init = demand_init,
	.exit = demand_exit,
	.test_cases = hmt_demand_cases,
};

kunit_test_suite(hmt_demand_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of the demand between workloads");
MODULE_LICENSE("GPL");
