/* SPDX-License-Identifier: GPL-2.0 */
/* Heat over time and address, as text or SVG. */
#ifndef HMTCTL_HEATMAP_H
#define HMTCTL_HEATMAP_H

#include <stddef.h>
#include <stdint.h>

#include "trace/heattrace.h"

/**
 * struct heatmap - mean heat of chunks, pass by pass
 * @nr_cells: entries in @cells
 * @room: capacity of @cells
 * @cells: heat of chunks, in the order of passes
 * @nr_passes: number of passes
 * @times: time of each pass, in seconds
 */
struct heatmap {
	size_t nr_cells;
	size_t room;
	struct heatmap_cell {
		size_t pass;
		unsigned long long addr;
		unsigned int heat;
	} *cells;
	size_t nr_passes;
	double *times;
};

void heatmap_add(struct heatmap *map, const struct trace_pass *pass, int pid);
void heatmap_print_text(const struct heatmap *map);
void heatmap_print_svg(const struct heatmap *map);
void heatmap_release(struct heatmap *map);

#endif
