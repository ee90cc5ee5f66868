/* SPDX-License-Identifier: GPL-2.0 */
/* Counts of a segment, the time between two marks, and their output as JSON. */
#ifndef BENCH_SEGMENT_H
#define BENCH_SEGMENT_H

#include <stdint.h>
#include <stdio.h>
#include "bound.h"
#include "causes.h"
#include "clock.h"
#include "map.h"

/* A move in a fault of the program, or by another task. */
enum mover { MOVER_OWN, MOVER_OTHER, MOVERS };

/* Parts of the stall. */
enum stall {
	STALL_HIT, STALL_MISS, STALL_WALK, STALL_REFILL, STALL_ACCESSED,
	STALL_COPY_OWN, STALL_COPY_OTHER, STALL_COLD, STALL_QUEUE, STALL_CHASE, STALLS
};

/* Stage of finding a page, when a miss of it was slow. */
enum stage {
	STAGE_NOT_LOOKED,	/* no look since it was cold */
	STAGE_SEEN_FEW,		/* fewer than SEEN_ENOUGH looks found an access */
	STAGE_SEEN,		/* more */
	STAGE_LEFT,		/* it was in the fastest memory and left */
	STAGES
};

#define SEEN_ENOUGH	4

/**
 * struct counts - events of a segment
 * @accesses: loads and stores
 * @hits: hits of the cache
 * @walks: misses of the TLB
 * @sets: walks that set an accessed bit
 * @unknown: accesses to I/O, or to RAM that is not a memory
 * @fills: misses by memory, loads and stores
 * @moves: pages by mover, from, to
 * @stall_ps: stall by part
 */
struct counts {
	uint64_t accesses[2];
	uint64_t hits;
	uint64_t walks;
	uint64_t sets;
	uint64_t unknown;
	uint64_t fills[MEMORIES_MAX][2];
	uint64_t moves[MOVERS][MEMORIES_MAX][MEMORIES_MAX];
	uint64_t stall_ps[STALLS];
};

/* Number of misses of a page in a segment from which they are one class. */
#define HEAT_MAX	1024

/**
 * struct misses - misses of a page in a segment
 * @all: in any memory
 * @slow: in memories other than the fastest one, by stage
 * @brought: in the fastest memory, after the page came to it
 */
struct misses {
	uint32_t all;
	uint32_t slow[STAGES];
	uint32_t brought;
};

/* Begin a segment with @name at @times. */
void segment_begin(const char *name, const struct times *times);
/*
 * Write the segment that ends at @times. @misses: of each page of @map, set to
 * 0. The looks at pages that had fewer misses than the average one are
 * forgotten: if such a page is hot later, it has to be found anew.
 */
void segment_end(FILE *out, const struct times *times,
		 const struct counts *counts, struct map *map,
		 struct misses *misses);
/* Write the bounds of all boundaries since they were created. */
void segment_bound(FILE *out, const struct bound *bounds, unsigned int count);

#endif
