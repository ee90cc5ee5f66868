// SPDX-License-Identifier: GPL-2.0
/* Time: when a pass acts, and how long intervals are. */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include "policy_fixture.h"

/* Four pages of five thousand that are hot are in the wrong tier. */
static void make_little_to_gain(struct kunit *test)
{
	make_pair(test, 10000, 200, 5000, 200, 4);
	add(test, 0, 0, 5000);
}

/* Return the expected gain of the four pages. */
static u64 gain_of(const struct fixture *fixture)
{
	const u8 *mean = fixture->out.means.mean;

	return 4 * (mean[200] - mean[0]);
}

/* A small gain waits until it accumulates. */
static void policy_small_gains_wait(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	unsigned int passes = 0;
	u64 gain = 0;

	make_little_to_gain(test);
	run(test);
	KUNIT_EXPECT_EQ(test, fixture->out.heat, 5004 * 200);
	KUNIT_EXPECT_EQ(test, fixture->out.gain, gain_of(fixture));
	KUNIT_EXPECT_GE(test, gain_of(fixture), 4 * 190);
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_active(&fixture->out));
	while (hmt_policy_should_defer(&fixture->out, &gain) && passes < PASSES_MAX)
		passes++;
	KUNIT_EXPECT_EQ(test, passes, 5004 * 200 / 256 / gain_of(fixture));
	KUNIT_EXPECT_EQ(test, gain, 0);
}

/* Gains accumulate by time, not by passes. */
static void policy_gains_grow_with_time(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	u64 gain = 0;

	make_little_to_gain(test);
	fixture->in.intervals = 4;
	run(test);
	KUNIT_EXPECT_EQ(test, fixture->out.gain, 4 * gain_of(fixture));
	KUNIT_EXPECT_TRUE(test, hmt_policy_should_defer(&fixture->out, &gain));
	KUNIT_EXPECT_EQ(test, gain, 4 * gain_of(fixture));
}

/* Steps of about the same length are of a kind, and other ones come in between. */
static void policy_steps(struct kunit *test)
{
	struct hmt_policy_steps steps = {};
	unsigned int usual, longer, young;

	KUNIT_EXPECT_TRUE(test, hmt_policy_take_step(&steps, 200, false));
	usual = steps.index;
	KUNIT_EXPECT_FALSE(test, hmt_policy_take_step(&steps, 300, false));
	KUNIT_EXPECT_FALSE(test, hmt_policy_take_step(&steps, 200, false));
	KUNIT_EXPECT_EQ(test, steps.index, usual);
	KUNIT_EXPECT_TRUE(test, hmt_policy_take_step(&steps, 301, false));
	longer = steps.index;
	KUNIT_EXPECT_NE(test, longer, usual);
	KUNIT_EXPECT_FALSE(test, hmt_policy_take_step(&steps, 200, false));
	KUNIT_EXPECT_EQ(test, steps.index, usual);
	KUNIT_EXPECT_FALSE(test, hmt_policy_take_step(&steps, 400, false));
	KUNIT_EXPECT_EQ(test, steps.index, longer);
	/* Those of young heat differ, and leave the others alone. */
	for (young = 50; young < 1000; young *= 2)
		KUNIT_EXPECT_TRUE(test,
				  hmt_policy_take_step(&steps, young, true));
	KUNIT_EXPECT_FALSE(test, hmt_policy_take_step(&steps, young / 2, true));
	KUNIT_EXPECT_FALSE(test, hmt_policy_take_step(&steps, 400, false));
	KUNIT_EXPECT_FALSE(test, hmt_policy_take_step(&steps, 200, false));
	KUNIT_EXPECT_EQ(test, steps.index, usual);
	/* Another length takes the place of the older one. */
	KUNIT_EXPECT_TRUE(test, hmt_policy_take_step(&steps, 5000, false));
	KUNIT_EXPECT_EQ(test, steps.index, longer);
	KUNIT_EXPECT_FALSE(test, hmt_policy_take_step(&steps, 200, false));
	KUNIT_EXPECT_TRUE(test, hmt_policy_take_step(&steps, 400, false));
}

