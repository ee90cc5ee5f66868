// SPDX-License-Identifier: GPL-2.0
/* The token bucket, on a clock that the tests set. */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/time64.h>
#include "lib/ratelimit.h"

#define TAKES		10000
#define STATES		2000
/* Time at which buckets start; not 0. */
#define START		(12345 * NSEC_PER_SEC)

static u64 random_below(struct rnd_state *random, u64 end)
{
	u64 number = (u64)prandom_u32_state(random) << 32;

	number |= prandom_u32_state(random);
	return end ? number - div64_u64(number, end) * end : 0;
}

/*
 * Grants so far, in billionths of a token. In no window more than burst + rate
 * * time may be granted: granted - rate * time may not exceed its lowest
 * value, found at the end of some earlier grant, by more than the burst.
 */
struct ledger {
	s64 balance;
	s64 lowest;
	s64 worst;
};

static void ledger_pass(struct ledger *ledger, u64 rate, u64 ns)
{
	ledger->balance -= rate * ns;
	ledger->lowest = min(ledger->lowest, ledger->balance);
}

static void ledger_grant(struct ledger *ledger, u64 granted)
{
	ledger->balance += granted * NSEC_PER_SEC;
	ledger->worst = max(ledger->worst, ledger->balance - ledger->lowest);
}

struct rate_case {
	const char *title;
	u64 rate;
	u64 burst;
	/* longest time between two takes, in ns */
	u64 step;
	/* maximum request in tokens; 0: always the burst */
	u64 want;
};

static const struct rate_case rate_cases[] = {
	{ "1 a second", 1, 1, 3 * NSEC_PER_SEC, 0 },
	{ "1 a second, impatient", 1, 8, NSEC_PER_SEC / 10, 3 },
	{ "3 a second", 3, 1, NSEC_PER_SEC, 0 },
	{ "7 a second", 7, 64, NSEC_PER_SEC, 16 },
	{ "1000 a second", 1000, 64, 20 * NSEC_PER_MSEC, 64 },
	{ "1 MiB/s", 256, 64, 100 * NSEC_PER_MSEC, 64 },
	{ "1 GiB/s", 262144, 64, 200 * NSEC_PER_USEC, 64 },
	{ "1 GiB/s, impatient", 262144, 64, 5 * NSEC_PER_USEC, 2 },
	{ "less than one a ns", 600000000, 16, 4, 0 },
	{ "one a ns", NSEC_PER_SEC, 64, 30, 64 },
	{ "a bit more than one a ns", NSEC_PER_SEC + 1, 64, 2, 0 },
	{ "2^32 a second", 1ULL << 32, 64, 20, 64 },
	{ "2^32 a second, small burst", 1ULL << 32, 5, 2, 0 },
	{ "2^32 a second, impatient", 1ULL << 32, 64, 2, 8 },
};

KUNIT_ARRAY_PARAM_DESC(rate, rate_cases, title);

static void bucket_every_window(struct kunit *test)
{
	const struct rate_case *param = test->param_value;
	struct ledger ledger = {};
	struct hmt_bucket bucket;
	struct rnd_state random;
	u64 now = START;
	unsigned int i;

	prandom_seed_state(&random, param->rate ^ param->burst);
	hmt_bucket_init(&bucket, param->rate, param->burst, now);
	for (i = 0; i < TAKES; i++) {
		u64 step = random_below(&random, param->step + 1);
		u64 want = param->want ?
			   random_below(&random, param->want + 1) :
			   param->burst;
		u64 granted;

		/* Often several requests in the same nanosecond. */
		if (i % 3 == 0)
			step = 0;
		now += step;
		ledger_pass(&ledger, param->rate, step);
		granted = hmt_bucket_take(&bucket, want, now);
		KUNIT_ASSERT_LE(test, granted, want);
		ledger_grant(&ledger, granted);
	}
	KUNIT_EXPECT_LE(test, ledger.worst,
			(s64)(param->burst * NSEC_PER_SEC));
	KUNIT_EXPECT_GT(test, ledger.worst, 0);
}

/*
 * A caller that takes all tokens before the bucket is full gets all that the
 * rate earns: rounding loses nothing, however often it asks.
 */
static void bucket_no_starvation(struct kunit *test)
{
	const struct rate_case *param = test->param_value;
	u64 burst = max(param->burst, 8ULL);
	/* Time that earns a quarter of the burst, at least 1 ns. */
	u64 quarter = div64_u64(burst * NSEC_PER_SEC / 4, param->rate);
	u64 step = clamp_t(u64, param->step / 3, 1, max(quarter, 1ULL));
	struct hmt_bucket bucket;
	u64 granted = 0, earned;
	u64 now = START;
	unsigned int i;

	hmt_bucket_init(&bucket, param->rate, burst, now);
	for (i = 0; i < TAKES; i++) {
		now += step;
		granted += hmt_bucket_take(&bucket, ~0ULL, now);
	}
	earned = mul_u64_u64_div_u64(now - START, param->rate, NSEC_PER_SEC);
	KUNIT_EXPECT_LE(test, granted, earned);
	KUNIT_EXPECT_GE(test, granted + 1, earned);
}

