// SPDX-License-Identifier: GPL-2.0
/* Device memory: pages that the driver uses itself. */
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include "device.h"

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
 * reserved; -EINTR or -ETIME if nothing was taken.
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
 * Context: process, may sleep.
 */
void hmt_device_memory_give(struct hmt_device_memory *device, u64 offset,
			    u64 size)
{
	struct hmt_device_pool *pool = device->pool;

	hmt_device_unreserve_range(pool, PFN_DOWN(offset),
				   min(PFN_UP(offset + size), pool->nr_pages));
}
EXPORT_SYMBOL_GPL(hmt_device_memory_give);

/**
 * hmt_device_memory_reserve() - reserve adjacent free pages for the driver
 * @device: registered memory
 * @size: size in bytes
 * @offset: offset of the reserved pages, in bytes
 *
 * Moves no pages but may drop replicas. If no range is free, the driver can use
 * hmt_device_memory_take().
 *
 * Context: process, may sleep.
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
