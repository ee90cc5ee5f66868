/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces between the files of the load generator. */
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
 * struct load - configuration and data of the load
 * @pattern: distribution of the accesses; PATTERN_REDIS: a separate server
 * @mib: size of the data, in MiB
 * @hot_mib: size of the hot set, the first ranks, in MiB
 * @share: accesses to the hot set, in per cent
 * @group: number of contiguous pages that are equally hot, a power of two
 * @stores: written records, in per cent
 * @epochs: number of epochs, each a phase of the model
 * @records: accesses in an epoch, of four cache lines each
 * @shift: epoch before which half of the hot set is replaced, -1: never
 * @start: node of the data at the start, -1: by first touch
 * @seed: seed of the random numbers
 * @threads: number of threads that share the records of an epoch
 * @huge: use huge pages, except for the oracle, which places base pages
 * @file: map a file in memory instead of anonymous memory
 * @oracle: place all pages by rank, at the start and when the hot set changes
 * @pid: process that owns the data, 0: this one
 * @base: start of the data
 * @pages: size of the data, in pages
 * @order: group of each rank
 * @groups: number of entries in @order
 * @turn: number of ranks by which the hot set has moved
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
/* Mark the address range of the data for the memory model. */
void data_mark(const struct load *load);
long data_huge_mib(void);

/* pattern.c */
void pattern_init(struct load *load);
void pattern_run(struct load *load);
/* Return the page at index @index in the order of decreasing heat. */
size_t pattern_page(const struct load *load, size_t index);

/* server.c */
void server_init(struct load *load);
void server_run(const struct load *load);

/* place.c */
void place_start(const struct load *load);
void place_oracle(const struct load *load);
/* Record the pages in node 0, so that place_print() can count promotions. */
void place_remember(const struct load *load);
/* Print pages by node, all and hot ones, as members of a JSON object. */
void place_print(const struct load *load);

/* counters.c: print the changes since counters_begin() as JSON. */
void counters_begin(void);
void counters_print(void);

#endif
