// SPDX-License-Identifier: GPL-2.0
/* Verdicts applied to single pages and groups. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/string.h>
#include "policy_fixture.h"

/* Bounds and heat agree on the pages that have a destination. */
static void policy_bounds_are_right(struct kunit *test)
{
	struct fixture *fixture = test->priv;
	struct hmt_policy_bounds bounds;
	unsigned int direction, heat;

	make_chain(test, 2, 100);
	add(test, 0, 20, 60);
	add(test, 0, 60, 40);
	add(test, 1, 200, 40);
	run(test);
	for (direction = 0; direction < HMT_DIRECTIONS; direction++) {
		unsigned int tier = direction == HMT_DIR_PROMOTE;

		hmt_policy_bounds(&fixture->out, direction, &bounds);
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++) {
			int to = hmt_policy_reserve(&fixture->out, direction,
						  tier, heat);

			KUNIT_EXPECT_EQ(test, to != HMT_TIER_NONE,
					hmt_policy_names(&bounds, heat));
			if (to != HMT_TIER_NONE)
				hmt_policy_unreserve(&fixture->out, direction,
						     tier, to);
		}
	}
	memset(&fixture->out, 0, sizeof(fixture->out));
	for (direction = 0; direction < HMT_DIRECTIONS; direction++) {
		hmt_policy_bounds(&fixture->out, direction, &bounds);
		KUNIT_EXPECT_GT(test, bounds.least, bounds.most);
	}
}

static void policy_place(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;
	unsigned int i;

	make_pair(test, 100, 0, 100, 200, 40);
	run(test);
	/* Too cold to promote or too warm to demote, or without a target. */
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_PROMOTE, 1, 199));
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 1));
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_DEMOTE, 1, 0));
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_PROMOTE, 0, 255));
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 40);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 40);
	for (i = 0; i < 40; i++) {
		KUNIT_EXPECT_EQ(test, 0,
				hmt_policy_reserve(out, HMT_DIR_PROMOTE, 1, 200 + i));
		KUNIT_EXPECT_EQ(test, 1,
				hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 0));
	}
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_PROMOTE, 1, 255));
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 0));
	expect_still(test);
}

static void policy_unplace(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;
	int to;

	make_chain(test, 3, 10);
	add(test, 0, 0, 10);
	add(test, 2, 200, 1);
	run(test);
	to = hmt_policy_reserve(out, HMT_DIR_PROMOTE, 2, 200);
	KUNIT_ASSERT_EQ(test, to, 0);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
	hmt_policy_unreserve(out, HMT_DIR_PROMOTE, 2, to);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 1);
	KUNIT_EXPECT_EQ(test, hmt_policy_reserve(out, HMT_DIR_PROMOTE, 2, 200), 0);
	to = hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 0);
	KUNIT_ASSERT_EQ(test, to, 1);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	hmt_policy_unreserve(out, HMT_DIR_DEMOTE, 0, to);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 1);
	KUNIT_EXPECT_EQ(test, hmt_policy_reserve(out, HMT_DIR_DEMOTE, 0, 0), 1);
	expect_still(test);
}

/* A group is promoted whole or not at all, and may exceed a demotion quota. */
static void policy_place_group(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;
	unsigned int pages = 41;

	make_pair(test, 100, 0, 100, 200, 40);
	run(test);
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve_group(out, HMT_DIR_PROMOTE, 1, 200,
						 &pages));
	KUNIT_EXPECT_EQ(test, pages, 41);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 40);
	KUNIT_EXPECT_EQ(test, 1,
			hmt_policy_reserve_group(out, HMT_DIR_DEMOTE, 0, 0, &pages));
	KUNIT_EXPECT_EQ(test, pages, 40);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
	hmt_policy_unreserve_group(out, HMT_DIR_DEMOTE, 0, 1, pages);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 40);
	pages = 30;
	KUNIT_EXPECT_EQ(test, 0,
			hmt_policy_reserve_group(out, HMT_DIR_PROMOTE, 1, 200,
						 &pages));
	KUNIT_EXPECT_EQ(test, pages, 30);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 10);
	hmt_policy_unreserve_group(out, HMT_DIR_PROMOTE, 1, 0, pages);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 40);
}

