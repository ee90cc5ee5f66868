// SPDX-License-Identifier: GPL-2.0
/* Answers of HMT_QUERY made into chunks of a pass. Prints TAP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trace/pages.h"

#define PAGES	1200

static unsigned int number;
static unsigned int failures;
static struct hmt_page_info info[PAGES];
static struct trace_pass pass;

static const struct page_places places = {
	.count = 2,
	.list = (struct page_place[]) { { 0, 0 }, { HMT_UID_DEVICE, 1 } },
};

static void ok(bool good, const char *text)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++number, text);
	failures += !good;
}

/* Fill @info with pages in memory 0, of heat 7. */
static void begin(uint8_t why)
{
	size_t i;

	trace_pass_release(&pass);
	for (i = 0; i < PAGES; i++)
		info[i] = (struct hmt_page_info) {
			.state = HMT_STATE_MOVABLE, .heat = 7, .why = why,
		};
}

static bool is(size_t chunk, uint64_t addr, unsigned int pages)
{
	return chunk < pass.nr_chunks && pass.chunks[chunk].pid == 812 &&
	       pass.chunks[chunk].addr == addr &&
	       pass.chunks[chunk].pages == pages &&
	       pass.chunks[chunk].clean_known;
}

static void test_chunks(void)
{
	begin(HMT_WHY_KEPT);
	ok(pages_add(&pass, 812, TRACE_CHUNK - 3 * TRACE_PAGE, info, PAGES,
		     &places), "a process that is managed");
	ok(pass.nr_chunks == 4 && is(0, TRACE_CHUNK - 3 * TRACE_PAGE, 3) &&
	   is(1, TRACE_CHUNK, 512) && is(2, 2 * TRACE_CHUNK, 512) &&
	   is(3, 3 * TRACE_CHUNK, PAGES - 3 - 1024),
	   "a chunk ends at a multiple of 2 MiB");
	ok(trace_chunk_heat(&pass.chunks[1]).mean == 7 &&
	   trace_chunk_heat(&pass.chunks[1]).warm == 512, "has its heat");
	ok(!pages_add(&pass, 812, 0, info, 0, &places) && pass.nr_chunks == 4,
	   "no pages are no chunk");
}

static void test_holes(void)
{
	size_t i;

	begin(HMT_WHY_KEPT);
	for (i = 0; i < 600; i++)
		info[i] = (struct hmt_page_info) {
			.uid = HMT_UID_NONE, .heat = 9,
		};
	info[5] = (struct hmt_page_info) {
		.uid = HMT_UID_DEVICE, .state = HMT_STATE_PINNED,
		.why = HMT_WHY_STUCK, .flags = HMT_INFO_CLEAN,
	};
	info[7] = (struct hmt_page_info) {
		.uid = 5, .state = HMT_STATE_MOVABLE, .why = HMT_WHY_OUTSIDE,
	};
	pages_add(&pass, 812, 4 * TRACE_CHUNK, info, 1024, &places);
	ok(pass.nr_chunks == 2 && trace_chunk_heat(&pass.chunks[0]).pages == 2 &&
	   !trace_chunk_heat(&pass.chunks[0]).most,
	   "heat of pages that are gone does not count");
	ok(pass.chunks[0].tier[5] == 1 && pass.chunks[0].clean[5] &&
	   !pass.chunks[0].movable[5], "a page on a device, clean and pinned");
	ok(pass.chunks[0].tier[7] == TRACE_OUTSIDE && pass.chunks[0].movable[7] &&
	   !pass.chunks[0].clean[7], "a page in a memory outside the tiers");
	ok(pass.chunks[0].tier[6] == TRACE_HOLE && pass.chunks[1].tier[0] ==
	   TRACE_HOLE && pass.chunks[1].tier[511] == 0, "holes and other pages");
	begin(HMT_WHY_KEPT);
	memset(info, 0, sizeof(info));
	ok(!pages_add(&pass, 812, 0, info, PAGES, &places) && !pass.nr_chunks,
	   "chunks without pages are left out");
}

static void test_managed(void)
{
	begin(HMT_WHY_UNMANAGED);
	ok(!pages_add(&pass, 812, 0, info, PAGES, &places),
	   "a process that is not managed");
	info[PAGES - 1].why = HMT_WHY_NEW;
	ok(pages_add(&pass, 812, 0, info, PAGES, &places),
	   "a process that is new is managed");
}

int main(void)
{
	test_chunks();
	test_holes();
	test_managed();
	trace_pass_release(&pass);
	printf("1..%u\n", number);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
