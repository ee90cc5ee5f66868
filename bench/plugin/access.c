// SPDX-License-Identifier: GPL-2.0
/* Accesses of the program to its data: TLB, caches, misses and moves. */
#include <stdlib.h>
#include <string.h>
#include "access.h"
#include "bound.h"
#include "cache.h"
#include "config.h"
#include "curve.h"
#include "fail.h"
#include "qemu.h"
#include "queue.h"
#include "requests.h"
#include "space.h"

#define LINES_PER_PAGE	64
/*
 * Without an access for longer the CPU does something else. The others, which do as it
 * does, go on: such time has no window.
 */
#define PAUSE_PS	(5 * 1000000ULL)
/* Between the lines that an access stands for. */
#define LINE_STEP	8

struct map map;

static struct {
	uint64_t miss[MEMORIES_MAX][2];
	uint64_t hit;
	uint64_t walk;
	uint64_t accessed;
} ps;
static struct cache first_cache, cache, tlb;
static struct queue queues[MEMORIES_MAX];
static uint64_t window_end;
/* Time without a window, and end of the last access. */
static uint64_t paused, last_access;
static uint64_t stall_sum;
static struct misses *misses;
static struct counts counts;
/* Lines that an access stands for. */
static unsigned int lines_now = 1;
/* Of the whole run, and from the segment "bound", by boundary. */
static struct bound bounds[MEMORIES_MAX], late_bounds[MEMORIES_MAX];

/* The modelled time, in ps, from an arbitrary point. */
uint64_t access_now(void)
{
	return (clock_instructions[0] + clock_instructions[1]) *
	       config.prices.instruction_ps + stall_sum;
}

static void count_stall(enum stall part, uint64_t time)
{
	counts.stall_ps[part] += time;
	stall_sum += time;
}

static void charge(enum stall part, uint64_t time)
{
	count_stall(part, time);
	clock_charge(time);
}

static uint64_t tlb_key(size_t page, unsigned int of)
{
	uint64_t number = map_address(&map, page) >> PAGE_SHIFT;

	return (map.page[page].huge ? (number >> 9) << 1 | 1 : number << 1) |
	       (uint64_t)of << 56;
}

static uint64_t line_key(size_t page, unsigned int line)
{
	return (map_address(&map, page) >> PAGE_SHIFT) * LINES_PER_PAGE + line;
}

/*
 * Charge what @lines of traffic from or to a memory take beyond the idle latency,
 * @share of which, in per cent, are under way at the same time.
 */
static void charge_queue(unsigned int memory, unsigned int lines,
			 unsigned int share)
{
	if (!config.cpus)
		return;
	queues[memory].bytes += lines << ACCESS_LINE_SHIFT;
	if (share)
		charge(STALL_QUEUE,
		       queues[memory].extra_ps * lines * 100 / share);
}

static void end_windows(void)
{
	uint64_t now = access_now();
	unsigned int i;

	if (now - last_access > PAUSE_PS)
		paused += now - last_access;
	for (now -= paused; now >= window_end; window_end += QUEUE_WINDOW_US * 1000000ULL)
		for (i = 0; i < map_memories(); i++)
			queue_end_window(&queues[i], config.cpus);
}

static void drop_entries(size_t page)
{
	unsigned int i;

	for (i = 0; i < SPACES_MAX; i++) {
		if (!space_root(i))
			continue;
		map.page[page].flushed |= cache_has(&tlb, tlb_key(page, i));
		cache_drop(&tlb, tlb_key(page, i));
	}
}

static void moved(size_t page, unsigned int from, unsigned int to,
		  enum mover mover)
{
	unsigned int line, lines = 0;

	counts.moves[mover][from][to]++;
	curve_move();
	drop_entries(page);
	for (line = 0; line < LINES_PER_PAGE; line++)
		lines += cache_has(&cache, line_key(page, line));
	/* The lines stay in the model: misses are equal in all settings. */
	charge(STALL_COLD, prices_cold(&config.prices, to, lines));
	charge(mover == MOVER_OWN ? STALL_COPY_OWN : STALL_COPY_OTHER,
	       prices_copy(&config.prices, from, to));
	charge_queue(from, LINES_PER_PAGE, config.prices.copy_overlap_percent);
	charge_queue(to, LINES_PER_PAGE, config.prices.copy_overlap_percent);
}

void access_moved(size_t page, unsigned int from, unsigned int to)
{
	moved(page, from, to, MOVER_OTHER);
}

