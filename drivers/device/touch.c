// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: move pages that a device touches to it, unless CPUs touch them
 * as well. A window of memory that moves there and back three times in a short
 * time bounces: it is held in system memory for a while, where both can access
 * it.
 */
#include <linux/align.h>
#include <linux/hash.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include "device.h"

/*
 * Changes of direction that make a window bounce: three times there and back.
 */
#define HMT_DEVICE_TURNS	6

static unsigned int hmt_device_bounce_ms = 500;
module_param_named(bounce_ms, hmt_device_bounce_ms, uint, 0644);
MODULE_PARM_DESC(bounce_ms, "Time in ms in which memory that moves to a device and back three times is found to bounce");

static unsigned int hmt_device_hold_ms = 1000;
module_param_named(hold_ms, hmt_device_hold_ms, uint, 0644);
MODULE_PARM_DESC(hold_ms, "Time in ms for which bouncing memory is held in system memory; 0 disables");

void hmt_device_bounces_init(struct hmt_device_bounces *bounces)
{
	spin_lock_init(&bounces->lock);
}

/*
 * Return the slot of a window. Forgets another window that has the same slot.
 */
static struct hmt_device_bounce *
hmt_device_bounce_slot(struct hmt_device_bounces *bounces,
		       const struct mm_struct *mm, unsigned long window)
{
	unsigned long key = (unsigned long)mm ^ window / HMT_DEVICE_WINDOW;
	struct hmt_device_bounce *bounce =
		&bounces->slots[hash_long(key, HMT_DEVICE_BOUNCE_BITS)];

	lockdep_assert_held(&bounces->lock);
	if (bounce->mm != mm || bounce->window != window)
		*bounce = (struct hmt_device_bounce) {
			.mm = mm,
			.window = window,
		};
	return bounce;
}

static bool hmt_device_is_past(unsigned long since, unsigned int ms)
{
	return time_after_eq(jiffies, since + msecs_to_jiffies(ms));
}

static bool hmt_device_bounce_is_held(struct hmt_device_bounce *bounce)
{
	if (bounce->held &&
	    hmt_device_is_past(bounce->since, READ_ONCE(hmt_device_hold_ms)))
		bounce->held = false;
	return bounce->held;
}

/* Note a change of direction; return true if it makes the window bounce. */
static bool hmt_device_bounce_turn(struct hmt_device_bounce *bounce,
				   bool to_device)
{
	if (bounce->held || bounce->on_device == to_device)
		return false;
	bounce->on_device = to_device;
	if (!bounce->turns ||
	    hmt_device_is_past(bounce->since,
			       READ_ONCE(hmt_device_bounce_ms))) {
		bounce->since = jiffies;
		bounce->turns = 0;
	}
	if (++bounce->turns < HMT_DEVICE_TURNS)
		return false;
	bounce->turns = 0;
	bounce->since = jiffies;
	bounce->held = READ_ONCE(hmt_device_hold_ms);
	return true;
}

/* Note that pages of the window of @addr moved to the device or back. */
void hmt_device_note_turn(struct hmt_device_pool *pool,
			  const struct mm_struct *mm, unsigned long addr,
			  bool to_device)
{
	struct hmt_device_bounces *bounces = &pool->bounces;
	unsigned long window = ALIGN_DOWN(addr, HMT_DEVICE_WINDOW);

	spin_lock(&bounces->lock);
	if (hmt_device_bounce_turn(hmt_device_bounce_slot(bounces, mm, window),
				   to_device))
		bounces->sharing.bounced++;
	spin_unlock(&bounces->lock);
}

/* Note that @pages of the window of @addr moved back because of a CPU fault. */
void hmt_device_note_returned(struct hmt_device_pool *pool,
			      const struct mm_struct *mm, unsigned long addr,
			      unsigned long pages)
{
	struct hmt_device_bounces *bounces = &pool->bounces;

	if (!pages)
		return;
	hmt_device_note_turn(pool, mm, addr, false);
	spin_lock(&bounces->lock);
	bounces->sharing.returned += pages;
	spin_unlock(&bounces->lock);
}

