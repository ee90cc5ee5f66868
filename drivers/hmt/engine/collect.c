// SPDX-License-Identifier: GPL-2.0
/* Collect: query every provider about every address space. */
#include <linux/align.h>
#include <linux/delay.h>
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/pgtable.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "heat/heat.h"
#include "workload/workload.h"
#include "pass.h"

/* Naps for the mmap lock in one part of an address space; their length, us. */
#define HMT_COLLECT_NAPS	3
#define HMT_COLLECT_NAP_US	10000

/* Parts that are left out besides as many as are visited. */
#define HMT_COLLECT_MISSED	2

/*
 * Shortest time between two measurements of rates, ns; at least this number of
 * times what the sample with the last one took, which has many address spaces in
 * some workloads.
 */
#define HMT_COLLECT_RATES_NS	NSEC_PER_SEC
#define HMT_COLLECT_RATES_REST	8

/* Sleep until @when (ns), at least @least ns, or until the thread must stop. */
static void hmt_collect_sleep(u64 when, u64 least)
{
	u64 now = ktime_get_ns();
	u64 ns = max(when > now ? when - now : 0, least);

	set_current_state(TASK_INTERRUPTIBLE);
	if (!kthread_should_stop())
		schedule_timeout(nsecs_to_jiffies(ns) + 1);
	__set_current_state(TASK_RUNNING);
	try_to_freeze();
}

/**
 * struct hmt_collect_parts - progress of a provider in one address space
 * @next: address at which the next part begins
 * @naps: naps for the mmap lock since the last progress
 * @done: number of parts that were visited
 * @missed: number of parts that were left out
 */
struct hmt_collect_parts {
	unsigned long next;
	unsigned int naps;
	unsigned int done;
	unsigned int missed;
};

/*
 * Go on after another task held the mmap lock: at the same address after a nap,
 * or behind that part after several. Return false if too many parts were left
 * out, as when a task holds the lock for long, or if the provider does not work
 * in parts.
 */
static bool hmt_collect_skip(struct hmt_collect_parts *parts,
			     const struct hmt_session *session,
			     const struct hmt_mm *managed)
{
	if (parts->naps++ < HMT_COLLECT_NAPS)
		return true;
	parts->naps = 0;
	if (!session->leaves || ++parts->missed > HMT_COLLECT_MISSED + parts->done)
		return false;
	parts->next = ALIGN(parts->next + 1, PUD_SIZE);
	return parts->next < managed->mm->task_size;
}

/*
 * Rest, or take a nap until another task may have released the mmap lock; the
 * memory of a process must not wait for this. Return whether @managed is pinned
 * again.
 */
static bool hmt_collect_pause(struct hmt_mm *managed, struct hmt_pace *pace)
{
	hmt_mm_unpin(managed);
	if (READ_ONCE(managed->locked))
		usleep_range(HMT_COLLECT_NAP_US, 2 * HMT_COLLECT_NAP_US);
	hmt_pace_rest(pace);
	return hmt_mm_pin(managed);
}

/* Query about the next part. Return whether there may be more. */
static bool hmt_collect_part(struct hmt_collect_parts *parts,
			     struct hmt_session *session,
			     struct hmt_mm *managed)
{
	unsigned long from = parts->next;
	bool more;

	/* It is known from the last part; clear it if the lock is free. */
	if (hmt_mm_is_locked(managed))
		return hmt_collect_skip(parts, session, managed);
	more = hmt_session_collect(session, managed, &parts->next);
	if (READ_ONCE(managed->locked) && parts->next == from)
		return hmt_collect_skip(parts, session, managed);
	parts->naps = 0;
	parts->done++;
	return more;
}

/*
 * Query one provider about @managed, which is pinned, part by part. Return
 * false if it is no longer pinned, because its process exited during a rest.
 * @managed is locked then if most parts were left out.
 */
static bool hmt_collect_session(struct hmt_session *session,
				struct hmt_mm *managed, struct hmt_pace *pace)
{
	struct hmt_collect_parts parts = {};

	while (!kthread_should_stop() &&
	       hmt_collect_part(&parts, session, managed))
		if ((READ_ONCE(managed->locked) || hmt_pace_is_spent(pace)) &&
		    !hmt_collect_pause(managed, pace))
			return false;
	if (parts.done > parts.missed)
		WRITE_ONCE(managed->locked, false);
	return true;
}

/* Take one sample of @managed. Return false if it is no longer pinned. */
static bool hmt_collect_mm(const struct hmt_pass *pass, struct hmt_mm *managed)
{
	struct hmt_workload *workload = pass->workload;
	u64 start = hmt_pace_clock(pass->pace);
	unsigned int i;

	managed->shift = hmt_heat_shift(managed->evidence + 1);
	hmt_heat_map_decay(&managed->heat, managed->shift);
	for (i = 0; i < workload->sessions.nr && !READ_ONCE(managed->locked);
	     i++)
		if (!hmt_collect_session(workload->sessions.list[i], managed,
					 pass->pace))
			return false;
	/* Set by the provider that found it so. */
	if (READ_ONCE(managed->locked))
		hmt_stat_add(&workload->stats.skipped_locked, 1);
	else
		hmt_mm_sampled(managed);
	trace_hmt_scan(workload->name, pid_nr(managed->pid),
		       hmt_pace_clock(pass->pace) - start);
	return true;
}

