// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: replicas. The originals stay in system memory, mapped, and
 * cannot be written because userfaultfd protects them. Making them writable,
 * unmapping or moving them invokes the driver's interval notifier first, which
 * drops the replicas. The page of a replica is used but has no references, because
 * no page table maps it.
 *
 * Devices look up replicas under the lock of the driver's translations. A
 * replica is removed from the xarray, then the driver forgets its translation,
 * and only then its page is freed: no device reads it any more.
 */
#include <linux/align.h>
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>
#include <linux/wait_bit.h>
#include <linux/xarray.h>
#include "device.h"

/* Number of replicas to drop before the lock of the set is released. */
#define HMT_REPLICA_SLICE	256

/* Protects the lists of sets, see device.h. */
static DEFINE_MUTEX(hmt_replicas_lock);

/* Sets. */

/* Pin the pool of @set; return NULL if it has none. */
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

/* Unpin the pool. @set may be freed at once. */
void hmt_device_replicas_leave(struct hmt_device_replicas *set)
{
	if (atomic_dec_and_test(&set->busy))
		wake_up_var(&set->busy);
}

/* Remove a replica from its set. Its page stays used. */
static void hmt_replica_unlink(struct hmt_device_pool *pool,
			       struct hmt_device_replicas *set,
			       unsigned long addr, unsigned long index)
{
	unsigned long flags;

	lockdep_assert_held(&set->pages.xa_lock);
	__xa_erase(&set->pages, addr >> PAGE_SHIFT);
	spin_lock_irqsave(&pool->pages.lock, flags);
	__clear_bit(index, pool->replicas.used);
	pool->replicas.nr--;
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}

static void hmt_replicas_count(struct hmt_device_pool *pool, u64 *counter,
			       unsigned int count)
{
	unsigned long flags;

	spin_lock_irqsave(&pool->pages.lock, flags);
	*counter += count;
	spin_unlock_irqrestore(&pool->pages.lock, flags);
}

/*
 * Drop the replicas of pages [@first, @last]. The device must have forgotten
 * their translations. Return the number of dropped replicas.
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
		hmt_device_free_indices(pool, index, 1);
		window = ALIGN_DOWN(page << PAGE_SHIFT, HMT_DEVICE_WINDOW);
		if (window != noted)
			hmt_device_note_turn(pool, set->notifier->mm, window,
					     window + HMT_DEVICE_WINDOW, false);
		noted = window;
		if (++count % HMT_REPLICA_SLICE)
			continue;
		xa_unlock(&set->pages);
		xa_lock(&set->pages);
	}
	xa_unlock(&set->pages);
	return count;
}

/*
 * Disconnect @set, which is in no list any more, from its pool and drop all its
 * replicas.
 */
static void hmt_replicas_close(struct hmt_device_replicas *set)
{
	struct hmt_device_pool *pool;

	xa_lock(&set->pages);
	pool = set->pool;
	WRITE_ONCE(set->pool, NULL);
	xa_unlock(&set->pages);
	wait_var_event(&set->busy, !atomic_read(&set->busy));
	if (!pool)
		return;
	set->mirror->forget(set->mirror, 0, ULONG_MAX);
	hmt_replicas_clear(set, pool, 0, ULONG_MAX);
	/* hmt_replica_get() may have pinned the set in the meantime. */
	wait_var_event(&set->busy, !atomic_read(&set->busy));
}

void hmt_device_replicas_init(struct hmt_device_replicas *replicas,
			      struct mmu_interval_notifier *notifier,
			      struct hmt_mirror *mirror)
{
	replicas->notifier = notifier;
	replicas->mirror = mirror;
	xa_init(&replicas->pages);
	atomic_set(&replicas->busy, 0);
	INIT_LIST_HEAD(&replicas->list);
	replicas->pool = NULL;
}

/* Let the device have replicas of an address space in @pool. */
void hmt_device_replicas_add(struct hmt_device_replicas *replicas,
			     struct hmt_device_pool *pool)
{
	guard(mutex)(&hmt_replicas_lock);
	if (pool->replicas.closed)
		return;
	replicas->pool = pool;
	list_add(&replicas->list, &pool->replicas.sets);
}

/*
 * Drop the replicas of an address space and permit no more. The memory may
 * already be removed; the mirror and the notifier must exist.
 */
void hmt_device_replicas_remove(struct hmt_device_replicas *replicas)
{
	struct hmt_device_pool *pool;

	mutex_lock(&hmt_replicas_lock);
	pool = list_empty(&replicas->list) ? NULL : replicas->pool;
	list_del_init(&replicas->list);
	if (pool)
		pool->replicas.closing++;
	mutex_unlock(&hmt_replicas_lock);
	if (pool) {
		/* A device may take its time, and others open and close files. */
		hmt_replicas_close(replicas);
		mutex_lock(&hmt_replicas_lock);
		if (!--pool->replicas.closing)
			wake_up_var(&pool->replicas.closing);
		mutex_unlock(&hmt_replicas_lock);
	}
	xa_destroy(&replicas->pages);
}

