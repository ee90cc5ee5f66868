// SPDX-License-Identifier: GPL-2.0
/* Start and stop the engine of a workload. */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include "hmt.h"
#include "workload/workload.h"
#include "engine.h"
#include "pass.h"

/* Do all that can fail, then create the thread: the workload is live. */
static int hmt_engine_launch(struct hmt_workload *workload)
{
	struct hmt_engine *engine = kvzalloc(sizeof(*engine), GFP_KERNEL);
	struct task_struct *task;
	int ret;

	if (!engine)
		return -ENOMEM;
	engine->pass.workload = workload;
	ret = hmt_sessions_start(&workload->sessions,
				 workload->config.providers,
				 workload->config.nr_providers);
	if (ret)
		goto err_engine;
	hmt_workload_reset(workload);
	task = kthread_create(hmt_engine_main, engine, "hmt/%s",
			      workload->name);
	if (IS_ERR(task)) {
		ret = PTR_ERR(task);
		goto err_sessions;
	}
	/* kthread_stop() needs the task when the thread has ended already. */
	get_task_struct(task);
	workload->task = task;
	workload->engine = engine;
	hmt_demand_add(&workload->demand);
	hmt_owners_add(&workload->tasks);
	WRITE_ONCE(workload->state, HMT_WORKLOAD_RUNNING);
	wake_up_process(task);
	return 0;

err_sessions:
	hmt_sessions_stop(&workload->sessions);
err_engine:
	kvfree(engine);
	return ret;
}

/* The caller holds the lock; the workload is not live. */
int hmt_engine_start(struct hmt_workload *workload)
{
	int ret;

	lockdep_assert_held(&workload->lock);
	ret = hmt_workload_check(workload);
	return ret ?: hmt_engine_launch(workload);
}

/* The caller holds the lock. No page moves anymore when this returns. */
void hmt_engine_stop(struct hmt_workload *workload)
{
	lockdep_assert_held(&workload->lock);
	if (!workload->task)
		return;
	kthread_stop(workload->task);
	put_task_struct(workload->task);
	workload->task = NULL;
	hmt_demand_remove(&workload->demand);
	hmt_movers_cancel(&workload->remote);
	hmt_account_remote(workload);
	mutex_lock(&workload->config_lock);
	hmt_mms_drop(&workload->mms);
	mutex_unlock(&workload->config_lock);
	hmt_owners_remove(&workload->tasks);
	/* Until then a provider may push into the queues of the sessions. */
	synchronize_rcu();
	WRITE_ONCE(workload->stats.heat_bytes, 0);
	WRITE_ONCE(workload->stats.processes, 0);
	WRITE_ONCE(workload->stats.foreign, 0);
	hmt_sessions_stop(&workload->sessions);
	kvfree(workload->engine);
	workload->engine = NULL;
	WRITE_ONCE(workload->state, HMT_WORKLOAD_STOPPED);
}
