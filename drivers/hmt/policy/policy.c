// SPDX-License-Identifier: GPL-2.0
/*
 * Policy: from heat, room and limits to thresholds.
 *
 * Tiers are visited from the fastest down. Each tier
 *   0. takes pages that belong in it by advice of a program, whatever their
 *	heat, see advice.c,
 *   1. takes the warmest pages of the tiers below while it has room to spare,
 *	and pages that are hot, or clearly warmer than its coldest pages, while
 *	it has any room,
 *   2. then exchanges its coldest page for the warmest page below as long as
 *      the latter is expected to be warmer by the margin, see means.c and
 *      stay.c, so that two pages of about the same heat never chase each
 *      other,
 *   3. and gives up its coldest pages when it is above a limit, its hottest ones
 *      when its load makes it slower than the next tier, those that are
 *      colder than new ones when it is short of room, and cold ones for other
 *      workloads whose hot pages find no room, or pages of any heat, if the
 *      others are guaranteed the room. Except above a limit, the pages that the
 *      workload is guaranteed itself stay.
 * Pages given up are added to the first target that takes them, which is
 * visited later and may have to give up pages in turn: A -> B -> C.
 *
 * Example: dram 100 pages, full of cold (0) pages; cxl below it with 40 pages
 * of heat 200 and no room of its own. dram: 40 exchanges, promote_min 200,
 * demote_max 1. cxl: 40 out, 40 in, nothing to give up. A second run on the
 * result finds nothing that pays, and moves nothing.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>
#include "policy.h"

/* Divisor: heat above a limit for which no page leaves, as samples change it. */
#define HMT_POLICY_SPREAD_SLACK	32

static void hmt_policy_sum(struct hmt_policy_tier *tier,
			   struct hmt_policy_out *out)
{
	tier->used = hmt_policy_pages(tier);
	tier->heat = hmt_policy_heat(tier);
	out->pages += tier->used - tier->fixed;
	out->heat += tier->heat;
}

/* Return the pages that fit below watermark and limit; may be below 0. */
s64 hmt_policy_room(const struct hmt_policy_tier *tier)
{
	s64 by_free = tier->free - (s64)tier->high;
	s64 by_limit = (s64)tier->limit - (s64)tier->used;

	/* Between the watermarks no page has to leave and none enters. */
	if (by_free < 0 && tier->free >= (s64)tier->low)
		by_free = 0;
	return min(by_free, by_limit);
}

/* Return the free pages that the demand of other workloads does not take. */
u64 hmt_policy_guaranteed(const struct hmt_policy_tier *tier)
{
	return max(min(hmt_policy_room(tier),
		       (s64)tier->protect - (s64)tier->used), 0LL);
}

/*
 * Return the pages of room besides those that other workloads are guaranteed and
 * claim. The room that the workload is guaranteed itself is always there.
 */
s64 hmt_policy_unclaimed(const struct hmt_policy_tier *tier)
{
	s64 room = hmt_policy_room(tier);

	return room > 0 ? max_t(s64, room - (s64)tier->claim,
				hmt_policy_guaranteed(tier)) :
			  room;
}

/* Return the pages of room that other workloads have a use for. */
u64 hmt_policy_reserved(const struct hmt_policy_tier *tier)
{
	return max(tier->demand, tier->claim);
}

/*
 * Return the pages that may be promoted however little they gain. The number of
 * free pages varies: twice the distance of the two watermarks is not worth
 * filling with pages that have to leave again. Neither is the demand of other
 * workloads.
 */
static s64 hmt_policy_plenty(const struct hmt_policy_tier *tier)
{
	return tier->free - (s64)tier->high -
	       2 * (s64)(tier->high - tier->low) -
	       (s64)hmt_policy_reserved(tier);
}

/*
 * Return the pages of expected @heat that the tier takes without giving up any. Hot
 * pages leave the room that others are guaranteed.
 */
static u64 hmt_policy_spare(const struct hmt_policy_tier *tier,
			    unsigned int heat)
{
	s64 room = hmt_policy_room(tier);

	if (room > 0 && heat < HMT_POLICY_HOT)
		room = min_t(s64, room - hmt_policy_reserved(tier),
			     hmt_policy_plenty(tier));
	else
		room = hmt_policy_unclaimed(tier);
	return max(room, 0LL);
}

