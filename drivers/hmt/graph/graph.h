/* SPDX-License-Identifier: GPL-2.0 */
/* graph/: tiers and their ordered demotion targets. */
#ifndef _HMT_GRAPH_H
#define _HMT_GRAPH_H

#include <linux/hmt_internal.h>
#include <linux/kref.h>
#include <linux/numa.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <uapi/linux/hmt.h>

/* The graph of tiers: built aside, validated, published as a whole with RCU. */

#define HMT_GRAPH_REASON_MAX		256

/* Most memories of a graph: as many nodes, and as many memories of devices. */
#define HMT_GRAPH_MEMORIES_MAX		(2 * HMT_TIER_MEMORIES_MAX)

/* Index of every memory that is in no tier; see &hmt_graph.memories. */
#define HMT_MEMORY_OUTSIDE		HMT_GRAPH_MEMORIES_MAX

/**
 * struct hmt_tier_spec - a tier as the administrator staged it
 * @name: name
 * @nr_memories: entries in @memories
 * @memories: names or UIDs, not resolved
 * @nr_targets: entries in @targets
 * @targets: indices into the spec, first choice first
 * @nr_weights: entries in @weights; 0: the first target that has room
 * @weights: weight of each target, in the order of @targets
 * @low: low watermark, per mille of capacity
 * @high: high watermark, per mille of capacity
 */
struct hmt_tier_spec {
	char name[HMT_NAME_MAX + 1];
	unsigned int nr_memories;
	char memories[HMT_TIER_MEMORIES_MAX][HMT_NAME_MAX + 1];
	unsigned int nr_targets;
	u8 targets[HMT_TARGETS_MAX];
	unsigned int nr_weights;
	u8 weights[HMT_TARGETS_MAX];
	u16 low;
	u16 high;
};

struct hmt_graph_spec {
	unsigned int nr_tiers;
	struct hmt_tier_spec tiers[HMT_TIERS_MAX];
};

/**
 * struct hmt_tier - a tier of a graph; immutable
 * @name: name
 * @first: index of its first memory
 * @nr_memories: entries in @memories
 * @memories: UIDs; points to &hmt_graph.memories[@first]
 * @nr_targets: entries in @targets
 * @targets: indices of tiers, first choice first
 * @weights: weight of each target; all 0: the first target that has room
 * @low: low watermark, per mille of capacity
 * @high: high watermark, per mille of capacity
 * @depth: number of edges of the longest way that leads to it
 */
struct hmt_tier {
	char name[HMT_NAME_MAX + 1];
	unsigned int first;
	unsigned int nr_memories;
	const u32 *memories;
	unsigned int nr_targets;
	u8 targets[HMT_TARGETS_MAX];
	u8 weights[HMT_TARGETS_MAX];
	u16 low;
	u16 high;
	unsigned int depth;
};

/**
 * struct hmt_graph - immutable snapshot of all tiers
 * @ref: references; the live pointer holds one
 * @rcu: frees it after readers of the live pointer
 * @generation: number of the commit that published it
 * @nr_memories: entries in @memories
 * @memories: UIDs of all memories, tier by tier; the position is the index by
 *	which the engine calls a memory
 * @tier_of: index of the tier of each memory; below 0 for HMT_MEMORY_OUTSIDE
 * @node_index: index in @memories of each node, or HMT_MEMORY_OUTSIDE
 * @nr_tiers: entries in @tiers
 * @tiers: tiers in topological order: a tier before its targets
 */
struct hmt_graph {
	struct kref ref;
	struct rcu_head rcu;
	u64 generation;
	unsigned int nr_memories;
	u32 memories[HMT_GRAPH_MEMORIES_MAX];
	s8 tier_of[HMT_GRAPH_MEMORIES_MAX + 1];
	u16 node_index[MAX_NUMNODES];
	unsigned int nr_tiers;
	struct hmt_tier tiers[];
};

/* Reason of a refusal: an errno and a sentence that names the tier. */
struct hmt_graph_error {
	int code;
	char reason[HMT_GRAPH_REASON_MAX];
};

