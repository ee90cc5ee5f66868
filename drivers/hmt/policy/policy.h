/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy/: pure placement decisions on numbers, which the engine, KUnit and
 * user-space replay share.
 */
#ifndef _HMT_POLICY_H
#define _HMT_POLICY_H

#include <linux/minmax.h>
#include <linux/types.h>
#include <uapi/linux/hmt.h>
#include "decay.h"

/* "No limit" for pages and budgets. */
#define HMT_PAGES_MAX	(~0ULL >> 1)
#define HMT_TIER_NONE	(-1)

/*
 * Least difference of expected heat for which a page replaces another one, however long
 * the hot set lasts: an exchange costs as much as some twenty accesses to the slower
 * memory, and wanted is what pays within a minute or so.
 */
#define HMT_POLICY_MARGIN	24U

/*
 * Pages of this expected heat are clearly warmer than idle ones: two moves for one pay,
 * because what reclaim takes does not return.
 */
#define HMT_POLICY_WARM		(2 * HMT_POLICY_MARGIN)

/* Means of heat that policy distinguishes, and steps of heat. */
#define HMT_MEANS_POINTS	33
#define HMT_MEANS_BINS	64

/* Pages of less expected heat are idle. */
#define HMT_POLICY_IDLE		8

/* Pages of this heat, seen in half of the samples, are worth any room. */
#define HMT_POLICY_HOT	(HMT_HEAT_LEVELS / 2)

/*
 * Pages with advice displace hot ones until they have this part of a tier, or of
 * the limit of the workload for it: one half.
 */
#define HMT_POLICY_ADVISED_PART	2

/* Hot pages on a memory far from their CPUs move from this heat on. */
#define HMT_POLICY_AWAY		(HMT_POLICY_HOT / 2)

/* A process without a clear home. */
#define HMT_HOME_NONE		(-1)

/* Passes for which another node must be clear before it is the home. */
#define HMT_HOME_PASSES		3U
/* Most doublings of that, and passes without a change after which one ends. */
#define HMT_HOME_DOUBLED	4U
#define HMT_HOME_STEADY		64U

/* Gains below 1/256 of all heat wait. */
#define HMT_POLICY_GAIN_SHIFT	8

/* Gains below 1/64 of all heat in an interval are no reason to look more often. */
#define HMT_POLICY_STILL_SHIFT	6

/*
 * The hot set changes when a sample finds 1/64 of all heat less than expected: at
 * least the heat of 32 pages, because a few pages always change.
 */
#define HMT_POLICY_CHANGE_SHIFT	6
#define HMT_POLICY_CHANGE_LEAST	(32 * HMT_HEAT_LEVELS)

/* Samples after a change during which another one does not count. */
#define HMT_POLICY_CHANGE_WAIT	4U

/* Excess, in 1/256, from which on heat predicts accesses well. */
#define HMT_POLICY_PREDICTS	64

/* Steps that are told apart: of young heat, and of two other lengths. */
#define HMT_POLICY_STEP_KINDS	3U

/*
 * Most that pages which are found are warmer than the average page, in 1/256: 4096
 * times. With the heat of 64 TiB in pages of 4 KiB, in 1/256, the product is below
 * 2^63.
 */
#define HMT_POLICY_EXCESS_MAX	1048576ULL

