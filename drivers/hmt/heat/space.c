// SPDX-License-Identifier: GPL-2.0
/* Address spaces under management; processes may exit or exec at any time. */
#include <linux/cpumask.h>
#include <linux/cpuset.h>
#include <linux/hashtable.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "heat.h"

static DEFINE_HASHTABLE(hmt_spaces, 8);
/* Writers of the hash. */
static DEFINE_SPINLOCK(hmt_spaces_lock);

/*
 * Return the first space of @mm, or the next one after @after; NULL: no more.
 * Several workloads may have one for the same @mm.
 *
 * Context: any, NMI included, under RCU, which keeps the space there.
 */
struct hmt_space *hmt_space_of(const struct mm_struct *mm,
			       struct hmt_space *after)
{
	struct hmt_space *space = after;

	if (!space) {
		hash_for_each_possible_rcu(hmt_spaces, space, hash,
					   (unsigned long)mm)
			if (space->mm == mm)
				return space;
		return NULL;
	}
	hlist_for_each_entry_continue_rcu(space, hash)
		if (space->mm == mm)
			return space;
	return NULL;
}

struct hmt_space *hmt_space_find(struct list_head *spaces,
				 const struct mm_struct *mm)
{
	struct hmt_space *space;

	list_for_each_entry(space, spaces, link)
		if (space->mm == mm)
			return space;
	return NULL;
}

struct hmt_space *hmt_space_add(struct list_head *spaces,
				struct hmt_sessions *sessions,
				struct mm_struct *mm, struct pid *pid)
{
	struct hmt_space *space = kzalloc(sizeof(*space), GFP_KERNEL);

	if (!space)
		return NULL;
	kref_init(&space->refs);
	mmgrab(mm);
	space->mm = mm;
	space->pid = get_pid(pid);
	space->sessions = sessions;
	hmt_heat_map_init(&space->heat);
	hmt_heat_map_init(&space->fresh);
	hmt_splits_init(&space->splits);
	list_add_tail(&space->link, spaces);
	spin_lock(&hmt_spaces_lock);
	hash_add_rcu(hmt_spaces, &space->hash, (unsigned long)mm);
	spin_unlock(&hmt_spaces_lock);
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

/*
 * Its heat goes at once, because only the caller adds to it. RCU readers may see
 * @space for a grace period.
 */
void hmt_space_drop(struct hmt_space *space)
{
	spin_lock(&hmt_spaces_lock);
	hash_del_rcu(&space->hash);
	spin_unlock(&hmt_spaces_lock);
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

/*
 * Processes that live and that the caller's namespace has, as many as fit into a
 * page, in one line. Caller holds the lock of @spaces.
 */
int hmt_spaces_show(const struct list_head *spaces, char *buf)
{
	const struct hmt_space *space;
	int len = 0;

	rcu_read_lock();
	list_for_each_entry(space, spaces, link) {
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
