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
#include <linux/mm.h>
#include <linux/minmax.h>
#include <linux/pgtable.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "heat/heat.h"
#include "workload/workload.h"
#include "pass.h"
#include "survey.h"

/* Naps for the mmap lock in one part of an address space; their length, us. */
#define HMT_COLLECT_NAPS	3
#define HMT_COLLECT_NAP_US	10000

/*
 * Samples of young heat come this number of times as often as others, at most this
 * number of samples that others do not make up for: heat is always young where new
 * processes replace old ones. Others make up for this number of them before more
 * come, because only enough samples after steps of one length show a change of the
 * hot set.
 */
#define HMT_COLLECT_QUICK	4
#define HMT_COLLECT_QUICK_MOST	16
#define HMT_COLLECT_QUICK_REST	(2 * HMT_POLICY_CHANGE_WAIT)

/*
 * Evidence up to which a decision soon follows one that moved pages, and the samples
 * between them.
 */
#define HMT_COLLECT_MATURE	(2 * HMT_SAMPLES_CONVERGED)
#define HMT_COLLECT_FEW		2U

/* Parts that are left out besides as many as are visited. */
#define HMT_COLLECT_MISSED	2

/*
 * Shortest time between two measurements of rates, ns; at least this number of
 * times what the sample with the last one took, which has many address spaces in
 * some workloads.
 */
#define HMT_COLLECT_RATES_NS	NSEC_PER_SEC
#define HMT_COLLECT_RATES_REST	8

/* Looks for the end of growth in the time between two samples. */
#define HMT_COLLECT_LOOKS	4U

/* Times the step after which what providers have recorded is too old to count. */
#define HMT_COLLECT_OLD		2

/* Divisor: share of a CPU of rates that surveys measure. */
#define HMT_COLLECT_RATES_SHARE	128

/* Sleep until @when (ns), at least @least ns, or until the thread must stop. */
void hmt_collect_sleep(u64 when, u64 least)
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

/* Return the configured time from one sample to the next, ns. */
static u64 hmt_collect_usual(const struct hmt_pass *pass)
{
	return div_u64((u64)pass->config.interval_ms * NSEC_PER_MSEC,
		       pass->config.samples);
}

/* Return the number of steps of @ns in the usual one, at least 1. */
static unsigned int hmt_collect_parts(const struct hmt_pass *pass, u64 ns)
{
	return clamp(div64_u64(hmt_collect_usual(pass), max(ns, 1ULL)), 1ULL,
		     (u64)HMT_COLLECT_QUICK * HMT_COLLECT_LOOKS);
}

/*
 * Note the size of the program. While it fills memory its heat means little, see
 * hmt_policy_grows().
 */
static void hmt_collect_size(const struct hmt_pass *pass,
			     struct hmt_mm *managed)
{
	u64 step = pass->steps.ns[pass->steps.index];

	managed->size = get_mm_rss(managed->mm);
	managed->grows = hmt_policy_grows(&managed->growth, managed->size,
					  hmt_collect_parts(pass, step));
	if (managed->grows)
		hmt_mm_doubt(managed);
}

/* Note what a sample that counts shows of the time for which the hot set lasts. */
static void hmt_collect_stay(const struct hmt_pass *pass,
			     struct hmt_mm *managed)
{
	const struct hmt_policy_stay_sample sample = {
		.now_ns = ktime_get_ns(),
		.step_ns = pass->steps.ns[pass->steps.index],
		.shift = managed->shift,
		.grows = managed->grows,
	};

	hmt_policy_stay_sample(&managed->stay, &sample);
}

/*
 * Check whether a sample of @managed is worth nothing because the program fills memory.
 * Its accessed bits are looked at again when it no longer does. Providers that push have
 * a record of what they found.
 */
static bool hmt_collect_waits(const struct hmt_pass *pass,
			      const struct hmt_mm *managed)
{
	return managed->grows && managed->samples && !pass->surveys &&
	       hmt_sessions_can_survey(&pass->workload->sessions);
}

