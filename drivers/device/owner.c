// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: the parts of processes in it. One that streams must not push out
 * the memory of another one: each process that has a view of the device keeps an
 * equal part, as far as it uses it, and all of them use the rest. Guarantees of
 * workloads precede these parts.
 *
 * All but hmt_device_owner_open() is called with hmt_device_pages.lock held, or
 * takes it.
 */
#include <linux/hmt_internal.h>
#include <linux/lockdep.h>
#include <linux/math.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "device.h"

/* Return an owner without blocks, or NULL. */
struct hmt_device_owner *hmt_device_owner_open(const struct mm_struct *mm)
{
	struct hmt_device_owner *owner = kzalloc(sizeof(*owner), GFP_KERNEL);

	if (owner) {
		owner->mm = mm;
		owner->open = true;
	}
	return owner;
}

/* The last view is closed. The blocks stay until they are freed or give way. */
void hmt_device_owner_close(struct hmt_device_pool *pool,
			    struct hmt_device_owner *owner)
{
	unsigned long flags;
	bool last;

	spin_lock_irqsave(&pool->pages.lock, flags);
	owner->open = false;
	last = !owner->blocks;
	if (!last)
		pool->blocks.sharing--;
	spin_unlock_irqrestore(&pool->pages.lock, flags);
	if (last)
		kfree(owner);
}

/* Add to the blocks of @owner, which may be NULL. */
void hmt_device_owner_take(struct hmt_device_blocks *blocks,
			   struct hmt_device_owner *owner, unsigned int weight)
{
	if (!owner)
		return;
	if (!owner->blocks && owner->open)
		blocks->sharing++;
	owner->blocks += weight;
}

/* Remove blocks of @owner, which may be NULL and may be freed. */
void hmt_device_owner_drop(struct hmt_device_blocks *blocks,
			   struct hmt_device_owner *owner, unsigned int weight)
{
	if (!owner)
		return;
	owner->blocks -= weight;
	if (owner->blocks)
		return;
	if (owner->open)
		blocks->sharing--;
	else
		kfree(owner);
}

/* Check whether a block of @owner, or of none, gives way to memory of @needs. */
bool hmt_device_owner_yields(const struct hmt_device_pool *pool,
			     const struct hmt_device_owner *owner,
			     const struct hmt_device_owner *needs)
{
	struct hmt_displacement displacement;
	unsigned long pages = pool->nr_pages - pool->pages.nr_reserved;

	lockdep_assert_held(&pool->pages.lock);
	if (!owner || !owner->open || owner == needs)
		return true;
	displacement = (struct hmt_displacement) {
		.memory = hmt_memory_uid(pool->memory),
		.owner = owner->mm,
		.owner_has = (u64)owner->blocks * HMT_DEVICE_WINDOW_PAGES,
		.needs = needs->mm,
		.needs_has = (u64)needs->blocks * HMT_DEVICE_WINDOW_PAGES,
		.total = round_up(pages, HMT_DEVICE_WINDOW_PAGES),
		.sharing = pool->blocks.sharing + !needs->blocks,
	};
	return hmt_touched_displaces(&displacement);
}