/**
 * struct hmt_policy_tier - room and pages of a tier
 * @hist: movable pages of the workload in the tier, by heat
 * @fixed: pages of the workload there that cannot move
 * @capacity: pages of all memories of the tier
 * @free: free pages of them, without those that are left to births; below 0 in the
 *	expected state where pages arrive before others of the tier are passed on
 * @low: free pages below which the tier is relieved
 * @high: free pages that promotion leaves and relief restores
 * @limit: most pages that the workload may have there
 * @heat_limit: most heat that pages of the workload may have there together,
 *	because the tier is as slow under load as the next one, see load.c; 0: any
 * @protect: pages that the workload is guaranteed there, at most @limit
 * @demand: hot pages of other workloads that found no room there
 * @owed: part of @demand that the others are guaranteed
 * @claim: the same, and pages that were yielded for it since their last decision:
 *	room that is left to them
 * @managed: pages of all workloads there
 * @promised: pages that other workloads are guaranteed there
 * @others: kernel reclaim takes idle pages there that belong to no workload
 * @reclaim: pages that it frees for warm pages in this pass, besides @free
 * @alike: bit mask of the tiers of the same level, itself included, as far as
 *	all processes may use them; 0 is none
 * @astray: pages in other tiers of the same level that are farther from the CPUs
 *	that use them than this tier, by heat; @hist counts them there as well
 * @used: sum of @hist and @fixed; set in the expected state only
 * @heat: sum of the heat of all pages of @hist; the same
 * @cpu_invisible: no provider sees accesses to pages there, so that heat does
 *	not promote any
 * @nr_targets: entries in @targets
 * @targets: demotion targets (indices of tiers), first choice first
 * @weights: weight of each target, by which pages are shared out; all 0: the
 *	first target that has room
 */
struct hmt_policy_tier {
	u64 hist[HMT_HEAT_LEVELS];
	u64 fixed;
	u64 capacity;
	s64 free;
	u64 low;
	u64 high;
	u64 limit;
	u64 heat_limit;
	u64 protect;
	u64 demand;
	u64 owed;
	u64 claim;
	u64 managed;
	u64 promised;
	bool others;
	u64 reclaim;
	u32 alike;
	u64 astray[HMT_HEAT_LEVELS];
	u64 used;
	u64 heat;
	bool cpu_invisible;
	unsigned int nr_targets;
	u8 targets[HMT_TARGETS_MAX];
	u8 weights[HMT_TARGETS_MAX];
};

/* Return the pages of the workload in @tier. */
static inline u64 hmt_policy_pages(const struct hmt_policy_tier *tier)
{
	u64 pages = tier->fixed;
	unsigned int heat;

	for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
		pages += tier->hist[heat];
	return pages;
}

/*
 * Check whether no page has to leave @tier soon: twice the high watermark is free, and
 * 1/64 of it.
 */
static inline bool hmt_policy_is_roomy(const struct hmt_policy_tier *tier)
{
	return tier->free >= (s64)max(2 * tier->high, tier->capacity / 64);
}

/* Return the sum of the heat of the movable pages in @tier. */
static inline u64 hmt_policy_heat(const struct hmt_policy_tier *tier)
{
	unsigned int heat;
	u64 sum = 0;

	for (heat = 1; heat < HMT_HEAT_LEVELS; heat++)
		sum += tier->hist[heat] * heat;
	return sum;
}

/**
 * struct hmt_policy_in - input of policy
 * @nr_tiers: entries in @tiers
 * @samples: number of samples that heat is a mean of; 0: HMT_HEAT_SAMPLES
 * @intervals: time since the last pass, in intervals; 0: one
 * @margin: least difference of expected heat for which a page replaces another
 *	one, see hmt_policy_margin(); 0: HMT_POLICY_MARGIN
 * @promote_budget: most pages to promote in the pass
 * @demote_budget: most pages to demote in the pass
 * @away: pages in any tier that a memory of the same tier nearer to the home of
 *	their process has room for, by heat; @tiers counts them as well
 * @preferred: pages with advice, by their tier and the preferred one; @tiers
 *	counts them as pages that cannot move
 * @tiers: tiers in topological order: a tier before its targets
 */
struct hmt_policy_in {
	unsigned int nr_tiers;
	unsigned int samples;
	unsigned int intervals;
	unsigned int margin;
	u64 promote_budget;
	u64 demote_budget;
	u64 away[HMT_HEAT_LEVELS];
	u64 preferred[HMT_TIERS_MAX][HMT_TIERS_MAX];
	struct hmt_policy_tier tiers[HMT_TIERS_MAX];
};

