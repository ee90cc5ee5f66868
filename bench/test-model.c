// SPDX-License-Identifier: GPL-2.0
/* Unit tests of the parts of the memory model, without QEMU; prints TAP. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "bound.h"
#include "cache.h"
#include "causes.h"
#include "clock.h"
#include "curve.h"
#include "guest.h"
#include "map.h"
#include "prices.h"
#include "qemu.h"
#include "queue.h"
#include "requests.h"
#include "segment.h"
#include "guest/lengths.h"

/*
 * QEMU and the guest: a clock, and 16 MiB of physical memory, the first half of
 * which is memory 0.
 */

#define RAM_BYTES	(256UL << 20)
#define HALF		(RAM_BYTES / 2)

char timers_state[128];
static uint8_t *ram;
static unsigned int exits;

void *qemu_get_cpu(int index)
{
	return timers_state + index;
}

void cpu_exit(void *cpu)
{
	exits += !!cpu;
}

void icount_update(void *cpu)
{
	(void)cpu;
	*(int64_t *)(timers_state + 64) = clock_instructions[0] +
					  clock_instructions[1];
}

void *qemu_ram_block_by_name(const char *name)
{
	if (!strcmp(name, "ram0"))
		return ram;
	return strcmp(name, "ram1") ? NULL : ram + HALF;
}

void *qemu_ram_get_host_addr(void *block)
{
	return block;
}

uint64_t qemu_ram_get_used_length(void *block)
{
	return block ? HALF : 0;
}

void guest_read_physical(uint64_t addr, void *to, size_t bytes)
{
	memcpy(to, ram + addr, bytes);
}

uintptr_t guest_host_address(uint64_t physical)
{
	return (uintptr_t)ram + physical;
}

static unsigned int tests, failures;

static void check(bool right, const char *name)
{
	tests++;
	failures += !right;
	printf("%s %u - %s\n", right ? "ok" : "not ok", tests, name);
}

static void test_prices(void)
{
	struct prices prices = PRICES_DEFAULT;

	prices.memory_ns[0][0] = 100;
	prices.memory_ns[1][0] = 250;
	prices.memory_ns[0][1] = 100;
	prices.memory_ns[1][1] = 250;
	check(prices_miss(&prices, 0, false) == 50000,
	      "prices: two misses at a time share a latency");
	check(prices_set(&prices, "load-percent", "200") &&
	      prices_miss(&prices, 1, true) == 250000, "prices: load");
	check(prices_copy(&prices, 1, 0) == 64 * (500000 + 200000) / 10,
	      "prices: a copy reads and writes 64 lines, ten at a time");
	check(prices_cold(&prices, 0, 3) == 300000, "prices: cold lines");
	check(prices_set(&prices, "copy-overlap-percent", "0") &&
	      !prices_copy(&prices, 1, 0), "prices: copies can be free");
	check(!prices_set(&prices, "instruction-ps", "1001") &&
	      !prices_set(&prices, "instruction-ps", "0") &&
	      !prices_set(&prices, "overlap-percent", "99") &&
	      !prices_set(&prices, "walk-ns", "1x") &&
	      !prices_set(&prices, "walk-ns", "") &&
	      !prices_set(&prices, "nothing", "1"),
	      "prices: invalid ones are refused");
}

static void test_cache(void)
{
	struct cache cache;
	uint64_t key;
	unsigned int hits = 0;

	check(!cache_init(&cache, 48, 16), "cache: sets are a power of two");
	check(!cache_init(&cache, 16, 0), "cache: no ways");
	check(cache_init(&cache, 4, 4), "cache: one set");
	for (key = 0; key < 4; key++)
		hits += cache_access(&cache, key);
	for (key = 0; key < 4; key++)
		hits += cache_access(&cache, key);
	check(hits == 4, "cache: as many keys as ways stay");
	cache_access(&cache, 0);
	cache_access(&cache, 9);
	check(cache_has(&cache, 0) && !cache_has(&cache, 1),
	      "cache: the least recently used key leaves");
	cache_drop(&cache, 0);
	check(!cache_has(&cache, 0) && cache_has(&cache, 9) &&
	      cache_has(&cache, 3), "cache: one key is dropped");
	check(!cache_access(&cache, 0) && cache_has(&cache, 2),
	      "cache: an empty way is used first");
	cache_free(&cache);
	check(cache_init(&cache, 0, 1) && !cache_access(&cache, 1) &&
	      !cache_access(&cache, 1), "cache: none");
	cache_free(&cache);
}

