// SPDX-License-Identifier: GPL-2.0
/* Performance of memories for the CPUs of a node, and tiers that are alike. */
#include <linux/bits.h>
#include <linux/hmt_internal.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/nodemask.h>
#include <linux/topology.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory.h"

/*
 * Check whether firmware reports the performance of all memories for CPUs. If
 * not, distances alone compare them: a latency that was made of a distance does
 * not compare with a measured one, and a driver reports the performance for its
 * device.
 */
bool hmt_memories_are_measured(const u32 *uids, unsigned int nr)
{
	bool measured = true;
	unsigned int i;

	for (i = 0; i < nr && measured; i++) {
		struct hmt_memory *memory = hmt_memory_get(uids[i]);

		measured = memory && memory->source == HMT_PERF_FIRMWARE &&
			   memory->perf.read_latency;
		hmt_memory_put(memory);
	}
	return measured;
}

/* Return the distance of the nearest CPUs, or of the CPUs of node @nid. */
static u32 hmt_reach_nearest(const struct hmt_memory *memory, int nid)
{
	int near = first_node(memory->initiators);

	if (near < MAX_NUMNODES && !node_isset(nid, memory->initiators))
		return node_distance(near, memory->nid);
	return node_distance(nid, memory->nid);
}

/*
 * Firmware reports the performance for the nearest CPUs. It worsens in
 * proportion to the distance.
 */
static void hmt_reach_measured(const struct hmt_memory *memory, int nid,
			       struct hmt_reach *reach)
{
	u32 distance = node_distance(nid, memory->nid);
	u32 nearest = hmt_reach_nearest(memory, nid);

	reach->distance = min_t(u64, INT_MAX,
				div_u64((u64)memory->perf.read_latency *
						distance, nearest));
	reach->bandwidth =
		div_u64((u64)memory->perf.read_bandwidth * nearest, distance);
}

/*
 * Get the performance of the memory @uid for the CPUs of node @nid. @measured
 * is hmt_memories_are_measured() of all memories that are compared.
 */
void hmt_memory_reach(u32 uid, int nid, bool measured, struct hmt_reach *reach)
{
	struct hmt_memory *memory = hmt_memory_get(uid);

	*reach = (struct hmt_reach) { .distance = INT_MAX };
	if (memory && measured)
		hmt_reach_measured(memory, nid, reach);
	else if (memory)
		reach->distance = node_distance(nid, memory->nid);
	hmt_memory_put(memory);
}

/**
 * struct hmt_span - range of the performance of memories
 * @measured: hmt_memories_are_measured() of them
 * @rates: their bandwidths are known as well
 * @kind: their kind; HMT_KINDS before the first one
 * @least: least cost of an access for the nearest CPUs, any unit
 * @most: greatest cost
 */
struct hmt_span {
	bool measured;
	bool rates;
	enum hmt_kind kind;
	u64 least;
	u64 most;
};

/* Return the cost of an access by the rule of "hmtctl setup". */
static u64 hmt_span_cost(const struct hmt_span *span,
			 const struct hmt_memory *memory)
{
	if (!span->measured)
		return hmt_reach_nearest(memory, memory->nid);
	if (!span->rates)
		return memory->perf.read_latency;
	/* It may have become unknown since: CPUs went offline. */
	return div_u64((u64)memory->perf.read_latency << 24,
		       max(READ_ONCE(memory->perf.read_bandwidth), 1U));
}

/* Add a memory; return false if it differs in kind or is none of CPUs. */
static bool hmt_span_add(struct hmt_span *span, u32 uid)
{
	struct hmt_memory *memory = hmt_memory_get(uid);
	struct hmt_identity identity;
	u64 cost;

	if (!memory)
		return false;
	hmt_memory_identity(memory, &identity);
	cost = hmt_span_cost(span, memory);
	hmt_memory_put(memory);
	if (span->kind == HMT_KINDS)
		span->kind = identity.kind;
	span->least = min(span->least, cost);
	span->most = max(span->most, cost);
	return identity.kind == span->kind && !(uid & HMT_UID_DEVICE);
}

static bool hmt_span_add_tier(struct hmt_span *span,
			      const struct hmt_tier *tier)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++)
		if (!hmt_span_add(span, tier->memories[i]))
			return false;
	return true;
}

static bool hmt_tier_has_rates(const struct hmt_tier *tier)
{
	bool rates = true;
	unsigned int i;

	for (i = 0; i < tier->nr_memories && rates; i++) {
		struct hmt_memory *memory = hmt_memory_get(tier->memories[i]);

		rates = memory && memory->perf.read_bandwidth;
		hmt_memory_put(memory);
	}
	return rates;
}

bool hmt_tier_is_measured(const struct hmt_tier *tier)
{
	return hmt_memories_are_measured(tier->memories, tier->nr_memories);
}

static bool hmt_tiers_are_alike(const struct hmt_tier *a,
				const struct hmt_tier *b)
{
	struct hmt_span span = { .kind = HMT_KINDS, .least = U64_MAX };

	if (a->depth != b->depth)
		return false;
	span.measured = hmt_tier_is_measured(a) && hmt_tier_is_measured(b);
	span.rates = hmt_tier_has_rates(a) && hmt_tier_has_rates(b);
	return hmt_span_add_tier(&span, a) && hmt_span_add_tier(&span, b) &&
	       !hmt_is_nearer(span.least, span.most);
}

/*
 * Return the tiers among @tiers that are of the level of tier @index, which is
 * included, as a bit mask: equally far below the top of the graph, of nodes of
 * one kind, and of about the same performance for their nearest CPUs. Sockets
 * have such tiers. On a machine with CPUs in one node a tier is alone.
 */
u32 hmt_tiers_alike(const struct hmt_graph *graph, unsigned int index,
		    u32 tiers)
{
	u32 alike = BIT(index);
	unsigned int i;

	if (num_node_state(N_CPU) < 2)
		return alike;
	for (i = 0; i < graph->nr_tiers; i++)
		if (i != index && tiers & BIT(i) &&
		    hmt_tiers_are_alike(&graph->tiers[index], &graph->tiers[i]))
			alike |= BIT(i);
	return alike;
}
