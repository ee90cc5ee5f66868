// SPDX-License-Identifier: GPL-2.0
/* Address spaces of processes, as find_lock_task_mm() of the kernel does it. */
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include "task.h"

/*
 * Return @task, or else the first thread of its process that has an mm; NULL
 * if there is none, or for a kernel thread.
 *
 * Context: any, under RCU, which protects the result. The thread may exit at
 * any time, so its mm may only be compared.
 */
struct task_struct *hmt_task_with_mm(struct task_struct *task)
{
	struct task_struct *thread;

	if (task->flags & PF_KTHREAD)
		return NULL;
	if (READ_ONCE(task->mm))
		return task;
	for_each_thread(task, thread)
		if (READ_ONCE(thread->mm))
			return thread;
	return NULL;
}

/* As hmt_task_get_thread_mm(). Caller holds RCU, which protects *@found. */
static struct mm_struct *hmt_task_find_mm(struct task_struct *task,
					  struct task_struct **found)
{
	struct mm_struct *mm = get_task_mm(task);
	struct task_struct *thread;

	*found = task;
	if (mm || task->flags & PF_KTHREAD)
		return mm;
	for_each_thread(task, thread) {
		mm = get_task_mm(thread);
		if (!mm)
			continue;
		*found = thread;
		break;
	}
	return mm;
}

/*
 * Get the mm of the process of @task, with mm_users held; NULL if there is
 * none, or for a kernel thread.
 *
 * Context: process or softirq; takes task_lock() of threads.
 */
struct mm_struct *hmt_task_get_mm(struct task_struct *task)
{
	struct task_struct *thread;
	struct mm_struct *mm;

	rcu_read_lock();
	mm = hmt_task_find_mm(task, &thread);
	rcu_read_unlock();
	return mm;
}

/*
 * As hmt_task_get_mm(). *@thread is the thread that has the mm, with a
 * reference; @task if there is none. Context: process.
 */
struct mm_struct *hmt_task_get_thread_mm(struct task_struct *task,
					 struct task_struct **thread)
{
	struct mm_struct *mm;

	rcu_read_lock();
	mm = hmt_task_find_mm(task, thread);
	get_task_struct(*thread);
	rcu_read_unlock();
	return mm;
}