static void hmt_policy_shift(struct hmt_policy_tier *from,
			     struct hmt_policy_tier *to, unsigned int heat,
			     u64 pages)
{
	from->hist[heat] -= pages;
	from->heat -= pages * heat;
	from->used -= pages;
	from->free += pages;
	to->hist[heat] += pages;
	to->heat += pages * heat;
	to->used += pages;
	to->free -= pages;
}

/* Fill @above by walking the edges; tiers are in topological order. */
static void hmt_policy_reach(const struct hmt_policy_in *state,
			     struct hmt_policy_out *out)
{
	unsigned int i, j;

	for (i = 0; i < state->nr_tiers; i++) {
		const struct hmt_policy_tier *tier = &state->tiers[i];

		for (j = 0; j < tier->nr_targets; j++)
			out->tiers[tier->targets[j]].above |=
				out->tiers[i].above | 1U << i;
	}
}

/* Return the lowest tier below @top with pages of @heat, or HMT_TIER_NONE. */
static int hmt_policy_source(const struct hmt_policy_in *state,
			     const struct hmt_policy_out *out,
			     unsigned int top, unsigned int heat)
{
	unsigned int i;

	for (i = state->nr_tiers; i-- > top + 1;)
		if (out->tiers[i].above & 1U << top &&
		    state->tiers[i].hist[heat])
			return i;
	return HMT_TIER_NONE;
}

/* Number of steps in which demoted pages are shared out among targets. */
#define HMT_POLICY_STEPS	64

/* Check whether target @i of @tier has fewer pages for its weight than @j. */
static bool hmt_policy_is_behind(const struct hmt_policy_in *state,
				 const struct hmt_policy_tier *tier,
				 unsigned int i, unsigned int j)
{
	return state->tiers[tier->targets[i]].used * tier->weights[j] <
	       state->tiers[tier->targets[j]].used * tier->weights[i];
}

/*
 * Return the target that has room: the first one, or with weights the one that
 * is furthest behind its weight. Without room return the first target that can
 * demote pages in turn. A full last target takes no page.
 */
static int hmt_policy_target(const struct hmt_policy_in *state,
			     unsigned int from)
{
	const struct hmt_policy_tier *tier = &state->tiers[from];
	int best = HMT_TIER_NONE;
	unsigned int i;

	for (i = 0; i < tier->nr_targets; i++)
		if (hmt_policy_room(&state->tiers[tier->targets[i]]) > 0 &&
		    (best == HMT_TIER_NONE ||
		     hmt_policy_is_behind(state, tier, i, best)))
			best = i;
	if (best != HMT_TIER_NONE)
		return tier->targets[best];
	for (i = 0; i < tier->nr_targets; i++)
		if (state->tiers[tier->targets[i]].nr_targets)
			return tier->targets[i];
	return HMT_TIER_NONE;
}

/* Return the next target of @top: the same for all of a pass, or by weights. */
static int hmt_policy_next_target(const struct hmt_policy_in *state,
				  const struct hmt_policy_out *out,
				  unsigned int top)
{
	return state->tiers[top].weights[0] ? hmt_policy_target(state, top) :
					   out->tiers[top].demote_to;
}

/*
 * Return the pages that @to takes: as many as it has room for, or any number
 * where it demotes pages in turn or gets them for pages of its own (@source,
 * else HMT_TIER_NONE).
 */
static u64 hmt_policy_acceptable(const struct hmt_policy_in *state, int to,
				 int source)
{
	const struct hmt_policy_tier *tier = &state->tiers[to];

	if (to == source || tier->nr_targets)
		return HMT_PAGES_MAX;
	return max(hmt_policy_room(tier), 0LL);
}

/*
 * Return the destination of a page of @top that is exchanged for one of
 * @source. When all targets are full last tiers @source is one of them; it
 * stays as full as it is, but the exchange has to begin with a free page.
 */
