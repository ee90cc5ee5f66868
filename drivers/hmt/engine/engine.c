// SPDX-License-Identifier: GPL-2.0
/*
 * The engine: one thread for each live workload. A pass is
 *	collect -> census -> decide -> select -> execute -> account
 * The thread can be stopped and frozen between any two batches.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/freezer.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/migrate.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include "hmt.h"
#include "graph/graph.h"
#include "policy/policy.h"
#include "page/page.h"
#include "heat/heat.h"
#include "move/move.h"
#include "workload/workload.h"
#include "interval.h"
#include "pass.h"
#include "survey.h"

/*
 * Searches for processes in an interval, of all workloads with this interval
 * together. A process is found that much later at most.
 */
#define HMT_ENGINE_SEARCHES	4

/* Naps of a census for the mmap lock of one address space; their length, us. */
#define HMT_ENGINE_NAPS		16
#define HMT_ENGINE_NAP_US	10000

/* Check whether the thread has to stop; be frozen if that is wanted. */
bool hmt_engine_should_stop(void)
{
	try_to_freeze();
	cond_resched();
	return kthread_should_stop();
}

/*
 * Pin @managed for a visit. Return false if its process is gone, or if another
 * task has held its mmap lock since the last visit, which is counted.
 */
bool hmt_engine_pin(struct hmt_workload *workload, struct hmt_mm *managed)
{
	if (!hmt_mm_pin(managed))
		return false;
	if (!hmt_mm_is_locked(managed))
		return true;
	hmt_stat_add(&workload->stats.skipped_locked, 1);
	hmt_mm_unpin(managed);
	return false;
}

/* Count a walk that ended early because another task holds the mmap lock. */
void hmt_engine_note_walk(struct hmt_workload *workload,
			  struct hmt_mm *managed, int result)
{
	if (result != -EAGAIN)
		return;
	WRITE_ONCE(managed->locked, true);
	hmt_stat_add(&workload->stats.skipped_locked, 1);
}

/* Set the displayed state of a live workload. */
static void hmt_engine_set_state(struct hmt_workload *workload, bool graph)
{
	enum hmt_workload_state state = HMT_WORKLOAD_RUNNING;

	if (!graph)
		state = HMT_WORKLOAD_PAUSED;
	else if (!workload->stats.processes)
		state = HMT_WORKLOAD_WAITING;
	WRITE_ONCE(workload->state, state);
}

static void hmt_engine_take_config(struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;

	mutex_lock(&workload->config_lock);
	pass->config = workload->config;
	mutex_unlock(&workload->config_lock);
	hmt_tasks_refresh(workload, pass->config.interval_ms * NSEC_PER_MSEC /
					    HMT_ENGINE_SEARCHES);
	hmt_engine_set_state(workload,
			     workload->state != HMT_WORKLOAD_PAUSED);
	pass->rested_ns = pass->pace->rested_ns;
}

/*
 * Take the configuration and find the processes again between two samples if the
 * engine has rested for an interval since the last time: a pass over a large
 * workload takes minutes. The length of the pass stays the same.
 */
void hmt_engine_renew(struct hmt_pass *pass)
{
	u32 interval_ms = pass->config.interval_ms;

	if (pass->pace->rested_ns - pass->rested_ns <
	    interval_ms * NSEC_PER_MSEC)
		return;
	hmt_engine_take_config(pass);
	pass->config.interval_ms = interval_ms;
}

/*
 * Check whether the graph or settings that bound moves have changed since the
 * pass took them. Moving ends then, because the verdicts are obsolete.
 */
bool hmt_engine_is_stale(const struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	const struct hmt_workload_config *config = &workload->config;

	if (pass->graph->generation != hmt_graph_generation())
		return true;
	guard(mutex)(&workload->config_lock);
	return config->dry_run != pass->config.dry_run ||
	       config->spread_load != pass->config.spread_load ||
	       !hmt_sizes_equal(&config->limits, &pass->config.limits) ||
	       !hmt_sizes_equal(&config->protect, &pass->config.protect);
}

/* Begin a pass: take the configuration and find the processes. */
static void hmt_engine_begin(struct hmt_pass *pass,
			     struct hmt_interval *interval)
{
	struct hmt_workload *workload = pass->workload;
	u64 now = ktime_get_ns(), rate;
	unsigned int i;