/**
 * struct hmt_policy_verdict - moves of the pages of one tier
 * @promote_min: least heat of pages of lower tiers that are promoted; above
 *	HMT_HEAT_MAX: none
 * @demote_max: pages in the tier colder than this are demoted; 0: none
 * @demote_min: pages colder than this are not; above 0 where hot pages leave a tier
 *	for its load
 * @promote_quota: number of pages to promote
 * @promote_held: number of further pages, which are for later slices of the pass
 * @demote_quota: number of pages to demote
 * @targets_quota: part of @demote_quota for each tier
 * @yielded: part of @demote_quota for the demand of other workloads
 * @unplaced: hot pages of the workload that find no room
 * @claimed: part of @unplaced that the workload is guaranteed
 * @home_min: least heat of pages of other tiers of the same level that move to
 *	this one, because it is nearer to the home of their process
 * @home_quota: number of these pages
 * @demote_to: index of the target, or HMT_TIER_NONE; with weights, one of the
 *	targets
 * @above: bit mask of the tiers from which this one can be reached
 */
struct hmt_policy_verdict {
	u16 promote_min;
	u16 demote_max;
	u16 demote_min;
	u64 promote_quota;
	u64 promote_held;
	u64 demote_quota;
	u64 targets_quota[HMT_TIERS_MAX];
	u64 yielded;
	u64 unplaced;
	u64 claimed;
	u16 home_min;
	u64 home_quota;
	int demote_to;
	u32 above;
};

/**
 * struct hmt_policy_means - expected heat, see hmt_policy_find_means()
 * @share: share of the pages of each step of heat, in 2^-20
 * @prior: share of the pages of each mean, about in 2^-20
 * @likelihood: likelihood of each step of heat for each mean, 65535 for the most likely one
 * @mean: mean that pages of each heat are expected to have
 */
struct hmt_policy_means {
	u32 share[HMT_MEANS_BINS];
	u32 prior[HMT_MEANS_POINTS];
	u16 likelihood[HMT_MEANS_BINS][HMT_MEANS_POINTS];
	u8 mean[HMT_HEAT_LEVELS];
};

/**
 * struct hmt_policy_out - output of policy
 * @nr_tiers: number of tiers in the input
 * @mandatory: a tier must be relieved
 * @waits: exchanges will pay when the hot set has lasted longer
 * @gain: sum of the expected heat of promoted pages beyond that of the pages
 *	that they replace, for each interval that passed
 * @pages: number of all pages that can move
 * @heat: sum of their heat
 * @home_min: least heat of pages that move within their tier to the memory that
 *	is nearest to the home of their process
 * @home_quota: number of these pages
 * @granted: preferences that are granted in this pass, used up by
 *	hmt_policy_reserve_preferred()
 * @expected: input as it is after all moves that the verdicts name; budgets are
 *	what is left of them
 * @means: expected heat of the pages of each heat
 * @tiers: one verdict a tier; the quotas are used up by hmt_policy_reserve()
 */
struct hmt_policy_out {
	unsigned int nr_tiers;
	bool mandatory;
	bool waits;
	u64 gain;
	u64 pages;
	u64 heat;
	u16 home_min;
	u64 home_quota;
	u64 granted[HMT_TIERS_MAX][HMT_TIERS_MAX];
	struct hmt_policy_in expected;
	struct hmt_policy_means means;
	struct hmt_policy_verdict tiers[HMT_TIERS_MAX];
};

/**
 * enum hmt_direction - kinds of moves
 * @HMT_DIR_DEMOTE: to a lower tier
 * @HMT_DIR_PROMOTE: to a higher tier
 * @HMT_DIR_HOME: within a tier, or to another tier of the same level: to the
 *	memory that is nearest to the home of the process
 * @HMT_DIRECTIONS: number of kinds
 */
enum hmt_direction {
	HMT_DIR_DEMOTE,
	HMT_DIR_PROMOTE,
	HMT_DIR_HOME,
	HMT_DIRECTIONS
};