static void walk(size_t page, unsigned int space)
{
	struct page *entry = map_entry(&map, page);
	bool cleared = entry->cleared >> space & 1;
	bool hit = cache_access(&tlb, tlb_key(page, space));

	/* The kernel flushed the entry when it cleared the bit. */
	if (hit && !cleared)
		return;
	counts.walks++;
	charge(hit || map.page[page].flushed ? STALL_REFILL : STALL_WALK,
	       ps.walk);
	map.page[page].flushed = false;
	if (!cleared)
		return;
	entry->cleared &= ~(1u << space);
	counts.sets++;
	charge(STALL_ACCESSED, ps.accessed);
}

static int memory_of(uint32_t info, uint64_t addr)
{
	struct qemu_plugin_hwaddr *hw = qemu_plugin_get_hwaddr(info, addr);

	return !hw || hw->is_io ? -1 : map_memory_of(hw->ram.host);
}

static void bound_births(size_t page)
{
	unsigned int i;

	for (i = 0; i < config.boundaries; i++) {
		if (bounds[i].pages)
			bound_birth(&bounds[i], page);
		if (late_bounds[i].pages)
			bound_birth(&late_bounds[i], page);
	}
}

static void bound_misses(size_t page, unsigned int lines)
{
	unsigned int i;

	for (i = 0; i < config.boundaries; i++) {
		if (bounds[i].pages)
			bound_miss(&bounds[i], page, lines);
		if (late_bounds[i].pages)
			bound_miss(&late_bounds[i], page, lines);
	}
}

static enum stage stage_of(size_t page)
{
	const struct page *entry = map_entry(&map, page);

	if (map.page[page].left)
		return STAGE_LEFT;
	if (!entry->looked)
		return STAGE_NOT_LOOKED;
	return entry->seen < SEEN_ENOUGH ? STAGE_SEEN_FEW : STAGE_SEEN;
}

static void miss(size_t page, unsigned int space, unsigned int memory,
		 bool store, unsigned int lines)
{
	unsigned int before = map_set(&map, page, memory);

	if (before == MAP_ABSENT) {
		bound_births(page);
		if (space_is_named())
			map_read_page(&map, space, space_root(space), page,
				      access_moved);
	} else if (before != memory) {
		moved(page, before, memory, MOVER_OWN);
	}
	counts.fills[memory][store] += lines;
	misses[page].all += lines;
	if (memory)
		misses[page].slow[stage_of(page)] += lines;
	else if (map.page[page].brought)
		misses[page].brought += lines;
	curve_miss(access_now(), !memory, lines);
	bound_misses(page, lines);
	charge(STALL_MISS, ps.miss[memory][store] * lines);
	charge_queue(memory, lines, config.prices.overlap_percent);
	/* A line is written back later, and no instruction waits for that. */
	if (store)
		charge_queue(memory, lines, 0);
}

/* The first write after fork() makes a new page, in whatever memory. */
static void copy_page(size_t page, uint32_t info, uint64_t addr)
{
	int memory = memory_of(info, addr);

	/* It has no history either. */
	drop_entries(page);
	map_split(&map, page);
	map_remove(&map, page);
	if (memory >= 0)
		map_set(&map, page, memory);
	bound_births(page);
}

/* An access shows the page to a placer that has looked at it. */
static void see(struct page *page, bool store)
{
	if (!page->armed && !(page->armed_write && store))
		return;
	page->armed = false;
	if (store)
		page->armed_write = false;
	if (page->seen < SEEN_MAX)
		page->seen++;
}

void access_set_lines(unsigned int lines)
{
	if (!lines || lines > LINES_PER_PAGE / LINE_STEP)
		fail("an access cannot stand for this number of lines");
	lines_now = lines;
}

/* Return whether a line is in no cache. The page is walked to if necessary. */
static bool misses_line(size_t page, unsigned int space, unsigned int line)
{
	uint64_t key = line_key(page, line & (LINES_PER_PAGE - 1));

	/* The program just walked to its lines, unless the entry was flushed. */
	if (cache_access(&first_cache, key) &&
	    !(map_entry(&map, page)->cleared >> space & 1)) {
		counts.hits++;
		return false;
	}
	walk(page, space);
	if (!cache_access(&cache, key))
		return true;
	counts.hits++;
	charge(STALL_HIT, ps.hit);
	return false;
}

