// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: history of the memory that a device touches, in windows of
 * 64 KiB.
 *
 * A window that moves to the device and back three times in a short time
 * bounces: it is held in system memory for a while, where both can access it. A
 * window that gave way to other memory is remembered with the time of its last
 * use.
 *
 * The history has 12 bytes a window, whatever the size of the memory, is found
 * in constant time, and exists for memory that a device touched and that is
 * still mapped.
 *
 * The range that moves with a fault doubles from one window to 2 MiB while a
 * device faults at rising addresses, and is halved when memory that moved
 * bounces, or gives way before the device used it.
 */
#include <linux/align.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/xarray.h>
#include "device.h"

/*
 * Changes of direction that make a window bounce: three times there and back.
 */
#define HMT_DEVICE_TURNS	6

/* Faults after which a device gets another chance to use a larger range. */
#define HMT_DEVICE_STREAK	8

/* Number of chunks to free before the lock is released. */
#define HMT_DEVICE_SLICE	64

static unsigned int hmt_device_bounce_ms = 500;
module_param_named(bounce_ms, hmt_device_bounce_ms, uint, 0644);
MODULE_PARM_DESC(bounce_ms, "Time in ms in which memory that moves to a device and back three times is found to bounce");

static unsigned int hmt_device_hold_ms = 1000;
module_param_named(hold_ms, hmt_device_hold_ms, uint, 0644);
MODULE_PARM_DESC(hold_ms, "Time in ms for which bouncing memory is held in system memory; 0 disables");

void hmt_device_windows_init(struct hmt_device_windows *windows)
{
	spin_lock_init(&windows->lock);
	xa_init(&windows->spaces);
}

/* Add to a counter of &struct hmt_sharing_stats of the pool. */
void hmt_device_count(struct hmt_device_pool *pool, u64 *counter, u64 pages)
{
	spin_lock(&pool->windows.lock);
	*counter += pages;
	spin_unlock(&pool->windows.lock);
}

/* Spaces. */

/*
 * Return the history of @mm, which each view of it shares; NULL if there is no
 * memory. Caller holds hmt_device_views_lock.
 */
struct hmt_device_space *hmt_device_space_get(struct hmt_device_pool *pool,
					      const struct mm_struct *mm)
{
	struct hmt_device_windows *windows = &pool->windows;
	struct hmt_device_space *space = xa_load(&windows->spaces,
						 (unsigned long)mm);

	if (!space) {
		space = kzalloc(sizeof(*space), GFP_KERNEL);
		if (!space)
			return NULL;
		space->mm = mm;
		space->owner = hmt_device_owner_open(mm);
		space->order_max = HMT_DEVICE_ORDER_MAX;
		xa_init(&space->chunks);
		if (!space->owner ||
		    xa_err(xa_store(&windows->spaces, (unsigned long)mm, space,
				    GFP_KERNEL))) {
			kfree(space->owner);
			kfree(space);
			return NULL;
		}
	}
	space->views++;
	return space;
}

/* Free the chunks [@first, @last] of @space. */
static void hmt_device_space_clear(struct hmt_device_pool *pool,
				   struct hmt_device_space *space,
				   unsigned long first, unsigned long last)
{
	struct hmt_device_chunk *chunk;
	unsigned long index;
	unsigned int count = 0;

	spin_lock(&pool->windows.lock);
	xa_for_each_range(&space->chunks, index, chunk, first, last) {
		xa_erase(&space->chunks, index);
		kfree(chunk);
		if (++count % HMT_DEVICE_SLICE)
			continue;
		spin_unlock(&pool->windows.lock);
		cond_resched();
		spin_lock(&pool->windows.lock);
	}
	spin_unlock(&pool->windows.lock);
}

/* Caller holds hmt_device_views_lock. */
void hmt_device_space_put(struct hmt_device_pool *pool,
			  struct hmt_device_space *space)
{
	if (--space->views)
		return;
	spin_lock(&pool->windows.lock);
	xa_erase(&pool->windows.spaces, (unsigned long)space->mm);
	spin_unlock(&pool->windows.lock);
	/* It was looked up under the lock only. */
	hmt_device_space_clear(pool, space, 0, ULONG_MAX);
	xa_destroy(&space->chunks);
	hmt_device_owner_close(pool, space->owner);
	kfree(space);
}

/*
 * Forget the windows of chunk @index that are in [@start, @end) with a part, and
 * the chunk with the last one: else a program that maps and unmaps less than a
 * chunk, at one address after the other, fills the memory of the kernel.
 */
