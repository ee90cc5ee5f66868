// SPDX-License-Identifier: GPL-2.0
/* Heat: decay, scores and maps. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include "heat/heat.h"
#include "heat/word.h"
#include "workload/neighbour.h"

/* More samples than any heat needs to settle. */
#define SETTLED		256
/* The start of a chunk. */
#define CHUNK_A		(5UL << HMT_CHUNK_SHIFT)
#define CHUNK_B		(CHUNK_A + HMT_CHUNK_SIZE)
#define CHUNK_FAR	(0x7ffUL << 36)
/* The last page of a chunk. */
#define LAST		(HMT_CHUNK_PAGES - 1)

/* Return the heat after a sample of many. */
static u8 decayed(u8 heat)
{
	return hmt_heat_decay_by(heat, HMT_HEAT_DECAY);
}

/* Return the score of a provider with @weight of @total in such a sample. */
static unsigned int score_of(unsigned int weight, unsigned int total)
{
	return hmt_heat_score_of(HMT_HEAT_HIT, weight, total);
}

static void heat_decay_never_grows(struct kunit *test)
{
	unsigned int heat;

	KUNIT_EXPECT_EQ(test, decayed(0), 0);
	for (heat = 1; heat <= HMT_HEAT_MAX; heat++) {
		KUNIT_EXPECT_LT(test, decayed(heat), heat);
		/* The hotter page stays hotter, or both become equal. */
		KUNIT_EXPECT_GE(test, decayed(heat),
				decayed(heat - 1));
	}
}

static void heat_decay_ends(struct kunit *test)
{
	unsigned int steps = 0;
	u8 heat = HMT_HEAT_MAX;

	while (heat && steps < SETTLED) {
		heat = decayed(heat);
		steps++;
	}
	KUNIT_EXPECT_EQ(test, heat, 0);
	/* Heat lasts more than a few samples, but not hundreds. */
	KUNIT_EXPECT_GE(test, steps, 16);
	KUNIT_EXPECT_LE(test, steps, 128);
}

/* Decay of eight pages at once equals decay one by one. */
static void heat_decay_of_words(struct kunit *test)
{
	union {
		u64 word;
		u8 heat[sizeof(u64)];
	} pages;
	unsigned int shift, start, i;

	for (shift = 0; shift <= HMT_HEAT_SHIFT; shift++)
		for (start = 0; start <= HMT_HEAT_MAX; start++) {
			for (i = 0; i < sizeof(u64); i++)
				pages.heat[i] = start * (i + 1);
			pages.word = hmt_heat_decay_word(pages.word, shift);
			for (i = 0; i < sizeof(u64); i++)
				KUNIT_EXPECT_EQ(test, pages.heat[i],
						hmt_heat_decay_by(start * (i + 1),
								  1U << shift));
		}
}

/* Sums of bytes, of as many words as the halves of a word have room for. */
static void heat_words_sum(struct kunit *test)
{
	unsigned int heat, i;

	for (heat = 0; heat <= HMT_HEAT_MAX; heat++) {
		u64 word = HMT_HEAT_BYTES(heat), pairs = 0;

		KUNIT_EXPECT_EQ(test, hmt_heat_sum(hmt_heat_pairs(word)),
				heat * sizeof(word));
		for (i = 0; i < 32; i++)
			pairs += hmt_heat_pairs(word);
		KUNIT_EXPECT_EQ(test, hmt_heat_sum(pairs),
				32 * heat * sizeof(word));
	}
	KUNIT_EXPECT_EQ(test, hmt_heat_sum(hmt_heat_pairs(0x0102030405060708ULL)),
			36);
}

/*
 * Heat is the mean of the first samples, from the first one on, to the precision
 * of a byte and of powers of two: of pages that are found in each sample, in each
 * other one, and never after the first.
 */
