// SPDX-License-Identifier: GPL-2.0
/* workloads/<name>/stats/: counters of the engine. */
#include <linux/configfs.h>
#include <linux/kernel.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "heat/heat.h"
#include "workload/workload.h"
#include "configfs.h"

static const char *const hmt_state_names[HMT_WORKLOAD_STATES] = {
	[HMT_WORKLOAD_STOPPED] = "stopped",
	[HMT_WORKLOAD_RUNNING] = "running",
	[HMT_WORKLOAD_PAUSED] = "paused",
	[HMT_WORKLOAD_WAITING] = "waiting",
};

static ssize_t hmt_stats_state_show(struct config_item *item, char *page)
{
	enum hmt_workload_state state =
		READ_ONCE(hmt_stats_to_workload(item)->state);

	return sysfs_emit(page, "%s\n", hmt_state_names[state]);
}
CONFIGFS_ATTR_RO(hmt_stats_, state);

static ssize_t hmt_stats_reason_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = hmt_stats_to_workload(item);

	switch (READ_ONCE(workload->state)) {
	case HMT_WORKLOAD_RUNNING:
	case HMT_WORKLOAD_WAITING:
		return hmt_tasks_show_reason(&workload->tasks, &workload->stats,
					     page);
	case HMT_WORKLOAD_PAUSED:
		return sysfs_emit(page, "no live graph\n");
	default:
		return sysfs_emit(page, "\n");
	}
}
CONFIGFS_ATTR_RO(hmt_stats_, reason);

/* Define the attribute for one number of struct hmt_workload_stats. */
#define HMT_STATS_ATTR(_name, _value)					\
static ssize_t hmt_stats_##_name##_show(struct config_item *item,	\
					char *page)			\
{									\
	const struct hmt_workload_stats *stats =			\
		&hmt_stats_to_workload(item)->stats;			\
									\
	return sysfs_emit(page, "%llu\n", READ_ONCE(_value));		\
}									\
CONFIGFS_ATTR_RO(hmt_stats_, _name)

HMT_STATS_ATTR(processes, stats->processes);
HMT_STATS_ATTR(foreign, stats->foreign);
HMT_STATS_ATTR(passes, stats->passes);
HMT_STATS_ATTR(samples_taken, stats->samples);
HMT_STATS_ATTR(surveys, stats->surveys);
HMT_STATS_ATTR(promoted, stats->moved[HMT_DIR_PROMOTE]);
HMT_STATS_ATTR(demoted, stats->moved[HMT_DIR_DEMOTE]);
HMT_STATS_ATTR(brought_home, stats->moved[HMT_DIR_HOME]);
HMT_STATS_ATTR(failed, stats->failed);
HMT_STATS_ATTR(planned, stats->planned);
HMT_STATS_ATTR(expired, stats->expired);
HMT_STATS_ATTR(skipped_huge, stats->skipped_huge);
HMT_STATS_ATTR(skipped_file, stats->skipped_file);
HMT_STATS_ATTR(skipped_mergeable, stats->skipped_mergeable);
HMT_STATS_ATTR(skipped_shared, stats->skipped_shared);
HMT_STATS_ATTR(skipped_hugetlb, stats->skipped_hugetlb);
HMT_STATS_ATTR(huge_skewed, stats->huge_skewed);
HMT_STATS_ATTR(huge_rejoined, stats->huge_rejoined);
HMT_STATS_ATTR(skipped_excluded, stats->skipped_excluded);
HMT_STATS_ATTR(skipped_pinned, stats->skipped_pinned);
HMT_STATS_ATTR(skipped_policy, stats->skipped_policy);
HMT_STATS_ATTR(skipped_locked, stats->skipped_locked);
HMT_STATS_ATTR(demand, stats->demand);
HMT_STATS_ATTR(yielded, stats->yielded);
HMT_STATS_ATTR(star_permille, stats->star_permille);
HMT_STATS_ATTR(strr_permille, stats->strr_permille);
HMT_STATS_ATTR(returned, stats->returned);
HMT_STATS_ATTR(scan_ns, stats->scan_ns);
HMT_STATS_ATTR(plan_ns, stats->plan_ns);
HMT_STATS_ATTR(move_ns, stats->move_ns);
HMT_STATS_ATTR(cpu_ns, stats->cpu_ns);
HMT_STATS_ATTR(program_ns, stats->program_ns);
HMT_STATS_ATTR(heat_bytes, stats->heat_bytes);
HMT_STATS_ATTR(interval_ms, stats->interval_ms);
HMT_STATS_ATTR(sample_pages, stats->sample_pages);
HMT_STATS_ATTR(margin, stats->margin);
HMT_STATS_ATTR(load_permille, stats->load_permille);
HMT_STATS_ATTR(clean, stats->clean);

/* Define the attribute for a counter that several threads change. */
#define HMT_STATS_HINTS(_name, _value)					\
static ssize_t hmt_stats_##_name##_show(struct config_item *item,	\
					char *page)			\
{									\
	const struct hmt_hints *hints =					\
		&hmt_stats_to_workload(item)->hints;			\
									\
	return sysfs_emit(page, "%lld\n", atomic64_read(_value));	\
}									\
CONFIGFS_ATTR_RO(hmt_stats_, _name)

HMT_STATS_HINTS(fault_promoted, &hints->promoted);
HMT_STATS_HINTS(fault_kept, &hints->kept);

