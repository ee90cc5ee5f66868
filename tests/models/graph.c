// SPDX-License-Identifier: GPL-2.0
/*
 * All graphs of up to four tiers, those with cycles and loose tiers included:
 * which are refused, the order and depth of the others, and their routes with
 * each combination of rooms.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <stdarg.h>
#include <string.h>
#include "model.h"

#define __printf(text, first)	\
	__attribute__((format(__printf__, text, first)))
#define vscnprintf	vsnprintf
#define scnprintf	snprintf
#define ERR_PTR(error)	((void *)(long)(error))
#define IS_ERR(pointer)	((unsigned long)(pointer) >= -4095UL)
#define PTR_ERR(pointer)	((long)(pointer))

bool model_fail_allocation;

#include "graph/graph.c"
#include "graph/route.c"

#define TIERS_MAX	4
#define MEMORIES_MAX	6

static struct hmt_graph_spec spec;
static unsigned int nr_tiers, tier_memories, edges, empty;
static enum hmt_level levels[MEMORIES_MAX];
static unsigned long refused;

/* Memory number n is the node n; tiers have theirs one after the other. */
static u32 resolve(const char *token)
{
	return atoi(token);
}

static u64 capacity(u32 uid)
{
	return !(empty & BIT(uid / tier_memories));
}

static const struct hmt_resolver resolver = {
	.resolve = resolve,
	.capacity = capacity,
};

static enum hmt_level level(u32 uid, u16 low)
{
	(void)low;
	return levels[uid];
}

static int distance(u32 from, u32 to)
{
	return abs((int)from - (int)to);
}

static const struct hmt_route_ops ops = {
	.level = level,
	.distance = distance,
};

static bool has_edge(unsigned int from, unsigned int to)
{
	return edges & BIT(from * nr_tiers + to);
}

static void make_spec(void)
{
	unsigned int i, j;

	memset(&spec, 0, sizeof(spec));
	spec.nr_tiers = nr_tiers;
	for (i = 0; i < nr_tiers; i++) {
		struct hmt_tier_spec *tier = &spec.tiers[i];

		sprintf(tier->name, "%u", i);
		tier->nr_memories = tier_memories;
		for (j = 0; j < tier_memories; j++)
			sprintf(tier->memories[j], "%u", i * tier_memories + j);
		for (j = 0; j < nr_tiers; j++)
			if (has_edge(i, j))
				tier->targets[tier->nr_targets++] = j;
	}
}

/* Fill in the lengths of the longest ways, by as many steps as there are tiers. */
static bool longest_ways(unsigned int depth[TIERS_MAX])
{
	unsigned int round, i, j;
	bool longer = true;

	memset(depth, 0, TIERS_MAX * sizeof(*depth));
	for (round = 0; longer && round <= nr_tiers; round++) {
		longer = false;
		for (i = 0; i < nr_tiers; i++)
			for (j = 0; j < nr_tiers; j++)
				if (has_edge(i, j) && depth[j] <= depth[i]) {
					depth[j] = depth[i] + 1;
					longer = true;
				}
	}
	return !longer;
}

/* Check whether edges lead from @from to @to, in @steps or fewer. */
static bool leads(unsigned int from, unsigned int to, unsigned int steps)
{
	unsigned int i;

	if (from == to)
		return true;
	for (i = 0; steps && i < nr_tiers; i++)
		if (has_edge(from, i) && leads(i, to, steps - 1))
			return true;
	return false;
}

static bool is_loose(unsigned int tier)
{
	unsigned int i;

	for (i = 0; i < nr_tiers; i++)
		if (has_edge(tier, i) || has_edge(i, tier))
			return false;
	return nr_tiers > 1;
}

/* Check that there is no reason to refuse the graph; fill in @depth. */
static bool is_valid(unsigned int depth[TIERS_MAX])
{
	unsigned int i, j;

	for (i = 0; i < nr_tiers; i++) {
		if (is_loose(i))
			return false;
		for (j = 0; j < nr_tiers; j++)
			if (has_edge(i, j) && empty & BIT(j))
				return false;
	}
	return longest_ways(depth);
}

static unsigned int name_of(const struct hmt_graph *graph, unsigned int tier)
{
	return atoi(graph->tiers[tier].name);
}