static void hmt_device_space_trim(struct hmt_device_pool *pool,
				  struct hmt_device_space *space,
				  unsigned long index, unsigned long start,
				  unsigned long end)
{
	unsigned long base = index << HMT_CHUNK_SHIFT;
	unsigned long first, after;
	struct hmt_device_chunk *chunk;

	first = (max(start, base) - base) / HMT_DEVICE_WINDOW;
	after = DIV_ROUND_UP(min(end, base + HMT_CHUNK_SIZE) - base,
			     HMT_DEVICE_WINDOW);
	spin_lock(&pool->windows.lock);
	chunk = xa_load(&space->chunks, index);
	if (chunk) {
		memset(&chunk->windows[first], 0,
		       (after - first) * sizeof(chunk->windows[0]));
		if (!memchr_inv(chunk, 0, sizeof(*chunk))) {
			xa_erase(&space->chunks, index);
			kfree(chunk);
		}
	}
	spin_unlock(&pool->windows.lock);
}

/* Forget the range [@start, @end), which was unmapped. */
void hmt_device_space_unmapped(struct hmt_device_pool *pool,
			       struct hmt_device_space *space,
			       unsigned long start, unsigned long end)
{
	unsigned long first = start >> HMT_CHUNK_SHIFT;
	unsigned long after = DIV_ROUND_UP(end, HMT_CHUNK_SIZE);

	if (!IS_ALIGNED(start, HMT_CHUNK_SIZE))
		hmt_device_space_trim(pool, space, first++, start, end);
	if (first < after && !IS_ALIGNED(end, HMT_CHUNK_SIZE))
		hmt_device_space_trim(pool, space, --after, start, end);
	if (first < after)
		hmt_device_space_clear(pool, space, first, after - 1);
}

/*
 * Have a history of the windows around @addr. Without memory there is none, and
 * the next fault tries again. Gate of a view of the space held, and the mmap lock,
 * under which something is mapped at @addr; may sleep.
 */
void hmt_device_space_remember(struct hmt_device_space *space,
			       unsigned long addr)
{
	unsigned long index = addr >> HMT_CHUNK_SHIFT;
	struct hmt_device_chunk *chunk;

	if (xa_load(&space->chunks, index))
		return;
	chunk = kzalloc(sizeof(*chunk), GFP_KERNEL_ACCOUNT);
	/* Another task may have had the same need. */
	if (chunk && xa_insert(&space->chunks, index, chunk, GFP_KERNEL))
		kfree(chunk);
}

static struct hmt_device_space *
hmt_device_find_space(struct hmt_device_windows *windows,
		      const struct mm_struct *mm)
{
	lockdep_assert_held(&windows->lock);
	return xa_load(&windows->spaces, (unsigned long)mm);
}

/* Return the window of @addr; NULL if it has no history. */
static struct hmt_device_window *
hmt_device_window_of(struct hmt_device_space *space, unsigned long addr)
{
	struct hmt_device_chunk *chunk = xa_load(&space->chunks,
						 addr >> HMT_CHUNK_SHIFT);

	return chunk ? &chunk->windows[(addr % HMT_CHUNK_SIZE) /
				       HMT_DEVICE_WINDOW] : NULL;
}

/* The same for an address of @mm. */
static struct hmt_device_window *
hmt_device_find_window(struct hmt_device_windows *windows,
		       const struct mm_struct *mm, unsigned long addr)
{
	struct hmt_device_space *space = hmt_device_find_space(windows, mm);

	return space ? hmt_device_window_of(space, addr) : NULL;
}

/* Bouncing. */

static bool hmt_device_is_past(u32 since, unsigned int ms)
{
	return (u32)jiffies - since >= msecs_to_jiffies(ms);
}

static bool hmt_device_window_is_held(struct hmt_device_window *window)
{
	if (window->held &&
	    hmt_device_is_past(window->since, READ_ONCE(hmt_device_hold_ms)))
		window->held = false;
	return window->held;
}

/*
 * Note a change of direction, of a huge page if @whole; return true if it makes the
 * window bounce.
 */
static bool hmt_device_window_turn(struct hmt_device_window *window,
				   bool to_device, bool whole)
{
	if (!window->held)
		window->whole = whole;
	if (window->held || window->on_device == to_device)
		return false;
	window->on_device = to_device;
	if (!window->turns ||
	    hmt_device_is_past(window->since,
			       READ_ONCE(hmt_device_bounce_ms))) {
		window->since = jiffies;
		window->turns = 0;
	}
	if (++window->turns < HMT_DEVICE_TURNS)
		return false;
	window->turns = 0;
	window->since = jiffies;
	window->held = !!READ_ONCE(hmt_device_hold_ms);
	return true;
}

