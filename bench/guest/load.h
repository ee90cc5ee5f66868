/* SPDX-License-Identifier: GPL-2.0 */
/* Interfaces between the files of the load generator. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "die.h"

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
 * @epochs: number of epochs, each a segment of the model
 * @records: accesses in an epoch on average, of four cache lines each
 * @vary: most that the length of an epoch differs from it, in per cent
 * @shift: epoch before which half of the hot set is replaced, -1: never
 * @start: node in which the data is touched first, -1: the nearest
 * @interleave: touch the data first in nodes 0 and 1 by turns
 * @seed: seed of the random numbers
 * @offset: distance of the data from its usual address, in pages
 * @huge: use huge pages
 * @file: map a file in memory instead of anonymous memory
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
	long vary;
	long shift;
	long start;
	long interleave;
	long seed;
	long offset;
	long huge;
	long file;
	int pid;
	char *base;
	size_t pages;
	uint32_t *order;
	uint32_t groups;
	uint32_t turn;
};

void *allocate(size_t count, size_t size);
/* Mark the address range of the data for the memory model. */
void load_mark_data(const struct load *load);

/* data.c */
void data_init(struct load *load);
long data_huge_mib(void);

/* pattern.c */
void pattern_init(struct load *load);
void pattern_run(const struct load *load, uint64_t records);

/* server.c */
void server_init(struct load *load);
void server_run(uint64_t requests);
/* Number of requests that are sent together. */
#define SERVER_PIPELINE	32

/* policy.c */
void policy_begin(const struct load *load);
void policy_end(void);
/* Return the number of free pages of node 0. */
size_t policy_room(void);

/* counters.c: print the changes since counters_begin() as JSON. */
void counters_begin(void);
void counters_print(void);

#endif
