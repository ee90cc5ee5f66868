// SPDX-License-Identifier: GPL-2.0
/* Classification of pages: the units of a chunk. */
#include <kunit/test.h>
#include <linux/module.h>
#include "hmt.h"
#include "page/page.h"

#define UNIT		16

/* A huge page of UNIT pages that tables map, in memory 1, at index 0. */
static struct hmt_chunk *make_chunk(struct kunit *test)
{
	struct hmt_chunk *chunk = kunit_kzalloc(test, sizeof(*chunk),
						GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, chunk);
	for (i = 0; i < UNIT; i++) {
		chunk->class[i] = HMT_PAGE_HUGE;
		chunk->uid[i] = 1;
	}
	chunk->unit[0] = UNIT;
	return chunk;
}

static void unit_is_whole(struct kunit *test)
{
	struct hmt_chunk *chunk = make_chunk(test);

	KUNIT_EXPECT_EQ(test, hmt_chunk_unit_run(chunk, 0, UNIT), UNIT);
	KUNIT_EXPECT_EQ(test, hmt_chunk_unit_run(chunk, 0, 1), 1);
	KUNIT_EXPECT_EQ(test, hmt_chunk_unit_run(chunk, UNIT - 1, 1), 1);
}

/* A part was freed, and another page may have its place. */
static void unit_ends_at_a_hole(struct kunit *test)
{
	struct hmt_chunk *chunk = make_chunk(test);

	chunk->class[5] = HMT_PAGE_HOLE;
	KUNIT_EXPECT_EQ(test, hmt_chunk_unit_run(chunk, 0, UNIT), 5);
	chunk->class[5] = HMT_PAGE_MOVABLE;
	KUNIT_EXPECT_EQ(test, hmt_chunk_unit_run(chunk, 0, UNIT), 5);
}

static void unit_ends_at_another_one(struct kunit *test)
{
	struct hmt_chunk *chunk = make_chunk(test);

	chunk->unit[8] = 4;
	KUNIT_EXPECT_EQ(test, hmt_chunk_unit_run(chunk, 0, UNIT), 8);
	KUNIT_EXPECT_EQ(test, hmt_chunk_unit_run(chunk, 8, 4), 4);
	chunk->uid[6] = 2;
	KUNIT_EXPECT_EQ(test, hmt_chunk_unit_run(chunk, 0, UNIT), 6);
}

static struct kunit_case hmt_page_cases[] = {
	KUNIT_CASE(unit_is_whole),
	KUNIT_CASE(unit_ends_at_a_hole),
	KUNIT_CASE(unit_ends_at_another_one),
	{}
};

static struct kunit_suite hmt_page_suite = {
	.name = "hmt_page",
	.test_cases = hmt_page_cases,
};

kunit_test_suite(hmt_page_suite);

MODULE_DESCRIPTION("HMT: tests of the units of a chunk");
MODULE_LICENSE("GPL");
