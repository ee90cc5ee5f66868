// SPDX-License-Identifier: GPL-2.0
/*
 * Pace: sampling, census and selection of a workload of any size are cut into
 * slices, and the engine rests after a slice until it is within its share of a
 * CPU again. Moving pages has limits of its own and does not count.
 */
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/moduleparam.h>
#include <linux/sched.h>
#include <linux/time64.h>
#include "hmt.h"
#include "workload/workload.h"
#include "pace.h"
#include "pass.h"

/* Longest sleep, ns, before the freezer and the clock are looked at. */
#define HMT_PACE_NAP_NS		NSEC_PER_SEC

/*
 * Slices as short as a few ms make a small workload of a test one of several
 * slices. Other kernels have no such parameter.
 */
static unsigned int hmt_pace_slice_us;
#if IS_ENABLED(CONFIG_KUNIT)
module_param_named(slice_us, hmt_pace_slice_us, uint, 0644);
MODULE_PARM_DESC(slice_us, "tests: CPU time of a slice of later workloads in us; 0: as without tests");
#endif

/* Begin with no debt. Runs in the engine's thread, as all of this file. */
void hmt_pace_init(struct hmt_pace *pace, const struct hmt_workload *workload)
{
	pace->workload = workload;
	pace->policy = (struct hmt_policy_pace) {
		.now_ns = ktime_get_ns(),
		.cpu_ns = hmt_engine_paced_ns(workload),
		.slice_ns = (u64)READ_ONCE(hmt_pace_slice_us) * NSEC_PER_USEC,
	};
	pace->rested_ns = 0;
}

/* Return the time to rest now, ns. */
static u64 hmt_pace_due(struct hmt_pace *pace)
{
	return hmt_policy_rest(&pace->policy, ktime_get_ns(),
			       hmt_engine_paced_ns(pace->workload));
}

/* Check whether the slice is over. A walk ends then; the caller rests. */
bool hmt_pace_is_spent(struct hmt_pace *pace)
{
	return hmt_pace_due(pace);
}

/*
 * Rest if the slice is over, or until the thread must stop. The caller holds no
 * lock and has pinned no mm: the memory of a process must not wait for this.
 */
void hmt_pace_rest(struct hmt_pace *pace)
{
	u64 begin = ktime_get_ns(), due = hmt_pace_due(pace);

	if (!due)
		return;
	for (; due && !kthread_should_stop(); due = hmt_pace_due(pace)) {
		due = min_t(u64, due, HMT_PACE_NAP_NS);
		set_current_state(TASK_INTERRUPTIBLE);
		if (!kthread_should_stop())
			schedule_timeout(nsecs_to_jiffies(due) + 1);
		__set_current_state(TASK_RUNNING);
		try_to_freeze();
	}
	pace->rested_ns += ktime_get_ns() - begin;
}

/*
 * CPU time from now on does not count. A running thread's CPU time is as of the
 * last tick, and most selections are shorter than that: scheduling brings it up
 * to date.
 */
void hmt_pace_suspend(struct hmt_pace *pace)
{
	schedule();
	hmt_pace_due(pace);
}

/* CPU time counts again. */
void hmt_pace_resume(struct hmt_pace *pace)
{
	schedule();
	pace->policy.cpu_ns = hmt_engine_paced_ns(pace->workload);
}

/*
 * Pages move from now on, which takes about as long as the rest that is due: it waits
 * until they have. Selections pay for themselves.
 */
void hmt_pace_begin_moves(struct hmt_pace *pace)
{
	hmt_pace_due(pace);
	pace->policy.put_off_ns = pace->policy.debt_ns;
}

void hmt_pace_end_moves(struct hmt_pace *pace)
{
	pace->policy.put_off_ns = 0;
}

/* Return the time after which the engine is within its share, ns. */
u64 hmt_pace_owed(struct hmt_pace *pace)
{
	hmt_pace_due(pace);
	return pace->policy.debt_ns * HMT_POLICY_SHARE;
}

/* Return the time without the rests, ns. */
u64 hmt_pace_clock(const struct hmt_pace *pace)
{
	return ktime_get_ns() - pace->rested_ns;
}