/* Let the next faults of @space move half as much. */
static void hmt_device_space_shrink(struct hmt_device_space *space)
{
	unsigned int i, order = 0;

	for (i = 0; i < HMT_DEVICE_STREAMS; i++)
		order = max(order, space->streams[i].order);
	order = order ? order - 1 : 0;
	for (i = 0; i < HMT_DEVICE_STREAMS; i++)
		space->streams[i].order = min(space->streams[i].order, order);
	space->order_max = order;
	space->streak = 0;
}

static void hmt_device_note_turns(struct hmt_device_windows *windows,
				  struct hmt_device_space *space,
				  unsigned long start, unsigned long end,
				  bool to_device, bool whole)
{
	unsigned long addr = ALIGN_DOWN(start, HMT_DEVICE_WINDOW);
	struct hmt_device_window *window;

	lockdep_assert_held(&windows->lock);
	for (; addr < end; addr += HMT_DEVICE_WINDOW) {
		window = hmt_device_window_of(space, addr);
		if (!window || !hmt_device_window_turn(window, to_device, whole))
			continue;
		windows->sharing.bounced++;
		hmt_device_space_shrink(space);
	}
}

/* Note that pages of [@start, @end) of @mm moved to the device or back. */
void hmt_device_note_turn(struct hmt_device_pool *pool,
			  const struct mm_struct *mm, unsigned long start,
			  unsigned long end, bool to_device)
{
	struct hmt_device_windows *windows = &pool->windows;
	struct hmt_device_space *space;

	spin_lock(&windows->lock);
	space = hmt_device_find_space(windows, mm);
	if (space)
		hmt_device_note_turns(windows, space, start, end, to_device,
				      false);
	spin_unlock(&windows->lock);
}

/*
 * Note that pages of [@start, @end) of @space moved to the device, or the huge page
 * at @start as a @whole. Gate of a view of the space held.
 */
void hmt_device_note_came(struct hmt_device_pool *pool,
			  struct hmt_device_space *space, unsigned long start,
			  unsigned long end, bool whole)
{
	if (whole)
		end = start + HMT_DEVICE_WINDOW;
	spin_lock(&pool->windows.lock);
	hmt_device_note_turns(&pool->windows, space, start, end, true, whole);
	spin_unlock(&pool->windows.lock);
}

/*
 * Note that @pages of [@start, @end) moved back because of a CPU fault.
 */
void hmt_device_note_returned(struct hmt_device_pool *pool,
			      const struct mm_struct *mm, unsigned long start,
			      unsigned long end, unsigned long pages)
{
	struct hmt_device_windows *windows = &pool->windows;
	bool whole = pages == HMT_CHUNK_PAGES;
	struct hmt_device_space *space;

	if (!pages)
		return;
	if (whole)
		end = start + HMT_DEVICE_WINDOW;
	spin_lock(&windows->lock);
	space = hmt_device_find_space(windows, mm);
	if (space)
		hmt_device_note_turns(windows, space, start, end, false,
				      whole);
	windows->sharing.returned += pages;
	spin_unlock(&windows->lock);
}

/* Note that memory of @mm was evicted before the device used it. */
void hmt_device_note_wasted(struct hmt_device_pool *pool,
			    const struct mm_struct *mm)
{
	struct hmt_device_space *space;

	spin_lock(&pool->windows.lock);
	space = hmt_device_find_space(&pool->windows, mm);
	if (space)
		hmt_device_space_shrink(space);
	spin_unlock(&pool->windows.lock);
}

static bool hmt_device_holds(struct hmt_device_pool *pool,
			     struct hmt_device_space *space,
			     unsigned long addr, bool whole)
{
	struct hmt_device_windows *windows = &pool->windows;
	struct hmt_device_window *window;
	bool held;

	spin_lock(&windows->lock);
	window = hmt_device_window_of(space, addr);
	held = window && window->whole >= whole &&
	       hmt_device_window_is_held(window);
	if (held)
		windows->sharing.held++;
	spin_unlock(&windows->lock);
	return held;
}

/*
 * Check whether a window must stay in system memory, and count that. Gate of a view
 * of @space held.
 */
