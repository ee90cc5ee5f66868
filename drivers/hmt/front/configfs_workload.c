// SPDX-License-Identifier: GPL-2.0
/* workloads/: settings, start and stop. */
#include <linux/configfs.h>
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "workload/workload.h"
#include "engine/engine.h"
#include "configfs.h"

#define HMT_INTERVAL_MIN_MS	10
#define HMT_INTERVAL_MAX_MS	3600000
#define HMT_SAMPLES_MAX		64

/**
 * struct hmt_workload_item - directory of a workload
 * @group: workloads/<name>/
 * @stats: workloads/<name>/stats/
 * @workload: the workload
 */
struct hmt_workload_item {
	struct config_group group;
	struct config_group stats;
	struct hmt_workload *workload;
};

static struct hmt_workload_item *to_item(struct config_item *item)
{
	return container_of(to_config_group(item), struct hmt_workload_item,
			    group);
}

static struct hmt_workload *to_workload(struct config_item *item)
{
	return to_item(item)->workload;
}

struct hmt_workload *hmt_stats_to_workload(struct config_item *item)
{
	return container_of(to_config_group(item), struct hmt_workload_item,
			    stats)->workload;
}

static ssize_t hmt_workload_pids_show(struct config_item *item, char *page)
{
	return hmt_tasks_show_pids(&to_workload(item)->tasks, page);
}

static ssize_t hmt_workload_pids_store(struct config_item *item,
				       const char *page, size_t count)
{
	int ret;

	/* The first digits of a number are the number of another process. */
	if (hmt_configfs_cuts(count))
		return -E2BIG;
	ret = hmt_tasks_set_pids(&to_workload(item)->tasks, page);
	return ret ?: count;
}

/* Process IDs are not for all users, as with the option hidepid of /proc. */
static struct configfs_attribute hmt_workload_attr_pids = {
	.ca_name = "pids",
	.ca_owner = THIS_MODULE,
	.ca_mode = 0600,
	.show = hmt_workload_pids_show,
	.store = hmt_workload_pids_store,
};

static ssize_t hmt_workload_cgroup_show(struct config_item *item, char *page)
{
	return hmt_tasks_show_cgroup(&to_workload(item)->tasks, page);
}

static ssize_t hmt_workload_cgroup_store(struct config_item *item,
					 const char *page, size_t count)
{
	char *copy;
	size_t len;
	int ret;

	if (hmt_configfs_cuts(count))
		return -ENAMETOOLONG;
	copy = kstrdup(page, GFP_KERNEL);
	if (!copy)
		return -ENOMEM;
	/* The name of a cgroup may end in a blank. */
	len = strlen(copy);
	if (len && copy[len - 1] == '\n')
		copy[len - 1] = '\0';
	ret = hmt_tasks_set_cgroup(&to_workload(item)->tasks,
				   skip_spaces(copy));
	kfree(copy);
	return ret ?: count;
}
CONFIGFS_ATTR(hmt_workload_, cgroup);

/* Store a list, which hmt_configfs_cuts() must not have cut, by @set. */
static ssize_t hmt_workload_store_list(struct config_item *item,
				       const char *page, size_t count,
				       int (*set)(struct hmt_workload *workload,
						  const char *text))
{
	struct hmt_workload *workload = to_workload(item);
	int ret;

	if (hmt_configfs_cuts(count))
		return -E2BIG;
	guard(mutex)(&workload->lock);
	ret = set(workload, page);
	return ret ?: count;
}

static ssize_t hmt_workload_providers_show(struct config_item *item,
					   char *page)
{
	struct hmt_workload *workload = to_workload(item);
	const struct hmt_workload_config *config = &workload->config;
	unsigned int i;
	int len = 0;

	guard(mutex)(&workload->lock);
	for (i = 0; i < config->nr_providers; i++)
		len += sysfs_emit_at(page, len, "%s%s:%u", i ? " " : "",
				     config->providers[i].name,
				     config->providers[i].weight);
	return len + sysfs_emit_at(page, len, "\n");
}

