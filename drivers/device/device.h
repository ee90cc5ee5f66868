/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of devices: what the parts of hmt_device.ko share.
 *
 * Lock order, outermost first; a lock is taken under those to the left of it:
 *   mmap lock                       of the address space
 *     hmt_device_pool.gate          rwsem: the driver's operations are called
 *       locks of the driver
 *   hmt_replicas_lock               mutex, replica.c: sets of a pool
 *     locks of the driver           taken by the operations of mirror, notifier
 *       hmt_device_replicas.pages   spinlock of the xarray: copies of a set
 *         hmt_device_pool.lock      spinlock, irqsave: pages of the pool
 *         hmt_device_bounces.lock   spinlock: windows that went back and forth
 * page_free() may come in any context, so nothing is taken under
 * hmt_device_pool.lock.
 */
#ifndef _HMT_DEVICE_H
#define _HMT_DEVICE_H

#include <linux/hmt.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

/* What comes and goes with one page that is touched, aligned. */
#define HMT_DEVICE_WINDOW	(16 * PAGE_SIZE)

/* Windows that are watched: 1 << this; two may share a slot. */
#define HMT_DEVICE_BOUNCE_BITS	8

/**
 * struct hmt_device_bounce - how a window went to the device and back
 * @mm: whose; compared only
 * @window: its address
 * @since: jiffies when @turns were none, or when it was held
 * @turns: changes of direction since then
 * @on_device: where it went last
 * @held: it does not go to the device
 */
struct hmt_device_bounce {
	const struct mm_struct *mm;
	unsigned long window;
	unsigned long since;
	unsigned int turns;
	bool on_device;
	bool held;
};

/**
 * struct hmt_device_bounces - windows that went to the device last
 * @lock: of all of it
 * @sharing: counters
 * @slots: by a hash of the window
 */
struct hmt_device_bounces {
	spinlock_t lock;
	struct hmt_sharing_stats sharing;
	struct hmt_device_bounce slots[1 << HMT_DEVICE_BOUNCE_BITS];
};

/**
 * struct hmt_device_replica - what a page of the pool is a copy of
 * @set: copies that it is one of
 * @addr: address of the original
 * @made: jiffies when it was made
 */
struct hmt_device_replica {
	struct hmt_device_replicas *set;
	unsigned long addr;
	unsigned long made;
};

/**
 * struct hmt_device_pool - the pages of a device
 * @pgmap: their struct pages
 * @memory: what the core knows
 * @device: of the driver; NULL once that is gone. Under @gate.
 * @gate: held for reading while the driver copies
 * @first: PFN of the first page
 * @pages: how many there are
 * @lock: of what follows; page_free() may come in any context
 * @used: pages that have references
 * @closed: pages that are not offered to HMT
 * @taken: pages that must not be handed out: used or closed
 * @nr_closed: bits in @closed
 * @nr_taken: bits in @taken
 * @cursor: where to look for a free page
 * @shut: no page is handed out at all
 * @lost: nothing can be copied any more
 * @bounces: what CPUs and the device touch in turn
 * @sets: copies of each address space; under the lock of all of them
 * @detached: no more of them
 * @replicas: what each page is a copy of, where @copies says so; NULL as long
 *	as there was no set
 * @replica_bits: pages that are replicas; they are used, and have no reference
 * @nr_replicas: bits in @replica_bits
 * @made: copies that were made
 * @dropped: copies that were dropped for the sake of the original
 * @displaced: copies that were dropped for room
 * @oldest: where to look for a copy that gives way
 * @retry: frees the pool of a device that is gone when its last page is
 */
struct hmt_device_pool {
	struct dev_pagemap pgmap;
	struct hmt_memory *memory;
	struct hmt_device_memory *device;
	struct rw_semaphore gate;
	unsigned long first;
	unsigned long pages;
	spinlock_t lock;
	unsigned long *used;
	unsigned long *closed;
	unsigned long *taken;
	unsigned long nr_closed;
	unsigned long nr_taken;
	unsigned long cursor;
	bool shut;
	bool lost;
	struct hmt_device_bounces bounces;
	struct list_head sets;
	bool detached;
	struct hmt_device_replica *replicas;
	unsigned long *replica_bits;
	unsigned long nr_replicas;
	u64 made;
	u64 dropped;
	u64 displaced;
	unsigned long oldest;
	struct delayed_work retry;
};

static inline bool hmt_device_is_own(const struct hmt_device_pool *pool,
				     const struct page *page)
{
	return is_zone_device_page(page) && page->pgmap == &pool->pgmap;
}

static inline struct hmt_device_pool *
hmt_device_pool_of(const struct page *page)
{
	return container_of(page->pgmap, struct hmt_device_pool, pgmap);
}

/* device.c */
unsigned long hmt_device_take_free(struct hmt_device_pool *pool);
void hmt_device_put_taken(struct hmt_device_pool *pool, unsigned long index);
bool hmt_device_admits(const struct hmt_device_pool *pool);

/* move.c */
void hmt_device_copy_pages(struct hmt_device_pool *pool,
			   struct hmt_copy_desc *copies, unsigned int nr);
vm_fault_t hmt_device_migrate_to_ram(struct vm_fault *vmf);
bool hmt_device_is_empty(struct hmt_device_pool *pool, unsigned long index,
			 unsigned long end);
int hmt_device_empty(struct hmt_device_pool *pool, unsigned long index,
		     unsigned long end, unsigned int timeout_ms);
unsigned long hmt_device_give_up(struct hmt_device_pool *pool,
				 unsigned int timeout_ms);

/* touch.c */
void hmt_device_bounces_init(struct hmt_device_bounces *bounces);
void hmt_device_note_turn(struct hmt_device_pool *pool,
			  const struct mm_struct *mm, unsigned long addr,
			  bool to_device);
void hmt_device_note_returned(struct hmt_device_pool *pool,
			      const struct mm_struct *mm, unsigned long addr,
			      unsigned long pages);
bool hmt_device_holds_window(struct hmt_device_pool *pool,
			     const struct mm_struct *mm, unsigned long window);
void hmt_device_sharing(const struct hmt_memory *memory,
			struct hmt_sharing_stats *sharing);

/* replica.c */
struct hmt_device_pool *
hmt_device_replicas_enter(struct hmt_device_replicas *set);
void hmt_device_replicas_leave(struct hmt_device_replicas *set);
bool hmt_device_replicas_displace(struct hmt_device_pool *pool,
				  unsigned long age);
void hmt_device_replicas_evict(struct hmt_device_pool *pool,
			       unsigned long index, unsigned long end);
void hmt_device_replicas_detach(struct hmt_device_pool *pool);

#endif /* _HMT_DEVICE_H */
