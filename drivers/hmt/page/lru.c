// SPDX-License-Identifier: GPL-2.0
/*
 * Pages that wait for their LRU list in a batch of a CPU. migrate_vma_setup()
 * does not leave them alone: when it has locked and unmapped all pages, it waits
 * for every CPU to empty its batches. A CPU that a real-time thread occupies
 * never does, and until then each access to one of the pages waits. HMT
 * therefore treats pages off the LRU as busy. A task that wants to move them
 * waits here first, while no page is locked or unmapped, as move_pages(2) does.
 *
 * lru_add_drain() and lru_add_drain_all() are not exported.
 *
 * Any program can ask. Tasks that wait at the same time therefore share a
 * request to the CPUs, and there is a least time between two requests.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/cpumask.h>
#include <linux/folio_batch.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pgtable.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/workqueue.h>
#include "page.h"

/* Longest time to wait for all CPUs, in ms. */
#define HMT_LRU_WAIT_MS		1000

/* Time without a wait after one that was in vain. */
#define HMT_LRU_PAUSE		(10 * HZ)

/* Least time between two requests. */
#define HMT_LRU_DISTANCE	msecs_to_jiffies(10)

/**
 * struct hmt_lru_drain - a request to all CPUs
 * @refs: references of the task that waits and of each work
 * @left: CPUs that have not emptied their batches, and 1 until all were asked
 * @done: completed when @left is 0
 * @works: one for each possible CPU, by number
 */
struct hmt_lru_drain {
	refcount_t refs;
	atomic_t left;
	struct completion done;
	struct hmt_lru_work {
		struct work_struct work;
		struct hmt_lru_drain *drain;
	} works[];
};

static struct workqueue_struct *hmt_lru_works;

/*
 * Held while the CPUs are asked, which is bounded. Protects the variables below,
 * which are read without it as well.
 */
static DEFINE_MUTEX(hmt_lru_lock);
/* Number of requests that began. */
static unsigned int hmt_lru_requests;
/* Time of the last one, in jiffies. */
static unsigned long hmt_lru_asked;
/* End of the pause, in jiffies. */
static unsigned long hmt_lru_paused;

int hmt_lru_init(void)
{
	hmt_lru_paused = jiffies;
	hmt_lru_asked = jiffies - HMT_LRU_DISTANCE;
	hmt_lru_works = alloc_workqueue("hmt_lru", WQ_PERCPU, 0);
	return hmt_lru_works ? 0 : -ENOMEM;
}

/* No work holds this module; one may still be in its last instructions. */
void hmt_lru_exit(void)
{
	destroy_workqueue(hmt_lru_works);
}

/*
 * Move the pages in the batches of this CPU to their lists. folio_batch_release()
 * does so before it releases any folio, here one that is never freed.
 */
void hmt_lru_drain(void)
{
	struct folio *folio = page_folio(ZERO_PAGE(0));
	struct folio_batch batch;

	folio_get(folio);
	folio_batch_init(&batch);
	folio_batch_add(&batch, folio);
	folio_batch_release(&batch);
}

static void hmt_lru_put(struct hmt_lru_drain *drain)
{
	if (refcount_dec_and_test(&drain->refs))
		kvfree(drain);
}

static void hmt_lru_work(struct work_struct *work)
{
	struct hmt_lru_drain *drain =
		container_of(work, struct hmt_lru_work, work)->drain;

	hmt_lru_drain();
	if (atomic_dec_and_test(&drain->left))
		complete(&drain->done);
	hmt_lru_put(drain);
	module_put(THIS_MODULE);
}

static void hmt_lru_ask(struct hmt_lru_drain *drain, unsigned int cpu)
{
	struct hmt_lru_work *one = &drain->works[cpu];

	one->drain = drain;
	INIT_WORK(&one->work, hmt_lru_work);
	refcount_inc(&drain->refs);
	atomic_inc(&drain->left);
	__module_get(THIS_MODULE);
	queue_work_on(cpu, hmt_lru_works, &one->work);
}

/*
 * Drop the works that have not begun. One that has begun holds its references,
 * as long as a real-time thread interrupts it.
 */
static void hmt_lru_cancel(struct hmt_lru_drain *drain)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu) {
		if (!drain->works[cpu].drain ||
		    !cancel_work(&drain->works[cpu].work))
			continue;
		hmt_lru_put(drain);
		module_put(THIS_MODULE);
	}
}

/* Wait until all CPUs have emptied their batches; stop at a bound. */
static void hmt_lru_wait(struct hmt_lru_drain *drain)
{
	long left;

	if (atomic_dec_and_test(&drain->left))
		return;
	left = wait_for_completion_killable_timeout(&drain->done,
						    msecs_to_jiffies(HMT_LRU_WAIT_MS));
	if (!left)
		WRITE_ONCE(hmt_lru_paused, jiffies + HMT_LRU_PAUSE);
	if (left <= 0)
		hmt_lru_cancel(drain);
}

/* Check whether all CPUs were asked a moment ago, or must not be asked now. */
bool hmt_lru_was_drained(void)
{
	return time_before(jiffies, READ_ONCE(hmt_lru_asked) +
				    HMT_LRU_DISTANCE) ||
	       time_before(jiffies, READ_ONCE(hmt_lru_paused));
}

/* Wait until CPUs may be asked again, or a signal kills the task. */
static void hmt_lru_keep_distance(void)
{
	long left = hmt_lru_asked + HMT_LRU_DISTANCE - jiffies;

	lockdep_assert_held(&hmt_lru_lock);
	if (left > 0)
		schedule_timeout_killable(min_t(long, left, HMT_LRU_DISTANCE));
}

/* Ask all CPUs, and wait for them. */
static void hmt_lru_request(void)
{
	struct hmt_lru_drain *drain = kvzalloc(struct_size(drain, works,
							   nr_cpu_ids),
					       GFP_KERNEL);
	unsigned int cpu;

	lockdep_assert_held(&hmt_lru_lock);
	if (!drain)
		return;
	WRITE_ONCE(hmt_lru_asked, jiffies);
	WRITE_ONCE(hmt_lru_requests, hmt_lru_requests + 1);
	/* A task that saw the old number finds its pages drained. */
	smp_mb();
	refcount_set(&drain->refs, 1);
	atomic_set(&drain->left, 1);
	init_completion(&drain->done);
	for_each_online_cpu(cpu)
		hmt_lru_ask(drain, cpu);
	hmt_lru_wait(drain);
	hmt_lru_put(drain);
}

/*
 * Move the pages in the batches of all CPUs to their lists. Waits for at most
 * 1 s for a request of another task and as long for the CPUs, and until the
 * task is killed; a CPU that does not answer keeps its pages, and for some time
 * only this CPU is asked. Context: process, may sleep; no page is locked, and no
 * mmap lock is held.
 */
void hmt_lru_drain_all(void)
{
	unsigned int before;

	/* The caller saw its pages in batches before. Pairs with a request. */
	smp_mb();
	before = READ_ONCE(hmt_lru_requests);
	if (mutex_lock_killable(&hmt_lru_lock))
		return;
	if (hmt_lru_requests != before) {
		/* A request began after this call, and has ended. */
	} else if (time_before(jiffies, hmt_lru_paused)) {
		hmt_lru_drain();
	} else {
		hmt_lru_keep_distance();
		if (!fatal_signal_pending(current))
			hmt_lru_request();
	}
	mutex_unlock(&hmt_lru_lock);
}
