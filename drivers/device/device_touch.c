// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of devices: what a device touches comes to it, unless CPUs touch it
 * as well. A window of memory that goes there and back a few times in a short
 * time is held where both reach it, in system memory, for a while.
 */
#include <linux/align.h>
#include <linux/hash.h>
#include <linux/hmt.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/moduleparam.h>
#include <linux/spinlock.h>
#include "device.h"

/* Changes of direction that make a window bounce: there and back, three times. */
#define HMT_DEVICE_TURNS	6

static unsigned int hmt_device_bounce_ms = 500;
module_param_named(bounce_ms, hmt_device_bounce_ms, uint, 0644);
MODULE_PARM_DESC(bounce_ms, "time in which memory that goes to a device and back three times is found to bounce");

static unsigned int hmt_device_hold_ms = 1000;
module_param_named(hold_ms, hmt_device_hold_ms, uint, 0644);
MODULE_PARM_DESC(hold_ms, "time for which memory that bounces is held in system memory, 0: not at all");

void hmt_device_bounces_init(struct hmt_device_bounces *bounces)
{
	spin_lock_init(&bounces->lock);
}

/* The slot of a window; another window that had it is forgotten. */
static struct hmt_device_bounce *
hmt_device_bounce_slot(struct hmt_device_bounces *bounces,
		       const struct mm_struct *mm, unsigned long window)
{
	unsigned long key = (unsigned long)mm ^ window / HMT_DEVICE_WINDOW;
	struct hmt_device_bounce *bounce =
		&bounces->slots[hash_long(key, HMT_DEVICE_BOUNCE_BITS)];

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

/* True when this is the turn that makes it bounce. */
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

/* Something of the window of @addr went to the device, or came back from it. */
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

/* @pages of the window of @addr came back because a CPU touched one. */
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

/* Must the window stay where it is? Counted. */
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
	spin_lock_irqsave(&pool->lock, flags);
	sharing->replicas = pool->nr_replicas;
	sharing->replicas_made = pool->made;
	sharing->dropped = pool->dropped;
	sharing->displaced = pool->displaced;
	spin_unlock_irqrestore(&pool->lock, flags);
}

static bool hmt_device_is_followed(struct mm_struct *mm, unsigned long addr)
{
	bool followed;

	mmap_read_lock(mm);
	followed = hmt_is_following(mm, addr, addr + PAGE_SIZE);
	mmap_read_unlock(mm);
	return followed;
}

/**
 * hmt_device_memory_touched() - a device touched a page that it has not
 * @device: as registered
 * @mm: address space; mm_users held by the caller
 * @addr: what it touched
 * @allowed: nodes that the process may use
 * @always: the driver wants whatever the device touches; else only what a
 *	program said follows the devices that touch it (HMT_ADVICE_FOLLOW)
 *
 * For the fault path of a driver. Brings the page to the device together with
 * those around it, as hmt_migrate_range() does. Nothing moves while the memory
 * is held in system memory because CPUs touch it as well; a driver whose
 * device cannot do without calls hmt_migrate_range() itself.
 *
 * Context: process, no lock held that the driver's notifier takes, may sleep.
 * Return: pages that moved.
 */
unsigned long hmt_device_memory_touched(struct hmt_device_memory *device,
					struct mm_struct *mm,
					unsigned long addr,
					const nodemask_t *allowed, bool always)
{
	unsigned long window = ALIGN_DOWN(addr, HMT_DEVICE_WINDOW);
	struct hmt_device_pool *pool = device->pool;
	struct hmt_migration migration = {
		.mm = mm,
		.next = window,
		.end = window + HMT_DEVICE_WINDOW,
		.allowed = *allowed,
		.nr_to = 1,
		.to = { hmt_memory_uid(pool->memory) },
	};

	if (!always && !hmt_device_is_followed(mm, addr & PAGE_MASK))
		return 0;
	if (hmt_device_holds_window(pool, mm, window))
		return 0;
	hmt_migrate_range(&migration);
	if (migration.stats.pages[HMT_RESULT_MOVED])
		hmt_device_note_turn(pool, mm, addr, true);
	return migration.stats.pages[HMT_RESULT_MOVED];
}
EXPORT_SYMBOL_GPL(hmt_device_memory_touched);