/* A sample of 1000 pages after a step of @kind finds some of each heat. */
static bool turns_after(struct hmt_policy_follow *follow, unsigned int kind,
			unsigned int hot, unsigned int cold, u64 scale)
{
	/* 250 pages have heat 240, the others 40. */
	const struct hmt_policy_met met = {
		.pages = 1000 * scale,
		.heat = (250 * 240 + 750 * 40) * scale,
		.hits = (hot + cold) * scale,
		.found = (hot * 240ULL + cold * 40) * scale,
	};

	return hmt_policy_hot_set_changed(follow, kind, &met);
}

static bool turns(struct hmt_policy_follow *follow, unsigned int hot,
		  unsigned int cold, u64 scale)
{
	return turns_after(follow, 0, hot, cold, scale);
}

static void policy_turns_of_the_hot_set(struct kunit *test)
{
	struct hmt_policy_follow follow = {};
	unsigned int i;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, turns(&follow, 250, 150, 1));
	/* A program that is idle, or does less of the same. */
	KUNIT_EXPECT_FALSE(test, turns(&follow, 0, 0, 1));
	KUNIT_EXPECT_FALSE(test, turns(&follow, 25, 12, 1));
	KUNIT_EXPECT_FALSE(test, turns(&follow, 240, 170, 1));
	/* It accesses other pages. */
	KUNIT_EXPECT_TRUE(test, turns(&follow, 60, 340, 1));
	/* Heat follows, and is not judged in the meantime. */
	for (i = 0; i < HMT_POLICY_CHANGE_WAIT; i++)
		KUNIT_EXPECT_FALSE(test, turns(&follow, i * 60, 340 - 60 * i, 1));
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, turns(&follow, 250, 150, 1));
	/* A few pages always change. */
	follow = (struct hmt_policy_follow) {};
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, turns(&follow, 15, 0, 1));
	KUNIT_EXPECT_FALSE(test, turns(&follow, 0, 15, 1));
	/* As large a part of many pages is no chance. */
	follow = (struct hmt_policy_follow) {};
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, turns(&follow, 15, 0, 1000));
	KUNIT_EXPECT_TRUE(test, turns(&follow, 0, 15, 1000));
}

/* More pages are found after a longer step, but no colder ones than the average. */
static void policy_turns_after_other_steps(struct kunit *test)
{
	struct hmt_policy_follow follow = {};
	unsigned int i;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, turns(&follow, 250, 150, 1));
	KUNIT_EXPECT_FALSE(test, turns_after(&follow, 1, 250, 700, 1));
	KUNIT_EXPECT_FALSE(test, turns_after(&follow, 0, 250, 150, 1));
	KUNIT_EXPECT_TRUE(test, turns_after(&follow, 2, 20, 380, 1));
	/* Heat that predicted nothing before does not have to now. */
	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, turns(&follow, 20, 380, 1));
	KUNIT_EXPECT_FALSE(test, turns_after(&follow, 1, 100, 300, 1));
	KUNIT_EXPECT_FALSE(test, turns_after(&follow, 2, 20, 380, 1));
}

/* Two sets of pages that take turns: heat begins anew every fifth sample at most. */
static void policy_turns_take_time(struct kunit *test)
{
	struct hmt_policy_follow follow = {};
	unsigned int i, turned = 0;

	for (i = 0; i < 100; i++)
		turned += i / 2 % 2 ? turns_after(&follow, 1, 20, 380, 1) :
				      turns_after(&follow, 2, 250, 100, 1);
	KUNIT_EXPECT_LE(test, turned, 20);
}

