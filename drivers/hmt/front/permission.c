// SPDX-License-Identifier: GPL-2.0
/*
 * Permission to act on another process. The rule of move_pages(2) applies,
 * which calls ptrace_may_access() with PTRACE_MODE_READ_REALCREDS. Modules
 * cannot call it, so the rule is rebuilt from its parts: credentials,
 * capabilities and dumpability. The hook of security modules cannot be called
 * either; they control the opening of the device.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pidfs.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/sched/exec_state.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include "hmt.h"
#include "lib/lib.h"
#include "heat/heat.h"
#include "permission.h"

static bool hmt_cred_is_same(const struct cred *cred, const struct cred *other)
{
	return uid_eq(cred->uid, other->euid) &&
	       uid_eq(cred->uid, other->suid) &&
	       uid_eq(cred->uid, other->uid) &&
	       gid_eq(cred->gid, other->egid) &&
	       gid_eq(cred->gid, other->sgid) && gid_eq(cred->gid, other->gid);
}

/*
 * Check that @cred has all capabilities of @other, because a process must not
 * read one with more privileges.
 */
static bool hmt_cred_is_above(const struct cred *cred, const struct cred *other)
{
	return cred->user_ns == other->user_ns &&
	       cap_issubset(other->cap_permitted, cred->cap_permitted);
}

static bool hmt_cred_may_read(const struct cred *cred, const struct cred *other)
{
	if (hmt_cred_is_same(cred, other) && hmt_cred_is_above(cred, other))
		return true;
	return ns_capable(other->user_ns, CAP_SYS_PTRACE);
}

/*
 * Check permission for @task; @mm may be NULL, then dumpability does not
 * matter.
 */
static bool hmt_task_may_read(struct task_struct *task, struct mm_struct *mm)
{
	struct user_namespace *ns;
	bool may;

	if (same_thread_group(task, current))
		return true;
	rcu_read_lock();
	may = hmt_cred_may_read(current_cred(), __task_cred(task));
	rcu_read_unlock();
	/* Pairs with the write barrier in commit_creds(), as in the kernel. */
	smp_rmb();
	if (!may || !mm)
		return may;
	rcu_read_lock();
	ns = hmt_undumpable_ns(task, mm);
	may = !ns || ns_capable(ns, CAP_SYS_PTRACE);
	rcu_read_unlock();
	return may;
}

static struct task_struct *hmt_task_get(pid_t number)
{
	struct task_struct *task;
	struct pid *pid;

	if (!number)
		return get_task_struct(current);
	pid = find_get_pid(number);
	task = get_pid_task(pid, PIDTYPE_PID);
	put_pid(pid);
	return task ?: ERR_PTR(-ESRCH);
}

/* Get the task of a pidfd, which may be outside of the caller's namespace. */
static struct task_struct *hmt_task_get_by_pidfd(int fd)
{
	struct file *file = fget(fd);
	struct task_struct *task;
	struct pid *pid;

	if (!file)
		return ERR_PTR(-EBADF);
	pid = hmt_pidfd_pid(file);
	task = pid ? get_pid_task(pid, PIDTYPE_PID) : ERR_PTR(-EBADF);
	fput(file);
	return task ?: ERR_PTR(-ESRCH);
}

/*
 * Get the address space of the process of @task if the credentials of the thread
 * that has it permit that. The main thread may have exited; each thread has its
 * own credentials.
 */
static int hmt_process_check(struct hmt_process *target,
			     struct task_struct *task)
{
	struct task_struct *thread;
	bool may;

	lockdep_assert_held(&task->signal->exec_update_lock);
	target->mm = hmt_task_get_thread_mm(task, &thread);
	may = hmt_task_may_read(thread, target->mm);
	put_task_struct(thread);
	if (!may)
		return -EPERM;
	if (!target->mm)
		return task->flags & PF_KTHREAD ? -EINVAL : -ESRCH;
	return 0;
}

/*
 * execve(2) changes the address space first and the credentials later. It holds
 * exec_update_lock for writing in between, so that the credentials that are
 * checked are those of the address space. Taken killable, because execve(2)
 * frees the old address space under it.
 */
static int hmt_process_fill(struct hmt_process *target,
			    struct task_struct *task)
{
	int ret = down_read_killable(&task->signal->exec_update_lock);

	if (ret)
		return ret;
	ret = hmt_process_check(target, task);
	up_read(&task->signal->exec_update_lock);
	if (!ret)
		hmt_task_allows(task, &target->allowed);
	return ret;
}

/*
 * Get the address space of the process or thread @number in the caller's PID
 * namespace, or of the caller if @number is 0. With HMT_PIDFD in @flags, @number
 * is a pidfd. Return 0, -ESRCH if it does not exist or is exiting, -EBADF if
 * @number is not a pidfd, -EPERM if the caller lacks permission, -EINVAL for a
 * kernel thread, or -EINTR after a fatal signal.
 */
int hmt_process_get(struct hmt_process *target, pid_t number, u32 flags)
{
	struct task_struct *task = flags & HMT_PIDFD ?
				   hmt_task_get_by_pidfd(number) :
				   hmt_task_get(number);
	int ret;

	target->mm = NULL;
	if (IS_ERR(task))
		return PTR_ERR(task);
	ret = hmt_process_fill(target, task);
	put_task_struct(task);
	if (ret && target->mm)
		mmput(target->mm);
	return ret;
}

void hmt_process_put(struct hmt_process *target)
{
	mmput(target->mm);
}
