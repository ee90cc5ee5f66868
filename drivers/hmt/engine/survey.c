// SPDX-License-Identifier: GPL-2.0
/*
 * Surveys take the place of samples and censuses where these would find
 * nothing: every page is in its place, or all pages are accessed equally often. They
 * do not even come where all pages are in the fastest tiers, which have room.
 * Heat stands still then. Now and then a few samples of a part of the pages
 * show whether the same pages are hot, or all still alike. Samples of all pages
 * return at a difference, at a new process that is large or lives for longer
 * than an interval, when the others grow or shrink, and with another
 * configuration or graph. A census runs when a tier is short of room or of
 * pages for other workloads.
 *
 * Pages that are accessed rarely look idle in a few samples, heat takes many to
 * forget what pages were before, and surveys find only large changes. So surveys
 * are breaks between passes, which become longer while passes move next to nothing.
 */
#include <linux/atomic.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/string.h>
#include <linux/time64.h>
#include "hmt.h"
#include "graph/graph.h"
#include "policy/policy.h"
#include "page/page.h"
#include "heat/heat.h"
#include "workload/workload.h"
#include "interval.h"
#include "pass.h"
#include "survey.h"

/* Pages of the smallest workload for which surveys pay: 128 MiB. */
#define HMT_SURVEY_PAGES	0x8000UL

/* Divisor: a workload that grows or shrinks by this share is another one. */
#define HMT_SURVEY_GROWTH	64

/* Divisor: share of the pages that short-lived processes may have. */
#define HMT_SURVEY_OTHERS	8

/* Most samples of a tally, for a workload that may be about to change again. */
#define HMT_SURVEY_TALLIED_MOST	HMT_SURVEY_SAMPLES

/* Divisor: share of a CPU of censuses that find nothing to do. */
#define HMT_SURVEY_COUNT_SHARE	256

/*
 * Divisor: part of the time in which every page was in its place that a break takes
 * at least. The number of passes grows with the logarithm of this time.
 */
#define HMT_SURVEY_BREAK	2

/* Divisor: share of the pages that may be below the fastest tiers: of libraries. */
#define HMT_SURVEY_BELOW	1024

/* No part: all pages, or no tally. */
static const struct hmt_survey hmt_survey_none;

/* Return the number of pages of the workload, or of the members of surveys only. */
static u64 hmt_survey_size(const struct hmt_workload *workload, bool members)
{
	const struct hmt_mm *managed;
	u64 pages = 0;

	list_for_each_entry(managed, &workload->mms, link)
		if (managed->member || !members)
			pages += get_mm_rss(managed->mm);
	return pages;
}

static bool hmt_survey_differs(u64 before, u64 now, unsigned int divisor)
{
	return max(before, now) - min(before, now) > before / divisor;
}

/* Check whether processes with a large part of the @pages fill memory. */
static bool hmt_survey_grows(const struct hmt_workload *workload, u64 pages)
{
	const struct hmt_mm *managed;
	u64 grow = 0;

	list_for_each_entry(managed, &workload->mms, link)
		if (managed->grows)
			grow += managed->size;
	return grow > pages / HMT_SURVEY_OTHERS;
}

static bool hmt_survey_is_possible(const struct hmt_pass *pass, u64 pages)
{
	const struct hmt_sessions *sessions = &pass->workload->sessions;

	return pages >= HMT_SURVEY_PAGES && hmt_sessions_can_survey(sessions) &&
	       !hmt_sessions_see_devices(sessions);
}

/* Check whether surveys take the place of samples once every page is in its place. */
bool hmt_survey_may_come(const struct hmt_surveying *surveying,
			 const struct hmt_pass *pass)
{
	return hmt_survey_is_possible(pass, surveying->pages);
}

/* Choose the next part: another word of each chunk, then other chunks. */
static void hmt_survey_choose(struct hmt_surveying *surveying)
{
	struct hmt_survey *part = &surveying->part;

	part->on = true;
	part->shift = hmt_policy_survey_shift(surveying->pages);
	part->word = surveying->number % HMT_SURVEY_WORDS;
	part->phase = surveying->number / HMT_SURVEY_WORDS;
	surveying->number++;
}

static void hmt_survey_forget(const struct hmt_workload *workload)
{
	struct hmt_mm *managed;

	list_for_each_entry(managed, &workload->mms, link)
		hmt_heat_map_destroy(&managed->surveyed);
}

