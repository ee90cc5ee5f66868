/* SPDX-License-Identifier: GPL-2.0 */
/* Permission to read a process, which older kernels keep in its mm. */
#ifndef _HMT_COMPAT_LINUX_SCHED_EXEC_STATE_H
#define _HMT_COMPAT_LINUX_SCHED_EXEC_STATE_H

#include <hmt_config.h>
#include <linux/mm_types.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/coredump.h>

/*
 * Return the user namespace in which a reader of @task needs CAP_SYS_PTRACE
 * because @task is not dumpable, or NULL. The caller is in a read-side section
 * of RCU and holds a reference on @mm, the mm of @task.
 *
 * The state belongs to the task since v7.2 or earlier.
 */
#ifdef HMT_HAVE_EXEC_STATE_H
#include_next <linux/sched/exec_state.h>

static inline struct user_namespace *
hmt_undumpable_ns(const struct task_struct *task, const struct mm_struct *mm)
{
	const struct task_exec_state *state = rcu_dereference(task->exec_state);

	return READ_ONCE(state->dumpable) == TASK_DUMPABLE_OWNER ?
	       NULL : state->user_ns;
}

#else

/* A long, or the first word of a bitmap since v6.18. The owner's value is 1. */
static inline struct user_namespace *
hmt_undumpable_ns(const struct task_struct *task, const struct mm_struct *mm)
{
	unsigned long flags = READ_ONCE(*(const unsigned long *)&mm->flags);

	return (flags & MMF_DUMPABLE_MASK) == 1 ? NULL : mm->user_ns;
}

#endif

#endif /* _HMT_COMPAT_LINUX_SCHED_EXEC_STATE_H */
