// SPDX-License-Identifier: GPL-2.0
/*
 * Search for the processes of all live workloads. One search serves all of
 * them, so that its cost, one step for each thread of the machine, does not
 * grow with the number of workloads.
 *
 * A process has one owner, because two engines would take accessed bits from
 * each other and undo the moves of each other. Of the workloads that a
 * process belongs to, the owner is
 *	the one that lists it in pids,
 *	else the one that lists an ancestor,
 *	else the one with the deepest cgroup,
 * and the one that was started first among equals. The others count it as
 * foreign. Nothing but the live workloads and the process decides, so when an
 * owner stops or a better one starts, the next search hands the process over.
 */
#include <linux/cgroup.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/xarray.h>
#include "hmt.h"
#include "lib/lib.h"
#include "tasks.h"
#include "workload.h"

/* Mark of entries in hmt_tasks.owned that the present search found. */
#define HMT_OWNED_FOUND		XA_MARK_0

/* Claims to a process. Those by a cgroup are its depth, and 0 is none. */
#define HMT_CLAIM_NAMED		UINT_MAX
#define HMT_CLAIM_CHILD		(UINT_MAX - 1)

/* Live workloads in the order of their start. Protected by hmt_tasks_lock. */
static LIST_HEAD(hmt_owners);
/* Time of the last search, ns; 0: it is outdated. Same lock. */
static u64 hmt_owners_searched;

/* Let the next workload search, because processes or workloads changed. */
void hmt_owners_outdate(void)
{
	lockdep_assert_held(&hmt_tasks_lock);
	hmt_owners_searched = 0;
}

/* Let a workload that starts own processes. */
void hmt_owners_add(struct hmt_tasks *tasks)
{
	mutex_lock(&hmt_tasks_lock);
	list_add_tail(&tasks->live, &hmt_owners);
	hmt_owners_outdate();
	mutex_unlock(&hmt_tasks_lock);
}

/* Release the processes of a workload that has stopped. */
void hmt_owners_remove(struct hmt_tasks *tasks)
{
	mutex_lock(&hmt_tasks_lock);
	list_del_init(&tasks->live);
	hmt_tasks_drop_pids(&tasks->owned);
	hmt_owners_outdate();
	mutex_unlock(&hmt_tasks_lock);
}

/* Remove children that have exited; listed processes stay until replaced. */
static void hmt_owners_reap(struct hmt_tasks *tasks)
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

static void hmt_owners_begin(void)
{
	struct hmt_tasks *tasks;
	unsigned long index;
	void *entry;

	list_for_each_entry(tasks, &hmt_owners, live) {
		hmt_owners_reap(tasks);
		hmt_cgroup_find(tasks);
		tasks->foreign = 0;
		xa_for_each(&tasks->owned, index, entry)
			xa_clear_mark(&tasks->owned, index, HMT_OWNED_FOUND);
		cond_resched();
	}
}

/* Drop the processes that were not found again. */
static void hmt_owners_end(void)
{
	struct hmt_tasks *tasks;
	unsigned long index;
	void *entry;

	list_for_each_entry(tasks, &hmt_owners, live) {
		xa_for_each(&tasks->owned, index, entry) {
			if (xa_get_mark(&tasks->owned, index, HMT_OWNED_FOUND))
				continue;
			xa_erase(&tasks->owned, index);
			put_pid(entry);
		}
		if (tasks->root)
			cgroup_put(tasks->root);
		tasks->root = NULL;
		cond_resched();
	}
}

/*
 * Return the claim of a workload to the process @task, whose memory is charged
 * to @domain, and note a child that it does not know yet. Called under RCU.
 */
static unsigned int hmt_owner_claim(struct hmt_tasks *tasks,
				    struct task_struct *task,
				    struct cgroup *domain)
{
	struct task_struct *parent = rcu_dereference(task->real_parent);
	void *entry = xa_load(&tasks->pids,
			      hmt_task_entry_index(task_tgid(task)));

	if (entry)
		return xa_pointer_tag(entry) == HMT_TASK_NAMED ?
			       HMT_CLAIM_NAMED :
			       HMT_CLAIM_CHILD;
	tasks->adopts = xa_load(&tasks->pids,
				hmt_task_entry_index(task_tgid(parent)));
	if (tasks->adopts)
		return HMT_CLAIM_CHILD;
	return tasks->root && cgroup_is_descendant(domain, tasks->root) ?
		       tasks->root->level + 1 :
		       0;
}

/*
 * Return the owner of the process @task, or NULL. Called under RCU. The cgroup
 * is that of a thread that lives, because the main thread, once it has exited,
 * stays in the cgroup that it exited in.
 */
static struct hmt_tasks *hmt_owner_choose(struct task_struct *task)
{
	struct task_struct *thread = hmt_task_with_mm(task);
	struct hmt_tasks *owner = NULL, *tasks;
	unsigned int best = 0, claim;
	struct cgroup *domain;

	if (!thread)
		return NULL;
	domain = READ_ONCE(task_dfl_cgroup(thread)->dom_cgrp);
	list_for_each_entry(tasks, &hmt_owners, live) {
		claim = hmt_owner_claim(tasks, task, domain);
		if (claim > best) {
			if (owner)
				owner->foreign++;
			owner = tasks;
			best = claim;
		} else if (claim) {
			tasks->foreign++;
		}
	}
	return owner;
}

/*
 * Record that @owner owns @pid, and the workloads that adopt it as a child. On
 * failure the next search does so.
 */
static void hmt_owner_record(struct hmt_tasks *owner, struct pid *pid)
{
	unsigned long index = hmt_task_entry_index(pid);
	struct hmt_tasks *tasks;

	list_for_each_entry(tasks, &hmt_owners, live) {
		if (tasks->adopts)
			hmt_tasks_add(tasks, pid, HMT_TASK_CHILD);
		tasks->adopts = false;
	}
	if (!xa_load(&owner->owned, index)) {
		if (xa_err(xa_store(&owner->owned, index, pid, GFP_KERNEL)))
			return;
		get_pid(pid);
	}
	xa_set_mark(&owner->owned, index, HMT_OWNED_FOUND);
}

/*
 * Visit the first thread with ID *@number or above, and advance *@number past
 * it. Return false at the end. Walks by ID, so that no RCU section is long.
 */
static bool hmt_owners_visit(int *number)
{
	struct hmt_tasks *owner = NULL;
	struct task_struct *task;
	struct pid *pid;

	rcu_read_lock();
	pid = find_ge_pid(*number, &init_pid_ns);
	if (pid) {
		*number = pid_nr(pid) + 1;
		task = pid_task(pid, PIDTYPE_TGID);
		if (task)
			owner = hmt_owner_choose(task);
		if (owner)
			get_pid(pid);
	}
	rcu_read_unlock();
	if (owner) {
		hmt_owner_record(owner, pid);
		put_pid(pid);
	}
	cond_resched();
	return pid;
}

/*
 * Search for the processes of all live workloads unless a search in the last
 * @max_age ns did. Caller holds hmt_tasks_lock; may sleep.
 */
void hmt_owners_update(u64 max_age)
{
	u64 now = ktime_get_ns();
	int number = 1;

	lockdep_assert_held(&hmt_tasks_lock);
	if (hmt_owners_searched && now - hmt_owners_searched < max_age)
		return;
	hmt_owners_searched = now;
	hmt_owners_begin();
	while (hmt_owners_visit(&number))
		;
	hmt_owners_end();
}
