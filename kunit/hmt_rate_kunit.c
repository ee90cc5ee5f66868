// SPDX-License-Identifier: GPL-2.0
/* Estimates of rates of access, of pages whose accesses are drawn. */
#include <kunit/test.h>
#include <linux/hmt_internal.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include "../drivers/provider/rate.h"

/* Lengths of windows, ns. */
#define LONG		300000
#define SHORT		20000

/* Number of short windows of six groups. */
#define WINDOWS		48

/* Pages that are drawn for a mean. */
#define PAGES		4000

/* Probability that a window without an access follows, for a mean of 1/8, in 2^-32. */
#define NONE_OF_EIGHTH	3790295335U

/*
 * Draw whether a page with @eighths/8 accesses in a window on average, at random
 * times, is accessed in one.
 */
static bool rate_hit(struct rnd_state *random, unsigned int eighths)
{
	while (eighths--)
		if (prandom_u32_state(random) >= NONE_OF_EIGHTH)
			return true;
	return false;
}

static unsigned int rate_hits(struct rnd_state *random, unsigned int windows,
			      unsigned int eighths)
{
	unsigned int hits = 0;

	while (windows--)
		hits += rate_hit(random, eighths);
	return hits;
}

/*
 * Return the estimate of a page with @eighths/8 accesses in a short window, in a
 * long one and in 1/HMT_RATE_UNIT.
 */
static u64 rate_of_huge(struct rnd_state *random, unsigned int eighths)
{
	unsigned int hits = rate_hits(random, HMT_RATE_WINDOWS,
				      eighths * LONG / SHORT);
	u64 sum = hmt_rate_sum(HMT_RATE_WINDOWS, hits);

	if (hits >= HMT_RATE_FILLED)
		sum += hmt_rate_beyond(hits,
				       hmt_rate_scaled(WINDOWS,
						       rate_hits(random, WINDOWS,
								 eighths),
						       LONG, SHORT));
	return sum;
}

static void rate_sums(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hmt_rate_sum(8, 0), 0);
	KUNIT_EXPECT_EQ(test, hmt_rate_sum(8, 1), HMT_RATE_UNIT / 8);
	/* 1/8 + 1/7 + ... + 1/1 is 2283/840. */
	KUNIT_EXPECT_EQ(test, hmt_rate_sum(8, 8), HMT_RATE_UNIT / 840 * 2283);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_windows(1), 48);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_windows(6), 48);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_windows(16), 24);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_windows(32), 12);
}

/* Without a bias, up to about two accesses in a window. */
static void rate_long(struct kunit *test)
{
	static const unsigned int eighths[] = { 1, 4, 8, 12 };
	struct rnd_state random;
	unsigned int i, page;

	prandom_seed_state(&random, 1);
	for (i = 0; i < ARRAY_SIZE(eighths); i++) {
		u64 sum = 0, real = (u64)PAGES * eighths[i] * HMT_RATE_UNIT / 8;

		for (page = 0; page < PAGES; page++)
			sum += hmt_rate_sum(8, rate_hits(&random, 8, eighths[i]));
		KUNIT_EXPECT_GT(test, sum, real * 95 / 100);
		KUNIT_EXPECT_LT(test, sum, real * 105 / 100);
	}
}

/* A huge page that fills all long windows has the rate of the short ones. */
static void rate_huge(struct kunit *test)
{
	static const unsigned int eighths[] = { 1, 2, 4, 8, 16 };
	struct rnd_state random;
	unsigned int i, page;

	prandom_seed_state(&random, 2);
	for (i = 0; i < ARRAY_SIZE(eighths); i++) {
		u64 sum = 0, real = (u64)PAGES * eighths[i] * LONG / SHORT *
				    HMT_RATE_UNIT / 8;

		for (page = 0; page < PAGES; page++)
			sum += rate_of_huge(&random, eighths[i]);
		KUNIT_EXPECT_GT(test, sum, real * 90 / 100);
		KUNIT_EXPECT_LT(test, sum, real * 110 / 100);
	}
}