static void heat_is_a_mean(struct kunit *test)
{
	u8 always = 0, half = 0, once = 0;
	unsigned int sample;

	for (sample = 1; sample <= HMT_HEAT_DECAY; sample++) {
		unsigned int decay = 1U << hmt_heat_shift(sample);
		unsigned int hit = hmt_heat_hit(decay);

		always = hmt_heat_add(hmt_heat_decay_by(always, decay), hit);
		half = hmt_heat_decay_by(half, decay);
		if (sample % 2)
			half = hmt_heat_add(half, hit);
		once = hmt_heat_decay_by(once, decay);
		if (sample == 1)
			once = hmt_heat_add(once, hit);
		KUNIT_EXPECT_EQ(test, always, HMT_HEAT_MAX);
		KUNIT_EXPECT_LE(test, once, 2 * HMT_HEAT_MAX / sample);
		if (sample < 4)
			continue;
		KUNIT_EXPECT_GE(test, half, 80);
		KUNIT_EXPECT_LE(test, half, 176);
	}
	KUNIT_EXPECT_EQ(test, hmt_heat_shift(0), 0);
	KUNIT_EXPECT_EQ(test, hmt_heat_shift(~0U / 4), HMT_HEAT_SHIFT);
	KUNIT_EXPECT_EQ(test, hmt_heat_hit(HMT_HEAT_DECAY), HMT_HEAT_HIT);
}

static void heat_add_saturates(struct kunit *test)
{
	unsigned int heat, score;

	for (heat = 0; heat <= HMT_HEAT_MAX; heat++)
		for (score = 0; score <= 2 * HMT_HEAT_MAX; score++)
			KUNIT_EXPECT_EQ(test, hmt_heat_add(heat, score),
					min(heat + score, HMT_HEAT_MAX));
}

/* The same with neighbours of any heat. */
static void heat_words_add(struct kunit *test)
{
	union { u64 word; u8 heat[sizeof(u64)]; } pages, scores;
	unsigned int heat, score, i;

	for (heat = 0; heat <= HMT_HEAT_MAX; heat++)
		for (score = 0; score <= HMT_SCORE_MAX; score++) {
			for (i = 0; i < sizeof(u64); i++) {
				pages.heat[i] = heat + 37 * i;
				scores.heat[i] = score + 101 * i;
			}
			pages.word = hmt_heat_add_word(pages.word, scores.word);
			for (i = 0; i < sizeof(u64); i++)
				KUNIT_ASSERT_EQ(test, pages.heat[i],
						hmt_heat_add((u8)(heat + 37 * i),
							     (u8)(score + 101 * i)));
		}
}

static void heat_bits_spread(struct kunit *test)
{
	union { u64 word; u8 score[sizeof(u64)]; } pages;
	unsigned int bits, i;

	for (bits = 0; bits < 256; bits++) {
		pages.word = hmt_heat_spread(bits, HMT_SCORE_MAX);
		for (i = 0; i < sizeof(u64); i++)
			KUNIT_EXPECT_EQ(test, pages.score[i],
					bits & 1 << i ? HMT_SCORE_MAX : 0);
	}
}

/* One sample of a page: decay first, then add the score of a provider. */
static u8 heat_sample(u8 heat, bool hit)
{
	heat = decayed(heat);
	return hit ? hmt_heat_add(heat, HMT_HEAT_HIT) : heat;
}

/* A page that is always hit becomes the hottest and stays so. */
static void heat_every_sample(struct kunit *test)
{
	unsigned int start, i;

	for (start = 0; start <= HMT_HEAT_MAX; start += 15) {
		u8 heat = start;

		for (i = 0; i < SETTLED; i++)
			heat = heat_sample(heat, true);
		for (i = 0; i < 16; i++) {
			KUNIT_EXPECT_EQ(test, heat, HMT_HEAT_MAX);
			heat = heat_sample(heat, true);
		}
	}
}

/* Sum of heat over 16 samples of a page that every @period-th one hits. */
static unsigned int heat_of_period(unsigned int period)
{
	unsigned int i, sum = 0;
	u8 heat = 0;

	for (i = 0; i < SETTLED + 16; i++) {
		heat = heat_sample(heat, i % period == 0);
		if (i >= SETTLED)
			sum += heat;
	}
	return sum;
}

static void heat_order_of_periods(struct kunit *test)
{
	unsigned int period, previous = heat_of_period(1);

	for (period = 2; period <= 16; period *= 2) {
		unsigned int heat = heat_of_period(period);

		KUNIT_EXPECT_LT_MSG(test, heat, previous,
				    "seen at every %u-th sample", period);
		KUNIT_EXPECT_GT(test, heat, 0);
		previous = heat;
	}
}

struct score_case {
	const char *title;
	unsigned int nr;
	unsigned int weights[HMT_PROVIDERS_MAX];
};

