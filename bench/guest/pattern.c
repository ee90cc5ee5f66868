// SPDX-License-Identifier: GPL-2.0
/*
 * Access patterns. A record is eight cache lines, 512 bytes apart, of one page,
 * except in a hash table and in system calls. The program accesses the first of
 * them, and the model the others, which is less work for the host. The loops
 * access only the data and small tables.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "load.h"
#include "marker.h"
#include "random.h"
#include "told.h"

DEFINE_MARK(mark_request, MARK_REQUEST);
DEFINE_MARK(mark_lines, MARK_LINES);

/* Of PATTERN_GRADIENT; each is accessed half as often as the one before. */
#define GROUPS		8
/* A table of 8 bytes a record, then the records of 1 KiB. */
#define RECORD_BYTES	1024UL
#define RECORD_LINES	16
/* Clumps of pages, from 16 KiB to 6 MiB. */
#define CLUMP_LEAST	4
#define CLUMP_MOST	1536
/* Of a record in a page. */
#define PAGE_LINES	8

static uint64_t state;
static size_t scan_at;
static const uint64_t *zipf;
static volatile uint64_t sink;	/* keeps the compiler from removing loads */

/*
 * Values for the loops, so that the compiler can keep them in registers: any
 * other access costs the model as much host time as an access to the data.
 */
struct view {
	char *base;
	const uint32_t *order;
	uint32_t groups;
	uint32_t ranks;		/* that are accessed at all */
	uint32_t turn;
	uint32_t group;
	uint32_t hot;		/* ranks that are hot */
	uint32_t share;		/* in 1/1024 */
	uint32_t stores;	/* in 1/1024 */
};

static struct view view_of(const struct load *load)
{
	return (struct view) {
		.base = load->base,
		.order = load->order,
		.groups = load->groups,
		.ranks = load->touched_mib ? load->touched_mib *
			 PAGES_PER_MIB / load->group : load->groups,
		.turn = load->turn,
		.group = load->group,
		.hot = load->hot_mib * PAGES_PER_MIB / load->group,
		.share = load->share * 1024 / 100,
		.stores = load->stores * 1024 / 100,
	};
}

/* @bits: 3 bits for the cache line, 10 bits for load or store. */
static inline uint64_t access_page(const struct view *view, size_t page,
				   uint32_t bits)
{
	volatile uint64_t *word = (volatile uint64_t *)
		(view->base + page * PAGE_BYTES + ((bits & 7) << 6));

	if ((bits >> 3 & 1023) >= view->stores)
		return *word;
	*word = bits;
	return 0;
}

static inline uint64_t access_rank(const struct view *view, uint32_t rank,
				   uint32_t bits)
{
	size_t page;

	rank += view->turn;
	if (rank >= view->groups)
		rank -= view->groups;
	page = (size_t)view->order[rank] * view->group;
	return access_page(view, page + (bits >> 16 & (view->group - 1)), bits);
}

static uint64_t run_hot(const struct load *load, uint64_t records)
{
	struct view view = view_of(load);
	uint64_t x = state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);
		bool hot = (bits & 1023) < view.share;

		sum += access_rank(&view, below(hot ? view.hot : view.ranks,
						bits >> 32),
				   draw(&x) >> 32);
	}
	state = x;
	return sum;
}

static uint64_t run_zipf(const struct load *load, uint64_t records)
{
	struct view view = view_of(load);
	const uint64_t *table = zipf;
	uint64_t x = state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);

		sum += access_rank(&view, zipf_rank(table, view.groups, bits),
				   draw(&x) >> 32);
	}
	state = x;
	return sum;
}

/* Accesses other than those to the hot set read all pages sequentially. */
static uint64_t run_scan(const struct load *load, uint64_t records)
{
	struct view view = view_of(load);
	size_t lap = (size_t)view.groups * view.group * 8;
	uint64_t x = state, sum = 0;
	size_t at = scan_at;

	while (records--) {
		uint64_t bits = draw(&x);

		if ((bits & 1023) < view.share) {
			sum += access_rank(&view, below(view.hot, bits >> 32),
					   draw(&x) >> 32);
			continue;
		}
		sum += access_page(&view, at / 8, at % 8 | 1023 << 3);
		if (++at == lap)
			at = 0;
	}
	state = x;
	scan_at = at;
	return sum;
}

/* A leading zero makes the next group half as probable. */
static uint64_t run_gradient(const struct load *load, uint64_t records)
{
	struct view view = view_of(load);
	uint32_t size = view.groups / GROUPS;
	uint64_t x = state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);
		uint32_t group = __builtin_clzll(bits | 1);

		group %= GROUPS;
		sum += access_rank(&view, group * size +
				   below(size, bits & UINT32_MAX),
				   draw(&x) >> 32);
	}
	state = x;
	return sum;
}

static size_t table_records(const struct load *load)
{
	return load->pages * PAGE_BYTES / (RECORD_BYTES + 8);
}

/*
 * A hash table as in YCSB's workload B: a request reads the table and a record of
 * 1 KiB, or writes it.
 */