/* Check whether a window must stay in system memory, and count that. */
bool hmt_device_holds_window(struct hmt_device_pool *pool,
			     const struct mm_struct *mm, unsigned long window)
{
	struct hmt_device_bounces *bounces = &pool->bounces;
	bool held;

	spin_lock(&bounces->lock);
	held = hmt_device_bounce_is_held(hmt_device_bounce_slot(bounces, mm,
								window));
	if (held)
		bounces->sharing.held++;
	spin_unlock(&bounces->lock);
	return held;
}

void hmt_device_sharing(const struct hmt_memory *memory,
			struct hmt_sharing_stats *sharing)
{
	struct hmt_device_pool *pool = hmt_memory_data(memory);
	unsigned long flags;

	spin_lock(&pool->bounces.lock);
	*sharing = pool->bounces.sharing;
	spin_unlock(&pool->bounces.lock);
	spin_lock_irqsave(&pool->pages.lock, flags);
	sharing->replicas = pool->replicas.nr;
	sharing->replicas_made = pool->replicas.created;
	sharing->dropped = pool->replicas.dropped;
	sharing->displaced = pool->replicas.displaced;
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}

/*
 * Check whether the page of @addr should move to a device that touches it, and cut
 * the range of @migration to the neighbours that should as well: those with the
 * same advice. Read-mostly memory is replicated or stays. *@whole is set if all of
 * the chunk should move.
 */
static bool hmt_device_may_move(struct hmt_migration *migration,
				unsigned long addr, bool always, bool *whole)
{
	unsigned long chunk = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	unsigned long start = chunk, end = chunk + HMT_CHUNK_SIZE;
	bool may;

	/* The device can touch the page again. */
	if (hmt_mmap_read_lock(migration->mm))
		return false;
	may = hmt_follow_part(migration->mm, addr, always, &start, &end);
	mmap_read_unlock(migration->mm);
	*whole = end - start == HMT_CHUNK_SIZE;
	migration->next = max(migration->next, start);
	migration->end = min(migration->end, end);
	return may;
}

/*
 * Move the pages of the window of @addr, which the device touches, to it: those
 * around it whose program advised it (HMT_ADVICE_FOLLOW), or any if @always. A huge page
 * there moves as a whole if the kernel can do that. Nothing moves while the window
 * is held in system memory because CPUs touch it as well. The caller holds
 * mm_users. Return the number of moved pages.
 */
unsigned long hmt_device_touch(struct hmt_device_pool *pool,
			       struct mm_struct *mm, unsigned long addr,
			       const nodemask_t *allowed, bool always)
{
	unsigned long window = ALIGN_DOWN(addr, HMT_DEVICE_WINDOW);
	unsigned long chunk = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	const u32 uid = hmt_memory_uid(pool->memory);
	struct hmt_migration migration = {
		.mm = mm,
		.next = window,
		.end = window + HMT_DEVICE_WINDOW,
		.allowed = *allowed,
		.nr_to = 1,
		.to = &uid,
	};

	bool whole;

	/* Devices touch memory all the time: do not search pages for nothing. */
	hmt_device_borrow(pool);
	if (!hmt_device_nr_free(pool->memory) || !hmt_device_admits(pool))
		return 0;
	if (!hmt_device_may_move(&migration, addr & PAGE_MASK, always, &whole))
		return 0;
	/* A huge page that moved as a whole counts at its first window. */
	if (hmt_device_holds_window(pool, mm, window) ||
	    (chunk != window && hmt_device_holds_window(pool, mm, chunk)))
		return 0;
	hmt_migrate_touched(&migration, whole);
	if (migration.stats.pages[HMT_RESULT_MOVED] > HMT_DEVICE_WINDOW_PAGES)
		hmt_device_note_turn(pool, mm, chunk, true);
	else if (migration.stats.pages[HMT_RESULT_MOVED])
		hmt_device_note_turn(pool, mm, addr, true);
	return migration.stats.pages[HMT_RESULT_MOVED];
}