static int hmt_policy_partner(const struct hmt_policy_in *state,
			      const struct hmt_policy_out *out,
			      unsigned int top, int source)
{
	int to = hmt_policy_next_target(state, out, top);

	if (to != HMT_TIER_NONE)
		return to;
	return state->tiers[source].free > 0 ? source : HMT_TIER_NONE;
}

/* Return the least heat in the tier at or above @from, or HMT_HEAT_LEVELS. */
static unsigned int hmt_policy_coldest(const struct hmt_policy_tier *tier,
				       unsigned int from)
{
	while (from < HMT_HEAT_LEVELS && !tier->hist[from])
		from++;
	return from;
}

/* Demote @pages of @heat from @top to @to. */
static void hmt_policy_demote(struct hmt_policy_in *state,
			      struct hmt_policy_out *out, unsigned int top,
			      int to, unsigned int heat, u64 pages)
{
	struct hmt_policy_verdict *verdict = &out->tiers[top];

	hmt_policy_shift(&state->tiers[top], &state->tiers[to], heat, pages);
	state->demote_budget -= pages;
	verdict->demote_to = to;
	verdict->demote_quota += pages;
	verdict->targets_quota[to] += pages;
	verdict->demote_max = max_t(u16, verdict->demote_max, heat + 1);
}

/*
 * Give up @need pages of the tier that are colder than @most, the coldest
 * first. Return their number.
 */
static u64 hmt_policy_give_up(struct hmt_policy_in *state,
			      struct hmt_policy_out *out, unsigned int top,
			      s64 need, unsigned int most)
{
	const struct hmt_policy_tier *tier = &state->tiers[top];
	u64 step = tier->weights[0] ? max_t(s64, need / HMT_POLICY_STEPS, 1) :
				      need;
	unsigned int heat = 0;
	u64 given = 0;

	while (need > (s64)given &&
	       (heat = hmt_policy_coldest(tier, heat)) < most) {
		int to = hmt_policy_next_target(state, out, top);
		u64 pages;

		if (to == HMT_TIER_NONE)
			break;
		pages = min3(need - given, step, tier->hist[heat]);
		pages = min3(pages, state->demote_budget,
			     hmt_policy_acceptable(state, to, HMT_TIER_NONE));
		if (!pages)
			break;
		hmt_policy_demote(state, out, top, to, heat, pages);
		given += pages;
		out->mandatory = true;
	}
	return given;
}

/*
 * Return the number of hot pages that are to come from tiers of the same level:
 * those for which the rate has room, because the others come in later passes or,
 * at rate 0, never.
 */
static u64 hmt_policy_astray(const struct hmt_policy_in *state,
			     unsigned int top)
{
	unsigned int heat;
	u64 pages = 0;

	if (state->tiers[top].heat_limit)
		return 0;
	for (heat = HMT_POLICY_HOT; heat < HMT_HEAT_LEVELS; heat++)
		pages += state->tiers[top].astray[heat];
	return min(pages, state->promote_budget);
}

/* Return the least heat of pages that do not leave for hot ones of others. */
static unsigned int hmt_policy_cold(const struct hmt_policy_out *out)
{
	unsigned int heat = 0;

	while (heat < HMT_HEAT_LEVELS &&
	       out->means.mean[heat] < HMT_POLICY_HOT / 2)
		heat++;
	return heat;
}

/*
 * Return the least heat of pages that do not leave for new ones, which are expected
 * to be as warm as the average page: a new page finds room in another tier, and
 * is as well off there.
 */
static unsigned int hmt_policy_lukewarm(const struct hmt_policy_out *out)
{
	u64 average = div64_u64(out->heat, max(out->pages, 1ULL));
	unsigned int heat = 0;

	while (heat < HMT_HEAT_LEVELS &&
	       (out->means.mean[heat] < HMT_POLICY_IDLE ||
		4 * out->means.mean[heat] < 3 * average))
		heat++;
	return heat;
}

/* Return the pages beyond those that the workload is guaranteed. */
static s64 hmt_policy_lent(const struct hmt_policy_tier *tier)
{
	return (s64)tier->used - (s64)tier->protect;
}