	hmt_engine_take_config(pass);
	hmt_interval_begin(interval, &pass->config);
	for (i = 0; i < HMT_DIRECTIONS; i++) {
		rate = pass->config.mib_per_s[i];
		if (rate != HMT_RATE_MAX)
			rate *= HMT_PAGES_PER_MIB;
		hmt_bucket_set_rate(&workload->buckets[i], rate, now);
	}
}

static bool hmt_engine_has_nodes(const struct hmt_tier *tier)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++)
		if (!(tier->memories[i] & HMT_UID_DEVICE))
			return true;
	return false;
}

/*
 * Check whether huge pages can move without hmtd: where the kernel moves them as
 * a whole, or where all moves are to a device or from one. Policy does not know
 * that a page can move to some tiers only, and would name huge pages in vain
 * where nodes are in several tiers.
 */
static bool hmt_engine_moves_huge(const struct hmt_graph *graph)
{
	unsigned int i, nodes = 0, devices = 0;

	if (HMT_MOVES_WHOLE)
		return true;
	for (i = 0; i < graph->nr_tiers; i++)
		if (hmt_engine_has_nodes(&graph->tiers[i]))
			nodes++;
		else
			devices++;
	return devices && nodes < 2;
}

/*
 * Determine the movers of the pass. Wait for the plans that hmtd still has: it takes no
 * others before, and the census would count pages that are about to move. Return
 * whether it still has some.
 */
static bool hmt_engine_begin_moves(struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	bool busy = hmt_account_remote(workload);
	unsigned int i;

	/* The engine does not wait for other CPUs: their pages are busy. */
	hmt_lru_drain();
	pass->sees_devices = hmt_sessions_see_devices(&workload->sessions);
	pass->remote = hmt_remote_state() == HMT_REMOTE_READY;
	if (busy && pass->remote) {
		hmt_movers_wait(&workload->remote,
				ktime_get_ns() + pass->config.interval_ms *
							 NSEC_PER_MSEC);
		busy = hmt_account_remote(workload);
	}
	pass->whole = hmt_engine_moves_huge(pass->graph);
	pass->began = ktime_get_seconds();
	/* A huge page moves as a whole or not at all. */
	for (i = 0; i < HMT_DIRECTIONS; i++)
		workload->buckets[i].burst =
			pass->remote || pass->whole ? HMT_CHUNK_PAGES :
						      HMT_BATCH_PAGES;
	return busy;
}

/*
 * Count the next pages of one address space. Return 0 at the end, -EINTR after
 * a slice, -EAGAIN if another task holds the mmap lock, and -ESRCH if the
 * process is gone.
 */
static int hmt_engine_census_slice(struct hmt_engine *engine,
				   struct hmt_mm *managed)
{
	int ret = -EAGAIN;

	if (!hmt_mm_pin(managed))
		return -ESRCH;
	if (!hmt_mm_is_locked(managed))
		ret = hmt_census_add(&engine->census, &engine->pass, managed,
				     &engine->view);
	hmt_mm_unpin(managed);
	hmt_pace_rest(engine->pass.pace);
	return ret;
}

/*
 * Count the pages of one address space, slice by slice. Another task may take
 * the mmap lock often: counting goes on after a nap, a bounded number of times,
 * unless the lock was held before the first page.
 */
static void hmt_engine_census_mm(struct hmt_engine *engine,
				 struct hmt_mm *managed)
{
	struct hmt_census *census = &engine->census;
	unsigned int naps = 0;
	int ret = -EINTR;

	hmt_census_begin_mm(census, &engine->pass, managed);
	while (!hmt_engine_should_stop()) {
		ret = hmt_engine_census_slice(engine, managed);
		if (ret != -EINTR && (ret != -EAGAIN || !census->next ||
				      naps++ == HMT_ENGINE_NAPS))
			break;
		if (ret == -EAGAIN)
			usleep_range(HMT_ENGINE_NAP_US, 2 * HMT_ENGINE_NAP_US);
	}
	hmt_engine_note_walk(engine->pass.workload, managed, ret);
	if (ret != -ESRCH)
		hmt_census_end_mm(census, &engine->pass, managed, !ret);
}

/* Gather the shared pages of every address space. */
static void hmt_engine_gather(struct hmt_engine *engine)
{
	struct hmt_pass *pass = &engine->pass;
	struct hmt_mm *managed;

	pass->shares = &engine->shares;
	list_for_each_entry(managed, &pass->workload->mms, link) {
		if (hmt_engine_should_stop())
			return;
		hmt_shares_gather(&engine->shares, pass, managed);
	}
}

