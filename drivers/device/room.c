// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory that the driver's own allocator shares with HMT: the driver lends
 * chunks when HMT has no room, and takes the coldest ones back.
 */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/find.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "device.h"

/* Time for which a driver that lent nothing is not asked again. */
#define HMT_DEVICE_REFUSED	(HZ / 10)

/* Ranges that are tried, one after the other, to make room. */
#define HMT_DEVICE_ROOM_TRIES	4

/* Ranges that are looked at per size of a range. */
#define HMT_DEVICE_ROOM_STEPS	8

/* Note that the device used page @index. Any context. */
void hmt_device_note_used(struct hmt_device_pool *pool, unsigned long index)
{
	WRITE_ONCE(pool->used_at[index / HMT_CHUNK_PAGES], (u32)jiffies);
}

/*
 * Ask the driver for memory if less than a chunk is free. The driver is called
 * without a lock, but for the gate of a view. Context: process, may sleep.
 */
void hmt_device_borrow(struct hmt_device_pool *pool)
{
	struct hmt_device_memory *device = pool->driver.device;
	unsigned long until;

	if (!device->ops->lend ||
	    READ_ONCE(pool->pages.nr_free) >= HMT_CHUNK_PAGES ||
	    READ_ONCE(pool->pages.closed) || device->gone)
		return;
	until = READ_ONCE(pool->driver.refused_until);
	if (until && time_before(jiffies, until))
		return;
	if (device->ops->lend(device))
		until = 0;
	else
		until = (jiffies + HMT_DEVICE_REFUSED) ?: 1;
	WRITE_ONCE(pool->driver.refused_until, until);
}

/**
 * struct hmt_device_candidate - range that may be taken
 * @index: first page; the number of pages of the pool: there is none
 * @age: jiffies since the device used a page of it
 * @used: pages that have to move
 */
struct hmt_device_candidate {
	unsigned long index;
	u32 age;
	unsigned long used;
};

/* Rate the pages [@index, @end). Return false if the driver has some of them. */
static bool hmt_device_rate(struct hmt_device_pool *pool, unsigned long index,
			    unsigned long end,
			    struct hmt_device_candidate *rating)
{
	unsigned long chunk;

	if (find_next_bit(pool->pages.reserved, end, index) < end)
		return false;
	rating->index = index;
	/* The range begins at a word of the bitmap. */
	rating->used = bitmap_weight(&pool->pages.used[BIT_WORD(index)],
				     end - index);
	rating->age = U32_MAX;
	for (chunk = index / HMT_CHUNK_PAGES;
	     rating->used && chunk * HMT_CHUNK_PAGES < end; chunk++)
		rating->age = min(rating->age,
				  (u32)jiffies -
					  READ_ONCE(pool->used_at[chunk]));
	return true;
}

/* Return the begin of the next range after one that begins at @index, of @nr pages. */
static unsigned long hmt_device_next_range(const struct hmt_device_pool *pool,
					   unsigned long index,
					   unsigned long nr)
{
	const unsigned long *reserved = pool->pages.reserved;
	unsigned long own = find_next_bit(reserved, index + nr, index);

	if (own < index + nr)
		return ALIGN(find_next_zero_bit(reserved, pool->nr_pages, own),
			     HMT_CHUNK_PAGES);
	return index + ALIGN(DIV_ROUND_UP(nr, HMT_DEVICE_ROOM_STEPS),
			     HMT_CHUNK_PAGES);
}

/*
 * Find the range of @nr pages, from a multiple of 2 MiB on, that the device has not
 * used for the longest time; of equal ones that with the fewest pages. Ranges in
 * @tried are left out. States of pages may change at the same time.
 *
 * Between pages of the driver, large ranges are an eighth of their size apart, so
 * that the time grows with the size of the memory only.
 */
static unsigned long hmt_device_coldest(struct hmt_device_pool *pool,
					unsigned long nr,
					const unsigned long *tried)
{
	struct hmt_device_candidate best = { .index = pool->nr_pages }, rating;
	unsigned long index;

	for (index = 0; nr <= pool->nr_pages - index;
	     index = hmt_device_next_range(pool, index, nr)) {
		if (!test_bit(index / HMT_CHUNK_PAGES, tried) &&
		    hmt_device_rate(pool, index, index + nr, &rating) &&
		    (best.index == pool->nr_pages || rating.age > best.age ||
		     (rating.age == best.age && rating.used < best.used)))
			best = rating;
		cond_resched();
	}
	return best.index;
}

/* Take the coldest range of @nr pages that can be emptied. */
static int hmt_device_take_coldest(struct hmt_device_memory *device,
				   unsigned long nr, unsigned int timeout_ms,
				   unsigned long *tried, u64 *offset)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned int tries = HMT_DEVICE_ROOM_TRIES;
	unsigned long index;
	int ret = -ENOSPC;

	while (tries--) {
		index = hmt_device_coldest(pool, nr, tried);
		if (index >= pool->nr_pages)
			break;
		__set_bit(index / HMT_CHUNK_PAGES, tried);
		ret = hmt_device_memory_take(device, PFN_PHYS(index),
					     PFN_PHYS(nr),
					     timeout_ms / HMT_DEVICE_ROOM_TRIES);
		if (!ret)
			*offset = PFN_PHYS(index);
		if (!ret || ret == -EINTR)
			break;
	}
	return ret;
}

int hmt_device_memory_make_room(struct hmt_device_memory *device, u64 size,
				unsigned int timeout_ms, u64 *offset)
{
	struct hmt_device_pool *pool = device->pool;
	unsigned long *tried;
	int ret;

	might_sleep();
	ret = hmt_device_memory_reserve(device, size, offset);
	if (ret != -ENOSPC || size > PFN_PHYS(pool->nr_pages))
		return ret;
	tried = kvcalloc(BITS_TO_LONGS(pool->nr_pages / HMT_CHUNK_PAGES),
			 sizeof(long), GFP_KERNEL);
	if (!tried)
		return -ENOMEM;
	ret = hmt_device_take_coldest(device, PFN_DOWN(size), timeout_ms, tried,
				      offset);
	kvfree(tried);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_memory_make_room);

/* Check whether a driver that lends memory can do without an operation. */
bool hmt_device_room_is_valid(const struct hmt_device_memory *device)
{
	return !device->lent || device->ops->lend;
}

/* The driver has all of the memory at first. */
int hmt_device_room_init(struct hmt_device_pool *pool)
{
	pool->used_at = kvcalloc(DIV_ROUND_UP(pool->nr_pages, HMT_CHUNK_PAGES),
				 sizeof(*pool->used_at), GFP_KERNEL);
	if (!pool->used_at)
		return -ENOMEM;
	if (pool->driver.device->lent)
		hmt_device_reserve_range(pool, 0, pool->nr_pages);
	return 0;
}

void hmt_device_room_free(struct hmt_device_pool *pool)
{
	kvfree(pool->used_at);
}
