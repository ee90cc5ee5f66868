// SPDX-License-Identifier: GPL-2.0
/*
 * Reports of providers for a few huge pages, decay, evidence of a sample, moves
 * back and forth, and allocations that fail, against one number for each page.
 */
#include <linux/kernel.h>

#include "input.h"

bool model_fail_allocation;

/* How many huge pages are known at once is part of the state. */
#define MODEL_XA_SLOTS	3
#include "heat/heat.c"
#include "heat/returns.c"

#define CHUNKS		4
#define PAGES		(CHUNKS * HMT_CHUNK_PAGES)

static struct hmt_heat_map map, fresh;
static struct hmt_returns returns;
static u8 heat[PAGES], evidence[PAGES];
/* Of pages that were found since the last decay: number, and heat before. */
static u64 hits, found;
static u64 now;

/* The last move of each page that was noted; 0: none. */
static struct move {
	u64 time;
	bool up;
} moves[PAGES];

static unsigned long address_of(unsigned int page)
{
	return (unsigned long)page << PAGE_SHIFT;
}

/* Check the heat of all pages of @which, of which a chunk may be missing. */
static void check_map(struct hmt_heat_map *which, const u8 *wanted)
{
	static const u8 cold[HMT_CHUNK_PAGES];
	unsigned int i, chunks = 0;

	for (i = 0; i < CHUNKS; i++, wanted += HMT_CHUNK_PAGES) {
		const u8 *chunk = hmt_heat_map_chunk(which,
						     (u64)i << HMT_CHUNK_SHIFT);

		chunks += !!chunk;
		if (memcmp(chunk ? chunk : cold, wanted, HMT_CHUNK_PAGES))
			wrong("chunk %u has other heat", i);
	}
	if (chunks != which->nr_chunks)
		wrong("%u chunks of %lu", chunks, which->nr_chunks);
}

static void check_skewed(const u8 *chunk)
{
	unsigned int page, least = HMT_HEAT_MAX, warm = 0;

	for (page = 0; page < HMT_CHUNK_PAGES; page++)
		if (chunk[page] < least)
			least = chunk[page];
	for (page = 0; page < HMT_CHUNK_PAGES; page++)
		warm += chunk[page] - least >= HMT_HEAT_SKEW;
	if (hmt_heat_is_skewed(chunk) !=
	    (warm && warm <= HMT_HEAT_SKEWED_PAGES))
		wrong("%u warm pages", warm);
}

static void report_bits(void)
{
	unsigned int first = below(CHUNKS) * HMT_CHUNK_PAGES, i;
	DECLARE_BITMAP(accessed, HMT_CHUNK_PAGES);
	unsigned int score = below(HMT_HEAT_MAX + 1);

	memset(accessed, 0, sizeof(accessed));
	for (i = below(8); i; i--)
		accessed[below(BITS_TO_LONGS(HMT_CHUNK_PAGES))] = below(~0ULL);
	if (hmt_heat_map_report(&map, address_of(first + below(8)), accessed,
				score))
		return;
	for (i = 0; i < HMT_CHUNK_PAGES; i++)
		if (accessed[i / 64] >> i % 64 & 1) {
			hits++;
			found += heat[first + i];
			heat[first + i] = hmt_heat_add(heat[first + i], score);
		}
}

static void report_range(void)
{
	unsigned int first = below(CHUNKS) * HMT_CHUNK_PAGES;
	unsigned int page = below(HMT_CHUNK_PAGES);
	unsigned int end = page + 1 + below(HMT_CHUNK_PAGES - page);
	unsigned int score = 1 + below(HMT_REPORT_SCORE_MAX);

	if (hmt_heat_map_add(&fresh, address_of(first + page),
			     address_of(first + end), score))
		return;
	for (page += first; page < first + end; page++)
		evidence[page] = hmt_heat_add(evidence[page], score);
}

