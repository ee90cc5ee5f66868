// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: make room for what a device touches. Memory that devices have
 * not touched for longer moves to system memory along the graph, a block at a
 * time, in the order of block.c.
 *
 * Pages stay that an engine would not move either: excluded ones, and those that
 * several processes map. So do blocks that are warm because a provider knows
 * that a device uses them: not every device faults on what it uses.
 */
#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include "device.h"

/* Blocks to look at for one fault, besides those that have to leave. */
#define HMT_DEVICE_EVICT_MORE	8

/* Mappings of a huge page to look at: more belong to several processes. */
#define HMT_DEVICE_EVICT_VMAS	8

/* Check whether the block is a part of the range that the fault needs. */
static bool hmt_device_is_needed(const struct hmt_device_victim *block,
				 const struct mm_struct *mm,
				 const struct hmt_device_range *range)
{
	unsigned long addr = block->addr, end = addr + HMT_DEVICE_WINDOW;

	if (block->weight > 1) {
		addr = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
		end = addr + HMT_CHUNK_SIZE;
	}
	return block->mm == mm && addr < range->end && end > range->start;
}

/* Check whether a provider knows that devices use memory of the block. */
static bool hmt_device_is_hot(const struct hmt_device_pool *pool,
			      const struct hmt_device_victim *block)
{
	struct hmt_neighbours around;

	if (!block->mm)
		return false;
	around.start = ALIGN_DOWN(block->addr, HMT_DEVICE_WINDOW);
	around.end = around.start + HMT_DEVICE_WINDOW;
	hmt_neighbours_of(block->mm, hmt_memory_uid(pool->memory), block->addr,
			  &around);
	return !bitmap_empty(around.hot, HMT_CHUNK_PAGES);
}

/*
 * Check whether page @index is mapped by @mm alone and not excluded there. The
 * mmap lock of @mm is held.
 */
static bool hmt_device_may_evict(struct hmt_device_pool *pool,
				 unsigned long index,
				 const struct mm_struct *mm)
{
	const struct page *page = pfn_to_page(pool->first + index);
	unsigned long addr;

	return !atomic_read(&page->_mapcount) &&
	       hmt_device_find_addr(pool, index, mm, &addr) &&
	       !hmt_is_excluded(mm, addr, addr + PAGE_SIZE);
}

/*
 * Move the pages [@index, @end) of @mm, but those that stay, which are not unmapped
 * either. Its mmap lock is held.
 */
static unsigned long hmt_device_evict_of(struct hmt_device_pool *pool,
					 unsigned long index,
					 unsigned long end,
					 const struct mm_struct *mm)
{
	unsigned long moved = 0;
	unsigned int nr = 0;

	for (; index < end; index++) {
		if (hmt_device_may_evict(pool, index, mm)) {
			nr++;
			continue;
		}
		if (nr)
			moved += hmt_device_evict_pages(pool, index - nr, nr);
		nr = 0;
	}
	if (nr)
		moved += hmt_device_evict_pages(pool, end - nr, nr);
	return moved;
}

/* Check whether no process but @mm may map a part of the huge page at @index. */
static bool hmt_device_is_of_one(const struct hmt_device_pool *pool,
				 unsigned long index,
				 const struct mm_struct *mm)
{
	struct mm_struct *other;
	unsigned int skip;
	unsigned long addr;

	for (skip = 0; skip < HMT_DEVICE_EVICT_VMAS; skip++) {
		other = hmt_device_find_mm(pool, index, skip, &addr);
		/* Without one at all, the page is in transit. */
		if (!other)
			return skip;
		mmput_async(other);
		if (other != mm)
			return false;
	}
	return false;
}

/*
 * Move a huge page, or split it, unless a part of it is excluded or several
 * processes map it. Neither changes under the mmap lock.
 */
