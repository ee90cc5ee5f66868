// SPDX-License-Identifier: GPL-2.0
/*
 * Selection of the best memory for a set of CPUs and devices. A memory is
 * judged by its slowest accessor, because members of a set that work together
 * wait for the slowest.
 */
#include <linux/hmt_internal.h>
#include <linux/limits.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/nodemask.h>
#include <linux/topology.h>
#include "hmt.h"
#include "memory.h"

/* The order of kinds where firmware does not report all numbers. */
static const unsigned int hmt_kind_ranks[HMT_KINDS] = {
	[HMT_KIND_HBM] = 0,
	[HMT_KIND_DRAM] = 1,
	[HMT_KIND_CXL] = 2,
	[HMT_KIND_PMEM] = 3,
	[HMT_KIND_DEVICE_PRIVATE] = 4,
	[HMT_KIND_DEVICE_COHERENT] = 4,
};

/**
 * struct hmt_rating - value of a memory for a request
 * @uid: UID
 * @measured: @latency is known by measurement; not set for numbers that are made
 *	from distance
 * @foreign: memory of a device that is not the only user
 * @rank: place of the kind; less is better
 * @distance: distance of the farthest user; 0 for the device of the memory itself
 * @latency: worst read latency, ns; U32_MAX if it is unknown
 * @bandwidth: worst read bandwidth, MB/s; 0 if it is unknown
 * @free: free bytes
 */
struct hmt_rating {
	u32 uid;
	bool measured;
	bool foreign;
	unsigned int rank;
	u32 distance;
	u32 latency;
	u32 bandwidth;
	u64 free;
};

/* Most properties that are compared one after the other. */
#define HMT_BEST_ORDER_MAX	3

/**
 * struct hmt_best_order - the properties by which memories are compared
 * @nr: number of entries in @by
 * @by: the first one in which two memories differ decides
 */
struct hmt_best_order {
	unsigned int nr;
	enum hmt_best_reason by[HMT_BEST_ORDER_MAX];
};

/* Fold in the accesses from node @nid. */
static void hmt_rating_add_node(const struct hmt_memory *memory, int nid,
				struct hmt_rating *rating)
{
	struct hmt_reach reach;
	u32 distance = node_distance(nid, memory->nid);

	rating->distance = max(rating->distance, distance);
	if (hmt_kind_is_device(memory->kind)) {
		/* The numbers of the driver are for its device. */
		rating->foreign = true;
		rating->latency = U32_MAX;
		rating->bandwidth = 0;
		return;
	}
	hmt_memory_reach(memory->uid, nid, true, &reach);
	rating->measured &= memory->source == HMT_PERF_FIRMWARE;
	rating->latency = max_t(u32, rating->latency, reach.distance);
	rating->bandwidth = min(rating->bandwidth, reach.bandwidth);
}

/* Fold in one latency and bandwidth; those that are unknown win nothing. */
static void hmt_rating_add_perf(struct hmt_rating *rating, u32 latency,
				u32 bandwidth)
{
	rating->measured &= latency > 0;
	rating->latency = max(rating->latency, latency ?: U32_MAX);
	rating->bandwidth = min(rating->bandwidth, bandwidth);
}

/*
 * Fold in the accesses from a device, next to node @nid, to a node. CPUs there
 * see other numbers than the device, whose driver gives those for @nid: they
 * worsen in proportion to the distance.
 */
static void hmt_rating_add_remote(const struct hmt_memory *memory, int nid,
				  const struct hmt_perf *system,
				  struct hmt_rating *rating)
{
	u32 near = node_distance(nid, nid);
	u32 distance = node_distance(nid, memory->nid);
	u64 latency = div_u64((u64)system->read_latency * distance, near);

	rating->distance = max(rating->distance, distance);
	hmt_rating_add_perf(rating, min_t(u64, latency, INT_MAX),
			    div_u64((u64)system->read_bandwidth * near,
				    distance));
}

/*
 * Fold in the accesses of a device. Return false if the device of the request
 * is gone or cannot use @memory.
 */
static bool hmt_rating_add_device(const struct hmt_memory *memory, u32 uid,
				  struct hmt_rating *rating)
{
	struct hmt_memory *device;

	if (uid == memory->uid) {
		hmt_rating_add_perf(rating, memory->device_perf.read_latency,
				    memory->device_perf.read_bandwidth);
		return true;
	}
	device = hmt_memory_get(uid);
	if (!device || memory->kind == HMT_KIND_DEVICE_PRIVATE) {
		hmt_memory_put(device);
		return false;
	}
	if (hmt_kind_is_device(memory->kind))
		hmt_rating_add_node(memory, device->nid, rating);
	else
		hmt_rating_add_remote(memory, device->nid,
				      &device->system_perf, rating);
	hmt_memory_put(device);
	return true;
}

static unsigned int hmt_rating_rank(struct hmt_memory *memory,
				    const struct hmt_rating *rating)
{
	struct hmt_identity identity;

	/* No memory is nearer to a device than its own. */
	if (hmt_kind_is_device(memory->kind) && !rating->foreign)
		return 0;
	hmt_memory_identity(memory, &identity);
	return hmt_kind_ranks[identity.kind];
}

/* Rate @memory; return false if part of the request cannot use it. */
static bool hmt_rating_init(struct hmt_memory *memory,
			    const struct hmt_best_request *req,
			    struct hmt_rating *rating)
{
	unsigned int i;
	int nid;

