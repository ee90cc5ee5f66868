// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: one thread a workload. A pass is: find the processes, ask the
 * providers a few times, let policy decide, move, and begin again. It can be
 * stopped and frozen between any two batches.
 */
#include <linux/freezer.h>
#include <linux/jiffies.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/delay.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "heat/heat.h"
#include "move/move.h"
#include "workload/workload.h"
#include "interval.h"
#include "plan.h"
#include "thread.h"

/* Longest sleep for the rate limit before looking whether to stop. */
#define HMT_ENGINE_NAP_US	20000

/*
 * One pass: a snapshot of the configuration, what is gathered for one mover
 * (reason, batch, base pages at each of its addresses and in all), when moving
 * has to end, and whether it ended: the rate allows no more, or the engine is to
 * stop. How often it looked. What the last pass leaves for this one: whether it
 * found everything in place, small gains that wait, and the pace.
 */
struct hmt_pass {
	struct hmt_workload *workload;
	struct hmt_workload_config config;
	enum hmt_move_reason reason;
	struct hmt_batch batch;
	u16 pages[HMT_BATCH_PAGES];
	unsigned int total;
	u64 deadline;
	bool over;
	u32 samples;
	bool settled;
	u64 gain;
	struct hmt_interval interval;
};

static bool hmt_engine_should_stop(void)
{
	try_to_freeze();
	cond_resched();
	return kthread_should_stop();
}

/* Sleep until @when (ns), but at least @least ns, or until told to stop. */
static void hmt_engine_sleep(u64 when, u64 least)
{
	u64 now = ktime_get_ns();
	u64 ns = max(when > now ? when - now : 0, least);

	set_current_state(TASK_INTERRUPTIBLE);
	if (!kthread_should_stop())
		schedule_timeout(nsecs_to_jiffies(ns) + 1);
	__set_current_state(TASK_RUNNING);
	try_to_freeze();
}

static void hmt_engine_note(struct hmt_workload *workload,
			    enum hmt_direction direction, const u64 *result)
{
	struct hmt_workload_stats *stats = &workload->stats;
	unsigned int i;

	hmt_stat_add(&stats->moved[direction], result[HMT_RESULT_MOVED]);
	hmt_stat_add(&stats->skipped_policy, result[HMT_RESULT_POLICY]);
	for (i = HMT_RESULT_PINNED; i <= HMT_RESULT_RACED; i++)
		hmt_stat_add(&stats->failed, result[i]);
}

/*
 * Count what hmtd did since this was last called. Returns how many plans it
 * still has. Called by the engine, and when that has ended.
 */
unsigned int hmt_engine_collect_remote(struct hmt_workload *workload)
{
	struct hmt_remote_tally tally;
	unsigned int plans = hmt_remote_collect(&workload->remote, &tally), i;

	hmt_stat_add(&workload->stats.expired, tally.expired);
	hmt_stat_add(&workload->stats.move_ns, tally.ns);
	for (i = 0; i < HMT_DIRECTIONS; i++)
		hmt_engine_note(workload, i, tally.result[i]);
	return plans;
}

/* Is hmtd there, and done with what it was given last? */
static void hmt_engine_ask_remote(struct hmt_workload *workload)
{
	struct hmt_plan *plan = workload->plan;
	unsigned int i;

	plan->remote_busy = hmt_engine_collect_remote(workload);
	plan->remote = hmt_remote_state() == HMT_REMOTE_READY;
	/* A huge page goes at once, or never. */
	for (i = 0; i < HMT_DIRECTIONS; i++)
		workload->buckets[i].burst = plan->remote ? HMT_CHUNK_PAGES :
							    HMT_BATCH_PAGES;
}