/* Check whether other pages become hot; the heat follows them then. */
static bool hmt_collect_follow(const struct hmt_workload *workload)
{
	struct hmt_mm *managed;
	bool changed = false;

	list_for_each_entry(managed, &workload->mms, link) {
		if (hmt_policy_hot_set_changed(&managed->follow,
					       &managed->heat.met)) {
			hmt_mm_forget(managed);
			changed = true;
		}
		/* It may miss the next sample. */
		managed->heat.met.hits = 0;
	}
	return changed;
}

/*
 * Take one sample of every address space. Return the time that it took without
 * rests, ns.
 */
static u64 hmt_collect_sample(struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	u64 start = hmt_pace_clock(pass->pace), heat = 0, ns;
	struct hmt_mm *managed;

	list_for_each_entry(managed, &workload->mms, link) {
		if (hmt_engine_should_stop())
			break;
		/* Without a sample there is no decay either. */
		if (!hmt_engine_pin(workload, managed))
			continue;
		if (hmt_collect_mm(pass, managed))
			hmt_mm_unpin(managed);
		heat += hmt_heat_map_bytes(&managed->heat);
		hmt_pace_rest(pass->pace);
	}
	hmt_reports_drain(&workload->sessions, &workload->mms);
	if (hmt_collect_follow(workload))
		pass->changed = true;
	ns = hmt_pace_clock(pass->pace) - start;
	WRITE_ONCE(workload->stats.heat_bytes, heat);
	hmt_stat_add(&workload->stats.scan_ns, ns);
	hmt_stat_add(&workload->stats.samples, 1);
	workload->sampled++;
	return ns;
}

/* Return the CPU time of the workload: its thread and threads that query. */
u64 hmt_engine_cpu_ns(const struct hmt_workload *workload)
{
	u64 ns = current->se.sum_exec_runtime;
	unsigned int i;

	for (i = 0; i < workload->sessions.nr; i++)
		ns += hmt_session_cpu_ns(workload->sessions.list[i]);
	return ns;
}

/*
 * Return the CPU time that the pace of the workload is charged: of its thread,
 * and of calls of providers that answered. A call that the engine gave up
 * brings it nothing, goes on without it, and would stop the workload for ten
 * times as long.
 */
u64 hmt_engine_paced_ns(const struct hmt_workload *workload)
{
	u64 ns = current->se.sum_exec_runtime;
	unsigned int i;

	for (i = 0; i < workload->sessions.nr; i++)
		ns += workload->sessions.list[i]->charged_ns;
	return ns;
}

/*
 * Take a sample. Let providers measure rates with it if it is the @last one of a
 * round, and the last measurement some time ago: it costs more than a sample.
 * Return the time as hmt_collect_sample().
 */
static u64 hmt_collect_rated(struct hmt_pass *pass, bool last)
{
	bool wants = last && ktime_get_ns() >= pass->rates_at;
	u64 took;

	hmt_sessions_want_rates(&pass->workload->sessions, wants);
	took = hmt_collect_sample(pass);
	if (wants) {
		pass->rated = true;
		pass->rates_at = ktime_get_ns() +
				 max_t(u64, HMT_COLLECT_RATES_NS,
				       took * HMT_COLLECT_RATES_REST);
	}
	return took;
}

/*
 * Take the samples of a round, one every @step ns after @when. Return their
 * number.
 */
static u32 hmt_collect_round(struct hmt_pass *pass,
			     struct hmt_interval *interval, u64 step, u64 *when)
{
	u64 took = 0;
	u32 samples = 0;

	while (samples < pass->config.samples && !kthread_should_stop()) {
		*when += step;
		/* At most half of the time, however short the step. */
		hmt_collect_sleep(*when, took);
		took = hmt_collect_rated(pass, samples + 1 ==
						       pass->config.samples);
		hmt_interval_sample(interval, pass->workload);
		hmt_engine_renew(pass);
		samples++;
	}
	return samples;
}

/*
 * Take the samples of a pass. @settled: the last pass found every page in its
 * place; @active: but there was more to gain than chance explains. Return their
 * number.
 */
u32 hmt_collect(struct hmt_pass *pass, struct hmt_interval *interval,
		bool settled, bool active)
{
	u64 when = ktime_get_ns(), step;
	u64 cpu_ns = hmt_engine_paced_ns(pass->workload);
	unsigned int rounds = hmt_interval_rounds(interval, &pass->config,
						  settled, active, &step);
	u32 samples = 0;

	pass->rated = false;
	pass->changed = false;
	do {
		samples += hmt_collect_round(pass, interval, step, &when);
	} while (!pass->changed && --rounds && !kthread_should_stop());
	cpu_ns = hmt_engine_paced_ns(pass->workload) - cpu_ns;
	interval->scan_ns = div_u64(cpu_ns, max(samples, 1U));
	return samples;
}
