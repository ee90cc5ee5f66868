// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: the view that a device has of an address space. An interval
 * notifier and the providers drop its translations, fault.c enters them.
 *
 * The order of removal does not matter: a view that outlives the memory of its
 * device is detached from it, and the faults of its device fail.
 */
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rwsem.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "device.h"

/*
 * Time in jiffies for which the nodes that a process may use are cached. Their
 * lookup visits all threads, and a device faults often.
 */
#define HMT_DEVICE_ALLOWED_STAY	(HZ / 10)

/* Protects the views of all pools, and the pool that a device is connected to. */
static DEFINE_MUTEX(hmt_device_views_lock);

/*
 * Forget the history of a range that was unmapped. Faults in progress may keep
 * the pool from going; if it goes at the same time, the history does as well.
 */
static void hmt_device_mm_unmapped(struct hmt_device_mm_state *state,
				   unsigned long start, unsigned long end)
{
	if (!down_read_trylock(&state->gate))
		return;
	if (state->pool)
		hmt_device_space_unmapped(state->pool, state->space, start,
					  end);
	up_read(&state->gate);
}

/* Drop translations and replicas of a range. */
static bool hmt_device_mm_invalidate(struct mmu_interval_notifier *notifier,
				     const struct mmu_notifier_range *range,
				     unsigned long seq)
{
	struct hmt_device_mm_state *state =
		container_of(notifier, struct hmt_device_mm_state, notifier);

	/* The OOM killer skips the range: the driver may sleep. */
	if (!mmu_notifier_range_blockable(range))
		return false;
	guard(mutex)(&state->lock);
	mmu_interval_set_seq(notifier, seq);
	state->view->ops->unmap(state->view, range->start, range->end);
	hmt_device_replicas_drop(&state->replicas, range->start, range->end);
	if (range->event == MMU_NOTIFY_UNMAP)
		hmt_device_mm_unmapped(state, range->start, range->end);
	return true;
}

static const struct mmu_interval_notifier_ops hmt_device_mm_notifier_ops = {
	.invalidate = hmt_device_mm_invalidate,
};

/* Drop translations for a provider, or before replicas are dropped. */
static void hmt_device_mm_forget(struct hmt_mirror *mirror, unsigned long start,
				 unsigned long end)
{
	struct hmt_device_mm_state *state =
		container_of(mirror, struct hmt_device_mm_state, mirror);

	guard(mutex)(&state->lock);
	state->view->ops->unmap(state->view, start, end);
}

static int hmt_device_mm_check(const struct hmt_device_mm *view)
{
	if (!view->device || !view->ops || !view->ops->map ||
	    !view->ops->unmap) {
		pr_err("view of an address space refused: device, operation 'map' or operation 'unmap' is missing\n");
		return -EINVAL;
	}
	return current->mm ? 0 : -ESRCH;
}

static struct hmt_device_mm_state *
hmt_device_mm_alloc(struct hmt_device_mm *view)
{
	struct hmt_device_mm_state *state = kzalloc(sizeof(*state), GFP_KERNEL);

	if (!state)
		return NULL;
	kref_init(&state->users);
	state->view = view;
	state->mm = current->mm;
	mmgrab(state->mm);
	state->pid = get_task_pid(current, PIDTYPE_TGID);
	state->allowed_until = jiffies;
	mutex_init(&state->lock);
	init_rwsem(&state->gate);
	state->mirror.mm = state->mm;
	state->mirror.forget = hmt_device_mm_forget;
	hmt_device_replicas_init(&state->replicas, &state->notifier,
				 &state->mirror);
	return state;
}

static void hmt_device_mm_free(struct kref *users)
{
	struct hmt_device_mm_state *state =
		container_of(users, struct hmt_device_mm_state, users);

	put_pid(state->pid);
	mmdrop(state->mm);
	kfree(state);
}

void hmt_device_mm_hold(struct hmt_device_mm_state *state)
{
	kref_get(&state->users);
}

void hmt_device_mm_put(struct hmt_device_mm_state *state)
{
	kref_put(&state->users, hmt_device_mm_free);
}

/* Connect a view to the memory of its device. */
static int hmt_device_mm_attach(struct hmt_device_mm_state *state)
{
	struct hmt_device_pool *pool;

	guard(mutex)(&hmt_device_views_lock);
	pool = state->view->device->pool;
	if (!pool)
		return -ENODEV;
	state->space = hmt_device_space_get(pool, state->mm);
	if (!state->space)
		return -ENOMEM;
	hmt_device_replicas_add(&state->replicas, pool);
	list_add(&state->link, &pool->views);
	state->pool = pool;
	return 0;
}

/*
 * Disconnect a view, after its faults in progress. Its pages stay. A fault may
 * wait for a program, so no lock is held that views of other processes need.
 */