static void hmt_engine_begin(struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	u64 now = ktime_get_ns(), rate;
	unsigned int i;

	mutex_lock(&workload->config_lock);
	pass->config = workload->config;
	WRITE_ONCE(workload->stats.processes,
		   hmt_tasks_refresh(&workload->tasks, &workload->mms,
				     &workload->sessions));
	mutex_unlock(&workload->config_lock);
	hmt_interval_begin(&pass->interval, &pass->config);
	pass->deadline = now + pass->config.interval_ms * NSEC_PER_MSEC;
	for (i = 0; i < HMT_DIRECTIONS; i++) {
		rate = pass->config.mib_per_s[i];
		if (rate != HMT_RATE_MAX)
			rate *= HMT_PAGES_PER_MIB;
		hmt_bucket_set_rate(&workload->buckets[i], rate, now);
	}
}

static void hmt_engine_sample_mm(struct hmt_workload *workload,
				 struct hmt_mm *managed)
{
	u64 start = ktime_get_ns();
	unsigned int i;

	hmt_heat_map_decay(&managed->heat);
	for (i = 0; i < workload->sessions.nr; i++)
		hmt_session_collect(workload->sessions.list[i], managed);
	if (managed->samples < HMT_SAMPLES_SATURATED)
		managed->samples++;
	trace_hmt_scan(workload->name, pid_nr(managed->pid),
		       ktime_get_ns() - start);
}

/* Ask every provider about every address space. Returns the time it took. */
static u64 hmt_engine_sample(struct hmt_workload *workload)
{
	u64 start = ktime_get_ns(), heat = 0, ns;
	struct hmt_mm *managed;

	list_for_each_entry(managed, &workload->mms, link) {
		if (hmt_engine_should_stop())
			break;
		if (!hmt_mm_pin(managed))
			continue;
		hmt_engine_sample_mm(workload, managed);
		hmt_mm_unpin(managed);
		heat += hmt_heat_map_bytes(&managed->heat);
	}
	hmt_reports_drain(&workload->sessions, &workload->mms);
	ns = ktime_get_ns() - start;
	WRITE_ONCE(workload->stats.heat_bytes, heat);
	hmt_stat_add(&workload->stats.scan_ns, ns);
	hmt_stat_add(&workload->stats.samples, 1);
	return ns;
}

/* All that the workload costs: this thread, and those that ask providers. */
static u64 hmt_engine_cpu_ns(const struct hmt_workload *workload)
{
	u64 ns = current->se.sum_exec_runtime;
	unsigned int i;

	for (i = 0; i < workload->sessions.nr; i++)
		ns += hmt_session_cpu_ns(workload->sessions.list[i]);
	return ns;
}

/* As many samples as were asked for. */
static void hmt_engine_round(struct hmt_pass *pass, u32 samples, u64 step,
			     u64 *when)
{
	u64 took = 0;

	for (; samples && !kthread_should_stop(); samples--) {
		*when += step;
		/* Never more than half of the time, however short the step. */
		hmt_engine_sleep(*when, took);
		took = hmt_engine_sample(pass->workload);
		hmt_interval_sample(&pass->interval, pass->workload);
		pass->samples++;
	}
}

static void hmt_engine_collect(struct hmt_pass *pass)
{
	u64 when = ktime_get_ns(), step;
	u64 cpu_ns = hmt_engine_cpu_ns(pass->workload);
	unsigned int rounds = hmt_interval_rounds(&pass->interval,
						  pass->workload, &pass->config,
						  pass->settled, &step);

	pass->samples = 0;
	do {
		hmt_engine_round(pass, pass->config.samples, step, &when);
	} while (!hmt_interval_hot_set_changed(&pass->interval,
					       pass->workload) &&
		 --rounds && !kthread_should_stop());
	cpu_ns = hmt_engine_cpu_ns(pass->workload) - cpu_ns;
	pass->interval.scan_ns = div_u64(cpu_ns, max(pass->samples, 1U));
}

static void hmt_engine_publish_providers(struct hmt_workload *workload)
{
	unsigned int i;

	mutex_lock(&workload->config_lock);
	for (i = 0; i < workload->sessions.nr; i++)
		workload->providers[i] = workload->sessions.list[i]->stats;
	mutex_unlock(&workload->config_lock);
}

