// SPDX-License-Identifier: GPL-2.0
/* Device memory: pages that the driver uses itself. */
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include "device.h"

/* Ranges of the driver consist of whole pages inside the memory. */
static bool hmt_device_range_is_valid(const struct hmt_device_pool *pool,
				      u64 offset, u64 size)
{
	u64 bytes = PFN_PHYS(pool->nr_pages);

	return size && PAGE_ALIGNED(offset) && PAGE_ALIGNED(size) &&
	       size <= bytes && offset <= bytes - size;
}

int hmt_device_memory_take(struct hmt_device_memory *device, u64 offset,
			   u64 size, unsigned int timeout_ms)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned long index = PFN_DOWN(offset), end = PFN_DOWN(offset + size);
	int ret;

	might_sleep();
	if (!pool)
		return -ENODEV;
	if (!hmt_device_range_is_valid(pool, offset, size))
		return -EINVAL;
	if (!hmt_device_reserve_range(pool, index, end))
		return -EBUSY;
	ret = hmt_device_evacuate(pool, index, end, timeout_ms);
	if (ret)
		hmt_device_unreserve_range(pool, index, end);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_take);

int hmt_device_memory_give(struct hmt_device_memory *device, u64 offset,
			   u64 size)
{
	struct hmt_device_pool *pool = device->pool;

	might_sleep();
	if (!pool)
		return -ENODEV;
	if (hmt_device_range_is_valid(pool, offset, size) &&
	    hmt_device_unreserve_range(pool, PFN_DOWN(offset),
				       PFN_DOWN(offset + size)))
		return 0;
	pr_warn("device memory '%s': the driver gave back %llu bytes at %#llx that it does not have\n",
		device->name, size, offset);
	return -EINVAL;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_give);

int hmt_device_memory_reserve(struct hmt_device_memory *device, u64 size,
			      u64 *offset)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned long pages = PFN_DOWN(size), index;

	might_sleep();
	if (!pool)
		return -ENODEV;
	if (!pages || !PAGE_ALIGNED(size))
		return -EINVAL;
	index = hmt_device_reserve_free(pool, pages);
	if (index >= pool->nr_pages && READ_ONCE(pool->replicas.nr)) {
		hmt_device_replicas_evict(pool, 0, pool->nr_pages);
		index = hmt_device_reserve_free(pool, pages);
	}
	if (index >= pool->nr_pages)
		return -ENOSPC;
	*offset = PFN_PHYS(index);
	return 0;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_reserve);