/* A PTE of each kind in a table for 2 MiB at 0x600000200000. */
#define LOW		0x600000200000UL
#define ENTRY(at, low)	(*(uint64_t *)(ram + (at) + (low) * 8UL))

static size_t nr_moved, moved_page;
static unsigned int moved_from, moved_to;

static void moved(size_t page, unsigned int from, unsigned int to)
{
	nr_moved++;
	moved_page = page;
	moved_from = from;
	moved_to = to;
}

static void make_tables(void)
{
	ENTRY(0x1000, LOW >> 39 & 511) = 0x2000 | 1;
	ENTRY(0x2000, LOW >> 30 & 511) = 0x3000 | 1;
	ENTRY(0x3000, LOW >> 21 & 511) = 0x4000 | 1;
	/* Memory 0, accessed; memory 1, not; PROT_NONE in 0, inverted; absent. */
	ENTRY(0x4000, 0) = 0x10000 | 1 | 1 << 5;
	ENTRY(0x4000, 1) = HALF | 1;
	ENTRY(0x4000, 2) = (0x11000 ^ 0xffffffffff000) | 1 << 8 | 1 << 5;
	/* The next 2 MiB are a huge page in memory 1. */
	ENTRY(0x3000, (LOW >> 21 & 511) + 1) =
		(HALF + 0x200000) | 1 | 1 << 7;
}

static void test_map(void)
{
	struct map map;

	check(map_add_memory("ram0") && map_add_memory("ram1") && map_locate(),
	      "map: memories are found");
	check(map_memory_of((uintptr_t)ram + HALF) == 1 &&
	      map_memory_of((uintptr_t)ram + RAM_BYTES) == -1,
	      "map: host addresses");
	make_tables();
	check(map_init(&map, LOW, 1024), "map: two tables");
	map_read(&map, 0, 0x1000, 0, 1024, moved);
	check(map.page[0].memory == 0 && map.page[1].memory == 1 &&
	      map.page[2].memory == 0 && map.page[3].memory == MAP_ABSENT,
	      "map: the page table decides");
	check(!map.page[0].cleared && map.page[1].cleared &&
	      !map.page[2].cleared, "map: accessed bits");
	check(map.page[512].huge && map.page[1023].memory == 1 &&
	      !map.page[0].huge, "map: a huge page");
	check(map.held[0] == 2 && map.held[1] == 513 && map.most[0] == 2 &&
	      map.most[1] == 515 && !nr_moved, "map: pages are counted, none moved");
	ENTRY(0x4000, 1) = 0x12000 | 1 | 1 << 5;
	map_read(&map, 0, 0x1000, 0, 1024, moved);
	check(nr_moved == 1 && moved_page == 1 && moved_from == 1 &&
	      moved_to == 0 && map.held[0] == 3 && map.most[0] == 3,
	      "map: a page that moved");
	check(map.page[1].brought && !map.page[1].left &&
	      !map.page[0].brought, "map: a page that was brought");
	check(map_set(&map, 0, 1) == 0 && map.page[0].left &&
	      map.held[0] == 2 && map.most[0] == 3,
	      "map: a miss finds a page elsewhere");
	check(map.page[1].looked && map.page[1].armed && !map.page[0].armed &&
	      map.page[2].armed && !map.page[3].looked,
	      "map: a cleared bit and a revoked entry are looks");
	map_read(&map, 3, 0x1000, 1, 1, moved);
	check(map.page[512].cleared == 1 && !map.page[1].cleared,
	      "map: accessed bits of each process");
	check(map_entry(&map, 600) == &map.page[512] &&
	      map_entry(&map, 512) == &map.page[512] &&
	      map_entry(&map, 1) == &map.page[1], "map: a huge page has one entry");
	map.page[512].seen = 7;
	map.page[700].cleared = 0;
	map_split(&map, 600);
	check(!map.page[512].huge && !map.page[1023].huge &&
	      map_entry(&map, 600) == &map.page[600] &&
	      map.page[700].cleared == 1 && map.page[1023].seen == 7,
	      "map: the pages of a huge page that is split have its bits");
	map_split(&map, 0);
	check(!map.page[1].seen, "map: a base page is not split");
	map_remove(&map, 1);
	check(map.page[1].memory == MAP_ABSENT && map.held[0] == 1 &&
	      !map.page[1].looked, "map: a page is freed");
	map_free(&map);
}