bool hmt_device_holds_window(struct hmt_device_pool *pool,
			     struct hmt_device_space *space,
			     unsigned long window)
{
	return hmt_device_holds(pool, space, window, false);
}

/* The same for a huge page at @chunk; false if there was none. */
bool hmt_device_holds_whole(struct hmt_device_pool *pool,
			    struct hmt_device_space *space,
			    unsigned long chunk)
{
	return hmt_device_holds(pool, space, chunk, true);
}

/* Memory that gave way. */

/* Remember when the device used a block that gave way. */
void hmt_device_note_evicted(struct hmt_device_pool *pool,
			     const struct hmt_device_victim *block)
{
	struct hmt_device_window *window;

	spin_lock(&pool->windows.lock);
	window = hmt_device_find_window(&pool->windows, block->mm,
					block->addr);
	if (window) {
		window->left = block->used;
		window->evicted = true;
		/* It went without a CPU that wanted it. */
		window->on_device = false;
		window->turns = 0;
	}
	spin_unlock(&pool->windows.lock);
}

/*
 * Get the arrivals of the pool when the device last used the window of @addr,
 * which gave way; false if it did not. It is told once.
 */
bool hmt_device_when_left(struct hmt_device_pool *pool,
			  const struct mm_struct *mm, unsigned long addr,
			  u32 *when)
{
	struct hmt_device_window *window;
	bool known;

	spin_lock(&pool->windows.lock);
	window = hmt_device_find_window(&pool->windows, mm, addr);
	known = window && window->evicted;
	if (known) {
		*when = window->left;
		window->evicted = false;
	}
	spin_unlock(&pool->windows.lock);
	return known;
}

/* The range that moves with a fault. */

static struct hmt_device_stream *
hmt_device_find_stream(struct hmt_device_space *space, unsigned long window)
{
	unsigned int i;

	for (i = 0; i < HMT_DEVICE_STREAMS; i++) {
		struct hmt_device_stream *stream = &space->streams[i];

		if (stream->next && window >= stream->start &&
		    window <= stream->next)
			return stream;
	}
	return NULL;
}

static struct hmt_device_stream *
hmt_device_new_stream(struct hmt_device_space *space, unsigned long addr)
{
	struct hmt_device_stream *stream =
		&space->streams[space->turn++ % HMT_DEVICE_STREAMS];
	unsigned long window = ALIGN_DOWN(addr, HMT_DEVICE_WINDOW);

	*stream = (struct hmt_device_stream) {
		.start = window,
		.next = window + HMT_DEVICE_WINDOW,
	};
	return stream;
}

/* The device went on to the window after the range: double it. */
static void hmt_device_stream_advance(struct hmt_device_space *space,
				      struct hmt_device_stream *stream)
{
	if (++space->streak >= HMT_DEVICE_STREAK &&
	    space->order_max < HMT_DEVICE_ORDER_MAX) {
		space->order_max++;
		space->streak = 0;
	}
	stream->order = min(stream->order + 1, space->order_max);
	stream->start = stream->next;
	stream->next = min(stream->start + (HMT_DEVICE_WINDOW << stream->order),
			   ALIGN_DOWN(stream->start, HMT_CHUNK_SIZE) +
			   HMT_CHUNK_SIZE);
}

/*
 * Choose the range that moves with the page @addr, which is not on the device.
 * Pages that do not exist are created up to the end of the range if the device
 * touched the pages before one by one; else only the touched one is.
 */
void hmt_device_plan_range(struct hmt_device_pool *pool,
			   struct hmt_device_space *space, unsigned long addr,
			   struct hmt_device_range *range)
{
	unsigned long window = ALIGN_DOWN(addr, HMT_DEVICE_WINDOW);
	struct hmt_device_stream *stream;

	spin_lock(&pool->windows.lock);
	stream = hmt_device_find_stream(space, window);
	if (!stream)
		stream = hmt_device_new_stream(space, addr);
	else if (window == stream->next)
		hmt_device_stream_advance(space, stream);
	/* Memory of the range that did not come will not do so now. */
	range->start = window;
	range->end = window == stream->start ? stream->next :
					       window + HMT_DEVICE_WINDOW;
	if (addr == stream->last + PAGE_SIZE)
		stream->dense = true;
	else if (addr != stream->start && addr != stream->last)
		stream->dense = false;
	stream->last = addr;
	range->fill_end = stream->dense ? range->end : addr + PAGE_SIZE;
	spin_unlock(&pool->windows.lock);
}