/* Take one sample of @managed. Return false if it is no longer pinned. */
static bool hmt_collect_mm(struct hmt_pass *pass, struct hmt_mm *managed)
{
	struct hmt_workload *workload = pass->workload;
	u64 start = hmt_pace_clock(pass->pace);
	bool begins = managed->restart, counts = !pass->surveys && !begins;
	unsigned int i;

	/* Much more time than one sample takes passes between surveys. */
	if (!pass->surveys)
		hmt_collect_size(pass, managed);
	if (hmt_collect_waits(pass, managed)) {
		WRITE_ONCE(managed->restart, true);
		hmt_collect_stay(pass, managed);
		return true;
	}
	/* Heat stands still without samples of all pages. */
	if (counts) {
		managed->shift = hmt_heat_shift(managed->evidence + 1);
		hmt_heat_map_decay(&managed->heat, managed->shift);
	}
	for (i = 0; i < workload->sessions.nr && !READ_ONCE(managed->locked);
	     i++)
		if (!hmt_collect_session(workload->sessions.list[i], managed,
					 pass->pace))
			return false;
	/* Set by the provider that found it so. */
	if (READ_ONCE(managed->locked)) {
		hmt_stat_add(&workload->stats.skipped_locked, 1);
	} else {
		WRITE_ONCE(managed->restart, false);
		if (begins)
			pass->begun += managed->size;
		if (counts)
			hmt_mm_sampled(managed);
		else if (!begins)
			managed->surveys++;
		if (counts)
			hmt_collect_stay(pass, managed);
	}
	trace_hmt_scan(workload->name, pid_nr(managed->pid),
		       hmt_pace_clock(pass->pace) - start);
	return true;
}

/* Check whether a program has ceased to fill memory in the last @ns. */
static bool hmt_collect_growth_ends(const struct hmt_pass *pass, u64 ns)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_mm *managed;
	bool ends = false;

	list_for_each_entry(managed, &workload->mms, link) {
		if (!hmt_collect_waits(pass, managed) || !hmt_mm_pin(managed))
			continue;
		if (hmt_policy_growth_ends(&managed->growth,
					   get_mm_rss(managed->mm),
					   hmt_collect_parts(pass, ns))) {
			managed->grows = false;
			ends = true;
		}
		hmt_mm_unpin(managed);
	}
	return ends;
}

/* Check whether a program fills memory, so that its samples wait. */
static bool hmt_collect_has_growth(const struct hmt_pass *pass)
{
	const struct hmt_mm *managed;

	list_for_each_entry(managed, &pass->workload->mms, link)
		if (hmt_collect_waits(pass, managed))
			return true;
	return false;
}

/*
 * Sleep until @when (ns), the time of the next sample, after one that took @took ns.
 * The sample comes sooner, and @when is now, if a program has ceased to fill memory.
 * Return whether it does.
 */
static bool hmt_collect_wait(struct hmt_pass *pass, u64 *when, u64 took)
{
	u64 now = ktime_get_ns();
	u64 part = *when > now ? (*when - now) / HMT_COLLECT_LOOKS : 0;
	bool looks = part > took && hmt_collect_has_growth(pass);
	unsigned int i;

	for (i = 1; looks && i < HMT_COLLECT_LOOKS; i++) {
		hmt_load_sleep(pass, now + i * part, 0);
		if (hmt_collect_growth_ends(pass, part)) {
			*when = ktime_get_ns();
			return true;
		}
	}
	hmt_load_sleep(pass, *when, took);
	return false;
}

/*
 * Let the next sample begin anew, because providers have looked at another part of
 * the pages, or have not looked for long.
 */
void hmt_collect_restart(const struct hmt_workload *workload)
{
	struct hmt_mm *managed;

	list_for_each_entry(managed, &workload->mms, link) {
		WRITE_ONCE(managed->restart, managed->samples);
		managed->surveys = 0;
	}
}