static uint64_t run_ycsb(const struct load *load, uint64_t records)
{
	size_t count = table_records(load);
	char *data = load->base + ((count * 8 + 63) & ~63UL);
	uint32_t stores = load->stores * 1024 / 100, i;
	const uint64_t *table = zipf;
	uint64_t x = state, sum = 0;

	while (records--) {
		uint64_t bits = draw(&x);
		/* Popular records are anywhere: count and the factor are coprime. */
		size_t at = (zipf_rank(table, count, bits) * 2654435761UL) %
			    count;
		volatile uint64_t *word = (volatile uint64_t *)
			(data + at * RECORD_BYTES);

		mark_request(1);
		sum += ((volatile uint64_t *)load->base)[at];
		if ((draw(&x) >> 32 & 1023) >= stores) {
			for (i = 0; i < RECORD_LINES; i++)
				sum += word[i * 8];
		} else {
			for (i = 0; i < RECORD_LINES; i++)
				word[i * 8] = bits;
		}
		mark_request(0);
	}
	state = x;
	return sum;
}

/* Requests that write(2) a record of the data, or read(2) into it. */
static uint64_t run_calls(const struct load *load, uint64_t records)
{
	static int fd = -1;
	struct view view = view_of(load);
	const uint64_t *table = zipf;
	uint64_t x = state;

	if (fd < 0) {
		fd = memfd_create("calls", 0);
		if (fd < 0 || ftruncate(fd, PAGE_BYTES))
			die("memfd: %s", strerror(errno));
	}
	while (records--) {
		uint32_t rank = zipf_rank(table, view.groups, draw(&x));
		uint32_t bits = draw(&x) >> 32;
		char *at = view.base + (view.order[rank] * (size_t)view.group +
			   (bits >> 16 & (view.group - 1))) * PAGE_BYTES +
			   (bits & 3) * RECORD_BYTES;
		ssize_t done;

		mark_request(1);
		done = (bits >> 3 & 1023) >= view.stores ?
		       pwrite(fd, at, RECORD_BYTES, 0) :
		       pread(fd, at, RECORD_BYTES, 0);

		if (done != (ssize_t)RECORD_BYTES)
			die("read or write: %s", strerror(errno));
		mark_request(0);
	}
	state = x;
	return 0;
}

unsigned int pattern_lines(const struct load *load)
{
	if (load->pattern == PATTERN_YCSB)
		return 1 + RECORD_LINES;
	return load->pattern == PATTERN_CALLS ? RECORD_LINES : PAGE_LINES;
}

void pattern_skip(unsigned int number)
{
	while (number--)
		draw(&state);
	state ^= state << 1 | 1;
}

void pattern_run(const struct load *load, uint64_t records)
{
	static uint64_t (*const run[PATTERNS])(const struct load *, uint64_t) = {
		[PATTERN_HOT] = run_hot,
		[PATTERN_ZIPF] = run_zipf,
		[PATTERN_SCAN] = run_scan,
		[PATTERN_GRADIENT] = run_gradient,
		[PATTERN_YCSB] = run_ycsb,
		[PATTERN_CALLS] = run_calls,
	};

	bool in_page = load->pattern != PATTERN_YCSB &&
		       load->pattern != PATTERN_CALLS;

	/* The first touch of a page is one line. */
	if (in_page)
		mark_lines(PAGE_LINES);
	sink += run[load->pattern](load, records);
	if (in_page)
		mark_lines(1);
}

/*
 * Cut the data into clumps of random length and put them into random order. Their
 * order is that of the ranks of their pages.
 */
static void order_clumps(struct load *load)
{
	uint32_t *begin = allocate(load->groups + 1, sizeof(*begin));
	uint32_t *mixed = allocate(load->groups, sizeof(*mixed));
	uint32_t count = 0, at = 0, rank = 0, i, page;

	while (at < load->groups) {
		/* As many clumps of 16 to 32 KiB as of 3 to 6 MiB. */
		uint32_t length = CLUMP_LEAST << below(8, draw(&state) >> 32);

		begin[count++] = at;
		length += below(length, draw(&state) >> 32);
		at += length < CLUMP_MOST ? length : CLUMP_MOST;
	}
	begin[count] = load->groups;
	shuffle(mixed, count, &state);
	for (i = 0; i < count; i++)
		for (page = begin[mixed[i]]; page < begin[mixed[i] + 1]; page++)
			load->order[rank++] = page;
	free(begin);
	free(mixed);
}

/* Write a byte for each page, 1 for the hot ones. */
static void tell(const struct load *load)
{
	struct told told = { (uintptr_t)load->base, load->pages };
	uint32_t hot = load->hot_mib * PAGES_PER_MIB / load->group, rank, i;
	uint8_t *bytes = allocate(load->pages, 1);
	FILE *file = fopen(TOLD_PATH ".new", "w");

	for (rank = 0; rank < hot; rank++)
		for (i = 0; i < load->group; i++)
			bytes[load->order[rank] * load->group + i] = 1;
	if (!file || fwrite(&told, sizeof(told), 1, file) != 1 ||
	    fwrite(bytes, 1, load->pages, file) != load->pages ||
	    fclose(file) || rename(TOLD_PATH ".new", TOLD_PATH))
		die("cannot write %s", TOLD_PATH);
	free(bytes);
}

void pattern_init(struct load *load)
{
	state = seed_of(load->seed);
	load->groups = load->pages / load->group;
	load->order = allocate(load->groups, sizeof(*load->order));
	if (load->clumps)
		order_clumps(load);
	else
		shuffle(load->order, load->groups, &state);
	if (load->pattern == PATTERN_ZIPF || load->pattern == PATTERN_CALLS)
		zipf = zipf_table(load->groups);
	else if (load->pattern == PATTERN_YCSB)
		zipf = zipf_table(table_records(load));
	if (load->tell)
		tell(load);
}
