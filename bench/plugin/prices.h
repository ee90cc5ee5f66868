/* SPDX-License-Identifier: GPL-2.0 */
/* Price list: the time of each counted event. Documentation/bench.rst has the sources. */
#ifndef BENCH_PRICES_H
#define BENCH_PRICES_H

#include <stdbool.h>
#include <stdint.h>

#define MEMORIES_MAX	8

/**
 * struct prices - times of events; the defaults are a server
 * @instruction_ps: an instruction, of programs and of the kernel, in ps
 * @hit_ps: an access that hits the last-level cache, in ps
 * @load_percent: latency under load over idle latency, in per cent
 * @overlap_percent: misses that are served at the same time, in per cent
 * @walk_ns: a walk of the page table after a TLB miss
 * @accessed_ns: setting an accessed bit that was clear, in addition
 * @copy_overlap_percent: lines of a copy that are served at the same time, in
 *	per cent; 0: a copy costs its instructions only
 * @memory_ns: idle latency of each memory, loads and stores
 *
 * In ps, so that sums are exact.
 */
struct prices {
	unsigned int instruction_ps;
	unsigned int hit_ps;
	unsigned int load_percent;
	unsigned int overlap_percent;
	unsigned int walk_ns;
	unsigned int accessed_ns;
	unsigned int copy_overlap_percent;
	unsigned int memory_ns[MEMORIES_MAX][2];
};

#define PRICES_DEFAULT { \
	.instruction_ps = 500, \
	.hit_ps = 10000, \
	.load_percent = 100, \
	.overlap_percent = 200, \
	.walk_ns = 15, \
	.accessed_ns = 130, \
	.copy_overlap_percent = 1000, \
}

/* Set the price @name, false: there is none of this name, or @value is invalid. */
bool prices_set(struct prices *prices, const char *name, const char *value);
/* Return the stall of a miss, in ps. */
uint64_t prices_miss(const struct prices *prices, unsigned int memory,
		     bool store);
/* Return the stall of copying a page, beyond its instructions, in ps. */
uint64_t prices_copy(const struct prices *prices, unsigned int from,
		     unsigned int to);
/* Return the time of reading @lines of a moved page again, in ps. */
uint64_t prices_cold(const struct prices *prices, unsigned int to,
		     unsigned int lines);

#endif
