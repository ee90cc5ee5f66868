/* SPDX-License-Identifier: GPL-2.0 */
/* Processes of a workload: parts that files of this room share. */
#ifndef _HMT_WORKLOAD_TASKS_H
#define _HMT_WORKLOAD_TASKS_H

#include <linux/mutex.h>
#include <linux/types.h>

struct hmt_tasks;
struct pid;
struct xarray;

/* Tags of entries in hmt_tasks.pids. */
#define HMT_TASK_CHILD	0
#define HMT_TASK_NAMED	1

/*
 * Protects every struct hmt_tasks and the list of live ones. Taken before
 * hmt_workload.config_lock.
 */
extern struct mutex hmt_tasks_lock;

unsigned long hmt_task_entry_index(const struct pid *pid);
int hmt_tasks_add(struct hmt_tasks *tasks, struct pid *pid, unsigned int tag);
void hmt_tasks_drop_pids(struct xarray *pids);

int hmt_cgroup_parse(const char *text, char **path);
int hmt_cgroup_show(const char *path, char *buf, int at);
void hmt_cgroup_find(struct hmt_tasks *tasks);

void hmt_owners_outdate(void);
void hmt_owners_update(u64 max_age);

#endif /* _HMT_WORKLOAD_TASKS_H */
