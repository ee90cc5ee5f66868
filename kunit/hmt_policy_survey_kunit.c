// SPDX-License-Identifier: GPL-2.0
/* Surveys: when all pages look alike, what counts as a change, parts and times. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include "policy/decay.h"
#include "policy/policy.h"
#include "heat/heat.h"

#define PAGES	100000

/* Add pages that each of @samples sees with the chance @percent. */
static void add_seen(u64 *pages, struct rnd_state *state, unsigned int nr,
		     unsigned int samples, unsigned int percent)
{
	unsigned int i;

	while (nr--) {
		u8 heat = 0;

		for (i = 0; i < samples; i++)
			if (prandom_u32_state(state) % 100 < percent)
				heat += HMT_HEAT_HIT;
		pages[heat]++;
	}
}

static u64 *make_pages(struct kunit *test)
{
	u64 *pages = kunit_kcalloc(test, HMT_HEAT_LEVELS, sizeof(*pages),
				   GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pages);
	return pages;
}

struct chances {
	const char *name;
	unsigned int most;
	unsigned int rest;
	/* Per cent of all pages that have the chance @rest. */
	unsigned int share;
	bool flat;
};

static const struct chances chances[] = {
	{ "all always", 100, 100, 0, true },
	{ "all mostly", 90, 90, 0, true },
	{ "all half", 50, 50, 0, true },
	{ "hardly any", 10, 10, 0, false },
	{ "none", 0, 0, 0, false },
	{ "few are idle", 100, 0, 1, true },
	{ "some are idle", 100, 0, 10, false },
	{ "some are rarer", 90, 40, 20, false },
	{ "little rarer", 90, 80, 20, true },
	{ "few are hot", 30, 100, 20, false },
};

KUNIT_ARRAY_PARAM_DESC(chances, chances, name);

/* Pages of one chance look alike, after few samples as after many. */
static void survey_flat(struct kunit *test)
{
	static const unsigned int samples[] = { 2, 4, 10, 28 };
	const struct chances *given = test->param_value;
	struct rnd_state state;
	unsigned int i, rest = PAGES / 100 * given->share;
	u64 *pages;

	prandom_seed_state(&state, 1);
	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		pages = make_pages(test);
		add_seen(pages, &state, PAGES - rest, samples[i], given->most);
		add_seen(pages, &state, rest, samples[i], given->rest);
		KUNIT_EXPECT_EQ_MSG(test,
				    hmt_policy_is_flat(pages, samples[i] *
						       HMT_HEAT_HIT, samples[i]),
				    given->flat, "%u samples", samples[i]);
	}
}

static void survey_flat_of_nothing(struct kunit *test)
{
	u64 *pages = make_pages(test);

	KUNIT_EXPECT_FALSE(test, hmt_policy_is_flat(pages, 17, 2));
	pages[17] = PAGES;
	KUNIT_EXPECT_FALSE(test, hmt_policy_is_flat(pages, 0, 0));
	/* 64 TiB, all as warm as can be. */
	pages[17] = 0;
	pages[HMT_HEAT_MAX] = 1ULL << 34;
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_flat(pages, HMT_HEAT_MAX, 63));
}

struct change {
	const char *name;
	u64 up;
	u64 down;
	u64 hot;
	bool changed;
};

static const struct change changes[] = {
	{ "nothing", 0, 0, 0, false },
	{ "chance", 60, 50, 4000, false },
	{ "exchange", 70, 65, 4000, true },
	{ "few pages", 8, 8, 10, false },
	{ "nine pages", 9, 9, 10, true },
	{ "busier", 501, 0, 4000, true },
	{ "hardly busier", 500, 0, 4000, false },
	{ "idle", 0, 501, 4000, true },
	{ "little to see", 32, 0, 40, false },
};

KUNIT_ARRAY_PARAM_DESC(changes, changes, name);

static void survey_change(struct kunit *test)
{
	const struct change *given = test->param_value;
	struct hmt_policy_survey *survey =
		kunit_kzalloc(test, sizeof(*survey), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, survey);
	survey->up = given->up;
	survey->down = given->down;
	survey->hot = given->hot;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_changed(survey),
			given->changed);
}

/* Some thousand pages of a workload of any size. */
static void survey_shift(struct kunit *test)
{
	u64 pages;

	KUNIT_EXPECT_EQ(test, hmt_policy_survey_shift(0), 0);
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_shift(0x20000), 0);
	for (pages = 0x20001; pages < 1ULL << 26; pages = pages * 3 / 2) {
		u64 part = pages / HMT_SURVEY_WORDS >>
			   hmt_policy_survey_shift(pages);

		KUNIT_EXPECT_GE(test, part, 8192);
		KUNIT_EXPECT_LE(test, part, 16384);
	}
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_shift(~0ULL),
			HMT_POLICY_SURVEY_SHIFT_MAX);
}

