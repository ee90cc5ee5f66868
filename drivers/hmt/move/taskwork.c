// SPDX-License-Identifier: GPL-2.0
/*
 * Moving pages in the thread that uses them, on its way back to user mode: TLBs
 * are flushed where that runs, and no other CPU is interrupted.
 *
 * Who is asked may fall asleep in the kernel before. What is queued then cannot be
 * taken back (task_work_cancel() is not exported), so it is called off: the thread
 * finds nothing to do when it comes by. Until then it holds this module, which is
 * why nobody is asked unless the administrator wants that.
 */
#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/hmt.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>
#include "move.h"

/* A thread that did not come by within that sleeps, or is busy in the kernel. */
#define HMT_CHORE_MS		20

static bool hmt_taskwork_wanted;
module_param_named(task_work, hmt_taskwork_wanted, bool, 0644);
MODULE_PARM_DESC(task_work, "Let running programs of one thread move their own pages (default 0)");

/* A thread was asked since the module was loaded. */
static bool hmt_taskwork_used;

enum hmt_chore_state { HMT_CHORE_QUEUED, HMT_CHORE_TAKEN, HMT_CHORE_OFF };

/**
 * struct hmt_chore - a batch that a thread was asked to move
 * @work: in the thread's list
 * @refs: who asked, and the work
 * @state: &enum hmt_chore_state; who leaves HMT_CHORE_QUEUED has the say
 * @done: the thread has moved it
 * @move: how; not called when called off
 * @batch: of the one who asked, who waits while it is HMT_CHORE_TAKEN
 * @moved: @move was called
 * @ns: what it returned
 */
struct hmt_chore {
	struct callback_head work;
	refcount_t refs;
	atomic_t state;
	struct completion done;
	hmt_taskwork_fn move;
	struct hmt_batch *batch;
	bool moved;
	u64 ns;
};

/* Of those that may be, also while others are at work. Context: any. */
bool hmt_taskwork_is_on(void)
{
	return READ_ONCE(hmt_taskwork_wanted);
}

static void hmt_chore_put(struct hmt_chore *chore)
{
	if (refcount_dec_and_test(&chore->refs))
		kfree(chore);
}

/* True for the one of both who comes first. */
static bool hmt_chore_claim(struct hmt_chore *chore,
			    enum hmt_chore_state state)
{
	return atomic_cmpxchg(&chore->state, HMT_CHORE_QUEUED, state) ==
	       HMT_CHORE_QUEUED;
}

/*
 * In the thread. It may have become another program, or be about to end: then the
 * address space is not its own any more, and it is left to who asked.
 */
static void hmt_chore_run(struct callback_head *work)
{
	struct hmt_chore *chore = container_of(work, struct hmt_chore, work);

	if (hmt_chore_claim(chore, HMT_CHORE_TAKEN)) {
		chore->moved = current->mm == chore->batch->mm;
		if (chore->moved)
			chore->ns = chore->move(chore->batch);
		complete(&chore->done);
	}
	hmt_chore_put(chore);
	/* What is left of this function: see hmt_taskwork_exit(). */
	module_put(THIS_MODULE);
}

static struct hmt_chore *hmt_chore_make(struct hmt_batch *batch,
					hmt_taskwork_fn move)
{
	struct hmt_chore *chore = kzalloc(sizeof(*chore), GFP_KERNEL);

	if (!chore)
		return NULL;
	init_task_work(&chore->work, hmt_chore_run);
	refcount_set(&chore->refs, 2);
	init_completion(&chore->done);
	chore->move = move;
	chore->batch = batch;
	return chore;
}

static bool hmt_chore_queue(struct hmt_chore *chore,
			    struct task_struct *task)
{
	__module_get(THIS_MODULE);
	WRITE_ONCE(hmt_taskwork_used, true);
	if (!task_work_add(task, &chore->work, TWA_RESUME))
		return true;
	module_put(THIS_MODULE);
	hmt_chore_put(chore);
	return false;
}

/* Has the thread moved the batch? If not, it never will. */
static bool hmt_chore_wait(struct hmt_chore *chore)
{
	if (wait_for_completion_timeout(&chore->done,
					msecs_to_jiffies(HMT_CHORE_MS)))
		return chore->moved;
	if (hmt_chore_claim(chore, HMT_CHORE_OFF))
		return false;
	/* It is at it: a batch takes no longer than any other. */
	wait_for_completion(&chore->done);
	return chore->moved;
}

/*
 * Is it worth asking? Not one that has not come by since it was last asked, whoever
 * did: so a thread that stays in the kernel, or is not let run, costs one wait and
 * holds one chore, not one for each batch.
 */
static bool hmt_task_comes_by(struct task_struct *task)
{
	return task_is_running(task) && !task_work_pending(task);
}

/*
 * Have @task, the only thread of its process, move @batch by calling @move, if it
 * runs. False: it did not, and nothing was moved. The time it took goes to *ns.
 * Context: process, no lock held, mm_users of @batch->mm held.
 */
bool hmt_taskwork_move(struct task_struct *task, struct hmt_batch *batch,
		       hmt_taskwork_fn move, u64 *ns)
{
	struct hmt_chore *chore;
	bool moved = false;

	if (!hmt_task_comes_by(task))
		return false;
	chore = hmt_chore_make(batch, move);
	if (!chore)
		return false;
	if (hmt_chore_queue(chore, task)) {
		moved = hmt_chore_wait(chore);
		*ns = chore->ns;
	}
	hmt_chore_put(chore);
	return moved;
}

/*
 * All chores were run, or the module could not go, but threads may still be in the
 * last instructions of hmt_chore_run(). Each of them is through when it slept, or
 * was in user mode.
 */
void hmt_taskwork_exit(void)
{
	if (READ_ONCE(hmt_taskwork_used))
		synchronize_rcu_tasks();
}