/* 64 TiB are nearly cold, and then all as hot: no product overflows. */
static void policy_turns_of_many_pages(struct kunit *test)
{
	const struct hmt_policy_met cold = {
		.pages = 1ULL << 34,
		.heat = 1ULL << 25,
		.hits = 1ULL << 17,
		.found = 1ULL << 25,
	};
	const struct hmt_policy_met hot = {
		.pages = 1ULL << 34,
		.heat = 1ULL << 41,
		.hits = 1ULL << 34,
		.found = 1ULL << 41,
	};
	struct hmt_policy_follow follow = {};
	unsigned int i;

	for (i = 0; i < 10; i++)
		KUNIT_EXPECT_FALSE(test, hmt_policy_hot_set_changed(&follow, 0,
								    &cold));
	KUNIT_EXPECT_TRUE(test, hmt_policy_hot_set_changed(&follow, 0, &hot));
}

/* Equal accesses are never a change, however much they differ by chance. */
static void policy_chance_is_no_turn(struct kunit *test)
{
	struct hmt_policy_follow follow = {};
	unsigned int i;

	for (i = 0; i < 100; i++)
		KUNIT_EXPECT_FALSE(test, turns(&follow, 100 + i % 7,
					       300 - i % 13, 1000));
}

/* Small processes do not hurry large ones. */
static void policy_evidence_of_processes(struct kunit *test)
{
	u64 pages[HMT_HEAT_SAMPLES + 1] = { [3] = 100, [20] = 700 };

	KUNIT_EXPECT_EQ(test, hmt_policy_evidence(pages, 799), 3);
	KUNIT_EXPECT_EQ(test, hmt_policy_evidence(pages, 800), 20);
	/* Several small ones are a large one together. */
	pages[5] = 10;
	KUNIT_EXPECT_EQ(test, hmt_policy_evidence(pages, 810), 5);
	/* Others of the workload grow, or there is none. */
	memset(pages, 0, sizeof(pages));
	KUNIT_EXPECT_EQ(test, hmt_policy_evidence(pages, 800),
			HMT_HEAT_SAMPLES);
	KUNIT_EXPECT_EQ(test, hmt_policy_evidence(pages, 0), HMT_HEAT_SAMPLES);
}

/* Small gains are no reason to look more often, however long ago the last pass was. */
static void policy_still_with_small_gains(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;

	out->heat = 64000;
	out->gain = 1000;
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_still(out));
	out->gain = 1001;
	KUNIT_EXPECT_FALSE(test, hmt_policy_is_still(out));
	out->expected.intervals = 4;
	out->gain = 4003;
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_still(out));
	out->gain = 4004;
	KUNIT_EXPECT_FALSE(test, hmt_policy_is_still(out));
}

/* A few pages move by chance; no limit, watermark or rate is behind it. */
static void policy_trickle(struct kunit *test)
{
	const struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;

	make_chain(test, 2, 10000);
	add(test, 0, 0, 5120);
	run(test);
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_trickle(out, 10));
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_trickle(out, 11));
	/* Many pages that are a little warmer than others are a trickle, hot ones not. */
	make_pair(test, 10000, 180, 5000, 230, 100);
	input(test)->samples = 1000;
	occupy(test, 0, 5000);
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 100);
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_trickle(out, 200));
	make_pair(test, 10000, 0, 5000, 200, 100);
	occupy(test, 0, 5000);
	run(test);
	KUNIT_EXPECT_TRUE(test, hmt_policy_is_trickle(out, 9));
	KUNIT_EXPECT_FALSE(test, hmt_policy_is_trickle(out, 10));
	make_chain(test, 2, 10000);
	add(test, 0, 0, 5120);
	/* A limit is behind the moves. */
	tier_of(test, 0)->limit = 5110;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 10);
	KUNIT_EXPECT_FALSE(test, hmt_policy_is_trickle(out, 10));
	/* The limit demands more moves than the rate allows. */
	tier_of(test, 0)->limit = 5000;
	input(test)->demote_budget = 10;
	run(test);
	KUNIT_EXPECT_FALSE(test, hmt_policy_is_trickle(out, 10));
	/* So does the heat. */
	make_chain(test, 2, 10000);
	add(test, 1, 200, 5120);
	input(test)->promote_budget = 10;
	run(test);
	KUNIT_EXPECT_FALSE(test, hmt_policy_is_trickle(out, 10));
}