/*
 * The share of accesses of some huge pages, as in the benchmark: 96 of 448 have nine
 * tenths of the accesses. 45 of those and 200 others are in slow memory.
 */
static void rate_share(struct kunit *test)
{
	u64 slow = 0, all = 0, real_slow = 0, real_all = 0;
	struct rnd_state random;
	unsigned int round, page;

	prandom_seed_state(&random, 3);
	for (round = 0; round < 16; round++) {
		for (page = 0; page < 448; page++) {
			bool hot = page < 96;
			bool is_slow = hot ? page < 45 : page < 296;
			/* 1.5 accesses in a short window, or 0.6 in a long one. */
			u64 real = HMT_RATE_UNIT / 8 *
				   (hot ? 12 * LONG / SHORT : 5);
			u64 sum = hot ? rate_of_huge(&random, 12) :
					hmt_rate_sum(8, rate_hits(&random, 8, 5));

			all += sum;
			real_all += real;
			slow += is_slow ? sum : 0;
			real_slow += is_slow ? real : 0;
		}
	}
	/* Within a point. */
	KUNIT_EXPECT_LT(test, abs_diff(slow * 1000 / all,
				       real_slow * 1000 / real_all), 10);
}

/* By chance a page fills the long windows and is not seen in the short ones. */
static void rate_chance(struct kunit *test)
{
	u64 once = hmt_rate_scaled(WINDOWS, 1, LONG, SHORT);
	u64 always = hmt_rate_scaled(WINDOWS, WINDOWS, LONG, SHORT);

	KUNIT_EXPECT_EQ(test, hmt_rate_beyond(8, 0), 0);
	KUNIT_EXPECT_EQ(test, hmt_rate_beyond(8, once), 0);
	KUNIT_EXPECT_GT(test, hmt_rate_beyond(8, always), 0);
	KUNIT_EXPECT_EQ(test, hmt_rate_beyond(7, hmt_rate_sum(8, 8)),
			HMT_RATE_UNIT);
	/* Windows may be as long as a measurement. */
	always = hmt_rate_scaled(WINDOWS, WINDOWS, NSEC_PER_SEC, NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, hmt_rate_beyond(8, always),
			hmt_rate_sum(WINDOWS, WINDOWS) - hmt_rate_sum(8, 8));
}

/* Short windows become so long that a page is accessed about once in each. */
static void rate_short_factor(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hmt_rate_short_factor(0), HMT_RATE_SHORT_FACTOR);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_factor(1), HMT_RATE_SHORT_FACTOR);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_factor(3), 4);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_factor(7), 1);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_factor(HMT_RATE_PROBES), 1);
	/* The pause is a part of a window. */
	KUNIT_EXPECT_EQ(test, hmt_rate_short_pause(1, 70000), 10);
	KUNIT_EXPECT_EQ(test, hmt_rate_short_pause(6, 70000), 360);
}

/* Both switches count. After a long delay of the second one the time is unknown. */
static void rate_ran(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hmt_rate_ran(100, 12100, 15100), 9000);
	KUNIT_EXPECT_EQ(test, hmt_rate_ran(100, 12100, 12100), 12000);
	KUNIT_EXPECT_EQ(test, hmt_rate_ran(100, 12100, 18100), 0);
	KUNIT_EXPECT_EQ(test, hmt_rate_ran(100, 100, 99100), 0);
}

static struct kunit_case rate_cases[] = {
	KUNIT_CASE(rate_ran),
	KUNIT_CASE(rate_sums),
	KUNIT_CASE(rate_long),
	KUNIT_CASE(rate_huge),
	KUNIT_CASE(rate_share),
	KUNIT_CASE(rate_chance),
	KUNIT_CASE(rate_short_factor),
	{}
};

static struct kunit_suite rate_suite = {
	.name = "hmt_rate",
	.test_cases = rate_cases,
};

kunit_test_suite(rate_suite);

MODULE_DESCRIPTION("HMT: KUnit tests of estimates of rates");
MODULE_AUTHOR("HMT maintainers");
MODULE_LICENSE("GPL");