static void fold(void)
{
	unsigned int weight = 1 + below(HMT_WEIGHT_MAX);
	unsigned int hit = hmt_heat_hit(1U << below(HMT_HEAT_SHIFT + 1));
	unsigned int score = hmt_heat_score_of(hit, weight,
					       weight + below(700));
	u64 warmed = 0, folded;
	unsigned int page;
	bool room = !model_fail_allocation;

	/* Chunks that cannot be made lose their evidence. */
	if (room && map.nr_chunks + fresh.nr_chunks > MODEL_XA_SLOTS)
		return;
	for (page = 0; page < PAGES; page++) {
		if (evidence[page] &&
		    (room || hmt_heat_map_chunk(&map, address_of(page)))) {
			found += heat[page];
			heat[page] = hmt_heat_add(heat[page],
						  hmt_heat_weigh(evidence[page],
								 score));
			warmed++;
		}
	}
	memset(evidence, 0, sizeof(evidence));
	folded = hmt_heat_map_fold(&map, &fresh, score);
	if (folded != warmed)
		wrong("%llu pages were warmed, not %llu", folded, warmed);
	hits += warmed;
}

static void decay(void)
{
	unsigned int times = 1 + below(4), page, shift;
	u64 all;

	while (times--) {
		shift = below(HMT_HEAT_SHIFT + 1);
		hmt_heat_map_decay(&map, shift);
		for (page = 0, all = 0; page < PAGES; page++) {
			heat[page] = hmt_heat_decay_by(heat[page], 1U << shift);
			all += heat[page];
		}
		if (map.met.heat != all)
			wrong("heat of %llu, not %llu", map.met.heat, all);
	}
	hits = 0;
	found = 0;
}

/* A time is known to two seconds: what is between counts either way. */
static void move(void)
{
	unsigned int page = below(PAGES), count = 1 + below(600), least = 0;
	unsigned int end = (page / HMT_CHUNK_PAGES + 1) * HMT_CHUNK_PAGES;
	unsigned int most = 0, back, i;
	bool up = below(2);

	now += below(2) ? below(4) : below(300);
	if (page + count < end)
		end = page + count;
	for (i = page; i < end; i++) {
		u64 age = now - moves[i].time;

		if (!moves[i].time || moves[i].up == up)
			continue;
		least += age < 59;
		most += age < 62;
	}
	back = hmt_returns_note(&returns, address_of(page), count, up, now);
	/* Without memory none of the pages is known. */
	if (back > most || (back < least && !model_fail_allocation &&
			    returns.chunks.nr < MODEL_XA_SLOTS))
		wrong("%u pages came back, of %u to %u", back, least, most);
	if (!xa_load(&returns.chunks, page / HMT_CHUNK_PAGES))
		return;
	for (i = page; i < end; i++)
		moves[i] = (struct move){ .time = now, .up = up };
}

static void begin(void)
{
	hmt_heat_init();
	hmt_heat_map_init(&map);
	hmt_heat_map_init(&fresh);
	hmt_returns_init(&returns);
	memset(heat, 0, sizeof(heat));
	memset(evidence, 0, sizeof(evidence));
	memset(moves, 0, sizeof(moves));
	hits = 0;
	found = 0;
	now = 1000;
}

int fuzz_one(const uint8_t *data, size_t size)
{
	static void (*const operations[])(void) = {
		report_bits, report_range, fold, decay, move,
	};
	unsigned int i;

	begin();
	set_input(data, size);
	for (i = 0; input_left && i < 64; i++) {
		model_fail_allocation = !below(16);
		operations[below(sizeof(operations) / sizeof(*operations))]();
	}
	model_fail_allocation = false;
	check_map(&map, heat);
	check_map(&fresh, evidence);
	if (map.met.hits != hits || map.met.found != found)
		wrong("%llu pages with heat of %llu were found", hits, found);
	for (i = 0; i < CHUNKS; i++)
		check_skewed(&heat[i * HMT_CHUNK_PAGES]);
	hmt_heat_map_destroy(&map);
	hmt_heat_map_destroy(&fresh);
	hmt_returns_destroy(&returns);
	hmt_heat_exit();
	if (map.nr_chunks || fresh.nr_chunks)
		wrong("chunks are left");
	return 0;
}
