// SPDX-License-Identifier: GPL-2.0
/* Expected heat, and moves that follow from it when heat differs by chance. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include "policy/decay.h"
#include "policy_fixture.h"

#define PAGES	20000

/* Heat of a page that each of @samples samples finds with @chance / 256. */
static u8 heat_of(struct rnd_state *random, unsigned int samples,
		  unsigned int chance)
{
	unsigned int sample;
	u8 heat = 0;

	for (sample = 1; sample <= samples; sample++) {
		unsigned int decay = 1U << hmt_heat_shift(sample);

		heat = hmt_heat_decay_by(heat, decay);
		if (prandom_u32_state(random) % 256 < chance)
			heat = hmt_heat_add(heat, hmt_heat_hit(decay));
	}
	return heat;
}

/*
 * Add @pages to a tier, of which one of @every is found with the chance @hot, and
 * the others with the chance @cold. No room is left there.
 */
static void add_sampled(struct kunit *test, struct rnd_state *random,
			unsigned int tier, u64 pages, unsigned int every,
			unsigned int hot, unsigned int cold)
{
	u64 page;

	for (page = 0; page < pages; page++)
		add(test, tier, heat_of(random, input(test)->samples,
					page % every ? cold : hot), 1);
	tier_of(test, tier)->capacity = pages;
	tier_of(test, tier)->free = 0;
}

struct means_case {
	const char *title;
	unsigned int samples;
	unsigned int hot;
	unsigned int cold;
	/* Of 10000 pages below, of which 500 are hot. */
	u64 least;
	u64 most;
};

static const struct means_case means_cases[] = {
	{ "alike, hardly accessed, few samples", 5, 20, 20, 0, 50 },
	{ "alike, often accessed, few samples", 5, 120, 120, 0, 50 },
	{ "alike, nearly always accessed, few samples", 5, 240, 240, 0, 50 },
	{ "alike, hardly accessed, more samples", 12, 20, 20, 0, 100 },
	{ "alike, often accessed, more samples", 12, 120, 120, 0, 100 },
	{ "alike, hardly accessed, many samples", 32, 20, 20, 0, 300 },
	{ "alike, often accessed, many samples", 32, 120, 120, 0, 300 },
	{ "hot and cold, few samples", 5, 250, 5, 450, 600 },
	{ "hot and lukewarm, few samples", 5, 256, 60, 350, 700 },
	{ "hot and lukewarm, more samples", 12, 250, 80, 450, 550 },
	{ "hot and lukewarm, many samples", 32, 240, 120, 450, 550 },
	{ "warm and cold, many samples", 32, 128, 5, 450, 550 },
	{ "warm and lukewarm, few samples", 5, 140, 110, 0, 100 },
};

KUNIT_ARRAY_PARAM_DESC(means, means_cases, title);

/* Pages that differ by chance stay, and those that really differ are found. */
static void policy_moves_what_is_real(struct kunit *test)
{
	const struct means_case *param = test->param_value;
	struct rnd_state random;

	prandom_seed_state(&random, 1);
	make_chain(test, 2, PAGES);
	input(test)->samples = param->samples;
	add_sampled(test, &random, 0, PAGES, 1000, param->hot, param->cold);
	add_sampled(test, &random, 1, PAGES / 2, 20, param->hot, param->cold);
	tier_of(test, 1)->free = 100;
	run(test);
	KUNIT_EXPECT_GE(test, planned(test, HMT_DIR_PROMOTE), param->least);
	KUNIT_EXPECT_LE(test, planned(test, HMT_DIR_PROMOTE), param->most);
	expect_settled(test);
}

/* Expected heat rises with heat, and depends on all pages, wherever they are. */
static void policy_means_of_all_pages(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct hmt_policy_means *means = kunit_kzalloc(test, sizeof(*means),
						       GFP_KERNEL);
	struct rnd_state random;
	unsigned int round, heat;

	KUNIT_ASSERT_NOT_NULL(test, means);
	prandom_seed_state(&random, 2);
	for (round = 0; round < 50; round++) {
		make_chain(test, 2, 1000000);
		input(test)->samples = prandom_u32_state(&random) %
				       (HMT_HEAT_SAMPLES + 1);
		for (heat = 0; heat < 20; heat++)
			add(test, heat % 2,
			    prandom_u32_state(&random) % HMT_HEAT_LEVELS,
			    prandom_u32_state(&random) % 1000);
		hmt_policy_find_means(&fixture->in, means);
		for (heat = 1; heat < HMT_HEAT_LEVELS; heat++)
			KUNIT_EXPECT_GE(test, means->mean[heat],
					means->mean[heat - 1]);
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++) {
			add(test, 0, heat, tier_of(test, 1)->hist[heat]);
			tier_of(test, 1)->hist[heat] = 0;
		}
		hmt_policy_find_means(&fixture->in, &fixture->out.means);
		KUNIT_EXPECT_EQ(test, 0, memcmp(means, &fixture->out.means,
						sizeof(*means)));
	}
}

/* One heat, one page, and none. */
static void policy_means_of_few_pages(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	const u8 *mean = fixture->out.means.mean;
	unsigned int heat;

	make_chain(test, 2, 100);
	hmt_policy_find_means(&fixture->in, &fixture->out.means);
	for (heat = 0; heat <= HMT_HEAT_MAX; heat += 15) {
		make_chain(test, 2, 100);
		add(test, 1, heat, 1 + heat % 2);
		hmt_policy_find_means(&fixture->in, &fixture->out.means);
		KUNIT_EXPECT_LE(test, mean[heat], heat + 8);
		KUNIT_EXPECT_GE(test, mean[heat] + 8, heat);
	}
}

static struct kunit_case hmt_policy_means_cases[] = {
	KUNIT_CASE_PARAM(policy_moves_what_is_real, means_gen_params),
	KUNIT_CASE(policy_means_of_all_pages),
	KUNIT_CASE(policy_means_of_few_pages),
	{}
};

static struct kunit_suite hmt_policy_means_suite = {
	.name = "hmt_policy_means",
	.init = policy_setup,
	.test_cases = hmt_policy_means_cases,
};

kunit_test_suite(hmt_policy_means_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy, expected heat");
MODULE_LICENSE("GPL");
