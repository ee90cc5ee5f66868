// SPDX-License-Identifier: GPL-2.0
/* Address spaces under management; processes may exit or exec at any time. */
#include <linux/cpumask.h>
#include <linux/cpuset.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "move/move.h"
#include "report.h"
#include "space.h"
#include "workload/workload.h"

static struct hmt_space *hmt_space_find(struct list_head *spaces,
					const struct mm_struct *mm)
{
	struct hmt_space *space;

	list_for_each_entry(space, spaces, link)
		if (space->mm == mm)
			return space;
	return NULL;
}

static struct hmt_space *hmt_space_add(struct hmt_workload *workload,
				       struct mm_struct *mm, struct pid *pid)
{
	struct hmt_space *space = kzalloc(sizeof(*space), GFP_KERNEL);

	if (!space)
		return NULL;
	kref_init(&space->refs);
	mmgrab(mm);
	space->mm = mm;
	space->pid = get_pid(pid);
	space->workload = workload;
	hmt_heat_map_init(&space->heat);
	hmt_heat_map_init(&space->fresh);
	hmt_splits_init(&space->splits);
	list_add_tail(&space->link, &workload->spaces);
	hmt_reports_accept(space);
	return space;
}

void hmt_space_get(struct hmt_space *space)
{
	kref_get(&space->refs);
}

static void hmt_space_release(struct kref *refs)
{
	struct hmt_space *space = container_of(refs, struct hmt_space, refs);

	put_pid(space->pid);
	mmdrop(space->mm);
	kfree_rcu(space, rcu);
}

void hmt_space_put(struct hmt_space *space)
{
	kref_put(&space->refs, hmt_space_release);
}

/* Its heat goes at once: nobody else may add to it any more. */
static void hmt_space_drop(struct hmt_space *space)
{
	hmt_reports_refuse(space);
	list_del(&space->link);
	hmt_splits_destroy(&space->splits);
	hmt_heat_map_destroy(&space->fresh);
	hmt_heat_map_destroy(&space->heat);
	hmt_space_put(space);
}

void hmt_spaces_drop(struct list_head *spaces)
{
	struct hmt_space *space, *next;

	list_for_each_entry_safe(space, next, spaces, link)
		hmt_space_drop(space);
}

/* Take away from @allowed what cpuset or policy of one thread forbid. */
static void hmt_task_restrict(struct task_struct *task, nodemask_t *allowed)
{
	task_lock(task);
	nodes_and(*allowed, *allowed, task->mems_allowed);
	hmt_mempolicy_restrict(task->mempolicy, allowed);
	task_unlock(task);
}

/* Nodes that every thread of the process allows. */
void hmt_task_allows(struct task_struct *task, nodemask_t *allowed)
{
	struct task_struct *thread;

	*allowed = node_states[N_MEMORY];
	rcu_read_lock();
	for_each_thread(task, thread)
		hmt_task_restrict(thread, allowed);
	rcu_read_unlock();
}

/*
 * What the thread group leader allows right now, on top of what all threads
 * allowed at the last refresh. False when the process is gone.
 */
bool hmt_space_task_allows(const struct hmt_space *space, nodemask_t *allowed)
{
	struct task_struct *task = get_pid_task(space->pid, PIDTYPE_TGID);

	if (!task)
		return false;
	*allowed = space->allowed;
	hmt_task_restrict(task, allowed);
	put_task_struct(task);
	return true;
}

static bool hmt_task_is_running(struct task_struct *task)
{
	struct task_struct *thread;
	bool running = false;

	rcu_read_lock();
	for_each_thread(task, thread)
		running |= task_is_running(thread);
	rcu_read_unlock();
	return running;
}

/*
 * Does a thread of the process run now, or wait for a CPU only? Then flushing
 * its TLBs takes an interrupt, unless there is no other CPU.
 */
bool hmt_space_is_running(const struct hmt_space *space)
{
	struct task_struct *task;
	bool running;

	if (num_online_cpus() == 1)
		return false;
	task = get_pid_task(space->pid, PIDTYPE_TGID);
	if (!task)
		return false;
	running = hmt_task_is_running(task);
	put_task_struct(task);
	return running;
}

/* Has the process one thread? */
bool hmt_space_is_alone(const struct hmt_space *space)
{
	struct task_struct *task = get_pid_task(space->pid, PIDTYPE_TGID);
	bool alone;

	if (!task)
		return false;
	alone = thread_group_empty(task);
	put_task_struct(task);
	return alone;
}

/* Have the process move @batch itself. Returns the time it took in ns. */
u64 hmt_space_move(const struct hmt_space *space, struct hmt_batch *batch)
{
	struct task_struct *task = get_pid_task(space->pid, PIDTYPE_TGID);
	u64 ns;

	if (!task)
		return hmt_move_batch(batch, HMT_MOVE_ANON);
	ns = hmt_move_batch_by(task, batch);
	put_task_struct(task);
	return ns;
}

static void hmt_space_note(struct hmt_workload *workload,
			   struct task_struct *task, struct pid *pid)
{
	struct mm_struct *mm = get_task_mm(task);
	struct hmt_space *space;

	if (!mm)
		return;
	space = hmt_space_find(&workload->spaces, mm);
	if (!space)
		space = hmt_space_add(workload, mm, pid);
	if (space && !space->seen) {
		space->seen = true;
		if (space->pid != pid) {
			/* vfork: the process it was known by may be gone. */
			put_pid(space->pid);
			space->pid = get_pid(pid);
		}
		hmt_task_allows(task, &space->allowed);
	}
	mmput_async(mm);
}

/*
 * Bring the list up to date with who belongs now. Caller holds the lock of the
 * configuration. Returns how many address spaces there are.
 */
unsigned int hmt_spaces_refresh(struct hmt_workload *workload)
{
	struct hmt_members *members = &workload->members;
	struct list_head *spaces = &workload->spaces;
	struct hmt_space *space, *next;
	struct task_struct *task;
	unsigned int count = 0;
	struct pid *pid;
	int number = 1;

	list_for_each_entry(space, spaces, link)
		space->seen = false;
	while ((task = hmt_members_next(members, &number, &pid))) {
		hmt_space_note(workload, task, pid);
		put_task_struct(task);
		put_pid(pid);
		cond_resched();
	}
	hmt_members_reap(members);
	list_for_each_entry_safe(space, next, spaces, link) {
		if (space->seen)
			count++;
		else
			hmt_space_drop(space);
	}
	return count;
}

/*
 * Processes that live and that the caller's namespace has, as many as fit into a
 * page, in one line. Caller holds the lock of the configuration.
 */
int hmt_spaces_show(const struct hmt_workload *workload, char *buf)
{
	const struct hmt_space *space;
	int len = 0;

	lockdep_assert_held(&workload->config_lock);
	rcu_read_lock();
	list_for_each_entry(space, &workload->spaces, link) {
		pid_t number = pid_vnr(space->pid);

		if (len > PAGE_SIZE - 16)
			break;
		if (number && pid_task(space->pid, PIDTYPE_TGID))
			len += sysfs_emit_at(buf, len, "%s%d", len ? " " : "",
					     number);
	}
	rcu_read_unlock();
	return len + sysfs_emit_at(buf, len, "\n");
}

/* Hold the address space in place; false when its last user is gone. */
bool hmt_space_enter(struct hmt_space *space)
{
	return mmget_not_zero(space->mm);
}

/* Asynchronous, so that a dying process is not torn down by the engine. */
void hmt_space_leave(struct hmt_space *space)
{
	mmput_async(space->mm);
}