/* Expensive work is done less often, and within its share. */
static void policy_rounds_and_their_time(struct kunit *test)
{
	struct hmt_policy_budget budget = {
		.wanted_ns = 1000,
		.round_ns = 5,
		.rest_ns = 10,
		.share = 50,
		.most = 4,
		.stretch = 16,
	};
	u64 time;

	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 1);
	KUNIT_EXPECT_EQ(test, time, 1000);
	/* 50 * (5 + 40) is more than 1000, and 50 * (3 * 5 + 40) is not. */
	budget.rest_ns = 40;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 3);
	KUNIT_EXPECT_EQ(test, time, 3000);
	/* Four rounds take longer then. */
	budget.rest_ns = 100;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 4);
	KUNIT_EXPECT_EQ(test, time, 50 * (4 * 5 + 100));
	/* Up to sixteen times the wanted time. */
	budget.rest_ns = 1000;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 4);
	KUNIT_EXPECT_EQ(test, time, 16 * 1000);
	budget.most = 1;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 1);
	KUNIT_EXPECT_EQ(test, time, 16 * 1000);
	/* The share that holds at any cost has no such limit. */
	budget.rest_ns = 10000;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 1);
	KUNIT_EXPECT_EQ(test, time, HMT_POLICY_SHARE * (5 + 10000));
	/* Rests in the census are part of it. */
	budget.rested_ns = 70000;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 1);
	KUNIT_EXPECT_EQ(test, time, HMT_POLICY_SHARE * (5 + 10000) - 70000);
	budget.rested_ns = 1000000;
	KUNIT_EXPECT_EQ(test, hmt_policy_rounds(&budget, &time), 1);
	KUNIT_EXPECT_EQ(test, time, 16 * 1000);
}

/* An engine rests after a slice, until it is within its share. */
static void policy_rests(struct kunit *test)
{
	struct hmt_policy_pace pace = { .now_ns = 1000, .cpu_ns = 77 };
	u64 now = 1000, cpu = 77;

	/* Work within the share, in small pieces, whose remainders count. */
	while (now < 1000 + 7 * HMT_POLICY_SLICE_NS) {
		now += 7 * HMT_POLICY_SLICE_NS / 1000 + 3;
		cpu += 7 * HMT_POLICY_SLICE_NS / 10000;
		KUNIT_ASSERT_EQ(test, hmt_policy_rest(&pace, now, cpu), 0);
	}
	KUNIT_EXPECT_EQ(test, pace.debt_ns, 0);
	/* A whole slice at a time is permitted. */
	cpu += HMT_POLICY_SLICE_NS;
	KUNIT_EXPECT_EQ(test, hmt_policy_rest(&pace, now, cpu), 0);
	cpu += 10;
	KUNIT_EXPECT_GT(test, hmt_policy_rest(&pace, now, cpu),
			HMT_POLICY_SHARE * HMT_POLICY_SLICE_NS);
	/* The rest ends when there is no debt, not before. */
	now += HMT_POLICY_SHARE * HMT_POLICY_SLICE_NS;
	KUNIT_EXPECT_GT(test, hmt_policy_rest(&pace, now, cpu), 0);
	now += HMT_POLICY_SHARE * 10;
	KUNIT_EXPECT_EQ(test, hmt_policy_rest(&pace, now, cpu), 0);
	/* A long rest earns no more than that. */
	now += 1000 * HMT_POLICY_SLICE_NS;
	KUNIT_EXPECT_EQ(test, hmt_policy_rest(&pace, now, cpu), 0);
	cpu += HMT_POLICY_SLICE_NS + 10;
	KUNIT_EXPECT_GT(test, hmt_policy_rest(&pace, now, cpu), 0);
	/* It waits, and another slice is permitted until then. */
	pace.put_off_ns = pace.debt_ns;
	KUNIT_EXPECT_EQ(test, hmt_policy_rest(&pace, now, cpu), 0);
	cpu += HMT_POLICY_SLICE_NS;
	KUNIT_EXPECT_EQ(test, hmt_policy_rest(&pace, now, cpu), 0);
	cpu += 10;
	KUNIT_EXPECT_EQ(test, hmt_policy_rest(&pace, now, cpu),
			HMT_POLICY_SHARE * (HMT_POLICY_SLICE_NS + 10));
	pace.put_off_ns = 0;
	KUNIT_EXPECT_EQ(test, hmt_policy_rest(&pace, now, cpu),
			HMT_POLICY_SHARE * (2 * HMT_POLICY_SLICE_NS + 20));
}

