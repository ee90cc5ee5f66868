// SPDX-License-Identifier: GPL-2.0
/* Policy in time: whether moving pays now, and the length of a pass. */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/* Divisor: part of the pages that may move without a meaning. */
#define HMT_POLICY_TRICKLE	512

/* Processes with less than 1/8 of the pages do not hurry the others. */
#define HMT_POLICY_EVIDENCE_SHIFT	3

/**
 * hmt_policy_should_defer() - check whether the gain is too small to move now
 * @out: verdicts
 * @gain: heat that earlier passes could have gained and did not; updated
 *
 * Selecting a handful of pages costs as much as selecting many, and chance
 * always makes a handful of pages differ. Small gains wait until they add up.
 *
 * Return: true when no page should move in this pass.
 */
bool hmt_policy_should_defer(const struct hmt_policy_out *out, u64 *gain)
{
	*gain += out->gain;
	if (out->gain && !out->mandatory &&
	    *gain < out->heat >> HMT_POLICY_GAIN_SHIFT)
		return true;
	*gain = 0;
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_should_defer);

/**
 * hmt_policy_is_active() - check whether the gain exceeds chance
 * @out: verdicts
 *
 * The next decision must come soon then, even if hmt_policy_should_defer()
 * holds the moves back.
 *
 * Return: true when the gain is a sixteenth of one that does not wait.
 */
bool hmt_policy_is_active(const struct hmt_policy_out *out)
{
	return out->gain > out->heat >> (HMT_POLICY_GAIN_SHIFT + 4);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_is_active);

/**
 * hmt_policy_is_still() - check whether nearly all pages are in their place
 * @out: verdicts
 *
 * Each sample corrects the heat of pages that are about as warm as those that they
 * would replace, so that some always move; the looks for them cost more than they
 * gain. Time since the last decision is no reason for more of them.
 *
 * Return: true when an interval has less than 1/64 of all heat to gain.
 */
bool hmt_policy_is_still(const struct hmt_policy_out *out)
{
	u64 gain = div64_u64(out->gain, max(out->expected.intervals, 1U));

	return gain <= out->heat >> HMT_POLICY_STILL_SHIFT;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_is_still);

/**
 * hmt_policy_is_trickle() - check whether pages moved as they always do
 * @out: verdicts
 * @moved: pages that moved between levels
 *
 * A few pages always differ by chance, and many by little: both are no reason to
 * look more often. This does not hold for pages that had to move, nor if the rate
 * allowed no more.
 *
 * Return: true when every other page is in its place.
 */
bool hmt_policy_is_trickle(const struct hmt_policy_out *out, u64 moved)
{
	return !out->mandatory && out->expected.promote_budget &&
	       out->expected.demote_budget &&
	       (moved <= div64_u64(out->pages, HMT_POLICY_TRICKLE) ||
		hmt_policy_is_still(out));
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_is_trickle);

/**
 * hmt_policy_evidence() - return the number of samples that heat is a mean of
 * @pages: pages of the processes by the number of samples behind their heat
 * @all: pages of all processes; those that are not in @pages do not count
 *
 * Processes that have less than an eighth of the pages together do not hurry the
 * others.
 *
 * Return: the least number for an eighth of the pages, at most HMT_HEAT_SAMPLES
 */
unsigned int hmt_policy_evidence(const u64 pages[HMT_HEAT_SAMPLES + 1],
				 u64 all)
{
	unsigned int samples = 0;
	u64 sum = pages[0];

	while (samples < HMT_HEAT_SAMPLES &&
	       sum <= all >> HMT_POLICY_EVIDENCE_SHIFT)
		sum += pages[++samples];
	return samples;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_evidence);

/* Check whether pages look about as much alike after two lengths of time. */
static bool hmt_policy_steps_match(u64 one, u64 two)
{
	return 2 * max(one, two) <= 3 * min(one, two);
}

/* Return the kind of a step that is not one of young heat: the older one if new. */
static unsigned int hmt_policy_step_kind(const struct hmt_policy_steps *steps,
					 u64 ns)
{
	unsigned int older = steps->other == 1 ? 2 : 1;

	return steps->other && hmt_policy_steps_match(steps->ns[steps->other], ns) ?
		       steps->other :
		       older;
}

