// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of devices: copies for reading. Their originals stay where they are,
 * mapped, and cannot be written to: either their mapping is not writable, or
 * they are protected with userfaultfd. What makes them writable, takes them away
 * or moves them raises the driver's interval notifier first, and that drops the
 * copies. A copy is a page of the pool that is used, and has no reference: no
 * page table has it.
 *
 * A copy is found under the lock of the driver's translations. So whoever takes
 * one out of the xarray, has the driver forget the translation, and only then
 * gives the page away, is sure that nobody reads it any more.
 */
#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/hmt.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>
#include "device.h"

/* Copies that are dropped before others get at the set. */
#define HMT_REPLICA_SLICE	256

/* Which sets belong to which pool; see device.h. */
static DEFINE_MUTEX(hmt_replicas_lock);

/*
 * Sets.
 */

/* Its pool, which stays until it is left; NULL: it has none. */
struct hmt_device_pool *
hmt_device_replicas_enter(struct hmt_device_replicas *set)
{
	struct hmt_device_pool *pool;

	xa_lock(&set->pages);
	pool = set->pool;
	if (pool)
		atomic_inc(&set->busy);
	xa_unlock(&set->pages);
	return pool;
}

/* @set may be gone at once. */
void hmt_device_replicas_leave(struct hmt_device_replicas *set)
{
	if (atomic_dec_and_test(&set->busy))
		wake_up_var(&set->busy);
}

/* Take a copy out of its set, whose lock is held. Its page is still used. */
static void hmt_replica_unlink(struct hmt_device_pool *pool,
			       struct hmt_device_replicas *set,
			       unsigned long addr, unsigned long index)
{
	unsigned long flags;

	lockdep_assert_held(&set->pages.xa_lock);
	__xa_erase(&set->pages, addr >> PAGE_SHIFT);
	spin_lock_irqsave(&pool->lock, flags);
	__clear_bit(index, pool->replica_bits);
	pool->nr_replicas--;
	spin_unlock_irqrestore(&pool->lock, flags);
}

static void hmt_replicas_count(struct hmt_device_pool *pool, u64 *counter,
			       unsigned int count)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->lock, flags);
	*counter += count;
	spin_unlock_irqrestore(&pool->lock, flags);
}

/*
 * Drop what there is of pages [@first, @last], which no translation leads to any
 * more. Returns how many there were.
 */
static unsigned int hmt_replicas_clear(struct hmt_device_replicas *set,
				       struct hmt_device_pool *pool,
				       unsigned long first, unsigned long last)
{
	unsigned long page, index, window, noted = 1;
	unsigned int count = 0;
	void *entry;

	xa_lock(&set->pages);
	xa_for_each_range(&set->pages, page, entry, first, last) {
		index = xa_to_value(entry);
		hmt_replica_unlink(pool, set, page << PAGE_SHIFT, index);
		hmt_device_put_taken(pool, index);
		window = ALIGN_DOWN(page << PAGE_SHIFT, HMT_DEVICE_WINDOW);
		if (window != noted)
			hmt_device_note_turn(pool, set->notifier->mm, window,
					     false);
		noted = window;
		if (++count % HMT_REPLICA_SLICE)
			continue;
		xa_unlock(&set->pages);
		xa_lock(&set->pages);
	}
	xa_unlock(&set->pages);
	return count;
}

/* No copy is found from now on; those that were are dropped. */
static void hmt_replicas_close(struct hmt_device_replicas *set)
{
	struct hmt_device_pool *pool;

	lockdep_assert_held(&hmt_replicas_lock);
	xa_lock(&set->pages);
	pool = set->pool;
	WRITE_ONCE(set->pool, NULL);
	xa_unlock(&set->pages);
	wait_var_event(&set->busy, !atomic_read(&set->busy));
	if (!pool)
		return;
	set->mirror->forget(set->mirror, 0, ULONG_MAX);
	hmt_replicas_clear(set, pool, 0, ULONG_MAX);
	/* Who found a copy in the pool before it was dropped holds the set. */
	wait_var_event(&set->busy, !atomic_read(&set->busy));
}

/**
 * hmt_device_replicas_add() - a device may have copies of an address space
 * @replicas: filled in; stays until hmt_device_replicas_remove()
 *
 * Context: process, may sleep; the memory is registered.
 * Return: 0 or -ENOMEM.
 */
int hmt_device_replicas_add(struct hmt_device_replicas *replicas)
{
	struct hmt_device_pool *pool = replicas->device->pool;
	int ret = 0;

	xa_init(&replicas->pages);
	atomic_set(&replicas->busy, 0);
	INIT_LIST_HEAD(&replicas->list);
	replicas->pool = NULL;
	guard(mutex)(&hmt_replicas_lock);
	if (!pool->replicas)
		pool->replicas = kvcalloc(pool->pages, sizeof(*pool->replicas),
					  GFP_KERNEL);
	if (!pool->replicas) {
		ret = -ENOMEM;
	} else if (!pool->detached) {
		replicas->pool = pool;
		list_add(&replicas->list, &pool->sets);
	}
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_replicas_add);

/**
 * hmt_device_replicas_remove() - it no longer has
 * @replicas: as added
 *
 * The memory need not be there any more. The mirror and the notifier are.
 *
 * Context: process, may sleep; no lock that the operations of the mirror or the
 * notifier take.
 */