/* A large gain does not wait, nor does a tier that is too full. */
static void policy_large_gains_do_not_wait(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	u64 gain = 0;

	make_pair(test, 100, 0, 100, 200, 40);
	run(test);
	KUNIT_EXPECT_FALSE(test, hmt_policy_should_defer(&fixture->out, &gain));
	make_chain(test, 2, 1000);
	add(test, 0, 200, 1000);
	tier_of(test, 0)->limit = 999;
	run(test);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 1);
	KUNIT_EXPECT_FALSE(test, hmt_policy_should_defer(&fixture->out, &gain));
	/* Without work there is nothing to wait for. */
	run(test);
	expect_still(test);
	KUNIT_EXPECT_FALSE(test, hmt_policy_should_defer(&fixture->out, &gain));
}

/* The room of the fastest tiers is their size, or the limit. */
static void policy_room_on_top(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	make_chain(test, 3, 100);
	hmt_policy_run(&fixture->in, &fixture->out);
	KUNIT_EXPECT_EQ(test, hmt_policy_top_capacity(&fixture->in,
						      &fixture->out), 100);
	fixture->in.tiers[0].limit = 30;
	KUNIT_EXPECT_EQ(test, hmt_policy_top_capacity(&fixture->in,
						      &fixture->out), 30);
	fixture->in.tiers[0].limit = 0;
	KUNIT_EXPECT_EQ(test, hmt_policy_top_capacity(&fixture->in,
						      &fixture->out),
			HMT_PAGES_MAX);
	/* Two tiers side by side above a third. */
	make_tiers(test, 3, 100);
	edge(test, 0, 2);
	edge(test, 1, 2);
	hmt_policy_run(&fixture->in, &fixture->out);
	KUNIT_EXPECT_EQ(test, hmt_policy_top_capacity(&fixture->in,
						      &fixture->out), 200);
	fixture->in.tiers[0].capacity = HMT_PAGES_MAX;
	KUNIT_EXPECT_EQ(test, hmt_policy_top_capacity(&fixture->in,
						      &fixture->out),
			HMT_PAGES_MAX);
}

struct interval_case {
	const char *title;
	struct hmt_policy_interval_in pace;
	u32 expect;
};

#define PACE(_interval, _changed, _found)				\
	{ .interval = _interval, .base = 1000, .low = 100, .high = 8000, \
	  .changed = _changed, .found = _found, .room = 1000 }

static const struct interval_case interval_cases[] = {
	{ "half of the top is not too much", PACE(1000, true, 500), 1000 },
	{ "more than half is", PACE(1000, true, 501), 500 },
	{ "also when nothing changes", PACE(1000, false, 501), 500 },
	{ "not below the bound", PACE(150, true, 1000), 100 },
	{ "and not off it", PACE(100, true, 1000), 100 },
	{ "a quarter does not make it grow", PACE(500, true, 250), 500 },
	{ "less is, though there is work", PACE(500, true, 249), 1000 },
	{ "up to what was asked for", PACE(600, true, 0), 1000 },
	{ "and first to it", PACE(600, false, 0), 1000 },
	{ "with work no further", PACE(1000, true, 0), 1000 },
	{ "without work further", PACE(1000, false, 249), 2000 },
	{ "not when twice as many were too many", PACE(1000, false, 250), 1000 },
	{ "up to the bound", PACE(5000, false, 0), 8000 },
	{ "and not over it", PACE(8000, false, 0), 8000 },
	{ "work ends it at once", PACE(8000, true, 0), 1000 },
	{ "and too much halves it in addition", PACE(8000, true, 501), 500 },
	{ "too much alone halves it", PACE(8000, false, 501), 4000 },
	{ "fixed when the bounds are the same",
	  { .interval = 1000, .base = 1000, .low = 1000, .high = 1000,
	    .found = 1000, .room = 1000 }, 1000 },
	{ "fixed, and nothing happens",
	  { .interval = 1000, .base = 1000, .low = 1000, .high = 1000,
	    .room = 1000 }, 1000 },
	{ "nothing found is less than any room",
	  { .interval = 1000, .base = 1000, .low = 10, .high = 8000,
	    .room = 1 }, 2000 },
	{ "no room to compare with",
	  { .interval = 1000, .base = 1000, .low = 10, .high = 1000,
	    .changed = true, .found = 1 << 30, .room = HMT_PAGES_MAX }, 1000 },
};

