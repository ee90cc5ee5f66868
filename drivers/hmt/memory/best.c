// SPDX-License-Identifier: GPL-2.0
/*
 * Selection of the best memory for a set of CPUs and devices. A memory is
 * judged by its slowest accessor, because members of a set that work together
 * wait for the slowest.
 */
#include <linux/export.h>
#include <linux/hmt_internal.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/topology.h>
#include "hmt.h"
#include "memory.h"

/* Value of a memory for a request. */
struct hmt_rating {
	u32 uid;
	u32 latency;
	u32 bandwidth;
	u64 free;
};

/*
 * Fold in the accesses from node @nid. Performance is known for the nearest
 * initiator; it is assumed to worsen in proportion to the distance.
 */
static void hmt_rating_add_node(const struct hmt_memory *memory, int nid,
				struct hmt_rating *rating)
{
	int near = first_node(memory->initiators);
	u32 distance = node_distance(nid, memory->nid);
	u32 best = near < MAX_NUMNODES ? node_distance(near, memory->nid) :
					 distance;
	u32 latency, bandwidth;

	/* Unknown latency ranks last. */
	latency = memory->perf.read_latency ?
		  div_u64((u64)memory->perf.read_latency * distance, best) :
		  U32_MAX;
	bandwidth = div_u64((u64)memory->perf.read_bandwidth * best, distance);
	rating->latency = max(rating->latency, latency);
	rating->bandwidth = min(rating->bandwidth, bandwidth);
}

/*
 * Fold in the accesses of a device. Return false if the device of the request
 * is gone or cannot use @memory.
 */
static bool hmt_rating_add_device(const struct hmt_memory *memory, u32 uid,
				  struct hmt_rating *rating)
{
	int nid = hmt_memory_node(uid);

	if (uid == memory->uid) {
		rating->latency = max(rating->latency,
				      memory->perf.read_latency ?: U32_MAX);
		rating->bandwidth = min(rating->bandwidth,
					memory->perf.read_bandwidth);
		return true;
	}
	if (nid == NUMA_NO_NODE || memory->kind == HMT_KIND_DEVICE_PRIVATE)
		return false;
	hmt_rating_add_node(memory, nid, rating);
	return true;
}

/* Rate @memory; return false if part of the request cannot use it. */
static bool hmt_rating_init(const struct hmt_memory *memory,
			    const struct hmt_best_request *req,
			    struct hmt_rating *rating)
{
	unsigned int i;
	int nid;

	*rating = (struct hmt_rating) {
		.uid = memory->uid,
		.bandwidth = U32_MAX,
		.free = hmt_memory_nr_free(memory->uid) << PAGE_SHIFT,
	};
	if (memory->kind == HMT_KIND_DEVICE_PRIVATE &&
	    !nodes_empty(req->nodes))
		return false;
	for_each_node_mask(nid, req->nodes)
		hmt_rating_add_node(memory, nid, rating);
	for (i = 0; i < req->nr_devices; i++)
		if (!hmt_rating_add_device(memory, req->devices[i], rating))
			return false;
	return true;
}

/*
 * Return the reason for which @a is better than @b; HMT_BEST_ONLY if it is not.
 */
static enum hmt_best_reason
hmt_rating_compare(const struct hmt_best_request *req,
		   const struct hmt_rating *a, const struct hmt_rating *b)
{
	if (req->bandwidth && a->bandwidth != b->bandwidth)
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

/*
 * Find the best two memories with room; uid is HMT_UID_NONE if there are fewer.
 */
static void hmt_best_two(const struct hmt_best_request *req,
			 struct hmt_rating *best, struct hmt_rating *second)
{
	struct hmt_memory *memory;
	struct hmt_rating rating;
	unsigned long index = 0;

	best->uid = HMT_UID_NONE;
	second->uid = HMT_UID_NONE;
	for (; (memory = hmt_memory_next(&index)); hmt_memory_put(memory)) {
		if (!hmt_rating_init(memory, req, &rating) ||
		    !rating.free || rating.free < req->bytes)
			continue;
		if (best->uid == HMT_UID_NONE ||
		    hmt_rating_compare(req, &rating, best)) {
			*second = *best;
			*best = rating;
		} else if (second->uid == HMT_UID_NONE ||
			   hmt_rating_compare(req, &rating, second)) {
			*second = rating;
		}
	}
}

static unsigned int hmt_best_without_room(const struct hmt_best_request *req,
					  const struct hmt_rating *best)
{
	struct hmt_memory *memory;
	struct hmt_rating rating;
	unsigned long index = 0;
	unsigned int count = 0;

	for (; (memory = hmt_memory_next(&index)); hmt_memory_put(memory))
		if (hmt_rating_init(memory, req, &rating) &&
		    rating.free < req->bytes &&
		    hmt_rating_compare(req, &rating, best))
			count++;
	return count;
}

static int hmt_best_check(const struct hmt_best_request *req)
{
	unsigned int i;

	for (i = 0; i < req->nr_devices; i++)
		if (!(req->devices[i] & HMT_UID_DEVICE) ||
		    hmt_memory_node(req->devices[i]) == NUMA_NO_NODE)
			return -ENODEV;
	return 0;
}

/**
 * hmt_best_memory() - find the best memory for a set of CPUs and devices
 * @req: users of the memory and required size
 * @choice: filled with the result
 *
 * Memories are compared by latency and then by bandwidth, or in reverse order
 * if &hmt_best_request.bandwidth is set; free memory breaks ties. Memory that
 * CPUs cannot address is available to its own device only.
 *
 * Context: process.
 * Return: 0, -ENODEV if a device does not exist, or -ENOSPC if no memory that
 * all can use has enough room.
 */
int hmt_best_memory(const struct hmt_best_request *req,
		    struct hmt_best_result *choice)
{
	struct hmt_rating best, second;
	int ret = hmt_best_check(req);

	if (ret)
		return ret;
	hmt_best_two(req, &best, &second);
	if (best.uid == HMT_UID_NONE)
		return -ENOSPC;
	*choice = (struct hmt_best_result) {
		.uid = best.uid,
		.second = second.uid,
		.latency = best.latency,
		.bandwidth = best.bandwidth,
		.free = best.free,
		.no_room = hmt_best_without_room(req, &best),
	};
	if (second.uid != HMT_UID_NONE)
		choice->reason = hmt_rating_compare(req, &best, &second) ?:
				 HMT_BEST_BY_ROOM;
	return 0;
}