static ssize_t hmt_workload_providers_store(struct config_item *item,
					    const char *page, size_t count)
{
	return hmt_workload_store_list(item, page, count,
				       hmt_workload_set_providers);
}
CONFIGFS_ATTR(hmt_workload_, providers);

/*
 * Set a number from @low to @high; 0, which means off, is permitted if
 * @or_zero.
 */
static ssize_t hmt_workload_set_number(struct hmt_workload *workload,
				       u32 *field, const char *page,
				       size_t count, u32 low, u32 high,
				       bool or_zero)
{
	u32 value;
	int ret = hmt_parse_u32(page, or_zero ? 0 : low, high, &value);

	if (ret)
		return ret;
	if (value && value < low)
		return -ERANGE;
	guard(mutex)(&workload->config_lock);
	WRITE_ONCE(*field, value);
	return count;
}

/* Define the attribute for one number of the configuration. */
#define HMT_WORKLOAD_NUMBER(_name, _field, _low, _high, _or_zero)	\
static u32 *hmt_workload_##_name(struct hmt_workload *workload)	\
{									\
	return &workload->config._field;				\
}									\
									\
static ssize_t hmt_workload_##_name##_show(struct config_item *item,	\
					   char *page)			\
{									\
	const u32 *field = hmt_workload_##_name(to_workload(item));	\
									\
	return sysfs_emit(page, "%u\n", READ_ONCE(*field));		\
}									\
									\
static ssize_t hmt_workload_##_name##_store(struct config_item *item,	\
					    const char *page,		\
					    size_t count)		\
{									\
	struct hmt_workload *workload = to_workload(item);		\
									\
	return hmt_workload_set_number(workload,			\
				       hmt_workload_##_name(workload),	\
				       page, count, _low, _high,	\
				       _or_zero);			\
}									\
CONFIGFS_ATTR(hmt_workload_, _name)

HMT_WORKLOAD_NUMBER(scan_interval_ms, interval_ms, HMT_INTERVAL_MIN_MS,
		    HMT_INTERVAL_MAX_MS, false);
HMT_WORKLOAD_NUMBER(scan_interval_min_ms, interval_min_ms, HMT_INTERVAL_MIN_MS,
		    HMT_INTERVAL_MAX_MS, true);
HMT_WORKLOAD_NUMBER(scan_interval_max_ms, interval_max_ms, HMT_INTERVAL_MIN_MS,
		    HMT_INTERVAL_MAX_MS, true);
HMT_WORKLOAD_NUMBER(samples, samples, 1, HMT_SAMPLES_MAX, false);

static ssize_t hmt_workload_show_rate(struct config_item *item,
				      enum hmt_direction direction, char *page)
{
	const struct hmt_workload_config *config = &to_workload(item)->config;
	u64 mib_per_s = READ_ONCE(config->mib_per_s[direction]);

	if (mib_per_s == HMT_RATE_MAX)
		return sysfs_emit(page, "max\n");
	return sysfs_emit(page, "%llu\n", mib_per_s);
}

static ssize_t hmt_workload_store_rate(struct config_item *item,
				       enum hmt_direction direction,
				       const char *page, size_t count)
{
	struct hmt_workload *workload = to_workload(item);
	u64 mib_per_s;
	int ret = hmt_parse_rate(page, &mib_per_s);

	if (ret)
		return ret;
	guard(mutex)(&workload->config_lock);
	WRITE_ONCE(workload->config.mib_per_s[direction], mib_per_s);
	return count;
}

static ssize_t hmt_workload_promote_mib_per_s_show(struct config_item *item,
						   char *page)
{
	return hmt_workload_show_rate(item, HMT_DIR_PROMOTE, page);
}

static ssize_t hmt_workload_promote_mib_per_s_store(struct config_item *item,
						    const char *page,
						    size_t count)
{
	return hmt_workload_store_rate(item, HMT_DIR_PROMOTE, page, count);
}
CONFIGFS_ATTR(hmt_workload_, promote_mib_per_s);

