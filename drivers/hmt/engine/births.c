// SPDX-License-Identifier: GPL-2.0
/*
 * Births: count the pages that processes allocate in each tier, and elsewhere because it
 * has no room, and leave free pages to those that are about to come.
 */
#include <linux/bits.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/mmzone.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "policy/policy.h"
#include "pass.h"

/* Count an event of the allocator on all memories of the tier. */
static u64 hmt_births_events(const struct hmt_tier *tier,
			     enum numa_stat_item event)
{
	unsigned int i;
	u64 sum = 0;

	for (i = 0; i < tier->nr_memories; i++)
		if (!(tier->memories[i] & HMT_UID_DEVICE))
			sum += hmt_node_nr_events(tier->memories[i], event);
	return sum;
}

/* Count the pages that have moved between the tier and @other, a memory of another one. */
static void hmt_births_add_moves(struct hmt_births_tier *births,
				 const struct hmt_tier *tier, u32 other)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++) {
		births->entered += hmt_edge_nr_moved(other, tier->memories[i]);
		births->left += hmt_edge_nr_moved(tier->memories[i], other);
	}
}

/* Look at the tier with @index. */
static void hmt_births_look(struct hmt_births_tier *births,
			    const struct hmt_graph *graph, int index)
{
	const struct hmt_tier *tier = &graph->tiers[index];
	unsigned int i;

	births->capacity = 0;
	for (i = 0; i < tier->nr_memories; i++)
		births->capacity += hmt_memory_nr_pages(tier->memories[i]);
	births->free = hmt_tier_nr_free(tier);
	births->foreign = hmt_births_events(tier, NUMA_FOREIGN);
	births->entered = 0;
	births->left = 0;
	for (i = 0; i < graph->nr_memories; i++)
		if (graph->tier_of[i] != index)
			hmt_births_add_moves(births, tier, graph->memories[i]);
}

/* Return how much a counter has grown; it begins anew when an edge or vm.numa_stat does. */
static u64 hmt_births_grown(u64 before, u64 now)
{
	return now > before ? now - before : 0;
}

/*
 * Return the room to be left to births in a tier. @missed: pages that were born in slower
 * tiers since the last look and were to be elsewhere: others moved aside within the tier.
 */
static u64 hmt_births_room(struct hmt_births_tier *births,
			   const struct hmt_births_tier *before, u64 missed)
{
	s64 filled = hmt_births_grown(before->entered, births->entered) -
		     hmt_births_grown(before->left, births->left);
	const struct hmt_policy_births_look look = {
		.now_ns = ktime_get_ns(),
		.capacity = births->capacity,
		.spilled = min(hmt_births_grown(before->foreign,
						births->foreign), missed),
		.filled = filled,
		.taken = (s64)before->free - (s64)births->free - filled,
	};

	return hmt_policy_births(&births->policy, &look);
}

/* Add up the pages that were born on memories of tiers below @index that are of other levels. */
static u64 hmt_births_below(const u64 missed[HMT_TIERS_MAX],
			    const struct hmt_policy_in *in, unsigned int index)
{
	u64 sum = 0;
	unsigned int i;

	/* In topological order. */
	for (i = index + 1; i < in->nr_tiers; i++)
		if (!(in->tiers[index].alike & BIT(i)))
			sum += missed[i];
	return sum;
}

/* Leave @pages of room in the tier to births. Between the watermarks none enters. */
static void hmt_births_leave(struct hmt_policy_tier *tier, u64 pages)
{
	s64 room = tier->free - (s64)tier->high;

	/* Where reclaim makes room free pages are few, and there are more to come. */
	if (room > 0 && !tier->reclaim)
		tier->free -= min_t(u64, room, pages);
}

/*
 * Leave room to births that are expected. Follows hmt_room_reclaim(). Numbers of a tier
 * whose size has changed, or of another graph, begin anew.
 */
void hmt_births_expect(struct hmt_births *births, const struct hmt_pass *pass,
		       struct hmt_policy_in *in)
{
	const struct hmt_graph *graph = pass->graph;
	u64 missed[HMT_TIERS_MAX], now;
	unsigned int i;

	if (births->generation != graph->generation)
		memset(births, 0, sizeof(*births));
	births->generation = graph->generation;
	for (i = 0; i < graph->nr_tiers; i++) {
		now = hmt_births_events(&graph->tiers[i], NUMA_MISS);
		missed[i] = hmt_births_grown(births->missed[i], now);
		births->missed[i] = now;
	}
	for (i = 0; i < graph->nr_tiers; i++) {
		struct hmt_births_tier *tier = &births->tiers[i];
		struct hmt_births_tier before = *tier;

		/* The last tier has room for all that is born. */
		if (!in->tiers[i].nr_targets)
			continue;
		hmt_births_look(tier, graph, i);
		if (!tier->capacity || tier->capacity != before.capacity) {
			memset(&tier->policy, 0, sizeof(tier->policy));
			before = *tier;
		}
		hmt_births_leave(&in->tiers[i],
				 hmt_births_room(tier, &before,
						 hmt_births_below(missed, in, i)));
	}
}