/* Check whether other pages become hot; the heat follows them then. */
static bool hmt_collect_follow(const struct hmt_workload *workload,
			       unsigned int kind)
{
	struct hmt_mm *managed;
	bool changed = false;

	list_for_each_entry(managed, &workload->mms, link) {
		if (hmt_policy_hot_set_changed(&managed->follow, kind,
					       &managed->heat.met)) {
			hmt_mm_change(managed, ktime_get_ns());
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

	pass->begun = 0;
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
	if (hmt_collect_follow(workload, pass->steps.index))
		pass->changed = true;
	ns = hmt_pace_clock(pass->pace) - start;
	WRITE_ONCE(workload->stats.heat_bytes, heat);
	hmt_stat_add(&workload->stats.scan_ns, ns);
	hmt_stat_add(&workload->stats.samples, 1);
	workload->sampled += !pass->surveys;
	pass->sampled_at = ktime_get_ns();
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

/* Return the estimated cost of samples for the programs. */
u64 hmt_engine_program_ns(const struct hmt_workload *workload)
{
	u64 ns = 0;
	unsigned int i;

	for (i = 0; i < workload->sessions.nr; i++)
		ns += READ_ONCE(workload->sessions.list[i]->program_ns);
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
 * Return the evidence behind the heat of the workload. Programs that grow do not
 * hold it down, see hmt_collect_size().
 */
static unsigned int
hmt_collect_evidence(const struct hmt_workload *workload)
{
	u64 pages[HMT_HEAT_SAMPLES + 1] = {}, all = 0;
	const struct hmt_mm *managed;

	list_for_each_entry(managed, &workload->mms, link) {
		all += managed->size;
		if (!managed->grows)
			pages[managed->evidence] += managed->size;
	}
	return hmt_policy_evidence(pages, all);
}

/*
 * Return the time from a sample, which took @took ns, to the next one: @step ns, or
 * less while heat is young, except for the first samples, which show whether all
 * pages are accessed equally often. Fewer pages are found in a shorter time, and
 * those that are found tell more.
 */
static u64 hmt_collect_step(const struct hmt_pass *pass,
			    const struct hmt_surveying *surveying, u64 step,
			    u64 took)
{
	u64 quick = hmt_collect_usual(pass) / HMT_COLLECT_QUICK;

	if (surveying->stable < HMT_SURVEY_TALLIED || pass->tired ||
	    !hmt_sessions_can_survey(&pass->workload->sessions) ||
	    hmt_collect_evidence(pass->workload) >= HMT_SAMPLES_CONVERGED)
		return step;
	return min(step, max(quick, took * HMT_POLICY_SHARE));
}

/*
 * Begin anew if much more time than @step (ns) has passed since the last sample, as
 * when pages moved: nearly all pages are accessed in it, hot or not. Reports that
 * providers push have the number of accesses, whatever the time.
 */
static void hmt_collect_begin(struct hmt_pass *pass, u64 step)
{
	struct hmt_workload *workload = pass->workload;
	u64 passed = ktime_get_ns() - pass->sampled_at;

	if (!pass->sampled_at || passed <= HMT_COLLECT_OLD * step ||
	    !hmt_sessions_can_survey(&workload->sessions))
		return;
	hmt_collect_restart(workload);
	hmt_sessions_want_rates(&workload->sessions, false);
	hmt_collect_sample(pass);
}

/* Note whether the next sample comes sooner than others. */
static void hmt_collect_set_quick(struct hmt_pass *pass, bool quick)
{
	if (quick)
		pass->quick++;
	else if (pass->quick)
		pass->quick--;
	if (pass->quick >= HMT_COLLECT_QUICK_MOST)
		pass->tired = true;
	else if (pass->quick <=
		 HMT_COLLECT_QUICK_MOST - HMT_COLLECT_QUICK_REST)
		pass->tired = false;
}

/* Note the time to the next sample, ns. @young: it is short because heat is young. */
static void hmt_collect_set_step(struct hmt_pass *pass, u64 step, bool young)
{
	struct hmt_mm *managed;

	if (!hmt_policy_take_step(&pass->steps, step, young))
		return;
	/* The mean begins with the first sample. */
	list_for_each_entry(managed, &pass->workload->mms, link)
		managed->follow.samples[pass->steps.index] = 0;
}

/*
 * Check whether the last sample made the evidence large enough for a decision, or
 * for a reliable one; it was @before.
 */
static bool hmt_collect_is_ripe(const struct hmt_pass *pass,
				unsigned int before)
{
	unsigned int evidence = hmt_collect_evidence(pass->workload);

	return (before < HMT_SAMPLES_WARMUP - 1 &&
		evidence == HMT_SAMPLES_WARMUP - 1) ||
	       (before < HMT_SAMPLES_CONVERGED &&
		evidence == HMT_SAMPLES_CONVERGED);
}

/*
 * Check whether a tier has another load than its share of the heat is for: most of the
 * accesses wait for it, and heat need not be known well to spread it.
 */
static bool hmt_collect_has_load(const struct hmt_pass *pass)
{
	return hmt_load_is_uneven(pass) &&
	       hmt_collect_evidence(pass->workload) >= HMT_SAMPLES_WARMUP - 1;
}

/*
 * Return the number of samples of a round: the configured one, or few of them if the
 * last decision has moved pages because of heat that has just ceased to be young.
 * The next one is likely to find them in their place, which ends these samples.
 */
static u32 hmt_collect_most(const struct hmt_pass *pass, bool settled)
{
	unsigned int evidence = hmt_collect_evidence(pass->workload);

	if (settled || evidence < HMT_SAMPLES_CONVERGED ||
	    evidence >= HMT_COLLECT_MATURE)
		return pass->config.samples;
	return min(pass->config.samples, HMT_COLLECT_FEW);
}

/*
 * Take @most samples of a round, one every @step ns after @when, or sooner and more
 * while heat is young. Return their number.
 */
static u32 hmt_collect_round(struct hmt_pass *pass,
			     struct hmt_interval *interval,
			     struct hmt_surveying *surveying, u64 step,
			     u32 most, u64 *when)
{
	u32 samples = 0;
	bool changed = pass->changed;
	unsigned int evidence;
	u64 took = 0, next, begin;

	while (samples < most && !pass->ripe && !kthread_should_stop()) {
		evidence = hmt_collect_evidence(pass->workload);
		next = hmt_collect_step(pass, surveying, step, took);
		hmt_collect_set_quick(pass, next < step);
		begin = *when;
		*when += next;
		/* At most half of the time, however short the step. */
		if (hmt_collect_wait(pass, when, took))
			next = min(next, *when - min(begin, *when));
		hmt_collect_set_step(pass, next, next < step);
		took = hmt_collect_rated(pass, samples + 1 == most);
		hmt_interval_sample(interval, pass->workload);
		hmt_engine_renew(pass);
		samples++;
		/*
		 * The decision comes when the heat has followed. A pass of one
		 * sample takes no longer: others follow soon.
		 */
		if (pass->changed != changed)
			most = max(most, min(samples + HMT_POLICY_CHANGE_WAIT,
					     2 * most - 1));
		changed = pass->changed;
		pass->ripe = (next < step &&
			      hmt_collect_is_ripe(pass, evidence)) ||
			     hmt_collect_has_load(pass);
		/* A decision would know too little, and comes soon. */
		if (next < step && evidence < HMT_SAMPLES_WARMUP - 1 &&
		    samples == most && most < 2 * pass->config.samples)
			most++;
		if (hmt_survey_note_sample(surveying, pass))
			break;
	}
	return samples;
}

/* Return the cost of all samples so far, to the programs too. */
static u64 hmt_collect_cost(const struct hmt_workload *workload)
{
	return hmt_engine_paced_ns(workload) + hmt_engine_program_ns(workload);
}

/*
 * Take the samples of a survey, one every @step ns: one that has no hits, and
 * HMT_SURVEY_SAMPLES more. Return their cost, without that of rates, which are
 * measured the less often the more they cost: the time to the next survey does not
 * depend on them.
 */
u64 hmt_collect_survey(struct hmt_pass *pass, u64 step)
{
	u64 when = ktime_get_ns(), took = 0, rates;
	u64 begin = hmt_collect_cost(pass->workload), cost = 0;
	unsigned int i;

	pass->quick = 0;
	pass->tired = false;
	for (i = 0; i <= HMT_SURVEY_SAMPLES && !kthread_should_stop(); i++) {
		if (i) {
			when += step;
			hmt_collect_sleep(when, took);
		}
		if (i == HMT_SURVEY_SAMPLES)
			cost = hmt_collect_cost(pass->workload) - begin;
		took = hmt_collect_rated(pass, i == HMT_SURVEY_SAMPLES);
	}
	/* The last sample costs as much as each one before. */
	cost += cost / HMT_SURVEY_SAMPLES;
	if (pass->rated) {
		rates = hmt_collect_cost(pass->workload) - begin;
		rates -= min(rates, cost);
		pass->rates_at = max(pass->rates_at,
				     ktime_get_ns() +
					     rates * HMT_COLLECT_RATES_SHARE);
	}
	return cost;
}

/*
 * Take the samples of a pass. @settled: the last pass found every page in its
 * place; @active: but there was more to gain than chance explains. Return their
 * number.
 */
u32 hmt_collect(struct hmt_pass *pass, struct hmt_interval *interval,
		struct hmt_surveying *surveying, bool settled, bool active)
{
	u64 when, step;
	u64 cpu_ns = hmt_engine_paced_ns(pass->workload);
	u64 program_ns = hmt_engine_program_ns(pass->workload);
	bool surveyed = hmt_survey_may_come(surveying, pass);
	unsigned int rounds = hmt_interval_rounds(interval, &pass->config,
						  settled, active, surveyed,
						  &step);
	u32 samples = 0, most = hmt_collect_most(pass, settled);

	pass->rated = false;
	pass->changed = false;
	pass->ripe = false;
	surveying->step_ns = hmt_collect_usual(pass);
	hmt_collect_begin(pass, hmt_collect_step(pass, surveying, step, 0));
	when = ktime_get_ns();
	do {
		samples += hmt_collect_round(pass, interval, surveying, step,
					     most, &when);
	} while (!surveying->found_flat && !pass->changed && !pass->ripe &&
		 --rounds && !kthread_should_stop());
	cpu_ns = hmt_engine_paced_ns(pass->workload) - cpu_ns;
	program_ns = hmt_engine_program_ns(pass->workload) - program_ns;
	interval->scan_ns = div_u64(cpu_ns, max(samples, 1U));
	interval->look_ns = div_u64(cpu_ns + program_ns, max(samples, 1U));
	return samples;
}