static void check_graph(const struct hmt_graph *graph,
			const unsigned int depth[TIERS_MAX])
{
	unsigned int i, j, nr = 0;

	for (i = 0; i < nr_tiers; i++) {
		const struct hmt_tier *tier = &graph->tiers[i];
		unsigned int name = name_of(graph, i);

		check(tier->depth == depth[name], "edges %#x: depth %u of %u",
		      edges, tier->depth, name);
		check(hmt_graph_find(graph, tier->name) == (int)i,
		      "edges %#x: tier %u is not found", edges, name);
		for (j = 0; j < tier->nr_targets; j++, nr++)
			check(tier->targets[j] > i &&
			      has_edge(name, name_of(graph, tier->targets[j])),
			      "edges %#x: target %u of tier %u", edges,
			      tier->targets[j], i);
		for (j = 0; j < tier->nr_memories; j++) {
			u32 uid = name * tier_memories + j;

			check(tier->memories[j] == uid &&
			      hmt_graph_tier_of(graph, uid) == (int)i,
			      "edges %#x: memory %u", edges, uid);
		}
		for (j = 0; j < nr_tiers; j++)
			check(hmt_graph_leads(graph, i, j) ==
			      leads(name, name_of(graph, j), nr_tiers),
			      "edges %#x: ways from %u to %u", edges, i, j);
	}
	check(nr == (unsigned int)__builtin_popcount(edges),
	      "edges %#x: %u targets", edges, nr);
}

/* Return the best room of the tiers below that of the memory @from. */
static enum hmt_level best_below(u32 from)
{
	unsigned int tier = from / tier_memories, i;
	enum hmt_level best = HMT_LEVEL_DEAD;

	for (i = 0; i < nr_tiers * tier_memories; i++)
		if (i / tier_memories != tier &&
		    leads(tier, i / tier_memories, nr_tiers))
			best = max(best, levels[i]);
	return best;
}

static bool is_below(u32 from, int nid)
{
	unsigned int tier = nid / tier_memories;

	return nid >= 0 && tier != from / tier_memories &&
	       leads(from / tier_memories, tier, nr_tiers);
}

static void check_route(const struct hmt_graph *graph, u32 from)
{
	struct hmt_demotion route;

	check(hmt_route(graph, from, &ops, &route), "no node %u", from);
	states++;
	if (best_below(from) != HMT_LEVEL_ROOM) {
		check(route.nid == NUMA_NO_NODE &&
		      route.fallback == NUMA_NO_NODE,
		      "edges %#x: %u goes to %d, %d without room", edges, from,
		      route.nid, route.fallback);
		return;
	}
	check(is_below(from, route.nid) &&
	      levels[route.nid] != HMT_LEVEL_DEAD &&
	      route.full == (levels[route.nid] == HMT_LEVEL_FULL),
	      "edges %#x: %u goes to %d, %d", edges, from, route.nid,
	      route.full);
	if (route.fallback == NUMA_NO_NODE)
		check(levels[route.nid] == HMT_LEVEL_ROOM,
		      "edges %#x: %u goes to %d, which is full", edges, from,
		      route.nid);
	else
		check(is_below(from, route.fallback) &&
		      route.fallback != route.nid &&
		      levels[route.fallback] == HMT_LEVEL_ROOM,
		      "edges %#x: %u falls back to %d", edges, from,
		      route.fallback);
}

static void check_routes(const struct hmt_graph *graph)
{
	unsigned int nr = nr_tiers * tier_memories, rooms, i;

	for (rooms = 0; rooms < BIT(2 * nr); rooms++) {
		for (i = 0; i < nr; i++)
			levels[i] = rooms >> 2 * i & 3;
		for (i = 0; i < nr; i += tier_memories)
			check_route(graph, i);
	}
}

static void check_build(void)
{
	unsigned int depth[TIERS_MAX];
	struct hmt_graph_error error = {};
	struct hmt_graph *graph;
	bool valid = is_valid(depth);

	make_spec();
	graph = hmt_graph_build(&spec, &resolver, &error);
	states++;
	check(!IS_ERR(graph) == valid, "edges %#x, empty %#x: %ld, '%s'",
	      edges, empty, PTR_ERR(graph), error.reason);
	if (!valid) {
		check(error.code == -EINVAL && PTR_ERR(graph) == -EINVAL &&
		      error.reason[0], "edges %#x: %d, '%s'", edges,
		      error.code, error.reason);
		refused++;
		return;
	}
	check_graph(graph, depth);
	if (!empty)
		check_routes(graph);
	hmt_graph_put(graph);
}

static void check_all(unsigned int tiers, unsigned int memories)
{
	nr_tiers = tiers;
	tier_memories = memories;
	for (edges = 0; edges < BIT(tiers * tiers); edges++) {
		unsigned int depth[TIERS_MAX];

		empty = 0;
		check_build();
		if (is_valid(depth))
			for (empty = 1; empty < BIT(tiers); empty++)
				check_build();
	}
}

int main(void)
{
	unsigned int tiers;

	for (tiers = 1; tiers <= TIERS_MAX; tiers++)
		check_all(tiers, 1);
	check_all(3, 2);
	check(refused > 60000, "only %lu refused", refused);
	finish("graph: all graphs and rooms", 600000);
	return 0;
}