static ssize_t hmt_stats_pids_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = hmt_stats_to_workload(item);

	guard(mutex)(&workload->config_lock);
	return hmt_mms_show(&workload->mms, page);
}

/* As hmt_workload_attr_pids. */
static struct configfs_attribute hmt_stats_attr_pids = {
	.ca_name = "pids",
	.ca_owner = THIS_MODULE,
	.ca_mode = 0400,
	.show = hmt_stats_pids_show,
};

static ssize_t hmt_stats_tiers_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = hmt_stats_to_workload(item);
	unsigned int i;
	int len = 0;

	guard(mutex)(&workload->config_lock);
	for (i = 0; i < workload->nr_tiers; i++) {
		const struct hmt_tier_stats *tier = &workload->tiers[i];

		len += sysfs_emit_at(page, len, "%s %llu %llu %u %u\n",
				     tier->name, tier->pages, tier->hot,
				     tier->promote_min, tier->demote_max);
	}
	return len;
}
CONFIGFS_ATTR_RO(hmt_stats_, tiers);

static ssize_t hmt_stats_guaranteed_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = hmt_stats_to_workload(item);
	unsigned int i;
	int len = 0;

	guard(mutex)(&workload->config_lock);
	for (i = 0; i < workload->nr_tiers; i++)
		len += sysfs_emit_at(page, len, "%s %llu\n",
				     workload->tiers[i].name,
				     workload->tiers[i].protect);
	return len;
}
CONFIGFS_ATTR_RO(hmt_stats_, guaranteed);

static ssize_t hmt_stats_histogram_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = hmt_stats_to_workload(item);
	unsigned int i, j;
	int len = 0;

	guard(mutex)(&workload->config_lock);
	for (i = 0; i < workload->nr_tiers; i++) {
		const struct hmt_tier_stats *tier = &workload->tiers[i];

		len += sysfs_emit_at(page, len, "%s", tier->name);
		for (j = 0; j < ARRAY_SIZE(tier->histogram); j++)
			len += sysfs_emit_at(page, len, " %llu",
					     tier->histogram[j]);
		len += sysfs_emit_at(page, len, "\n");
	}
	return len;
}
CONFIGFS_ATTR_RO(hmt_stats_, histogram);

static ssize_t hmt_stats_providers_show(struct config_item *item, char *page)
{
	struct hmt_workload *workload = hmt_stats_to_workload(item);
	unsigned int i;
	int len = 0;

	guard(mutex)(&workload->config_lock);
	for (i = 0; i < workload->config.nr_providers; i++) {
		const struct hmt_provider_stats *stats =
			&workload->providers[i];

		len += sysfs_emit_at(page, len,
				     "%s %llu %llu %llu %llu %llu %llu %llu\n",
				     workload->config.providers[i].name,
				     stats->hits, stats->reports,
				     stats->dropped, stats->rejected,
				     stats->errors, stats->ns,
				     stats->stalled);
	}
	return len;
}
CONFIGFS_ATTR_RO(hmt_stats_, providers);

static struct configfs_attribute *hmt_stats_attrs[] = {
	&hmt_stats_attr_state,
	&hmt_stats_attr_reason,
	&hmt_stats_attr_processes,
	&hmt_stats_attr_foreign,
	&hmt_stats_attr_pids,
	&hmt_stats_attr_passes,
	&hmt_stats_attr_samples_taken,
	&hmt_stats_attr_surveys,
	&hmt_stats_attr_promoted,
	&hmt_stats_attr_demoted,
	&hmt_stats_attr_brought_home,
	&hmt_stats_attr_failed,
	&hmt_stats_attr_planned,
	&hmt_stats_attr_expired,
	&hmt_stats_attr_skipped_huge,
	&hmt_stats_attr_skipped_file,
	&hmt_stats_attr_skipped_mergeable,
	&hmt_stats_attr_skipped_shared,
	&hmt_stats_attr_skipped_hugetlb,
	&hmt_stats_attr_huge_skewed,
	&hmt_stats_attr_huge_rejoined,
	&hmt_stats_attr_skipped_excluded,
	&hmt_stats_attr_skipped_pinned,
	&hmt_stats_attr_skipped_policy,
	&hmt_stats_attr_skipped_locked,
	&hmt_stats_attr_demand,
	&hmt_stats_attr_yielded,
	&hmt_stats_attr_fault_promoted,
	&hmt_stats_attr_fault_kept,
	&hmt_stats_attr_star_permille,
	&hmt_stats_attr_strr_permille,
	&hmt_stats_attr_returned,
	&hmt_stats_attr_scan_ns,
	&hmt_stats_attr_plan_ns,
	&hmt_stats_attr_move_ns,
	&hmt_stats_attr_cpu_ns,
	&hmt_stats_attr_program_ns,
	&hmt_stats_attr_heat_bytes,
	&hmt_stats_attr_interval_ms,
	&hmt_stats_attr_sample_pages,
	&hmt_stats_attr_margin,
	&hmt_stats_attr_load_permille,
	&hmt_stats_attr_clean,
	&hmt_stats_attr_tiers,
	&hmt_stats_attr_guaranteed,
	&hmt_stats_attr_histogram,
	&hmt_stats_attr_providers,
	NULL
};

const struct config_item_type hmt_stats_type = {
	.ct_attrs = hmt_stats_attrs,
	.ct_owner = THIS_MODULE,
};
