// SPDX-License-Identifier: GPL-2.0
/* Programs that fill memory, and when they have ceased to. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy_fixture.h"

/* Looks in the time between two samples. */
#define LOOKS	4

/* Memory that comes and goes does not make a program new again and again. */
static void growth_and_return(struct kunit *test)
{
	struct hmt_policy_growth growth = {};
	unsigned int i;

	KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, 0, 1));
	KUNIT_EXPECT_TRUE(test, hmt_policy_grows(&growth, 640000, 1));
	KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, 650000, 1));
	KUNIT_EXPECT_TRUE(test, hmt_policy_grows(&growth, 661000, 1));
	for (i = 0; i < 100; i++) {
		KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, 500000, 1));
		KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, 661000, 1));
	}
	/* The size of long ago does not count. */
	for (i = 0; i < 300; i++)
		KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, 500000, 1));
	KUNIT_EXPECT_TRUE(test, hmt_policy_grows(&growth, 661000, 1));
}

/* A small step now and then is no growth, one after the other is. */
static void growth_by_steps(struct kunit *test)
{
	struct hmt_policy_growth growth = {};
	u64 pages = 100000;
	unsigned int i, step;

	for (i = 0; i < 100; i++)
		hmt_policy_grows(&growth, pages, 1);
	for (step = 0; step < 10; step++) {
		pages += pages / 50;
		KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, pages, 1));
		for (i = 0; i < 15; i++)
			KUNIT_EXPECT_FALSE(test,
					   hmt_policy_grows(&growth, pages, 1));
	}
	for (step = 0; step < 30; step++) {
		bool grows;

		pages += pages / 50;
		grows = hmt_policy_grows(&growth, pages, 1);
		if (step >= 16)
			KUNIT_EXPECT_TRUE(test, grows);
	}
	pages += pages / 4;
	KUNIT_EXPECT_TRUE(test, hmt_policy_grows(&growth, pages, 1));
	KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, pages, 1));
}

/* Samples that come more often find the same. */
static void growth_in_parts(struct kunit *test)
{
	struct hmt_policy_growth growth = {};
	u64 pages = 100000;
	unsigned int i;

	for (i = 0; i < 100; i++)
		hmt_policy_grows(&growth, pages, 1);
	for (i = 0; i < 100; i++) {
		bool grows;

		pages += pages / 150;
		grows = hmt_policy_grows(&growth, pages, LOOKS);
		if (i >= 40)
			KUNIT_EXPECT_TRUE(test, grows);
	}
	for (i = 0; i < 100; i++) {
		pages += pages / 500;
		KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, pages, LOOKS));
	}
}

static bool ends(struct hmt_policy_growth *growth, u64 pages)
{
	return hmt_policy_growth_ends(growth, pages, LOOKS);
}

/* The end is found by two looks between two samples, and what came before is forgotten. */
static void growth_ends(struct kunit *test)
{
	struct hmt_policy_growth growth = {};
	u64 pages = 100000;
	unsigned int i;

	hmt_policy_grows(&growth, pages, 1);
	for (i = 0; i < LOOKS; i++) {
		pages += 1000;
		KUNIT_EXPECT_FALSE(test, ends(&growth, pages));
		/* One pause is none. */
		KUNIT_EXPECT_FALSE(test, ends(&growth, pages));
	}
	KUNIT_EXPECT_TRUE(test, ends(&growth, pages + 50));
	KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, pages + 100, 1));
	/* Memory that is freed ends it as well. */
	KUNIT_EXPECT_TRUE(test, hmt_policy_grows(&growth, 2 * pages, 1));
	KUNIT_EXPECT_FALSE(test, ends(&growth, pages));
	KUNIT_EXPECT_TRUE(test, ends(&growth, pages));
	KUNIT_EXPECT_FALSE(test, hmt_policy_grows(&growth, pages + 50, 1));
	/* It goes on after a longer pause. */
	KUNIT_EXPECT_TRUE(test, hmt_policy_grows(&growth, 2 * pages, 1));
	KUNIT_EXPECT_FALSE(test, ends(&growth, 2 * pages));
	KUNIT_EXPECT_TRUE(test, ends(&growth, 2 * pages));
	KUNIT_EXPECT_TRUE(test, hmt_policy_grows(&growth, 2 * pages + 4000, 1));
}

static struct kunit_case hmt_policy_growth_cases[] = {
	KUNIT_CASE(growth_and_return),
	KUNIT_CASE(growth_by_steps),
	KUNIT_CASE(growth_in_parts),
	KUNIT_CASE(growth_ends),
	{}
};

static struct kunit_suite hmt_policy_growth_suite = {
	.name = "hmt_policy_growth",
	.test_cases = hmt_policy_growth_cases,
};

kunit_test_suite(hmt_policy_growth_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of programs that fill memory");
MODULE_LICENSE("GPL");