static void test_ranges(void)
{
	struct map map = { 0 };

	make_tables();
	check(map_add(&map, 0x10000, 16, false) &&
	      map_add(&map, LOW, 1024, false) && map.pages == 1040,
	      "ranges: two");
	check(map_find(&map, 0x1ffff) == 15 && map_find(&map, LOW) == 16 &&
	      map_find(&map, 0x20000) == 1040 && map_find(&map, 0) == 1040 &&
	      map_find(&map, LOW + (1024 << 12)) == 1040, "ranges: pages");
	check(map_address(&map, 15) == 0x1f000 && map_address(&map, 16) == LOW,
	      "ranges: addresses");
	map_read(&map, 0, 0x1000, 0, map.pages, moved);
	check(map.page[16].memory == 0 && map.page[0].memory == MAP_ABSENT &&
	      map.page[16 + 512].memory == 1, "ranges: the page table");
	map_free(&map);
	check(map_add(&map, LOW, 1024, false), "ranges: again");
	map_set(&map, 600, 1);
	map_read_page(&map, 0, 0x1000, 600, moved);
	check(map.held[1] == 512 && map.page[512].huge && map.page[600].huge &&
	      map.page[1].memory == MAP_ABSENT, "ranges: the rest of a huge page");
	map_free(&map);
	make_tables();
	check(map_add(&map, LOW, 1024, false), "ranges: one that no other process shares");
	map_read(&map, 0, 0x1000, 0, map.pages, moved);
	ENTRY(0x4000, 0) = 0;
	/* A swap entry: it is on its way. */
	ENTRY(0x4000, 1) = 0x12000;
	ENTRY(0x3000, (LOW >> 21 & 511) + 1) = 0;
	map_read(&map, 0, 0x1000, 0, map.pages, moved);
	check(map.page[0].memory == MAP_ABSENT && map.page[1].memory == 1 &&
	      map.page[512].memory == MAP_ABSENT && map.held[0] == 1 &&
	      map.held[1] == 1, "ranges: pages and a table that are gone");
	map_free(&map);
	check(map_add(&map, LOW, 1024, true), "ranges: shared");
	map_set(&map, 3, 0);
	map_read(&map, 0, 0x1000, 0, map.pages, moved);
	check(map.page[3].memory == 0,
	      "ranges: another process may have a page that this one lacks");
	map_free(&map);
}

static void test_clock(void)
{
	struct times begin, end;

	clock_instructions[0] = 1000000;
	clock_init(500, 1000);
	clock_start();
	begin = clock_read();
	clock_instructions[0] += 2000;
	clock_charge(1500000);
	end = clock_read();
	/* 2000 ns of the clock are 1000 ns; 1500 ns less the credit of 1000. */
	check(end.clock_ns - begin.clock_ns == 2000 && !exits,
	      "clock: a stall below the quantum waits");
	clock_charge(1000000);
	end = clock_read();
	check(end.clock_ns - begin.clock_ns == 2000 + 1500 && exits == 1,
	      "clock: the credit of instructions is used up first");
	check(end.stall_ps - begin.stall_ps == 2500000 && !end.idle_ns,
	      "clock: the stall is exact, there is no idle time");
	*(int64_t *)(timers_state + 40) += 777;
	end = clock_read();
	check(end.idle_ns - begin.idle_ns == 777,
	      "clock: what QEMU adds is idle time");
	clock_instructions[1] += 60000000;
	end = clock_read();
	check(end.dropped_ns == 30000000 - CLOCK_CREDIT_NS,
	      "clock: a credit of more than 10 ms is dropped");
}