static const struct score_case score_cases[] = {
	{ "one", 1, { 1 } },
	{ "one, heavy", 1, { HMT_WEIGHT_MAX } },
	{ "two equal", 2, { 1, 1 } },
	{ "two unequal", 2, { 1, 4 } },
	{ "very unequal", 2, { 1, HMT_WEIGHT_MAX } },
	{ "three", 3, { 1, 1, 1 } },
	{ "eight equal", 8, { 7, 7, 7, 7, 7, 7, 7, 7 } },
	{ "one heavy of eight", 8, { HMT_WEIGHT_MAX, 1, 1, 1, 1, 1, 1, 1 } },
	{ "one light of eight", 8, { 1, HMT_WEIGHT_MAX, HMT_WEIGHT_MAX,
				     HMT_WEIGHT_MAX, HMT_WEIGHT_MAX,
				     HMT_WEIGHT_MAX, HMT_WEIGHT_MAX,
				     HMT_WEIGHT_MAX } },
};

KUNIT_ARRAY_PARAM_DESC(score, score_cases, title);

/* Hits of all providers count as much as a hit of a single provider. */
static void heat_score(struct kunit *test)
{
	const struct score_case *param = test->param_value;
	unsigned int total = 0, sum = 0, i;

	for (i = 0; i < param->nr; i++)
		total += param->weights[i];
	for (i = 0; i < param->nr; i++) {
		unsigned int score = score_of(param->weights[i], total);

		/* Each score is rounded up by less than one. */
		KUNIT_EXPECT_GE(test, score * total,
				HMT_HEAT_HIT * param->weights[i]);
		KUNIT_EXPECT_LT(test, (score - 1) * total,
				HMT_HEAT_HIT * param->weights[i]);
		sum += score;
	}
	if (param->nr == 1)
		KUNIT_EXPECT_EQ(test, sum, HMT_HEAT_HIT);
	KUNIT_EXPECT_LE(test, sum, HMT_HEAT_HIT + param->nr - 1);
	KUNIT_EXPECT_GE(test, sum, HMT_HEAT_HIT);
}

static void heat_destroy(void *map)
{
	hmt_heat_map_destroy(map);
}

static int heat_map_setup(struct kunit *test)
{
	struct hmt_heat_map *map;

	map = kunit_kzalloc(test, sizeof(*map), GFP_KERNEL);
	if (!map)
		return -ENOMEM;
	hmt_heat_map_init(map);
	test->priv = map;
	return kunit_add_action_or_reset(test, heat_destroy, map);
}

/* Report the page numbers @pages, ended by -1, for the chunk of @addr. */
static void heat_report(struct kunit *test, unsigned long addr,
			const int *pages, unsigned int score)
{
	DECLARE_BITMAP(accessed, HMT_CHUNK_PAGES) = {};

	for (; *pages >= 0; pages++)
		__set_bit(*pages, accessed);
	KUNIT_ASSERT_EQ(test, 0,
			hmt_heat_map_report(test->priv, addr, accessed, score));
}

#define report(test, addr, score, ...) \
	heat_report(test, addr, (const int[]){ __VA_ARGS__, -1 }, score)

/* Heat of one page; 0 where there is no chunk. */
static u8 heat_at(struct kunit *test, unsigned long chunk, unsigned int page)
{
	const u8 *heat = hmt_heat_map_chunk(test->priv, chunk);

	return heat ? heat[page] : 0;
}

static unsigned int heat_sum(struct kunit *test, unsigned long chunk)
{
	unsigned int page, sum = 0;

	for (page = 0; page < HMT_CHUNK_PAGES; page++)
		sum += heat_at(test, chunk, page);
	return sum;
}

static void heat_map_is_lazy(struct kunit *test)
{
	struct hmt_heat_map *map = test->priv;
	DECLARE_BITMAP(accessed, HMT_CHUNK_PAGES) = {};

	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(map), 0);
	KUNIT_EXPECT_EQ(test, 0, hmt_heat_map_report(map, CHUNK_A, accessed,
						     HMT_HEAT_HIT));
	KUNIT_EXPECT_NULL(test, hmt_heat_map_chunk(map, CHUNK_A));
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(map), 0);
	hmt_heat_map_decay(map, HMT_HEAT_SHIFT);

	report(test, CHUNK_A, HMT_HEAT_HIT, 7);
	KUNIT_EXPECT_NOT_NULL(test, hmt_heat_map_chunk(map, CHUNK_A));
	KUNIT_EXPECT_NULL(test, hmt_heat_map_chunk(map, CHUNK_B));
	KUNIT_EXPECT_NULL(test, hmt_heat_map_chunk(map, CHUNK_A - 1));
	/* One byte for each page, and a second report needs no more. */
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(map), HMT_CHUNK_PAGES);
	report(test, CHUNK_A, HMT_HEAT_HIT, 8);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(map), HMT_CHUNK_PAGES);
}

