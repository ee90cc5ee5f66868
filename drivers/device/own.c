// SPDX-License-Identifier: GPL-2.0
/* Device memory: pages that the driver uses itself. */
#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include <linux/spinlock.h>
#include "device.h"

static void hmt_device_reserve_page(struct hmt_device_pages *pages,
				    unsigned long index)
{
	lockdep_assert_held(&pages->lock);
	if (__test_and_set_bit(index, pages->reserved))
		return;
	pages->nr_reserved++;
	if (__test_and_clear_bit(index, pages->free))
		pages->nr_free--;
}

static void hmt_device_unreserve_page(struct hmt_device_pages *pages,
				      unsigned long index)
{
	lockdep_assert_held(&pages->lock);
	if (!__test_and_clear_bit(index, pages->reserved))
		return;
	pages->nr_reserved--;
	if (test_bit(index, pages->used))
		return;
	__set_bit(index, pages->free);
	pages->nr_free++;
}

/* Reserve [@index, @end); return false if a part is already reserved. */
static bool hmt_device_reserve_range(struct hmt_device_pool *pool,
				     unsigned long index, unsigned long end)
{
	unsigned long flags, page;
	bool open;

	spin_lock_irqsave(&pool->pages.lock, flags);
	open = find_next_bit(pool->pages.reserved, end, index) >= end;
	for (page = index; open && page < end; page++)
		hmt_device_reserve_page(&pool->pages, page);
	spin_unlock_irqrestore(&pool->pages.lock, flags);
	return open;
}

/* Release [@index, @end); used pages become free when they are freed. */
static void hmt_device_unreserve_range(struct hmt_device_pool *pool,
				       unsigned long index, unsigned long end)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->pages.lock, flags);
	for (; index < end; index++)
		hmt_device_unreserve_page(&pool->pages, index);
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}

/**
 * hmt_device_memory_take() - take pages back for use by the driver
 * @device: registered memory
 * @offset: offset of the first page, in bytes
 * @size: size in bytes
 * @timeout_ms: time limit in milliseconds
 *
 * Reserves the pages and moves their contents to system memory along the graph.
 * The capacity of the memory shrinks.
 *
 * Context: process, may sleep; a fatal signal ends it.
 * Return: 0; -EINVAL for an invalid range; -EBUSY if a part is already
 * reserved; -EINTR, -ETIME or -ENOMEM if nothing was taken.
 */
int hmt_device_memory_take(struct hmt_device_memory *device, u64 offset,
			   u64 size, unsigned int timeout_ms)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned long index = PFN_DOWN(offset), end = PFN_UP(offset + size);
	int ret;

	if (!size || offset + size < offset || end > pool->nr_pages)
		return -EINVAL;
	if (!hmt_device_reserve_range(pool, index, end))
		return -EBUSY;
	ret = hmt_device_evacuate(pool, index, end, timeout_ms);
	if (ret)
		hmt_device_unreserve_range(pool, index, end);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_take);

/**
 * hmt_device_memory_give() - give back pages that were taken or reserved
 * @device: registered memory
 * @offset: offset of the first page, in bytes
 * @size: size in bytes
 *
 * Context: process.
 */
void hmt_device_memory_give(struct hmt_device_memory *device, u64 offset,
			    u64 size)
{
	struct hmt_device_pool *pool = device->pool;

	hmt_device_unreserve_range(pool, PFN_DOWN(offset),
				   min(PFN_UP(offset + size), pool->nr_pages));
}
EXPORT_SYMBOL_GPL(hmt_device_memory_give);

/* Return the first of @nr adjacent free pages, or @pool->nr_pages. */
static unsigned long hmt_device_find_free(const struct hmt_device_pool *pool,
					  unsigned long nr)
{
	const struct hmt_device_pages *pages = &pool->pages;
	unsigned long index, end;

	lockdep_assert_held(&pages->lock);
	for_each_set_bitrange(index, end, pages->free, pool->nr_pages)
		if (end - index >= nr)
			return index;
	return pool->nr_pages;
}

/* Reserve @nr adjacent free pages; return the first, or @pool->nr_pages. */
static unsigned long hmt_device_reserve_free(struct hmt_device_pool *pool,
					     unsigned long nr)
{
	struct hmt_device_pages *pages = &pool->pages;
	unsigned long index, flags;

	spin_lock_irqsave(&pages->lock, flags);
	index = hmt_device_find_free(pool, nr);
	if (index < pool->nr_pages) {
		bitmap_clear(pages->free, index, nr);
		bitmap_set(pages->reserved, index, nr);
		pages->nr_free -= nr;
		pages->nr_reserved += nr;
	}
	spin_unlock_irqrestore(&pages->lock, flags);
	return index;
}

/**
 * hmt_device_memory_reserve() - reserve adjacent free pages for the driver
 * @device: registered memory
 * @size: size in bytes
 * @offset: offset of the reserved pages, in bytes
 *
 * Moves no pages but may drop replicas. If no range is free, the driver can use
 * hmt_device_memory_take().
 *
 * Context: process.
 * Return: 0; -EINVAL if @size is 0; -ENOSPC.
 */
int hmt_device_memory_reserve(struct hmt_device_memory *device, u64 size,
			      u64 *offset)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned long pages = PFN_UP(size), index;

	if (!pages)
		return -EINVAL;
	index = hmt_device_reserve_free(pool, pages);
	if (index >= pool->nr_pages && READ_ONCE(pool->replicas.nr)) {
		hmt_device_replicas_evict(pool, 0, pool->nr_pages);
		index = hmt_device_reserve_free(pool, pages);
	}
	*offset = PFN_PHYS(index);
	return index < pool->nr_pages ? 0 : -ENOSPC;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_reserve);
