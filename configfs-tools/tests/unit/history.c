// SPDX-License-Identifier: GPL-2.0
/* Data of pictures, and text of progress. Prints TAP. */
#include <math.h>
#include <string.h>

#include "cli/progress.h"
#include "view/history.h"
#include "tap.h"

static struct trace_chunk chunk;

static void set_chunk(int pid, uint64_t addr, unsigned int pages, uint8_t heat,
		      int8_t tier)
{
	chunk = (struct trace_chunk){
		.pid = pid, .addr = addr, .pages = pages,
	};
	memset(chunk.heat, heat, pages);
	memset(chunk.tier, tier, pages);
}

static void test_sums(void)
{
	struct trace_pass pass = { .when = 3, .workload = "db", .nr_tiers = 2 };
	struct history_point points[HMT_HEAT_LEVELS];
	struct history history = { };
	uint64_t pages;
	size_t count;

	strcpy(pass.tiers[0].name, "dram");
	strcpy(pass.tiers[1].name, "cxl");
	set_chunk(1, 0, 100, 200, 0);
	trace_pass_add(&pass, &chunk);
	set_chunk(1, TRACE_CHUNK, 300, 0, 1);
	chunk.heat[299] = 100;
	trace_pass_add(&pass, &chunk);
	set_chunk(2, 0, 10, 50, TRACE_OUTSIDE);
	chunk.tier[9] = TRACE_HOLE;
	trace_pass_add(&pass, &chunk);
	history_add(&history, &pass, 0);
	ok(history.nr_cells == 3 && history.cells[0].heat == 200 &&
	   history.cells[2].place == HISTORY_OUTSIDE, "a cell for each range");
	ok(history.passes[0].resident[0] == 100 &&
	   history.passes[0].resident[1] == 300 &&
	   history.passes[0].resident[HISTORY_OUTSIDE] == 9,
	   "pages by tier, without holes");
	count = history_distribution(&history, points);
	ok(count == 4 && points[0].pages == 100 && points[0].heat == 200 &&
	   points[3].pages == 409, "distribution, hottest first");
	ok(fabs(points[0].share - 20000 / 20550.0) < 0.000001 &&
	   points[3].share == 1, "shares of heat");
	ok(fabs(history_share(&history, 1, &pages) - 100 / 20550.0) < 0.000001 &&
	   pages == 300, "share of a tier");
	ok(!strcmp(history_place_name(&history, 1), "cxl") &&
	   !strcmp(history_place_name(&history, 5), "outside the graph"),
	   "names of places");
	history_add(&history, &pass, 2);
	ok(history.nr_passes == 2 && history.nr_cells == 4 &&
	   !history.passes[1].resident[0], "one process alone");
	history_release(&history);
	ok(!history_distribution(&history, points), "nothing is warm");
	trace_pass_release(&pass);
}

static bool reads(double seconds, uint64_t done, uint64_t total,
		  const char *want)
{
	char text[64];

	progress_text("move", seconds, done, total, text, sizeof(text));
	return !strcmp(text, want);
}

int main(void)
{
	test_sums();
	ok(reads(3, 30, 100, "move: 30 %, about 7 s left"), "an estimate");
	ok(reads(3, 0, 100, "move: for 3 s") && reads(3, 0, 0, "move: for 3 s"),
	   "no estimate without progress");
	ok(reads(3, 101, 100, "move: 100 %, about 0 s left"), "more than all");
	return end_of_tests();
}
