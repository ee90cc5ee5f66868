// SPDX-License-Identifier: GPL-2.0
/* Processes of a workload: process IDs, their children, a cgroup. */
#include <linux/cgroup.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "lib/lib.h"
#include "heat/heat.h"
#include "workload.h"

/* Tags of entries in hmt_tasks.pids. */
#define HMT_TASK_CHILD	0
#define HMT_TASK_NAMED	1

static unsigned long hmt_task_entry_index(const struct pid *pid)
{
	/*
	 * The slab aligns addresses; without the constant bits the tree is less
	 * deep.
	 */
	return (unsigned long)pid / __alignof__(struct pid);
}

static bool hmt_tasks_has(const struct hmt_tasks *tasks, const struct pid *pid)
{
	return pid && xa_load((struct xarray *)&tasks->pids,
			      hmt_task_entry_index(pid));
}

/* Add an entry, which takes a reference on @pid. */
static int hmt_tasks_add(struct hmt_tasks *tasks, struct pid *pid,
			 unsigned int mark)
{
	int ret;

	ret = xa_err(xa_store(&tasks->pids, hmt_task_entry_index(pid),
			      xa_tag_pointer(pid, mark), GFP_KERNEL));
	if (!ret)
		get_pid(pid);
	return ret;
}

static void hmt_tasks_drop_pids(struct xarray *pids)
{
	unsigned long index;
	void *entry;

	xa_for_each(pids, index, entry)
		put_pid(xa_untag_pointer(entry));
	xa_destroy(pids);
}

void hmt_tasks_init(struct hmt_tasks *tasks)
{
	xa_init(&tasks->pids);
	tasks->cgroup = NULL;
}

void hmt_tasks_destroy(struct hmt_tasks *tasks)
{
	hmt_tasks_drop_pids(&tasks->pids);
	if (tasks->cgroup)
		cgroup_put(tasks->cgroup);
}

bool hmt_tasks_empty(const struct hmt_tasks *tasks)
{
	return !tasks->cgroup && xa_empty(&tasks->pids);
}

/*
 * Add a process by its ID in the caller's PID namespace. Return 0, -ESRCH if
 * there is no such process, -EINVAL for a kernel thread, or -ENOMEM.
 */
static int hmt_tasks_name_pid(struct hmt_tasks *tasks, pid_t number)
{
	struct task_struct *task;
	struct pid *pid;
	int ret = -ESRCH;

	rcu_read_lock();
	pid = get_pid(find_vpid(number));
	task = pid ? pid_task(pid, PIDTYPE_TGID) : NULL;
	if (task)
		ret = task->flags & PF_KTHREAD ? -EINVAL : 0;
	rcu_read_unlock();
	if (!ret && !hmt_tasks_has(tasks, pid))
		ret = hmt_tasks_add(tasks, pid, HMT_TASK_NAMED);
	put_pid(pid);
	return ret;
}

static int hmt_tasks_parse_pids(struct hmt_tasks *tasks, char *text)
{
	char *word;
	int ret = 0;

	while (!ret && (word = strsep(&text, " \t\r\n"))) {
		u32 number;

		if (!*word)
			continue;
		ret = kstrtou32(word, 10, &number);
		if (!ret && (!number || number > PID_MAX_LIMIT))
			ret = -EINVAL;
		if (!ret)
			ret = hmt_tasks_name_pid(tasks, number);
	}
	return ret;
}

/* Replace the process IDs by those in @text; nothing changes on error. */
int hmt_tasks_set_pids(struct hmt_tasks *tasks, const char *text)
{
	struct hmt_tasks fresh;
	char *copy = kstrdup(text, GFP_KERNEL);
	int ret;

	if (!copy)
		return -ENOMEM;
	hmt_tasks_init(&fresh);
	ret = hmt_tasks_parse_pids(&fresh, copy);
	kfree(copy);
	if (!ret)
		swap(tasks->pids.xa_head, fresh.pids.xa_head);
	hmt_tasks_drop_pids(&fresh.pids);
	return ret;
}

/*
 * Print the configured processes that are alive and visible in the caller's PID
 * namespace, in one line.
 */
int hmt_tasks_show_pids(const struct hmt_tasks *tasks, char *buf)
{
	struct xarray *pids = (struct xarray *)&tasks->pids;
	unsigned long index;
	int len = 0;
	void *entry;

	rcu_read_lock();
	xa_for_each(pids, index, entry) {
		struct pid *pid = xa_untag_pointer(entry);
		pid_t number = pid_vnr(pid);

		if (xa_pointer_tag(entry) != HMT_TASK_NAMED || !number ||
		    !pid_task(pid, PIDTYPE_TGID))
			continue;
		len += sysfs_emit_at(buf, len, "%s%d", len ? " " : "", number);
	}
	rcu_read_unlock();
	return len + sysfs_emit_at(buf, len, "\n");
}

