/* SPDX-License-Identifier: GPL-2.0 */
/* Bounds of HMT_MOVE for callers without CAP_SYS_NICE. */
#ifndef _HMT_BOUNDS_H
#define _HMT_BOUNDS_H

#include "move/move.h"

struct hmt_graph;

/**
 * struct hmt_bounds - bounds of a request
 * @move: bounds for the mover
 * @mm: address space of the pages
 * @graph: live graph, or NULL
 * @tier: index of the tier of the destinations; below 0: none
 */
struct hmt_bounds {
	struct hmt_migrate_bounds move;
	const struct mm_struct *mm;
	const struct hmt_graph *graph;
	int tier;
};

int hmt_bounds_init(struct hmt_bounds *bounds, const struct hmt_graph *graph,
		    const struct hmt_migration *migration);

#endif /* _HMT_BOUNDS_H */
