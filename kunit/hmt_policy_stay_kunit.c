// SPDX-License-Identifier: GPL-2.0
/* How long a hot set lasts, and how much an exchange has to gain then. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/time64.h>
#include "policy_fixture.h"

#define MS(ms)		((u64)(ms) * NSEC_PER_MSEC)
#define BEGIN		MS(1000)
#define STEP		100

/* Take a sample at @ms, after a step of @step (ms). */
static void sample(struct hmt_policy_stay *stay, unsigned int ms,
		   unsigned int step, bool grows)
{
	const struct hmt_policy_stay_sample sample = {
		.now_ns = BEGIN + MS(ms),
		.step_ns = MS(step),
		.shift = stay->since_ns ? 2 : 0,
		.grows = grows,
	};

	hmt_policy_stay_sample(stay, &sample);
}

static void change(struct hmt_policy_stay *stay, unsigned int ms)
{
	hmt_policy_stay_change(stay, BEGIN + MS(ms));
}

static u64 samples_at(const struct hmt_policy_stay *stay, unsigned int ms)
{
	return hmt_policy_stay(stay, BEGIN + MS(ms));
}

/* A hot set is expected to last for as long as it has lasted so far. */
static void stay_so_far(struct kunit *test)
{
	struct hmt_policy_stay stay = {};
	unsigned int ms;

	KUNIT_EXPECT_EQ(test, hmt_policy_stay(&stay, 0), 0);
	for (ms = 0; ms <= 4000; ms += STEP) {
		sample(&stay, ms, STEP, false);
		KUNIT_EXPECT_EQ(test, samples_at(&stay, ms), ms / STEP);
	}
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 1000000), HMT_POLICY_STAY_MOST);
}

/* Or as earlier ones did on average; the last one counts for a half. */
static void stay_as_others(struct kunit *test)
{
	struct hmt_policy_stay stay = {};

	sample(&stay, 0, STEP, false);
	change(&stay, 4000);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 4000), 40);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 8000), 40);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 10000), 60);
	change(&stay, 12000);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 12000), 60);
	change(&stay, 14000);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 14000), 40);
	/* A change at the same time is no length, and not the first one. */
	change(&stay, 14000);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 14000), 20);
}

/* Pages that a program accesses while it fills memory are no hot set. */
static void stay_after_growth(struct kunit *test)
{
	struct hmt_policy_stay stay = {};
	unsigned int ms;

	/* A change before the first sample has no length. */
	change(&stay, 0);
	KUNIT_EXPECT_EQ(test, stay.mean_ns, 0);
	for (ms = 0; ms <= 3000; ms += STEP)
		sample(&stay, ms, STEP, true);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 3000), 0);
	sample(&stay, 3100, STEP, false);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 5000), 20);
	/* Growth does not hide how long others lasted. */
	change(&stay, 5000);
	sample(&stay, 9000, STEP, true);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 9000), 20);
}

/* The step is the mean of those behind heat. */
static void stay_step(struct kunit *test)
{
	struct hmt_policy_stay stay = {};
	unsigned int i;

	sample(&stay, 0, 50, false);
	KUNIT_EXPECT_EQ(test, stay.step_ns, MS(50));
	sample(&stay, 50, 250, false);
	KUNIT_EXPECT_EQ(test, stay.step_ns, MS(100));
	sample(&stay, 100, 20, false);
	KUNIT_EXPECT_EQ(test, stay.step_ns, MS(80));
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 8000), 100);
	for (i = 0; i < 100; i++)
		sample(&stay, 150, 800, false);
	KUNIT_EXPECT_EQ(test, samples_at(&stay, 8000), 10);
}

/* An exchange has to gain 20 accesses in that time, within bounds. */
static void stay_margin(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hmt_policy_margin(0), HMT_POLICY_HOT);
	KUNIT_EXPECT_EQ(test, hmt_policy_margin(40), HMT_POLICY_HOT);
	KUNIT_EXPECT_EQ(test, hmt_policy_margin(41), 124);
	KUNIT_EXPECT_EQ(test, hmt_policy_margin(80), 64);
	KUNIT_EXPECT_EQ(test, hmt_policy_margin(200), 25);
	KUNIT_EXPECT_EQ(test, hmt_policy_margin(HMT_POLICY_STAY_MOST),
			HMT_POLICY_MARGIN);
	KUNIT_EXPECT_EQ(test, hmt_policy_margin(~0ULL), HMT_POLICY_MARGIN);
}

/* Let a tier full of cold pages have the choice of 500 pages of heat 100. */
static const struct hmt_policy_out *exchange(struct kunit *test,
					     unsigned int margin, s64 free)
{
	struct fixture *fixture = test->priv;

	make_chain(test, 2, 10000);
	add(test, 0, 5, 10000);
	add(test, 1, 100, 500);
	set_free(test, 0, 40 + free);
	input(test)->margin = margin;
	run(test);
	return &fixture->out;
}

/* Pages are exchanged for the margin of the pass; else they wait, if it is raised. */
static void stay_exchanges(struct kunit *test)
{
	const struct hmt_policy_out *out = exchange(test, 0, 0);
	unsigned int more = out->means.mean[100] - out->means.mean[5];

	KUNIT_ASSERT_GT(test, more, HMT_POLICY_MARGIN);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 500);
	KUNIT_EXPECT_FALSE(test, out->waits);
	exchange(test, more, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 500);
	KUNIT_EXPECT_FALSE(test, out->waits);
	exchange(test, more + 1, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_EXPECT_TRUE(test, out->waits);
	/* Where no page has to leave, the least margin is enough. */
	exchange(test, more + 1, 10);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 10);
	KUNIT_EXPECT_TRUE(test, out->waits);
}

static struct kunit_case hmt_policy_stay_cases[] = {
	KUNIT_CASE(stay_so_far),
	KUNIT_CASE(stay_as_others),
	KUNIT_CASE(stay_after_growth),
	KUNIT_CASE(stay_step),
	KUNIT_CASE(stay_margin),
	KUNIT_CASE(stay_exchanges),
	{}
};

static struct kunit_suite hmt_policy_stay_suite = {
	.name = "hmt_policy_stay",
	.init = policy_setup,
	.test_cases = hmt_policy_stay_cases,
};

kunit_test_suite(hmt_policy_stay_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of how long a hot set lasts");
MODULE_LICENSE("GPL");
