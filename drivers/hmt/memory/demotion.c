// SPDX-License-Identifier: GPL-2.0
/* Queries of the live graph by modules that direct kernel reclaim. */
#include <linux/errno.h>
#include <linux/export.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/topology.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory.h"

/*
 * Check whether the current task may demote to the node. The kernel allocates
 * the destination under the cpuset of the reclaiming task, so a node outside of
 * it would be offered in vain. The owner of the demoted pages is not known
 * here. A single bit is read: during a change of the cpuset it is the old or
 * the new one.
 */
static bool hmt_demotion_allowed(int nid)
{
	return current->flags & PF_KTHREAD ||
	       node_isset(nid, current->mems_allowed);
}

static enum hmt_level hmt_demotion_level(u32 uid, u16 low)
{
	struct hmt_node_room room;
	u64 reserve;

	/* The kernel can only demote to nodes. */
	if (uid & HMT_UID_DEVICE || !hmt_demotion_allowed(uid) ||
	    !hmt_memory_is_usable(uid))
		return HMT_LEVEL_DEAD;
	hmt_node_look(uid, &room);
	if (!room.pages)
		return HMT_LEVEL_DEAD;
	/* Reserve the pages of one batch of the reclaimer. */
	reserve = div_u64(room.pages * low, 1000) + HMT_BATCH_PAGES;
	if (room.free > reserve)
		return HMT_LEVEL_ROOM;
	return room.takes > SWAP_CLUSTER_MAX ? HMT_LEVEL_TIGHT : HMT_LEVEL_FULL;
}

static int hmt_demotion_distance(u32 from, u32 to)
{
	return node_distance(from, to);
}

static const struct hmt_route_ops hmt_demotion_ops = {
	.level = hmt_demotion_level,
	.distance = hmt_demotion_distance,
};

/**
 * hmt_demotion_of_node() - get the demotion targets of a node in the live graph
 * @nid: node number
 * @demotion: filled with the result
 *
 * The result is a snapshot: nodes fill up and go away at any time. Nodes that
 * the cpuset of the current task forbids are left out.
 *
 * Context: any.
 * Return: true, or false if there is no graph or @nid is not part of it.
 */
bool hmt_demotion_of_node(int nid, struct hmt_demotion *demotion)
{
	struct hmt_graph *graph = hmt_graph_get();
	bool found;

	if (!graph)
		return false;
	found = hmt_route(graph, nid, &hmt_demotion_ops, demotion);
	hmt_graph_put(graph);
	return found;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_demotion_of_node);

/**
 * hmt_count_kernel_demoted() - account pages that the kernel demoted
 * @from: source node
 * @to: destination node
 * @pages: number of pages
 *
 * Shown as kernel_demoted of the edge; a pair without an edge is not counted.
 *
 * Context: any.
 */
void hmt_count_kernel_demoted(int from, int to, unsigned int pages)
{
	struct hmt_edge *edge = hmt_edge_get(from, to);

	if (!edge)
		return;
	atomic64_add(pages, &edge->kernel_demoted);
	hmt_edge_put(edge);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_count_kernel_demoted);

static void hmt_demotion_add_nodes(const struct hmt_tier *tier,
				   nodemask_t *nodes)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++)
		if (!(tier->memories[i] & HMT_UID_DEVICE))
			node_set(tier->memories[i], *nodes);
}

/**
 * hmt_nodes_above() - get the nodes that the live graph demotes to a node
 * @nid: node number; the node may be offline
 * @nodes: filled with the result
 *
 * Context: any.
 * Return: true, or false if there is no graph or @nid is not part of it.
 */
bool hmt_nodes_above(int nid, nodemask_t *nodes)
{
	struct hmt_graph *graph = hmt_graph_get();
	int i, tier = -ENOENT;

	if (graph)
		tier = hmt_graph_tier_of(graph, nid);
	nodes_clear(*nodes);
	/* Tiers are in topological order. */
	for (i = 0; i < tier; i++)
		if (hmt_graph_leads(graph, i, tier))
			hmt_demotion_add_nodes(&graph->tiers[i], nodes);
	hmt_graph_put(graph);
	return tier >= 0;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_nodes_above);

/**
 * hmt_node_performance() - get the performance that firmware reports for a node
 * @nid: node number
 * @perf: filled with the result
 *
 * Context: any.
 * Return: true, or false if the node does not exist or firmware reports
 * nothing.
 */
bool hmt_node_performance(int nid, struct hmt_perf *perf)
{
	struct hmt_memory *memory = hmt_memory_get(nid);
	bool known;

	if (!memory)
		return false;
	known = memory->source == HMT_PERF_FIRMWARE;
	*perf = memory->perf;
	hmt_memory_put(memory);
	return known;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_node_performance);