/**
 * hmt_policy_take_step() - note the time to the next sample
 * @steps: lengths of earlier steps; all 0 at first, updated
 * @ns: the time
 * @young: it is short because heat is young
 *
 * The more time passes the more pages look alike: samples after different times are
 * not compared, or a longer step would look like a change of the hot set. The usual
 * step and longer ones take turns, so each is compared with those of its own length.
 * Steps of young heat depend on what a sample takes, and differ often.
 *
 * Return: true if there is no sample to compare the next one with.
 */
bool hmt_policy_take_step(struct hmt_policy_steps *steps, u64 ns, bool young)
{
	unsigned int kind = young ? 0 : hmt_policy_step_kind(steps, ns);
	bool known = hmt_policy_steps_match(steps->ns[kind], ns);

	if (!young)
		steps->other = kind;
	steps->ns[kind] = ns;
	steps->index = kind;
	return !known;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_take_step);

/**
 * hmt_policy_hot_set_changed() - check whether other pages become hot
 * @follow: state; all 0 at first
 * @kind: kind of the step before the sample
 * @met: pages that a sample found
 *
 * Pages that are found accessed are warmer than the average page, by a share
 * that depends on how unequal the accesses are and on nothing else: chance in
 * heat does not change it, as it says nothing about the next sample. Once other
 * pages are accessed the share is smaller at once, and heat has to follow. An
 * idle process and one that accesses all its pages alike show nothing. After a
 * longer step the share is smaller as well, but not below 0 if heat predicts
 * anything.
 *
 * Return: true when the share is below two thirds of what it was after such steps,
 * or was clear and is below 0, and the difference more than 1/64 of all heat and
 * more than chance.
 */
bool hmt_policy_hot_set_changed(struct hmt_policy_follow *follow,
				unsigned int kind,
				const struct hmt_policy_met *met)
{
	s64 *mean = &follow->excess[kind];
	unsigned int *samples = &follow->samples[kind];
	u64 average, least;
	s64 excess, lost;

	if (!met->hits || !met->heat || !met->pages)
		return false;
	/* Heat that as many pages of average heat have. */
	average = div64_u64(met->heat << 8, met->pages) * met->hits >> 8;
	excess = div64_u64(met->found << 8, max(average, 1ULL));
	excess = min_t(u64, excess, HMT_POLICY_EXCESS_MAX) - 256;
	lost = *mean - excess;
	least = max_t(u64, met->heat >> HMT_POLICY_CHANGE_SHIFT,
		      HMT_POLICY_CHANGE_LEAST);
	if ((*samples >= HMT_POLICY_CHANGE_WAIT && 3 * excess < 2 * *mean &&
	     lost * (s64)average >> 8 > (s64)least) ||
	    (follow->since >= HMT_POLICY_CHANGE_WAIT &&
	     follow->last >= HMT_POLICY_PREDICTS && excess < 0 &&
	     (follow->last - excess) * (s64)average >> 8 > (s64)least)) {
		*follow = (struct hmt_policy_follow) {};
		return true;
	}
	follow->last = excess;
	follow->since = min(follow->since + 1, HMT_POLICY_CHANGE_WAIT);
	/* The plain mean of the first samples as well. */
	if (*samples < HMT_POLICY_CHANGE_WAIT)
		(*samples)++;
	*mean -= lost / (s64)*samples;
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_hot_set_changed);

/**
 * hmt_policy_rest() - check whether an engine has to rest
 * @pace: state; all 0 but for the time, the CPU time and the slice at the
 *	beginning
 * @now_ns: time
 * @cpu_ns: CPU time of the engine and of its providers
 *
 * The engine works in slices, so that it uses at most 1/HMT_POLICY_SHARE of any
 * period, and HMT_POLICY_SLICE_NS and twice the work between two calls in
 * addition: whatever the size of the workload, and before its cost is known. A rest
 * for @pace->put_off_ns of it waits, while something else takes time in any case.
 *
 * Return: time to rest, ns; 0: none.
 */
