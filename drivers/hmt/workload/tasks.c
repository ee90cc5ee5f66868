// SPDX-License-Identifier: GPL-2.0
/* Processes of a workload: process IDs, their children, a cgroup. */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "lib/lib.h"
#include "heat/heat.h"
#include "tasks.h"
#include "workload.h"

DEFINE_MUTEX(hmt_tasks_lock);

unsigned long hmt_task_entry_index(const struct pid *pid)
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
int hmt_tasks_add(struct hmt_tasks *tasks, struct pid *pid, unsigned int tag)
{
	int ret;

	ret = xa_err(xa_store(&tasks->pids, hmt_task_entry_index(pid),
			      xa_tag_pointer(pid, tag), GFP_KERNEL));
	if (!ret)
		get_pid(pid);
	return ret;
}

/* Drop all entries of an array of tagged or plain &struct pid. */
void hmt_tasks_drop_pids(struct xarray *pids)
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
	xa_init(&tasks->owned);
	INIT_LIST_HEAD(&tasks->live);
	tasks->cgroup = NULL;
}

void hmt_tasks_destroy(struct hmt_tasks *tasks)
{
	hmt_tasks_drop_pids(&tasks->pids);
	kfree(tasks->cgroup);
}

bool hmt_tasks_empty(const struct hmt_tasks *tasks)
{
	guard(mutex)(&hmt_tasks_lock);
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
			ret = -ERANGE;
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
	if (!ret) {
		mutex_lock(&hmt_tasks_lock);
		swap(tasks->pids.xa_head, fresh.pids.xa_head);
		hmt_owners_outdate();
		mutex_unlock(&hmt_tasks_lock);
	}
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

	guard(mutex)(&hmt_tasks_lock);
	rcu_read_lock();
	xa_for_each(pids, index, entry) {
		struct pid *pid = xa_untag_pointer(entry);
		pid_t number = pid_vnr(pid);

		if (xa_pointer_tag(entry) != HMT_TASK_NAMED || !number ||
		    !pid_task(pid, PIDTYPE_TGID))
			continue;
		/* In another PID namespace the numbers may be longer. */
		if (len > HMT_ATTR_SIZE - HMT_ATTR_PID_SIZE)
			break;
		len += sysfs_emit_at(buf, len, "%s%d", len ? " " : "", number);
	}
	rcu_read_unlock();
	return len + sysfs_emit_at(buf, len, "\n");
}

/*
 * Set the cgroup to @text, a path from the root of the caller's cgroup
 * namespace; an empty one removes it. There need not be a cgroup yet. Return 0
 * or an error of hmt_cgroup_parse(); nothing changes on error.
 */
int hmt_tasks_set_cgroup(struct hmt_tasks *tasks, const char *text)
{
	char *path = NULL;
	int ret;

	if (*text) {
		ret = hmt_cgroup_parse(text, &path);
		if (ret)
			return ret;
	}
	mutex_lock(&hmt_tasks_lock);
	swap(tasks->cgroup, path);
	tasks->cgroup_state = HMT_CGROUP_FOUND;
	hmt_owners_outdate();
	mutex_unlock(&hmt_tasks_lock);
	kfree(path);
	return 0;
}

/* Print the path of the cgroup for the caller's namespace, in one line. */
int hmt_tasks_show_cgroup(const struct hmt_tasks *tasks, char *buf)
{
	int len = 0;

	guard(mutex)(&hmt_tasks_lock);
	if (tasks->cgroup)
		len = hmt_cgroup_show(tasks->cgroup, buf, 0);
	return len + sysfs_emit_at(buf, len, "\n");
}

/*
 * Print the reason why a live workload with the processes @stats manages none,
 * or not all, in one line; empty if there is no such reason.
 */
int hmt_tasks_show_reason(const struct hmt_tasks *tasks,
			  const struct hmt_workload_stats *stats, char *buf)
{
	static const char *const what[] = {
		[HMT_CGROUP_ABSENT] = "does not exist",
		[HMT_CGROUP_THREADED] = "is threaded",
	};
	u64 foreign = READ_ONCE(stats->foreign);
	int len = 0;

	guard(mutex)(&hmt_tasks_lock);
	if (tasks->cgroup_state != HMT_CGROUP_FOUND) {
		len = sysfs_emit(buf, "cgroup ");
		len += hmt_cgroup_show(tasks->cgroup, buf, len);
		len += sysfs_emit_at(buf, len, " %s",
				     what[tasks->cgroup_state]);
	} else if (foreign) {
		len = sysfs_emit(buf, "other workloads manage %llu of its processes",
				 foreign);
	} else if (!READ_ONCE(stats->processes)) {
		len = sysfs_emit(buf, "no process");
	}
	return len + sysfs_emit_at(buf, len, "\n");
}

/*
 * Manage @mm of the process @task unless another workload does. Return whether
 * another workload does: processes of several workloads share @mm, or its
 * former owner has not begun a pass since.
 */
static bool hmt_tasks_take_mm(struct hmt_workload *workload,
			      struct task_struct *task, struct pid *pid,
			      struct mm_struct *mm)
{
	struct hmt_mm *managed;
	bool foreign;

	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	foreign = managed && managed->sessions != &workload->sessions;
	rcu_read_unlock();
	if (foreign)
		return true;
	mutex_lock(&workload->config_lock);
	if (!managed)
		managed = hmt_mm_add(&workload->mms, &workload->sessions, mm,
				     pid);
	if (managed && !managed->seen) {
		managed->seen = true;
		/* After vfork the process that was recorded may be gone. */
		hmt_mm_set_pid(managed, pid);
		hmt_task_allows(task, &managed->allowed);
		hmt_home_update(managed, task);
	}
	mutex_unlock(&workload->config_lock);
	return false;
}

static bool hmt_tasks_take(struct hmt_workload *workload, struct pid *pid)
{
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);
	struct mm_struct *mm = task ? hmt_task_get_mm(task) : NULL;
	bool foreign = false;

	if (mm) {
		foreign = hmt_tasks_take_mm(workload, task, pid, mm);
		mmput_async(mm);
	}
	if (task)
		put_task_struct(task);
	return foreign;
}

/* Drop the mms whose processes are gone. Return the number of the others. */
static unsigned int hmt_tasks_sweep(struct hmt_workload *workload)
{
	struct hmt_mm *managed, *next;
	unsigned int count = 0;

	list_for_each_entry_safe(managed, next, &workload->mms, link) {
		if (managed->seen) {
			count++;
			continue;
		}
		mutex_lock(&workload->config_lock);
		hmt_mm_drop(managed);
		mutex_unlock(&workload->config_lock);
		cond_resched();
	}
	return count;
}

/*
 * Update the mms of a live workload to its current processes. A search of
 * another workload serves as well if it is not older than @max_age ns. Called
 * by the engine's thread.
 */
void hmt_tasks_refresh(struct hmt_workload *workload, u64 max_age)
{
	struct hmt_tasks *tasks = &workload->tasks;
	struct hmt_mm *managed;
	unsigned long index;
	struct pid *pid;
	u64 foreign;

	list_for_each_entry(managed, &workload->mms, link)
		managed->seen = false;
	mutex_lock(&hmt_tasks_lock);
	hmt_owners_update(max_age);
	foreign = tasks->foreign;
	xa_for_each(&tasks->owned, index, pid) {
		foreign += hmt_tasks_take(workload, pid);
		cond_resched();
	}
	mutex_unlock(&hmt_tasks_lock);
	WRITE_ONCE(workload->stats.foreign, foreign);
	WRITE_ONCE(workload->stats.processes, hmt_tasks_sweep(workload));
}
