// SPDX-License-Identifier: GPL-2.0
/*
 * The copy engine of the simulated accelerator executes one job at a time with
 * limited bandwidth, and completes each with an "interrupt". Jobs are waited for
 * one by one, or submitted and waited for later, in order. The knobs in debugfs
 * make the engine fail.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/hmt_device.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include "sim.h"

/* Time limit of a job, after which the engine is reset. */
#define HMT_SIM_TIMEOUT_MS	500

/**
 * struct hmt_sim_job - job of the engine
 * @work: work item on the engine
 * @sim: device
 * @copies: copies to make
 * @nr: number of entries in @copies
 * @done: interrupt
 * @reset: true after the caller timed out
 * @list: entry in &struct hmt_sim.pending, if the job was submitted
 * @fence: its fence
 * @queued: time at which the engine got the job
 */
struct hmt_sim_job {
	struct work_struct work;
	struct hmt_sim *sim;
	struct hmt_device_copy_desc *copies;
	unsigned int nr;
	struct completion done;
	bool reset;
	struct list_head list;
	u64 fence;
	ktime_t queued;
};

/* Consume one of the failures that are left; return true if there was one. */
static bool hmt_sim_spend(u32 *failures)
{
	u32 left = READ_ONCE(*failures);

	if (left)
		WRITE_ONCE(*failures, left - 1);
	return left;
}

static void hmt_sim_copy_bytes(void *vram, void *other, bool to_device)
{
	if (to_device)
		memcpy(vram, other, PAGE_SIZE);
	else
		memcpy(other, vram, PAGE_SIZE);
}

/* Copy page @i of an entry. */
static void hmt_sim_copy_page(struct hmt_sim *sim,
			      const struct hmt_device_copy_desc *copy,
			      unsigned int i)
{
	void *vram = hmt_sim_at(sim, copy->offset) + i * PAGE_SIZE;
	void *other;

	if (copy->peer) {
		other = hmt_sim_at(to_hmt_sim(copy->peer), copy->peer_offset);
		hmt_sim_copy_bytes(vram, other + i * PAGE_SIZE,
				   copy->to_device);
		return;
	}
	other = kmap_local_page(copy->page + i);
	hmt_sim_copy_bytes(vram, other, copy->to_device);
	kunmap_local(other);
}

static void hmt_sim_copy_one(struct hmt_sim *sim,
			     struct hmt_device_copy_desc *copy)
{
	unsigned int i;

	copy->failed = hmt_sim_spend(&sim->knobs.fail_copies);
	if (copy->failed)
		return;
	atomic_inc(copy->peer ? &sim->peer_copies : &sim->copies);
	for (i = 0; i < 1U << copy->order; i++)
		hmt_sim_copy_page(sim, copy, i);
}

/* Return the pages that a job copies. */
static unsigned int hmt_sim_nr_pages(const struct hmt_device_copy_desc *copies,
				     unsigned int nr)
{
	unsigned int pages = 0;

	while (nr--)
		pages += 1U << copies[nr].order;
	return pages;
}

/*
 * Wait for the end of the transfer of a job. It began when the engine got the job,
 * or had made those before it, however late the thread of the engine runs.
 */
static void hmt_sim_wait_link(struct hmt_sim *sim,
			      const struct hmt_sim_job *job)
{
	u64 bytes = (u64)hmt_sim_nr_pages(job->copies, job->nr) * PAGE_SIZE;

	if (!sim->bandwidth)
		return;
	if (ktime_before(sim->idle_at, job->queued))
		sim->idle_at = job->queued;
	/* 1 MB/s is 1 byte/us. */
	sim->idle_at = ktime_add_ns(sim->idle_at,
				    div_u64(bytes * NSEC_PER_USEC,
					    sim->bandwidth));
	while (ktime_before(ktime_get(), sim->idle_at)) {
		set_current_state(TASK_UNINTERRUPTIBLE);
		schedule_hrtimeout(&sim->idle_at, HRTIMER_MODE_ABS);
	}
}

static void hmt_sim_job_run(struct work_struct *work)
{
	struct hmt_sim_job *job = container_of(work, struct hmt_sim_job, work);
	struct hmt_sim *sim = job->sim;
	unsigned int i;

	while (READ_ONCE(sim->knobs.hang) && !READ_ONCE(job->reset))
		msleep(20);
	if (READ_ONCE(job->reset))
		return;
	for (i = 0; i < job->nr; i++)
		hmt_sim_copy_one(sim, &job->copies[i]);
	hmt_sim_wait_link(sim, job);
	if (!hmt_sim_spend(&sim->knobs.lose_interrupts))
		complete(&job->done);
}

/* Abort a job. All copies count as failed because it may have made some. */
static void hmt_sim_reset(struct hmt_sim *sim, struct hmt_sim_job *job)
{
	unsigned int i;

	WRITE_ONCE(job->reset, true);
	cancel_work_sync(&job->work);
	WRITE_ONCE(sim->timeouts, sim->timeouts + 1);
	for (i = 0; i < job->nr; i++)
		job->copies[i].failed = true;
}

/* Return the time in jiffies that a job may take before the engine is reset. */
static unsigned long hmt_sim_job_timeout(const struct hmt_sim_job *job)
{
	unsigned long timeout = msecs_to_jiffies(HMT_SIM_TIMEOUT_MS);
	u64 bytes = (u64)hmt_sim_nr_pages(job->copies, job->nr) * PAGE_SIZE;

	if (job->sim->bandwidth)
		timeout += usecs_to_jiffies(div_u64(bytes,
						    job->sim->bandwidth));
	return timeout;
}