/*
 * Compare the last @samples samples of @surveying->part with heat. Return the
 * heat of a page that each of them saw. A survey shows nothing about the pages of
 * an address space that another task had locked, nor about those of a process that
 * is not a member, whose heat was not known before.
 */
static unsigned int hmt_survey_gather(struct hmt_surveying *surveying,
				      const struct hmt_workload *workload,
				      unsigned int samples)
{
	unsigned int full = samples * hmt_sessions_score(&workload->sessions);
	struct hmt_policy_survey *result = &surveying->result;
	struct hmt_mm *managed;

	full = min(full, HMT_HEAT_MAX);
	memset(result, 0, sizeof(*result));
	list_for_each_entry(managed, &workload->mms, link)
		if (!surveying->on ||
		    (managed->member && managed->surveys >= samples))
			hmt_survey_compare(result, &surveying->part,
					   &managed->heat, &managed->surveyed,
					   full);
	return full;
}

/*
 * Check whether the last @samples samples see all pages equally often. Pages of
 * chunks without any heat are cold; their number is an estimate.
 */
static bool hmt_survey_is_flat(struct hmt_surveying *surveying,
			       const struct hmt_workload *workload,
			       unsigned int samples)
{
	unsigned int full = hmt_survey_gather(surveying, workload, samples);
	u64 part = surveying->pages / HMT_SURVEY_WORDS >> surveying->part.shift;
	u64 *pages = surveying->result.pages;
	u64 missing = part;
	unsigned int heat;

	for (heat = 0; heat <= full; heat++)
		missing -= min(pages[heat], missing);
	if (missing > part / HMT_SURVEY_GROWTH)
		pages[0] += missing;
	return hmt_policy_is_flat(pages, full, samples);
}

/*
 * Check whether nothing calls for moves whatever the heat, which is too young to
 * decide any: no limit, advice, demand of other workloads, or other home.
 */
static bool hmt_survey_may_be_flat(const struct hmt_pass *pass,
				   const struct hmt_policy_in *in)
{
	const struct hmt_mm *managed;
	unsigned int i;

	for (i = 0; i < in->nr_tiers; i++)
		if (in->tiers[i].demand)
			return false;

	list_for_each_entry(managed, &pass->workload->mms, link)
		if (!nodes_empty(managed->away) ||
		    hmt_advice_has_tiers(managed->mm))
			return false;
	return !pass->config.limits.nr && !pass->config.protect.nr;
}

/* Count the hits of another part. */
static void hmt_survey_begin_tally(struct hmt_surveying *surveying,
				   struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;

	surveying->tallied = 0;
	/* Without a graph no judgement has reset it. */
	surveying->found_flat = false;
	hmt_survey_forget(workload);
	hmt_survey_choose(surveying);
	surveying->part.on = hmt_survey_is_possible(pass, surveying->pages);
	hmt_sessions_set_tally(&workload->sessions, &surveying->part);
}

/*
 * Note a sample of all pages. Return whether samples show that they are all
 * accessed equally often: as many as it takes since the workload has its size. Not if
 * the load of a tier calls for moves, which depend on heat.
 */
bool hmt_survey_note_sample(struct hmt_surveying *surveying,
			    struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	unsigned int least = surveying->changed ? HMT_SURVEY_TALLIED_MOST :
						  HMT_SURVEY_TALLIED;
	u64 pages = hmt_survey_size(workload, false);

	/* Those that have begun show nothing. */
	if (pass->begun > pages / HMT_SURVEY_OTHERS)
		surveying->stable = 0;
	else
		surveying->stable++;
	if (hmt_survey_differs(surveying->pages, pages, HMT_SURVEY_OTHERS) ||
	    hmt_survey_grows(workload, pages)) {
		surveying->pages = pages;
		surveying->stable = 0;
		surveying->refused = false;
	}
	if (!surveying->stable || !surveying->part.on ||
	    surveying->tallied == HMT_SURVEY_SAMPLES) {
		hmt_survey_begin_tally(surveying, pass);
		return false;
	}
	surveying->tallied++;
	surveying->found_flat = surveying->tallied >= least &&
				!surveying->refused &&
				!hmt_load_is_uneven(pass) &&
				hmt_survey_is_flat(surveying, workload,
						   surveying->tallied);
	return surveying->found_flat;
}

/*
 * Return the tiers that have all pages, as bit mask, if there is room in them: no
 * decision depends on heat then.
 */
