// SPDX-License-Identifier: GPL-2.0
/* Address spaces of managed processes, which may exit or exec at any time. */
#include <linux/cpumask.h>
#include <linux/cpuset.h>
#include <linux/hashtable.h>
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/sysfs.h>
#include "hmt.h"
#include "lib/lib.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat.h"

/*
 * All managed mms. The size is for thousands of processes: the time to find one
 * must not depend on their number.
 */
static DEFINE_HASHTABLE(hmt_mms, 12);
/* Serialises writers of the hash table. */
static DEFINE_SPINLOCK(hmt_mms_lock);

/*
 * Return the instance for @mm, or NULL. One workload at most manages it.
 *
 * Context: any, NMI included, under RCU, which protects the result.
 */
struct hmt_mm *hmt_mm_lookup(const struct mm_struct *mm)
{
	struct hmt_mm *managed;

	hash_for_each_possible_rcu(hmt_mms, managed, hash, (unsigned long)mm)
		if (managed->mm == mm)
			return managed;
	return NULL;
}

/* Enter @managed into the hash table unless its mm is managed already. */
static bool hmt_mm_publish(struct hmt_mm *managed)
{
	bool first;

	rcu_read_lock();
	spin_lock(&hmt_mms_lock);
	first = !hmt_mm_lookup(managed->mm);
	if (first)
		hash_add_rcu(hmt_mms, &managed->hash,
			     (unsigned long)managed->mm);
	spin_unlock(&hmt_mms_lock);
	rcu_read_unlock();
	return first;
}

/*
 * Add an instance for @mm. Return NULL without memory, or if @mm is managed
 * already, by this or another workload.
 */
struct hmt_mm *hmt_mm_add(struct list_head *mms, struct hmt_sessions *sessions,
			  struct mm_struct *mm, struct pid *pid)
{
	struct hmt_mm *managed = kzalloc(sizeof(*managed), GFP_KERNEL);
	unsigned int i;

	if (!managed)
		return NULL;
	kref_init(&managed->refs);
	mmgrab(mm);
	managed->mm = mm;
	managed->pid = get_pid(pid);
	managed->sessions = sessions;
	managed->home = NUMA_NO_NODE;
	for (i = 0; i < HMT_TIERS_MAX; i++)
		managed->hint_to[i] = NUMA_NO_NODE;
	hmt_heat_map_init(&managed->heat);
	hmt_heat_map_init(&managed->fresh);
	hmt_heat_map_init(&managed->surveyed);
	hmt_splits_init(&managed->splits);
	hmt_returns_init(&managed->returns);
	if (!hmt_mm_publish(managed)) {
		hmt_mm_put(managed);
		return NULL;
	}
	list_add_tail(&managed->link, mms);
	WRITE_ONCE(sessions->nr_mms, sessions->nr_mms + 1);
	return managed;
}

void hmt_mm_get(struct hmt_mm *managed)
{
	kref_get(&managed->refs);
}

/* Readers under RCU use the process number, see hmt_mm_allows(). */
static void hmt_mm_free(struct rcu_head *rcu)
{
	struct hmt_mm *managed = container_of(rcu, struct hmt_mm, rcu);

	put_pid(managed->former);
	put_pid(managed->pid);
	kfree(managed);
}

/*
 * Let @pid be the process of @managed: of several that share the mm, the first may
 * be gone. Readers under RCU may still have its number, of which this may be the last
 * reference, so it stays for a grace period. Called by the engine's thread; sleeps if
 * the last change was a moment ago.
 */
void hmt_mm_set_pid(struct hmt_mm *managed, struct pid *pid)
{
	if (managed->pid == pid)
		return;
	if (managed->former) {
		cond_synchronize_rcu(managed->former_until);
		put_pid(managed->former);
	}
	managed->former = managed->pid;
	WRITE_ONCE(managed->pid, get_pid(pid));
	managed->former_until = get_state_synchronize_rcu();
}
EXPORT_SYMBOL_IF_KUNIT(hmt_mm_set_pid);

static void hmt_mm_release(struct kref *refs)
{
	struct hmt_mm *managed = container_of(refs, struct hmt_mm, refs);

	kfree(managed->cpu_time);
	mmdrop(managed->mm);
	call_rcu(&managed->rcu, hmt_mm_free);
}

void hmt_mm_put(struct hmt_mm *managed)
{
	kref_put(&managed->refs, hmt_mm_release);
}

/*
 * Remove @managed. Its heat is freed immediately, because only the caller adds
 * to it. RCU readers may see @managed for a grace period.
 */
void hmt_mm_drop(struct hmt_mm *managed)
{
	spin_lock(&hmt_mms_lock);
	hash_del_rcu(&managed->hash);
	spin_unlock(&hmt_mms_lock);
	list_del(&managed->link);
	WRITE_ONCE(managed->sessions->nr_mms, managed->sessions->nr_mms - 1);
	hmt_splits_destroy(&managed->splits);
	hmt_returns_destroy(&managed->returns);
	hmt_heat_map_destroy(&managed->fresh);
	hmt_heat_map_destroy(&managed->surveyed);
	hmt_heat_map_destroy(&managed->heat);
	hmt_mm_put(managed);
}

void hmt_mms_drop(struct list_head *mms)
{
	struct hmt_mm *managed, *next;

	list_for_each_entry_safe(managed, next, mms, link)
		hmt_mm_drop(managed);
}

/*
 * Remove nodes from @allowed that the thread's cpuset or memory policy forbids.
 */