/* The tokens are there after wait_ns(), and not before. */
static void bucket_wait(struct kunit *test)
{
	const struct rate_case *param = test->param_value;
	struct hmt_bucket bucket, early;
	struct rnd_state random;
	unsigned int i, waited = 0;
	u64 now = START;

	prandom_seed_state(&random, param->rate + param->burst);
	hmt_bucket_init(&bucket, param->rate, param->burst, now);
	for (i = 0; i < STATES; i++) {
		u64 want = 1 + random_below(&random, param->burst);
		u64 wait;

		now += random_below(&random, param->step + 1);
		hmt_bucket_take(&bucket, random_below(&random, want), now);
		wait = hmt_bucket_wait_ns(&bucket, want);
		KUNIT_ASSERT_NE(test, wait, ~0ULL);
		if (wait > 1) {
			early = bucket;
			KUNIT_ASSERT_LT(test,
					hmt_bucket_take(&early, want,
							now + wait - 2),
					want);
			waited++;
		}
		now += wait;
		KUNIT_ASSERT_EQ(test, want,
				hmt_bucket_take(&bucket, want, now));
	}
	KUNIT_EXPECT_GT(test, waited, 0);
}

static void bucket_starts_empty(struct kunit *test)
{
	struct hmt_bucket bucket;

	hmt_bucket_init(&bucket, 1000, 64, START);
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, 64, START), 0);
	KUNIT_EXPECT_EQ(test, 1,
			hmt_bucket_take(&bucket, 64, START + NSEC_PER_MSEC));
}

static void bucket_zero(struct kunit *test)
{
	struct hmt_bucket bucket;
	unsigned int i;
	u64 now = START;

	hmt_bucket_init(&bucket, 0, 64, now);
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, 1, now), 0);
		KUNIT_EXPECT_EQ(test, hmt_bucket_wait_ns(&bucket, 1), ~0ULL);
		now += 1000 * NSEC_PER_SEC;
	}
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, ~0ULL, U64_MAX), 0);
	/* A rate of 0 grants no saved tokens either. */
	hmt_bucket_init(&bucket, 1000, 64, START);
	hmt_bucket_take(&bucket, 0, START + NSEC_PER_SEC);
	hmt_bucket_set_rate(&bucket, 0, START + NSEC_PER_SEC);
	KUNIT_EXPECT_EQ(test, 0,
			hmt_bucket_take(&bucket, 1, START + NSEC_PER_SEC));
}

static void bucket_max(struct kunit *test)
{
	struct hmt_bucket bucket;
	unsigned int i;

	hmt_bucket_init(&bucket, HMT_RATE_MAX, 64, START);
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_EQ(test, 1000000,
				hmt_bucket_take(&bucket, 1000000, START));
		KUNIT_EXPECT_EQ(test, hmt_bucket_wait_ns(&bucket, 1000000), 0);
	}
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, ~0ULL, START), ~0ULL);
}

static void bucket_more_than_burst(struct kunit *test)
{
	struct hmt_bucket bucket;

	hmt_bucket_init(&bucket, 1000, 64, START);
	KUNIT_EXPECT_EQ(test, hmt_bucket_wait_ns(&bucket, 65), ~0ULL);
	KUNIT_EXPECT_EQ(test, 64,
			hmt_bucket_take(&bucket, 65, START + NSEC_PER_SEC));
	KUNIT_EXPECT_EQ(test, hmt_bucket_wait_ns(&bucket, 0), 0);
}

/* A clock that stops or goes backwards earns nothing. */
static void bucket_clock_stands_still(struct kunit *test)
{
	static const u64 rates[] = { 1, 1000, NSEC_PER_SEC, 1ULL << 32,
				     1ULL << 40 };
	struct hmt_bucket bucket;
	unsigned int i, round;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		u64 granted = 0;

		hmt_bucket_init(&bucket, rates[i], 64, START);
		hmt_bucket_take(&bucket, 0, START + 100 * NSEC_PER_SEC);
		for (round = 0; round < 1000; round++) {
			u64 now = START + 100 * NSEC_PER_SEC - round % 7;

			granted += hmt_bucket_take(&bucket, 1, now);
		}
		KUNIT_EXPECT_EQ_MSG(test, granted, 64, "rate %llu", rates[i]);
		KUNIT_EXPECT_GT(test, hmt_bucket_wait_ns(&bucket, 1), 0);
	}
}

/* Any pause, even if its product with the rate overflows. */
static void bucket_far_future(struct kunit *test)
{
	static const u64 rates[] = { 1, 1000, 262144, 1ULL << 32, 1ULL << 40,
				     HMT_RATE_MAX - 1 };
	static const u64 pauses[] = { 100 * NSEC_PER_SEC, 1ULL << 40,
				      1ULL << 62, U64_MAX - START };
	struct hmt_bucket bucket;
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(rates); i++) {
		for (j = 0; j < ARRAY_SIZE(pauses); j++) {
			u64 now = START + pauses[j];

			hmt_bucket_init(&bucket, rates[i], 64, START);
			KUNIT_EXPECT_EQ_MSG(test, 64,
					    hmt_bucket_take(&bucket, ~0ULL,
							    now),
					    "rate %llu, pause %llu", rates[i],
					    pauses[j]);
			KUNIT_EXPECT_EQ(test, 0,
					hmt_bucket_take(&bucket, ~0ULL, now));
		}
	}
}