static ssize_t hmt_workload_demote_mib_per_s_show(struct config_item *item,
						  char *page)
{
	return hmt_workload_show_rate(item, HMT_DIR_DEMOTE, page);
}

static ssize_t hmt_workload_demote_mib_per_s_store(struct config_item *item,
						   const char *page,
						   size_t count)
{
	return hmt_workload_store_rate(item, HMT_DIR_DEMOTE, page, count);
}
CONFIGFS_ATTR(hmt_workload_, demote_mib_per_s);

static ssize_t hmt_workload_show_sizes(struct hmt_workload *workload,
				       const struct hmt_sizes *sizes,
				       char *page)
{
	unsigned int i;
	int len = 0;

	guard(mutex)(&workload->config_lock);
	for (i = 0; i < sizes->nr; i++)
		len += sysfs_emit_at(page, len, "%s%s=%llu", i ? " " : "",
				     sizes->of[i].tier, sizes->of[i].bytes);
	return len + sysfs_emit_at(page, len, "\n");
}

static ssize_t hmt_workload_limits_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = to_workload(item);

	return hmt_workload_show_sizes(workload, &workload->config.limits,
				       page);
}

static ssize_t hmt_workload_limits_store(struct config_item *item,
					 const char *page, size_t count)
{
	return hmt_workload_store_list(item, page, count,
				       hmt_workload_set_limits);
}
CONFIGFS_ATTR(hmt_workload_, limits);

static ssize_t hmt_workload_protect_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = to_workload(item);

	return hmt_workload_show_sizes(workload, &workload->config.protect,
				       page);
}

static ssize_t hmt_workload_protect_store(struct config_item *item,
					  const char *page, size_t count)
{
	return hmt_workload_store_list(item, page, count,
				       hmt_workload_set_protect);
}
CONFIGFS_ATTR(hmt_workload_, protect);

static ssize_t hmt_workload_set_switch(struct hmt_workload *workload,
				       bool *field, const char *page,
				       size_t count)
{
	u32 value;
	int ret = hmt_parse_u32(page, 0, 1, &value);

	if (ret)
		return ret;
	guard(mutex)(&workload->config_lock);
	WRITE_ONCE(*field, value);
	return count;
}

/* Define the attribute for a part of the configuration that is on or off. */
#define HMT_WORKLOAD_SWITCH(_name, _field)				\
static bool *hmt_workload_##_name(struct hmt_workload *workload)	\
{									\
	return &workload->config._field;				\
}									\
									\
static ssize_t hmt_workload_##_name##_show(struct config_item *item,	\
					   char *page)			\
{									\
	const bool *field = hmt_workload_##_name(to_workload(item));	\
									\
	return sysfs_emit(page, "%d\n", READ_ONCE(*field));		\
}									\
									\
static ssize_t hmt_workload_##_name##_store(struct config_item *item,	\
					    const char *page,		\
					    size_t count)		\
{									\
	struct hmt_workload *workload = to_workload(item);		\
									\
	return hmt_workload_set_switch(workload,			\
				       hmt_workload_##_name(workload),	\
				       page, count);			\
}									\
CONFIGFS_ATTR(hmt_workload_, _name)

HMT_WORKLOAD_SWITCH(dry_run, dry_run);
HMT_WORKLOAD_SWITCH(spread_load, spread_load);

static ssize_t hmt_workload_promote_in_fault_show(struct config_item *item,
						  char *page)
{
	const struct hmt_workload_config *config = &to_workload(item)->config;

	return sysfs_emit(page, "%d\n", READ_ONCE(config->promote_in_fault));
}

static ssize_t hmt_workload_promote_in_fault_store(struct config_item *item,
						   const char *page,
						   size_t count)
{
	struct hmt_workload *workload = to_workload(item);
	u32 value;
	int ret = hmt_parse_u32(page, 0, 1, &value);

	if (ret)
		return ret;
	guard(mutex)(&workload->lock);
	ret = hmt_workload_set_promote_in_fault(workload, value);
	return ret ?: count;
}
CONFIGFS_ATTR(hmt_workload_, promote_in_fault);

