// SPDX-License-Identifier: GPL-2.0
/* Pages that move back within a minute. */
#include <kunit/test.h>
#include <linux/hmt.h>
#include <linux/module.h>
#include "heat/heat.h"

#define CHUNK(n)	((unsigned long)(n) << HMT_CHUNK_SHIFT)

/* Current time in s, some time after boot. */
#define START		1000

static int returns_setup(struct kunit *test)
{
	struct hmt_returns *returns;

	returns = kunit_kzalloc(test, sizeof(*returns), GFP_KERNEL);
	if (!returns)
		return -ENOMEM;
	hmt_returns_init(returns);
	test->priv = returns;
	return 0;
}

static void returns_teardown(struct kunit *test)
{
	if (test->priv)
		hmt_returns_destroy(test->priv);
}

static bool returns_is_empty(struct kunit *test)
{
	struct hmt_returns *returns = test->priv;

	return xa_empty(&returns->chunks);
}

static void returns_once(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hmt_returns_note(test->priv, CHUNK(3), 4, true,
					       START), 0);
	/* Two of the four, and two others. */
	KUNIT_EXPECT_EQ(test, hmt_returns_note(test->priv,
					       CHUNK(3) + 2 * PAGE_SIZE, 4,
					       false, START + 60), 2);
	/* A repeated move is no return; back again is one. */
	KUNIT_EXPECT_EQ(test, hmt_returns_note(test->priv,
					       CHUNK(3) + 2 * PAGE_SIZE, 4,
					       false, START + 61), 0);
	KUNIT_EXPECT_EQ(test, hmt_returns_note(test->priv, CHUNK(3), 6, true,
					       START + 62), 4);
}

static void returns_late(struct kunit *test)
{
	hmt_returns_note(test->priv, CHUNK(3), 1, true, START);
	KUNIT_EXPECT_EQ(test, hmt_returns_note(test->priv, CHUNK(3), 1, false,
					       START + 63), 0);
}

/* The last page of a chunk; the next chunk is another one. */
static void returns_edge(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, hmt_returns_note(test->priv,
					       CHUNK(4) - PAGE_SIZE, 1, true,
					       START), 0);
	KUNIT_EXPECT_EQ(test, hmt_returns_note(test->priv, CHUNK(4), 1, false,
					       START), 0);
	KUNIT_EXPECT_EQ(test, hmt_returns_note(test->priv, CHUNK(3),
					       HMT_CHUNK_PAGES, false, START),
			1);
}

/* At any time and after any pause, exactly the moves of a minute are known. */
static void returns_any_time(struct kunit *test)
{
	u64 now, pause;

	for (now = START; now < START + 300; now += 7)
		for (pause = 0; pause < 600; pause += 3) {
			unsigned int back;

			hmt_returns_destroy(test->priv);
			hmt_returns_init(test->priv);
			/* Sweeps at all distances from the first move. */
			hmt_returns_note(test->priv, CHUNK(9), 1, true,
					 now - now % 61);
			hmt_returns_note(test->priv, CHUNK(3), 1, true, now);
			hmt_returns_note(test->priv, CHUNK(8), 1, true,
					 now + pause / 2);
			back = hmt_returns_note(test->priv, CHUNK(3), 1, false,
						now + pause);
			/* Times are known to two seconds. */
			if (pause <= 60)
				KUNIT_ASSERT_EQ(test, back, 1);
			else if (pause >= 63)
				KUNIT_ASSERT_EQ(test, back, 0);
		}
}

static void returns_memory(struct kunit *test)
{
	hmt_returns_sweep(test->priv, START);
	hmt_returns_note(test->priv, CHUNK(3), 1, true, START + 1);
	hmt_returns_sweep(test->priv, START + 60);
	KUNIT_EXPECT_FALSE(test, returns_is_empty(test));
	hmt_returns_sweep(test->priv, START + 120);
	KUNIT_EXPECT_TRUE(test, returns_is_empty(test));
	hmt_returns_note(test->priv, CHUNK(3), 1, true, START + 121);
	hmt_returns_sweep(test->priv, START + 1000);
	KUNIT_EXPECT_TRUE(test, returns_is_empty(test));
}

static struct kunit_case hmt_returns_cases[] = {
	KUNIT_CASE(returns_once),
	KUNIT_CASE(returns_late),
	KUNIT_CASE(returns_edge),
	KUNIT_CASE(returns_any_time),
	KUNIT_CASE(returns_memory),
	{}
};

static struct kunit_suite hmt_returns_suite = {
	.name = "hmt_heat_returns",
	.init = returns_setup,
	.exit = returns_teardown,
	.test_cases = hmt_returns_cases,
};

kunit_test_suite(hmt_returns_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of pages that move back");
MODULE_LICENSE("GPL");
