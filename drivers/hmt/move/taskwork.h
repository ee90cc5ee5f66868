/* SPDX-License-Identifier: GPL-2.0 */
/* Batches that a program's own thread moves. */
#ifndef _HMT_TASKWORK_H
#define _HMT_TASKWORK_H

#include <linux/types.h>

struct hmt_batch;
struct task_struct;

/* Moves a batch; returns the time it took in ns. */
typedef u64 (*hmt_taskwork_fn)(struct hmt_batch *batch);

bool hmt_taskwork_is_on(void);
bool hmt_taskwork_move(struct task_struct *task, struct hmt_batch *batch,
		       hmt_taskwork_fn move, u64 *ns);
void hmt_taskwork_exit(void);

#endif /* _HMT_TASKWORK_H */
