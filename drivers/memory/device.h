/* SPDX-License-Identifier: GPL-2.0 */
/* Memory of devices: what the parts of hmt_device.ko share. */
#ifndef _HMT_DEVICE_H
#define _HMT_DEVICE_H

#include <linux/hmt.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

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

/* device_move.c */
void hmt_device_copy_pages(struct hmt_device_pool *pool,
			   struct hmt_copy *copies, unsigned int nr);
vm_fault_t hmt_device_migrate_to_ram(struct vm_fault *vmf);
bool hmt_device_is_empty(struct hmt_device_pool *pool, unsigned long index,
			 unsigned long end);
int hmt_device_empty(struct hmt_device_pool *pool, unsigned long index,
		     unsigned long end, unsigned int timeout_ms);
void hmt_device_give_up(struct hmt_device_pool *pool);

#endif /* _HMT_DEVICE_H */