/**
 * struct hmt_policy_home - home of a process
 * @node: node whose CPUs run it, or HMT_HOME_NONE
 * @last: last node that was its home, or HMT_HOME_NONE
 * @next: node that is to become @node, or HMT_HOME_NONE
 * @passes: number of passes in succession for which @next was clear
 * @changes: recent changes of the home, up to HMT_HOME_DOUBLED
 * @steady: passes in succession that spoke for @node, since @changes was reduced
 * @clear: number of passes in succession for which @node was clear, at most
 *	HMT_HOME_PASSES
 */
struct hmt_policy_home {
	int node;
	int last;
	int next;
	unsigned int passes;
	unsigned int changes;
	unsigned int steady;
	unsigned int clear;
};

/*
 * Check whether pages may follow to the home: the first one is a guess for some
 * passes, which is good enough for pages that move anyway.
 */
static inline bool hmt_policy_home_is_sure(const struct hmt_policy_home *home)
{
	return home->node != HMT_HOME_NONE && home->clear >= HMT_HOME_PASSES;
}

/**
 * struct hmt_policy_place - place that is reserved for a page or a unit
 * @pages: number of pages that were taken of the quota
 * @from: tier that they are in
 * @to: destination tier, or HMT_TIER_NONE
 * @quota: tier whose quota has been used; it differs from @to where the pages
 *	are redirected to a tier of the same level that has room
 */
struct hmt_policy_place {
	unsigned int pages;
	unsigned int from;
	int to;
	int quota;
};

/**
 * struct hmt_policy_held - quotas that are for later slices of a pass, besides
 *	&hmt_policy_verdict.promote_held
 * @demote: part of the quotas for demotion, by tier and target
 * @slices: number of slices left
 */
struct hmt_policy_held {
	u64 demote[HMT_TIERS_MAX][HMT_TIERS_MAX];
	unsigned int slices;
};

/*
 * Pages of a slice: promotion begins when as many have been demoted. A slice has
 * whole huge pages of 2 MiB: with a part of one left, a walk would look for smaller
 * pages up to the end of the address space, and a huge page that leaves a tier would
 * exceed the quota in each slice.
 */
#define HMT_POLICY_SLICE_PAGES	2048U
#define HMT_POLICY_SLICE_STEP	512U
/* Most slices, each of which searches for pages again. */
#define HMT_POLICY_SLICES_MAX	64U

/**
 * struct hmt_policy_bounds - heat of pages that verdicts may name
 * @least: least heat
 * @most: greatest heat; below @least: no page
 */
struct hmt_policy_bounds {
	u16 least;
	u16 most;
};

/**
 * struct hmt_policy_met - what a sample found, and what was known before
 * @pages: pages with and without heat
 * @heat: sum of their heat
 * @hits: pages that were found accessed
 * @found: sum of their heat before this sample
 */
struct hmt_policy_met {
	u64 pages;
	u64 heat;
	u64 hits;
	u64 found;
};

/**
 * struct hmt_policy_steps - lengths of the last steps, which are times between samples
 * @ns: of each kind, as of its last one; 0: none yet
 * @index: kind of the present step: 0 for young heat
 * @other: kind of the last step that was not one of young heat
 */
struct hmt_policy_steps {
	u64 ns[HMT_POLICY_STEP_KINDS];
	unsigned int index;
	unsigned int other;
};

/**
 * struct hmt_policy_follow - how well heat predicts the next sample
 * @last: pages that the last sample found are warmer than the average page by this
 *	share of its heat, in 1/256; 0: not known
 * @excess: the same by kind of step, mean of the last samples
 * @samples: samples of this kind since the last change, at most
 *	HMT_POLICY_CHANGE_WAIT
 * @since: the same of any kind
 */
struct hmt_policy_follow {
	s64 last;
	unsigned int since;
	s64 excess[HMT_POLICY_STEP_KINDS];
	unsigned int samples[HMT_POLICY_STEP_KINDS];
};

/**
 * struct hmt_policy_growth - pages that a process had
 * @most: most of them, of late
 * @lately: mean of the last samples
 * @last: as of the last sample or look
 * @paused: the last look found no growth
 */
