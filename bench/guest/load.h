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

enum pattern { PATTERN_HOT, PATTERN_ZIPF, PATTERN_SCAN, PATTERN_GRADIENT,
	       PATTERN_YCSB, PATTERN_CALLS, PATTERN_REDIS, PATTERN_CACHE,
	       PATTERN_PROGRAM, PATTERNS };

/* Kinds of several processes, see workers.c. */
enum processes { PROCESSES_ONE, PROCESSES_SHARED, PROCESSES_TWO,
		 PROCESSES_CHURN, PROCESSES_FORK, PROCESSES };

/**
 * struct load - configuration and data of the load
 * @pattern: distribution of the accesses; PATTERN_REDIS, PATTERN_CACHE: a
 *	separate server, PATTERN_PROGRAM: another program
 * @processes: kind of several processes
 * @mib: size of the data, in MiB
 * @hot_mib: size of the hot set, the first ranks, in MiB
 * @share: accesses to the hot set, in per cent
 * @group: number of contiguous pages that are equally hot, a power of two
 * @stores: written records, in per cent
 * @epochs: number of epochs, each a segment of the model
 * @records: accesses in an epoch on average, of eight cache lines each
 * @vary: most that the length of an epoch differs from it, in per cent
 * @shift: epoch before which half of the hot set is replaced, -1: never; of two
 *	processes the epoch in which the second one starts
 * @period: epochs after which the whole hot set is replaced, or a snapshot made,
 *	0: never
 * @touched_mib: data that is accessed after it was filled, the rest is idle; 0:
 *	all
 * @clumps: equally hot pages are in clumps of 16 KiB to 6 MiB, not aligned
 * @tell: write the hot pages to a file, see told.h
 * @child_mib: size of the data of a short-lived process
 * @start: node in which the data is touched first, -1: the nearest
 * @split: touch this percentage of the groups first in node 0, the others in
 *	node 1; 0: no policy
 * @interleave: touch the data first in nodes 0 and 1 by turns
 * @seed: seed of the random numbers
 * @offset: distance of the data from its usual address, in pages
 * @huge: use huge pages
 * @file: map a file in memory instead of anonymous memory
 * @fill: instructions of a program before the first epoch, in millions
 * @every: instructions of an epoch, in millions; 0: the program prints a line
 *	before the first epoch and at the end of each one
 * @shared: the data is what processes of the program share, when it has printed
 *	a line
 * @name: name of the tasks of a program or server
 * @command: its arguments
 * @pid: process that owns the data, 0: this one
 * @base: start of the data
 * @pages: size of the data, in pages
 * @order: group of each rank
 * @groups: number of entries in @order
 * @turn: number of ranks by which the hot set has moved
 * @own: this process has marked its part of the data
 * @accesses: of the epoch
 */
struct load {
	enum pattern pattern;
	enum processes processes;
	long mib;
	long hot_mib;
	long share;
	long group;
	long stores;
	long epochs;
	long records;
	long vary;
	long shift;
	long period;
	long touched_mib;
	long clumps;
	long child_mib;
	long tell;
	long start;
	long split;
	long interleave;
	long seed;
	long offset;
	long huge;
	long file;
	long fill;
	long every;
	long shared;
	const char *name;
	char **command;
	int pid;
	char *base;
	size_t pages;
	uint32_t *order;
	uint32_t groups;
	uint32_t turn;
	bool own;
	uint64_t accesses;
};

void *allocate(size_t count, size_t size);
/* Mark the address range of the data for the memory model. */
void load_mark_data(const struct load *load);

/* data.c */
void data_init(struct load *load);
/* The two steps of it: map, mark, and touch. */
void data_map(struct load *load);
void data_touch(const struct load *load);
long data_huge_mib(void);

/* pattern.c */
void pattern_init(struct load *load);
void pattern_run(const struct load *load, uint64_t records);
/* Return the accesses of a record, the least number of them for PATTERN_CALLS. */
unsigned int pattern_lines(const struct load *load);
/* Use other random numbers, for the process @number. */
void pattern_skip(unsigned int number);

/* workers.c */
void workers_begin(struct load *load);
/* Run an epoch and store the number of its accesses in @load. */
void workers_run(struct load *load, uint64_t records, long epoch);
void workers_end(void);

/* server.c */
void server_init(struct load *load);
void server_run(uint64_t requests);
/* Number of requests that are sent together. */
#define SERVER_PIPELINE	32

/* program.c: run a server or another program as this process. */
void program_begin(struct load *load);
void program_run(struct load *load);

/* client.c: requests to a server, by its socket at @path */
void client_connect(const char *path);
void client_send(const char *text, size_t bytes);
void client_receive(char *text, size_t bytes);

/* cache.c */
void cache_init(struct load *load);
void cache_run(uint64_t requests);

/* policy.c */
void policy_begin(const struct load *load);
void policy_end(void);
/* Touch new pages in @node first. */
void policy_prefer(int node);
/* Return the number of free pages of @node, 0: it does not exist. */
size_t policy_room(int node);

/* counters.c: print the changes since counters_begin() as JSON. */
void counters_begin(void);
void counters_print(void);

#endif
