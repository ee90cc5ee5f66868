// SPDX-License-Identifier: GPL-2.0
/* Huge pages that were split: the time for which they are not split again. */
#include <kunit/test.h>
#include <linux/hmt.h>
#include <linux/module.h>
#include "heat/heat.h"

#define CHUNK(n)	((unsigned long)(n) << HMT_CHUNK_SHIFT)

/* Current time in s, some time after boot. */
#define START		1000

static int splits_setup(struct kunit *test)
{
	struct hmt_splits *splits;

	splits = kunit_kzalloc(test, sizeof(*splits), GFP_KERNEL);
	if (!splits)
		return -ENOMEM;
	hmt_splits_init(splits);
	test->priv = splits;
	return 0;
}

static void splits_teardown(struct kunit *test)
{
	if (test->priv)
		hmt_splits_destroy(test->priv);
}

static void splits_never(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, hmt_splits_holds(test->priv, CHUNK(1), 0));
	KUNIT_EXPECT_FALSE(test, hmt_splits_holds(test->priv, CHUNK(1), START));
}

/* All addresses of the huge page count, and none of its neighbours. */
static void splits_whole(struct kunit *test)
{
	hmt_splits_note(test->priv, CHUNK(5) + PAGE_SIZE, START);
	KUNIT_EXPECT_TRUE(test, hmt_splits_holds(test->priv, CHUNK(5), START));
	KUNIT_EXPECT_TRUE(test, hmt_splits_holds(test->priv, CHUNK(6) - 1,
						 START));
	KUNIT_EXPECT_FALSE(test, hmt_splits_holds(test->priv, CHUNK(5) - 1,
						  START));
	KUNIT_EXPECT_FALSE(test, hmt_splits_holds(test->priv, CHUNK(6),
						  START));
}

/* Parts that move later do not extend it. */
static void splits_parts(struct kunit *test)
{
	hmt_splits_note(test->priv, CHUNK(5), START);
	hmt_splits_note(test->priv, CHUNK(5), START + HMT_SPLITS_HOLD - 1);
	KUNIT_EXPECT_TRUE(test, hmt_splits_holds(test->priv, CHUNK(5),
						 START + HMT_SPLITS_HOLD - 1));
	KUNIT_EXPECT_FALSE(test, hmt_splits_holds(test->priv, CHUNK(5),
						  START + HMT_SPLITS_HOLD));
}

/* Twice as long each time, up to a maximum. */
static void splits_again(struct kunit *test)
{
	u64 hold = HMT_SPLITS_HOLD, now = START;
	unsigned int i;

	for (i = 0; i < 2 * HMT_SPLITS_DOUBLED; i++) {
		hmt_splits_note(test->priv, CHUNK(5), now);
		KUNIT_EXPECT_TRUE(test, hmt_splits_holds(test->priv, CHUNK(5),
							 now + hold - 1));
		KUNIT_EXPECT_FALSE(test, hmt_splits_holds(test->priv, CHUNK(5),
							  now + hold));
		now += hold;
		if (i < HMT_SPLITS_DOUBLED)
			hold *= 2;
	}
}

static struct kunit_case hmt_splits_cases[] = {
	KUNIT_CASE(splits_never),
	KUNIT_CASE(splits_whole),
	KUNIT_CASE(splits_parts),
	KUNIT_CASE(splits_again),
	{}
};

static struct kunit_suite hmt_splits_suite = {
	.name = "hmt_heat_splits",
	.init = splits_setup,
	.exit = splits_teardown,
	.test_cases = hmt_splits_cases,
};

kunit_test_suite(hmt_splits_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of what is known of split huge pages");
MODULE_LICENSE("GPL");
