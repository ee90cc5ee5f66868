/* SPDX-License-Identifier: GPL-2.0 */
/* Whose memory a request is about, and whether the caller may. */
#ifndef _HMT_ACCESS_H
#define _HMT_ACCESS_H

#include <linux/nodemask.h>
#include <linux/types.h>

struct mm_struct;

/**
 * struct hmt_target - a process that a request names
 * @mm: its address space, mm_users held
 * @allowed: nodes that the cpuset and policy of every thread allow
 */
struct hmt_target {
	struct mm_struct *mm;
	nodemask_t allowed;
};

int hmt_target_get(struct hmt_target *target, pid_t number);
void hmt_target_put(struct hmt_target *target);

#endif /* _HMT_ACCESS_H */