/*
 * Let the hottest pages leave a tier whose load makes it slower than its first target,
 * because these are the fewest. Return whether any do: no others leave then, as a verdict
 * has one range of heat.
 */
static bool hmt_policy_spread(struct hmt_policy_in *state,
			      struct hmt_policy_out *out, unsigned int top)
{
	const struct hmt_policy_tier *tier = &state->tiers[top];
	struct hmt_policy_verdict *verdict = &out->tiers[top];
	u64 slack = tier->heat_limit / HMT_POLICY_SPREAD_SLACK, pages;
	unsigned int heat;

	if (!tier->heat_limit || !tier->nr_targets || verdict->demote_quota ||
	    tier->heat <= tier->heat_limit + slack)
		return false;
	for (heat = HMT_HEAT_MAX; heat > 0; heat--) {
		pages = tier->heat > tier->heat_limit ?
				div64_u64(tier->heat - tier->heat_limit, heat) : 0;
		if (!pages)
			break;
		pages = min3(pages, tier->hist[heat], state->demote_budget);
		pages = min3(pages, (u64)max(hmt_policy_lent(tier), 0LL),
			     hmt_policy_acceptable(state, tier->targets[0],
						   HMT_TIER_NONE));
		if (!pages)
			continue;
		hmt_policy_demote(state, out, top, tier->targets[0], heat,
				  pages);
		verdict->demote_min = heat;
		out->mandatory = true;
	}
	return verdict->demote_quota;
}

/*
 * Make room in the tier for the demand of other workloads as far as pages here are
 * colder beyond any chance, and for the part that they are guaranteed with pages of
 * any heat. Return the number of pages.
 */
static u64 hmt_policy_yield(struct hmt_policy_in *state,
			    struct hmt_policy_out *out, unsigned int top)
{
	const struct hmt_policy_tier *tier = &state->tiers[top];
	s64 room = max(tier->free - (s64)tier->high, 0LL);
	u64 given;

	given = hmt_policy_give_up(state, out, top,
				   min((s64)tier->demand - room,
				       hmt_policy_lent(tier)),
				   hmt_policy_cold(out));
	room = max(tier->free - (s64)tier->high, 0LL);
	return given +
	       hmt_policy_give_up(state, out, top,
				  min((s64)tier->owed - room,
				      hmt_policy_lent(tier)),
				  HMT_HEAT_LEVELS);
}

/*
 * Return the least heat of pages that do not leave @tier for new ones. Where reclaim
 * takes idle pages of others, those stay that would come in their place.
 */
static unsigned int hmt_policy_relieved(const struct hmt_policy_out *out,
					const struct hmt_policy_tier *tier)
{
	unsigned int most = hmt_policy_lukewarm(out), heat = 0;

	while (tier->others && heat < most &&
	       out->means.mean[heat] < HMT_POLICY_WARM)
		heat++;
	return tier->others ? heat : most;
}

/*
 * Step 3: bring the tier, which had @free free pages before the pass, back to its
 * limit and to the heat that its load allows, and to its watermark by as many pages as
 * this pass brings here, or as far as pages here are colder than new ones will be. Make
 * room for the demand of other workloads. For hot pages that are on the wrong socket,
 * pages without any heat make room; others would return to this level.
 */
static void hmt_policy_relieve(struct hmt_policy_in *state,
			       struct hmt_policy_out *out, unsigned int top,
			       s64 free)
{
	struct hmt_policy_tier *tier = &state->tiers[top];
	s64 room, astray;

	hmt_policy_give_up(state, out, top, tier->used - (s64)tier->limit,
			   HMT_HEAT_LEVELS);
	if (hmt_policy_spread(state, out, top))
		return;
	hmt_policy_give_up(state, out, top,
			   min(-hmt_policy_room(tier), free - tier->free),
			   HMT_HEAT_LEVELS);
	hmt_policy_give_up(state, out, top,
			   min(-hmt_policy_room(tier), hmt_policy_lent(tier)),
			   hmt_policy_relieved(out, tier));
	out->tiers[top].yielded = hmt_policy_yield(state, out, top);
	astray = hmt_policy_astray(state, top);
	/* As hmt_policy_home_room(), without the pages between the watermarks. */
	room = min(tier->free - (s64)tier->high,
		   (s64)tier->limit - (s64)tier->used) -
	       (s64)hmt_policy_reserved(tier);
	if (astray)
		hmt_policy_give_up(state, out, top, astray - room, 1);
}

