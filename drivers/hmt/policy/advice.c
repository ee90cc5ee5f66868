// SPDX-License-Identifier: GPL-2.0
/*
 * Policy for pages of which somebody said where they belong: their heat does not
 * count. They go there before others as far as the pages that are there can make
 * room, and stay.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/* Spreads adjacent pages over all slots of a share; has no factor in common. */
#define HMT_SHARE_STRIDE	617

/* The tier whose share @page is of, or HMT_TIER_NONE. */
static int hmt_policy_share(const struct hmt_policy_advice *advice,
			    unsigned long page)
{
	unsigned int slot =
		page % HMT_SHARE_MAX * HMT_SHARE_STRIDE % HMT_SHARE_MAX;
	unsigned int i, sum = 0;

	for (i = 0; i < HMT_TIERS_MAX; i++) {
		if (advice->avoid & 1U << i)
			continue;
		sum += advice->share[i];
		if (slot < sum)
			return i;
	}
	return HMT_TIER_NONE;
}

/**
 * hmt_policy_is_advised() - was it said where a page belongs?
 * @advice: what was said
 * @page: its number in the address space
 *
 * Return: whether it is not its heat alone that says.
 */
bool hmt_policy_is_advised(const struct hmt_policy_advice *advice,
			   unsigned long page)
{
	return advice->avoid || hmt_policy_share(advice, page) != HMT_TIER_NONE;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_is_advised);

/* Where a page of a tier that it avoids goes; none: it stays. */
static int hmt_policy_escape(const struct hmt_policy_in *in,
			     const struct hmt_policy_advice *advice,
			     unsigned int from)
{
	const struct hmt_policy_tier *tier = &in->tiers[from];
	unsigned int i;

	for (i = 0; i < tier->nr_targets; i++)
		if (!(advice->avoid & 1U << tier->targets[i]))
			return tier->targets[i];
	for (i = from; i-- > 0;)
		if (!(advice->avoid & 1U << i))
			return i;
	return from;
}

/**
 * hmt_policy_preferred() - where a page belongs by what was said of it
 * @in: graph, as policy has it
 * @advice: what was said
 * @tier: tier that the page is in
 * @page: its number in the address space, by which shares are dealt out
 *
 * A page that avoids a tier above it stays where it is: heat would take it
 * there.
 *
 * Return: index of a tier, @tier when it stays, or HMT_TIER_NONE when its heat
 * says.
 */
int hmt_policy_preferred(const struct hmt_policy_in *in,
			 const struct hmt_policy_advice *advice,
			 unsigned int tier, unsigned long page)
{
	int preferred = hmt_policy_share(advice, page);

	if (preferred != HMT_TIER_NONE)
		return preferred;
	if (advice->avoid & 1U << tier)
		return hmt_policy_escape(in, advice, tier);
	return advice->avoid & ((1U << tier) - 1) ? (int)tier : HMT_TIER_NONE;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_preferred);

/* Pages that may come into @tier: where it has no room others make some. */
static u64 hmt_policy_yields(const struct hmt_policy_tier *tier)
{
	s64 room = hmt_policy_room(tier);
	unsigned int heat;

	if (tier->nr_targets)
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
			room += tier->hist[heat];
	return max(room, 0LL);
}

static void hmt_policy_grant(struct hmt_policy_in *state,
			     struct hmt_policy_out *out, unsigned int from,
			     unsigned int to)
{
	u64 *budget = to < from ? &state->promote_budget : &state->demote_budget;
	u64 pages = min3(state->preferred[from][to], *budget,
			 hmt_policy_yields(&state->tiers[to]));

	if (!pages)
		return;
	*budget -= pages;
	out->granted[from][to] = pages;
	out->mandatory = true;
	state->tiers[from].fixed -= pages;
	state->tiers[from].used -= pages;
	state->tiers[from].free += pages;
	state->tiers[to].fixed += pages;
	state->tiers[to].used += pages;
	state->tiers[to].free -= pages;
}

/*
 * Grant wishes; @state becomes as if they had come true. A tier that is too full then is
 * relieved as any other. Who leaves comes before who arrives.
 */
void hmt_policy_grant_all(struct hmt_policy_in *state, struct hmt_policy_out *out)
{
	unsigned int from, to;

	for (to = state->nr_tiers; to-- > 0;)
		for (from = 0; from < state->nr_tiers; from++)
			hmt_policy_grant(state, out, from, to);
}

static enum hmt_direction hmt_policy_direction(unsigned int from,
					       unsigned int to)
{
	return to < from ? HMT_DIR_PROMOTE : HMT_DIR_DEMOTE;
}

/**
 * hmt_policy_reserve_preferred() - may a page go where it belongs, in this pass?
 * @out: verdicts; the grant that is used is reduced by one
 * @direction: which kind of move is wanted
 * @from: tier that the page is in
 * @to: what hmt_policy_preferred() returned
 *
 * Return: whether it may.
 */
bool hmt_policy_reserve_preferred(struct hmt_policy_out *out,
				  enum hmt_direction direction,
				  unsigned int from, unsigned int to)
{
	if (from == to || direction != hmt_policy_direction(from, to) ||
	    !out->granted[from][to])
		return false;
	out->granted[from][to]--;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_reserve_preferred);

/**
 * hmt_policy_has_moves() - is anything left to be moved?
 * @out: verdicts
 * @direction: which kind of move is asked about
 *
 * Return: whether a quota or a grant is not used up.
 */
bool hmt_policy_has_moves(const struct hmt_policy_out *out,
			  enum hmt_direction direction)
{
	unsigned int i, j;

	for (i = 0; i < out->nr_tiers; i++) {
		if (direction == HMT_DIR_DEMOTE ? out->tiers[i].demote_quota :
						  out->tiers[i].promote_quota)
			return true;
		for (j = 0; j < out->nr_tiers; j++)
			if (out->granted[i][j] &&
			    direction == hmt_policy_direction(i, j))
				return true;
	}
	return false;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_has_moves);
