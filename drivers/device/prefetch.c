// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: prefetch of a range by a worker, for a device that will use it. The
 * driver is called when that is done. A chunk moves at a time, so that the removal
 * of the device and the driver wait for one chunk at most.
 */
#include <linux/hmt_internal.h>
#include <linux/kref.h>
#include <linux/mm.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/workqueue.h>
#include "device.h"

static struct workqueue_struct *hmt_device_prefetches;

/* Move the pages up to @migration->end. Gate of the view held. */
static int hmt_device_prefetch_chunk(struct hmt_device_mm_state *state,
				     struct hmt_migration *migration)
{
	u32 uid;

	lockdep_assert_held_read(&state->gate);
	if (!state->pool)
		return -ENODEV;
	hmt_device_borrow(state->pool);
	uid = hmt_memory_uid(state->pool->memory);
	hmt_device_mm_allowed(state, &migration->allowed);
	migration->to = &uid;
	migration->nr_to = 1;
	return hmt_migrate_range(migration);
}

/* Move the range. mm_users held. */
static int hmt_device_prefetch_range(struct hmt_device_prefetch *prefetch)
{
	struct hmt_device_mm_state *state = prefetch->state;
	struct hmt_migration migration = {
		.mm = state->mm,
		.next = prefetch->start,
	};
	int ret = 0;

	while (migration.next < prefetch->end && !ret) {
		if (READ_ONCE(prefetch->stop))
			return -ECANCELED;
		migration.end = min(prefetch->end,
				    ALIGN_DOWN(migration.next, HMT_CHUNK_SIZE) +
				    HMT_CHUNK_SIZE);
		down_read(&state->gate);
		ret = hmt_device_prefetch_chunk(state, &migration);
		up_read(&state->gate);
		prefetch->stats = migration.stats;
		cond_resched();
	}
	return ret;
}

/* The driver may free @prefetch as soon as it is called. */
static void hmt_device_prefetch_end(struct hmt_device_prefetch *prefetch,
				    int result)
{
	prefetch->result = result;
	hmt_device_mm_put(prefetch->state);
	prefetch->done(prefetch);
}

static void hmt_device_prefetch_work(struct work_struct *work)
{
	struct hmt_device_prefetch *prefetch =
		container_of(work, struct hmt_device_prefetch, work);
	struct mm_struct *mm = prefetch->state->mm;
	int ret = -ESRCH;

	if (mmget_not_zero(mm)) {
		ret = hmt_device_prefetch_range(prefetch);
		mmput(mm);
	}
	hmt_device_prefetch_end(prefetch, ret);
}

int hmt_device_prefetch(struct hmt_device_prefetch *prefetch)
{
	struct hmt_device_mm_state *state = prefetch->view->state;

	might_sleep();
	if (WARN_ON_ONCE(!state) || !prefetch->done ||
	    !PAGE_ALIGNED(prefetch->start) || !PAGE_ALIGNED(prefetch->end) ||
	    prefetch->start > prefetch->end ||
	    prefetch->end > state->mm->task_size)
		return -EINVAL;
	hmt_device_mm_hold(state);
	prefetch->state = state;
	prefetch->stop = false;
	memset(&prefetch->stats, 0, sizeof(prefetch->stats));
	INIT_WORK(&prefetch->work, hmt_device_prefetch_work);
	queue_work(hmt_device_prefetches, &prefetch->work);
	return 0;
}
EXPORT_SYMBOL_GPL(hmt_device_prefetch);

void hmt_device_prefetch_cancel(struct hmt_device_prefetch *prefetch)
{
	might_sleep();
	WRITE_ONCE(prefetch->stop, true);
	if (cancel_work_sync(&prefetch->work))
		hmt_device_prefetch_end(prefetch, -ECANCELED);
}
EXPORT_SYMBOL_GPL(hmt_device_prefetch_cancel);

int __init hmt_device_prefetch_init(void)
{
	hmt_device_prefetches = alloc_workqueue("hmt_prefetch", WQ_UNBOUND, 0);
	return hmt_device_prefetches ? 0 : -ENOMEM;
}

void hmt_device_prefetch_exit(void)
{
	destroy_workqueue(hmt_device_prefetches);
}