static void policy_block(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;

	make_chain(test, 3, 100);
	add(test, 0, 0, 100);
	add(test, 1, 200, 40);
	add(test, 1, 0, 60);
	tier_of(test, 1)->limit = 90;
	run(test);
	KUNIT_ASSERT_GT(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_ASSERT_GT(test, verdict(test, 0)->demote_quota, 0);
	KUNIT_ASSERT_GT(test, verdict(test, 1)->demote_quota, 0);
	hmt_policy_block(out, 1);
	KUNIT_EXPECT_GT(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->demote_quota, 0);
	KUNIT_EXPECT_GT(test, verdict(test, 1)->demote_quota, 0);
	hmt_policy_block(out, 0);
	KUNIT_EXPECT_EQ(test, verdict(test, 0)->promote_quota, 0);
	KUNIT_EXPECT_EQ(test, HMT_TIER_NONE,
			hmt_policy_reserve(out, HMT_DIR_PROMOTE, 1, 255));
	hmt_policy_block(out, 2);
	expect_still(test);
}

/* Slices add up to the verdicts, and what one leaves is for the next. */
static void policy_slices(struct kunit *test)
{
	static const u64 numbers[] = { 0, 1, 2047, 2048, 5000, 1000000 };
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;
	struct hmt_policy_held *held = kunit_kzalloc(test, sizeof(*held),
						     GFP_KERNEL);
	unsigned int i, slices;
	u64 up, down, first;

	KUNIT_ASSERT_NOT_NULL(test, held);
	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		memset(out, 0, sizeof(*out));
		out->nr_tiers = 2;
		out->tiers[0].promote_quota = numbers[i] / 3;
		out->tiers[0].demote_quota = numbers[i];
		out->tiers[0].targets_quota[1] = numbers[i];
		hmt_policy_hold(out, held);
		KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(out, HMT_DIR_DEMOTE));
		KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(out, HMT_DIR_PROMOTE));
		up = 0;
		down = 0;
		first = 0;
		for (slices = 0; hmt_policy_release(out, held); slices++) {
			KUNIT_EXPECT_EQ(test, out->tiers[0].demote_quota,
					out->tiers[0].targets_quota[1]);
			/* Huge pages find no part of one, but at the end. */
			if (held->demote[0][1])
				KUNIT_EXPECT_EQ(test,
						out->tiers[0].demote_quota % 512,
						0);
			/* The second slice gets what the first one left. */
			if (slices == 1)
				KUNIT_EXPECT_GE(test, out->tiers[0].demote_quota,
						first);
			first = out->tiers[0].demote_quota;
			if (!slices)
				continue;
			up += out->tiers[0].promote_quota;
			down += out->tiers[0].demote_quota;
			out->tiers[0].promote_quota = 0;
			out->tiers[0].demote_quota = 0;
			out->tiers[0].targets_quota[1] = 0;
		}
		KUNIT_EXPECT_EQ(test, up + out->tiers[0].promote_quota,
				numbers[i] / 3);
		KUNIT_EXPECT_EQ(test, down + out->tiers[0].demote_quota,
				numbers[i]);
		KUNIT_EXPECT_EQ(test, slices,
				min_t(u64, numbers[i] / HMT_POLICY_SLICE_PAGES + 1,
				      HMT_POLICY_SLICES_MAX));
		/* A slice is small, unless there are many. */
		KUNIT_EXPECT_LE(test, first, 2 * HMT_POLICY_SLICE_PAGES +
				numbers[i] / HMT_POLICY_SLICES_MAX);
	}
}

/*
 * Base pages between huge pages leave no part of a slice, so that a walk ends with
 * the slice; a grant that no page can use does not prolong it either.
 */
static void policy_slices_of_mixed_sizes(struct kunit *test)
{
	struct hmt_policy_out *out = &((struct fixture *)test->priv)->out;
	struct hmt_policy_held *held = kunit_kzalloc(test, sizeof(*held),
						     GFP_KERNEL);
	unsigned int one, huge, moved = 0;
	const unsigned int pages = 100 + 64 * 512;

	KUNIT_ASSERT_NOT_NULL(test, held);
	memset(out, 0, sizeof(*out));
	out->nr_tiers = 2;
	out->tiers[1].above = 1;
	out->tiers[0].promote_quota = pages;
	out->granted[1][0] = 1;
	hmt_policy_hold(out, held);
	KUNIT_ASSERT_GT(test, held->slices, 4);
	while (hmt_policy_release(out, held)) {
		one = 1;
		huge = 512;
		while (moved < 100 &&
		       hmt_policy_reserve_group(out, HMT_DIR_PROMOTE, 1, 9,
						&one) == 0)
			moved++;
		while (hmt_policy_reserve_group(out, HMT_DIR_PROMOTE, 1, 9,
						&huge) == 0)
			moved += 512;
		hmt_policy_end_grants(out, HMT_DIR_DEMOTE);
		KUNIT_EXPECT_EQ(test, out->tiers[0].promote_quota, 0);
		KUNIT_EXPECT_EQ(test, out->granted[1][0], 1);
	}
	KUNIT_EXPECT_EQ(test, moved, pages);
	hmt_policy_end_grants(out, HMT_DIR_PROMOTE);
	KUNIT_EXPECT_FALSE(test, hmt_policy_has_moves(out, HMT_DIR_PROMOTE));
}

static struct kunit_case hmt_policy_place_cases[] = {
	KUNIT_CASE(policy_bounds_are_right),
	KUNIT_CASE(policy_place),
	KUNIT_CASE(policy_unplace),
	KUNIT_CASE(policy_place_group),
	KUNIT_CASE(policy_block),
	KUNIT_CASE(policy_slices),
	KUNIT_CASE(policy_slices_of_mixed_sizes),
	{}
};

static struct kunit_suite hmt_policy_place_suite = {
	.name = "hmt_policy_quota",
	.init = policy_setup,
	.test_cases = hmt_policy_place_cases,
};

kunit_test_suite(hmt_policy_place_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of policy, place");
MODULE_LICENSE("GPL");