/* Count the pages of every address space. */
static void hmt_engine_census(struct hmt_engine *engine)
{
	const struct hmt_pass *pass = &engine->pass;
	struct hmt_mm *managed;

	hmt_census_begin(&engine->census, pass);
	list_for_each_entry(managed, &pass->workload->mms, link) {
		if (hmt_engine_should_stop())
			return;
		hmt_returns_sweep(&managed->returns, pass->began);
		hmt_home_complete(managed);
		hmt_engine_census_mm(engine, managed);
	}
	hmt_census_end(&engine->census);
}

/*
 * Move the pages of one slice. Return whether there may be more. The next pass
 * begins after the slice, or with the slice if it was not moved completely.
 */
static bool hmt_engine_move_slice(struct hmt_engine *engine)
{
	const struct hmt_pass *pass = &engine->pass;
	struct hmt_policy_out *verdicts = &engine->verdicts;
	struct hmt_selection *selection = &engine->selection;
	unsigned long *from = &selection->managed->from[selection->direction];
	u64 start = ktime_get_ns();
	bool more, whole;

	*from = selection->next;
	/* A dry run submits nothing that would notice it. */
	if (hmt_engine_is_stale(pass)) {
		engine->execution.over = true;
		return false;
	}

	more = hmt_select(selection, pass, &engine->census, verdicts,
			  &engine->execution, &engine->view);
	hmt_stat_add(&pass->workload->stats.plan_ns, ktime_get_ns() - start);
	hmt_account_selection(pass, selection);
	hmt_pace_suspend(pass->pace);
	whole = hmt_execute(&engine->execution, pass, selection, verdicts);
	hmt_pace_resume(pass->pace);
	if (!whole)
		return false;
	*from = selection->next;
	return more && hmt_policy_has_moves(verdicts, selection->direction);
}

/* Move pages of one address space: select and execute until nothing is left. */
static void hmt_engine_move_mm(struct hmt_engine *engine,
			       struct hmt_mm *managed,
			       enum hmt_direction direction)
{
	struct hmt_pace *pace = engine->pass.pace;
	bool more = true;

	hmt_select_begin(&engine->selection, managed, direction);
	while (more && hmt_engine_pin(engine->pass.workload, managed)) {
		u64 rested = pace->rested_ns;

		more = hmt_engine_move_slice(engine);
		hmt_mm_unpin(managed);
		hmt_pace_rest(pace);
		/* The time to move does not pass while the engine rests. */
		engine->execution.deadline += pace->rested_ns - rested;
	}
}

/* Move pages by the verdicts, until the rate or the time is used up. */
static void hmt_engine_move_all(struct hmt_engine *engine,
				enum hmt_direction direction)
{
	struct hmt_mm *managed;

	engine->execution.over = false;
	list_for_each_entry(managed, &engine->pass.workload->mms, link) {
		if (engine->execution.over ||
		    !hmt_policy_has_moves(&engine->verdicts, direction))
			return;
		hmt_engine_move_mm(engine, managed, direction);
	}
}

/*
 * Move pages of a slice in one direction, unless the last slice found none. Return
 * whether there may be more, and the pass has time for them.
 */
static bool hmt_engine_move_some(struct hmt_engine *engine,
				 enum hmt_direction direction, bool more)
{
	u64 moved = hmt_account_moved(&engine->pass);

	if (!more || !hmt_policy_has_moves(&engine->verdicts, direction))
		return more;
	hmt_engine_move_all(engine, direction);
	if (engine->execution.over)
		return false;
	hmt_policy_end_grants(&engine->verdicts, direction);
	return !hmt_policy_has_moves(&engine->verdicts, direction) ||
	       hmt_account_moved(&engine->pass) != moved;
}

/*
 * Move pages between levels. Demotion and promotion take turns, because the rate,
 * the time or the end of the process may end a pass after any of them.
 */