struct hmt_policy_growth {
	u64 most;
	u64 lately;
	u64 last;
	bool paused;
};

/**
 * struct hmt_policy_births - bursts of pages that are born in a tier, or for want of room
 *	in a slower one
 * @looked: time of the last look, ns
 * @born: time of the last one that found births, ns
 * @began: begin of the last burst, ns; 0: there was none
 * @spilled: pages of it that were born elsewhere
 * @freed: pages that have become free in the tier since, less those that were born
 * @filled: pages that moved to the tier since, less those that left
 * @returned: the same between the burst before and the last one
 * @before: room before the burst
 * @room: free pages that are left to births
 * @until: end of that, ns
 */
struct hmt_policy_births {
	u64 looked;
	u64 born;
	u64 began;
	u64 spilled;
	s64 freed;
	s64 filled;
	u64 returned;
	u64 before;
	u64 room;
	u64 until;
};

/**
 * struct hmt_policy_births_look - births since the last look
 * @now_ns: time of this one, ns
 * @capacity: pages of the tier
 * @spilled: pages that were born elsewhere for want of room
 * @filled: pages that HMT and kernel reclaim moved to the tier, less those that left
 * @taken: pages that were born there, less those that were freed
 */
struct hmt_policy_births_look {
	u64 now_ns;
	u64 capacity;
	u64 spilled;
	s64 filled;
	s64 taken;
};

/* All heat of a tier and of those below it, as a share. */
#define HMT_POLICY_LOAD_ONE	1024U

/**
 * struct hmt_policy_latency - latencies of a tier and of the next one, ns
 * @own: of the tier, under the present load
 * @below: of its first demotion target, under the present load
 * @idle: of the tier without load
 */
struct hmt_policy_latency {
	u32 own;
	u32 below;
	u32 idle;
};

/**
 * struct hmt_policy_load_point - a share of heat, and what it led to
 * @share: share of the tier, in 1/HMT_POLICY_LOAD_ONE; 0: none
 * @excess: by how much the tier was slower than the next one, in the unit of
 *	&hmt_policy_load.mean
 */
struct hmt_policy_load_point {
	u32 share;
	s64 excess;
};

/**
 * struct hmt_policy_load - search for the share of heat of a tier under load
 * @mean: means of the last samples, in 1/16 ns
 * @samples: their number, up to some
 * @wait: number of samples to come before the next search
 * @waits: doublings of that
 * @last: share of the heat in the last search
 * @share: share that the tier may have, in 1/HMT_POLICY_LOAD_ONE; 0: any
 * @low: last share that was too small; @low.share is 0 if there is none
 * @high: last share that was too large; the same
 * @found: @share is between two that do not differ by much
 */
struct hmt_policy_load {
	struct hmt_policy_latency mean;
	unsigned int samples;
	unsigned int wait;
	unsigned int waits;
	u32 last;
	u32 share;
	struct hmt_policy_load_point low;
	struct hmt_policy_load_point high;
	bool found;
};

/* Accesses to the slower memory that cost as much as an exchange, as heat. */
#define HMT_POLICY_EXCHANGE	(20U * HMT_HEAT_LEVELS)

/* Most samples for which a hot set is expected to last: the margin is the least one. */
#define HMT_POLICY_STAY_MOST	(HMT_POLICY_EXCHANGE / HMT_POLICY_MARGIN)

/**
 * struct hmt_policy_stay - how long the hot sets of a process last
 * @since_ns: time of the last change, or of the last sample in which the process
 *	filled memory
 * @mean_ns: mean time between changes; 0: there was none
 * @step_ns: mean time between the samples behind heat
 */
struct hmt_policy_stay {
	u64 since_ns;
	u64 mean_ns;
	u64 step_ns;
};

/**
 * struct hmt_policy_stay_sample - sample of a process
 * @now_ns: time of the sample
 * @step_ns: time since the last one
 * @shift: weight of the sample, see hmt_heat_shift()
 * @grows: the process fills memory
 */
