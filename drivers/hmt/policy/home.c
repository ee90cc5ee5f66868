// SPDX-License-Identifier: GPL-2.0
/*
 * Home of a process: the node whose CPUs run it. Pages follow the home, so it
 * changes only where the new one is clear and stays so.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/*
 * Shares of CPU time in eighths: a node becomes the home with 3/4 of the time,
 * and is no longer the home below 5/8. Threads that use two nodes alike have
 * none, so their pages stay.
 */
#define HMT_HOME_ENTER		6
#define HMT_HOME_LEAVE		5
#define HMT_HOME_WHOLE		8

/**
 * hmt_policy_home_init() - begin without a home
 * @home: initialised
 */
void hmt_policy_home_init(struct hmt_policy_home *home)
{
	*home = (struct hmt_policy_home) {
		.node = HMT_HOME_NONE,
		.last = HMT_HOME_NONE,
		.next = HMT_HOME_NONE,
	};
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_home_init);

/* Return the home that the CPU time of the last passes speaks for. */
static int hmt_policy_home_of(const struct hmt_policy_home *home,
			      const u64 *time, unsigned int nr_nodes)
{
	unsigned int busiest = 0, i;
	u64 whole = 0;

	for (i = 0; i < nr_nodes; i++) {
		whole += time[i];
		if (time[i] > time[busiest])
			busiest = i;
	}
	whole /= HMT_HOME_WHOLE;
	if (!whole)
		return home->node;
	if (home->node != HMT_HOME_NONE &&
	    time[home->node] >= whole * HMT_HOME_LEAVE)
		return home->node;
	return time[busiest] >= whole * HMT_HOME_ENTER ? (int)busiest :
							 HMT_HOME_NONE;
}

static void hmt_policy_home_stay(struct hmt_policy_home *home)
{
	home->next = home->node;
	home->passes = 0;
	home->clear = min(home->clear + 1, HMT_HOME_PASSES);
	if (!home->changes || ++home->steady < HMT_HOME_STEADY)
		return;
	home->steady = 0;
	home->changes--;
}

static void hmt_policy_home_change(struct hmt_policy_home *home)
{
	home->node = home->next;
	home->clear = min(home->passes, HMT_HOME_PASSES);
	home->passes = 0;
	home->steady = 0;
	if (home->node == HMT_HOME_NONE)
		return;
	if (home->last != HMT_HOME_NONE && home->last != home->node)
		home->changes = min(home->changes + 1, HMT_HOME_DOUBLED);
	home->last = home->node;
}

/*
 * Return the number of passes for which another home must be clear. The first
 * one counts at once: without it, the first moves would be by room alone, and
 * be repeated.
 */
static unsigned int hmt_policy_home_wait(const struct hmt_policy_home *home)
{
	return home->last == HMT_HOME_NONE ? 1 :
					     HMT_HOME_PASSES << home->changes;
}

/**
 * hmt_policy_home_update() - update a home after a pass
 * @home: home
 * @time: CPU time of the process by node, decayed over the last passes; any unit
 * @nr_nodes: number of entries in @time
 *
 * The first clear node is the home, but pages follow to it only when it has been
 * clear for HMT_HOME_PASSES passes in succession. Another one must be clear that
 * long before. Each recent change of the home doubles that, so that a process
 * that the scheduler moves back and forth does not take its pages along every
 * time.
 */
void hmt_policy_home_update(struct hmt_policy_home *home, const u64 *time,
			    unsigned int nr_nodes)
{
	int next = hmt_policy_home_of(home, time, nr_nodes);

	if (next == home->node) {
		hmt_policy_home_stay(home);
		return;
	}
	home->steady = 0;
	home->clear = 0;
	if (next != home->next) {
		home->next = next;
		home->passes = 0;
	}
	if (++home->passes >= hmt_policy_home_wait(home))
		hmt_policy_home_change(home);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_home_update);

