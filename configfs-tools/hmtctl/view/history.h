/* SPDX-License-Identifier: GPL-2.0 */
/* Passes of a workload, reduced to the data of pictures. */
#ifndef HMTCTL_HISTORY_H
#define HMTCTL_HISTORY_H

#include <stddef.h>
#include <stdint.h>

#include "trace/heattrace.h"

/* Index of pages outside the graph, after the tiers. */
#define HISTORY_OUTSIDE	HMT_TIERS_MAX
#define HISTORY_PLACES	(HMT_TIERS_MAX + 1)

/**
 * struct history_cell - pages of a process in 2 MiB at the end of a pass
 * @pass: number of the pass
 * @pid: process
 * @addr: address of the first page
 * @pages: number of pages
 * @heat: their mean heat
 * @place: tier of most of them, or HISTORY_OUTSIDE
 */
struct history_cell {
	size_t pass;
	int pid;
	uint64_t addr;
	unsigned int pages;
	unsigned int heat;
	unsigned int place;
};

/**
 * struct history_pass - sums of a pass
 * @when: time in seconds
 * @resident: pages by place
 */
struct history_pass {
	double when;
	uint64_t resident[HISTORY_PLACES];
};

/**
 * struct history - the passes
 * @workload: name of the workload
 * @nr_tiers: number of tiers of the last pass
 * @tiers: their names
 * @nr_passes: entries in @passes
 * @passes_room: capacity of @passes
 * @passes: passes, in order of time
 * @nr_cells: entries in @cells
 * @cells_room: capacity of @cells
 * @cells: cells, in order of passes
 * @heat: pages of the last pass by place and heat
 */
struct history {
	char workload[HMT_NAME_MAX + 1];
	unsigned int nr_tiers;
	char tiers[HMT_TIERS_MAX][HMT_NAME_MAX + 1];
	size_t nr_passes;
	size_t passes_room;
	struct history_pass *passes;
	size_t nr_cells;
	size_t cells_room;
	struct history_cell *cells;
	uint64_t heat[HISTORY_PLACES][HMT_HEAT_LEVELS];
};

/* Add a pass; @pid 0 adds all processes. */
void history_add(struct history *history, const struct trace_pass *pass,
		 int pid);
void history_release(struct history *history);
/* Return the name of a place. */
const char *history_place_name(const struct history *history,
			       unsigned int place);

/**
 * struct history_point - a point of the distribution of heat
 * @pages: number of pages that are at least as warm as @heat
 * @share: their share of the heat of all pages, 0 to 1
 * @heat: the heat
 */
struct history_point {
	uint64_t pages;
	double share;
	unsigned int heat;
};

/*
 * Store the distribution of heat of the last pass, hottest pages first; returns
 * the number of points, 0 if no page is warm. The last one has all pages.
 */
size_t history_distribution(const struct history *history,
			    struct history_point points[HMT_HEAT_LEVELS]);
/*
 * Return the share of the heat that the pages of a place have in the last pass;
 * *@pages is their number.
 */
double history_share(const struct history *history, unsigned int place,
		     uint64_t *pages);

#endif