u64 hmt_policy_rest(struct hmt_policy_pace *pace, u64 now_ns, u64 cpu_ns)
{
	u64 earned = div64_u64(now_ns - pace->now_ns, HMT_POLICY_SHARE);
	u64 debt = pace->debt_ns + (cpu_ns - pace->cpu_ns), due;

	/* Keep the remainder of the division for the next call. */
	pace->now_ns += earned * HMT_POLICY_SHARE;
	pace->cpu_ns = cpu_ns;
	pace->debt_ns = debt - min(debt, earned);
	due = pace->debt_ns - min(pace->debt_ns, pace->put_off_ns);
	if (due > (pace->slice_ns ?: HMT_POLICY_SLICE_NS))
		pace->spent = true;
	else if (!due)
		pace->spent = false;
	return pace->spent ? due * HMT_POLICY_SHARE : 0;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_rest);

/* Return the time for @rounds, ns. */
static u64 hmt_policy_round_time(const struct hmt_policy_budget *budget,
				 unsigned int rounds)
{
	u64 cost = rounds * budget->round_ns + budget->rest_ns;
	u64 least = cost * HMT_POLICY_SHARE;

	least -= min(least, budget->rested_ns);
	least = max(least, rounds * budget->wanted_ns);
	cost = min(cost * budget->share, budget->wanted_ns * budget->stretch);
	return max(cost, least);
}

/**
 * hmt_policy_rounds() - choose the number of rounds before the next decision
 * @budget: cost of samples and of a decision, and its bound
 * @time_ns: set to the time for all rounds
 *
 * Samples keep the heat of hot and cold pages apart, the more so the more
 * frequent they are. A decision is expensive, and worthless while every page is
 * in its place.
 *
 * Return: the fewest rounds whose cost is within the bound in the configured
 * time, or @budget->most.
 */
unsigned int hmt_policy_rounds(const struct hmt_policy_budget *budget,
			       u64 *time_ns)
{
	unsigned int rounds = 1;

	while (rounds < budget->most && hmt_policy_round_time(budget, rounds) >
						rounds * budget->wanted_ns)
		rounds++;
	*time_ns = hmt_policy_round_time(budget, rounds);
	return rounds;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_rounds);

/**
 * hmt_policy_top_capacity() - room of the fastest tiers for the workload
 * @in: input of hmt_policy_run()
 * @out: its output
 *
 * The fastest tiers are not demotion targets. Where limits leave the workload
 * no room there, no hot set is too large for them.
 *
 * Return: pages, at most HMT_PAGES_MAX.
 */
u64 hmt_policy_top_capacity(const struct hmt_policy_in *in,
			    const struct hmt_policy_out *out)
{
	unsigned int i;
	u64 room = 0;

	for (i = 0; i < in->nr_tiers; i++)
		if (!out->tiers[i].above)
			room += min3(in->tiers[i].capacity, in->tiers[i].limit,
				     HMT_PAGES_MAX - room);
	return room ?: HMT_PAGES_MAX;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_top_capacity);

/**
 * hmt_policy_interval() - choose the length of the next pass
 * @pace: findings of this pass, and bounds
 *
 * The more time between two rounds, the more pages look alike: once a round
 * finds more pages than half of the fastest tiers hold, it does not show which
 * of them belong there, and the interval is halved. It grows again when twice
 * as many pages would still be few enough, and one more, because pages are
 * counted whole: up to the configured interval in any case, and beyond only
 * while the hot set does not change. A change ends that at once.
 *
 * Return: ms, from @pace->low to @pace->high.
 */
u32 hmt_policy_interval(const struct hmt_policy_interval_in *pace)
{
	u32 interval = pace->interval, most = pace->high;

	if (pace->changed)
		interval = min(interval, pace->base);
	if (interval < pace->base || pace->changed)
		most = pace->base;
	if (pace->found > pace->room / 2)
		interval /= 2;
	else if (4 * pace->found < pace->room)
		interval = min(2 * interval, most);
	return min(max(interval, pace->low), pace->high);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_interval);