static void heat_map_right_page(struct kunit *test)
{
	static const int pages[] = { 0, 1, 7, 8, LAST / 8, LAST / 8 + 1,
				     LAST / 2, LAST / 2 + 1, LAST - 1, LAST };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pages); i++)
		report(test, CHUNK_A, i + 1, pages[i]);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, pages[i]), i + 1);
	/* Other pages have no heat. */
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_A),
			ARRAY_SIZE(pages) * (ARRAY_SIZE(pages) + 1) / 2);
}

static void heat_map_any_address(struct kunit *test)
{
	const u8 *chunk;

	report(test, CHUNK_A + HMT_CHUNK_SIZE - 1, 3, LAST);
	report(test, CHUNK_A + 12345, 4, 0);
	chunk = hmt_heat_map_chunk(test->priv, CHUNK_A);
	KUNIT_ASSERT_NOT_NULL(test, chunk);
	KUNIT_EXPECT_PTR_EQ(test, chunk,
			    hmt_heat_map_chunk(test->priv, CHUNK_B - 1));
	KUNIT_EXPECT_EQ(test, chunk[LAST], 3);
	KUNIT_EXPECT_EQ(test, chunk[0], 4);
	report(test, 0, 5, 1);
	report(test, CHUNK_FAR, 6, 1);
	KUNIT_EXPECT_EQ(test, heat_at(test, 0, 1), 5);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_FAR, 1), 6);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(test->priv),
			3 * HMT_CHUNK_PAGES);
}

static void heat_map_adds(struct kunit *test)
{
	report(test, CHUNK_A, 100, 5);
	report(test, CHUNK_A, 100, 5, 6);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 5), 200);
	report(test, CHUNK_A, 100, 5, 6);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 5), HMT_HEAT_MAX);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 6), 200);
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_A), HMT_HEAT_MAX + 200);
}

/* Every page decays independently, as by hmt_heat_decay_by(). */
static void heat_map_decays(struct kunit *test)
{
	unsigned int page;

	for (page = 1; page < HMT_CHUNK_PAGES; page += 2)
		report(test, CHUNK_A, page / 2 % HMT_HEAT_LEVELS, page);
	hmt_heat_map_decay(test->priv, HMT_HEAT_SHIFT);
	for (page = 0; page < HMT_CHUNK_PAGES; page++)
		KUNIT_EXPECT_EQ_MSG(test, heat_at(test, CHUNK_A, page),
				    page % 2 ? decayed(page / 2 % HMT_HEAT_LEVELS) : 0,
				    "page %u", page);
}

/* Samples until a chunk is freed; SETTLED if it is not freed. */
static unsigned int heat_map_life(struct kunit *test, unsigned long chunk)
{
	unsigned int steps = 0;

	while (hmt_heat_map_chunk(test->priv, chunk) && steps < SETTLED) {
		hmt_heat_map_decay(test->priv, HMT_HEAT_SHIFT);
		steps++;
	}
	return steps;
}

static void heat_map_forgets(struct kunit *test)
{
	report(test, CHUNK_A, HMT_HEAT_MAX, LAST);
	KUNIT_EXPECT_LT(test, heat_map_life(test, CHUNK_A), SETTLED);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(test->priv), 0);
	/* A chunk is not freed while any of its pages is warm. */
	report(test, CHUNK_A, 1, 0);
	KUNIT_EXPECT_EQ(test, heat_map_life(test, CHUNK_A), 1);
	report(test, CHUNK_A, 3, LAST / 2);
	KUNIT_EXPECT_EQ(test, heat_map_life(test, CHUNK_A), 3);
	report(test, CHUNK_A, 3, 0);
	report(test, CHUNK_A, 1, LAST);
	KUNIT_EXPECT_EQ(test, heat_map_life(test, CHUNK_A), 3);
	report(test, CHUNK_A, 1, 0);
	report(test, CHUNK_A, 3, LAST);
	KUNIT_EXPECT_EQ(test, heat_map_life(test, CHUNK_A), 3);
	/* A new chunk is cold except for the reported pages. */
	report(test, CHUNK_A, 9, 17);
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_A), 9);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 17), 9);
}

