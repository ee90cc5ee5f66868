// SPDX-License-Identifier: GPL-2.0
/* Starting, stopping and configuring a workload. */
#include <linux/err.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph/graph.h"
#include "engine/plan.h"
#include "heat/session.h"
#include "heat/space.h"
#include "workload.h"

static const struct hmt_workload_config hmt_workload_defaults = {
	.interval_ms = 1000,
	.samples = 5,
	.mbps = { 1024, 1024 },
	.nr_providers = 1,
	.providers = { { "accessed", 1 } },
};

struct hmt_workload *hmt_workload_create(const char *name)
{
	struct hmt_workload *workload = kzalloc(sizeof(*workload), GFP_KERNEL);

	if (!workload)
		return NULL;
	strscpy(workload->name, name, sizeof(workload->name));
	mutex_init(&workload->lock);
	mutex_init(&workload->config_lock);
	seqcount_mutex_init(&workload->tiers_seq, &workload->config_lock);
	workload->config = hmt_workload_defaults;
	hmt_members_init(&workload->members);
	INIT_LIST_HEAD(&workload->spaces);
	return workload;
}

/* The workload is stopped: configfs lets no live one go. */
void hmt_workload_destroy(struct hmt_workload *workload)
{
	hmt_members_destroy(&workload->members);
	kfree(workload);
}

bool hmt_workload_is_live(const struct hmt_workload *workload)
{
	lockdep_assert_held(&workload->lock);
	return workload->task;
}

/* -ENXIO without a graph, -ENOENT when a limit names no tier of it. */
static int hmt_workload_check_limits(const struct hmt_limit_spec *limits,
				     unsigned int count)
{
	struct hmt_graph *graph = hmt_graph_get();
	unsigned int i;
	int ret = 0;

	if (!graph)
		return -ENXIO;
	for (i = 0; i < count && ret >= 0; i++)
		ret = hmt_graph_find(graph, limits[i].tier);
	hmt_graph_put(graph);
	return ret < 0 ? ret : 0;
}

static int hmt_workload_check(struct hmt_workload *workload)
{
	int ret = hmt_workload_check_limits(workload->config.limits,
					    workload->config.nr_limits);

	if (ret)
		return ret;
	return hmt_members_empty(&workload->members) ? -EINVAL : 0;
}

static void hmt_workload_reset(struct hmt_workload *workload)
{
	u64 now = ktime_get_ns();
	unsigned int i;

	memset(&workload->stats, 0, sizeof(workload->stats));
	memset(workload->providers, 0, sizeof(workload->providers));
	workload->nr_tiers = 0;
	for (i = 0; i < HMT_DIRECTIONS; i++)
		hmt_bucket_init(&workload->buckets[i], 0, HMT_BATCH_PAGES, now);
}

/* Everything that can fail first; the thread is what makes it live. */
static int hmt_workload_launch(struct hmt_workload *workload)
{
	struct task_struct *task;
	int ret;

	workload->plan = hmt_plan_alloc();
	if (!workload->plan)
		return -ENOMEM;
	ret = hmt_sessions_start(&workload->sessions,
				 workload->config.providers,
				 workload->config.nr_providers);
	if (ret)
		goto err_plan;
	hmt_workload_reset(workload);
	task = kthread_create(hmt_engine, workload, "hmt/%s", workload->name);
	if (IS_ERR(task)) {
		ret = PTR_ERR(task);
		goto err_sessions;
	}
	/* kthread_stop() needs it when the thread is gone already. */
	get_task_struct(task);
	workload->task = task;
	hmt_claims_add(&workload->claims);
	WRITE_ONCE(workload->state, HMT_RUNNING);
	wake_up_process(task);
	return 0;

err_sessions:
	hmt_sessions_stop(&workload->sessions);
err_plan:
	hmt_plan_free(workload->plan);
	return ret;
}

/* Caller holds the lock; the workload is not live. */
int hmt_workload_start(struct hmt_workload *workload)
{
	int ret;

	lockdep_assert_held(&workload->lock);
	mutex_lock(&workload->config_lock);
	ret = hmt_workload_check(workload);
	mutex_unlock(&workload->config_lock);
	return ret ?: hmt_workload_launch(workload);
}

/* Caller holds the lock. When it returns, no page is being moved. */
void hmt_workload_stop(struct hmt_workload *workload)
{
	lockdep_assert_held(&workload->lock);
	if (!workload->task)
		return;
	kthread_stop(workload->task);
	put_task_struct(workload->task);
	workload->task = NULL;
	hmt_claims_remove(&workload->claims);
	hmt_remote_cancel(&workload->remote);
	hmt_engine_collect_remote(workload);
	mutex_lock(&workload->config_lock);
	hmt_spaces_drop(&workload->spaces);
	mutex_unlock(&workload->config_lock);
	/* Until then somebody may push into the queues of the sessions. */
	synchronize_rcu();
	WRITE_ONCE(workload->stats.heat_bytes, 0);
	WRITE_ONCE(workload->stats.processes, 0);
	hmt_sessions_stop(&workload->sessions);
	hmt_plan_free(workload->plan);
	WRITE_ONCE(workload->state, HMT_STOPPED);
}

/* Caller holds the lock. On error nothing changes. */
int hmt_workload_set_limits(struct hmt_workload *workload, const char *text)
{
	struct hmt_limit_spec *limits;
	int count, ret = 0;

	lockdep_assert_held(&workload->lock);
	limits = kcalloc(HMT_TIERS_MAX, sizeof(*limits), GFP_KERNEL);
	if (!limits)
		return -ENOMEM;
	count = hmt_parse_limits(text, limits);
	if (count < 0)
		ret = count;
	else if (count && hmt_workload_is_live(workload))
		ret = hmt_workload_check_limits(limits, count);
	if (!ret) {
		mutex_lock(&workload->config_lock);
		memcpy(workload->config.limits, limits,
		       sizeof(workload->config.limits));
		workload->config.nr_limits = count;
		mutex_unlock(&workload->config_lock);
	}
	kfree(limits);
	return ret;
}

/* Caller holds the lock. On error nothing changes. */
int hmt_workload_set_providers(struct hmt_workload *workload, const char *text)
{
	struct hmt_provider_spec specs[HMT_PROVIDERS_MAX];
	int count;

	lockdep_assert_held(&workload->lock);
	if (hmt_workload_is_live(workload))
		return -EBUSY;
	count = hmt_parse_providers(text, specs);
	if (count < 0)
		return count;
	mutex_lock(&workload->config_lock);
	memcpy(workload->config.providers, specs, sizeof(specs));
	workload->config.nr_providers = count;
	/* They belong to those that were named before. */
	memset(workload->providers, 0, sizeof(workload->providers));
	mutex_unlock(&workload->config_lock);
	return 0;
}
