// SPDX-License-Identifier: GPL-2.0
/* The set of addresses, compared with a bitmap of its addresses. */
#include <kunit/test.h>
#include <linux/bitmap.h>
#include <linux/module.h>
#include <linux/random.h>
#include "lib/rangeset.h"

#define ADDRESSES	128
#define SPANS_MAX		8

/**
 * struct twin - a set and its expected content
 * @set: set under test
 * @bits: expected content, one bit for each address
 */
struct twin {
	struct hmt_rangeset set;
	DECLARE_BITMAP(bits, ADDRESSES);
};

static int rangeset_setup(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct twin), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static void rangeset_teardown(struct kunit *test)
{
	struct twin *twin = test->priv;

	if (twin)
		hmt_rangeset_destroy(&twin->set);
}

/* Number of ranges in the bitmap. */
static unsigned int twin_ranges(const unsigned long *bits)
{
	unsigned int i, count = 0;

	for (i = 0; i < ADDRESSES; i++)
		count += test_bit(i, bits) && (!i || !test_bit(i - 1, bits));
	return count;
}

static void twin_compare(struct kunit *test)
{
	struct twin *twin = test->priv;
	DECLARE_BITMAP(seen, ADDRESSES);
	unsigned long start = 0, end = ADDRESSES;

	bitmap_zero(seen, ADDRESSES);
	while (hmt_rangeset_first(&twin->set, &start, &end)) {
		KUNIT_ASSERT_LT(test, start, end);
		KUNIT_ASSERT_LE(test, end, ADDRESSES);
		bitmap_set(seen, start, end - start);
		start = end;
		end = ADDRESSES;
	}
	KUNIT_ASSERT_TRUE(test, bitmap_equal(seen, twin->bits, ADDRESSES));
	/* Adjacent ranges are merged. */
	KUNIT_ASSERT_EQ(test, twin->set.nr, twin_ranges(seen));
	KUNIT_ASSERT_LE(test, twin->set.nr, SPANS_MAX);
}

/* Change both; only a set with too many ranges may be refused. */
static void twin_change(struct kunit *test, unsigned long start,
			unsigned long end, bool add)
{
	struct twin *twin = test->priv;
	DECLARE_BITMAP(after, ADDRESSES);
	int ret;

	bitmap_copy(after, twin->bits, ADDRESSES);
	if (add)
		bitmap_set(after, start, end - start);
	else
		bitmap_clear(after, start, end - start);
	ret = add ? hmt_rangeset_add(&twin->set, start, end, SPANS_MAX) :
		    hmt_rangeset_remove(&twin->set, start, end, SPANS_MAX);
	KUNIT_ASSERT_EQ(test, ret, twin_ranges(after) > SPANS_MAX ? -ENOSPC : 0);
	if (!ret)
		bitmap_copy(twin->bits, after, ADDRESSES);
	twin_compare(test);
}

static void rangeset_empty(struct kunit *test)
{
	twin_compare(test);
	twin_change(test, 0, ADDRESSES, false);
}

static void rangeset_joins(struct kunit *test)
{
	struct twin *twin = test->priv;

	twin_change(test, 10, 20, true);
	twin_change(test, 30, 40, true);
	KUNIT_EXPECT_EQ(test, twin->set.nr, 2);
	twin_change(test, 20, 30, true);
	KUNIT_EXPECT_EQ(test, twin->set.nr, 1);
	twin_change(test, 15, 16, false);
	KUNIT_EXPECT_EQ(test, twin->set.nr, 2);
	twin_change(test, 5, 50, true);
	KUNIT_EXPECT_EQ(test, twin->set.nr, 1);
	twin_change(test, 0, ADDRESSES, false);
	KUNIT_EXPECT_EQ(test, twin->set.nr, 0);
}

static void rangeset_parts(struct kunit *test)
{
	/* The wanted range and the expected result; 0, 0: empty. */
	static const unsigned long parts[][4] = {
		{ 0, 10, 0, 0 }, { 0, 11, 10, 11 }, { 5, 50, 10, 40 },
		{ 20, 30, 20, 30 }, { 20, 20, 0, 0 }, { 39, 50, 39, 40 },
		{ 40, 50, 0, 0 }, { 40, 40, 0, 0 },
	};
	struct twin *twin = test->priv;
	unsigned int i;

	twin_change(test, 10, 40, true);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		unsigned long start = parts[i][0], end = parts[i][1];
		bool found = hmt_rangeset_first(&twin->set, &start, &end);

		KUNIT_EXPECT_EQ(test, found, parts[i][3] != 0);
		if (found) {
			KUNIT_EXPECT_EQ(test, start, parts[i][2]);
			KUNIT_EXPECT_EQ(test, end, parts[i][3]);
		}
	}
}

static void rangeset_full(struct kunit *test)
{
	unsigned long i;

	for (i = 0; i < SPANS_MAX; i++)
		twin_change(test, 2 * i, 2 * i + 1, true);
	twin_change(test, 2 * i, 2 * i + 1, true);
	twin_change(test, 1, 2, true);
	twin_change(test, 2 * i, 2 * i + 1, true);
	twin_change(test, 1, 2, false);
}

static void rangeset_random(struct kunit *test)
{
	unsigned int round;

	for (round = 0; round < 5000; round++) {
		unsigned long start = get_random_u32() % ADDRESSES;
		unsigned long end = start + 1 +
				    get_random_u32() % (ADDRESSES - start);

		/* Mostly short ranges, so that they do not all merge. */
		if (round % 8)
			end = min(end, start + 1 + get_random_u32() % 4);
		twin_change(test, start, end, get_random_u32() % 2);
	}
}

/* A set of many ranges, as a process may have, has them all, and a bound. */
static void rangeset_grows(struct kunit *test)
{
	struct twin *twin = test->priv;
	unsigned long i, start, end;

	for (i = 0; i < 10 * SPANS_MAX; i++)
		KUNIT_ASSERT_EQ(test, 0,
				hmt_rangeset_add(&twin->set, 2 * i, 2 * i + 1,
						 10 * SPANS_MAX));
	KUNIT_EXPECT_EQ(test, -ENOSPC,
			hmt_rangeset_add(&twin->set, 2 * i, 2 * i + 1,
					 10 * SPANS_MAX));
	KUNIT_EXPECT_EQ(test, twin->set.nr, 10 * SPANS_MAX);
	for (i = 0; i < 10 * SPANS_MAX; i++) {
		start = 2 * i;
		end = 2 * i + 2;
		KUNIT_ASSERT_TRUE(test, hmt_rangeset_first(&twin->set, &start,
							   &end));
		KUNIT_ASSERT_EQ(test, start, 2 * i);
		KUNIT_ASSERT_EQ(test, end, 2 * i + 1);
	}
}

static struct kunit_case hmt_rangeset_cases[] = {
	KUNIT_CASE(rangeset_empty),
	KUNIT_CASE(rangeset_joins),
	KUNIT_CASE(rangeset_parts),
	KUNIT_CASE(rangeset_full),
	KUNIT_CASE(rangeset_grows),
	KUNIT_CASE(rangeset_random),
	{}
};

static struct kunit_suite hmt_rangeset_suite = {
	.name = "hmt_lib_rangeset",
	.init = rangeset_setup,
	.exit = rangeset_teardown,
	.test_cases = hmt_rangeset_cases,
};

kunit_test_suite(hmt_rangeset_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of the set of addresses");
MODULE_LICENSE("GPL");