static void test_causes(void)
{
	static const uint8_t ret[] = { 0xc3 }, iret[] = { 0x48, 0xcf };
	static const uint8_t nop[] = { 0x90 };
	unsigned int index;

	causes_init();
	causes_settle();
	memset(causes.counts, 0, sizeof(causes.counts));
	causes_add(0x1000, 0x1100, "look", false);
	causes_add(0x2000, 0x2100, "fault", true);
	causes_add_switch(0x3000);
	causes_add(0x4000, 0x4100, "flush", false);
	check(causes_hook(0x1000, nop, 1, &index) == HOOK_ENTER && !index &&
	      causes_hook(0x1080, ret, 1, &index) == HOOK_LEAVE &&
	      causes_hook(0x1080, nop, 1, &index) == HOOK_NONE &&
	      causes_hook(0x1000, ret, 1, &index) == HOOK_NONE &&
	      causes_hook(0x1100, ret, 1, &index) == HOOK_NONE,
	      "causes: a function begins and returns");
	check(causes_hook(0x2000, nop, 1, &index) == HOOK_ENTRY && index == 1 &&
	      causes_hook(0x9000, iret, 2, &index) == HOOK_EXIT &&
	      causes_hook(0x3000, nop, 1, &index) == HOOK_SWITCH,
	      "causes: entries, exits and switches");

	causes_switch(0x10, "load");
	clock_instructions[0] += 100;		/* user */
	causes_enter_kernel(1);			/* fault */
	clock_instructions[1] += 10;
	causes_enter(0, 0x8000);		/* look */
	clock_instructions[1] += 20;
	causes_switch(0x20, "helper");
	clock_instructions[1] += 7;
	causes_switch(0x10, "load");
	clock_instructions[1] += 3;		/* still look */
	causes_leave(0);
	clock_instructions[1] += 5;		/* fault again */
	causes_exit_kernel();
	clock_instructions[1] += 1;
	clock_instructions[0] += 50;
	causes_settle();
	check(causes.counts[1][1] == 150 && causes.counts[1][2] == 23 &&
	      causes.counts[1][3] == 15 && causes.counts[1][0] == 1 &&
	      causes.counts[2][0] == 7,
	      "causes: each instruction has its task and cause");
}

static void test_returns(void)
{
	/* At 0x1040: call 0x4000, call 0x2000, and a call without its end. */
	static const uint8_t code[] = {
		0x90, 0xe8, 0xba, 0x2f, 0, 0, 0xe8, 0xb5, 0x0f, 0, 0,
		0xe8, 0xb0, 0x2f, 0,
	}, nop[] = { 0x90 }, ret[] = { 0xc3 };
	unsigned int index;
	uint64_t before = causes.counts[1][2];

	check(causes_scan(0x1040, code, sizeof(code)) &&
	      causes_hook(0x1046, nop, 1, &index) == HOOK_RETURN &&
	      causes_hook(0x1046, ret, 1, &index) ==
			(HOOK_RETURN | HOOK_LEAVE) &&
	      causes_hook(0x104b, nop, 1, &index) == HOOK_NONE &&
	      causes_hook(0x1050, nop, 1, &index) == HOOK_NONE,
	      "causes: calls of functions are found");

	/* It jumps to the last one, which returns for both. */
	causes_enter(0, 0x8000);		/* look */
	causes_enter(2, 0x7f00);		/* flush */
	causes_enter(2, 0x7f00);
	clock_instructions[1] += 4;
	check(!causes_return(0x7f00) && !causes_return(0x7000),
	      "causes: a function that does not look changes no map");
	clock_instructions[1] += 6;		/* look again */
	check(causes_return(0x8000), "causes: one that looks does");
	clock_instructions[1] += 8;
	causes_settle();
	check(causes.counts[1][4] == 4 && causes.counts[1][2] == before + 6 &&
	      causes.counts[1][0] == 9,
	      "causes: a function that ends with a jump has returned");

	/* No call of it was found. */
	causes_enter(0, 0x8000);
	causes_enter(2, 0x7f00);
	causes_enter(0, 0x7f80);
	check(causes_leave(0), "causes: the latest function returns");
	clock_instructions[1] += 2;
	causes_leave(0);
	causes_settle();
	check(causes.counts[1][4] == 4 && causes.counts[1][2] == before + 8,
	      "causes: a function below on the stack has returned");
}