/*
 * Return the number of pages of @heat that may take the places of pages of heat
 * @victim, or free ones if that is HMT_HEAT_LEVELS, as far as the load of the tier
 * allows.
 */
static u64 hmt_policy_bearable(const struct hmt_policy_tier *tier,
			       unsigned int heat, unsigned int victim)
{
	unsigned int more = heat;
	u64 most;

	if (!tier->heat_limit)
		return HMT_PAGES_MAX;
	if (victim < HMT_HEAT_LEVELS)
		more = heat > victim ? heat - victim : 1;
	most = tier->heat_limit - tier->heat_limit / HMT_POLICY_SPREAD_SLACK;
	return div64_u64(most - min(most, tier->heat), more);
}

/*
 * Check whether another tier of the level of @top takes pages of expected @heat of
 * @source, so that no page of @top has to leave for them.
 */
static bool hmt_policy_is_spared(const struct hmt_policy_in *state,
				 const struct hmt_policy_out *out,
				 unsigned int top, int source,
				 unsigned int heat)
{
	u32 tiers = state->tiers[top].alike & out->tiers[source].above;
	unsigned int i;

	for (i = 0; i < state->nr_tiers; i++)
		if (i != top && tiers & 1U << i &&
		    !state->tiers[i].cpu_invisible &&
		    !state->tiers[i].heat_limit &&
		    hmt_policy_spare(&state->tiers[i], heat))
			return true;
	return false;
}

/**
 * struct hmt_policy_exchange - pages that promoted ones replace
 * @victim: their heat, or HMT_HEAT_LEVELS if there is room
 * @lost: expected heat of the replaced pages; 0 if there is room
 * @to: tier that takes them
 * @waits: none, but some would be if the hot set lasted longer
 */
struct hmt_policy_exchange {
	unsigned int victim;
	unsigned int lost;
	int to;
	bool waits;
};

/*
 * Return by how much a page must be warmer than the coldest page of a tier with @room
 * pages of room. Without any a page has to leave, and an exchange has to pay.
 */
static unsigned int hmt_policy_least_gain(const struct hmt_policy_in *state,
					  s64 room)
{
	return room > 0 || !state->margin ? HMT_POLICY_MARGIN : state->margin;
}

/*
 * Return the pages of @heat that the tier takes because kernel reclaim frees memory for
 * them: also of what it is to keep free otherwise, as reclaim does so then.
 */
static s64 hmt_policy_reclaimed(const struct hmt_policy_out *out,
				const struct hmt_policy_tier *tier,
				unsigned int heat)
{
	s64 by_free = tier->free + (s64)tier->reclaim -
		      (s64)hmt_policy_reserved(tier);

	if (!tier->reclaim || out->means.mean[heat] < HMT_POLICY_WARM)
		return 0;
	return min(by_free, (s64)tier->limit - (s64)tier->used);
}

/*
 * Return how many pages of @heat can be promoted from @source to @top at once:
 * free room first, then one for one against the coldest page there. @exchange
 * receives the replaced pages. Its target is chosen only here: with weights the
 * promotion makes another one of it, whose room would then never be used up, and
 * @source would give its pages one by one.
 */
static u64 hmt_policy_admit(const struct hmt_policy_in *state,
			    const struct hmt_policy_out *out, unsigned int top,
			    int source, unsigned int heat,
			    struct hmt_policy_exchange *exchange)
{
	const struct hmt_policy_tier *tier = &state->tiers[top];
	const u8 *expected = out->means.mean;
	int to = hmt_policy_partner(state, out, top, source);
	u64 spare = hmt_policy_spare(tier, expected[heat]);
	s64 room = hmt_policy_room(tier), made;
	unsigned int coldest, least;