/* A burst whose time does not fit into 64 bits. */
static void bucket_large_burst(struct kunit *test)
{
	static const u64 bursts[] = { 1ULL << 34, 1ULL << 35, 1ULL << 40,
				      1ULL << 55, U64_MAX };
	struct hmt_bucket bucket;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bursts); i++) {
		u64 wait;

		hmt_bucket_init(&bucket, 10, bursts[i], START);
		KUNIT_EXPECT_EQ_MSG(test, 10,
				    hmt_bucket_take(&bucket, ~0ULL,
						    START + NSEC_PER_SEC),
				    "burst %llu", bursts[i]);
		wait = hmt_bucket_wait_ns(&bucket, 1);
		KUNIT_EXPECT_GE(test, wait, NSEC_PER_SEC / 10);
		KUNIT_EXPECT_LE(test, wait, NSEC_PER_SEC / 10 + 1);
	}
}

/* A new rate counts from its change, and earned tokens stay. */
static void bucket_new_rate(struct kunit *test)
{
	struct hmt_bucket bucket;
	u64 now = START;

	hmt_bucket_init(&bucket, 10, 64, now);
	now += NSEC_PER_SEC;
	hmt_bucket_set_rate(&bucket, 1000, now);
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, 64, now), 10);
	now += 5 * NSEC_PER_MSEC;
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, 64, now), 5);
	/* Time with a rate of 0 earns nothing. */
	hmt_bucket_set_rate(&bucket, 0, now);
	now += 100 * NSEC_PER_SEC;
	hmt_bucket_set_rate(&bucket, 1000, now);
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, 64, now), 0);
	/* Time without a limit earns nothing either. */
	hmt_bucket_set_rate(&bucket, HMT_RATE_MAX, now);
	now += 100 * NSEC_PER_SEC;
	hmt_bucket_set_rate(&bucket, 1000, now);
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, 64, now), 0);
	now += 2 * NSEC_PER_MSEC;
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, 64, now), 2);
	/* Setting the same rate again changes nothing. */
	hmt_bucket_set_rate(&bucket, 1000, now + NSEC_PER_MSEC / 2);
	now += NSEC_PER_MSEC;
	KUNIT_EXPECT_EQ(test, hmt_bucket_take(&bucket, 64, now), 1);
}

/* Each period counts at its own rate, however often that changes. */
static void bucket_rates_in_turn(struct kunit *test)
{
	static const u64 rates[] = { 0, 1, 300, 262144, 1000003 };
	const u64 burst = 64;
	struct ledger ledger = {};
	struct hmt_bucket bucket;
	struct rnd_state random;
	u64 now = START, rate = 0, total = 0;
	unsigned int i;

	prandom_seed_state(&random, 3);
	hmt_bucket_init(&bucket, rate, burst, now);
	for (i = 0; i < TAKES; i++) {
		u64 step = random_below(&random, 50 * NSEC_PER_USEC);
		u64 granted;

		now += step;
		ledger_pass(&ledger, rate, step);
		if (i % 5 == 0) {
			rate = rates[random_below(&random, ARRAY_SIZE(rates))];
			hmt_bucket_set_rate(&bucket, rate, now);
		}
		granted = hmt_bucket_take(&bucket,
					  random_below(&random, burst + 1),
					  now);
		ledger_grant(&ledger, granted);
		total += granted;
	}
	KUNIT_EXPECT_LE(test, ledger.worst, (s64)(burst * NSEC_PER_SEC));
	KUNIT_EXPECT_GT(test, total, burst);
}

static struct kunit_case hmt_ratelimit_cases[] = {
	KUNIT_CASE_PARAM(bucket_every_window, rate_gen_params),
	KUNIT_CASE_PARAM(bucket_no_starvation, rate_gen_params),
	KUNIT_CASE_PARAM(bucket_wait, rate_gen_params),
	KUNIT_CASE(bucket_starts_empty),
	KUNIT_CASE(bucket_zero),
	KUNIT_CASE(bucket_max),
	KUNIT_CASE(bucket_more_than_burst),
	KUNIT_CASE(bucket_clock_stands_still),
	KUNIT_CASE(bucket_far_future),
	KUNIT_CASE(bucket_large_burst),
	KUNIT_CASE(bucket_new_rate),
	KUNIT_CASE(bucket_rates_in_turn),
	{}
};

static struct kunit_suite hmt_ratelimit_suite = {
	.name = "hmt_lib_ratelimit",
	.test_cases = hmt_ratelimit_cases,
};

kunit_test_suite(hmt_ratelimit_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of the token bucket");
MODULE_LICENSE("GPL");
