// SPDX-License-Identifier: GPL-2.0
/* Account: publish the census, the verdicts and the results of moves. */
#include <linux/irqflags.h>
#include <linux/kernel.h>
#include <linux/lockdep.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/seqlock.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph/graph.h"
#include "policy/policy.h"
#include "heat/heat.h"
#include "move/move.h"
#include "workload/workload.h"
#include "pass.h"

/* Count the results of moves. */
void hmt_account_moves(struct hmt_workload *workload,
		       enum hmt_direction direction,
		       const struct hmt_move_stats *moves)
{
	struct hmt_workload_stats *stats = &workload->stats;
	unsigned int i;

	hmt_stat_add(&stats->move_ns, moves->ns);
	hmt_stat_add(&stats->moved[direction], moves->pages[HMT_RESULT_MOVED]);
	hmt_stat_add(&stats->skipped_policy, moves->pages[HMT_RESULT_POLICY]);
	for (i = HMT_RESULT_PINNED; i <= HMT_RESULT_RACED; i++)
		hmt_stat_add(&stats->failed, moves->pages[i]);
}

/*
 * Count the moves of hmtd since the last call. Return the number of plans that
 * hmtd still has. The engine calls this, and its owner after the end of the
 * thread.
 */
unsigned int hmt_account_remote(struct hmt_workload *workload)
{
	struct hmt_remote_client done;
	unsigned int plans = hmt_remote_collect(&workload->remote, &done), i;

	hmt_stat_add(&workload->stats.expired, done.expired);
	for (i = 0; i < HMT_DIRECTIONS; i++)
		hmt_account_moves(workload, i, &done.stats[i]);
	return plans;
}

/* Count the pages of a selection. */
void hmt_account_selection(const struct hmt_pass *pass,
			   const struct hmt_selection *selection)
{
	struct hmt_workload_stats *stats = &pass->workload->stats;

	hmt_stat_add(&stats->planned, selection->planned);
	hmt_stat_add(&stats->skipped_pinned, selection->pinned);
	hmt_stat_add(&stats->skipped_policy, selection->skipped);
}

/* Return the number of pages that were moved, or selected in a dry run. */
u64 hmt_account_moved(const struct hmt_pass *pass)
{
	const struct hmt_workload_stats *stats = &pass->workload->stats;

	return pass->config.dry_run ? stats->planned :
				      stats->moved[HMT_DIR_DEMOTE] +
					      stats->moved[HMT_DIR_PROMOTE] +
					      stats->moved[HMT_DIR_HOME];
}

/* Publish the counters of the providers. */
void hmt_account_providers(struct hmt_workload *workload)
{
	unsigned int i;

	guard(mutex)(&workload->config_lock);
	for (i = 0; i < workload->sessions.nr; i++)
		workload->providers[i] = workload->sessions.list[i]->stats;
}

/* Fill @stats with the census of a tier and its verdict. */
static void hmt_account_tier(struct hmt_tier_stats *stats, const char *name,
			     const struct hmt_policy_tier *in,
			     const struct hmt_policy_verdict *verdict)
{
	unsigned int heat;

	memset(stats, 0, sizeof(*stats));
	strscpy(stats->name, name, sizeof(stats->name));
	stats->limit = in->limit;
	stats->protect = in->protect;
	stats->pages = in->fixed;
	for (heat = 0; heat < HMT_HEAT_LEVELS; heat++) {
		stats->pages += in->hist[heat];
		stats->hot += heat ? in->hist[heat] : 0;
		stats->histogram[heat * ARRAY_SIZE(stats->histogram) /
				 HMT_HEAT_LEVELS] += in->hist[heat];
	}
	stats->promote_min = verdict->promote_min;
	/* Pages that leave for the load of the tier are none that are too cold. */
	stats->demote_max = verdict->demote_min ? 0 : verdict->demote_max;
	stats->above = verdict->above;
}

