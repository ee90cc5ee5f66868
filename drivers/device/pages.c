// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: the pages of a device, which are used (allocated), reserved (kept
 * by the driver) or free. A reserved page is not allocated again when it is freed.
 *
 * A memory may have terabytes. Interrupts are off for one block of pages at most,
 * and blocks without a free page are not searched.
 */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include "device.h"

/* Number of pages in a block, of which a bitmap has one page. */
#define HMT_DEVICE_BLOCK	(PAGE_SIZE * BITS_PER_BYTE)

static unsigned long hmt_device_block_end(unsigned long index,
					  unsigned long end)
{
	return min(end, ALIGN_DOWN(index, HMT_DEVICE_BLOCK) + HMT_DEVICE_BLOCK);
}

/* Not kvcalloc(), which refuses 2 GiB: the bits of 64 TiB. */
static unsigned long *hmt_device_alloc_bits(unsigned long pages)
{
	return vcalloc(BITS_TO_LONGS(pages), sizeof(long));
}

/* Initialize @pages with @nr free pages. Return 0 or -ENOMEM. */
int hmt_device_pages_init(struct hmt_device_pages *pages, unsigned long nr)
{
	unsigned long nr_blocks = DIV_ROUND_UP(nr, HMT_DEVICE_BLOCK);

	spin_lock_init(&pages->lock);
	mutex_init(&pages->reserving);
	pages->nr = nr;
	pages->free = hmt_device_alloc_bits(nr);
	pages->used = hmt_device_alloc_bits(nr);
	pages->reserved = hmt_device_alloc_bits(nr);
	pages->blocks = hmt_device_alloc_bits(nr_blocks);
	if (!pages->free || !pages->used || !pages->reserved || !pages->blocks)
		return -ENOMEM;
	bitmap_fill(pages->free, nr);
	bitmap_fill(pages->blocks, nr_blocks);
	pages->nr_free = nr;
	return 0;
}

void hmt_device_pages_free(struct hmt_device_pages *pages)
{
	vfree(pages->blocks);
	vfree(pages->reserved);
	vfree(pages->used);
	vfree(pages->free);
}

/* Update the block of page @index after pages of it became free or not free. */
static void hmt_device_update_block(struct hmt_device_pages *pages,
				    unsigned long index)
{
	unsigned long start = ALIGN_DOWN(index, HMT_DEVICE_BLOCK);
	unsigned long end = hmt_device_block_end(index, pages->nr);

	lockdep_assert_held(&pages->lock);
	/* Pages are allocated in order: most free ones follow. */
	__assign_bit(index / HMT_DEVICE_BLOCK, pages->blocks,
		     find_next_bit(pages->free, end, index) < end ||
		     find_next_bit(pages->free, index, start) < index);
}

/* Return the first free page from @index on, or the number of pages. */
static unsigned long hmt_device_next_free(const struct hmt_device_pages *pages,
					  unsigned long index)
{
	unsigned long nr_blocks = DIV_ROUND_UP(pages->nr, HMT_DEVICE_BLOCK);
	unsigned long end, found;

	while (index < pages->nr) {
		end = hmt_device_block_end(index, pages->nr);
		found = find_next_bit(pages->free, end, index);
		if (found < end)
			return found;
		index = HMT_DEVICE_BLOCK *
			find_next_bit(pages->blocks, nr_blocks,
				      DIV_ROUND_UP(end, HMT_DEVICE_BLOCK));
	}
	return pages->nr;
}

/* Allocate a page; return the number of pages if none is free. */
unsigned long hmt_device_alloc_index(struct hmt_device_pool *pool)
{
	struct hmt_device_pages *pages = &pool->pages;
	unsigned long flags, index;

	spin_lock_irqsave(&pages->lock, flags);
	index = hmt_device_next_free(pages, pages->next);
	if (index >= pages->nr)
		index = hmt_device_next_free(pages, 0);
	if (index < pages->nr && !pages->closed) {
		__set_bit(index, pages->used);
		__clear_bit(index, pages->free);
		hmt_device_update_block(pages, index);
		pages->nr_used++;
		pages->nr_free--;
		pages->next = index + 1;
		hmt_device_block_arrived(pool, index, 1);
	} else {
		index = pages->nr;
	}
	spin_unlock_irqrestore(&pages->lock, flags);
	return index;
}

