// SPDX-License-Identifier: GPL-2.0
/* Policy between processes: the part of a memory that no other one can take. */
#include <kunit/test.h>
#include <linux/module.h>
#include "policy_fixture.h"

#define TOTAL		1000

static void share_of_one_is_all(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, hmt_policy_gives_way(TOTAL, 1, 0));
	KUNIT_EXPECT_FALSE(test, hmt_policy_gives_way(TOTAL, 1, TOTAL));
}

static void share_is_equal(struct kunit *test)
{
	KUNIT_EXPECT_FALSE(test, hmt_policy_gives_way(TOTAL, 2, TOTAL / 2));
	KUNIT_EXPECT_TRUE(test, hmt_policy_gives_way(TOTAL, 2, TOTAL / 2 + 1));
	KUNIT_EXPECT_FALSE(test, hmt_policy_gives_way(TOTAL, 3, TOTAL / 3));
	KUNIT_EXPECT_TRUE(test, hmt_policy_gives_way(TOTAL, 3, TOTAL / 3 + 1));
}

/* A process with less than its part finds others with more, or free memory. */
static void share_finds_room_for_the_poor(struct kunit *test)
{
	unsigned int sharing, rich;
	u64 part;

	for (sharing = 2; sharing <= 2 * TOTAL; sharing++) {
		part = TOTAL / sharing;
		/* One has nothing, and the others have all. */
		rich = DIV_ROUND_UP(TOTAL, sharing - 1);
		KUNIT_EXPECT_GT(test, rich, part);
		KUNIT_EXPECT_TRUE(test, hmt_policy_gives_way(TOTAL, sharing,
							     rich));
		KUNIT_EXPECT_FALSE(test, hmt_policy_gives_way(TOTAL, sharing,
							      part));
	}
}

static void share_of_large_memory(struct kunit *test)
{
	/* Blocks of 64 KiB of 256 TiB, and as many processes as there can be. */
	KUNIT_EXPECT_TRUE(test, hmt_policy_gives_way(1ULL << 32, 1U << 22,
						     1ULL << 32));
	KUNIT_EXPECT_FALSE(test, hmt_policy_gives_way(1ULL << 32, 1U << 22,
						      1ULL << 10));
}

/* Return the guarantee of one of three workloads of a tier of 256 pages. */
static u64 scaled(u64 protect, u64 used, s64 free)
{
	/* Too large for the stack. */
	static struct hmt_policy_tier tier;

	tier.free = free;
	tier.high = 10;
	tier.protect = protect;
	hmt_policy_scale_protect(&tier, 3 * protect, used);
	return tier.protect;
}

static void protect_is_scaled(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, scaled(82, 246, 10), 82);
	KUNIT_EXPECT_EQ(test, scaled(100, 246, 10), 82);
	/* Free pages are for the workloads as well, other programs' are not. */
	KUNIT_EXPECT_EQ(test, scaled(100, 123, 133), 82);
	KUNIT_EXPECT_EQ(test, scaled(100, 0, 5), 0);
	KUNIT_EXPECT_EQ(test, scaled(0, 246, 10), 0);
	/* A tier of 256 TiB. */
	KUNIT_EXPECT_EQ(test, scaled(1ULL << 36, 3ULL << 34, 10), 1ULL << 34);
}

static void protect_precedes_the_equal_part(struct kunit *test)
{
	struct hmt_policy_part owner = { .has = 60, .workload = 60 };
	struct hmt_policy_part needs = { .has = 20, .workload = 20 };

	KUNIT_EXPECT_TRUE(test, hmt_policy_displaces(&owner, &needs, 100, 2));
	owner.protect = 60;
	KUNIT_EXPECT_FALSE(test, hmt_policy_displaces(&owner, &needs, 100, 2));
	/* The other processes of the workload count. */
	owner.workload = 61;
	KUNIT_EXPECT_TRUE(test, hmt_policy_displaces(&owner, &needs, 100, 2));
	owner.has = 40;
	KUNIT_EXPECT_FALSE(test, hmt_policy_displaces(&owner, &needs, 100, 2));
	needs.protect = 21;
	KUNIT_EXPECT_TRUE(test, hmt_policy_displaces(&owner, &needs, 100, 2));
	needs.protect = 20;
	KUNIT_EXPECT_FALSE(test, hmt_policy_displaces(&owner, &needs, 100, 2));
}

static struct kunit_case hmt_share_cases[] = {
	KUNIT_CASE(share_of_one_is_all),
	KUNIT_CASE(share_is_equal),
	KUNIT_CASE(share_finds_room_for_the_poor),
	KUNIT_CASE(share_of_large_memory),
	KUNIT_CASE(protect_is_scaled),
	KUNIT_CASE(protect_precedes_the_equal_part),
	{}
};

static struct kunit_suite hmt_share_suite = {
	.name = "hmt_policy_share",
	.test_cases = hmt_share_cases,
};

kunit_test_suite(hmt_share_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of the parts of processes in a memory");
MODULE_LICENSE("GPL");