void hmt_device_replicas_remove(struct hmt_device_replicas *replicas)
{
	mutex_lock(&hmt_replicas_lock);
	list_del_init(&replicas->list);
	hmt_replicas_close(replicas);
	mutex_unlock(&hmt_replicas_lock);
	xa_destroy(&replicas->pages);
}
EXPORT_SYMBOL_GPL(hmt_device_replicas_remove);

/* The memory goes away: no set has copies in it any more. */
void hmt_device_replicas_detach(struct hmt_device_pool *pool)
{
	struct hmt_device_replicas *set, *next;

	guard(mutex)(&hmt_replicas_lock);
	pool->detached = true;
	list_for_each_entry_safe(set, next, &pool->sets, list) {
		list_del_init(&set->list);
		hmt_replicas_close(set);
	}
}

/*
 * Dropping.
 */

/**
 * hmt_device_replicas_drop() - drop the copies of a range
 * @replicas: as added
 * @start: first address
 * @end: behind the last address
 *
 * For the driver's notifier, after mmu_interval_set_seq() and after the device
 * dropped its translations of the range.
 *
 * Context: process; the driver's lock is held. Takes spin locks only.
 */
void hmt_device_replicas_drop(struct hmt_device_replicas *replicas,
			      unsigned long start, unsigned long end)
{
	struct hmt_device_pool *pool = hmt_device_replicas_enter(replicas);
	unsigned int count;

	if (!pool)
		return;
	count = hmt_replicas_clear(replicas, pool, start >> PAGE_SHIFT,
				   (end - 1) >> PAGE_SHIFT);
	if (count)
		hmt_replicas_count(pool, &pool->dropped, count);
	hmt_device_replicas_leave(replicas);
}
EXPORT_SYMBOL_GPL(hmt_device_replicas_drop);

/* What page @index is a copy of, its set held in place; false: of nothing. */
static bool hmt_replica_get(struct hmt_device_pool *pool, unsigned long index,
			    struct hmt_device_replica *replica)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&pool->lock, flags);
	found = test_bit(index, pool->replica_bits);
	if (found) {
		*replica = pool->replicas[index];
		atomic_inc(&replica->set->busy);
	}
	spin_unlock_irqrestore(&pool->lock, flags);
	return found;
}

/* Drop the copy on page @index if it is @age old. */
static bool hmt_replica_evict(struct hmt_device_pool *pool, unsigned long index,
			      unsigned long age)
{
	struct hmt_device_replica replica;
	struct hmt_device_replicas *set;
	bool found = false;

	if (!hmt_replica_get(pool, index, &replica))
		return false;
	set = replica.set;
	if (time_before(jiffies, replica.made + age))
		goto out;
	xa_lock(&set->pages);
	/* Detached: who does that drops it. */
	if (set->pool == pool)
		found = xa_load(&set->pages, replica.addr >> PAGE_SHIFT) ==
			xa_mk_value(index);
	if (found)
		hmt_replica_unlink(pool, set, replica.addr, index);
	xa_unlock(&set->pages);
	if (found) {
		set->mirror->forget(set->mirror, replica.addr,
				    replica.addr + PAGE_SIZE);
		hmt_device_put_taken(pool, index);
		hmt_replicas_count(pool, &pool->displaced, 1);
	}
out:
	hmt_device_replicas_leave(set);
	return found;
}

/* Drop all copies on pages [@index, @end). */
void hmt_device_replicas_evict(struct hmt_device_pool *pool,
			       unsigned long index, unsigned long end)
{
	if (!READ_ONCE(pool->nr_replicas))
		return;
	for_each_set_bit_from(index, pool->replica_bits, end) {
		hmt_replica_evict(pool, index, 0);
		cond_resched();
	}
}

/* Drop a copy that is @age old, from where the last one was; false: none. */
bool hmt_device_replicas_displace(struct hmt_device_pool *pool,
				  unsigned long age)
{
	unsigned long index;

	if (!READ_ONCE(pool->nr_replicas))
		return false;
	index = find_next_bit(pool->replica_bits, pool->pages,
			      READ_ONCE(pool->oldest));
	if (index >= pool->pages)
		index = find_first_bit(pool->replica_bits, pool->pages);
	if (index >= pool->pages)
		return false;
	WRITE_ONCE(pool->oldest, index + 1);
	return hmt_replica_evict(pool, index, age) || !age;
}

/**
 * hmt_device_replica_find() - where the copy of a page is
 * @replicas: as added
 * @addr: any address of the page
 * @offset: bytes from the start of the memory, if there is one
 *
 * The copy stays for as long as the lock is held, and longer if the translation
 * is entered under it. It must not be written to.
 *
 * Context: the lock is held that the operations of the notifier and the mirror
 * take.
 * Return: whether there is a copy.
 */
bool hmt_device_replica_find(const struct hmt_device_replicas *replicas,
			     unsigned long addr, u64 *offset)
{
	void *entry;

	if (!READ_ONCE(replicas->pool))
		return false;
	entry = xa_load((struct xarray *)&replicas->pages, addr >> PAGE_SHIFT);
	if (!entry)
		return false;
	*offset = PFN_PHYS(xa_to_value(entry));
	return true;
}
EXPORT_SYMBOL_GPL(hmt_device_replica_find);
