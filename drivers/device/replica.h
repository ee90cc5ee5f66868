/* SPDX-License-Identifier: GPL-2.0 */
/* Part of device.h: replicas of pages of system memory. */
#ifndef _HMT_DEVICE_REPLICA_H
#define _HMT_DEVICE_REPLICA_H

#include <linux/atomic.h>
#include <linux/hmt_internal.h>
#include <linux/list.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct hmt_device_pool;
struct hmt_device_replicas;
struct mmu_interval_notifier;

/**
 * struct hmt_device_replica - the original of a replica
 * @set: set that the replica is in
 * @addr: address of the original
 * @created: time of creation in jiffies
 */
struct hmt_device_replica {
	struct hmt_device_replicas *set;
	unsigned long addr;
	unsigned long created;
};

/**
 * struct hmt_device_replicas - replicas of an address space on a device
 * @notifier: interval notifier of the view
 * @mirror: mirror of the view; its @forget is called before replicas are
 *	dropped for another reason than a notifier
 * @pages: indices of replicas in the pool, by page of the original
 * @pool: pool that holds the replicas; NULL if none may be created. Under the
 *	lock of @pages.
 * @list: entry in &struct hmt_device_replica_pool.sets
 * @busy: number of tasks that use @pool
 */
struct hmt_device_replicas {
	struct mmu_interval_notifier *notifier;
	struct hmt_mirror *mirror;
	struct xarray pages;
	struct hmt_device_pool *pool;
	struct list_head list;
	atomic_t busy;
};

/* Pages whose originals are stored in one allocation, as a power of two. */
#define HMT_REPLICA_BLOCK_SHIFT	9

/**
 * struct hmt_device_replica_pool - replicas on the pages of a device
 * @sets: replicas of each address space
 * @closed: true if no set may be added
 * @closing: sets that are in no list any more and still have replicas
 * @of: originals by page, in blocks of 1 << HMT_REPLICA_BLOCK_SHIFT, valid
 *	where @used is set; a block is allocated for the first replica in it
 * @used: pages that hold replicas; these are used but have no references
 * @nr: number of bits in @used
 * @next: page from which the search for a replica to displace starts
 * @created: replicas that were created
 * @dropped: replicas that were dropped because the original changed or went
 * @displaced: replicas that were dropped to free their pages
 *
 * hmt_replicas_lock protects @sets, @closed and @closing; hmt_device_pages.lock protects
 * the other members. Blocks of @of are freed with the pool.
 */
struct hmt_device_replica_pool {
	struct list_head sets;
	bool closed;
	unsigned int closing;
	struct hmt_device_replica **of;
	unsigned long *used;
	unsigned long nr;
	unsigned long next;
	u64 created;
	u64 dropped;
	u64 displaced;
};

/* replica.c */
void hmt_device_replicas_init(struct hmt_device_replicas *replicas,
			      struct mmu_interval_notifier *notifier,
			      struct hmt_mirror *mirror);
void hmt_device_replicas_add(struct hmt_device_replicas *replicas,
			     struct hmt_device_pool *pool);
void hmt_device_replicas_remove(struct hmt_device_replicas *replicas);
bool hmt_device_replica_find(const struct hmt_device_replicas *replicas,
			     unsigned long addr, u64 *offset);
void hmt_device_replicas_drop(struct hmt_device_replicas *replicas,
			      unsigned long start, unsigned long end);
struct hmt_device_pool *
hmt_device_replicas_enter(struct hmt_device_replicas *set);
void hmt_device_replicas_leave(struct hmt_device_replicas *set);
bool hmt_device_replicas_displace(struct hmt_device_pool *pool,
				  unsigned long age);
void hmt_device_replicas_evict(struct hmt_device_pool *pool,
			       unsigned long index, unsigned long end);
void hmt_device_replicas_detach(struct hmt_device_pool *pool);
void hmt_device_replicas_free(struct hmt_device_pool *pool);

/* replicate.c */
bool hmt_device_replicate(struct hmt_device_replicas *replicas,
			  unsigned long addr);

#endif /* _HMT_DEVICE_REPLICA_H */
