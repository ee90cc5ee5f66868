// SPDX-License-Identifier: GPL-2.0
/*
 * Candidates: memories of a tier as destinations for pages of a process.
 *
 * A process with a home prefers the memory that performs best for the CPUs of
 * its home; room decides among equals. Without a home, room alone decides.
 */
#include <linux/bitops.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "heat/heat.h"
#include "pass.h"

/*
 * A memory that has no free page now may have demoted pages of its own by the
 * time of the move. Where nearness decides, it counts as tight below the high
 * watermark of its tier, so that pages go to the next one instead of filling
 * it to the last page.
 */
static enum hmt_level hmt_candidate_level(const struct hmt_candidates *among,
					  u32 uid, u64 free)
{
	if (among->home == NUMA_NO_NODE)
		return HMT_LEVEL_ROOM;
	if (free > div_u64(hmt_memory_nr_pages(uid) * among->tier->high, 1000))
		return HMT_LEVEL_ROOM;
	return HMT_LEVEL_TIGHT;
}

/* Describe memory @index, which is in the tier of @among. */
struct hmt_candidate hmt_candidate_of(const struct hmt_candidates *among,
				      unsigned int index)
{
	u32 uid = among->graph->memories[index];
	struct hmt_candidate candidate = { .index = index };
	int nid = hmt_memory_node(uid);
	struct hmt_reach reach;

	if (nid == NUMA_NO_NODE || !node_isset(nid, among->nodes))
		return candidate;
	candidate.level = HMT_LEVEL_FULL;
	if (among->home != NUMA_NO_NODE) {
		hmt_memory_reach(uid, among->home, among->measured, &reach);
		candidate.distance = reach.distance;
		candidate.bandwidth = reach.bandwidth;
	}
	if (among->full && test_bit(index, among->full))
		return candidate;
	candidate.free = hmt_memory_nr_free(uid);
	candidate.level = hmt_candidate_level(among, uid, candidate.free);
	return candidate;
}

/*
 * Begin to compare the memories of the tier with @index for @managed.
 * @candidates->nodes are those that the process allows; the caller may remove
 * some.
 */
void hmt_candidates_begin(struct hmt_candidates *among,
			  const struct hmt_graph *graph,
			  const struct hmt_mm *managed, unsigned int index,
			  const unsigned long *full)
{
	const struct hmt_tier *tier = &graph->tiers[index];

	*among = (struct hmt_candidates) {
		.graph = graph,
		.tier = tier,
		.nodes = managed->allowed,
		.home = managed->home,
		.full = full,
	};
	if (tier->nr_memories < 2)
		among->home = NUMA_NO_NODE;
	if (among->home != NUMA_NO_NODE)
		among->measured = hmt_memories_are_measured(tier->memories,
							    tier->nr_memories);
}

/* Return the best memory of the tier; its level is HMT_LEVEL_DEAD if none is. */
struct hmt_candidate hmt_candidates_best(const struct hmt_candidates *among)
{
	const struct hmt_tier *tier = among->tier;
	struct hmt_candidate best = {}, candidate;
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++) {
		candidate = hmt_candidate_of(among, tier->first + i);
		if (hmt_candidate_beats(&candidate, &best))
			best = candidate;
	}
	return best;
}

/*
 * Check whether a page on the memory @from is to move to @to, in the same tier:
 * @to is nearer to the home and takes pages without falling below the high
 * watermark, so that no page has to leave again.
 */
bool hmt_candidate_is_nearer(const struct hmt_candidate *to,
			     const struct hmt_candidate *from)
{
	return to->level == HMT_LEVEL_ROOM && to->distance < from->distance;
}

static void hmt_candidates_mark_away(const struct hmt_candidates *among,
				     nodemask_t *away)
{
	const struct hmt_tier *tier = among->tier;
	struct hmt_candidate best = hmt_candidates_best(among), from;
	struct hmt_candidates any = *among;
	unsigned int i;

	/* Pages may be on a memory that the process may not use any more. */
	any.nodes = node_states[N_MEMORY];
	for (i = 0; i < tier->nr_memories; i++) {
		if (tier->memories[i] & HMT_UID_DEVICE)
			continue;
		from = hmt_candidate_of(&any, tier->first + i);
		if (from.level != HMT_LEVEL_DEAD &&
		    hmt_candidate_is_nearer(&best, &from))
			node_set(tier->memories[i], *away);
	}
}

/*
 * Set @managed->away to the nodes from which hot pages move to a memory of the
 * same tier; none without a home.
 */
void hmt_candidates_find_away(const struct hmt_graph *graph,
			      struct hmt_mm *managed)
{
	nodemask_t away = NODE_MASK_NONE;
	struct hmt_candidates among;
	unsigned int i;

	for (i = 0; i < graph->nr_tiers; i++) {
		if (managed->home == NUMA_NO_NODE ||
		    graph->tiers[i].nr_memories < 2)
			continue;
		hmt_candidates_begin(&among, graph, managed, i, NULL);
		hmt_candidates_mark_away(&among, &away);
	}
	managed->away = away;
}