/* Summarize the census of each tier. */
static void hmt_engine_summarize(struct hmt_plan *plan)
{
	unsigned int i, heat;

	for (i = 0; i < plan->in.nr_tiers; i++) {
		const struct hmt_policy_tier *in = &plan->in.tiers[i];
		struct hmt_tier_stats *tier = &plan->seen[i];

		memset(tier, 0, sizeof(*tier));
		strscpy(tier->name, plan->graph->tiers[i].name,
			sizeof(tier->name));
		tier->pages = in->fixed;
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++) {
			tier->pages += in->hist[heat];
			tier->hot += heat ? in->hist[heat] : 0;
			tier->histogram[heat * ARRAY_SIZE(tier->histogram) /
					HMT_HEAT_LEVELS] += in->hist[heat];
		}
	}
}

/* Keep what this pass saw and decided, for people. */
static void hmt_engine_publish(struct hmt_workload *workload)
{
	const struct hmt_plan *plan = workload->plan;
	unsigned int i;

	mutex_lock(&workload->config_lock);
	write_seqcount_begin(&workload->tiers_seq);
	workload->nr_tiers = plan->in.nr_tiers;
	workload->generation = plan->graph->generation;
	for (i = 0; i < plan->in.nr_tiers; i++) {
		const struct hmt_policy_verdict *verdict = &plan->out.tiers[i];
		struct hmt_tier_stats *tier = &workload->tiers[i];

		*tier = plan->seen[i];
		tier->promote_min = verdict->promote_min;
		tier->demote_max = verdict->demote_max;
		tier->above = verdict->above;
	}
	write_seqcount_end(&workload->tiers_seq);
	mutex_unlock(&workload->config_lock);
	WRITE_ONCE(workload->stats.skipped_huge, plan->counts[HMT_PAGE_HUGE]);
	WRITE_ONCE(workload->stats.skipped_file, plan->counts[HMT_PAGE_FILE]);
	WRITE_ONCE(workload->stats.skipped_mergeable,
		   plan->counts[HMT_PAGE_MERGEABLE]);
	WRITE_ONCE(workload->stats.skipped_shared,
		   plan->counts[HMT_PAGE_SHARED]);
	WRITE_ONCE(workload->stats.huge_skewed, plan->skewed);
	WRITE_ONCE(workload->stats.huge_rejoined, plan->held);
	WRITE_ONCE(workload->stats.clean, plan->nr_clean);
	WRITE_ONCE(workload->stats.skipped_excluded,
		   plan->counts[HMT_PAGE_EXCLUDED]);
}

/* Tell the others what found no room, and what they get. */
static void hmt_engine_publish_demand(const struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	const struct hmt_plan *plan = workload->plan;
	u64 demand = 0;
	unsigned int i;

	for (i = 0; i < plan->out.nr_tiers; i++) {
		demand += plan->out.tiers[i].unplaced;
		hmt_stat_add(&workload->stats.yielded,
			     plan->out.tiers[i].yielded);
	}
	WRITE_ONCE(workload->stats.demand, demand);
	if (!pass->config.dry_run)
		hmt_demand_publish(&workload->demand, plan->graph->generation,
				   &plan->out);
}

static void hmt_engine_decide(const struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_plan *plan = workload->plan;
	unsigned int i;

	hmt_demand_read(&workload->demand, plan->graph->generation, &plan->in);
	hmt_plan_trace_in(plan, &pass->config, pass->samples,
			  workload->stats.samples);
	hmt_engine_summarize(plan);
	hmt_policy_run(&plan->in, &plan->out);
	hmt_engine_publish_demand(pass);
	hmt_engine_publish(workload);
	for (i = 0; i < plan->out.nr_tiers; i++) {
		const struct hmt_policy_verdict *verdict = &plan->out.tiers[i];

		trace_hmt_plan(workload->name, plan->graph->tiers[i].name,
			       verdict->promote_min, verdict->promote_quota,
			       verdict->demote_max, verdict->demote_quota);
	}
}