void access_line(size_t page, unsigned int space, uint32_t info, uint64_t addr)
{
	bool store = qemu_plugin_mem_is_store(info);
	unsigned int i, missed = 0;
	int memory;

	if (config.cpus)
		end_windows();
	counts.accesses[store] += lines_now;
	see(map_entry(&map, page), store);
	if (store && map.page[page].copied)
		copy_page(page, info, addr);
	for (i = 0; i < lines_now; i++)
		missed += misses_line(page, space, (addr >> ACCESS_LINE_SHIFT) +
				      i * LINE_STEP);
	if (missed) {
		memory = memory_of(info, addr);
		if (memory < 0)
			counts.unknown += missed;
		else
			miss(page, space, memory, store, missed);
	}
	last_access = access_now();
}

/*
 * No load of a chain overlaps with another one, and none has a line of it in a cache.
 * One CPU measures: this is no traffic of all of them.
 */
void access_chase(uint32_t info, uint64_t addr)
{
	int memory = memory_of(info, addr);
	uint64_t ns;

	if (memory < 0)
		return;
	ns = (queues[memory].idle_ps + queues[memory].extra_ps + 500) / 1000;
	count_stall(STALL_CHASE, ns * 1000);
	clock_charge_now(ns);
}

static bool begin_bound(struct bound *bound, unsigned int boundary, size_t pages)
{
	uint64_t latency[MEMORIES_MAX], extra = UINT64_MAX;
	unsigned int i, store;

	for (i = 0; i < map_memories(); i++)
		latency[i] = (uint64_t)config.prices.memory_ns[i][0] *
			     config.prices.load_percent * 10000;
	for (store = 0; store < 2; store++)
		if (ps.miss[boundary + 1][store] - ps.miss[boundary][store] < extra)
			extra = ps.miss[boundary + 1][store] -
				ps.miss[boundary][store];
	return bound_init(bound, pages, extra * 1000,
			  config.prices.copy_overlap_percent ?
			  bound_copy(latency, boundary, LINES_PER_PAGE * 10000 /
				     config.prices.copy_overlap_percent) : 0);
}

void access_set_data(void)
{
	unsigned int i;

	free(misses);
	misses = calloc(map.pages, sizeof(*misses));
	if (!misses)
		fail("no memory for the misses");
	for (i = 0; config.bound_from && i < config.boundaries; i++) {
		bound_free(&bounds[i]);
		if (!begin_bound(&bounds[i], i, map.pages))
			fail("no memory for the bound");
	}
}

void access_start(void)
{
	curve_start(access_now(), config.window_ms);
	window_end = access_now() - paused;
	last_access = access_now();
}

void access_begin_segment(const char *name, const struct times *times)
{
	unsigned int i;

	memset(&counts, 0, sizeof(counts));
	segment_begin(name, times);
	if (!strcmp(name, "0"))
		requests_reset();
	for (i = 0; i < config.boundaries; i++)
		if (bounds[i].pages && !strcmp(name, config.bound_from) &&
		    !bound_init(&late_bounds[i], map.pages, bounds[i].extra,
				bounds[i].copy))
			fail("no memory for the bound");
}

void access_end_segment(const struct times *times)
{
	segment_end(config.out, times, &counts, &map, misses);
}

void access_write(void)
{
	if (bounds[0].pages)
		segment_bound(config.out, bounds, config.boundaries);
	if (late_bounds[0].pages)
		segment_bound(config.out, late_bounds, config.boundaries);
	curve_write(config.out);
	requests_write(config.out);
	fflush(config.out);
}

static bool set_prices(void)
{
	unsigned int i, store;

	for (i = 0; i < map_memories(); i++) {
		for (store = 0; store < 2; store++) {
			ps.miss[i][store] = prices_miss(&config.prices, i, store);
			if (i && ps.miss[i][store] < ps.miss[i - 1][store])
				return false;
		}
		queues[i].mbps = config.mbps[i];
		queues[i].antagonist = config.antagonist[i];
		queues[i].idle_ps = (uint64_t)config.prices.memory_ns[i][0] *
				    config.prices.load_percent * 10;
	}
	if (config.boundaries >= map_memories())
		config.boundaries = map_memories() - 1;
	ps.hit = config.prices.hit_ps;
	ps.walk = (uint64_t)config.prices.walk_ns * 1000;
	ps.accessed = (uint64_t)config.prices.accessed_ns * 1000;
	return true;
}

const char *access_init(void)
{
	if (!cache_init(&first_cache, (size_t)config.first_kib *
			(1024 >> ACCESS_LINE_SHIFT), config.first_ways) ||
	    !cache_init(&cache, (size_t)config.cache_kib * (1024 >> ACCESS_LINE_SHIFT),
			config.cache_ways) ||
	    !cache_init(&tlb, config.tlb_entries, config.tlb_ways))
		return "cache, tlb: entries / ways is not a power of two";
	return set_prices() ? NULL : "memories: a later one is faster";
}