static u32 hmt_survey_tops(const struct hmt_pass *pass,
			   const struct hmt_census *census,
			   const struct hmt_policy_out *verdicts)
{
	const struct hmt_policy_in *in = &census->in;
	u64 pages = 0, below = 0, used;
	u32 tops = 0;
	unsigned int i;

	if (census->partial || hmt_load_is_uneven(pass) ||
	    !hmt_survey_may_be_flat(pass, in))
		return 0;
	for (i = 0; i < in->nr_tiers; i++) {
		used = hmt_policy_pages(&in->tiers[i]);
		pages += used;
		if (verdicts->tiers[i].above)
			below += used;
		else if (used)
			tops |= BIT(i);
	}
	for (i = 0; i < in->nr_tiers; i++)
		if (tops & BIT(i) &&
		    (in->tiers[i].heat_limit ||
		     (in->tiers[i].nr_targets &&
		      !hmt_policy_is_roomy(&in->tiers[i]))))
			return 0;
	return below <= pages / HMT_SURVEY_BELOW ? tops : 0;
}

static u64 hmt_survey_gap(const struct hmt_surveying *surveying, u64 cost_ns)
{
	const struct hmt_workload_config *config = &surveying->config;
	const struct hmt_policy_survey_gap gap = {
		.interval_ns = (u64)config->interval_ms * NSEC_PER_MSEC,
		.most_ns = (u64)config->interval_max_ms * NSEC_PER_MSEC,
		.cost_ns = cost_ns,
		.still_ns = ktime_get_ns() - surveying->since,
		.calm = surveying->calm,
		.flat = surveying->flat && !surveying->changed,
	};

	return hmt_policy_survey_gap(&gap);
}

/* Set when samples of all pages return for a pass: never if all pages are alike. */
static void hmt_survey_set_until(struct hmt_surveying *surveying,
				 const struct hmt_pass *pass,
				 const struct hmt_interval *interval)
{
	u64 now = ktime_get_ns();

	surveying->until = 0;
	if (!surveying->flat)
		surveying->until =
			now + max(hmt_interval_break(interval, &pass->config),
				  (now - surveying->since) / HMT_SURVEY_BREAK);
}

/*
 * Set when exchanges pay that wait for the hot set to last. Half as much has to be
 * gained when it has lasted twice as long.
 */
static void hmt_survey_set_exchange(struct hmt_surveying *surveying,
				    const struct hmt_pass *pass)
{
	surveying->exchange_at = 0;
	if (pass->stay < HMT_POLICY_STAY_MOST)
		surveying->exchange_at =
			ktime_get_ns() + pass->stay * surveying->step_ns;
}

static void hmt_survey_begin(struct hmt_surveying *surveying,
			     const struct hmt_pass *pass, bool flat,
			     const struct hmt_interval *interval)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_mm *managed;
	unsigned int shift;

	list_for_each_entry(managed, &workload->mms, link) {
		managed->member = flat ||
				  managed->evidence >= HMT_SAMPLES_CONVERGED;
		managed->waits = false;
	}
	surveying->pages = hmt_survey_size(workload, true);
	shift = hmt_policy_survey_shift(surveying->pages);
	surveying->on = true;
	if (!surveying->since ||
	    surveying->generation != pass->graph->generation)
		surveying->since = ktime_get_ns();
	surveying->flat = flat;
	surveying->calm = 0;
	surveying->generation = pass->graph->generation;
	surveying->config = pass->config;
	/* The pass that ends has chosen the length of the next one. */
	surveying->config.interval_ms = interval->policy.interval;
	surveying->count_at = 0;
	surveying->due = ktime_get_ns() +
			 hmt_survey_gap(surveying, HMT_SURVEY_SAMPLES *
				       (interval->look_ns / HMT_SURVEY_WORDS >>
					shift));
	hmt_survey_set_until(surveying, pass, interval);
	hmt_survey_set_exchange(surveying, pass);
	hmt_sessions_set_tally(&workload->sessions, &hmt_survey_none);
	hmt_survey_forget(workload);
}

/* Go back to samples of all pages, which are not alike: that need not be shown again. */
static void hmt_survey_pause(struct hmt_surveying *surveying,
			     struct hmt_workload *workload)
{
	surveying->on = false;
	surveying->stable = HMT_SURVEY_TALLIED;
	surveying->part.on = false;
	hmt_collect_restart(workload);
}

/* Go back to samples of all pages, because the workload is another one. */
void hmt_survey_end(struct hmt_surveying *surveying,
		    struct hmt_workload *workload)
{
	hmt_survey_pause(surveying, workload);
	surveying->changed = true;
	surveying->stable = 0;
	surveying->since = 0;
	surveying->tops = 0;
}

