/* SPDX-License-Identifier: GPL-2.0 */
/* Tiers of the live graph and the pages in them. */
#ifndef HMTCTL_GRAPH_H
#define HMTCTL_GRAPH_H

#include <linux/hmt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hmtfs/facts.h"

/*
 * Lowest heat of warm and of hot pages, multiples of a sixteenth of the range,
 * as stats/histogram has it.
 */
#define HEAT_WARM	16
#define HEAT_HOT	128

/**
 * struct graph_tier - a tier of the live graph
 * @name: its name
 * @size: bytes of its memories
 * @free: bytes of them that can be allocated
 * @low: bytes of them that promotion leaves free
 * @high: bytes of them that demotion makes free
 * @targets: number of tiers that it demotes to
 * @blind: CPUs cannot address its memories
 */
struct graph_tier {
	char name[HMT_NAME_MAX + 1];
	uint64_t size;
	uint64_t free;
	uint64_t low;
	uint64_t high;
	size_t targets;
	bool blind;
};

/**
 * struct graph - the live graph, fastest tier first
 * @count: entries in @tiers
 * @tiers: its tiers
 */
struct graph {
	size_t count;
	struct graph_tier tiers[HMT_TIERS_MAX];
};

/**
 * struct temperature - pages by heat
 * @hot: pages with a heat from HEAT_HOT
 * @warm: pages with a heat from HEAT_WARM and below HEAT_HOT
 * @cold: pages that are colder
 */
struct temperature {
	uint64_t hot;
	uint64_t warm;
	uint64_t cold;
};

void graph_make(struct graph *graph, const struct facts *facts);
/* Return the tier @name of @graph, NULL if missing. */
const struct graph_tier *graph_find(const struct graph *graph,
				    const char *name);
/* Add the pages of a workload, of its stats, in @tier to @sum. */
void temperature_add(struct temperature *sum, struct json_object *stats,
		     const char *tier);

#endif
