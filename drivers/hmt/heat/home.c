// SPDX-License-Identifier: GPL-2.0
/*
 * Home of a process: CPU time of its threads by node, and the node that it
 * speaks for. A machine whose CPUs are all in one node has no homes: everything
 * is as near as everything else, and nothing here has an effect.
 */
#include <linux/cpumask.h>
#include <linux/limits.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/time64.h>
#include <linux/topology.h>
#include "hmt.h"
#include "policy/policy.h"
#include "memory/memory.h"
#include "heat.h"

/*
 * Threads whose CPU time is known from the last visit. Of a process with more
 * threads, these stand for all of them. The oldest threads of a database or of a
 * virtual machine for programs often sleep forever, so a thread that used less
 * CPU time than HMT_HOME_IDLE_NS between two visits gives way to one that runs.
 */
#define HMT_HOME_THREADS	64
#define HMT_HOME_IDLE_NS	NSEC_PER_MSEC

/**
 * struct hmt_home_thread - a thread at its last visit
 * @number: its ID, or 0
 * @visit: number of the visit
 * @idle: it used hardly any CPU time between that visit and the one before
 * @ns: CPU time since it began
 */
struct hmt_home_thread {
	pid_t number;
	u32 visit;
	bool idle;
	u64 ns;
};

/**
 * struct hmt_cpu_time - CPU time of a process
 * @home: home, as policy knows it
 * @visit: number of this visit
 * @used: CPU time since the last visit, ns
 * @bound: a memory policy of a thread places its pages
 * @cpus: nodes whose CPUs the threads may use
 * @threads: threads by their ID modulo HMT_HOME_THREADS
 * @ns: decayed CPU time by node, ns; a visit halves it
 */
struct hmt_cpu_time {
	struct hmt_policy_home home;
	u32 visit;
	u64 used;
	bool bound;
	nodemask_t cpus;
	struct hmt_home_thread threads[HMT_HOME_THREADS];
	u64 ns[];
};

/* Check whether @known gives way to @thread, which is another one. */
static bool hmt_home_gives_way(const struct hmt_cpu_time *time,
			       const struct hmt_home_thread *known,
			       const struct task_struct *thread)
{
	return !known->number || time->visit - known->visit > 1 ||
	       (known->idle && task_is_running(thread));
}

/* Return the CPU time of a thread since the last visit, ns; 0 if unknown. */
static u64 hmt_home_thread_ns(struct hmt_cpu_time *time,
			      const struct task_struct *thread)
{
	pid_t number = task_pid_nr((struct task_struct *)thread);
	struct hmt_home_thread *known =
		&time->threads[(unsigned int)number % HMT_HOME_THREADS];
	u64 ns = READ_ONCE(thread->se.sum_exec_runtime), used = 0;
	bool same = known->number == number;

	if (same)
		used = ns > known->ns ? ns - known->ns : 0;
	else if (!hmt_home_gives_way(time, known, thread))
		return 0;
	*known = (struct hmt_home_thread) {
		.number = number,
		.visit = time->visit,
		.idle = same && used < HMT_HOME_IDLE_NS,
		.ns = ns,
	};
	return used;
}

/*
 * Add the nodes whose CPUs the thread may use: by its affinity, because
 * @cpus_ptr is a single CPU while the thread disables migration.
 */
static void hmt_home_add_cpus(nodemask_t *cpus, struct task_struct *thread)
{
	int nid;

	for_each_node_state(nid, N_CPU)
		if (!node_isset(nid, *cpus) &&
		    cpumask_intersects(&thread->cpus_mask,
				       cpumask_of_node(nid)))
			node_set(nid, *cpus);
}

static void hmt_home_visit(struct hmt_cpu_time *time,
			   struct task_struct *thread)
{
	u64 used = hmt_home_thread_ns(time, thread);
	int nid = cpu_to_node(task_cpu(thread));

	task_lock(thread);
	time->bound |= hmt_mempolicy_is_strict(thread->mempolicy);
	task_unlock(thread);
	hmt_home_add_cpus(&time->cpus, thread);
	if (nid < 0 || nid >= nr_node_ids)
		return;
	/* Halved below, with the time of earlier visits. */
	time->ns[nid] += 2 * used;
	time->used += used;
}

/* Halve the time of all nodes, and forget that of nodes out of reach. */
static void hmt_home_decay(struct hmt_cpu_time *time)
{
	int nid;

	for (nid = 0; nid < nr_node_ids; nid++)
		time->ns[nid] = node_isset(nid, time->cpus) ?
					time->ns[nid] / 2 : 0;
}

static struct hmt_cpu_time *hmt_home_alloc(void)
{
	struct hmt_cpu_time *time =
		kzalloc(struct_size(time, ns, nr_node_ids), GFP_KERNEL);

	if (time)
		hmt_policy_home_init(&time->home);
	return time;
}

/*
 * Update the home of @managed from the threads of its process @task. Called
 * once in a pass, and twice in the first one, by the engine's thread; may sleep.
 * A process that did not run keeps its home. One whose pages a memory policy binds
 * or interleaves has none, as for the kernel's NUMA balancing.
 */
void hmt_home_update(struct hmt_mm *managed, struct task_struct *task)
{
	struct hmt_cpu_time *time = managed->cpu_time;
	struct task_struct *thread;

	if (num_node_state(N_CPU) < 2) {
		WRITE_ONCE(managed->home, NUMA_NO_NODE);
		return;
	}
	if (!time)
		time = hmt_home_alloc();
	if (!time)
		return;
	managed->cpu_time = time;
	time->visit++;
	time->used = 0;
	time->bound = false;
	nodes_clear(time->cpus);
	rcu_read_lock();
	for_each_thread(task, thread)
		if (READ_ONCE(thread->mm))
			hmt_home_visit(time, thread);
	rcu_read_unlock();
	if (time->used) {
		hmt_home_decay(time);
		hmt_policy_home_update(&time->home, time->ns, nr_node_ids);
	}
	managed->home_sure = hmt_policy_home_is_sure(&time->home);
	WRITE_ONCE(managed->home,
		   time->bound ? NUMA_NO_NODE : time->home.node);
}

/*
 * Visit a new process again before the first decision: one visit has nothing to
 * compare CPU time with, and pages that leave a tier would go to the slow memory of
 * any socket. Called by the engine's thread; may sleep.
 */
void hmt_home_complete(struct hmt_mm *managed)
{
	struct task_struct *task;

	if (!managed->cpu_time || managed->cpu_time->visit > 1)
		return;
	task = get_pid_task(managed->pid, PIDTYPE_TGID);
	if (!task)
		return;
	hmt_home_update(managed, task);
	put_task_struct(task);
}

/* Return the home of the process with @mm, or NUMA_NO_NODE. Any context. */
int hmt_home_of(const struct mm_struct *mm)
{
	struct hmt_mm *managed;
	int home = NUMA_NO_NODE;

	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	if (managed)
		home = READ_ONCE(managed->home);
	rcu_read_unlock();
	return home;
}
