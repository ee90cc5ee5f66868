// SPDX-License-Identifier: GPL-2.0
/*
 * Candidates: memories of one level, that is of a tier and of those alike, as
 * destinations for pages of a process.
 *
 * A process with a home prefers the memory that performs best for the CPUs of
 * its home; room decides among equals. Without a home, room alone decides among
 * the memories of a tier, and the policy among tiers.
 */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "heat/heat.h"
#include "pass.h"

/*
 * Find the tiers of each level, and those that no page of the workload may enter.
 * The first tier of a level is the measure for the others.
 */
void hmt_candidates_find_levels(struct hmt_pass *pass)
{
	const struct hmt_graph *graph = pass->graph;
	u32 rest = BIT(graph->nr_tiers) - 1;
	unsigned int i, j;

	pass->measured = 0;
	pass->shut = 0;
	for (i = 0; i < graph->nr_tiers; i++) {
		if (!hmt_census_limit(&pass->config, graph->tiers[i].name))
			pass->shut |= BIT(i);
		if (hmt_tier_is_measured(&graph->tiers[i]))
			pass->measured |= BIT(i);
		if (!(rest & BIT(i)))
			continue;
		pass->alike[i] = hmt_tiers_alike(graph, i, rest);
		rest &= ~pass->alike[i];
		for (j = i + 1; j < graph->nr_tiers; j++)
			if (pass->alike[i] & BIT(j))
				pass->alike[j] = pass->alike[i];
	}
}

/*
 * A memory that has no free page now may have demoted pages of its own by the
 * time of the move. Where nearness decides, it counts as tight below the high
 * watermark of its tier, so that pages go to the next one instead of filling
 * it to the last page.
 */
static enum hmt_level hmt_candidate_level(const struct hmt_candidates *among,
					  const struct hmt_tier *tier, u32 uid,
					  u64 free)
{
	if (among->home == NUMA_NO_NODE)
		return HMT_LEVEL_ROOM;
	if (free > div_u64(hmt_memory_nr_pages(uid) * tier->high, 1000))
		return HMT_LEVEL_ROOM;
	return HMT_LEVEL_TIGHT;
}

/* Describe memory @index, which is in a tier of @among. */
struct hmt_candidate hmt_candidate_of(const struct hmt_candidates *among,
				      unsigned int index)
{
	const struct hmt_graph *graph = among->graph;
	const struct hmt_tier *tier = &graph->tiers[graph->tier_of[index]];
	struct hmt_candidate candidate = { .index = index };
	u32 uid = graph->memories[index];
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
	candidate.level = hmt_candidate_level(among, tier, uid, candidate.free);
	return candidate;
}

/*
 * Begin to compare the memories of the level of tier @index for @managed.
 * @among->nodes are those that the process allows; the caller may remove some.
 */
void hmt_candidates_begin(struct hmt_candidates *among,
			  const struct hmt_pass *pass,
			  const struct hmt_mm *managed, unsigned int index,
			  const unsigned long *full)
{
	u32 level = pass->alike[index];

	*among = (struct hmt_candidates) {
		.graph = pass->graph,
		.tiers = level & ~pass->shut,
		.nodes = managed->allowed,
		.home = managed->home,
		.measured = (pass->measured & level) == level,
		.full = full,
	};
	if (level == BIT(index) && pass->graph->tiers[index].nr_memories < 2)
		among->home = NUMA_NO_NODE;
}

/* Let the memories of tier @index compete with @best, by room or without it. */
static void hmt_candidates_compare(const struct hmt_candidates *among,
				   unsigned int index, bool by_room,
				   struct hmt_candidate *best)
{
	const struct hmt_tier *tier = &among->graph->tiers[index];
	struct hmt_candidate candidate;
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++) {
		candidate = hmt_candidate_of(among, tier->first + i);
		if (!by_room && candidate.level != HMT_LEVEL_DEAD)
			candidate.level = HMT_LEVEL_ROOM;
		if (hmt_candidate_beats(&candidate, best))
			*best = candidate;
	}
}

/*
 * Return the best memory of tier @index of the level; its level is
 * HMT_LEVEL_DEAD if the process may use none.
 */