struct hmt_policy_stay_sample {
	u64 now_ns;
	u64 step_ns;
	unsigned int shift;
	bool grows;
};

/**
 * struct hmt_policy_interval_in - input for the length of the next pass
 * @interval: length of this pass, ms
 * @base: configured length, ms
 * @low: lower bound, ms; at most @base
 * @high: upper bound, ms; at least @base, below 2^31
 * @changed: more pages moved than chance explains, or processes are too new to tell
 * @found: most pages that one round of a provider found accessed
 * @room: room of the fastest tiers for the workload, pages
 */
struct hmt_policy_interval_in {
	u32 interval;
	u32 base;
	u32 low;
	u32 high;
	bool changed;
	u64 found;
	u64 room;
};

/**
 * struct hmt_policy_budget - cost of samples and decisions
 * @wanted_ns: configured time of a round
 * @round_ns: CPU time of the samples of a round
 * @rest_ns: CPU time of census and decision, once after all rounds
 * @rested_ns: time that the engine rested in census and decision
 * @share: divisor: 1/@share of the time should be spent on all that
 * @most: upper bound for the number of rounds; at least 1
 * @stretch: maximum time of all rounds to stay within that share, in units of
 *	@wanted_ns; beyond it HMT_POLICY_SHARE holds
 */
struct hmt_policy_budget {
	u64 wanted_ns;
	u64 round_ns;
	u64 rest_ns;
	u64 rested_ns;
	unsigned int share;
	unsigned int most;
	unsigned int stretch;
};

/*
 * Fewest pages that count as a change in a survey. Most pages of one chunk of
 * each survey, all chunks together; binary logarithm of the fewest chunks.
 */
#define HMT_POLICY_SURVEY_LEAST		8
#define HMT_POLICY_SURVEY_PAGES		0x20000
#define HMT_POLICY_SURVEY_SHIFT_MAX	10U

/**
 * struct hmt_policy_survey - result of a survey
 * @pages: pages by heat of the survey alone
 * @up: pages that are seen in each sample, and were seen in less than a quarter
 *	of all samples before
 * @down: pages that are not seen, and were seen in more than three quarters
 * @hot: pages that are seen in each sample, or were seen in more than three
 *	quarters
 */
struct hmt_policy_survey {
	u64 pages[HMT_HEAT_LEVELS];
	u64 up;
	u64 down;
	u64 hot;
};

/**
 * struct hmt_policy_survey_gap - input for the time to the next survey
 * @interval_ns: configured interval
 * @most_ns: its upper bound; 0: none
 * @cost_ns: cost of the last survey
 * @still_ns: time in which they found no change
 * @calm: number of surveys that found no change
 * @flat: nothing can be gained
 */
struct hmt_policy_survey_gap {
	u64 interval_ns;
	u64 most_ns;
	u64 cost_ns;
	u64 still_ns;
	unsigned int calm;
	bool flat;
};

/* Divisor: an engine uses at most this share of a CPU, at any size. */
#define HMT_POLICY_SHARE	10

/* CPU time (ns) of a slice: an engine uses at most that much more at a time. */
#define HMT_POLICY_SLICE_NS	(400 * 1000000ULL)

/**
 * struct hmt_policy_pace - CPU time of an engine and its share
 * @now_ns: time of the last look
 * @cpu_ns: CPU time at that time
 * @debt_ns: CPU time used beyond the share
 * @put_off_ns: part of @debt_ns for which no rest is due yet
 * @slice_ns: CPU time of a slice; 0: HMT_POLICY_SLICE_NS
 * @spent: the engine has to rest until no rest is due
 */
struct hmt_policy_pace {
	u64 now_ns;
	u64 cpu_ns;
	u64 debt_ns;
	u64 put_off_ns;
	u64 slice_ns;
	bool spent;
};

static inline bool hmt_policy_names(const struct hmt_policy_bounds *bounds,
				    u8 heat)
{
	return heat >= bounds->least && heat <= bounds->most;
}

