/* SPDX-License-Identifier: GPL-2.0 */
/* Which processes belong to a workload. */
#ifndef _HMT_MEMBERS_H
#define _HMT_MEMBERS_H

#include <linux/xarray.h>

struct cgroup;
struct hmt_sessions;
struct list_head;

/**
 * struct hmt_members - which processes belong to a workload
 * @pids: tagged &struct pid by hmt_member_index(): named by the administrator,
 *	or a child of a member
 * @cgroup: root of a cgroup v2 subtree, or NULL
 *
 * Under hmt_workload.config_lock.
 */
struct hmt_members {
	struct xarray pids;
	struct cgroup *cgroup;
};

void hmt_members_init(struct hmt_members *members);
void hmt_members_destroy(struct hmt_members *members);
bool hmt_members_empty(const struct hmt_members *members);
int hmt_members_set_pids(struct hmt_members *members, const char *text);
int hmt_members_show_pids(const struct hmt_members *members, char *buf);
int hmt_members_set_cgroup(struct hmt_members *members, const char *path);
unsigned int hmt_members_refresh(struct hmt_members *members,
				 struct list_head *spaces,
				 struct hmt_sessions *sessions);

#endif /* _HMT_MEMBERS_H */
