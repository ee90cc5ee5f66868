// SPDX-License-Identifier: GPL-2.0
/*
 * Performance of memories that are NUMA nodes for CPUs: reported by firmware for
 * the node or for the device behind it, or made from distance. Those of nodes are
 * for the nearest CPUs that are online.
 */
#include <linux/hmt_internal.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include "lib/lib.h"
#include "memory.h"

/**
 * struct hmt_node_perf - performance of a node, whether it is online or not
 * @cpus: performance for CPUs, reported by firmware. Linux reports it only
 *	once: when a node that went away comes back, its access classes stay
 *	empty although its proximity domain is the same.
 * @distance: distance of the CPUs that @cpus is for
 * @device: performance for a nearer initiator without CPUs; otherwise as @cpus
 */
struct hmt_node_perf {
	struct hmt_perf cpus;
	int distance;
	struct hmt_perf device;
};

/*
 * By node number. Only the work item of node.c accesses this, and code that has
 * flushed or cancelled it.
 */
static struct hmt_node_perf *hmt_node_perfs;

/* Return the distance of the nearest CPUs that are online. */
static int hmt_node_best_distance(int nid)
{
	int cpu_nid, best = INT_MAX;

	for_each_node_state(cpu_nid, N_CPU)
		best = min(best, node_distance(cpu_nid, nid));
	return best;
}

/* Get the nodes with the nearest CPUs that are online. */
void hmt_node_nearest_cpus(int nid, nodemask_t *initiators)
{
	int cpu_nid, best = hmt_node_best_distance(nid);

	nodes_clear(*initiators);
	for_each_node_state(cpu_nid, N_CPU)
		if (node_distance(cpu_nid, nid) == best)
			node_set(cpu_nid, *initiators);
}

/* Estimate the performance for the nearest CPUs. */
void hmt_node_perf_by_distance(int nid, struct hmt_perf *perf)
{
	*perf = (struct hmt_perf) {
		.read_latency = HMT_NS_PER_DISTANCE *
				hmt_node_best_distance(nid),
	};
	perf->write_latency = perf->read_latency;
}

/*
 * Access classes of a node in sysfs: class 0 is for the nearest initiator of
 * any kind, an accelerator ("generic initiator") included, class 1 is for
 * the nearest CPUs. HMT manages memory of programs on CPUs.
 */
#define HMT_CLASS_ANY	0
#define HMT_CLASS_CPUS	1

/* Read a number of an access class; return 0 if it does not exist. */
static u32 hmt_node_access_value(int nid, int class, const char *name)
{
	char path[96], text[16];
	u32 value;

	/*
	 * The node's list of access classes is private to the driver core;
	 * its sysfs files are the interface that exists on every kernel.
	 */
	snprintf(path, sizeof(path),
		 "/sys/devices/system/node/node%d/access%d/initiators/%s",
		 nid, class, name);
	if (hmt_read_attribute(path, text, sizeof(text)) ||
	    kstrtou32(text, 10, &value))
		return 0;
	return value;
}

/* Return the highest bandwidth of memory that is local to CPUs. */
static u32 hmt_node_local_bandwidth(void)
{
	u32 best = 0;
	int nid;

	for_each_node_state(nid, N_CPU)
		best = max(best, hmt_node_access_value(nid, HMT_CLASS_CPUS,
						       "read_bandwidth"));
	return best;
}

/*
 * Set the kind: a node without CPUs that has at least twice the bandwidth of
 * nodes with CPUs is HBM.
 */
static void hmt_node_update_kind(int nid, const struct hmt_perf *perf)
{
	u32 local = hmt_node_local_bandwidth();
	bool hbm = !hmt_node_has_cpus(nid) && local &&
		   perf->read_bandwidth / 2 >= local;

	hmt_memory_set_kind(nid, hbm ? HMT_KIND_HBM : HMT_KIND_DRAM);
}

static void hmt_node_read_class(int nid, int class, struct hmt_perf *perf)
{
	*perf = (struct hmt_perf) {
		.read_latency = hmt_node_access_value(nid, class,
						      "read_latency"),
		.write_latency = hmt_node_access_value(nid, class,
						       "write_latency"),
		.read_bandwidth = hmt_node_access_value(nid, class,
							"read_bandwidth"),
		.write_bandwidth = hmt_node_access_value(nid, class,
							 "write_bandwidth"),
	};
}

static bool hmt_node_perf_is_known(const struct hmt_perf *perf)
{
	return perf->read_latency && perf->write_latency;
}

/* Compare two performances. */
bool hmt_perf_equal(const struct hmt_perf *a, const struct hmt_perf *b)
{
	return a->read_latency == b->read_latency &&
	       a->write_latency == b->write_latency &&
	       a->read_bandwidth == b->read_bandwidth &&
	       a->write_bandwidth == b->write_bandwidth;
}