static void test_curve(void)
{
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	curve_start(500, 2);
	curve_miss(600, true, 1);
	curve_miss(700, false, 1);
	curve_move();
	/* The first window has ended, the second one is empty. */
	curve_miss(5000000000, true, 1);
	curve_miss(6000000500, true, 1);
	curve_write(out);
	fclose(out);
	check(!strcmp(text, "{\"window_ms\":2,\"windows\":[[1,2,1],[0,0,0],[1,1,0]]}\n"),
	      "curve: misses belong to windows of equal length");
}

/* Return the bound of an access sequence, and of the best static placement. */
static int64_t bound_of(const unsigned int *pages, size_t count, size_t nr,
			int64_t capacity)
{
	struct bound bound;
	int64_t best = 0;
	unsigned int i;

	if (!bound_init(&bound, nr, 1000000, 4000000))
		return -1;
	for (i = 0; i < count; i++)
		bound_miss(&bound, pages[i], 1);
	for (i = 0; i < BOUND_RENTS; i++) {
		int64_t value = bound_cost(&bound, i) - bound.rent[i] *
				(int64_t)bound.now * capacity;

		best = value > best ? value : best;
	}
	bound_free(&bound);
	return best;
}

#define MISSES	200000

static void test_bound(void)
{
	static unsigned int pages[MISSES];
	unsigned int seed = 1, i;
	int64_t bound, misses = 0;

	/* 8 hot pages, 24 that are cold: 8 fit. */
	for (i = 0; i < MISSES; i++) {
		seed = seed * 1103515245 + 12345;
		pages[i] = seed >> 28 ? seed >> 16 & 7 : 8 + (seed >> 16) % 24;
		misses += pages[i] >= 8;
	}
	bound = bound_of(pages, MISSES, 32, 8);
	check(bound <= misses * 1000000, "bound: not above the best placement");
	check(bound > misses * 1000000 * 9 / 10, "bound: not far below it");
	check(!bound_of(pages, MISSES, 32, 32), "bound: 0 if all pages fit");
	check(bound_of(pages, MISSES, 32, 0) > MISSES * 900000L &&
	      bound_of(pages, MISSES, 32, 0) <= MISSES * 1000000L,
	      "bound: all misses if none fits");
	/* Two pages by turns, each for long: moving them is worth its cost. */
	for (i = 0; i < MISSES; i++)
		pages[i] = i / 1000 % 2;
	bound = bound_of(pages, MISSES, 2, 1);
	check(bound > 0 && bound <= MISSES / 1000 * 4000000L,
	      "bound: moving in time costs copies only");
}

/*
 * Three memories, the first two hold a page each, and three pages: the least cost
 * of all sequences of placements. A state is the memory of each page.
 */
#define STATES		27

static const uint64_t latency[3] = { 100000, 250000, 400000 };

static unsigned int place(unsigned int state, unsigned int page)
{
	static const unsigned int power[] = { 1, 3, 9 };

	return state / power[page] % 3;
}

static bool fits(unsigned int state)
{
	unsigned int held[3] = { 0 }, page;

	for (page = 0; page < 3; page++)
		held[place(state, page)]++;
	return held[0] <= 1 && held[1] <= 1;
}

static int64_t move_cost(unsigned int from, unsigned int to)
{
	unsigned int page, i, j;
	int64_t cost = 0;

	for (page = 0; page < 3; page++) {
		i = place(from, page);
		j = place(to, page);
		if (j < i)
			cost += (latency[i] + latency[j]) * 64 / 10;
	}
	return cost;
}

