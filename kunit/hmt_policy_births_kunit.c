// SPDX-License-Identifier: GPL-2.0
/* Room that is left to pages that processes are about to allocate. */
#include <kunit/test.h>
#include <linux/module.h>
#include <linux/time64.h>
#include "policy_fixture.h"

#define CAPACITY	100000ULL
#define BURST		20000LL

/* Look @s seconds after boot. Return the room. */
static u64 look(struct hmt_policy_births *births, u64 s, u64 spilled,
		s64 filled, s64 taken)
{
	const struct hmt_policy_births_look look = {
		.now_ns = s * NSEC_PER_SEC,
		.capacity = CAPACITY,
		.spilled = spilled,
		.filled = filled,
		.taken = taken,
	};

	return hmt_policy_births(births, &look);
}

/* A program that fills memory once, and frees little of it. */
static void births_once(struct kunit *test)
{
	struct hmt_policy_births births = {};
	u64 s;

	KUNIT_EXPECT_EQ(test, look(&births, 100, 0, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, look(&births, 101, BURST, 0, 50000), 0);
	KUNIT_EXPECT_EQ(test, look(&births, 102, BURST, 0, 0), 0);
	for (s = 103; s < 120; s++)
		KUNIT_EXPECT_EQ(test, look(&births, s, 100, 5000, -100), 0);
}

/* Pages that are freed soon after they were born elsewhere come again. */
static void births_are_freed(struct kunit *test)
{
	struct hmt_policy_births births = {};
	u64 s;

	look(&births, 100, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, look(&births, 102, BURST, 0, 0), 0);
	KUNIT_EXPECT_EQ(test, look(&births, 104, 0, 0, -BURST), BURST);
	/* Four times as long as it took, from then on. */
	for (s = 105; s < 120; s++)
		KUNIT_EXPECT_EQ(test, look(&births, s, 0, 500, 0), BURST);
	KUNIT_EXPECT_EQ(test, look(&births, 120, 0, 0, 0), 0);
}

/* The same in one look, and more is freed than was born elsewhere. */
static void births_in_one_look(struct kunit *test)
{
	struct hmt_policy_births births = {};

	look(&births, 100, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, look(&births, 101, BURST, 0, -30000), BURST);
	KUNIT_EXPECT_EQ(test, look(&births, 104, 0, 0, 0), BURST);
	KUNIT_EXPECT_EQ(test, look(&births, 105, 0, 0, 0), 0);
}

/* As many pages as were promoted after a burst are born elsewhere again. */
static void births_come_again(struct kunit *test)
{
	struct hmt_policy_births births = {};
	u64 s;

	look(&births, 100, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, look(&births, 101, BURST, 0, 0), 0);
	for (s = 102; s < 110; s++)
		KUNIT_EXPECT_EQ(test, look(&births, s, 0, 2000, 0), 0);
	/* It began ten seconds after the other one: room for twenty. */
	KUNIT_EXPECT_EQ(test, look(&births, 110, BURST, 0, 0), 16000);
	KUNIT_EXPECT_EQ(test, look(&births, 118, 0, 0, 0), 16000);
	/* The rest is born elsewhere, and the room is used. */
	KUNIT_EXPECT_EQ(test, look(&births, 120, 3000, 3000, 16000), 16000 + 3000);
	KUNIT_EXPECT_EQ(test, look(&births, 121, 0, 3000, -15000), 16000 + 3000);
	KUNIT_EXPECT_EQ(test, look(&births, 128, 0, 0, 0), 16000 + 3000);
	/* Bursts that find their room keep it. */
	for (s = 130; s < 200; s += 10)
		KUNIT_EXPECT_EQ(test, look(&births, s, 0, 0, s % 20 ? -BURST : BURST),
				16000 + 3000);
	for (; s < 400; s += 10)
		look(&births, s, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, look(&births, 400, 0, 0, 0), 0);
}

/* However much comes and goes, most of the tier is for pages that stay. */
static void births_of_everything(struct kunit *test)
{
	struct hmt_policy_births births = {};

	look(&births, 100, 0, 0, 0);
	look(&births, 101, CAPACITY, 0, 0);
	KUNIT_EXPECT_EQ(test, look(&births, 102, 0, 0, -(s64)CAPACITY),
			CAPACITY / 4);
	/* Room is left for five minutes at most. */
	look(&births, 1999, 0, CAPACITY, 0);
	look(&births, 2000, CAPACITY, 0, 0);
	KUNIT_EXPECT_EQ(test, look(&births, 2299, 0, 0, 0), CAPACITY / 4);
	KUNIT_EXPECT_EQ(test, look(&births, 2300, 0, 0, 0), 0);
	/* Memory that is freed much later was not that of a burst. */
	look(&births, 3000, CAPACITY, 0, 0);
	KUNIT_EXPECT_EQ(test, look(&births, 3070, 0, 0, -(s64)CAPACITY), 0);
}

/* A burst of many small looks is one; a pause ends it. */
static void births_in_small_looks(struct kunit *test)
{
	struct hmt_policy_births births = {};
	u64 s;

	look(&births, 100, 0, 0, 0);
	for (s = 101; s < 121; s++)
		KUNIT_EXPECT_EQ(test, look(&births, s, BURST / 20, 0, 10), 0);
	KUNIT_EXPECT_EQ(test, look(&births, 121, 0, 0, -BURST), BURST);
	look(&births, 300, 0, 0, 0);
	for (s = 301; s < 341; s += 2) {
		look(&births, s, BURST / 20, 0, 0);
		KUNIT_EXPECT_EQ(test, look(&births, s + 1, 0, 0, 0), 0);
	}
	KUNIT_EXPECT_EQ(test, look(&births, 341, 0, 0, -BURST), 0);
}

/* A tier without memory, and one from which memory is taken. */
static void births_of_nothing(struct kunit *test)
{
	struct hmt_policy_births births = {};
	struct hmt_policy_births_look look = { .now_ns = NSEC_PER_SEC };

	KUNIT_EXPECT_EQ(test, hmt_policy_births(&births, &look), 0);
	look.now_ns += NSEC_PER_SEC;
	look.spilled = BURST;
	look.taken = -BURST;
	KUNIT_EXPECT_EQ(test, hmt_policy_births(&births, &look), 0);
}

static struct kunit_case hmt_policy_births_cases[] = {
	KUNIT_CASE(births_once),
	KUNIT_CASE(births_are_freed),
	KUNIT_CASE(births_in_one_look),
	KUNIT_CASE(births_come_again),
	KUNIT_CASE(births_of_everything),
	KUNIT_CASE(births_in_small_looks),
	KUNIT_CASE(births_of_nothing),
	{}
};

static struct kunit_suite hmt_policy_births_suite = {
	.name = "hmt_policy_births",
	.test_cases = hmt_policy_births_cases,
};

kunit_test_suite(hmt_policy_births_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of room for births");
MODULE_LICENSE("GPL");