static void heat_map_chunks_are_independent(struct kunit *test)
{
	report(test, CHUNK_A, 2, 4);
	report(test, CHUNK_B, 200, 4);
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_A), 2);
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_B), 200);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(test->priv),
			2 * HMT_CHUNK_PAGES);
	KUNIT_EXPECT_EQ(test, heat_map_life(test, CHUNK_A), 2);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_B, 4),
			decayed(decayed(200)));
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(test->priv), HMT_CHUNK_PAGES);
}

static void heat_maps_are_independent(struct kunit *test)
{
	struct hmt_heat_map other;

	hmt_heat_map_init(&other);
	report(test, CHUNK_A, 5, 0);
	KUNIT_EXPECT_NULL(test, hmt_heat_map_chunk(&other, CHUNK_A));
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(&other), 0);
	hmt_heat_map_destroy(&other);
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_A), 5);
}

/* kmemleak and slab debugging check that the memory is free. */
static void heat_map_destroy(struct kunit *test)
{
	unsigned long i;

	for (i = 0; i < 64; i++)
		report(test, i * 3 << HMT_CHUNK_SHIFT, HMT_HEAT_HIT, 1, LAST);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(test->priv),
			64 * HMT_CHUNK_PAGES);
	hmt_heat_map_destroy(test->priv);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(test->priv), 0);
	for (i = 0; i < 64; i++)
		KUNIT_EXPECT_NULL(test,
				  hmt_heat_map_chunk(test->priv,
						     i * 3 << HMT_CHUNK_SHIFT));
}

/* A pushed score is never zero, and a hit counts as one hit. */
static void heat_weigh(struct kunit *test)
{
	unsigned int evidence, score;

	for (score = 1; score <= HMT_HEAT_HIT; score++) {
		KUNIT_EXPECT_EQ(test, hmt_heat_weigh(0, score), 0);
		KUNIT_EXPECT_EQ(test, hmt_heat_weigh(HMT_SCORE_HIT, score),
				score);
		for (evidence = 1; evidence <= HMT_SCORE_MAX; evidence++) {
			unsigned int heat = hmt_heat_weigh(evidence, score);

			KUNIT_EXPECT_GE(test, heat, 1);
			KUNIT_EXPECT_GE(test, heat,
					hmt_heat_weigh(evidence - 1, score));
			/* At most four hits, even if reported more often. */
			KUNIT_EXPECT_LE(test, heat, 4 * score);
		}
	}
}

static void heat_map_add(struct kunit *test)
{
	struct hmt_heat_map *map = test->priv;
	unsigned long end = CHUNK_A + 10 * PAGE_SIZE;
	unsigned int i;

	KUNIT_ASSERT_EQ(test, 0, hmt_heat_map_add(map, CHUNK_A + 8 * PAGE_SIZE,
						  end, 7));
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_A), 14);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 8), 7);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 9), 7);
	/* Far too often. */
	for (i = 0; i < 1000; i++)
		KUNIT_ASSERT_EQ(test, 0,
				hmt_heat_map_add(map, CHUNK_A, end,
						 HMT_SCORE_MAX));
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_A), 10 * HMT_HEAT_MAX);
	KUNIT_ASSERT_EQ(test, 0, hmt_heat_map_add(map, CHUNK_B,
						  CHUNK_B + HMT_CHUNK_SIZE, 1));
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_B), HMT_CHUNK_PAGES);
}

/* Two providers of weight 1 and 4, as in the guide. */
static void heat_map_folds(struct kunit *test)
{
	unsigned int light = score_of(1, 5);
	unsigned int score = score_of(4, 5);
	unsigned int half = (score + 1) / 2;
	struct hmt_heat_map fresh;

	hmt_heat_map_init(&fresh);
	report(test, CHUNK_A, light, 3);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 3), light);
	KUNIT_ASSERT_EQ(test, 0, hmt_heat_map_add(&fresh, CHUNK_A,
						  CHUNK_A + 4 * PAGE_SIZE,
						  HMT_SCORE_HIT));
	KUNIT_ASSERT_EQ(test, 0, hmt_heat_map_add(&fresh, CHUNK_B,
						  CHUNK_B + PAGE_SIZE,
						  HMT_SCORE_HIT / 2));
	KUNIT_EXPECT_EQ(test, hmt_heat_map_fold(test->priv, &fresh, score), 5);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 0), score);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 3), light + score);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_A, 4), 0);
	KUNIT_EXPECT_EQ(test, heat_at(test, CHUNK_B, 0), half);
	/* No evidence is left, and none is added. */
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(&fresh), 0);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_fold(test->priv, &fresh, score), 0);
	KUNIT_EXPECT_EQ(test, heat_sum(test, CHUNK_B), half);
	hmt_heat_map_destroy(&fresh);
}