static ssize_t hmt_workload_live_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = to_workload(item);
	bool live;

	mutex_lock(&workload->lock);
	live = hmt_workload_is_live(workload);
	mutex_unlock(&workload->lock);
	return sysfs_emit(page, "%d\n", live);
}

/* Start the engine and pin the directory, so that it cannot be removed. */
static int hmt_workload_go_live(struct config_item *item)
{
	struct hmt_workload *workload = to_workload(item);
	int ret;

	if (hmt_workload_is_live(workload))
		return 0;
	ret = hmt_configfs_pin(item);
	if (ret)
		return ret;
	ret = hmt_engine_start(workload);
	if (ret)
		hmt_configfs_unpin(item);
	return ret;
}

static int hmt_workload_go_idle(struct config_item *item)
{
	struct hmt_workload *workload = to_workload(item);

	if (hmt_workload_is_live(workload)) {
		hmt_engine_stop(workload);
		hmt_configfs_unpin(item);
	}
	return 0;
}

static ssize_t hmt_workload_live_store(struct config_item *item,
				       const char *page, size_t count)
{
	struct hmt_workload *workload = to_workload(item);
	u32 live;
	int ret = hmt_parse_u32(page, 0, 1, &live);

	if (ret)
		return ret;
	guard(mutex)(&workload->lock);
	ret = live ? hmt_workload_go_live(item) : hmt_workload_go_idle(item);
	return ret ?: count;
}
CONFIGFS_ATTR(hmt_workload_, live);

static struct configfs_attribute *hmt_workload_attrs[] = {
	&hmt_workload_attr_pids,
	&hmt_workload_attr_cgroup,
	&hmt_workload_attr_providers,
	&hmt_workload_attr_scan_interval_ms,
	&hmt_workload_attr_scan_interval_min_ms,
	&hmt_workload_attr_scan_interval_max_ms,
	&hmt_workload_attr_samples,
	&hmt_workload_attr_promote_mib_per_s,
	&hmt_workload_attr_demote_mib_per_s,
	&hmt_workload_attr_limits,
	&hmt_workload_attr_protect,
	&hmt_workload_attr_dry_run,
	&hmt_workload_attr_promote_in_fault,
	&hmt_workload_attr_spread_load,
	&hmt_workload_attr_live,
	NULL
};

static void hmt_workload_item_release(struct config_item *item)
{
	struct hmt_workload_item *dir = to_item(item);

	hmt_workload_destroy(dir->workload);
	kfree(dir);
}

static struct configfs_item_operations hmt_workload_item_ops = {
	.release = hmt_workload_item_release,
};

static const struct config_item_type hmt_workload_type = {
	.ct_item_ops = &hmt_workload_item_ops,
	.ct_attrs = hmt_workload_attrs,
	.ct_owner = THIS_MODULE,
};

static struct config_group *hmt_workloads_make(struct config_group *group,
					       const char *name)
{
	struct hmt_workload_item *dir;
	int ret = hmt_parse_name(name);

	if (ret)
		return ERR_PTR(ret);
	dir = kzalloc(sizeof(*dir), GFP_KERNEL);
	if (!dir)
		return ERR_PTR(-ENOMEM);
	dir->workload = hmt_workload_create(name);
	if (!dir->workload) {
		kfree(dir);
		return ERR_PTR(-ENOMEM);
	}
	config_group_init_type_name(&dir->group, name, &hmt_workload_type);
	config_group_init_type_name(&dir->stats, "stats", &hmt_stats_type);
	configfs_add_default_group(&dir->stats, &dir->group);
	return &dir->group;
}

static struct configfs_group_operations hmt_workloads_group_ops = {
	.make_group = hmt_workloads_make,
};

const struct config_item_type hmt_workloads_type = {
	.ct_group_ops = &hmt_workloads_group_ops,
	.ct_owner = THIS_MODULE,
};