/* Disconnect all sets from a pool that is being removed. */
void hmt_device_replicas_detach(struct hmt_device_pool *pool)
{
	struct hmt_device_replicas *set, *next;

	mutex_lock(&hmt_replicas_lock);
	pool->replicas.closed = true;
	list_for_each_entry_safe(set, next, &pool->replicas.sets, list) {
		list_del_init(&set->list);
		hmt_replicas_close(set);
	}
	mutex_unlock(&hmt_replicas_lock);
	wait_var_event(&pool->replicas.closing,
		       !READ_ONCE(pool->replicas.closing));
	/* The task that made it 0 still holds the lock. */
	mutex_lock(&hmt_replicas_lock);
	mutex_unlock(&hmt_replicas_lock);
}

void hmt_device_replicas_free(struct hmt_device_pool *pool)
{
	unsigned long i, blocks = DIV_ROUND_UP(pool->nr_pages,
					       BIT(HMT_REPLICA_BLOCK_SHIFT));

	for (i = 0; pool->replicas.of && i < blocks; i++)
		kfree(pool->replicas.of[i]);
	kvfree(pool->replicas.of);
	vfree(pool->replicas.used);
}

/* Dropping replicas. */

/*
 * Drop the replicas of [@start, @end), after the device dropped its translations
 * of the range. The lock of the view is held, so only spin locks are taken.
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
		hmt_replicas_count(pool, &pool->replicas.dropped, count);
	hmt_device_replicas_leave(replicas);
}

/*
 * Look up the replica on page @index and pin its set; false if there is none.
 */
static bool hmt_replica_get(struct hmt_device_pool *pool, unsigned long index,
			    struct hmt_device_replica *replica)
{
	unsigned long flags;
	bool found;

	spin_lock_irqsave(&pool->pages.lock, flags);
	found = test_bit(index, pool->replicas.used);
	if (found) {
		*replica = *hmt_device_replica_at(pool, index);
		atomic_inc(&replica->set->busy);
	}
	spin_unlock_irqrestore(&pool->pages.lock, flags);
	return found;
}

/* Drop the replica on page @index if it is at least @age jiffies old. */
static bool hmt_replica_evict(struct hmt_device_pool *pool, unsigned long index,
			      unsigned long age)
{
	struct hmt_device_replica replica;
	struct hmt_device_replicas *set;
	bool found = false;

	if (!hmt_replica_get(pool, index, &replica))
		return false;
	set = replica.set;
	if (time_before(jiffies, replica.created + age))
		goto out;
	xa_lock(&set->pages);
	/* hmt_replicas_close() drops the replicas of a closed set. */
	if (set->pool == pool)
		found = xa_load(&set->pages, replica.addr >> PAGE_SHIFT) ==
			xa_mk_value(index);
	if (found)
		hmt_replica_unlink(pool, set, replica.addr, index);
	xa_unlock(&set->pages);
	if (found) {
		set->mirror->forget(set->mirror, replica.addr,
				    replica.addr + PAGE_SIZE);
		hmt_device_free_indices(pool, index, 1);
		hmt_replicas_count(pool, &pool->replicas.displaced, 1);
	}
out:
	hmt_device_replicas_leave(set);
	return found;
}

/* Drop all replicas on pages [@index, @end). */
void hmt_device_replicas_evict(struct hmt_device_pool *pool,
			       unsigned long index, unsigned long end)
{
	if (!READ_ONCE(pool->replicas.nr))
		return;
	for_each_set_bit_from(index, pool->replicas.used, end) {
		hmt_replica_evict(pool, index, 0);
		cond_resched();
	}
}

/*
 * Drop one replica that is at least @age jiffies old; false if none can be
 * dropped. The search continues at the last one that was dropped.
 */
bool hmt_device_replicas_displace(struct hmt_device_pool *pool,
				  unsigned long age)
{
	unsigned long index;

	if (!READ_ONCE(pool->replicas.nr))
		return false;
	index = find_next_bit(pool->replicas.used, pool->nr_pages,
			      READ_ONCE(pool->replicas.next));
	if (index >= pool->nr_pages)
		index = find_first_bit(pool->replicas.used, pool->nr_pages);
	if (index >= pool->nr_pages)
		return false;
	WRITE_ONCE(pool->replicas.next, index + 1);
	return hmt_replica_evict(pool, index, age) || !age;
}

/*
 * Look up the replica of the page of @addr, which must not be written. It exists
 * while the lock of the view is held, and longer if its translation is entered
 * under that lock. Return false if there is none.
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