/* Each word of each chunk is in one of the parts that follow each other. */
static void survey_parts_cover_all(struct kunit *test)
{
	struct hmt_survey part = { .shift = 2 };
	unsigned long addr = 5UL << HMT_CHUNK_SHIFT;
	unsigned int chunk, hits;

	KUNIT_EXPECT_EQ(test, hmt_survey_words(&part, addr), 0xff);
	part.on = true;
	for (chunk = 0; chunk < 8; chunk++, addr += HMT_CHUNK_SIZE) {
		hits = 0;
		for (part.phase = 0; part.phase < 4; part.phase++)
			for (part.word = 0; part.word < HMT_SURVEY_WORDS;
			     part.word++)
				hits += hmt_survey_words(&part, addr) ==
					BIT(part.word);
		KUNIT_EXPECT_EQ(test, hits, HMT_SURVEY_WORDS);
	}
	part.phase = ~0UL;
	part.word = 3;
	KUNIT_EXPECT_EQ(test, hmt_survey_words(&part, 3UL << HMT_CHUNK_SHIFT),
			BIT(3));
}

/* Where nothing can be gained the time doubles up to a bound. */
static void survey_gap_of_flat(struct kunit *test)
{
	struct hmt_policy_survey_gap gap = {
		.interval_ns = NSEC_PER_SEC,
		.flat = true,
	};

	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap), NSEC_PER_SEC);
	gap.calm = 3;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap), 8 * NSEC_PER_SEC);
	gap.calm = 100;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap), 64 * NSEC_PER_SEC);
}

/*
 * Elsewhere a change is found after an eighth of the time before it. No survey costs
 * more than its share.
 */
static void survey_gap(struct kunit *test)
{
	struct hmt_policy_survey_gap gap = {
		.interval_ns = NSEC_PER_SEC,
		.calm = 100,
	};

	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap), NSEC_PER_SEC);
	gap.still_ns = 80 * NSEC_PER_SEC;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap), 10 * NSEC_PER_SEC);
	gap.still_ns = 10000 * NSEC_PER_SEC;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap), 64 * NSEC_PER_SEC);
	gap.most_ns = 5 * NSEC_PER_SEC;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap), 5 * NSEC_PER_SEC);
	gap.most_ns = 1;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap), NSEC_PER_SEC);
	gap.cost_ns = 100 * NSEC_PER_MSEC;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap),
			12800ULL * NSEC_PER_MSEC);
	gap.flat = true;
	KUNIT_EXPECT_EQ(test, hmt_policy_survey_gap(&gap),
			51200ULL * NSEC_PER_MSEC);
}

/* Pages of the part are compared, others are not. */
static void survey_compares(struct kunit *test)
{
	const unsigned long first = 7UL << HMT_CHUNK_SHIFT;
	const struct hmt_survey part = { .on = true, .word = 1 };
	DECLARE_BITMAP(bits, HMT_CHUNK_PAGES);
	struct hmt_policy_survey *survey =
		kunit_kzalloc(test, sizeof(*survey), GFP_KERNEL);
	struct hmt_heat_map heat, seen;

	KUNIT_ASSERT_NOT_NULL(test, survey);
	hmt_heat_map_init(&heat);
	hmt_heat_map_init(&seen);
	/* Hot before: three pages, the first outside. Seen now: one of them. */
	bitmap_zero(bits, HMT_CHUNK_PAGES);
	bitmap_set(bits, HMT_SURVEY_WORD - 1, 3);
	hmt_heat_map_report(&heat, first, bits, 200);
	bitmap_zero(bits, HMT_CHUNK_PAGES);
	bitmap_set(bits, HMT_SURVEY_WORD + 1, 2);
	hmt_heat_map_report(&seen, first, bits, 36);
	/* Each in a chunk that the other map has not. */
	bitmap_zero(bits, HMT_CHUNK_PAGES);
	bitmap_set(bits, 2 * HMT_SURVEY_WORD - 1, 2);
	hmt_heat_map_report(&heat, first + HMT_CHUNK_SIZE, bits, 200);
	hmt_heat_map_report(&seen, first + 2 * HMT_CHUNK_SIZE, bits, 36);
	hmt_survey_compare(survey, &part, &heat, &seen, 36);
	KUNIT_EXPECT_EQ(test, survey->up, 1 + 1);
	KUNIT_EXPECT_EQ(test, survey->down, 1 + 1);
	KUNIT_EXPECT_EQ(test, survey->hot, 3 + 1 + 1);
	KUNIT_EXPECT_EQ(test, survey->pages[36], 2 + 1);
	KUNIT_EXPECT_EQ(test, survey->pages[0], 3 * HMT_SURVEY_WORD - 3);
	hmt_heat_map_destroy(&heat);
	hmt_heat_map_destroy(&seen);
}

static struct kunit_case hmt_policy_survey_cases[] = {
	KUNIT_CASE_PARAM(survey_flat, chances_gen_params),
	KUNIT_CASE(survey_flat_of_nothing),
	KUNIT_CASE_PARAM(survey_change, changes_gen_params),
	KUNIT_CASE(survey_shift),
	KUNIT_CASE(survey_parts_cover_all),
	KUNIT_CASE(survey_gap_of_flat),
	KUNIT_CASE(survey_gap),
	KUNIT_CASE(survey_compares),
	{}
};

static struct kunit_suite hmt_policy_survey_suite = {
	.name = "hmt_policy_survey",
	.test_cases = hmt_policy_survey_cases,
};

kunit_test_suite(hmt_policy_survey_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of surveys");
MODULE_LICENSE("GPL");