static void hmt_engine_survey(struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_mm *managed;

	pass->settled = !pass->interval.hot_set_changed;
	list_for_each_entry(managed, &workload->mms, link) {
		if (hmt_engine_should_stop())
			return;
		if (!hmt_mm_pin(managed))
			continue;
		hmt_plan_survey(workload->plan, managed);
		if (!hmt_mm_is_converged(managed))
			pass->settled = false;
		hmt_mm_unpin(managed);
	}
}

/* Wait until the rate allows @pages; false: not in this pass. */
static bool hmt_engine_may_move(struct hmt_pass *pass,
				enum hmt_direction direction,
				unsigned int pages)
{
	struct hmt_bucket *bucket = &pass->workload->buckets[direction];

	while (!hmt_engine_should_stop()) {
		u64 now = ktime_get_ns(), wait;

		hmt_bucket_take(bucket, 0, now);
		wait = hmt_bucket_wait_ns(bucket, pages);
		if (!wait)
			return hmt_bucket_take(bucket, pages, now) == pages;
		if (wait == ~0ULL || now + wait > pass->deadline)
			return false;
		wait = div_u64(wait, NSEC_PER_USEC) + 1;
		wait = min_t(u64, wait, HMT_ENGINE_NAP_US);
		usleep_range(wait, wait + 50);
	}
	return false;
}

static void hmt_engine_note_batch(struct hmt_workload *workload,
				  const struct hmt_batch *batch)
{
	u64 result[HMT_RESULTS];
	unsigned int i;

	for (i = 0; i < HMT_RESULTS; i++)
		result[i] = batch->result[i];
	hmt_engine_note(workload, workload->plan->direction, result);
}

/* Parts of huge pages have left them: those are not split again soon. */
static void hmt_engine_note_splits(struct hmt_pass *pass)
{
	struct hmt_plan *plan = pass->workload->plan;
	unsigned int i;

	if (pass->reason != HMT_REASON_SPLIT ||
	    !pass->batch.result[HMT_RESULT_MOVED])
		return;
	for (i = 0; i < pass->batch.nr; i++)
		hmt_splits_note(&plan->managed->splits, pass->batch.addr[i],
				plan->now);
}

/* Have the process move @batch itself. Returns the time it took in ns. */
static u64 hmt_engine_move_own(const struct hmt_mm *managed,
			       struct hmt_batch *batch)
{
	struct task_struct *task = get_pid_task(managed->pid, PIDTYPE_TGID);
	u64 ns;

	if (!task)
		return hmt_move_batch(batch, HMT_REASON_ANON);
	ns = hmt_move_batch_by(task, batch);
	put_task_struct(task);
	return ns;
}

/* Move the batch here and now. */
static void hmt_engine_move_batch(struct hmt_pass *pass, unsigned int tier)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_plan *plan = workload->plan;
	struct hmt_batch *batch = &pass->batch;

	if (!hmt_memory_nr_free(batch->to)) {
		hmt_plan_set_full(plan, tier, batch->to);
		return;
	}
	hmt_stat_add(&workload->stats.move_ns,
		     pass->reason == HMT_REASON_OWN ?
			     hmt_engine_move_own(plan->managed, batch) :
			     hmt_move_batch(batch, pass->reason));
	hmt_engine_note_batch(workload, batch);
	hmt_engine_note_splits(pass);
	if (batch->result[HMT_RESULT_NOMEM] == batch->nr)
		hmt_plan_set_full(plan, tier, batch->to);
}

/*
 * Give it to hmtd. For want of room the kernel would split huge pages, so there
 * must be enough for all that are on their way.
 */
static void hmt_engine_hand_over(struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_plan *plan = workload->plan;
	const struct hmt_batch *batch = &pass->batch;
	const struct hmt_remote_load load = {
		.managed = plan->managed,
		.direction = plan->direction,
		.reason = pass->reason,
		.batch = batch,
		.pages = pass->pages,
		.total = pass->total,
	};

	if (!node_isset(batch->to, batch->allowed)) {
		hmt_stat_add(&workload->stats.skipped_policy, pass->total);
		return;
	}
	if (hmt_memory_nr_free(batch->to) <
	    pass->total + hmt_remote_coming(batch->to))
		return;
	if (hmt_remote_enqueue(&workload->remote, &load))
		plan->remote_busy = true;
}