static void hmt_device_mm_detach(struct hmt_device_mm_state *state)
{
	down_write(&state->gate);
	mutex_lock(&hmt_device_views_lock);
	if (state->pool) {
		list_del(&state->link);
		hmt_device_space_put(state->pool, state->space);
	}
	state->space = NULL;
	state->pool = NULL;
	mutex_unlock(&hmt_device_views_lock);
	up_write(&state->gate);
}

/* Check that a device has no pool. */
int hmt_device_mms_check(const struct hmt_device_memory *device)
{
	guard(mutex)(&hmt_device_views_lock);
	if (!device->pool)
		return 0;
	pr_err("device memory '%s' refused: its structure is registered already, or was not zeroed\n",
	       device->name ?: "");
	return -EEXIST;
}

/*
 * Connect a device to its pool, so that views can be opened. All of the pool is
 * valid from here on: a file of the driver may be open already, and its program
 * waits for no registration.
 */
void hmt_device_mms_attach(struct hmt_device_pool *pool)
{
	guard(mutex)(&hmt_device_views_lock);
	pool->driver.device->pool = pool;
}

/* Return a view of the pool, with a reference, or NULL. */
static struct hmt_device_mm_state *
hmt_device_mms_get_first(struct hmt_device_pool *pool)
{
	struct hmt_device_mm_state *state;

	guard(mutex)(&hmt_device_views_lock);
	state = list_first_entry_or_null(&pool->views,
					 struct hmt_device_mm_state, link);
	if (state)
		kref_get(&state->users);
	return state;
}

/* Disconnect all views from a pool that is removed; refuse new ones. */
void hmt_device_mms_detach(struct hmt_device_pool *pool)
{
	struct hmt_device_mm_state *state;

	mutex_lock(&hmt_device_views_lock);
	WRITE_ONCE(pool->driver.device->pool, NULL);
	mutex_unlock(&hmt_device_views_lock);
	while ((state = hmt_device_mms_get_first(pool))) {
		hmt_device_mm_detach(state);
		hmt_device_mm_put(state);
	}
}

/* Check whether the device has a view of @mm. */
bool hmt_device_mms_have(const struct hmt_device_pool *pool,
			 const struct mm_struct *mm)
{
	return xa_load((struct xarray *)&pool->windows.spaces,
		       (unsigned long)mm);
}

int hmt_device_mm_open(struct hmt_device_mm *view)
{
	struct hmt_device_mm_state *state;
	int ret = hmt_device_mm_check(view);

	might_sleep();
	if (ret)
		return ret;
	state = hmt_device_mm_alloc(view);
	if (!state)
		return -ENOMEM;
	view->state = state;
	ret = hmt_mirror_add(&state->mirror);
	if (ret)
		goto err_state;
	ret = hmt_device_mm_attach(state);
	if (ret)
		goto err_mirror;
	/* Last, because it uses the mirror and the replicas. */
	ret = mmu_interval_notifier_insert(&state->notifier, state->mm, 0,
					   ULONG_MAX & PAGE_MASK,
					   &hmt_device_mm_notifier_ops);
	if (!ret)
		return 0;
	hmt_device_mm_detach(state);
	hmt_device_replicas_remove(&state->replicas);
err_mirror:
	hmt_mirror_remove(&state->mirror);
err_state:
	view->state = NULL;
	hmt_device_mm_put(state);
	return ret;
}
EXPORT_SYMBOL_GPL(hmt_device_mm_open);

void hmt_device_mm_close(struct hmt_device_mm *view)
{
	struct hmt_device_mm_state *state = view->state;

	might_sleep();
	if (WARN_ON_ONCE(!state))
		return;
	hmt_device_mm_detach(state);
	hmt_device_replicas_remove(&state->replicas);
	mmu_interval_notifier_remove(&state->notifier);
	hmt_mirror_remove(&state->mirror);
	view->state = NULL;
	hmt_device_mm_put(state);
}
EXPORT_SYMBOL_GPL(hmt_device_mm_close);

void hmt_device_report(const struct hmt_device_mm *view,
		       enum hmt_evidence evidence, unsigned long start,
		       unsigned long end, unsigned int count)
{
	const struct hmt_device_mm_state *state = READ_ONCE(view->state);

	if (state)
		hmt_mirror_report(&state->mirror, evidence, start, end, count);
}
EXPORT_SYMBOL_GPL(hmt_device_report);

/*
 * Get the nodes that the process may use. The fault may be served by a worker,
 * so the nodes of the current task do not matter.
 */
void hmt_device_mm_allowed(struct hmt_device_mm_state *state,
			   nodemask_t *allowed)
{
	guard(mutex)(&state->lock);
	if (time_after_eq(jiffies, state->allowed_until)) {
		hmt_process_allows(state->pid, &state->allowed);
		state->allowed_until = jiffies + HMT_DEVICE_ALLOWED_STAY;
	}
	*allowed = state->allowed;
}
