// SPDX-License-Identifier: GPL-2.0
/*
 * Routes through the graph for pages that the kernel demotes. A function of
 * the graph and of the room of its memories; runs in reclaim.
 *
 * The kernel tries the first node without reclaim, then others of a mask. A
 * mask without a free page made 6.1 kill processes and 6.12 spin, so the
 * fallback node always has room; without such a node there is no fallback. A
 * full node is the first choice only where its own pages can be demoted
 * further, because an attempt to allocate there wakes its reclaim.
 */
#include <linux/bits.h>
#include <linux/numa.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph.h"

/**
 * struct hmt_route_tier - a tier on the way down
 * @uid: UID of its best memory
 * @level: room of that, &enum hmt_level
 * @drains: a tier below it has room
 */
struct hmt_route_tier {
	u32 uid;
	u8 level;
	bool drains;
};

static void hmt_route_look(const struct hmt_tier *tier, u32 from,
			   const struct hmt_route_ops *ops,
			   struct hmt_route_tier *stop)
{
	struct hmt_candidate best = {};
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++) {
		struct hmt_candidate candidate = {
			.index = tier->memories[i],
			.level = ops->level(tier->memories[i], tier->low),
		};

		/* Devices have no distance. */
		if (candidate.level == HMT_LEVEL_DEAD)
			continue;
		candidate.distance = ops->distance(from, tier->memories[i]);
		if (hmt_candidate_beats(&candidate, &best))
			best = candidate;
	}
	*stop = (struct hmt_route_tier) {
		.uid = best.index,
		.level = best.level,
	};
}

/*
 * Fill @order with the indices of the tiers below @tier: its targets in their
 * order, then the targets of these. Return their number.
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

static void hmt_route_drain(const struct hmt_graph *graph, unsigned int tier,
			    struct hmt_route_tier *stops)
{
	const struct hmt_tier *at = &graph->tiers[tier];
	unsigned int i;

	for (i = 0; i < at->nr_targets; i++) {
		const struct hmt_route_tier *below = &stops[at->targets[i]];

		if (below->level == HMT_LEVEL_ROOM || below->drains)
			stops[tier].drains = true;
	}
}

static bool hmt_route_leads(const struct hmt_route_tier *stop)
{
	return stop->level == HMT_LEVEL_ROOM ||
	       (stop->level != HMT_LEVEL_DEAD && stop->drains);
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
			route->nid = stop->uid;
			route->full = stop->level == HMT_LEVEL_FULL;
		} else if (stop->level == HMT_LEVEL_ROOM) {
			route->fallback = stop->uid;
			return;
		}
	}
}

/*
 * Find the node to which pages of the node @uid are demoted. Return false when
 * the graph does not have @uid. Any context.
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
	/* Tiers are in topological order: the lower ones are known first. */
	for (i = graph->nr_tiers; i-- > tier + 1;)
		if (memchr(order, i, nr))
			hmt_route_drain(graph, i, stops);
	hmt_route_pick(stops, order, nr, route);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_route);
