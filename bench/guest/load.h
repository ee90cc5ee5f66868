/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the load generator share. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_BYTES	4096UL
#define PAGES_PER_MIB	256UL
#define NODES_MAX	8

enum pattern { PATTERN_HOT, PATTERN_ZIPF, PATTERN_SCAN, PATTERN_REDIS,
	       PATTERNS };

/**
 * struct load - what is done, and to which memory
 * @pattern: how pages are chosen; PATTERN_REDIS: by a server of its own
 * @mib: size of the data
 * @hot_mib: how much of it is the hot set: the first ranks
 * @share: per cent of the accesses that go to the hot set
 * @group: pages that are equally hot and lie side by side, a power of two
 * @stores: per cent of the records that are written
 * @epochs: phases of the model
 * @records: accesses of an epoch, of four cache lines each
 * @shift: epoch before which the hot set moves by half, -1: never
 * @start: node that the data starts on, -1: by first touch
 * @seed: of the random numbers
 * @threads: that share the records of an epoch, see pattern.c
 * @huge: the data are huge pages; base pages for the oracle, which places what
 *	is hot, however small
 * @file: the data are a file in memory that the process maps
 * @oracle: place everything by rank, at the start and when the hot set moves
 * @pid: process that has the data, 0: this one
 * @base: the data
 * @pages: its size
 * @order: group of each rank
 * @groups: entries in @order
 * @turn: ranks that the hot set has moved by
 */
struct load {
	enum pattern pattern;
	long mib;
	long hot_mib;
	long share;
	long group;
	long stores;
	long epochs;
	long records;
	long shift;
	long start;
	long seed;
	long threads;
	long huge;
	long file;
	bool oracle;
	int pid;
	char *base;
	size_t pages;
	uint32_t *order;
	uint32_t groups;
	uint32_t turn;
};

void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void *allocate(size_t count, size_t size);

/* data.c */
void data_init(struct load *load);
/* Tell the memory model where the data are. */
void data_mark(const struct load *load);
long data_huge_mib(void);

/* pattern.c */
void pattern_init(struct load *load);
void pattern_run(struct load *load);
/* The page at place @index of all pages in the order of their heat. */
size_t pattern_page(const struct load *load, size_t index);

/* server.c */
void server_init(struct load *load);
void server_run(const struct load *load);

/* place.c */
void place_start(const struct load *load);
void place_oracle(const struct load *load);
/* Remember what is in node 0 now, which place_print() counts newcomers from. */
void place_remember(const struct load *load);
/* Pages by node, of all and of the hot set, as members of a JSON object. */
void place_print(const struct load *load);

/* counters.c: what the kernel counted since counters_begin(), as JSON. */
void counters_begin(void);
void counters_print(void);

#endif
