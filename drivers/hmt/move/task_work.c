// SPDX-License-Identifier: GPL-2.0
/*
 * The task_work mover: a thread moves its own pages on its way back to user
 * mode. TLBs are flushed on its CPU, and no other CPU is interrupted.
 *
 * The thread may fall asleep in the kernel first. Queued task work cannot be
 * removed, because task_work_cancel() is not exported, so the job is marked as
 * cancelled and the thread finds nothing to do. Until then the job holds this
 * module, which is why the mover is off by default.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include "hmt.h"
#include "memory/memory.h"
#include "heat/heat.h"
#include "move.h"

/* A thread that does not run the job within this time sleeps in the kernel. */
#define HMT_TASK_JOB_MS		20

static bool hmt_taskwork_wanted;
module_param_named(task_work, hmt_taskwork_wanted, bool, 0644);
MODULE_PARM_DESC(task_work,
		 "Let running programs of one thread move their own pages (default 0)");

/* A job was queued since the module was loaded. */
static bool hmt_taskwork_used;

enum hmt_task_job_state {
	HMT_TASK_JOB_QUEUED,
	HMT_TASK_JOB_TAKEN,
	HMT_TASK_JOB_CANCELLED
};

/**
 * struct hmt_task_job - a batch for a thread to move
 * @work: entry in the thread's list
 * @refs: references of the engine and of @work
 * @state: &enum hmt_task_job_state; the first to leave HMT_TASK_JOB_QUEUED
 *	decides
 * @done: completed when the thread is done
 * @batch: batch of the engine, which waits in HMT_TASK_JOB_TAKEN
 * @moved: the thread moved @batch
 */
struct hmt_task_job {
	struct callback_head work;
	refcount_t refs;
	atomic_t state;
	struct completion done;
	struct hmt_batch *batch;
	bool moved;
};

/* Check whether the administrator enabled the mover. Context: any. */
bool hmt_taskwork_is_on(void)
{
	return READ_ONCE(hmt_taskwork_wanted);
}

static void hmt_task_job_put(struct hmt_task_job *job)
{
	if (refcount_dec_and_test(&job->refs))
		kfree(job);
}

/* Leave HMT_TASK_JOB_QUEUED. True for the first caller. */
static bool hmt_task_job_claim(struct hmt_task_job *job,
			       enum hmt_task_job_state state)
{
	return atomic_cmpxchg(&job->state, HMT_TASK_JOB_QUEUED, state) ==
	       HMT_TASK_JOB_QUEUED;
}

/*
 * Run a job in the thread. If the thread became another program or exits, the
 * mm is not its own any more, and the engine moves the pages.
 */
static void hmt_task_job_run(struct callback_head *work)
{
	struct hmt_task_job *job =
		container_of(work, struct hmt_task_job, work);

	if (hmt_task_job_claim(job, HMT_TASK_JOB_TAKEN)) {
		job->moved = current->mm == job->batch->mm;
		if (job->moved)
			hmt_hmm_move_batch(job->batch, HMT_REASON_OWN);
		complete(&job->done);
	}
	hmt_task_job_put(job);
	/* hmt_taskwork_exit() waits for the rest of this function. */
	module_put(THIS_MODULE);
}

static struct hmt_task_job *hmt_task_job_make(struct hmt_batch *batch)
{
	struct hmt_task_job *job = kzalloc(sizeof(*job), GFP_KERNEL);

	if (!job)
		return NULL;
	init_task_work(&job->work, hmt_task_job_run);
	refcount_set(&job->refs, 2);
	init_completion(&job->done);
	job->batch = batch;
	return job;
}

static bool hmt_task_job_queue(struct hmt_task_job *job,
			       struct task_struct *task)
{
	__module_get(THIS_MODULE);
	WRITE_ONCE(hmt_taskwork_used, true);
	if (!task_work_add(task, &job->work, TWA_RESUME))
		return true;
	module_put(THIS_MODULE);
	hmt_task_job_put(job);
	return false;
}

/*
 * Wait for the thread. Returns false if it has not moved the batch and never
 * will.
 */
static bool hmt_task_job_wait(struct hmt_task_job *job)
{
	if (wait_for_completion_timeout(&job->done,
					msecs_to_jiffies(HMT_TASK_JOB_MS)))
		return job->moved;
	if (hmt_task_job_claim(job, HMT_TASK_JOB_CANCELLED))
		return false;
	/* The thread moves the batch, which takes no longer than any other. */
	wait_for_completion(&job->done);
	return job->moved;
}

/*
 * Check whether a job may be queued to @task. A thread that has not run its
 * last task work gets no job, so that a thread that stays in the kernel, or is
 * not scheduled, costs one wait and holds one job, instead of one per batch.
 */
static bool hmt_task_is_ready(struct task_struct *task)
{
	return task_is_running(task) && !task_work_pending(task);
}

static struct task_struct *
hmt_taskwork_task(const struct hmt_move_request *request)
{
	return get_pid_task(request->managed->pid, PIDTYPE_TGID);
}

static bool hmt_taskwork_can(const struct hmt_move_request *request)
{
	struct task_struct *task = hmt_taskwork_task(request);
	bool can;

	if (!task)
		return false;
	can = hmt_task_is_ready(task);
	put_task_struct(task);
	return can;
}

static bool hmt_taskwork_move(struct task_struct *task, struct hmt_batch *batch)
{
	struct hmt_task_job *job = hmt_task_job_make(batch);
	bool moved = false;

	if (!job)
		return false;
	if (hmt_task_job_queue(job, task))
		moved = hmt_task_job_wait(job);
	hmt_task_job_put(job);
	return moved;
}

/*
 * Let the only thread of a process move its pages. -EAGAIN: it did not, and
 * nothing was moved.
 */
static int hmt_taskwork_submit(const struct hmt_move_request *request)
{
	struct task_struct *task;
	bool moved;

	if (!hmt_memory_nr_free(request->batch->to))
		return -ENOSPC;
	task = hmt_taskwork_task(request);
	if (!task)
		return -EAGAIN;
	moved = hmt_taskwork_move(task, request->batch);
	put_task_struct(task);
	return moved ? 0 : -EAGAIN;
}

const struct hmt_mover hmt_mover_task_work = {
	.name = "task_work",
	.can = hmt_taskwork_can,
	.submit = hmt_taskwork_submit,
};

/*
 * Wait for threads in the last instructions of hmt_task_job_run(). All jobs
 * were run, as they hold the module. A thread has left the function once it
 * slept or was in user mode.
 */
void hmt_taskwork_exit(void)
{
	if (READ_ONCE(hmt_taskwork_used))
		synchronize_rcu_tasks();
}
