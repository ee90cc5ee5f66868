// SPDX-License-Identifier: GPL-2.0
/* Memory of devices: what the driver keeps for itself. */
#include <linux/bitmap.h>
#include <linux/hmt.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include "device.h"

static void hmt_device_close_page(struct hmt_device_pool *pool,
				  unsigned long index)
{
	if (__test_and_set_bit(index, pool->closed))
		return;
	pool->nr_closed++;
	if (!__test_and_set_bit(index, pool->taken))
		pool->nr_taken++;
}

static void hmt_device_open_page(struct hmt_device_pool *pool,
				 unsigned long index)
{
	if (!__test_and_clear_bit(index, pool->closed))
		return;
	pool->nr_closed--;
	if (test_bit(index, pool->used))
		return;
	__clear_bit(index, pool->taken);
	pool->nr_taken--;
}

/* Close [@index, @end); false: some of it is closed already. */
static bool hmt_device_close_open(struct hmt_device_pool *pool,
				  unsigned long index, unsigned long end)
{
	unsigned long flags, page;
	bool open;

	spin_lock_irqsave(&pool->lock, flags);
	open = find_next_bit(pool->closed, end, index) >= end;
	for (page = index; open && page < end; page++)
		hmt_device_close_page(pool, page);
	spin_unlock_irqrestore(&pool->lock, flags);
	return open;
}

/* Open pages; those that are used stay taken until they are freed. */
static void hmt_device_open(struct hmt_device_pool *pool, unsigned long index,
			    unsigned long end)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	for (; index < end; index++)
		hmt_device_open_page(pool, index);
	spin_unlock_irqrestore(&pool->lock, flags);
}

/**
 * hmt_device_memory_take() - take pages back for the driver's own use
 * @device: as registered
 * @offset: bytes, of the first page
 * @size: bytes
 * @timeout_ms: how long to try
 *
 * Shrinks what HMT has: the pages are closed, and what is on them goes to
 * system memory along the graph.
 *
 * Context: process, may sleep; a fatal signal ends it.
 * Return: 0; -EINVAL for a bad range; -EBUSY when the driver has some of it
 * already; -EINTR, -ETIME or -ENOMEM: nothing was taken.
 */
int hmt_device_memory_take(struct hmt_device_memory *device, u64 offset,
			   u64 size, unsigned int timeout_ms)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned long index = PFN_DOWN(offset), end = PFN_UP(offset + size);
	int ret;

	if (!size || offset + size < offset || end > pool->pages)
		return -EINVAL;
	if (!hmt_device_close_open(pool, index, end))
		return -EBUSY;
	ret = hmt_device_empty(pool, index, end, timeout_ms);
	if (ret)
		hmt_device_open(pool, index, end);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_take);

/**
 * hmt_device_memory_give() - give back what was taken or reserved
 * @device: as registered
 * @offset: bytes, of the first page
 * @size: bytes
 *
 * Context: process.
 */
void hmt_device_memory_give(struct hmt_device_memory *device, u64 offset,
			    u64 size)
{
	struct hmt_device_pool *pool = device->pool;

	hmt_device_open(pool, PFN_DOWN(offset),
			min(PFN_UP(offset + size), pool->pages));
}
EXPORT_SYMBOL_GPL(hmt_device_memory_give);

/* Close adjacent free pages; returns the first, @pool->pages or more: none. */
static unsigned long hmt_device_close_free(struct hmt_device_pool *pool,
					   unsigned long pages)
{
	unsigned long index, flags;

	spin_lock_irqsave(&pool->lock, flags);
	index = bitmap_find_next_zero_area(pool->taken, pool->pages, 0, pages,
					   0);
	if (index < pool->pages) {
		bitmap_set(pool->taken, index, pages);
		bitmap_set(pool->closed, index, pages);
		pool->nr_closed += pages;
		pool->nr_taken += pages;
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return index;
}

/**
 * hmt_device_memory_reserve() - reserve adjacent free pages for the driver
 * @device: as registered
 * @size: bytes
 * @offset: where they are, bytes
 *
 * Moves nothing, but may drop copies for reading: where no stretch is free,
 * hmt_device_memory_take() one.
 *
 * Context: process.
 * Return: 0, -EINVAL for no bytes, or -ENOSPC.
 */
int hmt_device_memory_reserve(struct hmt_device_memory *device, u64 size,
			      u64 *offset)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned long pages = PFN_UP(size), index;

	if (!pages)
		return -EINVAL;
	index = hmt_device_close_free(pool, pages);
	if (index >= pool->pages && READ_ONCE(pool->nr_replicas)) {
		hmt_device_replicas_evict(pool, 0, pool->pages);
		index = hmt_device_close_free(pool, pages);
	}
	*offset = PFN_PHYS(index);
	return index < pool->pages ? 0 : -ENOSPC;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_reserve);