/* Wait for a job, for @timeout jiffies. Return false if the engine was reset. */
static bool hmt_sim_job_wait(struct hmt_sim_job *job, unsigned long timeout)
{
	if (wait_for_completion_timeout(&job->done, timeout)) {
		flush_work(&job->work);
		return true;
	}
	hmt_sim_reset(job->sim, job);
	return false;
}

/* Returns in bounded time even if the engine hangs. */
void hmt_sim_engine_copy(struct hmt_sim *sim,
			 struct hmt_device_copy_desc *copies, unsigned int nr)
{
	struct hmt_sim_job job = { .sim = sim, .copies = copies, .nr = nr };

	init_completion(&job.done);
	INIT_WORK_ONSTACK(&job.work, hmt_sim_job_run);
	atomic_inc(&sim->jobs);
	atomic_inc(&sim->waits);
	job.queued = ktime_get();
	queue_work(sim->engine, &job.work);
	hmt_sim_job_wait(&job, hmt_sim_job_timeout(&job));
	destroy_work_on_stack(&job.work);
}

/* Begin copies. Return 0 or -ENOMEM. */
int hmt_sim_engine_submit(struct hmt_sim *sim,
			  struct hmt_device_copy_desc *copies, unsigned int nr,
			  u64 *fence)
{
	struct hmt_sim_job *job = kzalloc(sizeof(*job), GFP_KERNEL);

	if (!job)
		return -ENOMEM;
	job->sim = sim;
	job->copies = copies;
	job->nr = nr;
	init_completion(&job->done);
	INIT_WORK(&job->work, hmt_sim_job_run);
	atomic_inc(&sim->jobs);
	/* The engine executes jobs in the order of their fences. */
	spin_lock(&sim->lock);
	job->fence = ++sim->fence;
	*fence = job->fence;
	job->queued = ktime_get();
	list_add_tail(&job->list, &sim->pending);
	queue_work(sim->engine, &job->work);
	spin_unlock(&sim->lock);
	return 0;
}

/* Return the first job that is not waited for, up to @fence, or NULL. */
static struct hmt_sim_job *hmt_sim_first_pending(struct hmt_sim *sim, u64 fence)
{
	struct hmt_sim_job *job;

	spin_lock(&sim->lock);
	job = list_first_entry_or_null(&sim->pending, struct hmt_sim_job, list);
	if (job && job->fence > fence)
		job = NULL;
	if (job)
		list_del(&job->list);
	spin_unlock(&sim->lock);
	return job;
}

/*
 * Wait for the job of @fence and all before it. Returns in bounded time: the reset
 * of an engine that hangs ends the others at once.
 */
void hmt_sim_engine_wait(struct hmt_sim *sim, u64 fence)
{
	struct hmt_sim_job *job;
	bool good = true;

	atomic_inc(&sim->waits);
	/* A job that another task has taken is done when the lock is free. */
	guard(mutex)(&sim->waiting);
	while ((job = hmt_sim_first_pending(sim, fence))) {
		good &= hmt_sim_job_wait(job,
					 good ? hmt_sim_job_timeout(job) : 0);
		kfree(job);
	}
}

int hmt_sim_engine_init(struct hmt_sim *sim)
{
	struct hmt_sim_knobs *knobs = &sim->knobs;
	char name[sizeof("hmt_") + sizeof(sim->name)];

	sim->engine = alloc_ordered_workqueue("hmt_%s", 0, sim->name);
	if (!sim->engine)
		return -ENOMEM;
	spin_lock_init(&sim->lock);
	mutex_init(&sim->waiting);
	INIT_LIST_HEAD(&sim->pending);
	snprintf(name, sizeof(name), "hmt_%s", sim->name);
	sim->dir = debugfs_create_dir(name, NULL);
	debugfs_create_bool("fail_alloc", 0600, sim->dir, &knobs->fail_alloc);
	debugfs_create_u32("fail_copies", 0600, sim->dir,
			   &knobs->fail_copies);
	debugfs_create_u32("lose_interrupts", 0600, sim->dir,
			   &knobs->lose_interrupts);
	debugfs_create_bool("hang", 0600, sim->dir, &knobs->hang);
	debugfs_create_bool("gone", 0600, sim->dir, &sim->memory.gone);
	debugfs_create_u32("timeouts", 0400, sim->dir, &sim->timeouts);
	debugfs_create_atomic_t("accesses", 0400, sim->dir, &sim->accesses);
	debugfs_create_atomic_t("copies", 0400, sim->dir, &sim->copies);
	debugfs_create_atomic_t("peer_copies", 0400, sim->dir,
				&sim->peer_copies);
	debugfs_create_atomic_t("jobs", 0400, sim->dir, &sim->jobs);
	debugfs_create_atomic_t("waits", 0400, sim->dir, &sim->waits);
	debugfs_create_atomic_t("translations", 0400, sim->dir,
				&sim->translations);
	debugfs_create_atomic_t("remote", 0400, sim->dir, &sim->remote);
	debugfs_create_u32("unmap_ms", 0600, sim->dir, &knobs->unmap_ms);
	return 0;
}

void hmt_sim_engine_exit(struct hmt_sim *sim)
{
	debugfs_remove_recursive(sim->dir);
	destroy_workqueue(sim->engine);
}
