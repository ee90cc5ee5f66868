// SPDX-License-Identifier: GPL-2.0
/* Addresses made into ranges. Prints TAP. */
#include <stdio.h>
#include <string.h>

#include "trace/samples.h"
#include "tap.h"

static struct samples samples;
static struct hmt_heat_range ranges[HMT_REPORT_MAX];

static bool parses(const char *line, uint64_t wanted)
{
	uint64_t address = 0;

	return samples_parse(line, &address) && address == wanted;
}

static bool refused(const char *line)
{
	uint64_t address;

	return !samples_parse(line, &address);
}

static void begin(unsigned int score)
{
	memset(&samples, 0, sizeof(samples));
	samples.page = 4096;
	samples.score = score;
}

static bool is(const struct hmt_heat_range *range, uint64_t start,
	       uint64_t length, unsigned int score)
{
	return range->start == start && range->length == length &&
	       range->score == score && !range->reserved;
}

static void test_parse(void)
{
	ok(parses("7f0012345678", 0x7f0012345678), "an address");
	ok(parses("    7f0012345678\n", 0x7f0012345678), "blanks around it");
	ok(parses("0x1000", 0x1000), "0x before it");
	ok(parses("ffffffffffffffff", UINT64_MAX), "the last one");
	ok(refused("10000000000000000"), "more than 64 bits are refused");
	ok(refused("-1") && refused("+1"), "signs are refused");
	ok(refused("") && refused(" ") && refused("cycles:u") &&
	   refused("7f00 cycles") && refused("7f00,"),
	   "what is no address is refused");
}

static void test_add(void)
{
	size_t i;

	begin(64);
	ok(!samples_add(&samples, 0), "0 is no address");
	ok(!samples_add(&samples, 0xffff800000000000), "the kernel's are none");
	ok(!samples.count && !samples_take(&samples, ranges),
	   "none of them is reported");
	for (i = 0; i < HMT_REPORT_MAX; i++)
		samples_add(&samples, 4096 * (2 * i + 1));
	ok(samples_full(&samples), "there is room for what is taken at once");
	ok(samples_take(&samples, ranges) == HMT_REPORT_MAX &&
	   is(&ranges[HMT_REPORT_MAX - 1], 4096 * (2 * HMT_REPORT_MAX - 1),
	      4096, 64), "and each may be a range");
	ok(!samples_full(&samples) && !samples_take(&samples, ranges),
	   "nothing is reported twice");
}

static void test_take(void)
{
	begin(64);
	samples_add(&samples, 0x5fff);
	samples_add(&samples, 0x3008);
	samples_add(&samples, 0x4000);
	ok(samples_take(&samples, ranges) == 1 &&
	   is(ranges, 0x3000, 0x3000, 64), "neighbours are one range, in order");
	samples_add(&samples, 0x3000);
	samples_add(&samples, 0x4000);
	samples_add(&samples, 0x4001);
	ok(samples_take(&samples, ranges) == 2 &&
	   is(&ranges[0], 0x3000, 0x1000, 64) &&
	   is(&ranges[1], 0x4000, 0x1000, 128),
	   "what was seen twice counts twice, and is a range of its own");
	begin(200);
	samples_add(&samples, 0x3000);
	samples_add(&samples, 0x3000);
	samples_add(&samples, 0x7000);
	ok(samples_take(&samples, ranges) == 2 &&
	   is(&ranges[0], 0x3000, 0x1000, HMT_REPORT_SCORE_MAX) &&
	   is(&ranges[1], 0x7000, 0x1000, 200), "no score is above the highest");
}

int main(void)
{
	test_parse();
	test_add();
	test_take();
	return end_of_tests();
}