static void hmt_engine_exchange(struct hmt_engine *engine)
{
	struct hmt_pass *pass = &engine->pass;
	struct hmt_policy_held *held = &engine->held;
	bool demote = true, promote = true;

	hmt_policy_hold(&engine->verdicts, held);
	while ((demote || promote) && !kthread_should_stop() &&
	       hmt_policy_release(&engine->verdicts, held)) {
		/* There is room again where pages have left. */
		bitmap_zero(engine->execution.full, HMT_GRAPH_MEMORIES_MAX);
		demote = hmt_engine_move_some(engine, HMT_DIR_DEMOTE, demote);
		/* Promoted pages need the room of the demoted ones. */
		hmt_movers_wait(&pass->workload->remote,
				min(engine->execution.deadline,
				    ktime_get_ns() + pass->config.interval_ms *
							     NSEC_PER_MSEC));
		if (promote)
			hmt_room_make(pass, &engine->verdicts);
		promote = hmt_engine_move_some(engine, HMT_DIR_PROMOTE,
					       promote);
	}
	hmt_room_end(pass);
}

/*
 * Carry the verdicts out, or only those that bring pages home if the others are
 * @deferred. Return whether pages move or are about to: whether more pages than
 * @moved have moved.
 */
static bool hmt_engine_act(struct hmt_engine *engine, u64 moved, bool deferred)
{
	const struct hmt_pass *pass = &engine->pass;
	bool home = hmt_policy_has_moves(&engine->verdicts, HMT_DIR_HOME);
	u64 start = hmt_pace_clock(pass->pace);

	/* Moving may take as long as the samples did. */
	engine->execution.deadline =
		ktime_get_ns() + (u64)pass->intervals *
					 pass->config.interval_ms *
					 NSEC_PER_MSEC;
	hmt_pace_begin_moves(pass->pace);
	if (!deferred)
		hmt_engine_exchange(engine);
	hmt_engine_move_all(engine, HMT_DIR_HOME);
	hmt_pace_end_moves(pass->pace);
	engine->interval.moved_ns = hmt_pace_clock(pass->pace) - start;
	/* Do not wait for pages without room or larger than every quota. */
	moved = hmt_account_moved(pass) - moved;
	return engine->execution.remote_busy ||
	       (moved && (home || !hmt_policy_is_trickle(&engine->verdicts,
							 moved)));
}

/*
 * Return the number of samples for which the hot set will last: the mean of all pages.
 * Scores that providers push are no shares of samples, and have the least margin.
 */
static u64 hmt_engine_stay(const struct hmt_workload *workload, u64 now)
{
	const struct hmt_mm *managed;
	u64 pages = 0, sum = 0;

	list_for_each_entry(managed, &workload->mms, link) {
		pages += managed->size;
		sum += managed->size * hmt_policy_stay(&managed->stay, now);
	}
	return pages && hmt_sessions_can_survey(&workload->sessions) ?
		       div64_u64(sum, pages) : HMT_POLICY_STAY_MOST;
}

/* Run the stages that need a graph. Return whether all pages are in place. */
static bool hmt_engine_run(struct hmt_engine *engine)
{
	struct hmt_pass *pass = &engine->pass;
	struct hmt_workload *workload = pass->workload;
	struct hmt_interval *interval = &engine->interval;
	struct hmt_policy_in *in = &engine->census.in;
	u64 start = hmt_pace_clock(pass->pace), now = ktime_get_ns();
	u64 cpu_ns = hmt_engine_paced_ns(workload);
	/* Before hmt_engine_begin_moves() counts the moves of hmtd. */
	u64 moved = hmt_account_moved(pass);
	bool settled, deferred;

	hmt_execute_begin(&engine->execution, hmt_engine_begin_moves(pass));
	hmt_candidates_find_levels(pass);
	hmt_engine_gather(engine);
	hmt_engine_census(engine);
	settled = engine->census.converged && !pass->changed;
	if (kthread_should_stop())
		return settled;
	in->intervals = hmt_interval_decide(interval, now);
	pass->stay = hmt_engine_stay(workload, now);
	in->margin = hmt_policy_margin(pass->stay);
	pass->intervals = hmt_interval_earned(interval, pass->pace->rested_ns,
					      hmt_pace_owed(pass->pace));
	hmt_census_grant(&engine->census, pass);
	if (!pass->config.dry_run)
		hmt_demand_enter(&workload->demand, pass->graph->generation,
				 in);
	hmt_demand_read(&workload->demand, pass->graph->generation, in);
	hmt_room_reclaim(pass, in);
	hmt_births_expect(&engine->births, pass, in);
	hmt_hint_want(pass, in);
	hmt_load_limit(pass, in);
	hmt_decide(pass, in, &engine->verdicts);
	if (!engine->verdicts.waits)
		pass->stay = HMT_POLICY_STAY_MOST;
	hmt_hint_offer(pass, &engine->verdicts);
	hmt_account_pass(pass, &engine->census, &engine->verdicts,
			 engine->figures);
	hmt_account_shares(pass, &engine->star, in, engine->figures);
	interval->count_ns = hmt_engine_paced_ns(workload) - cpu_ns;
	hmt_stat_add(&workload->stats.plan_ns,
		     hmt_pace_clock(pass->pace) - start);
	deferred = hmt_policy_should_defer(&engine->verdicts, &engine->gain);
	if (deferred && !hmt_policy_has_moves(&engine->verdicts, HMT_DIR_HOME))
		return settled;
	return !hmt_engine_act(engine, moved, deferred) && settled;
}