static void hmt_task_restrict(struct task_struct *task, nodemask_t *allowed)
{
	task_lock(task);
	nodes_and(*allowed, *allowed, task->mems_allowed);
	hmt_mempolicy_restrict(task->mempolicy, allowed);
	task_unlock(task);
}

/*
 * Get the nodes that every thread of the process allows. The cpuset of a thread
 * that has exited is that of its last moment, so it does not count.
 */
void hmt_task_allows(struct task_struct *task, nodemask_t *allowed)
{
	struct task_struct *thread;

	*allowed = node_states[N_MEMORY];
	rcu_read_lock();
	for_each_thread(task, thread)
		if (READ_ONCE(thread->mm))
			hmt_task_restrict(thread, allowed);
	rcu_read_unlock();
}

/**
 * hmt_process_allows() - get the nodes that every thread of a process allows
 * @pid: number of the process
 * @allowed: nodes that the cpusets and memory policies of all threads allow;
 *	empty if the process is gone
 *
 * Visits all threads.
 *
 * Context: process, takes task locks.
 */
void hmt_process_allows(struct pid *pid, nodemask_t *allowed)
{
	struct task_struct *task;

	nodes_clear(*allowed);
	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_TGID);
	if (task)
		hmt_task_allows(task, allowed);
	rcu_read_unlock();
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_process_allows);

/*
 * Return the sessions of the workload that manages @mm, to be compared only, or
 * NULL.
 */
const struct hmt_sessions *hmt_mm_sessions(const struct mm_struct *mm)
{
	const struct hmt_sessions *sessions = NULL;
	const struct hmt_mm *managed;

	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	if (managed)
		sessions = managed->sessions;
	rcu_read_unlock();
	return sessions;
}

/*
 * Get the nodes that both the first thread allows now and all threads allowed
 * at the last refresh. Return false if the process is gone.
 */
bool hmt_mm_task_allows(const struct hmt_mm *managed, nodemask_t *allowed)
{
	struct task_struct *task, *thread;

	*allowed = managed->allowed;
	rcu_read_lock();
	task = pid_task(READ_ONCE(managed->pid), PIDTYPE_TGID);
	thread = task ? hmt_task_with_mm(task) : NULL;
	if (thread)
		hmt_task_restrict(thread, allowed);
	rcu_read_unlock();
	return thread;
}

/*
 * As hmt_mm_task_allows(), for the process of @mm. Return false too unless the
 * workload with @sessions manages @mm. Both are compared only. Context: process,
 * takes the task lock.
 */
bool hmt_mm_allows(const struct mm_struct *mm,
		   const struct hmt_sessions *sessions, nodemask_t *allowed)
{
	const struct hmt_mm *managed;
	bool same;

	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	same = managed && managed->sessions == sessions &&
	       hmt_mm_task_allows(managed, allowed);
	rcu_read_unlock();
	return same;
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
 * Check whether a thread of the process is running or runnable. If so, flushing
 * its TLBs takes an interrupt, unless there is only one CPU.
 */
bool hmt_mm_is_running(const struct hmt_mm *managed)
{
	struct task_struct *task;
	bool running;

	if (num_online_cpus() == 1)
		return false;
	task = get_pid_task(managed->pid, PIDTYPE_TGID);
	if (!task)
		return false;
	running = hmt_task_is_running(task);
	put_task_struct(task);
	return running;
}

/* Check whether the process has exactly one thread. */
bool hmt_mm_is_single_threaded(const struct hmt_mm *managed)
{
	struct task_struct *task = get_pid_task(managed->pid, PIDTYPE_TGID);
	bool alone;

	if (!task)
		return false;
	alone = thread_group_empty(task);
	put_task_struct(task);
	return alone;
}

/*
 * Print the processes that are alive and visible in the caller's PID namespace,
 * in one line of at most HMT_ATTR_SIZE bytes. Caller holds the lock of @mms.
 */
int hmt_mms_show(const struct list_head *mms, char *buf)
{
	const struct hmt_mm *managed;
	int len = 0;

	rcu_read_lock();
	list_for_each_entry(managed, mms, link) {
		pid_t number = pid_vnr(managed->pid);

		if (len > HMT_ATTR_SIZE - HMT_ATTR_PID_SIZE)
			break;
		if (number && pid_task(managed->pid, PIDTYPE_TGID))
			len += sysfs_emit_at(buf, len, "%s%d", len ? " " : "",
					     number);
	}
	rcu_read_unlock();
	return len + sysfs_emit_at(buf, len, "\n");
}

/*
 * Pin the mm by mm_users; return false if its last user is gone. A provider
 * that has not returned may still hold mm_users then.
 */
bool hmt_mm_pin(struct hmt_mm *managed)
{
	if (!mmget_not_zero(managed->mm))
		return false;
	if (!hmt_mm_is_left(managed->mm))
		return true;
	hmt_mm_unpin(managed);
	return false;
}

/*
 * Check whether another task still holds the mmap lock, as the last visit
 * found. One that holds it for long thus costs other processes one wait only.
 */
bool hmt_mm_is_locked(struct hmt_mm *managed)
{
	if (!READ_ONCE(managed->locked))
		return false;
	if (!mmap_read_trylock(managed->mm))
		return true;
	mmap_read_unlock(managed->mm);
	WRITE_ONCE(managed->locked, false);
	return false;
}

/*
 * Unpin asynchronously, so that the engine does not tear down a dying process.
 */
void hmt_mm_unpin(struct hmt_mm *managed)
{
	mmput_async(managed->mm);
}