/* One sample: the hit of a queried provider, and pushed scores. */
static unsigned int fuse(unsigned int heat, bool seen, unsigned int pushed)
{
	if (seen)
		heat = hmt_heat_add(decayed(heat), score_of(1, 5));
	else
		heat = decayed(heat);
	return hmt_heat_add(heat, hmt_heat_weigh(pushed, score_of(4, 5)));
}

/* The example "accessed:1 counter:4" of the guide to providers. */
static void heat_example(struct kunit *test)
{
	static const struct {
		bool seen;
		unsigned int pushed, warm, cold, always;
	} rows[] = {
		{ false, 0, 96, 0, 0 },
		{ true, 0, 98, 2, 33 },
		{ false, 64, 104, 8, 225 },
		{ true, 64, 106, 10, 255 },
		{ false, 32, 100, 4, 97 },
		{ false, 255, 128, 32, 255 },
	};
	unsigned int i, sample, heat;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ(test, rows[i].warm,
				fuse(100, rows[i].seen, rows[i].pushed));
		KUNIT_EXPECT_EQ(test, rows[i].cold,
				fuse(0, rows[i].seen, rows[i].pushed));
		for (sample = 0, heat = 0; sample < 1000; sample++)
			heat = fuse(heat, rows[i].seen, rows[i].pushed);
		KUNIT_EXPECT_EQ(test, rows[i].always, heat);
	}
}

static void heat_skew(struct kunit *test)
{
	u8 *heat = kunit_kzalloc(test, HMT_CHUNK_PAGES, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, heat);
	KUNIT_EXPECT_FALSE(test, hmt_heat_is_skewed(heat));
	/* All alike, as from page tables, however warm. */
	memset(heat, HMT_HEAT_MAX, HMT_CHUNK_PAGES);
	KUNIT_EXPECT_FALSE(test, hmt_heat_is_skewed(heat));
	/* A few that are clearly warmer, whatever the others are. */
	memset(heat, 100, HMT_CHUNK_PAGES);
	memset(heat, 100 + HMT_HEAT_SKEW - 1, HMT_HEAT_SKEWED_PAGES);
	KUNIT_EXPECT_FALSE(test, hmt_heat_is_skewed(heat));
	memset(heat, 100 + HMT_HEAT_SKEW, HMT_HEAT_SKEWED_PAGES);
	KUNIT_EXPECT_TRUE(test, hmt_heat_is_skewed(heat));
	heat[HMT_CHUNK_PAGES - 1] = 100 + HMT_HEAT_SKEW;
	KUNIT_EXPECT_FALSE(test, hmt_heat_is_skewed(heat));
}

/* The least that returns with a page: 64 KiB. */
#define LEAST		(HMT_CHUNK_PAGES / 32)

/* Pages that return with @page, of [@first, @end). */
static void expect_neighbours(struct kunit *test, const u8 *heat,
			      unsigned int page, unsigned int first,
			      unsigned int end)
{
	unsigned int from = ALIGN_DOWN(page, LEAST), to = from + LEAST;

	hmt_neighbours_choose(heat, 50, page, &from, &to);
	KUNIT_EXPECT_EQ(test, from, first);
	KUNIT_EXPECT_EQ(test, to, end);
}