	exchange->victim = HMT_HEAT_LEVELS;
	exchange->lost = 0;
	exchange->to = to;
	exchange->waits = false;
	if (spare)
		return spare;
	if (tier->used > tier->limit)
		return 0;
	made = hmt_policy_reclaimed(out, tier, heat);
	if (made > 0)
		return made;
	/* Below the watermark as many pages leave as enter. */
	room = max(room - (s64)hmt_policy_reserved(tier), 0LL);
	coldest = hmt_policy_coldest(tier, 0);
	if (coldest == HMT_HEAT_LEVELS)
		return room;
	least = expected[coldest] + hmt_policy_least_gain(state, room);
	if (expected[heat] < least) {
		exchange->waits = expected[heat] >=
				  expected[coldest] + HMT_POLICY_MARGIN;
		return 0;
	}
	exchange->lost = expected[coldest];
	if (room > 0)
		return room;
	if (to == HMT_TIER_NONE ||
	    hmt_policy_is_spared(state, out, top, source, expected[heat]))
		return 0;
	exchange->victim = coldest;
	return min3(tier->hist[coldest], state->demote_budget,
		    hmt_policy_acceptable(state, to, source));
}

/* Do steps 1 and 2 for one heat. Return false when the tier takes no more. */
static bool hmt_policy_pull(struct hmt_policy_in *state,
			    struct hmt_policy_out *out, unsigned int top,
			    unsigned int heat)
{
	struct hmt_policy_tier *tier = &state->tiers[top];
	struct hmt_policy_verdict *verdict = &out->tiers[top];
	int source;

	while ((source = hmt_policy_source(state, out, top, heat)) !=
	       HMT_TIER_NONE) {
		struct hmt_policy_tier *from = &state->tiers[source];
		struct hmt_policy_exchange exchange;
		u64 pages = hmt_policy_admit(state, out, top, source, heat,
					     &exchange);

		pages = min3(pages, from->hist[heat], state->promote_budget);
		pages = min(pages, hmt_policy_bearable(tier, heat,
						       exchange.victim));
		out->waits |= exchange.waits;
		if (!pages)
			return false;
		hmt_policy_shift(from, tier, heat, pages);
		verdict->promote_min = heat;
		verdict->promote_quota += pages;
		state->promote_budget -= pages;
		out->gain += pages *
			     max(out->means.mean[heat] - (int)exchange.lost, 1);
		if (exchange.victim == HMT_HEAT_LEVELS)
			continue;
		hmt_policy_demote(state, out, top, exchange.to, exchange.victim,
				  pages);
	}
	return true;
}

/**
 * hmt_policy_run() - decide what moves in a pass
 * @in: histograms, room and limits
 * @out: verdicts and the state that they lead to, written whole
 *
 * Pages of heat 0 are never promoted. Time is bounded by
 * HMT_TIERS_MAX^2 * HMT_HEAT_LEVELS steps.
 */
void hmt_policy_run(const struct hmt_policy_in *in, struct hmt_policy_out *out)
{
	struct hmt_policy_in *state = &out->expected;
	unsigned int top, heat;

	memset(out, 0, sizeof(*out));
	out->nr_tiers = in->nr_tiers;
	out->expected = *in;
	hmt_policy_reach(in, out);
	for (top = 0; top < in->nr_tiers; top++)
		hmt_policy_sum(&state->tiers[top], out);
	hmt_policy_find_means(in, &out->means);
	hmt_policy_grant_all(state, out);
	for (top = 0; top < in->nr_tiers; top++) {
		out->tiers[top].promote_min = HMT_HEAT_LEVELS;
		out->tiers[top].demote_to = hmt_policy_target(state, top);
		hmt_policy_relieve(state, out, top, in->tiers[top].free);
		if (in->tiers[top].cpu_invisible)
			continue;
		for (heat = HMT_HEAT_MAX; heat > 0; heat--)
			if (!hmt_policy_pull(state, out, top, heat))
				break;
		hmt_policy_demand(state, out, top, in->promote_budget);
	}
	hmt_policy_bring_home(out);
	out->gain *= max(in->intervals, 1U);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_run);
