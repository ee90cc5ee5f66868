/* SPDX-License-Identifier: GPL-2.0 */
/* Target process of a request, and permission of the caller. */
#ifndef _HMT_ACCESS_H
#define _HMT_ACCESS_H

#include <linux/nodemask.h>
#include <linux/types.h>

struct mm_struct;

/**
 * struct hmt_process - target process of a request
 * @mm: its address space; mm_users is held
 * @allowed: nodes that the cpusets and policies of all threads allow
 */
struct hmt_process {
	struct mm_struct *mm;
	nodemask_t allowed;
};

int hmt_process_get(struct hmt_process *target, pid_t number, u32 flags);
void hmt_process_put(struct hmt_process *target);

#endif /* _HMT_ACCESS_H */