static void heat_neighbours(struct kunit *test)
{
	static u8 heat[HMT_CHUNK_PAGES];

	memset(heat, 49, sizeof(heat));
	expect_neighbours(test, heat, 0, 0, HMT_CHUNK_PAGES);
	expect_neighbours(test, heat, LAST, 0, HMT_CHUNK_PAGES);
	/* A hot page ends the range on its side. */
	heat[18 * LEAST + LEAST / 2] = 50;
	expect_neighbours(test, heat, 0, 0, 16 * LEAST);
	expect_neighbours(test, heat, 16 * LEAST, 16 * LEAST, 18 * LEAST);
	expect_neighbours(test, heat, LAST, 24 * LEAST, HMT_CHUNK_PAGES);
	/* The same 64 KiB return in any case, and hot pages stay. */
	expect_neighbours(test, heat, 18 * LEAST, 18 * LEAST, 19 * LEAST);
	expect_neighbours(test, heat, 18 * LEAST + LEAST / 2, 18 * LEAST,
			  19 * LEAST);
	heat[20 * LEAST - 1] = 255;
	expect_neighbours(test, heat, 19 * LEAST, 19 * LEAST, 20 * LEAST);
	heat[0] = 255;
	expect_neighbours(test, heat, 16 * LEAST - 1, 8 * LEAST, 16 * LEAST);
	expect_neighbours(test, heat, LEAST, LEAST, 2 * LEAST);
}

/* Pages that a sample found, and their heat before, by bits and by scores. */
static void heat_map_meets(struct kunit *test)
{
	struct hmt_heat_map *map = test->priv, fresh;
	const struct hmt_policy_met *met = &map->met;

	KUNIT_EXPECT_EQ(test, met->pages, 0);
	KUNIT_ASSERT_EQ(test, hmt_heat_map_add(map, 0, 3 * PAGE_SIZE, 64), 0);
	KUNIT_ASSERT_EQ(test, hmt_heat_map_add(map, 4 * HMT_CHUNK_SIZE,
					       5 * HMT_CHUNK_SIZE, 255), 0);
	hmt_heat_map_decay(map, 1);
	KUNIT_EXPECT_EQ(test, met->pages, 2 * HMT_CHUNK_PAGES);
	KUNIT_EXPECT_EQ(test, met->heat, 3 * 32 + HMT_CHUNK_PAGES * 127);
	KUNIT_EXPECT_EQ(test, met->hits, 0);
	report(test, 0, 129, 0, 2, LAST);
	report(test, 4 * HMT_CHUNK_SIZE, 129, LAST);
	KUNIT_EXPECT_EQ(test, met->hits, 4);
	KUNIT_EXPECT_EQ(test, met->found, 2 * 32 + 127);
	hmt_heat_map_init(&fresh);
	KUNIT_ASSERT_EQ(test, hmt_heat_map_add(&fresh, PAGE_SIZE, 2 * PAGE_SIZE,
					       64), 0);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_fold(map, &fresh, 129), 1);
	KUNIT_EXPECT_EQ(test, met->hits, 5);
	KUNIT_EXPECT_EQ(test, met->found, 3 * 32 + 127);
	hmt_heat_map_destroy(&fresh);
	/* The next sample begins anew. */
	hmt_heat_map_decay(map, 0);
	KUNIT_EXPECT_EQ(test, met->heat + met->hits + met->found, 0);
	KUNIT_EXPECT_EQ(test, hmt_heat_map_bytes(map), 0);
}

/* Eight pages at a time are within the bounds exactly if one of them is. */
static void heat_words_within(struct kunit *test)
{
	static const u16 bounds[] = { 0, 1, 2, 127, 128, 254, 255, 256 };
	struct hmt_policy_bounds in;
	unsigned int i, j, heat;

	for (i = 0; i < ARRAY_SIZE(bounds); i++)
		for (j = 0; j < ARRAY_SIZE(bounds) - 1; j++)
			for (heat = 0; heat <= HMT_HEAT_MAX; heat++) {
				u64 word = heat * HMT_HEAT_BYTES(1);

				in.least = bounds[i];
				in.most = bounds[j];
				KUNIT_EXPECT_EQ(test,
						hmt_heat_word_has(word, &in),
						hmt_policy_names(&in, heat));
			}
	in.least = 10;
	in.most = 20;
	for (i = 0; i < sizeof(u64); i++)
		KUNIT_EXPECT_TRUE(test,
				  hmt_heat_word_has(21 * HMT_HEAT_BYTES(1) -
							    (1ULL << 8 * i),
						    &in));
	KUNIT_EXPECT_FALSE(test, hmt_heat_word_has(0x1509150915091509ULL, &in));
}

/*
 * Of processes that share an mm, the number of the one before is put when the next
 * one follows, after a grace period: readers under RCU may still have it.
 */
