// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: move pages that a device touches to it, unless CPUs touch them
 * as well (window.c), and make room for them (evict.c). Pages that do not exist
 * yet are created on the device if it writes.
 */
#include <linux/align.h>
#include <linux/hmt_internal.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include "device.h"

/*
 * Part of a chunk that may move to a device, from @start to @end (exclusive). The
 * mapping of the page that the device touched ends at @mapped_end.
 */
struct hmt_device_part {
	unsigned long start;
	unsigned long end;
	unsigned long mapped_end;
};

/* Most faults, as a power of two, for which nothing is evicted. */
#define HMT_DEVICE_FUTILE_MAX	6

/* The settings in /sys/kernel/mm/transparent_hugepage hold besides, see fill.c. */
static unsigned int hmt_device_huge_first = HMT_FILL_HUGE;
module_param_named(huge_first, hmt_device_huge_first, uint, 0644);
MODULE_PARM_DESC(huge_first, "Memory that devices touch first is created in huge pages: 0 never, 1 after MADV_HUGEPAGE, 2 where the kernel does so");

void hmt_device_sharing(const struct hmt_memory *memory,
			struct hmt_sharing_stats *sharing)
{
	struct hmt_device_pool *pool = hmt_memory_data(memory);
	unsigned long flags;

	spin_lock(&pool->windows.lock);
	*sharing = pool->windows.sharing;
	spin_unlock(&pool->windows.lock);
	spin_lock_irqsave(&pool->pages.lock, flags);
	sharing->replicas = pool->replicas.nr;
	sharing->replicas_made = pool->replicas.created;
	sharing->dropped = pool->replicas.dropped;
	sharing->displaced = pool->replicas.displaced;
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}

/*
 * Check whether the page of @addr should move to a device that touches it, and
 * find the part of its chunk around it that should as well: neighbours with the
 * same advice. Read-mostly memory is replicated or stays. Nothing moves, and
 * nothing gives way, for a page that is excluded. A page that may move has a
 * history afterwards: whoever unmaps it later forgets the history, and a device
 * that touches addresses where nothing is mapped creates none.
 */
static bool hmt_device_may_move(struct hmt_device_space *space,
				struct mm_struct *mm, unsigned long addr,
				bool always, struct hmt_device_part *part)
{
	unsigned long chunk = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	const struct vm_area_struct *vma;
	bool may;

	*part = (struct hmt_device_part) {
		.start = chunk,
		.end = chunk + HMT_CHUNK_SIZE,
	};
	/* The device can touch the page again. */
	if (hmt_mmap_read_lock(mm))
		return false;
	vma = vma_lookup(mm, addr);
	if (vma)
		part->mapped_end = vma->vm_end;
	may = vma &&
	      hmt_follow_part(mm, addr, always, &part->start, &part->end) &&
	      !hmt_is_excluded(mm, addr, addr + PAGE_SIZE);
	if (may)
		hmt_device_space_remember(space, addr);
	mmap_read_unlock(mm);
	return may;
}

/*
 * End the range with the mapping, of which @part knows the end, and before the
 * first window that is held. The window that the device touched stays.
 */
static void hmt_device_cut_range(struct hmt_device_pool *pool,
				 struct hmt_device_space *space,
				 const struct hmt_device_part *part,
				 struct hmt_device_range *range)
{
	unsigned long at = range->start + HMT_DEVICE_WINDOW;

	range->end = clamp(part->mapped_end, at, range->end);
	for (; at < range->end; at += HMT_DEVICE_WINDOW)
		if (hmt_device_holds_window(pool, space, at))
			range->end = at;
	range->fill_end = min(range->fill_end, range->end);
}

/*
 * Make room for the window that the device touches. Memory that it did not touch
 * comes with it only as far as there is room. Where memory gave way in vain,
 * because the page cannot move, none does for some of the next faults.
 */