/*
 * Move what was gathered for @tier, if any. False: go no further in this
 * address space.
 */
static bool hmt_engine_move(struct hmt_pass *pass, unsigned int tier)
{
	struct hmt_plan *plan = pass->workload->plan;
	struct hmt_batch *batch = &pass->batch;

	if (!batch->nr)
		return true;
	if (!hmt_engine_may_move(pass, plan->direction, pass->total)) {
		pass->over = true;
		return false;
	}
	batch->mm = plan->managed->mm;
	if (!hmt_mm_task_allows(plan->managed, &batch->allowed))
		return false;
	if (hmt_reason_is_remote(pass->reason))
		hmt_engine_hand_over(pass);
	else
		hmt_engine_move_batch(pass, tier);
	batch->nr = 0;
	pass->total = 0;
	return true;
}

/* Does @entry go along with what is gathered? */
static bool hmt_engine_fits(const struct hmt_pass *pass,
			    const struct hmt_plan_entry *entry)
{
	const struct hmt_plan *plan = pass->workload->plan;
	const struct hmt_batch *batch = &pass->batch;

	if (!batch->nr)
		return true;
	return batch->nr < HMT_BATCH_PAGES && pass->reason == entry->reason &&
	       pass->total + entry->pages <= HMT_CHUNK_PAGES &&
	       batch->to == hmt_plan_uid(plan, entry->to) &&
	       batch->from == hmt_plan_uid(plan, entry->from);
}

static void hmt_engine_gather(struct hmt_pass *pass,
			      const struct hmt_plan_entry *entry)
{
	const struct hmt_plan *plan = pass->workload->plan;
	struct hmt_batch *batch = &pass->batch;

	pass->reason = entry->reason;
	pass->pages[batch->nr] = entry->pages;
	pass->total += entry->pages;
	batch->to = hmt_plan_uid(plan, entry->to);
	batch->from = hmt_plan_uid(plan, entry->from);
	batch->addr[batch->nr++] = entry->addr;
}

/* Move the planned pages that leave @from. */
static bool hmt_engine_move_from(struct hmt_pass *pass, unsigned int from)
{
	struct hmt_plan *plan = pass->workload->plan;
	unsigned int tier = 0, i;

	pass->batch.nr = 0;
	pass->total = 0;
	for (i = 0; i < plan->nr; i++) {
		const struct hmt_plan_entry *entry = &plan->entries[i];

		if (entry->from_tier != from)
			continue;
		if (!hmt_engine_fits(pass, entry) &&
		    !hmt_engine_move(pass, tier))
			return false;
		if (test_bit(entry->to, plan->full))
			continue;
		tier = entry->to_tier;
		hmt_engine_gather(pass, entry);
	}
	return hmt_engine_move(pass, tier);
}

/*
 * Carry out what is planned. Lowest tiers first, so that B has passed pages
 * on to C before A needs the room.
 */
static bool hmt_engine_carry_out(struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	unsigned int tier;

	hmt_stat_add(&workload->stats.planned, workload->plan->planned);
	hmt_stat_add(&workload->stats.skipped_pinned, workload->plan->pinned);
	hmt_stat_add(&workload->stats.skipped_policy, workload->plan->skipped);
	if (pass->config.dry_run)
		return true;
	for (tier = workload->plan->in.nr_tiers; tier-- > 0;)
		if (!hmt_engine_move_from(pass, tier))
			return false;
	return true;
}

static void hmt_engine_work_mm(struct hmt_pass *pass, struct hmt_mm *managed,
			       enum hmt_direction direction)
{
	struct hmt_plan *plan = pass->workload->plan;
	bool more;

	plan->next = 0;
	do {
		u64 start = ktime_get_ns();

		more = hmt_plan_fill(plan, managed, direction);
		hmt_stat_add(&pass->workload->stats.plan_ns,
			     ktime_get_ns() - start);
	} while (hmt_engine_carry_out(pass) && more &&
		 hmt_policy_has_moves(&plan->out, direction));
}