/*
 * Judge after a pass whether surveys take the place of samples. @still: every page
 * is in its place, and chance alone makes pages differ.
 */
void hmt_survey_judge(struct hmt_surveying *surveying,
		      const struct hmt_pass *pass,
		      const struct hmt_interval *interval,
		      const struct hmt_census *census,
		      const struct hmt_policy_out *verdicts, bool still)
{
	bool flat = surveying->found_flat &&
		    hmt_survey_may_be_flat(pass, &census->in);

	surveying->tops = hmt_survey_tops(pass, census, verdicts);
	if (!still)
		surveying->since = 0;
	surveying->refused |= surveying->found_flat && !flat;
	surveying->found_flat = false;
	if (!hmt_survey_is_possible(pass, surveying->pages))
		return;
	if (flat || surveying->tops ||
	    (still && surveying->stable >= HMT_SURVEY_SAMPLES))
		hmt_survey_begin(surveying, pass, flat || surveying->tops,
				 interval);
}

/* Check after a census whether all pages are still in the fastest tiers, with room. */
void hmt_survey_recheck(struct hmt_surveying *surveying,
			const struct hmt_pass *pass,
			const struct hmt_census *census,
			const struct hmt_policy_out *verdicts)
{
	struct hmt_mm *managed;

	if (!surveying->tops)
		return;
	surveying->recount = false;
	surveying->tops = hmt_survey_tops(pass, census, verdicts);
	if (!surveying->tops) {
		hmt_survey_end(surveying, pass->workload);
		return;
	}
	list_for_each_entry(managed, &pass->workload->mms, link)
		managed->member = true;
	surveying->pages = hmt_survey_size(pass->workload, true);
}

/*
 * Check whether there are processes whose heat has to be found: new ones with many
 * pages, or that live for longer than an interval.
 */
static bool hmt_survey_has_others(const struct hmt_surveying *surveying,
				  const struct hmt_workload *workload)
{
	struct hmt_mm *managed;
	bool waits = false;
	u64 pages = 0;

	list_for_each_entry(managed, &workload->mms, link) {
		if (managed->member)
			continue;
		waits |= managed->waits;
		managed->waits = true;
		pages += get_mm_rss(managed->mm);
	}
	return waits || pages > surveying->pages / HMT_SURVEY_OTHERS;
}

/* Check whether the workload is another one than before the first survey. */
static bool hmt_survey_is_over(struct hmt_surveying *surveying,
			       const struct hmt_pass *pass)
{
	const struct hmt_workload *workload = pass->workload;

	if (hmt_graph_generation() != surveying->generation ||
	    memcmp(&pass->config, &surveying->config, sizeof(pass->config)))
		return true;
	if (!hmt_survey_has_others(surveying, workload) &&
	    !hmt_survey_differs(surveying->pages,
				hmt_survey_size(workload, true),
				HMT_SURVEY_GROWTH))
		return false;
	/* New pages are likely to be where there is room for them. */
	surveying->recount |= surveying->tops != 0;
	return !surveying->tops;
}

/* Check whether the samples of @surveying->part show a change. */
static bool hmt_survey_compares(struct hmt_surveying *surveying,
				const struct hmt_workload *workload)
{
	if (surveying->flat)
		return !hmt_survey_is_flat(surveying, workload,
					   HMT_SURVEY_SAMPLES);
	hmt_survey_gather(surveying, workload, HMT_SURVEY_SAMPLES);
	return hmt_policy_survey_changed(&surveying->result);
}

/* Begin a survey of @part, or end one. */
static void hmt_survey_set_part(struct hmt_pass *pass,
				const struct hmt_survey *part)
{
	pass->surveys = part->on;
	hmt_sessions_set_survey(&pass->workload->sessions, part);
	hmt_survey_forget(pass->workload);
	hmt_collect_restart(pass->workload);
}

/* Go back to samples of all pages, which the heat follows soon. */
static void hmt_survey_follow(struct hmt_surveying *surveying,
			      struct hmt_workload *workload)
{
	struct hmt_mm *managed;

	hmt_survey_pause(surveying, workload);
	surveying->changed = true;
	surveying->since = 0;
	list_for_each_entry(managed, &workload->mms, link)
		hmt_mm_change(managed, ktime_get_ns());
}

