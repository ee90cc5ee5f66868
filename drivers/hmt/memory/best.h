/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Part of memory.h: search for the best memory for a set of CPUs and devices.
 */
#ifndef _HMT_MEMORY_BEST_H
#define _HMT_MEMORY_BEST_H

#include <linux/nodemask.h>
#include <linux/types.h>
#include <uapi/linux/hmt.h>

/**
 * struct hmt_best_request - users and size of a memory to find
 * @nodes: nodes whose CPUs will access the memory
 * @nr_devices: number of entries in @devices
 * @devices: UIDs of memories of the devices that will access it
 * @bytes: bytes that must be free
 * @bandwidth: compare bandwidth first, and latency second; else the reverse
 */
struct hmt_best_request {
	nodemask_t nodes;
	unsigned int nr_devices;
	u32 devices[HMT_BEST_DEVICES_MAX];
	u64 bytes;
	bool bandwidth;
};

/**
 * struct hmt_best_result - best memory, and the reason for it
 * @uid: UID
 * @reason: property in which it is better than @second
 * @second: UID of the second best memory, or HMT_UID_NONE
 * @no_room: number of better memories without enough free bytes
 * @latency: worst read latency of all users, ns; U32_MAX if unknown
 * @bandwidth: worst read bandwidth of all users, MB/s, 0 if unknown
 * @free: free bytes
 */
struct hmt_best_result {
	u32 uid;
	enum hmt_best_reason reason;
	u32 second;
	unsigned int no_room;
	u32 latency;
	u32 bandwidth;
	u64 free;
};

int hmt_best_memory(const struct hmt_best_request *wish,
		    struct hmt_best_result *choice);

#endif /* _HMT_MEMORY_BEST_H */