static int64_t least_cost(const unsigned int *pages, size_t count)
{
	int64_t cost[STATES] = { 0 }, next[STATES], least = INT64_MAX;
	unsigned int i, j;
	size_t n;

	for (n = 0; n < count; n++) {
		for (j = 0; j < STATES; j++) {
			next[j] = INT64_MAX;
			for (i = 0; i < STATES && fits(j); i++) {
				int64_t value = cost[i] + move_cost(i, j);

				if (fits(i) && value < next[j])
					next[j] = value;
			}
		}
		for (j = 0; j < STATES; j++)
			cost[j] = fits(j) ? next[j] + (int64_t)
				  (latency[place(j, pages[n])] - latency[0]) : 0;
	}
	for (j = 0; j < STATES; j++)
		if (fits(j) && cost[j] < least)
			least = cost[j];
	return least;
}

static int64_t bound_of_three(const unsigned int *pages, size_t count)
{
	int64_t sum = 0, best;
	struct bound bound;
	unsigned int k, i;
	size_t n;

	for (k = 0; k < 2; k++) {
		bound_init(&bound, 3, latency[k + 1] - latency[k],
			   bound_copy(latency, k, 640));
		for (n = 0; n < count; n++) {
			if (n < 3)
				bound_birth(&bound, pages[n]);
			bound_miss(&bound, pages[n], 1);
		}
		for (best = 0, i = 0; i < BOUND_RENTS; i++) {
			int64_t value = bound_cost(&bound, i) - bound.rent[i] *
					(int64_t)(bound.now * (k + 1));

			best = value > best ? value : best;
		}
		bound_free(&bound);
		sum += best;
	}
	return sum;
}

static void test_bound_of_three(void)
{
	static unsigned int pages[3000];
	unsigned int seed = 1, round, i, low = 0;
	bool right = true;

	check(bound_copy(latency, 0, 640) + bound_copy(latency, 1, 640) ==
	      (int64_t)(latency[0] + latency[2]) * 64 / 10,
	      "bound: a copy over two boundaries costs what it costs");
	/* Shares of the pages, and from round 4 on phases in which one is hot. */
	for (round = 0; round < 8; round++) {
		for (i = 0; i < 3000; i++) {
			seed = seed * 1103515245 + 12345;
			pages[i] = (seed >> 16) % 10 < 3 + round % 4 * 2 ?
				   (round < 4 ? 0 : i / 500) % 3 :
				   (seed >> 20) % 3;
			if (i < 3)
				pages[i] = i;
		}
		if (bound_of_three(pages, 3000) > least_cost(pages, 3000))
			right = false;
		low += bound_of_three(pages, 3000) * 10 >
		       least_cost(pages, 3000) * 8;
	}
	check(right, "bound: three memories, never above the least cost");
	check(low >= 6, "bound: three memories, mostly within a fifth of it");
}

/* A page is first accessed late, in fast memory, where it stays. */
static void test_birth(void)
{
	struct bound bound;
	unsigned int i, j;
	bool free = true;

	bound_init(&bound, 2, 1000000, 4000000);
	for (i = 0; i < 1000; i++)
		bound_miss(&bound, 0, 1);
	bound_birth(&bound, 1);
	for (i = 0; i < 4; i++)
		bound_miss(&bound, 1, 1);
	for (j = 0; j < BOUND_RENTS; j++)
		free &= bound_cost(&bound, j) <= bound.rent[j] * 1004;
	check(free, "bound: before its birth a page pays no rent and no copy");
	bound_free(&bound);
}

static int64_t highest(const struct bound *bound, int64_t capacity)
{
	int64_t best = 0, value;
	unsigned int i;

	for (i = 0; i < BOUND_RENTS; i++) {
		value = bound_cost(bound, i) -
			bound->rent[i] * (int64_t)bound->now * capacity;
		best = value > best ? value : best;
	}
	return best;
}

/* An access to several lines is as many misses, between which no page moves. */
static void test_lines(void)
{
	struct bound once, each;
	unsigned int i, j, seed = 1;

	bound_init(&once, 1000, 1000000, 4000000);
	bound_init(&each, 1000, 1000000, 4000000);
	for (i = 0; i < 100000; i++) {
		unsigned int page = rand_r(&seed) % 1000;

		if (i % 4)
			page /= 4;
		bound_miss(&once, page, 4);
		for (j = 0; j < 4; j++)
			bound_miss(&each, page, 1);
	}
	check(once.now == each.now && highest(&each, 200) > 1000000 &&
	      highest(&once, 200) <= highest(&each, 200) &&
	      highest(&once, 200) * 100 > highest(&each, 200) * 99,
	      "bound: lines of one access are as many misses");
	bound_free(&once);
	bound_free(&each);
}