/**
 * struct hmt_policy_advice - advice of programs for one page
 * @share: per mille of such pages that belong in each tier
 * @avoid: bit mask of tiers in which the page does not belong
 */
struct hmt_policy_advice {
	u16 share[HMT_TIERS_MAX];
	u32 avoid;
};

/**
 * struct hmt_policy_hints - pages that hint faults may promote after a pass
 * @budget: pages that the rate leaves to all tiers
 * @room: pages that a tier takes
 * @least: least heat of pages that a tier takes; above HMT_HEAT_MAX: none
 * @above: bit mask of the tiers from which a tier can be reached
 */
struct hmt_policy_hints {
	u64 budget;
	u64 room[HMT_TIERS_MAX];
	u16 least[HMT_TIERS_MAX];
	u32 above[HMT_TIERS_MAX];
};

/**
 * struct hmt_policy_part - memory of a process in a tier
 * @has: pages of the process on the memory at hand
 * @workload: pages of its workload in the tier
 * @protect: pages that the workload is guaranteed there
 */
struct hmt_policy_part {
	u64 has;
	u64 workload;
	u64 protect;
};

u8 hmt_policy_hint_heat(u8 heat, unsigned int latency, unsigned int interval);
void hmt_policy_hints(const struct hmt_policy_out *out,
		      const u64 wanted[HMT_TIERS_MAX],
		      struct hmt_policy_hints *hints);
void hmt_policy_find_means(const struct hmt_policy_in *in,
			   struct hmt_policy_means *means);
s64 hmt_policy_room(const struct hmt_policy_tier *tier);
u64 hmt_policy_guaranteed(const struct hmt_policy_tier *tier);
s64 hmt_policy_unclaimed(const struct hmt_policy_tier *tier);
u64 hmt_policy_reserved(const struct hmt_policy_tier *tier);
int hmt_policy_preferred(const struct hmt_policy_in *in,
			 const struct hmt_policy_advice *advice,
			 unsigned int tier, unsigned long page);
bool hmt_policy_is_advised(const struct hmt_policy_advice *advice,
			   unsigned long page);
void hmt_policy_reclaim(struct hmt_policy_in *in, unsigned int top, u64 others,
			u64 step);
void hmt_policy_demand(const struct hmt_policy_in *state,
		       struct hmt_policy_out *out, unsigned int top,
		       u64 budget);
void hmt_policy_grant_all(struct hmt_policy_in *state,
			  struct hmt_policy_out *out);
bool hmt_policy_reserve_preferred(struct hmt_policy_out *out,
				  enum hmt_direction direction,
				  unsigned int from, unsigned int to,
				  unsigned int *pages);
void hmt_policy_bounds(const struct hmt_policy_out *out,
		       enum hmt_direction direction,
		       struct hmt_policy_bounds *bounds);
void hmt_policy_run(const struct hmt_policy_in *in, struct hmt_policy_out *out);
void hmt_policy_end_grants(struct hmt_policy_out *out,
			   enum hmt_direction direction);
bool hmt_policy_has_moves(const struct hmt_policy_out *out,
			  enum hmt_direction direction);
bool hmt_policy_should_defer(const struct hmt_policy_out *out, u64 *gain);
bool hmt_policy_is_active(const struct hmt_policy_out *out);
bool hmt_policy_is_still(const struct hmt_policy_out *out);
bool hmt_policy_is_trickle(const struct hmt_policy_out *out, u64 moved);
unsigned int hmt_policy_evidence(const u64 pages[HMT_HEAT_SAMPLES + 1],
				 u64 all);
bool hmt_policy_grows(struct hmt_policy_growth *growth, u64 pages,
		      unsigned int parts);
bool hmt_policy_growth_ends(struct hmt_policy_growth *growth, u64 pages,
			    unsigned int parts);
u64 hmt_policy_births(struct hmt_policy_births *births,
		      const struct hmt_policy_births_look *look);
void hmt_policy_load_sample(struct hmt_policy_load *load,
			    const struct hmt_policy_latency *sample);
