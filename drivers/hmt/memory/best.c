// SPDX-License-Identifier: GPL-2.0
/*
 * The best memory for a set of CPUs and devices. What counts is the slowest of
 * its accesses, as a set that works together waits for that one.
 */
#include <linux/export.h>
#include <linux/hmt.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/topology.h>
#include "hmt.h"
#include "memory.h"

/* What a memory is worth to a wish. */
struct hmt_worth {
	u32 uid;
	u32 latency;
	u32 bandwidth;
	u64 free;
};

/*
 * Figures are those of the nearest initiator. Further away they are taken to
 * grow as distances do.
 */
static void hmt_worth_from(const struct hmt_memory *memory, int nid,
			   struct hmt_worth *worth)
{
	int near = first_node(memory->initiators);
	u32 distance = node_distance(nid, memory->nid);
	u32 best = near < MAX_NUMNODES ? node_distance(near, memory->nid) :
					 distance;
	u32 latency, bandwidth;

	/* Unknown is not better than anything. */
	latency = memory->perf.read_latency ?
		  div_u64((u64)memory->perf.read_latency * distance, best) :
		  U32_MAX;
	bandwidth = div_u64((u64)memory->perf.read_bandwidth * best, distance);
	worth->latency = max(worth->latency, latency);
	worth->bandwidth = min(worth->bandwidth, bandwidth);
}

/* False: a device of the wish is gone, or cannot use @memory. */
static bool hmt_worth_to_device(const struct hmt_memory *memory, u32 uid,
				struct hmt_worth *worth)
{
	int nid = hmt_memory_node(uid);

	if (uid == memory->uid) {
		worth->latency = max(worth->latency,
				     memory->perf.read_latency ?: U32_MAX);
		worth->bandwidth = min(worth->bandwidth,
				       memory->perf.read_bandwidth);
		return true;
	}
	if (nid == NUMA_NO_NODE || memory->kind == HMT_KIND_DEVICE_PRIVATE)
		return false;
	hmt_worth_from(memory, nid, worth);
	return true;
}

/* False: not for all of the wish. */
static bool hmt_worth_of(const struct hmt_memory *memory,
			 const struct hmt_best_request *wish,
			 struct hmt_worth *worth)
{
	unsigned int i;
	int nid;

	*worth = (struct hmt_worth){
		.uid = memory->uid,
		.bandwidth = U32_MAX,
		.free = hmt_memory_nr_free(memory->uid) << PAGE_SHIFT,
	};
	if (memory->kind == HMT_KIND_DEVICE_PRIVATE &&
	    !nodes_empty(wish->nodes))
		return false;
	for_each_node_mask(nid, wish->nodes)
		hmt_worth_from(memory, nid, worth);
	for (i = 0; i < wish->nr_devices; i++)
		if (!hmt_worth_to_device(memory, wish->devices[i], worth))
			return false;
	return true;
}

/* What makes @a better than @b, or HMT_BEST_ONLY: nothing does. */
static enum hmt_best_reason
hmt_worth_compare(const struct hmt_best_request *wish,
		  const struct hmt_worth *a, const struct hmt_worth *b)
{
	if (wish->bandwidth && a->bandwidth != b->bandwidth)
		return a->bandwidth > b->bandwidth ? HMT_BEST_BY_BANDWIDTH :
						     HMT_BEST_ONLY;
	if (a->latency != b->latency)
		return a->latency < b->latency ? HMT_BEST_BY_LATENCY :
						 HMT_BEST_ONLY;
	if (a->bandwidth != b->bandwidth)
		return a->bandwidth > b->bandwidth ? HMT_BEST_BY_BANDWIDTH :
						     HMT_BEST_ONLY;
	return a->free > b->free ? HMT_BEST_BY_ROOM : HMT_BEST_ONLY;
}

/* The best two with room; their uid is HMT_UID_NONE where there is none. */
static void hmt_best_two(const struct hmt_best_request *wish,
			 struct hmt_worth *best, struct hmt_worth *second)
{
	struct hmt_memory *memory;
	struct hmt_worth worth;
	unsigned long index = 0;

	best->uid = HMT_UID_NONE;
	second->uid = HMT_UID_NONE;
	for (; (memory = hmt_memory_next(&index)); hmt_memory_put(memory)) {
		if (!hmt_worth_of(memory, wish, &worth) ||
		    !worth.free || worth.free < wish->bytes)
			continue;
		if (best->uid == HMT_UID_NONE ||
		    hmt_worth_compare(wish, &worth, best)) {
			*second = *best;
			*best = worth;
		} else if (second->uid == HMT_UID_NONE ||
			   hmt_worth_compare(wish, &worth, second)) {
			*second = worth;
		}
	}
}

static unsigned int hmt_best_without_room(const struct hmt_best_request *wish,
					  const struct hmt_worth *best)
{
	struct hmt_memory *memory;
	struct hmt_worth worth;
	unsigned long index = 0;
	unsigned int count = 0;

	for (; (memory = hmt_memory_next(&index)); hmt_memory_put(memory))
		if (hmt_worth_of(memory, wish, &worth) &&
		    worth.free < wish->bytes &&
		    hmt_worth_compare(wish, &worth, best))
			count++;
	return count;
}

static int hmt_best_check(const struct hmt_best_request *wish)
{
	unsigned int i;

	for (i = 0; i < wish->nr_devices; i++)
		if (!(wish->devices[i] & HMT_UID_DEVICE) ||
		    hmt_memory_node(wish->devices[i]) == NUMA_NO_NODE)
			return -ENODEV;
	return 0;
}

/**
 * hmt_best_memory() - best memory for a set of CPUs and devices
 * @wish: who is to use it, and how much of it
 * @choice: filled
 *
 * Latency counts first and bandwidth after it, or the reverse; the free room
 * decides between memories that are as fast. Memory that CPUs cannot address
 * is for its own device alone.
 *
 * Context: process.
 * Return: 0; -ENODEV: a device is not there; -ENOSPC: no memory that all can
 * use has that much room.
 */
int hmt_best_memory(const struct hmt_best_request *wish,
		    struct hmt_best_result *choice)
{
	struct hmt_worth best, second;
	int ret = hmt_best_check(wish);

	if (ret)
		return ret;
	hmt_best_two(wish, &best, &second);
	if (best.uid == HMT_UID_NONE)
		return -ENOSPC;
	*choice = (struct hmt_best_result){
		.uid = best.uid,
		.second = second.uid,
		.latency = best.latency,
		.bandwidth = best.bandwidth,
		.free = best.free,
		.no_room = hmt_best_without_room(wish, &best),
	};
	if (second.uid != HMT_UID_NONE)
		choice->reason = hmt_worth_compare(wish, &best, &second) ?:
				 HMT_BEST_BY_ROOM;
	return 0;
}
EXPORT_SYMBOL_GPL(hmt_best_memory);