static bool hmt_device_has_room(struct hmt_device_pool *pool,
				struct hmt_device_space *space,
				struct hmt_device_range *range,
				const struct hmt_touched *touched)
{
	u64 pages = min_t(u64, touched->room, HMT_DEVICE_WINDOW_PAGES);
	u64 free = hmt_device_nr_free(pool->memory);
	unsigned int skip;

	if (!pages)
		return false;
	if (free >= touched->low + ((range->end - range->start) >> PAGE_SHIFT))
		return true;
	range->end = range->start + HMT_DEVICE_WINDOW;
	range->fill_end = min(range->fill_end, range->end);
	if (free >= touched->low + pages)
		return true;
	/* Other faults count as well: it must not fall below 0. */
	skip = READ_ONCE(space->skip);
	if (skip) {
		WRITE_ONCE(space->skip, skip - 1);
		return hmt_device_nr_free(pool->memory) > touched->low;
	}
	return hmt_device_make_room(pool, space->owner, range, pages,
				    touched->low);
}

/* Learn from the result for the next eviction. The counts are hints. */
static void hmt_device_learn(struct hmt_device_space *space, u64 moved)
{
	unsigned int futile = 0;

	if (!moved)
		futile = min(READ_ONCE(space->futile) + 1,
			     HMT_DEVICE_FUTILE_MAX);
	WRITE_ONCE(space->futile, futile);
	WRITE_ONCE(space->skip, BIT(futile) - 1);
}

/*
 * Return what is created where nothing exists: a huge page if the range has grown to
 * one, all of which may go to the device.
 */
static enum hmt_fill_size
hmt_device_fill_size(const struct hmt_device_range *range,
		     const struct hmt_device_part *part)
{
	if (range->end - range->start < HMT_CHUNK_SIZE ||
	    part->end - part->start < HMT_CHUNK_SIZE)
		return HMT_FILL_BASE;
	return min_t(unsigned int, READ_ONCE(hmt_device_huge_first),
		     HMT_FILL_HUGE);
}

/*
 * Move the page of @addr, which the device touches and does not have, to it, with
 * the range around it that window.c chooses: pages whose program advised it
 * (HMT_ADVICE_FOLLOW), or any if @always. A huge page there moves as a whole if
 * the kernel can do that. Nothing moves while the window is held in system memory
 * because CPUs touch it as well. Gate of the view and mm_users held.
 */
void hmt_device_touch(struct hmt_device_mm_state *state, unsigned long addr,
		      const nodemask_t *allowed, bool write, bool always)
{
	struct hmt_device_pool *pool = state->pool;
	struct hmt_device_space *space = state->space;
	struct mm_struct *mm = state->mm;
	unsigned long window = ALIGN_DOWN(addr, HMT_DEVICE_WINDOW);
	unsigned long chunk = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	const u32 uid = hmt_memory_uid(pool->memory);
	struct hmt_touched touched = {
		.migration = {
			.mm = mm,
			.allowed = *allowed,
			.nr_to = 1,
			.to = &uid,
		},
	};
	struct hmt_device_range range;
	struct hmt_device_part part;
	u64 moved;

	hmt_device_borrow(pool);
	if (!hmt_device_admits(pool) ||
	    !hmt_device_may_move(space, mm, addr, always, &part))
		return;
	if (hmt_device_holds_window(pool, space, window) ||
	    (chunk != window && hmt_device_holds_whole(pool, space, chunk)))
		return;
	hmt_device_plan_range(pool, space, addr, &range);
	hmt_device_cut_range(pool, space, &part, &range);
	hmt_touched_begin(&touched, (range.end - range.start) >> PAGE_SHIFT);
	if (!hmt_device_has_room(pool, space, &range, &touched))
		return;
	touched.migration.next = max(range.start, part.start);
	touched.migration.end = min(range.end, part.end);
	/* Else the window alone leaves the huge page: it has room. */
	touched.whole = part.end - part.start == HMT_CHUNK_SIZE &&
			hmt_device_nr_free(pool->memory) >=
				touched.low + HMT_CHUNK_PAGES;
	touched.fill = addr;
	touched.fill_end = write ? min(range.fill_end, part.end) : addr;
	touched.fill_size = hmt_device_fill_size(&range, &part);
	hmt_touched_move(&touched);
	moved = touched.migration.stats.pages[HMT_RESULT_MOVED];
	hmt_device_count(pool, &pool->windows.sharing.created, touched.created);
	hmt_device_learn(space, moved + touched.created);
	if (moved > (range.end - range.start) >> PAGE_SHIFT)
		hmt_device_note_came(pool, space, chunk, chunk, true);
	else if (moved)
		hmt_device_note_came(pool, space, range.start, range.end,
				     false);
}
