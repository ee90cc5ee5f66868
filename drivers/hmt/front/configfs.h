/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations shared by the files of the configfs front end. */
#ifndef _HMT_CONFIGFS_H
#define _HMT_CONFIGFS_H

#include <linux/configfs.h>
#include "lib/lib.h"
#include "graph/graph.h"

/* Check whether configfs may have cut a text off that has @count bytes. */
static inline bool hmt_configfs_cuts(size_t count)
{
	return count >= HMT_ATTR_SIZE - 1;
}

/* Prevent the removal of @item; balanced by hmt_configfs_unpin(). */
int hmt_configfs_pin(struct config_item *item);
void hmt_configfs_unpin(struct config_item *item);

/* configfs_tier.c: staged tiers. */
extern const struct config_item_type hmt_tiers_type;
int hmt_staged_build(struct hmt_graph **graph, struct hmt_graph_error *error);

/* configfs_workload.c, configfs_stats.c */
struct hmt_workload;
extern const struct config_item_type hmt_workloads_type;
extern const struct config_item_type hmt_stats_type;
struct hmt_workload *hmt_stats_to_workload(struct config_item *item);

#endif /* _HMT_CONFIGFS_H */
