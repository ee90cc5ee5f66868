// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/output.h"
#include "view/graph.h"

static struct graph_tier *add_graph_tier(struct graph *graph, const char *name)
{
	struct graph_tier *tier;
	size_t i;

	for (i = 0; i < graph->count; i++)
		if (!strcmp(graph->tiers[i].name, name))
			return &graph->tiers[i];
	if (graph->count == HMT_TIERS_MAX)
		return NULL;
	tier = &graph->tiers[graph->count++];
	*tier = (struct graph_tier){ .blind = true };
	snprintf(tier->name, sizeof(tier->name), "%s", name);
	return tier;
}

/* Check for memory that CPUs cannot address: the node of a device has CPUs' pages. */
static bool is_blind(struct json_object *memory)
{
	return !strcmp(json_text(memory, "kind"), "device-private");
}

static void add_memory(struct graph *graph, struct json_object *memory)
{
	const char *name = json_text(memory, "tier");
	struct graph_tier *tier;

	if (!*name || !strcmp(name, "none"))
		return;
	tier = add_graph_tier(graph, name);
	if (!tier)
		return;
	tier->size += json_number(memory, "size");
	tier->free += json_number(memory, "available");
	tier->blind = tier->blind && is_blind(memory);
}

static struct json_object *targets_of(const struct facts *facts,
				      const char *tier)
{
	struct json_object *staged = json_find(facts->tiers, "name", tier);

	return staged ? json_object_object_get(staged, "demotes_to") : NULL;
}

/* Check whether a tier of @graph from @first on demotes to @name. */
static bool is_target(const struct graph *graph, const struct facts *facts,
		      size_t first, const char *name)
{
	struct json_object *targets;
	size_t i, j;

	for (; first < graph->count; first++) {
		targets = targets_of(facts, graph->tiers[first].name);
		for (i = 0, j = targets ? json_object_array_length(targets) : 0;
		     i < j; i++)
			if (!strcmp(json_object_get_string(json_object_array_get_idx(targets, i)),
				    name))
				return true;
	}
	return false;
}

/*
 * Order the tiers so that none comes before one that demotes to it. Staged links
 * that the live graph does not have can only spoil the order.
 */
static void order_tiers(struct graph *graph, const struct facts *facts)
{
	struct graph_tier other;
	size_t place, i;

	for (place = 0; place < graph->count; place++)
		for (i = place; i < graph->count; i++) {
			if (is_target(graph, facts, place, graph->tiers[i].name))
				continue;
			other = graph->tiers[i];
			memmove(&graph->tiers[place + 1], &graph->tiers[place],
				(i - place) * sizeof(other));
			graph->tiers[place] = other;
			break;
		}
}

void graph_make(struct graph *graph, const struct facts *facts)
{
	struct json_object *staged, *targets;
	struct graph_tier *tier;
	size_t i;

	*graph = (struct graph){ };
	for (i = 0; i < json_object_array_length(facts->memories); i++)
		add_memory(graph, json_object_array_get_idx(facts->memories, i));
	for (i = 0; i < graph->count; i++) {
		tier = &graph->tiers[i];
		staged = json_find(facts->tiers, "name", tier->name);
		targets = targets_of(facts, tier->name);
		tier->targets = targets ? json_object_array_length(targets) : 0;
		if (!staged)
			continue;
		tier->low = tier->size / 1000 *
			    json_number(staged, "low_watermark");
		tier->high = tier->size / 1000 *
			     json_number(staged, "high_watermark");
	}
	order_tiers(graph, facts);
}

const struct graph_tier *graph_find(const struct graph *graph, const char *name)
{
	size_t i;

	for (i = 0; i < graph->count; i++)
		if (!strcmp(graph->tiers[i].name, name))
			return &graph->tiers[i];
	return NULL;
}

void temperature_add(struct temperature *sum, struct json_object *stats,
		     const char *tier)
{
	struct json_object *line, *pages;
	uint64_t count;
	size_t i, heat;

	line = json_find(json_object_object_get(stats, "histogram"), "tier",
			 tier);
	pages = line ? json_object_object_get(line, "pages") : NULL;
	if (!json_object_is_type(pages, json_type_array))
		return;
	for (i = 0; i < json_object_array_length(pages); i++) {
		count = json_object_get_uint64(json_object_array_get_idx(pages, i));
		heat = i * HMT_HEAT_LEVELS / 16;
		if (heat >= HEAT_HOT)
			sum->hot += count;
		else if (heat >= HEAT_WARM)
			sum->warm += count;
		else
			sum->cold += count;
	}
}
