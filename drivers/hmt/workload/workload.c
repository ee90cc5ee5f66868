// SPDX-License-Identifier: GPL-2.0
/* Creation and configuration of a workload; engine/ starts and stops it. */
#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/lockdep.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph/graph.h"
#include "heat/heat.h"
#include "workload.h"

static const struct hmt_workload_config hmt_workload_defaults = {
	.interval_ms = 1000,
	.samples = 5,
	.mib_per_s = { 1024, 1024 },
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
	seqcount_init(&workload->tiers_seq);
	hmt_hints_init(&workload->hints);
	workload->config = hmt_workload_defaults;
	hmt_tasks_init(&workload->tasks);
	INIT_LIST_HEAD(&workload->mms);
	return workload;
}

/* Must be stopped: configfs pins the directory of a live workload. */
void hmt_workload_destroy(struct hmt_workload *workload)
{
	hmt_tasks_destroy(&workload->tasks);
	kfree(workload);
}

bool hmt_workload_is_live(const struct hmt_workload *workload)
{
	lockdep_assert_held(&workload->lock);
	return workload->task;
}

/*
 * Return 0, -ENXIO without a graph, or -ENOENT if the tier of a limit is not
 * part of it.
 */
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

/* Check whether the provider that sees hint faults is named if it has to be. */
static int hmt_workload_check_hints(const struct hmt_workload *workload, bool on)
{
	const struct hmt_workload_config *config = &workload->config;
	unsigned int i;

	for (i = 0; on && i < config->nr_providers; i++)
		if (!strcmp(config->providers[i].name, HMT_HINT_PROVIDER))
			return 0;
	if (on)
		pr_err("workload '%s': promote_in_fault is 1 without the provider '%s': add it to providers, or write 0\n",
		       workload->name, HMT_HINT_PROVIDER);
	return on ? -EINVAL : 0;
}

/*
 * Check whether the configuration can be started. Return 0, an error as above,
 * or -EINVAL if it names no process and no cgroup, or lacks the provider that
 * promote_in_fault needs.
 */
int hmt_workload_check(struct hmt_workload *workload)
{
	int ret;

	lockdep_assert_held(&workload->lock);
	ret = hmt_workload_check_limits(workload->config.limits,
					workload->config.nr_limits);
	if (ret)
		return ret;
	if (hmt_tasks_empty(&workload->tasks))
		return -EINVAL;
	return hmt_workload_check_hints(workload,
					workload->config.promote_in_fault);
}

/* Reset the state of the previous start. */
void hmt_workload_reset(struct hmt_workload *workload)
{
	u64 now = ktime_get_ns();
	unsigned int i;

	memset(&workload->stats, 0, sizeof(workload->stats));
	workload->sampled = 0;
	memset(workload->providers, 0, sizeof(workload->providers));
	workload->nr_tiers = 0;
	atomic64_set(&workload->arrived, 0);
	workload->arrived_before = 0;
	hmt_hints_reset(&workload->hints);
	for (i = 0; i < HMT_DIRECTIONS; i++)
		hmt_bucket_init(&workload->buckets[i], 0, HMT_BATCH_PAGES, now);
}

/* Set the limits; nothing changes on error. Caller holds the lock. */
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
		/* The room that is offered is that of the old limits. */
		hmt_hints_withdraw(workload);
		mutex_unlock(&workload->config_lock);
	}
	kfree(limits);
	return ret;
}

/* Set the providers; nothing changes on error. Caller holds the lock. */
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
	guard(mutex)(&workload->config_lock);
	memcpy(workload->config.providers, specs, sizeof(specs));
	workload->config.nr_providers = count;
	/* The statistics belong to the previous providers. */
	memset(workload->providers, 0, sizeof(workload->providers));
	return 0;
}

/*
 * Answer hint faults, or keep the answers of the kernel. -EINVAL: a live workload
 * lacks the provider that sees them. Caller holds the lock.
 */
int hmt_workload_set_promote_in_fault(struct hmt_workload *workload, bool on)
{
	int ret = 0;

	lockdep_assert_held(&workload->lock);
	if (hmt_workload_is_live(workload))
		ret = hmt_workload_check_hints(workload, on);
	if (ret)
		return ret;
	guard(mutex)(&workload->config_lock);
	WRITE_ONCE(workload->config.promote_in_fault, on);
	if (!on)
		hmt_hints_withdraw(workload);
	return 0;
}