KUNIT_ARRAY_PARAM_DESC(interval, interval_cases, title);

static void policy_interval(struct kunit *test)
{
	const struct interval_case *param = test->param_value;

	KUNIT_EXPECT_EQ(test, hmt_policy_interval(&param->pace),
			param->expect);
}

/*
 * Pages that a round of @interval finds, of @pages that are each accessed once
 * in @period ms: in proportion to its length, up to all of them.
 */
static u64 found_after(u32 interval, u64 pages, u32 period)
{
	return min_t(u64, pages, div_u64(pages * interval, period));
}

/* From any start, the interval settles where rounds are meaningful. */
static void policy_interval_settles(struct kunit *test)
{
	struct rnd_state rnd;
	unsigned int round, i;

	prandom_seed_state(&rnd, 4711);
	for (round = 0; round < ROUNDS; round++) {
		u32 period = 1 + prandom_u32_state(&rnd) % 20000;
		u64 pages = prandom_u32_state(&rnd) % 2000;
		struct hmt_policy_interval_in pace = {
			.interval = 10 + prandom_u32_state(&rnd) % 10000,
			.base = 1000, .low = 10, .high = 10000, .room = 1000,
			.changed = prandom_u32_state(&rnd) % 2,
		};
		u32 last = 0;

		for (i = 0; i < 24; i++) {
			last = pace.interval;
			pace.found = found_after(last, pages, period);
			pace.interval = hmt_policy_interval(&pace);
		}
		KUNIT_EXPECT_EQ(test, pace.interval, last);
		KUNIT_EXPECT_TRUE(test, pace.found <= pace.room / 2 ||
				  pace.interval == pace.low);
		/* As long as possible: twice as long would find too many. */
		KUNIT_EXPECT_TRUE(test, pace.found >= pace.room / 4 ||
				  pace.interval == (pace.changed ? pace.base :
								   pace.high));
	}
}

static struct kunit_case hmt_policy_pace_cases[] = {
	KUNIT_CASE(policy_small_gains_wait),
	KUNIT_CASE(policy_gains_grow_with_time),
	KUNIT_CASE(policy_steps),
	KUNIT_CASE(policy_turns_of_the_hot_set),
	KUNIT_CASE(policy_turns_after_other_steps),
	KUNIT_CASE(policy_turns_take_time),
	KUNIT_CASE(policy_turns_of_many_pages),
	KUNIT_CASE(policy_chance_is_no_turn),
	KUNIT_CASE(policy_evidence_of_processes),
	KUNIT_CASE(policy_still_with_small_gains),
	KUNIT_CASE(policy_trickle),
	KUNIT_CASE(policy_rounds_and_their_time),
	KUNIT_CASE(policy_rests),
	KUNIT_CASE(policy_large_gains_do_not_wait),
	KUNIT_CASE(policy_room_on_top),
	KUNIT_CASE_PARAM(policy_interval, interval_gen_params),
	KUNIT_CASE(policy_interval_settles),
	{}
};

static struct kunit_suite hmt_policy_pace_suite = {
	.name = "hmt_policy_interval",
	.init = policy_setup,
	.test_cases = hmt_policy_pace_cases,
};

kunit_test_suite(hmt_policy_pace_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy, pace");
MODULE_LICENSE("GPL");
