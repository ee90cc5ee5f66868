// SPDX-License-Identifier: GPL-2.0
/*
 * Set the kernel's memory tier of a node that comes online below the memory
 * tiers of all nodes above it in the graph. Decisions of the kernel by its
 * tiers, such as promotion by NUMA balancing, then agree with the graph, and
 * continue to do so after the router is unloaded.
 *
 * Nodes that are online keep their tiers.
 */
#include <linux/hmt_internal.h>
#include <linux/memory-tiers.h>
#include <linux/minmax.h>
#include <linux/node.h>
#include <linux/nodemask.h>
#include <linux/notifier.h>
#include "router.h"

/* Default of kmem for unknown memory. */
#define HMT_DISTANCE_DAX	(5 * MEMTIER_ADISTANCE_DRAM)
/* Run before all others: the administrator configures the graph. */
#define HMT_DISTANCE_PRIORITY	1000

/* Distance set for each node; 0: not set. */
static int hmt_distance_answered[MAX_NUMNODES];

static int hmt_distance_by_firmware(int nid, int *distance)
{
	struct access_coordinate coordinate;
	struct hmt_perf perf;

	if (!hmt_node_performance(nid, &perf))
		return -ENOENT;
	coordinate = (struct access_coordinate) {
		.read_latency = perf.read_latency,
		.write_latency = perf.write_latency,
		.read_bandwidth = perf.read_bandwidth,
		.write_bandwidth = perf.write_bandwidth,
	};
	return mt_perf_to_adistance(&coordinate, distance);
}

/* Return a lower bound of the kernel's distance of @nid. */
static int hmt_distance_of(int nid)
{
	int distance;

	if (READ_ONCE(hmt_distance_answered[nid]))
		return READ_ONCE(hmt_distance_answered[nid]);
	if (!hmt_distance_by_firmware(nid, &distance))
		return distance;
	return hmt_node_has_cpus(nid) ? MEMTIER_ADISTANCE_DRAM :
					HMT_DISTANCE_DAX;
}

static int hmt_distance_notify(struct notifier_block *block, unsigned long nid,
			       void *data)
{
	int upper, distance = HMT_DISTANCE_DAX;
	nodemask_t above;

	if (!hmt_nodes_above(nid, &above) || nodes_empty(above))
		return NOTIFY_OK;
	for_each_node_mask(upper, above)
		distance = max_t(int, distance,
				 hmt_distance_of(upper) + MEMTIER_CHUNK_SIZE);
	WRITE_ONCE(hmt_distance_answered[nid], distance);
	*(int *)data = distance;
	return NOTIFY_STOP;
}

static struct notifier_block hmt_distance_notifier = {
	.notifier_call = hmt_distance_notify,
	.priority = HMT_DISTANCE_PRIORITY,
};

int hmt_distance_init(void)
{
	return register_mt_adistance_algorithm(&hmt_distance_notifier);
}

void hmt_distance_exit(void)
{
	unregister_mt_adistance_algorithm(&hmt_distance_notifier);
}