	*rating = (struct hmt_rating) {
		.uid = memory->uid,
		.measured = true,
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
	rating->rank = hmt_rating_rank(memory, rating);
	return true;
}

/*
 * Choose the order: numbers of the same kind alone are compared. A latency that
 * is made from a distance is less than a measured one of the same memory, so
 * kind and distance decide unless all latencies are measured. Memory of devices
 * that others use comes last in any order.
 */
static void hmt_best_choose_order(const struct hmt_best_request *req,
				  struct hmt_best_order *order)
{
	bool measured = true, rates = true;
	struct hmt_memory *memory;
	struct hmt_rating rating;
	unsigned long index = 0;

	for (; (memory = hmt_memory_next(&index)); hmt_memory_put(memory)) {
		if (!hmt_rating_init(memory, req, &rating) || rating.foreign)
			continue;
		measured &= rating.measured;
		rates &= rating.bandwidth > 0;
	}
	order->nr = 0;
	if (!measured) {
		order->by[order->nr++] = HMT_BEST_BY_KIND;
		order->by[order->nr++] = HMT_BEST_BY_DISTANCE;
	} else {
		if (rates && req->bandwidth)
			order->by[order->nr++] = HMT_BEST_BY_BANDWIDTH;
		order->by[order->nr++] = HMT_BEST_BY_LATENCY;
		if (rates && !req->bandwidth)
			order->by[order->nr++] = HMT_BEST_BY_BANDWIDTH;
	}
	order->by[order->nr++] = HMT_BEST_BY_ROOM;
}

/* Return a number for one property of @rating; less is better. */
static u64 hmt_rating_cost(const struct hmt_rating *rating,
			   enum hmt_best_reason property)
{
	switch (property) {
	case HMT_BEST_BY_KIND:
		return rating->rank;
	case HMT_BEST_BY_DISTANCE:
		return rating->distance;
	case HMT_BEST_BY_LATENCY:
		return rating->latency;
	case HMT_BEST_BY_BANDWIDTH:
		return U32_MAX - rating->bandwidth;
	case HMT_BEST_BY_ROOM:
		return U64_MAX - rating->free;
	case HMT_BEST_ONLY:
		break;
	}
	return 0;
}

/*
 * Return the reason for which @a is better than @b; HMT_BEST_ONLY if it is not.
 */
static enum hmt_best_reason
hmt_rating_compare(const struct hmt_best_order *order,
		   const struct hmt_rating *a, const struct hmt_rating *b)
{
	unsigned int i;

	for (i = 0; i < order->nr; i++) {
		u64 cost_a = hmt_rating_cost(a, order->by[i]);
		u64 cost_b = hmt_rating_cost(b, order->by[i]);

		if (cost_a != cost_b)
			return cost_a < cost_b ? order->by[i] : HMT_BEST_ONLY;
	}
	return HMT_BEST_ONLY;
}

/*
 * Find the best two memories with room; uid is HMT_UID_NONE if there are fewer.
 */
static void hmt_best_two(const struct hmt_best_request *req,
			 const struct hmt_best_order *order,
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
		    hmt_rating_compare(order, &rating, best)) {
			*second = *best;
			*best = rating;
		} else if (second->uid == HMT_UID_NONE ||
			   hmt_rating_compare(order, &rating, second)) {
			*second = rating;
		}
	}
}

static unsigned int hmt_best_without_room(const struct hmt_best_request *req,
					  const struct hmt_best_order *order,
					  const struct hmt_rating *best)
{
	struct hmt_memory *memory;
	struct hmt_rating rating;
	unsigned long index = 0;
	unsigned int count = 0;

	for (; (memory = hmt_memory_next(&index)); hmt_memory_put(memory))
		if (hmt_rating_init(memory, req, &rating) &&
		    rating.free < req->bytes &&
		    hmt_rating_compare(order, &rating, best))
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
 * if &hmt_best_request.bandwidth is set, if these numbers are measured for all
 * memories: reported by firmware for CPUs, and by its driver for a
 * device. Bandwidths count if all are known. Otherwise kind and then distance decide, as in the
 * proposals of hmtctl setup. Free memory breaks ties. Memory of a device comes
 * last for other users; memory that CPUs cannot address is available to its own
 * device only.
 *
 * Context: process.
 * Return: 0, -ENODEV if a device does not exist, or -ENOSPC if no memory that
 * all can use has enough room.
 */
int hmt_best_memory(const struct hmt_best_request *req,
		    struct hmt_best_result *choice)
{
	struct hmt_rating best, second;
	struct hmt_best_order order;
	int ret = hmt_best_check(req);

	if (ret)
		return ret;
	hmt_best_choose_order(req, &order);
	hmt_best_two(req, &order, &best, &second);
	if (best.uid == HMT_UID_NONE)
		return -ENOSPC;
	*choice = (struct hmt_best_result) {
		.uid = best.uid,
		.second = second.uid,
		.latency = best.measured ? best.latency : U32_MAX,
		.bandwidth = best.bandwidth,
		.free = best.free,
		.no_room = hmt_best_without_room(req, &order, &best),
	};
	if (second.uid != HMT_UID_NONE)
		choice->reason = hmt_rating_compare(&order, &best, &second) ?:
				 HMT_BEST_BY_ROOM;
	return 0;
}
