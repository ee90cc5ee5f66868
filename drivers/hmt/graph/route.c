// SPDX-License-Identifier: GPL-2.0
/*
 * Routes through the graph for pages that the kernel demotes. A function of
 * the graph and of what its memories can take; runs in reclaim.
 *
 * The kernel tries the first node without reclaim, then others of a mask. A
 * mask without a free page made 6.1 kill processes and 6.12 spin, so what is
 * offered as the rest always has room, and when nothing has, nothing is
 * offered. A full node comes first only where its own pages can sink further:
 * being tried is what wakes its reclaim.
 */
#include <linux/bits.h>
#include <linux/limits.h>
#include <linux/numa.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph.h"

/* What the search knows of a tier. */
struct hmt_route_tier {
	/* Memory that can take most, the nearest of these. */
	u32 best;
	enum hmt_level level;
	/* A tier below it has room. */
	bool sinks;
};

static void hmt_route_look(const struct hmt_tier *tier, u32 from,
			   const struct hmt_route_ops *ops,
			   struct hmt_route_tier *stop)
{
	int distance, least = INT_MAX;
	enum hmt_level level;
	unsigned int i;

	*stop = (struct hmt_route_tier){ .best = HMT_UID_NONE };
	for (i = 0; i < tier->nr_memories; i++) {
		level = ops->level(tier->memories[i], tier->low);
		if (level == HMT_LEVEL_DEAD || level < stop->level)
			continue;
		distance = ops->distance(from, tier->memories[i]);
		if (level == stop->level && distance >= least)
			continue;
		least = distance;
		stop->level = level;
		stop->best = tier->memories[i];
	}
}

/*
 * Indices of the tiers below @tier: its targets in their order, then theirs.
 * Returns how many.
 */
static unsigned int hmt_route_order(const struct hmt_graph *graph,
				    unsigned int tier, u8 *order)
{
	unsigned int nr = 0, next = 0, i;
	unsigned long seen = BIT(tier);

	while (true) {
		const struct hmt_tier *at = &graph->tiers[tier];

		for (i = 0; i < at->nr_targets; i++)
			if (!(seen & BIT(at->targets[i]))) {
				seen |= BIT(at->targets[i]);
				order[nr++] = at->targets[i];
			}
		if (next == nr)
			return nr;
		tier = order[next++];
	}
}

static void hmt_route_sink(const struct hmt_graph *graph, unsigned int tier,
			   struct hmt_route_tier *stops)
{
	const struct hmt_tier *at = &graph->tiers[tier];
	unsigned int i;

	for (i = 0; i < at->nr_targets; i++) {
		const struct hmt_route_tier *below = &stops[at->targets[i]];

		if (below->level == HMT_LEVEL_ROOM || below->sinks)
			stops[tier].sinks = true;
	}
}

static bool hmt_route_leads(const struct hmt_route_tier *stop)
{
	return stop->level == HMT_LEVEL_ROOM ||
	       (stop->level != HMT_LEVEL_DEAD && stop->sinks);
}

/* Fill @route from the tiers in their @order. */
static void hmt_route_pick(const struct hmt_route_tier *stops, const u8 *order,
			   unsigned int nr, struct hmt_demotion *route)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct hmt_route_tier *stop = &stops[order[i]];

		if (route->nid == NUMA_NO_NODE) {
			if (!hmt_route_leads(stop))
				continue;
			route->nid = stop->best;
			route->full = stop->level == HMT_LEVEL_FULL;
		} else if (stop->level == HMT_LEVEL_ROOM) {
			route->fallback = stop->best;
			return;
		}
	}
}

/*
 * Where the pages of the node @uid sink to. Returns false when the graph does
 * not have it. Any context.
 */
bool hmt_route(const struct hmt_graph *graph, u32 uid,
	       const struct hmt_route_ops *ops, struct hmt_demotion *route)
{
	struct hmt_route_tier stops[HMT_TIERS_MAX];
	int tier = hmt_graph_tier_of(graph, uid);
	u8 order[HMT_TIERS_MAX];
	unsigned int nr, i;

	if (tier < 0)
		return false;
	*route = (struct hmt_demotion) {
		.nid = NUMA_NO_NODE,
		.fallback = NUMA_NO_NODE,
	};
	nr = hmt_route_order(graph, tier, order);
	for (i = 0; i < nr; i++)
		hmt_route_look(&graph->tiers[order[i]], uid, ops,
			       &stops[order[i]]);
	/* Tiers are in topological order: what is below is known first. */
	for (i = graph->nr_tiers; i-- > tier + 1;)
		if (memchr(order, i, nr))
			hmt_route_sink(graph, i, stops);
	hmt_route_pick(stops, order, nr, route);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_route);