/**
 * struct hmt_resolver - look-up of memories
 * @resolve: UID of a name or number, HMT_UID_NONE when there is none
 * @capacity: pages of a memory
 * @offline: a memory of this name does not exist because it is offline;
 *	optional
 *
 * The registry in the kernel, a table in tests.
 */
struct hmt_resolver {
	u32 (*resolve)(const char *token);
	u64 (*capacity)(u32 uid);
	bool (*offline)(const char *token);
};

struct hmt_graph *hmt_graph_build(const struct hmt_graph_spec *spec,
				  const struct hmt_resolver *resolver,
				  struct hmt_graph_error *error);
struct hmt_graph *hmt_graph_get(void);
void hmt_graph_put(struct hmt_graph *graph);
u64 hmt_graph_publish(struct hmt_graph *graph);
u64 hmt_graph_generation(void);
int hmt_graph_find(const struct hmt_graph *graph, const char *name);
int hmt_graph_tier_of(const struct hmt_graph *graph, u32 uid);
unsigned int hmt_graph_device(const struct hmt_graph *graph, u32 uid);
bool hmt_graph_leads(const struct hmt_graph *graph, unsigned int upper,
		     unsigned int lower);

/* Return the index of the memory @uid, or HMT_MEMORY_OUTSIDE. */
static inline unsigned int hmt_graph_memory(const struct hmt_graph *graph,
					    u32 uid)
{
	return uid < MAX_NUMNODES ? graph->node_index[uid] :
				    hmt_graph_device(graph, uid);
}

/* Choice of a destination among several memories. */

/**
 * enum hmt_level - room of a memory
 * @HMT_LEVEL_DEAD: absent, on its way out, of the wrong kind, or not allowed
 * @HMT_LEVEL_FULL: pages that arrive have to push others out: a node below the
 *	kernel's low watermark, or a memory that refused pages in this pass
 * @HMT_LEVEL_TIGHT: below the low watermark of its tier
 * @HMT_LEVEL_ROOM: takes pages
 */
enum hmt_level {
	HMT_LEVEL_DEAD,
	HMT_LEVEL_FULL,
	HMT_LEVEL_TIGHT,
	HMT_LEVEL_ROOM
};

/**
 * struct hmt_candidate - a memory that may become a destination
 * @index: name of the memory, as the caller likes
 * @level: its room
 * @distance: latency or distance from the CPUs that use the pages, or distance
 *	from the source; 0 for all candidates where it does not matter
 * @bandwidth: bandwidth for these CPUs, MB/s; 0 for all candidates where it does
 *	not matter
 * @free: free pages; 0 for all candidates where it does not matter
 *
 * All zeros is not a candidate.
 */
struct hmt_candidate {
	unsigned int index;
	enum hmt_level level;
	int distance;
	u32 bandwidth;
	u64 free;
};

/*
 * Check whether @candidate is a better destination than @best, the best one so
 * far. Selection, HMT_MOVE, drivers' moves and routes use this order:
 *	1. the higher level; HMT_LEVEL_DEAD is never chosen,
 *	2. the smaller distance,
 *	3. the higher bandwidth,
 *	4. more free pages,
 *	5. the first one in the caller's order, which is the order of the tier.
 */
static inline bool hmt_candidate_beats(const struct hmt_candidate *candidate,
				       const struct hmt_candidate *best)
{
	if (candidate->level != best->level)
		return candidate->level > best->level;
	if (candidate->level == HMT_LEVEL_DEAD)
		return false;
	if (candidate->distance != best->distance)
		return candidate->distance < best->distance;
	if (candidate->bandwidth != best->bandwidth)
		return candidate->bandwidth > best->bandwidth;
	return candidate->free > best->free;
}

/* Routes: the node to which the graph demotes pages of a node. */

/**
 * struct hmt_route_ops - properties of memories for routing
 * @level: room of a memory; @low is the watermark of its tier
 * @distance: between two memories
 *
 * The registry in the kernel, tables in tests. Any context.
 */
struct hmt_route_ops {
	enum hmt_level (*level)(u32 uid, u16 low);
	int (*distance)(u32 from, u32 to);
};

bool hmt_route(const struct hmt_graph *graph, u32 uid,
	       const struct hmt_route_ops *ops, struct hmt_demotion *route);

#endif /* _HMT_GRAPH_H */
