/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Address spaces of processes. The main thread of a process may have exited
 * while others run: it is a zombie without an mm until the last thread ends.
 */
#ifndef _HMT_TASK_H
#define _HMT_TASK_H

#include <linux/types.h>

struct mm_struct;
struct task_struct;

struct task_struct *hmt_task_with_mm(struct task_struct *task);
struct mm_struct *hmt_task_get_mm(struct task_struct *task);
struct mm_struct *hmt_task_get_thread_mm(struct task_struct *task,
					 struct task_struct **thread);

#endif /* _HMT_TASK_H */
