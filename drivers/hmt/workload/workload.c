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
	.spread_load = true,
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

bool hmt_sizes_equal(const struct hmt_sizes *sizes,
		     const struct hmt_sizes *other)
{
	return sizes->nr == other->nr &&
	       !memcmp(sizes->of, other->of, sizes->nr * sizeof(*sizes->of));
}

/*
 * Return 0, -ENXIO without a graph, or -ENOENT if a tier in @sizes is not part of
 * it.
 */
static int hmt_workload_check_tiers(const struct hmt_sizes *sizes)
{
	struct hmt_graph *graph = hmt_graph_get();
	unsigned int i;
	int ret = 0;

	if (!graph)
		return -ENXIO;
	for (i = 0; i < sizes->nr && ret >= 0; i++)
		ret = hmt_graph_find(graph, sizes->of[i].tier);
	hmt_graph_put(graph);
	return ret < 0 ? ret : 0;
}

/* Return 0, or -ERANGE if more is guaranteed in a tier than its limit. */
static int hmt_workload_check_protect(const struct hmt_workload *workload,
				      const struct hmt_sizes *limits,
				      const struct hmt_sizes *protect)
{
	const struct hmt_limit_spec *most, *least;

	for (least = protect->of; least < protect->of + protect->nr; least++)
		for (most = limits->of; most < limits->of + limits->nr; most++) {
			if (strcmp(least->tier, most->tier) ||
			    least->bytes <= most->bytes)
				continue;
			pr_err("workload '%s': protect of tier '%s' is %llu bytes, more than its limit of %llu: lower protect, or raise the limit first\n",
			       workload->name, least->tier, least->bytes,
			       most->bytes);
			return -ERANGE;
		}
	return 0;
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
	const struct hmt_workload_config *config = &workload->config;
	int ret;

	lockdep_assert_held(&workload->lock);
	ret = hmt_workload_check_tiers(&config->limits);
	if (!ret)
		ret = hmt_workload_check_tiers(&config->protect);
	if (ret)
		return ret;
	if (hmt_tasks_empty(&workload->tasks))
		return -EINVAL;
	ret = hmt_workload_check_protect(workload, &config->limits,
					 &config->protect);
	return ret ?: hmt_workload_check_hints(workload,
					       config->promote_in_fault);
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

/*
 * Check @sizes, which become the limits or the guarantees, together with the
 * other ones. Those of a stopped workload are checked when it starts, so that they
 * can be written in any order.
 */
static int hmt_workload_check_sizes(struct hmt_workload *workload,
				    const struct hmt_sizes *sizes,
				    const struct hmt_sizes *limits,
				    const struct hmt_sizes *protect)
{
	int ret;

	if (!hmt_workload_is_live(workload))
		return 0;
	ret = sizes->nr ? hmt_workload_check_tiers(sizes) : 0;
	return ret ?: hmt_workload_check_protect(workload, limits, protect);
}

/* Set the limits or the guarantees; nothing changes on error. */
static int hmt_workload_set_sizes(struct hmt_workload *workload,
				  struct hmt_sizes *field, const char *text)
{
	struct hmt_workload_config *config = &workload->config;
	struct hmt_sizes *sizes;
	int ret;

	lockdep_assert_held(&workload->lock);
	sizes = kzalloc(sizeof(*sizes), GFP_KERNEL);
	if (!sizes)
		return -ENOMEM;
	ret = hmt_parse_limits(text, sizes->of);
	if (ret < 0)
		goto out_free;
	sizes->nr = ret;
	ret = hmt_workload_check_sizes(workload, sizes,
				       field == &config->limits ?
					       sizes : &config->limits,
				       field == &config->protect ?
					       sizes : &config->protect);
	if (ret)
		goto out_free;
	mutex_lock(&workload->config_lock);
	*field = *sizes;
	/* The room that is offered is that of the old sizes. */
	hmt_hints_withdraw(workload);
	mutex_unlock(&workload->config_lock);
out_free:
	kfree(sizes);
	return ret;
}

/* Set the limits; nothing changes on error. Caller holds the lock. */
int hmt_workload_set_limits(struct hmt_workload *workload, const char *text)
{
	return hmt_workload_set_sizes(workload, &workload->config.limits, text);
}

/* Set the guarantees; nothing changes on error. Caller holds the lock. */
int hmt_workload_set_protect(struct hmt_workload *workload, const char *text)
{
	return hmt_workload_set_sizes(workload, &workload->config.protect,
				      text);
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