static void hmt_account_tiers(const struct hmt_pass *pass,
			      const struct hmt_policy_in *in,
			      const struct hmt_policy_out *verdicts,
			      struct hmt_tier_stats *figures)
{
	struct hmt_workload *workload = pass->workload;
	unsigned int i;

	lockdep_assert_held(&workload->config_lock);
	/* Readers spin while the sequence is odd: only copies belong there. */
	for (i = 0; i < in->nr_tiers; i++) {
		hmt_account_tier(&figures[i], pass->graph->tiers[i].name,
				 &in->tiers[i], &verdicts->tiers[i]);
		/* The room of pages that leave for hint faults stays guaranteed. */
		figures[i].protect += workload->hints.lent[i];
	}
	/*
	 * Interrupts free pages of devices under a lock whose holder may read this,
	 * see hmt_touched_displaces(): it would wait for the writer, and the writer
	 * for the interrupt.
	 */
	local_irq_disable();
	write_seqcount_begin(&workload->tiers_seq);
	workload->nr_tiers = in->nr_tiers;
	workload->generation = pass->graph->generation;
	memcpy(workload->tiers, figures, in->nr_tiers * sizeof(*figures));
	write_seqcount_end(&workload->tiers_seq);
	local_irq_enable();
}

/* Publish the demand for room that others have, and count yielded pages. */
static void hmt_account_demand(const struct hmt_pass *pass,
			       const struct hmt_policy_out *verdicts)
{
	struct hmt_workload *workload = pass->workload;
	u64 demand = 0;
	unsigned int i;

	for (i = 0; i < verdicts->nr_tiers; i++) {
		demand += verdicts->tiers[i].unplaced;
		hmt_stat_add(&workload->stats.yielded,
			     verdicts->tiers[i].yielded);
	}
	WRITE_ONCE(workload->stats.demand, demand);
	if (!pass->config.dry_run)
		hmt_demand_publish(&workload->demand, pass->graph->generation,
				   verdicts);
}

/* Publish the census and the verdicts of a pass; @figures is scratch memory. */
void hmt_account_pass(const struct hmt_pass *pass,
		      const struct hmt_census *census,
		      const struct hmt_policy_out *verdicts,
		      struct hmt_tier_stats *figures)
{
	struct hmt_workload_stats *stats = &pass->workload->stats;
	const u64 *counts = census->counts;

	hmt_account_demand(pass, verdicts);
	mutex_lock(&pass->workload->config_lock);
	hmt_account_tiers(pass, &census->in, verdicts, figures);
	mutex_unlock(&pass->workload->config_lock);
	/* A partial census may have missed pages that have arrived. */
	if (!census->partial)
		hmt_arrivals_settle(pass->workload);
	WRITE_ONCE(stats->skipped_huge, counts[HMT_PAGE_HUGE]);
	WRITE_ONCE(stats->skipped_file, counts[HMT_PAGE_FILE]);
	WRITE_ONCE(stats->skipped_mergeable, counts[HMT_PAGE_MERGEABLE]);
	WRITE_ONCE(stats->skipped_shared, counts[HMT_PAGE_SHARED]);
	WRITE_ONCE(stats->skipped_hugetlb, counts[HMT_PAGE_HUGETLB]);
	WRITE_ONCE(stats->skipped_excluded, counts[HMT_PAGE_EXCLUDED]);
	WRITE_ONCE(stats->huge_skewed, census->skewed);
	WRITE_ONCE(stats->huge_rejoined, census->rejoined);
	WRITE_ONCE(stats->clean, census->nr_clean);
	WRITE_ONCE(stats->margin, census->in.margin);
}

/* Measurements without an access after which the others are forgotten. */
#define HMT_STAR_MISSES		4U

/*
 * Forget all measurements after several without an access: the provider no longer
 * measures, or the processes rest.
 */
static void hmt_star_miss(struct hmt_star *star)
{
	if (++star->missed < HMT_STAR_MISSES)
		return;
	memset(star->below, 0, sizeof(star->below));
	memset(star->all, 0, sizeof(star->all));
}