/* Return the first huge page of [@index, @end) that is free, or @end. */
static unsigned long hmt_device_find_huge(const struct hmt_device_pages *pages,
					  unsigned long index,
					  unsigned long end)
{
	unsigned long after;

	lockdep_assert_held(&pages->lock);
	for (; index + HMT_CHUNK_PAGES <= end; index = after) {
		after = index + HMT_CHUNK_PAGES;
		if (find_next_zero_bit(pages->free, after, index) >= after)
			return index;
	}
	return end;
}

/* Allocate a huge page of a block that ends at @end, or return @end. */
static unsigned long hmt_device_alloc_huge_part(struct hmt_device_pool *pool,
						unsigned long index,
						unsigned long end)
{
	struct hmt_device_pages *pages = &pool->pages;
	unsigned long flags;

	spin_lock_irqsave(&pages->lock, flags);
	index = pages->closed ? end : hmt_device_find_huge(pages, index, end);
	if (index < end) {
		bitmap_set(pages->used, index, HMT_CHUNK_PAGES);
		bitmap_clear(pages->free, index, HMT_CHUNK_PAGES);
		hmt_device_update_block(pages, index);
		pages->nr_used += HMT_CHUNK_PAGES;
		pages->nr_free -= HMT_CHUNK_PAGES;
		hmt_device_block_arrived(pool, index, HMT_CHUNK_PAGES);
	}
	spin_unlock_irqrestore(&pages->lock, flags);
	return index;
}

/*
 * Allocate a huge page; return its first page, or the number of pages if no
 * aligned 2 MiB are free. May sleep.
 */
unsigned long hmt_device_alloc_huge_index(struct hmt_device_pool *pool)
{
	struct hmt_device_pages *pages = &pool->pages;
	unsigned long index, end, got;

	static_assert(HMT_DEVICE_BLOCK % HMT_CHUNK_PAGES == 0);
	for (index = 0; index < pages->nr; index = end) {
		end = hmt_device_block_end(index, pages->nr);
		if (!test_bit(index / HMT_DEVICE_BLOCK, pages->blocks))
			continue;
		got = hmt_device_alloc_huge_part(pool, index, end);
		if (got < end)
			return got;
		cond_resched();
	}
	return pages->nr;
}

/* Free @nr pages from @index on, which are of one block. */
void hmt_device_free_indices(struct hmt_device_pool *pool, unsigned long index,
			     unsigned long nr)
{
	struct hmt_device_pages *pages = &pool->pages;
	unsigned long flags, first = index, end = index + nr;

	spin_lock_irqsave(&pages->lock, flags);
	bitmap_clear(pages->used, index, nr);
	pages->nr_used -= nr;
	for_each_clear_bit_from(index, pages->reserved, end) {
		__set_bit(index, pages->free);
		__set_bit(index / HMT_DEVICE_BLOCK, pages->blocks);
		pages->nr_free++;
	}
	hmt_device_block_freed(pool, first, nr);
	spin_unlock_irqrestore(&pages->lock, flags);
}

/* Return the first used page in [@index, @end), or @end. May sleep. */
unsigned long hmt_device_next_used(struct hmt_device_pool *pool,
				   unsigned long index, unsigned long end)
{
	struct hmt_device_pages *pages = &pool->pages;
	unsigned long flags, found, part;

	if (!READ_ONCE(pages->nr_used))
		return end;
	for (; index < end; index = part) {
		part = hmt_device_block_end(index, end);
		spin_lock_irqsave(&pages->lock, flags);
		found = find_next_bit(pages->used, part, index);
		spin_unlock_irqrestore(&pages->lock, flags);
		if (found < part)
			return found;
		cond_resched();
	}
	return end;
}

/* Check that none of the pages [@index, @end) is used. May sleep. */
bool hmt_device_is_empty(struct hmt_device_pool *pool, unsigned long index,
			 unsigned long end)
{
	return hmt_device_next_used(pool, index, end) >= end;
}

/*
 * Reserve the pages [@index, @end) of one block, or, with @only_free, all of them
 * or none. Return true if they were reserved.
 */
