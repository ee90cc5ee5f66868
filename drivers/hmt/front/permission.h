/* SPDX-License-Identifier: GPL-2.0 */
/* Whose memory a request is about, and whether the caller may. */
#ifndef _HMT_ACCESS_H
#define _HMT_ACCESS_H

#include <linux/nodemask.h>
#include <linux/types.h>

struct mm_struct;

/**
 * struct hmt_process - a process that a request names
 * @mm: its address space, mm_users held
 * @allowed: nodes that the cpuset and policy of every thread allow
 */
struct hmt_process {
	struct mm_struct *mm;
	nodemask_t allowed;
};

int hmt_process_get(struct hmt_process *target, pid_t number);
void hmt_process_put(struct hmt_process *target);

#endif /* _HMT_ACCESS_H */
