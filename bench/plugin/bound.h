/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Lower bound of the stall of every placement, for two memories or for one
 * boundary between more of them.
 *
 * Time is counted in misses of the program, so that it is the same in each
 * setting. A page in the fast memory pays a rent for each unit of time. A miss
 * of a page in the slow memory pays the difference of the latencies, and moving
 * a page to the fast memory pays the copy; moving it back is free. For each
 * page the cheapest sequence of places is found with knowledge of all accesses.
 * The sum over all pages, minus the rent of the whole fast memory, is not above
 * the extra stall of any placement that fits into the fast memory at each
 * moment, whatever the rent (weak duality). The largest of several rents counts.
 *
 * With more memories there is a boundary after each but the slowest. A miss in
 * memory m pays, at each boundary before m, the difference of the latencies on
 * both sides, which add up. So the stall is a sum over boundaries, in each of
 * which the memories before it are the fast one and the others the slow one. The
 * sum of their bounds is a bound. A copy that crosses several boundaries must
 * not cost more in all of them together than it does: see bound_copy().
 */
#ifndef BENCH_BOUND_H
#define BENCH_BOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOUND_RENTS	16

/**
 * struct bound - state of the computation; times in fs
 * @pages: number of pages
 * @extra: additional stall of a miss in the slow memory
 * @copy: copying a page to the fast memory
 * @now: number of misses
 * @rent: rent of a page for one miss
 * @base: cheapest cost so far, all pages
 * @last: time of the latest miss of each page
 * @lead: for each page and rent, cost of ending in the fast memory over that of
 *	ending in the slow one
 */
struct bound {
	size_t pages;
	int64_t extra;
	int64_t copy;
	uint64_t now;
	int64_t rent[BOUND_RENTS];
	int64_t base[BOUND_RENTS];
	uint64_t *last;
	int64_t (*lead)[BOUND_RENTS];
};

bool bound_init(struct bound *bound, size_t pages, int64_t extra, int64_t copy);
void bound_free(struct bound *bound);
/*
 * Return the price of a copy at @boundary, so that a copy from memory j to i < j
 * costs at most as much as it does, 64 lines at both latencies, if the prices at
 * the boundaries i to j - 1 are added. @latency: of the memories, ascending;
 * @lines: lines of a page over those copied at the same time, in per cent.
 */
int64_t bound_copy(const uint64_t *latency, unsigned int boundary,
		   unsigned int lines);
/* The page is new from now on: it may begin in any memory. */
void bound_birth(struct bound *bound, size_t page);
/* An access missed @lines lines of the page, all in the memory that holds it. */
void bound_miss(struct bound *bound, size_t page, unsigned int lines);
/*
 * Return the costs until now with the rent of index @rent, without the rent of
 * the whole fast memory, which is now * rent * capacity.
 */
int64_t bound_cost(const struct bound *bound, unsigned int rent);

#endif
