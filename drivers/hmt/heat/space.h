/* SPDX-License-Identifier: GPL-2.0 */
/* Address spaces under management, and which processes they come from. */
#ifndef _HMT_SPACE_H
#define _HMT_SPACE_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include "heat.h"
#include "splits.h"

struct mm_struct;
struct pid;
struct hmt_sessions;
struct task_struct;

/*
 * Samples after which the heat of a space tells hot from cold: what is always
 * seen has a quarter of the highest heat then, and chance makes up for half of
 * that. Younger spaces are left alone.
 */
#define HMT_SPACE_KNOWN		10

/*
 * Samples after which it means something that nothing is to be moved. With fewer
 * hot and cold are hardly further apart than chance makes them: one looks on.
 */
#define HMT_SPACE_SURE		(2 * HMT_SPACE_KNOWN)

/* Samples after which more of them make no difference. */
#define HMT_SPACE_OLD		128

/**
 * struct hmt_space - one address space of a workload
 * @link: in &struct hmt_workload.spaces
 * @refs: the engine, and a provider that does not return
 * @mm: mm_count held, so that the address is not used again; mm_users is
 *	taken for each visit
 * @pid: thread group whose cpuset and policy count
 * @sessions: providers at work for it
 * @hash: in the hash of all spaces by @mm
 * @rcu: for who reads that hash
 * @heat: heat map
 * @fresh: what a provider pushed, between reading it and adding it to @heat
 * @splits: huge pages that were split
 * @samples: how often it was sampled, up to HMT_SPACE_OLD
 * @seen: found by the last refresh
 * @allowed: nodes that the cpuset and policy of every thread allow
 *
 * Owned by the engine's thread; @mm and @sessions are read under RCU as well.
 */
struct hmt_space {
	struct list_head link;
	struct kref refs;
	struct mm_struct *mm;
	struct pid *pid;
	struct hmt_sessions *sessions;
	struct hlist_node hash;
	struct rcu_head rcu;
	struct hmt_heat_map heat;
	struct hmt_heat_map fresh;
	struct hmt_splits splits;
	unsigned int samples;
	bool seen;
	nodemask_t allowed;
};

static inline bool hmt_space_is_known(const struct hmt_space *space)
{
	return space->samples >= HMT_SPACE_KNOWN;
}

static inline bool hmt_space_is_sure(const struct hmt_space *space)
{
	return space->samples >= HMT_SPACE_SURE;
}

struct hmt_space *hmt_space_find(struct list_head *spaces,
				 const struct mm_struct *mm);
struct hmt_space *hmt_space_add(struct list_head *spaces,
				struct hmt_sessions *sessions,
				struct mm_struct *mm, struct pid *pid);
void hmt_space_drop(struct hmt_space *space);
int hmt_spaces_show(const struct list_head *spaces, char *buf);
void hmt_spaces_drop(struct list_head *spaces);
struct hmt_space *hmt_space_of(const struct mm_struct *mm,
			       struct hmt_space *after);
void hmt_space_get(struct hmt_space *space);
void hmt_space_put(struct hmt_space *space);
bool hmt_space_is_alone(const struct hmt_space *space);
bool hmt_space_is_running(const struct hmt_space *space);
bool hmt_space_enter(struct hmt_space *space);
void hmt_space_leave(struct hmt_space *space);
void hmt_task_allows(struct task_struct *task, nodemask_t *allowed);
bool hmt_space_task_allows(const struct hmt_space *space, nodemask_t *allowed);

#endif /* _HMT_SPACE_H */
