// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util/alloc.h"
#include "view/history.h"

static unsigned int place_of_page(const struct trace_chunk *chunk, unsigned int page)
{
	int tier = chunk->tier[page];

	return tier >= 0 && tier < HMT_TIERS_MAX ? (unsigned int)tier :
						   HISTORY_OUTSIDE;
}

/* Add the pages of a chunk to the sums of the pass. */
static void add_pages(struct history *history, struct history_pass *pass,
		      const struct trace_chunk *chunk, struct history_cell *cell)
{
	unsigned int count[HISTORY_PLACES] = { }, place, i;

	for (i = 0; i < chunk->pages; i++) {
		if (chunk->tier[i] == TRACE_HOLE)
			continue;
		place = place_of_page(chunk, i);
		count[place]++;
		pass->resident[place]++;
		history->heat[place][chunk->heat[i]]++;
		if (count[place] > count[cell->place])
			cell->place = place;
	}
}

static void add_chunk(struct history *history, struct history_pass *pass,
		      const struct trace_chunk *chunk)
{
	struct trace_heat heat = trace_chunk_heat(chunk);
	struct history_cell *cell;

	history->cells = grow(history->cells, history->nr_cells,
			      &history->cells_room, sizeof(*history->cells));
	cell = &history->cells[history->nr_cells++];
	*cell = (struct history_cell){
		.pass = history->nr_passes, .pid = chunk->pid,
		.addr = chunk->addr, .pages = heat.pages, .heat = heat.mean,
	};
	add_pages(history, pass, chunk, cell);
}

void history_add(struct history *history, const struct trace_pass *pass, int pid)
{
	struct history_pass *sums;
	size_t i;

	history->passes = grow(history->passes, history->nr_passes,
			       &history->passes_room, sizeof(*history->passes));
	sums = &history->passes[history->nr_passes];
	*sums = (struct history_pass){ .when = pass->when };
	snprintf(history->workload, sizeof(history->workload), "%s",
		 pass->workload);
	memset(history->heat, 0, sizeof(history->heat));
	for (i = 0; i < pass->nr_chunks; i++)
		if (!pid || pass->chunks[i].pid == pid)
			add_chunk(history, sums, &pass->chunks[i]);
	history->nr_tiers = pass->nr_tiers;
	for (i = 0; i < pass->nr_tiers; i++)
		snprintf(history->tiers[i], sizeof(history->tiers[i]), "%s",
			 pass->tiers[i].name);
	history->nr_passes++;
}

void history_release(struct history *history)
{
	free(history->passes);
	free(history->cells);
	*history = (struct history){ };
}

const char *history_place_name(const struct history *history,
			       unsigned int place)
{
	return place < history->nr_tiers ? history->tiers[place] :
					   "outside the graph";
}

size_t history_distribution(const struct history *history,
			    struct history_point points[HMT_HEAT_LEVELS])
{
	uint64_t total = 0, pages = 0, sum = 0;
	unsigned int place, heat;
	size_t count = 0;

	for (place = 0; place < HISTORY_PLACES; place++)
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
			total += history->heat[place][heat] * heat;
	for (heat = HMT_HEAT_LEVELS; total && heat-- > 0;) {
		uint64_t here = 0;

		for (place = 0; place < HISTORY_PLACES; place++)
			here += history->heat[place][heat];
		if (!here)
			continue;
		pages += here;
		sum += here * heat;
		points[count++] = (struct history_point){
			.pages = pages, .share = (double)sum / total,
			.heat = heat,
		};
	}
	return count;
}

double history_share(const struct history *history, unsigned int place,
		     uint64_t *pages)
{
	uint64_t total = 0, mine = 0;
	unsigned int i, heat;

	*pages = 0;
	for (heat = 0; heat < HMT_HEAT_LEVELS; heat++) {
		for (i = 0; i < HISTORY_PLACES; i++)
			total += history->heat[i][heat] * heat;
		mine += history->heat[place][heat] * heat;
		*pages += history->heat[place][heat];
	}
	return total ? (double)mine / total : 0;
}