/*
 * @cpus whose misses, two at a time each, are @other ns of work apart; return the
 * traffic in MB/s after it has settled.
 */
static uint64_t run_queue(struct queue *queue, unsigned int cpus,
			  unsigned int other)
{
	uint64_t now = 0, end = 0, lines = 0;
	unsigned int window;

	for (window = 0; window < 2000; window++) {
		end += QUEUE_WINDOW_US * 1000000ULL;
		for (; now < end; now += other * 1000 +
		     (queue->idle_ps + queue->extra_ps) / 2) {
			queue->bytes += 64;
			lines += window >= 1000;
		}
		queue_end_window(queue, cpus);
	}
	return lines * 64 * cpus / (1000 * QUEUE_WINDOW_US);
}

static void test_queue(void)
{
	struct queue idle = { .idle_ps = 100000, .mbps = 100000 };
	struct queue full = idle, again = idle, beside = idle, none = idle;
	uint64_t traffic;

	check(queue_curve(0) == 1000 && queue_curve(512) == 1230 &&
	      queue_curve(1024) == 3500 && queue_curve(9999) == 3500,
	      "queue: published points");
	traffic = run_queue(&idle, 1, 50);
	check(traffic > 600 && traffic < 660 && idle.extra_ps < 1000,
	      "queue: one CPU does not load a memory");
	traffic = run_queue(&full, 400, 10);
	check(traffic > 96000 && traffic < 101000 && full.extra_ps > 250000,
	      "queue: many CPUs get the bandwidth, not more");
	check(run_queue(&again, 400, 10) == traffic &&
	      again.extra_ps == full.extra_ps, "queue: the same twice");
	beside.antagonist = 80000;
	traffic = run_queue(&beside, 400, 10);
	check(traffic > 18000 && traffic < 21000,
	      "queue: an antagonist leaves the rest");
	none.mbps = 0;
	run_queue(&none, 400, 10);
	check(!none.extra_ps, "queue: bandwidth can be unlimited");
}

static void test_requests(void)
{
	char text[256] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	requests_begin(0);
	requests_end(7000000);
	requests_reset();
	requests_begin(1000);
	requests_end(41000);
	requests_begin(50000);
	requests_end(90000);
	requests_end(1050000);
	requests_write(out);
	fclose(out);
	check(!strcmp(text, "{\"requests\":[[40,2],[1000,1]]}\n"),
	      "requests: times since the reset");
}

/* Of all seeds, the sum is the same, and no epoch is much longer or shorter. */
static void test_lengths(void)
{
	enum { EPOCHS = 48, RECORDS = 750000, VARY = 25, UNIT = 16 };
	uint64_t length[EPOCHS], least = UINT64_MAX, most = 0, wrong = 0;
	unsigned int seed;
	int i;

	for (seed = 1; seed <= 2000; seed++) {
		uint64_t sum = 0;

		draw_lengths(length, EPOCHS, RECORDS, VARY, seed, UNIT);
		for (i = 0; i < EPOCHS; i++) {
			sum += length[i];
			least = length[i] < least ? length[i] : least;
			most = length[i] > most ? length[i] : most;
		}
		wrong += sum != (uint64_t)RECORDS * EPOCHS;
	}
	check(!wrong, "lengths: the sum does not depend on the seed");
	check(least > RECORDS * 65 / 100 && most < RECORDS * 140 / 100,
	      "lengths: no epoch is much longer or shorter than the others");
}

int main(void)
{
	ram = calloc(1, RAM_BYTES);
	if (!ram)
		return 1;
	test_prices();
	test_cache();
	test_map();
	test_ranges();
	test_clock();
	test_causes();
	test_returns();
	test_curve();
	test_bound();
	test_bound_of_three();
	test_birth();
	test_lines();
	test_queue();
	test_requests();
	test_lengths();
	printf("1..%u\n", tests);
	return failures != 0;
}