static void hmt_engine_work(struct hmt_pass *pass,
			    enum hmt_direction direction)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_mm *managed;

	pass->over = false;
	list_for_each_entry(managed, &workload->mms, link) {
		if (pass->over ||
		    !hmt_policy_has_moves(&workload->plan->out, direction))
			return;
		if (!hmt_mm_pin(managed))
			continue;
		hmt_engine_work_mm(pass, managed, direction);
		hmt_mm_unpin(managed);
	}
}

/* Pages that were moved, or would have been. */
static u64 hmt_engine_moved(const struct hmt_pass *pass)
{
	const struct hmt_workload_stats *stats = &pass->workload->stats;

	return pass->config.dry_run ? stats->planned :
				      stats->moved[HMT_DIR_DEMOTE] +
					      stats->moved[HMT_DIR_PROMOTE];
}

static void hmt_engine_act(struct hmt_pass *pass, struct hmt_graph *graph)
{
	struct hmt_workload *workload = pass->workload;
	u64 start = ktime_get_ns(), moved = hmt_engine_moved(pass);
	u64 cpu_ns = hmt_engine_cpu_ns(workload);
	struct hmt_interval *interval = &pass->interval;

	workload->plan->workload = workload->name;
	workload->plan->sees_devices =
		hmt_sessions_see_devices(&workload->sessions);
	hmt_engine_ask_remote(workload);
	hmt_plan_prepare(workload->plan, graph, &pass->config);
	hmt_engine_survey(pass);
	if (kthread_should_stop())
		return;
	workload->plan->in.intervals = hmt_interval_decide(interval, start);
	hmt_engine_decide(pass);
	interval->count_ns = hmt_engine_cpu_ns(workload) - cpu_ns;
	hmt_stat_add(&workload->stats.plan_ns, ktime_get_ns() - start);
	if (hmt_policy_should_defer(&workload->plan->out, &pass->gain))
		return;
	/* Moving may take as long as the samples did. */
	pass->deadline = ktime_get_ns() +
			 pass->config.interval_ms * NSEC_PER_MSEC;
	hmt_engine_work(pass, HMT_DIR_DEMOTE);
	/* What comes in needs the room of what goes. */
	hmt_remote_wait(&workload->remote, pass->deadline);
	hmt_engine_work(pass, HMT_DIR_PROMOTE);
	/* What has no room, or fits into no quota, is no work that waits. */
	if (hmt_engine_moved(pass) != moved || workload->plan->remote_busy)
		pass->settled = false;
}

static void hmt_engine_pass(struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_graph *graph;

	hmt_engine_begin(pass);
	hmt_engine_collect(pass);
	hmt_engine_publish_providers(workload);
	if (kthread_should_stop())
		return;
	graph = hmt_graph_get();
	WRITE_ONCE(workload->state,
		   graph ? HMT_WORKLOAD_RUNNING : HMT_WORKLOAD_PAUSED);
	if (graph) {
		hmt_engine_act(pass, graph);
		hmt_interval_end(&pass->interval, workload, !pass->settled);
	}
	if (!graph || pass->config.dry_run)
		hmt_demand_drop(&workload->demand);
	hmt_graph_put(graph);
	WRITE_ONCE(workload->stats.cpu_ns, hmt_engine_cpu_ns(workload));
	hmt_stat_add(&workload->stats.passes, 1);
}

/* Thread of a live workload; ends at kthread_stop(). */
int hmt_engine_main(void *workload)
{
	struct hmt_pass *pass = kzalloc(sizeof(*pass), GFP_KERNEL);

	set_freezable();
	while (!kthread_should_stop()) {
		if (!pass) {
			/* Out of memory: nothing to manage it with yet. */
			hmt_engine_sleep(0, NSEC_PER_SEC);
			pass = kzalloc(sizeof(*pass), GFP_KERNEL);
			continue;
		}
		pass->workload = workload;
		hmt_engine_pass(pass);
	}
	kfree(pass);
	return 0;
}
