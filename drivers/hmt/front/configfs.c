// SPDX-License-Identifier: GPL-2.0
/* /sys/kernel/config/hmt/: the root, commit, status and hmtd. */
#include <linux/mutex.h>
#include <linux/string.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "lib/lib.h"
#include "memory/memory.h"
#include "heat/heat.h"
#include "move/move.h"
#include "configfs.h"
#include "front.h"

/* Serialises commits; protects the reason of the last refusal. */
static DEFINE_MUTEX(hmt_commit_lock);
static char hmt_commit_reason[HMT_GRAPH_REASON_MAX];

static int hmt_commit(void)
{
	struct hmt_graph_error error = {};
	struct hmt_graph *graph;
	u64 generation;
	int ret;

	lockdep_assert_held(&hmt_commit_lock);
	ret = hmt_staged_build(&graph, &error);
	strscpy(hmt_commit_reason, error.reason, sizeof(hmt_commit_reason));
	if (ret)
		return ret;
	/* Without staged tiers, the commit removes the graph. */
	if (graph)
		hmt_edge_add_missing(graph);
	trace_hmt_commit(hmt_graph_generation() + 1,
			 graph ? graph->nr_tiers : 0);
	generation = hmt_graph_publish(graph);
	hmt_memory_changed(generation);
	return 0;
}

static ssize_t hmt_commit_store(struct config_item *item, const char *page,
				size_t count)
{
	u32 value;
	int ret = hmt_parse_u32(page, 0, U32_MAX, &value);

	if (ret || value != 1)
		return -EINVAL;
	guard(mutex)(&hmt_commit_lock);
	ret = hmt_commit();
	return ret ?: count;
}
CONFIGFS_ATTR_WO(hmt_, commit);

static ssize_t hmt_status_show(struct config_item *item, char *page)
{
	int len;

	guard(mutex)(&hmt_commit_lock);
	len = sysfs_emit(page, "generation %llu", hmt_graph_generation());
	if (*hmt_commit_reason)
		len += sysfs_emit_at(page, len, ", refused: %s",
				     hmt_commit_reason);
	return len + sysfs_emit_at(page, len, "\n");
}
CONFIGFS_ATTR_RO(hmt_, status);

static const char * const hmt_hmtd_names[HMT_REMOTE_STATES] = {
	[HMT_REMOTE_ABSENT] = "absent",
	[HMT_REMOTE_READY] = "ready",
	[HMT_REMOTE_LATE] = "late",
};

static ssize_t hmt_hmtd_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%s\n", hmt_hmtd_names[hmt_remote_state()]);
}
CONFIGFS_ATTR_RO(hmt_, hmtd);

static struct configfs_attribute *hmt_root_attrs[] = {
	&hmt_attr_commit,
	&hmt_attr_status,
	&hmt_attr_hmtd,
	NULL
};

static const struct config_item_type hmt_root_type = {
	.ct_attrs = hmt_root_attrs,
	.ct_owner = THIS_MODULE,
};

static struct configfs_subsystem hmt_subsystem = {
	.su_group.cg_item = {
		.ci_namebuf = "hmt",
		.ci_type = &hmt_root_type,
	},
};

static struct config_group hmt_tiers_group;
static struct config_group hmt_workloads_group;

int hmt_configfs_pin(struct config_item *item)
{
	return configfs_depend_item_unlocked(&hmt_subsystem, item);
}

void hmt_configfs_unpin(struct config_item *item)
{
	configfs_undepend_item_unlocked(item);
}

int hmt_configfs_init(void)
{
	struct config_group *root = &hmt_subsystem.su_group;

	mutex_init(&hmt_subsystem.su_mutex);
	config_group_init(root);
	config_group_init_type_name(&hmt_tiers_group, "tiers",
				    &hmt_tiers_type);
	configfs_add_default_group(&hmt_tiers_group, root);
	config_group_init_type_name(&hmt_workloads_group, "workloads",
				    &hmt_workloads_type);
	configfs_add_default_group(&hmt_workloads_group, root);
	configfs_add_default_group(hmt_provider_dirs(), root);
	return configfs_register_subsystem(&hmt_subsystem);
}

/* No item exists, because each one pins the module. Removes the live graph. */
void hmt_configfs_exit(void)
{
	configfs_unregister_subsystem(&hmt_subsystem);
	hmt_graph_publish(NULL);
}