static unsigned long hmt_device_evict_large(struct hmt_device_pool *pool,
					    unsigned long index,
					    struct mm_struct *mm,
					    unsigned long addr)
{
	unsigned long head = ALIGN_DOWN(index, HMT_CHUNK_PAGES);
	u64 before = READ_ONCE(pool->pages.nr_used), after;

	if (!mmap_read_trylock(mm))
		return 0;
	addr = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	if (!hmt_is_excluded(mm, addr, addr + HMT_CHUNK_SIZE) &&
	    hmt_device_is_of_one(pool, head, mm) &&
	    hmt_device_evict_huge(pool, head, head, head + HMT_CHUNK_PAGES) ==
		    head)
		hmt_device_block_split(pool, head);
	mmap_read_unlock(mm);
	after = READ_ONCE(pool->pages.nr_used);
	return before - min(before, after);
}

/* Move the pages of @block, and note that. Return their number. */
static unsigned long hmt_device_evict_block(struct hmt_device_pool *pool,
					    const struct hmt_device_victim *block)
{
	unsigned long end = min(block->index + HMT_DEVICE_WINDOW_PAGES,
				pool->nr_pages), index, addr, moved = 0;
	struct mm_struct *mm;

	index = hmt_device_next_used(pool, block->index, end);
	if (index >= end)
		return 0;
	mm = hmt_device_find_mm(pool, index, 0, &addr);
	if (!mm)
		return 0;
	if (folio_test_large(page_folio(pfn_to_page(pool->first + index)))) {
		moved = hmt_device_evict_large(pool, index, mm, addr);
	} else if (mmap_read_trylock(mm)) {
		moved = hmt_device_evict_of(pool, index, end, mm);
		mmap_read_unlock(mm);
	}
	if (moved && block->fresh)
		hmt_device_note_wasted(pool, mm);
	else if (moved)
		hmt_device_note_evicted(pool, block);
	/* It may be the last user, and others wait for the mutex. */
	mmput_async(mm);
	return moved;
}

/* Check whether it is worth while to make room: removal waits for faults. */
static bool hmt_device_is_staying(const struct hmt_device_pool *pool)
{
	const struct hmt_device_memory *device = pool->driver.device;

	return READ_ONCE(device->pool) && !device->gone;
}

/* Evict the block that is due, if it can leave. Return false if there is none. */
static bool hmt_device_evict_one(struct hmt_device_pool *pool,
				 const struct hmt_device_owner *needs,
				 const struct hmt_device_range *range)
{
	struct hmt_device_victim block;
	unsigned long moved;

	if (!hmt_device_block_next(pool, needs, &block))
		return false;
	if (hmt_device_is_needed(&block, needs->mm, range))
		return true;
	if (hmt_device_is_hot(pool, &block)) {
		hmt_device_block_keep(pool, block.index);
		return true;
	}
	moved = hmt_device_evict_block(pool, &block);
	hmt_device_count(pool, &pool->windows.sharing.evicted, moved);
	return true;
}

/*
 * Make room for @pages pages, of the range that the space of @needs touched, of
 * which nothing leaves, besides @low pages that stay free. The number of blocks that
 * are looked at is bounded. Return whether there is room for a page. Context:
 * process, may sleep; no mmap lock held.
 */
bool hmt_device_make_room(struct hmt_device_pool *pool,
			  const struct hmt_device_owner *needs,
			  const struct hmt_device_range *range, u64 pages,
			  u64 low)
{
	unsigned int tries = HMT_DEVICE_EVICT_MORE +
			     DIV_ROUND_UP(pages, HMT_DEVICE_WINDOW_PAGES);

	if (hmt_device_nr_free(pool->memory) >= pages + low)
		return true;
	if (mutex_lock_killable(&pool->blocks.evicting))
		return false;
	while (hmt_device_nr_free(pool->memory) < pages + low && tries-- &&
	       !fatal_signal_pending(current) && hmt_device_is_staying(pool) &&
	       hmt_device_evict_one(pool, needs, range))
		cond_resched();
	mutex_unlock(&pool->blocks.evicting);
	return hmt_device_nr_free(pool->memory) > low;
}