/* Take the samples of a pass, or a survey. */
static void hmt_engine_look(struct hmt_engine *engine)
{
	struct hmt_pass *pass = &engine->pass;

	if (engine->survey.on) {
		pass->samples = hmt_survey_tick(&engine->survey, pass);
		/* The next sample of all pages did not find these. */
		hmt_interval_sample(&engine->interval, pass->workload);
	} else {
		pass->samples =
			hmt_collect(pass, &engine->interval, &engine->survey,
				    engine->settled,
				    hmt_policy_is_active(&engine->verdicts));
	}
	hmt_account_providers(pass->workload);
}

/*
 * Run the stages that need a graph after samples of all pages, or when something
 * calls for them during surveys.
 */
static void hmt_engine_place(struct hmt_engine *engine, bool surveys)
{
	const struct hmt_pass *pass = &engine->pass;
	struct hmt_interval *interval = &engine->interval;

	if (surveys && !hmt_survey_wants_census(&engine->survey, pass,
						&engine->census.in)) {
		if (pass->graph->generation == engine->survey.generation)
			hmt_account_rates(pass, &engine->star,
					  engine->figures);
		return;
	}
	engine->settled = hmt_engine_run(engine);
	hmt_shares_drop(&engine->shares);
	if (surveys) {
		hmt_survey_note_census(&engine->survey, pass, interval,
				       engine->settled);
		hmt_survey_recheck(&engine->survey, pass, &engine->census,
				   &engine->verdicts);
		return;
	}
	hmt_interval_end(interval, pass->workload,
			 hmt_policy_top_capacity(&engine->census.in,
						 &engine->verdicts),
			 !engine->settled);
	hmt_survey_judge(&engine->survey, pass, interval, &engine->census,
			 &engine->verdicts,
			 engine->settled &&
				 hmt_policy_is_still(&engine->verdicts));
}

static void hmt_engine_pass(struct hmt_engine *engine)
{
	struct hmt_pass *pass = &engine->pass;
	struct hmt_workload *workload = pass->workload;
	struct hmt_interval *interval = &engine->interval;
	struct hmt_graph *graph;
	bool surveys = engine->survey.on;
	u64 rested;

	hmt_engine_begin(pass, interval);
	interval->moved_ns = 0;
	hmt_engine_look(engine);
	if (kthread_should_stop())
		return;
	rested = pass->pace->rested_ns;
	graph = hmt_graph_get();
	hmt_engine_set_state(workload, graph);
	if (graph) {
		pass->graph = graph;
		hmt_engine_place(engine, surveys);
	} else if (engine->survey.on) {
		hmt_survey_end(&engine->survey, workload);
	}
	if (!graph || pass->config.dry_run)
		hmt_demand_drop(&workload->demand);
	if (!graph)
		hmt_hint_withdraw(workload);
	pass->graph = NULL;
	hmt_graph_put(graph);
	interval->rested_ns =
		pass->pace->rested_ns - rested + interval->moved_ns;
	WRITE_ONCE(workload->stats.cpu_ns, hmt_engine_cpu_ns(workload));
	WRITE_ONCE(workload->stats.program_ns,
		   hmt_engine_program_ns(workload));
	hmt_stat_add(&workload->stats.passes, 1);
}

/* Thread of a live workload; ends at kthread_stop(). */
int hmt_engine_main(void *arg)
{
	struct hmt_engine *engine = arg;

	set_freezable();
	engine->pass.pace = &engine->pace;
	engine->pass.load = &engine->load;
	hmt_shares_init(&engine->shares);
	hmt_pace_init(&engine->pace, engine->pass.workload);
	while (!kthread_should_stop())
		hmt_engine_pass(engine);
	return 0;
}