/*
 * Make room for the measurement with the number @turn. Those that were skipped, or find
 * nothing, are left out: what was found long ago does not stand in for them. Return the
 * index of its entries.
 */
static unsigned int hmt_star_turn(struct hmt_star *star, unsigned int turn)
{
	unsigned int i;

	if (turn - star->turn > HMT_STAR_PASSES)
		star->turn = turn - HMT_STAR_PASSES;
	while (star->turn != turn) {
		i = ++star->turn % HMT_STAR_PASSES;
		star->below[i] = 0;
		star->all[i] = 0;
	}
	return turn % HMT_STAR_PASSES;
}

/* Add the rates that providers measured, as far as there are any. */
static void hmt_star_add(struct hmt_star *star, const struct hmt_pass *pass,
			 const struct hmt_tier_stats *figures)
{
	const struct hmt_graph *graph = pass->graph;
	u64 below = 0, all = 0;
	unsigned int nid, turn, at;

	memset(star->rates, 0, sizeof(star->rates));
	turn = hmt_sessions_take_rates(&pass->workload->sessions, star->rates);
	at = hmt_star_turn(star, turn);
	for (nid = 0; nid < nr_node_ids; nid++) {
		int tier = graph->tier_of[hmt_graph_memory(graph, nid)];

		if (tier < 0)
			continue;
		all += star->rates[nid];
		if (figures[tier].above)
			below += star->rates[nid];
	}
	if (!all) {
		if (pass->rated)
			hmt_star_miss(star);
		return;
	}
	star->missed = 0;
	star->below[at] = below;
	star->all[at] = all;
}

/* Return the part @low of @all, in thousandths. */
static unsigned int hmt_account_permille(u64 low, u64 all)
{
	return all ? mul_u64_u64_div_u64(low, 1000, all) : 0;
}

/*
 * Return the share of accesses below the top tiers, in thousandths. All parts that are
 * covered in turn weigh the same, as a few groups of pages may have most of the
 * accesses in one of them. Without any measurement, heat stands in for them.
 */
static unsigned int hmt_star_permille(const struct hmt_star *star)
{
	u64 below = 0, all = 0;
	unsigned int i;

	for (i = 0; i < HMT_RATE_PARTS; i++) {
		unsigned int j = i + HMT_RATE_PARTS;
		/* The other one stands in for one that is missing. */
		unsigned int weight = star->all[i] && star->all[j] ? 1 : 2;

		below += weight * (star->below[i] + star->below[j]);
		all += weight * (star->all[i] + star->all[j]);
	}
	return all ? hmt_account_permille(below, all) : star->heat;
}

/*
 * Take the rates that providers measured in this pass or survey. @figures: tiers, as
 * of the last census with this graph.
 */
void hmt_account_rates(const struct hmt_pass *pass, struct hmt_star *star,
		       const struct hmt_tier_stats *figures)
{
	hmt_star_add(star, pass, figures);
	WRITE_ONCE(pass->workload->stats.star_permille,
		   hmt_star_permille(star));
}

/*
 * Publish the shares of accesses and of pages below the top tiers, those with
 * no tier above. Without rates, heat counts as if it were a rate.
 */
void hmt_account_shares(const struct hmt_pass *pass, struct hmt_star *star,
			const struct hmt_policy_in *in,
			const struct hmt_tier_stats *figures)
{
	struct hmt_workload_stats *stats = &pass->workload->stats;
	u64 pages = 0, low_pages = 0, heat = 0, low_heat = 0;
	unsigned int i;

	for (i = 0; i < in->nr_tiers; i++) {
		u64 sum = hmt_policy_heat(&in->tiers[i]);

		pages += figures[i].pages;
		heat += sum;
		if (!figures[i].above)
			continue;
		low_pages += figures[i].pages;
		low_heat += sum;
	}
	star->heat = hmt_account_permille(low_heat, heat);
	hmt_account_rates(pass, star, figures);
	WRITE_ONCE(stats->strr_permille,
		   hmt_account_permille(low_pages, pages));
}