static bool hmt_device_reserve_part(struct hmt_device_pages *pages,
				    unsigned long index, unsigned long end,
				    bool only_free)
{
	unsigned long flags, page, part, got = 0;
	bool good;

	spin_lock_irqsave(&pages->lock, flags);
	good = !only_free || find_next_zero_bit(pages->free, end, index) >= end;
	if (good) {
		page = index;
		for_each_set_bitrange_from(page, part, pages->free, end)
			got += part - page;
		bitmap_clear(pages->free, index, end - index);
		bitmap_set(pages->reserved, index, end - index);
		hmt_device_update_block(pages, index);
		pages->nr_free -= got;
		pages->nr_reserved += end - index;
	}
	spin_unlock_irqrestore(&pages->lock, flags);
	return good;
}

/* Release reserved pages of [@index, @end) of one block. */
static void hmt_device_unreserve_part(struct hmt_device_pages *pages,
				      unsigned long index, unsigned long end)
{
	unsigned long flags, page = index;

	spin_lock_irqsave(&pages->lock, flags);
	for_each_set_bit_from(page, pages->reserved, end) {
		pages->nr_reserved--;
		if (test_bit(page, pages->used))
			continue;
		__set_bit(page, pages->free);
		pages->nr_free++;
	}
	bitmap_clear(pages->reserved, index, end - index);
	hmt_device_update_block(pages, index);
	spin_unlock_irqrestore(&pages->lock, flags);
}

static void hmt_device_unreserve_all(struct hmt_device_pages *pages,
				     unsigned long index, unsigned long end)
{
	unsigned long part;

	lockdep_assert_held(&pages->reserving);
	for (; index < end; index = part) {
		part = hmt_device_block_end(index, end);
		hmt_device_unreserve_part(pages, index, part);
		cond_resched();
	}
}

/* Reserve [@index, @end); with @only_free, nothing unless all are free. */
static bool hmt_device_reserve_all(struct hmt_device_pages *pages,
				   unsigned long index, unsigned long end,
				   bool only_free)
{
	unsigned long at, part;

	lockdep_assert_held(&pages->reserving);
	for (at = index; at < end; at = part) {
		part = hmt_device_block_end(at, end);
		if (!hmt_device_reserve_part(pages, at, part, only_free)) {
			hmt_device_unreserve_all(pages, index, at);
			return false;
		}
		cond_resched();
	}
	return true;
}

/*
 * Reserve [@index, @end), free or used; return false if a part is already reserved.
 * May sleep.
 */
bool hmt_device_reserve_range(struct hmt_device_pool *pool, unsigned long index,
			      unsigned long end)
{
	struct hmt_device_pages *pages = &pool->pages;
	bool good;

	mutex_lock(&pages->reserving);
	/* Only a holder of the mutex changes the bitmap. */
	good = find_next_bit(pages->reserved, end, index) >= end &&
	       hmt_device_reserve_all(pages, index, end, false);
	mutex_unlock(&pages->reserving);
	return good;
}

/*
 * Release the reserved pages of [@index, @end); used ones become free when they are
 * freed. Return false, and release none, if not all are reserved. May sleep.
 */
bool hmt_device_unreserve_range(struct hmt_device_pool *pool,
				unsigned long index, unsigned long end)
{
	guard(mutex)(&pool->pages.reserving);
	if (find_next_zero_bit(pool->pages.reserved, end, index) < end)
		return false;
	hmt_device_unreserve_all(&pool->pages, index, end);
	return true;
}

/*
 * Return the first of @nr adjacent free pages from @index on, or the number of
 * pages. The pages may be allocated before the caller reserves them.
 */
static unsigned long hmt_device_find_free(const struct hmt_device_pages *pages,
					  unsigned long index, unsigned long nr)
{
	unsigned long end;

	for (;;) {
		index = hmt_device_next_free(pages, index);
		if (nr > pages->nr - index)
			return pages->nr;
		end = find_next_zero_bit(pages->free, index + nr, index);
		if (end >= index + nr)
			return index;
		index = end;
		cond_resched();
	}
}

/*
 * Reserve @nr adjacent free pages; return the first, or the number of pages. May
 * sleep.
 */
unsigned long hmt_device_reserve_free(struct hmt_device_pool *pool,
				      unsigned long nr)
{
	struct hmt_device_pages *pages = &pool->pages;
	unsigned long index = 0;

	mutex_lock(&pages->reserving);
	for (;;) {
		index = hmt_device_find_free(pages, index, nr);
		if (index >= pages->nr ||
		    hmt_device_reserve_all(pages, index, index + nr, true))
			break;
		index++;
	}
	mutex_unlock(&pages->reserving);
	return index;
}