bool hmt_policy_load_is_uneven(const struct hmt_policy_load *load);
u64 hmt_policy_load_limit(struct hmt_policy_load *load, u64 heat, u64 all);
u64 hmt_policy_top_capacity(const struct hmt_policy_in *in,
			    const struct hmt_policy_out *out);
u32 hmt_policy_interval(const struct hmt_policy_interval_in *pace);
bool hmt_policy_take_step(struct hmt_policy_steps *steps, u64 ns, bool young);
bool hmt_policy_hot_set_changed(struct hmt_policy_follow *follow,
				unsigned int kind,
				const struct hmt_policy_met *met);
u64 hmt_policy_rest(struct hmt_policy_pace *pace, u64 now_ns, u64 cpu_ns);
bool hmt_policy_is_flat(const u64 pages[HMT_HEAT_LEVELS], unsigned int warmest,
			unsigned int samples);
bool hmt_policy_survey_changed(const struct hmt_policy_survey *survey);
unsigned int hmt_policy_survey_shift(u64 pages);
u64 hmt_policy_survey_gap(const struct hmt_policy_survey_gap *gap);
void hmt_policy_stay_sample(struct hmt_policy_stay *stay,
			    const struct hmt_policy_stay_sample *sample);
void hmt_policy_stay_change(struct hmt_policy_stay *stay, u64 now);
u64 hmt_policy_stay(const struct hmt_policy_stay *stay, u64 now);
unsigned int hmt_policy_margin(u64 samples);
unsigned int hmt_policy_rounds(const struct hmt_policy_budget *budget,
			       u64 *time_ns);
int hmt_policy_reserve_group(struct hmt_policy_out *out,
			     enum hmt_direction direction, unsigned int tier,
			     u8 heat, unsigned int *pages);
int hmt_policy_reserve(struct hmt_policy_out *out, enum hmt_direction direction,
		       unsigned int tier, u8 heat);
void hmt_policy_unreserve_group(struct hmt_policy_out *out,
				enum hmt_direction direction, unsigned int tier,
				int to, unsigned int pages);
void hmt_policy_unreserve(struct hmt_policy_out *out,
			  enum hmt_direction direction, unsigned int tier,
			  int to);
void hmt_policy_home_init(struct hmt_policy_home *home);
void hmt_policy_home_update(struct hmt_policy_home *home, const u64 *time,
			    unsigned int nr_nodes);
void hmt_policy_bring_home(struct hmt_policy_out *out);
bool hmt_policy_has_home_moves(const struct hmt_policy_out *out);
void hmt_policy_home_bounds(const struct hmt_policy_out *out,
			    struct hmt_policy_bounds *bounds);
bool hmt_policy_reserve_home(struct hmt_policy_out *out, unsigned int from,
			     unsigned int to, u8 heat, unsigned int pages);
void hmt_policy_unreserve_home(struct hmt_policy_out *out, unsigned int from,
			       unsigned int to, unsigned int pages);
bool hmt_policy_redirect(struct hmt_policy_out *out,
			 enum hmt_direction direction,
			 struct hmt_policy_place *place, u8 heat,
			 unsigned int to);
void hmt_policy_return(struct hmt_policy_out *out,
		       enum hmt_direction direction,
		       const struct hmt_policy_place *place);
void hmt_policy_hold(struct hmt_policy_out *out, struct hmt_policy_held *held);
bool hmt_policy_release(struct hmt_policy_out *out,
			struct hmt_policy_held *held);
void hmt_policy_block(struct hmt_policy_out *out, unsigned int to);
bool hmt_policy_gives_way(u64 total, unsigned int sharing, u64 has);
void hmt_policy_scale_protect(struct hmt_policy_tier *tier, u64 protect,
			      u64 used);
bool hmt_policy_displaces(const struct hmt_policy_part *owner,
			  const struct hmt_policy_part *needs, u64 total,
			  unsigned int sharing);

#endif /* _HMT_POLICY_H */
