// SPDX-License-Identifier: GPL-2.0
/*
 * The copy engine of the simulated accelerator executes one job at a time with
 * limited bandwidth, and completes each with an "interrupt". The knobs in
 * debugfs make it fail.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/delay.h>
#include <linux/highmem.h>
#include <linux/hmt_device.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/slab.h>
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
 */
struct hmt_sim_job {
	struct work_struct work;
	struct hmt_sim *sim;
	struct hmt_device_copy_desc *copies;
	unsigned int nr;
	struct completion done;
	bool reset;
};

/* Consume one of the failures that are left; return true if there was one. */
static bool hmt_sim_spend(u32 *failures)
{
	u32 left = READ_ONCE(*failures);

	if (left)
		WRITE_ONCE(*failures, left - 1);
	return left;
}

static void hmt_sim_copy_page(void *vram, struct page *page, bool to_device)
{
	void *system = kmap_local_page(page);

	if (to_device)
		memcpy(vram, system, PAGE_SIZE);
	else
		memcpy(system, vram, PAGE_SIZE);
	kunmap_local(system);
}

static void hmt_sim_copy_one(struct hmt_sim *sim,
			     struct hmt_device_copy_desc *copy)
{
	void *vram = hmt_sim_at(sim, copy->offset);
	unsigned int i;

	copy->failed = hmt_sim_spend(&sim->knobs.fail_copies);
	if (copy->failed)
		return;
	atomic_inc(&sim->copies);
	for (i = 0; i < 1U << copy->order; i++, vram += PAGE_SIZE)
		hmt_sim_copy_page(vram, copy->page + i, copy->to_device);
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

static void hmt_sim_wait_bandwidth(const struct hmt_sim *sim, unsigned int nr)
{
	unsigned long us;

	if (!sim->bandwidth)
		return;
	us = div_u64((u64)nr * PAGE_SIZE, sim->bandwidth);
	usleep_range(us, us + 50);
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
	hmt_sim_wait_bandwidth(sim, hmt_sim_nr_pages(job->copies, job->nr));
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

/* Returns in bounded time even if the engine hangs. */
void hmt_sim_engine_copy(struct hmt_sim *sim,
			 struct hmt_device_copy_desc *copies, unsigned int nr)
{
	struct hmt_sim_job job = { .sim = sim, .copies = copies, .nr = nr };
	unsigned long timeout = msecs_to_jiffies(HMT_SIM_TIMEOUT_MS);
	unsigned int pages = hmt_sim_nr_pages(copies, nr);

	if (sim->bandwidth)
		timeout += usecs_to_jiffies(div_u64((u64)pages * PAGE_SIZE,
						    sim->bandwidth));
	init_completion(&job.done);
	INIT_WORK_ONSTACK(&job.work, hmt_sim_job_run);
	queue_work(sim->engine, &job.work);
	if (wait_for_completion_timeout(&job.done, timeout))
		flush_work(&job.work);
	else
		hmt_sim_reset(sim, &job);
	destroy_work_on_stack(&job.work);
}

int hmt_sim_engine_init(struct hmt_sim *sim)
{
	struct hmt_sim_knobs *knobs = &sim->knobs;
	char name[sizeof("hmt_") + sizeof(sim->name)];

	sim->engine = alloc_ordered_workqueue("hmt_%s", 0, sim->name);
	if (!sim->engine)
		return -ENOMEM;
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
	debugfs_create_atomic_t("translations", 0400, sim->dir,
				&sim->translations);
	return 0;
}

void hmt_sim_engine_exit(struct hmt_sim *sim)
{
	debugfs_remove_recursive(sim->dir);
	destroy_workqueue(sim->engine);
}