/* Take a survey. Return the number of its samples. */
static u32 hmt_survey_look(struct hmt_surveying *surveying,
			   struct hmt_pass *pass)
{
	struct hmt_workload *workload = pass->workload;
	bool changed;
	u64 cost;

	hmt_survey_choose(surveying);
	hmt_survey_set_part(pass, &surveying->part);
	cost = hmt_collect_survey(pass, surveying->step_ns);
	changed = !kthread_should_stop() &&
		  hmt_survey_compares(surveying, workload);
	hmt_survey_set_part(pass, &hmt_survey_none);
	hmt_stat_add(&workload->stats.surveys, 1);
	surveying->calm++;
	surveying->due = ktime_get_ns() + hmt_survey_gap(surveying, cost);
	if (changed)
		hmt_survey_follow(surveying, workload);
	return HMT_SURVEY_SAMPLES + 1;
}

/*
 * Let an interval pass, and take a survey if it is due. Return the number of
 * samples.
 */
u32 hmt_survey_tick(struct hmt_surveying *surveying, struct hmt_pass *pass)
{
	u64 interval_ns = (u64)pass->config.interval_ms * NSEC_PER_MSEC;

	pass->rated = false;
	if (hmt_survey_is_over(surveying, pass)) {
		hmt_survey_end(surveying, pass->workload);
		return 0;
	}
	if (surveying->until && ktime_get_ns() >= surveying->until) {
		hmt_survey_pause(surveying, pass->workload);
		return 0;
	}
	/* Accesses may become more, whatever the pages. */
	hmt_load_sleep(pass, ktime_get_ns() + interval_ns, 0);
	if (kthread_should_stop() || ktime_get_ns() < surveying->due)
		return 0;
	if (!surveying->tops)
		return hmt_survey_look(surveying, pass);
	surveying->recount = true;
	surveying->calm++;
	surveying->due = ktime_get_ns() + hmt_survey_gap(surveying, 0);
	return 0;
}

/*
 * Check whether pages may have to move although heat stands still: a tier is short
 * of room or under another load, others have demand, programs have moved pages, or
 * exchanges pay that did not before. @in is scratch memory. Where all pages are
 * accessed equally often, a new page is as well off in another tier, and no page makes
 * room for it; which pages are for others takes more samples.
 */
bool hmt_survey_wants_census(struct hmt_surveying *surveying,
			     const struct hmt_pass *pass,
			     struct hmt_policy_in *in)
{
	const struct hmt_graph *graph = pass->graph;
	struct hmt_workload *workload = pass->workload;
	bool demand = false, wants = atomic64_read(&workload->arrived) ||
				     pass->config.limits.nr ||
				     pass->config.protect.nr;
	u64 now = ktime_get_ns();
	unsigned int i;

	if (!surveying->on)
		return false;
	memset(in, 0, sizeof(*in));
	in->nr_tiers = graph->nr_tiers;
	hmt_demand_read(&workload->demand, graph->generation, in);
	for (i = 0; i < graph->nr_tiers; i++) {
		struct hmt_policy_tier *tier = &in->tiers[i];

		demand |= tier->demand;
		hmt_census_begin_tier(tier, &graph->tiers[i], pass);
		wants |= tier->nr_targets && tier->free < (s64)tier->low;
		if (surveying->tops & BIT(i) && tier->nr_targets)
			demand |= !hmt_policy_is_roomy(tier);
	}
	/* As for demand, pages have to leave a tier. */
	demand |= hmt_load_is_uneven(pass);
	if (surveying->flat && demand)
		hmt_survey_end(surveying, workload);
	if (now < surveying->count_at)
		return false;
	if (surveying->tops)
		return atomic64_read(&workload->arrived) || surveying->recount;
	if (surveying->flat)
		return false;
	wants |= demand;
	surveying->exchanges = !wants && surveying->exchange_at &&
			       now >= surveying->exchange_at;
	return wants || surveying->exchanges;
}

/*
 * Note that a census ended; if it moved nothing the next one waits, else the time
 * without a move begins anew. Those for exchanges are few, and no reason to wait.
 */
void hmt_survey_note_census(struct hmt_surveying *surveying,
			    const struct hmt_pass *pass,
			    const struct hmt_interval *interval, bool settled)
{
	hmt_survey_set_exchange(surveying, pass);
	if (!settled && surveying->on)
		surveying->since = ktime_get_ns();
	else if (settled && !surveying->exchanges)
		surveying->count_at = ktime_get_ns() +
				      interval->count_ns *
					      HMT_SURVEY_COUNT_SHARE;
}