/* Return the pages of other tiers of its level that @tier may take in. */
static u64 hmt_policy_home_room(const struct hmt_policy_tier *tier)
{
	/* Hot pages would leave it again for its load. */
	if (tier->heat_limit)
		return 0;
	return max(hmt_policy_room(tier) - (s64)hmt_policy_reserved(tier), 0LL);
}

static u64 hmt_policy_bring_within(struct hmt_policy_in *state,
				   struct hmt_policy_out *out,
				   unsigned int heat)
{
	u64 pages = min(state->away[heat], state->promote_budget);

	if (!pages)
		return 0;
	out->home_min = heat;
	out->home_quota += pages;
	state->away[heat] -= pages;
	return pages;
}

static u64 hmt_policy_bring_to(struct hmt_policy_in *state,
			       struct hmt_policy_out *out, unsigned int to,
			       unsigned int heat)
{
	struct hmt_policy_tier *tier = &state->tiers[to];
	u64 pages = min3(tier->astray[heat], state->promote_budget,
			 hmt_policy_home_room(tier));

	if (!pages)
		return 0;
	out->tiers[to].home_min = heat;
	out->tiers[to].home_quota += pages;
	tier->astray[heat] -= pages;
	tier->used += pages;
	tier->free -= pages;
	return pages;
}

/**
 * hmt_policy_bring_home() - decide which pages move to their home
 * @out: verdicts; promotions have taken their part of the budget
 *
 * The hottest pages come first. Pages below HMT_POLICY_AWAY stay, because they
 * would not repay the move. The memory that pages leave for another tier is not
 * used in this pass.
 */
void hmt_policy_bring_home(struct hmt_policy_out *out)
{
	struct hmt_policy_in *state = &out->expected;
	unsigned int heat = HMT_HEAT_LEVELS, to;

	out->home_min = HMT_HEAT_LEVELS;
	for (to = 0; to < out->nr_tiers; to++)
		out->tiers[to].home_min = HMT_HEAT_LEVELS;
	while (heat-- > HMT_POLICY_AWAY) {
		state->promote_budget -= hmt_policy_bring_within(state, out,
								 heat);
		for (to = 0; to < out->nr_tiers; to++)
			state->promote_budget -=
				hmt_policy_bring_to(state, out, to, heat);
	}
}

/* Check whether the verdicts still let pages move to their home. */
bool hmt_policy_has_home_moves(const struct hmt_policy_out *out)
{
	unsigned int to;

	for (to = 0; to < out->nr_tiers; to++)
		if (out->tiers[to].home_quota)
			return true;
	return out->home_quota;
}

/* As hmt_policy_bounds(), for HMT_DIR_HOME. */
void hmt_policy_home_bounds(const struct hmt_policy_out *out,
			    struct hmt_policy_bounds *bounds)
{
	unsigned int to;

	bounds->most = HMT_HEAT_MAX;
	bounds->least = out->home_quota ? out->home_min : HMT_HEAT_LEVELS;
	for (to = 0; to < out->nr_tiers; to++)
		if (out->tiers[to].home_quota)
			bounds->least = min(bounds->least,
					    out->tiers[to].home_min);
}

/**
 * hmt_policy_reserve_home() - reserve a move to the home
 * @out: verdicts; the quota used is reduced
 * @from: tier that the page or unit is in
 * @to: the same tier, or another one of its level
 * @heat: its heat
 * @pages: number of its pages
 *
 * Return: false to leave it.
 */
bool hmt_policy_reserve_home(struct hmt_policy_out *out, unsigned int from,
			     unsigned int to, u8 heat, unsigned int pages)
{
	u64 *quota = from == to ? &out->home_quota : &out->tiers[to].home_quota;
	u16 least = from == to ? out->home_min : out->tiers[to].home_min;

	if (heat < least || *quota < pages)
		return false;
	*quota -= pages;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_reserve_home);

/* Revert hmt_policy_reserve_home(). */
void hmt_policy_unreserve_home(struct hmt_policy_out *out, unsigned int from,
			       unsigned int to, unsigned int pages)
{
	if (from == to)
		out->home_quota += pages;
	else
		out->tiers[to].home_quota += pages;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_unreserve_home);