struct hmt_candidate hmt_candidates_best(const struct hmt_candidates *among,
					 unsigned int index)
{
	struct hmt_candidate best = {};

	hmt_candidates_compare(among, index, true, &best);
	return best;
}

/*
 * Check whether a page on the memory @from is to move to @to, which is of the
 * same level: @to is clearly nearer to the home and takes pages without falling
 * below the high watermark, so that no page has to leave again.
 */
bool hmt_candidate_is_nearer(const struct hmt_candidate *to,
			     const struct hmt_candidate *from)
{
	return to->level == HMT_LEVEL_ROOM &&
	       hmt_is_nearer(to->distance, from->distance);
}

/*
 * Return the nearest memory of the tiers of the level without tier @index,
 * whatever its room: the policy knows the limits and makes room, except in a
 * tier whose limit is 0.
 */
static struct hmt_candidate
hmt_candidates_nearest(const struct hmt_candidates *among, unsigned int index)
{
	unsigned long tiers = among->tiers & ~BIT(index);
	struct hmt_candidate nearest = {};
	unsigned int i;

	for_each_set_bit(i, &tiers, among->graph->nr_tiers)
		hmt_candidates_compare(among, i, false, &nearest);
	return nearest;
}

/* Return the memory to which hot pages of tier @index move on their way home. */
static struct hmt_candidate
hmt_candidates_choose_home(const struct hmt_candidates *among,
			   unsigned int index)
{
	struct hmt_candidate own = hmt_candidates_best(among, index);
	struct hmt_candidate other = hmt_candidates_nearest(among, index);

	return hmt_candidate_is_nearer(&other, &own) ||
			       own.level == HMT_LEVEL_DEAD ?
		       other :
		       own;
}

/* Add the memories of tier @index from which hot pages move to @home. */
static void hmt_candidates_mark_away(const struct hmt_candidates *among,
				     unsigned int index,
				     const struct hmt_candidate *home,
				     nodemask_t *away)
{
	const struct hmt_tier *tier = &among->graph->tiers[index];
	struct hmt_candidates any = *among;
	struct hmt_candidate from;
	unsigned int i;

	/* Pages may be on a memory that the process may not use any more. */
	any.nodes = node_states[N_MEMORY];
	for (i = 0; i < tier->nr_memories; i++) {
		if (tier->memories[i] & HMT_UID_DEVICE)
			continue;
		from = hmt_candidate_of(&any, tier->first + i);
		if (from.level != HMT_LEVEL_DEAD &&
		    hmt_candidate_is_nearer(home, &from))
			node_set(tier->memories[i], *away);
	}
}

/*
 * Return the node of tier @index to which pages of the process move, or
 * NUMA_NO_NODE. The kernel moves pages to nodes only.
 */
static int hmt_candidates_node(const struct hmt_candidates *among,
			       unsigned int index)
{
	struct hmt_candidate best = hmt_candidates_best(among, index);
	u32 uid = among->graph->memories[best.index];

	return best.level == HMT_LEVEL_DEAD || uid & HMT_UID_DEVICE ?
		       NUMA_NO_NODE :
		       (int)uid;
}

/*
 * Set @managed->away to the nodes from which hot pages move to a memory of the
 * same level, none without a home, and @managed->toward to the tiers of these.
 * Set @managed->hint_to to the nodes to which hint faults promote pages.
 */
void hmt_candidates_find_away(const struct hmt_pass *pass,
			      struct hmt_mm *managed)
{
	const struct hmt_graph *graph = pass->graph;
	nodemask_t away = NODE_MASK_NONE;
	struct hmt_candidates among;
	struct hmt_candidate home;
	unsigned int i;

	for (i = 0; i < graph->nr_tiers; i++) {
		managed->toward[i] = i;
		hmt_candidates_begin(&among, pass, managed, i, NULL);
		WRITE_ONCE(managed->hint_to[i],
			   hmt_candidates_node(&among, i));
		if (among.home == NUMA_NO_NODE || !managed->home_sure)
			continue;
		home = hmt_candidates_choose_home(&among, i);
		if (home.level == HMT_LEVEL_DEAD)
			continue;
		managed->toward[i] = graph->tier_of[home.index];
		hmt_candidates_mark_away(&among, i, &home, &away);
	}
	managed->away = away;
}
