// SPDX-License-Identifier: GPL-2.0
/* Performance of memories for the CPUs of a node. */
#include <linux/hmt_internal.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/topology.h>
#include "hmt.h"
#include "memory.h"

/*
 * Check whether firmware reports the performance of all memories for CPUs. If
 * not, distances alone compare them: a latency that was made of a distance
 * says nothing next to a measured one, and a driver reports what its device
 * gets.
 */
bool hmt_memories_are_measured(const u32 *uids, unsigned int nr)
{
	bool measured = true;
	unsigned int i;

	for (i = 0; i < nr && measured; i++) {
		struct hmt_memory *memory = hmt_memory_get(uids[i]);

		measured = memory && memory->source == HMT_PERF_FIRMWARE;
		hmt_memory_put(memory);
	}
	return measured;
}

/*
 * Firmware reports the performance for the nearest CPUs. It worsens in
 * proportion to the distance.
 */
static void hmt_reach_measured(const struct hmt_memory *memory, int nid,
			       struct hmt_reach *reach)
{
	int near = first_node(memory->initiators);
	u32 distance = node_distance(nid, memory->nid);
	u32 best = distance;

	if (near < MAX_NUMNODES && !node_isset(nid, memory->initiators))
		best = node_distance(near, memory->nid);
	reach->distance = min_t(u64, INT_MAX,
				div_u64((u64)memory->perf.read_latency *
						distance, best));
	reach->bandwidth =
		div_u64((u64)memory->perf.read_bandwidth * best, distance);
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