/*
 * Set the cgroup to @path, relative to the root of the hierarchy; an empty path
 * removes it. Return -ENOENT if it does not exist.
 */
int hmt_tasks_set_cgroup(struct hmt_tasks *tasks, const char *path)
{
	struct cgroup *cgroup = NULL;

	if (*path) {
		cgroup = cgroup_get_from_path(path);
		if (IS_ERR(cgroup))
			return PTR_ERR(cgroup);
	}
	swap(tasks->cgroup, cgroup);
	if (cgroup)
		cgroup_put(cgroup);
	return 0;
}

/* Check whether a process belongs to the workload. Called under RCU. */
static bool hmt_tasks_match(const struct hmt_tasks *tasks,
			    struct task_struct *task, bool *child)
{
	struct task_struct *parent = rcu_dereference(task->real_parent);

	*child = false;
	if (task->flags & PF_KTHREAD)
		return false;
	if (hmt_tasks_has(tasks, task_tgid(task)))
		return true;
	if (hmt_tasks_has(tasks, task_tgid(parent))) {
		*child = true;
		return true;
	}
	return tasks->cgroup &&
	       cgroup_is_descendant(task_dfl_cgroup(task), tasks->cgroup);
}

/*
 * Return the next thread group of the workload with ID *@number or above, with
 * references on its task and pid, and advance *@number past it; NULL at the
 * end. Walks by ID, so that no RCU section is long.
 */
static struct task_struct *hmt_tasks_next(struct hmt_tasks *tasks, int *number,
					  struct pid **found)
{
	for (;;) {
		struct task_struct *task = NULL;
		bool child = false;
		struct pid *pid;

		rcu_read_lock();
		pid = find_ge_pid(*number, &init_pid_ns);
		if (pid) {
			*number = pid_nr(pid) + 1;
			task = pid_task(pid, PIDTYPE_TGID);
			if (task && hmt_tasks_match(tasks, task, &child)) {
				get_task_struct(task);
				get_pid(pid);
			} else {
				task = NULL;
			}
		}
		rcu_read_unlock();
		if (!pid)
			return NULL;
		if (!task)
			continue;
		/* On failure the child is added at the next refresh. */
		if (child)
			hmt_tasks_add(tasks, pid, HMT_TASK_CHILD);
		*found = pid;
		return task;
	}
}

/*
 * Remove children that have exited; configured processes stay until replaced.
 */
static void hmt_tasks_reap(struct hmt_tasks *tasks)
{
	unsigned long index;
	void *entry;

	xa_for_each(&tasks->pids, index, entry) {
		struct pid *pid = xa_untag_pointer(entry);
		bool gone;

		rcu_read_lock();
		gone = !pid_task(pid, PIDTYPE_TGID);
		rcu_read_unlock();
		if (gone && xa_pointer_tag(entry) == HMT_TASK_CHILD) {
			xa_erase(&tasks->pids, index);
			put_pid(pid);
		}
	}
}

static void hmt_tasks_add_mm(struct list_head *mms,
			     struct hmt_sessions *sessions,
			     struct task_struct *task, struct pid *pid)
{
	struct mm_struct *mm = hmt_task_get_mm(task);
	struct hmt_mm *managed;

	if (!mm)
		return;
	managed = hmt_mm_find(mms, mm);
	if (!managed)
		managed = hmt_mm_add(mms, sessions, mm, pid);
	if (managed && !managed->seen) {
		managed->seen = true;
		if (managed->pid != pid) {
			/*
			 * After vfork the process that was recorded may be
			 * gone.
			 */
			put_pid(managed->pid);
			managed->pid = get_pid(pid);
		}
		hmt_task_allows(task, &managed->allowed);
	}
	mmput_async(mm);
}

/*
 * Update @mms to the current processes; new entries report to @sessions. Return
 * the number of entries. Caller holds config_lock.
 */
unsigned int hmt_tasks_refresh(struct hmt_tasks *tasks, struct list_head *mms,
			       struct hmt_sessions *sessions)
{
	struct hmt_workload *workload = container_of(tasks, struct hmt_workload,
						     tasks);
	struct hmt_mm *managed, *next;
	struct task_struct *task;
	unsigned int count = 0;
	struct pid *pid;
	int number = 1;

	lockdep_assert_held(&workload->config_lock);
	list_for_each_entry(managed, mms, link)
		managed->seen = false;
	while ((task = hmt_tasks_next(tasks, &number, &pid))) {
		hmt_tasks_add_mm(mms, sessions, task, pid);
		put_task_struct(task);
		put_pid(pid);
		cond_resched();
	}
	hmt_tasks_reap(tasks);
	list_for_each_entry_safe(managed, next, mms, link) {
		if (managed->seen)
			count++;
		else
			hmt_mm_drop(managed);
	}
	return count;
}