static void heat_keeps_former_pid(struct kunit *test)
{
	struct hmt_mm *managed = kunit_kzalloc(test, sizeof(*managed),
					       GFP_KERNEL);
	struct pid *mine = kunit_kzalloc(test, sizeof(*mine), GFP_KERNEL);
	struct pid *other = find_get_pid(1);
	const unsigned int refs = 1;

	KUNIT_ASSERT_NOT_NULL(test, managed);
	KUNIT_ASSERT_NOT_NULL(test, mine);
	KUNIT_ASSERT_NOT_NULL(test, other);
	/* Of a real one the kernel has references now and then. */
	refcount_set(&mine->count, refs);
	managed->pid = get_pid(mine);
	hmt_mm_set_pid(managed, mine);
	KUNIT_EXPECT_EQ(test, refcount_read(&mine->count), refs + 1);
	hmt_mm_set_pid(managed, other);
	KUNIT_EXPECT_PTR_EQ(test, managed->pid, other);
	KUNIT_EXPECT_EQ(test, refcount_read(&mine->count), refs + 1);
	/* Another reference, and the one before is put. */
	hmt_mm_set_pid(managed, mine);
	KUNIT_EXPECT_EQ(test, refcount_read(&mine->count), refs + 1);
	KUNIT_EXPECT_PTR_EQ(test, managed->former, other);
	put_pid(managed->former);
	put_pid(managed->pid);
	put_pid(other);
	KUNIT_EXPECT_EQ(test, refcount_read(&mine->count), refs);
}

/* The next page is found at any place of a word, and none beyond the end. */
static void heat_chunk_seek(struct kunit *test)
{
	const struct hmt_policy_bounds in = { .least = 50, .most = 60 };
	u8 *heat = kunit_kzalloc(test, HMT_CHUNK_PAGES, GFP_KERNEL);
	unsigned int from, at;

	KUNIT_ASSERT_NOT_NULL(test, heat);
	/* A chunk has 32 pages of 64 KiB. */
	for (at = 9; at < 25; at++) {
		heat[at] = 55;
		for (from = 3; from < 28; from++) {
			KUNIT_EXPECT_EQ(test,
					hmt_heat_chunk_seek(heat, &in, from,
							    30),
					from <= at ? at : 30);
			/* The page itself is beyond the end. */
			if (from <= at)
				KUNIT_EXPECT_EQ(test,
						hmt_heat_chunk_seek(heat, &in,
								    from, at),
						at);
		}
		heat[at] = 61;
	}
}

static struct kunit_case hmt_heat_cases[] = {
	KUNIT_CASE(heat_decay_never_grows),
	KUNIT_CASE(heat_decay_ends),
	KUNIT_CASE(heat_decay_of_words),
	KUNIT_CASE(heat_words_sum),
	KUNIT_CASE(heat_is_a_mean),
	KUNIT_CASE(heat_add_saturates),
	KUNIT_CASE(heat_words_add),
	KUNIT_CASE(heat_bits_spread),
	KUNIT_CASE(heat_every_sample),
	KUNIT_CASE(heat_order_of_periods),
	KUNIT_CASE_PARAM(heat_score, score_gen_params),
	KUNIT_CASE(heat_map_is_lazy),
	KUNIT_CASE(heat_map_right_page),
	KUNIT_CASE(heat_map_any_address),
	KUNIT_CASE(heat_map_adds),
	KUNIT_CASE(heat_map_decays),
	KUNIT_CASE(heat_map_forgets),
	KUNIT_CASE(heat_map_chunks_are_independent),
	KUNIT_CASE(heat_maps_are_independent),
	KUNIT_CASE(heat_map_destroy),
	KUNIT_CASE(heat_weigh),
	KUNIT_CASE(heat_map_add),
	KUNIT_CASE(heat_map_folds),
	KUNIT_CASE(heat_map_meets),
	KUNIT_CASE(heat_example),
	KUNIT_CASE(heat_skew),
	KUNIT_CASE(heat_words_within),
	KUNIT_CASE(heat_chunk_seek),
	KUNIT_CASE(heat_keeps_former_pid),
	KUNIT_CASE(heat_neighbours),
	{}
};

static struct kunit_suite hmt_heat_suite = {
	.name = "hmt_heat",
	.init = heat_map_setup,
	.test_cases = hmt_heat_cases,
};

kunit_test_suite(hmt_heat_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of heat");
MODULE_LICENSE("GPL");
