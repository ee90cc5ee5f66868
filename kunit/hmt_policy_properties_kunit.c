// SPDX-License-Identifier: GPL-2.0
/* Properties that hold for random inputs with a fixed seed. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include "policy_fixture.h"

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
		if (!below(random, 4))
			tier_of(test, i)->heat_limit = 1 + below(random, 100000);
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

/* No page is lost, and none changes its heat. */
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
					hmt_policy_pages(&fixture->in.tiers[i]));
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
		KUNIT_ASSERT_LE_MSG(test, planned(test, HMT_DIR_PROMOTE), promote,
				    "round %u", round);
		KUNIT_ASSERT_LE_MSG(test, planned(test, HMT_DIR_DEMOTE), demote,
				    "round %u", round);
		/* The unused budget is left over. */
		KUNIT_ASSERT_EQ(test, input(test)->promote_budget,
				promote - planned(test, HMT_DIR_PROMOTE));
		KUNIT_ASSERT_EQ(test, input(test)->demote_budget,
				demote - planned(test, HMT_DIR_DEMOTE));
		moved += !!planned(test, HMT_DIR_PROMOTE);
	}
	/* The property was tested with moves. */
	KUNIT_EXPECT_GT(test, moved, ROUNDS / 10);
}

/* After a pass the next one has nothing to move. */
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
 * In any graph, and with small budgets, moves end. With several roots a pass
 * may leave moves for the next one.
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
			u64 before = hmt_policy_pages(&fixture->before.tiers[i]);

			if (is_demoted_into(test, i))
				continue;
			KUNIT_ASSERT_LE_MSG(test,
					    hmt_policy_pages(&fixture->in.tiers[i]),
					    max(limit, before),
					    "round %u, tier %u", round, i);
			limited += limit < HMT_PAGES_MAX;
		}
	}
	KUNIT_EXPECT_GT(test, limited, ROUNDS / 4);
}

/* Moves into a tier do not take it below its watermark. */
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

			/* Pages that may be demoted further do not stay. */
			if (tier->nr_targets && is_demoted_into(test, i))
				continue;
			KUNIT_ASSERT_GE_MSG(test, tier->free, min(high, free),
					    "round %u, tier %u", round, i);
		}
	}
}

/* Thresholds, quotas and targets are consistent. */
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
			if (v->demote_min)
				KUNIT_ASSERT_LT(test, v->demote_min,
						v->demote_max);
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

/* Offer every page of @tier, and count the accepted ones. */
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

/* The number of placed pages equals the quota. */
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

static struct kunit_case hmt_policy_properties_cases[] = {
	KUNIT_CASE(policy_conserves_pages),
	KUNIT_CASE(policy_respects_budgets),
	KUNIT_CASE(policy_settles_at_once),
	KUNIT_CASE(policy_settles),
	KUNIT_CASE(policy_respects_limits),
	KUNIT_CASE(policy_respects_watermarks),
	KUNIT_CASE(policy_verdicts_make_sense),
	KUNIT_CASE(policy_places_what_it_planned),
	{}
};

static struct kunit_suite hmt_policy_properties_suite = {
	.name = "hmt_policy_properties",
	.init = policy_setup,
	.test_cases = hmt_policy_properties_cases,
};

kunit_test_suite(hmt_policy_properties_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy, properties");
MODULE_LICENSE("GPL");
