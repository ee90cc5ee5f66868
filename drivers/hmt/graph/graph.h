/* SPDX-License-Identifier: GPL-2.0 */
/* graph/: tiers and their ordered demotion targets. */
#ifndef _HMT_GRAPH_H
#define _HMT_GRAPH_H

#include <linux/hmt_internal.h>
#include <linux/kref.h>
#include <linux/rcupdate.h>
#include <linux/types.h>
#include <uapi/linux/hmt.h>

/* The graph of tiers: built aside, validated, published whole with RCU. */

#define HMT_GRAPH_REASON_MAX		256

/**
 * struct hmt_tier_spec - a tier as the administrator staged it
 * @name: name
 * @nr_memories: entries in @memories
 * @memories: names or UIDs, not resolved
 * @nr_targets: entries in @targets
 * @targets: indices into the spec, first choice first
 * @nr_weights: entries in @weights; 0: the first target that has room
 * @weights: of the targets, in their order
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

/* A tier of a graph; immutable. Targets are indices of tiers; weights may be 0. */
struct hmt_tier {
	char name[HMT_NAME_MAX + 1];
	unsigned int nr_memories;
	u32 memories[HMT_TIER_MEMORIES_MAX];
	unsigned int nr_targets;
	u8 targets[HMT_TARGETS_MAX];
	u8 weights[HMT_TARGETS_MAX];
	u16 low;
	u16 high;
};

/**
 * struct hmt_graph - immutable snapshot of all tiers
 * @ref: references; the live pointer holds one
 * @rcu: frees it after readers of the live pointer
 * @generation: number of the commit that published it
 * @nr_tiers: entries in @tiers
 * @tiers: in topological order: a tier before its targets
 */
struct hmt_graph {
	struct kref ref;
	struct rcu_head rcu;
	u64 generation;
	unsigned int nr_tiers;
	struct hmt_tier tiers[];
};

/* Why a build was refused: an errno and a sentence that names the tier. */
struct hmt_graph_error {
	int code;
	char reason[HMT_GRAPH_REASON_MAX];
};

/**
 * struct hmt_resolver - how memories are looked up
 * @resolve: UID of a name or number, HMT_UID_NONE when there is none
 * @capacity: pages of a memory
 *
 * The registry in the kernel, a table in tests.
 */
struct hmt_resolver {
	u32 (*resolve)(const char *token);
	u64 (*capacity)(u32 uid);
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
bool hmt_graph_leads(const struct hmt_graph *graph, unsigned int upper,
		     unsigned int lower);

/* Routes: which node the pages of a node sink to, as the graph says. */

/* How much a node can take. */
enum hmt_level {
	/* Not there, going away, or no node. */
	HMT_LEVEL_DEAD,
	/* Below the kernel's low watermark: what comes has to push others. */
	HMT_LEVEL_FULL,
	/* Below the low watermark of its tier. */
	HMT_LEVEL_TIGHT,
	HMT_LEVEL_ROOM
};

/**
 * struct hmt_route_ops - what routing asks of memories
 * @level: how much the memory can take; @low is the watermark of its tier
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