/*
 * Keep the performance that an initiator without CPUs gets apart. It is shown,
 * and nothing else depends on it. The classes are equal if CPUs are nearest.
 */
static void hmt_node_update_device_perf(int nid, const struct hmt_perf *cpus)
{
	struct hmt_perf device;

	hmt_node_read_class(nid, HMT_CLASS_ANY, &device);
	if (!hmt_node_perf_is_known(&device))
		return;
	if (hmt_perf_equal(&device, cpus))
		device = (struct hmt_perf) { };
	hmt_node_perfs[nid].device = device;
}

/* Check whether node @from is an initiator of the access class of CPUs. */
static bool hmt_node_is_initiator(int from, int nid)
{
	char path[96], text[16];

	snprintf(path, sizeof(path),
		 "/sys/devices/system/node/node%d/access%d/initiators/node%d/distance",
		 nid, HMT_CLASS_CPUS, from);
	return !hmt_read_attribute(path, text, sizeof(text));
}

/*
 * Return the distance of the CPUs that the numbers of firmware are for. They may
 * be offline.
 */
static int hmt_node_firmware_distance(int nid)
{
	int from, best = INT_MAX;

	for_each_online_node(from)
		if (node_distance(from, nid) < best &&
		    hmt_node_is_initiator(from, nid))
			best = node_distance(from, nid);
	return best < INT_MAX ? best : hmt_node_best_distance(nid);
}

static u32 hmt_node_scale(u32 value, int by, int divisor)
{
	return min_t(u64, U32_MAX, div_u64((u64)value * by, divisor));
}

/*
 * Convert the numbers of firmware to those for the nearest CPUs that are online:
 * they worsen in proportion to the distance.
 */
static void hmt_node_perf_for_cpus(int nid, struct hmt_perf *perf)
{
	const struct hmt_node_perf *node = &hmt_node_perfs[nid];
	int distance = hmt_node_best_distance(nid);

	*perf = node->cpus;
	if (distance <= node->distance)
		return;
	perf->read_latency = hmt_node_scale(perf->read_latency, distance,
					    node->distance);
	perf->write_latency = hmt_node_scale(perf->write_latency, distance,
					     node->distance);
	perf->read_bandwidth = hmt_node_scale(perf->read_bandwidth,
					      node->distance, distance);
	perf->write_bandwidth = hmt_node_scale(perf->write_bandwidth,
					       node->distance, distance);
}

/*
 * Get the performance of the device behind a node. The kernel gives a node none whose
 * memory is in no table of firmware, but the bus computes it nevertheless.
 */
static bool hmt_node_device_perf(int nid, struct hmt_perf *perf)
{
	struct hmt_memory *memory = hmt_memory_get(nid);
	struct hmt_identity identity;

	if (!memory)
		return false;
	hmt_memory_identity(memory, &identity);
	hmt_memory_put(memory);
	*perf = identity.perf;
	return hmt_node_perf_is_known(perf);
}

/*
 * Read the performance of a node again, and find its nearest CPUs. Context:
 * process; no lock of hotplug is held.
 */
void hmt_node_update_perf(int nid)
{
	struct hmt_node_perf *node = &hmt_node_perfs[nid];
	nodemask_t initiators;
	struct hmt_perf perf;

	hmt_node_nearest_cpus(nid, &initiators);
	hmt_memory_set_initiators(nid, &initiators);
	hmt_node_read_class(nid, HMT_CLASS_CPUS, &perf);
	hmt_node_update_device_perf(nid, &perf);
	hmt_memory_set_device_perf(nid, &node->device);
	if (hmt_node_perf_is_known(&perf)) {
		node->cpus = perf;
		node->distance = hmt_node_firmware_distance(nid);
	}
	if (node->cpus.read_latency) {
		hmt_node_update_kind(nid, &node->cpus);
		hmt_node_perf_for_cpus(nid, &perf);
		hmt_memory_set_perf(nid, &perf, HMT_PERF_FIRMWARE);
	} else if (hmt_node_device_perf(nid, &perf)) {
		hmt_memory_set_perf(nid, &perf, HMT_PERF_FIRMWARE);
	} else {
		hmt_node_perf_by_distance(nid, &perf);
		hmt_memory_set_perf(nid, &perf, HMT_PERF_DISTANCE);
	}
}

int hmt_node_perf_init(void)
{
	hmt_node_perfs = kvcalloc(nr_node_ids, sizeof(*hmt_node_perfs),
				  GFP_KERNEL);
	return hmt_node_perfs ? 0 : -ENOMEM;
}

void hmt_node_perf_free(void)
{
	kvfree(hmt_node_perfs);
}
