// SPDX-License-Identifier: GPL-2.0
/*
 * Policy for pages that have a tier by advice of a program: their heat does not
 * count. They move there before others as far as the pages that are there can
 * make room, and stay. Any process of a workload can give advice. Hot pages of
 * the others therefore make room only until pages with advice have their part
 * of the tier; colder pages always do.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/* Spreads adjacent pages over all slots of a share; has no factor in common. */
#define HMT_SHARE_STRIDE	617

/* Return the tier whose share has @page, or HMT_TIER_NONE. */
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
 * hmt_policy_is_advised() - check whether advice affects the tier of a page
 * @advice: advice for the page
 * @page: its number in the address space
 *
 * Return: false when its heat alone decides.
 */
bool hmt_policy_is_advised(const struct hmt_policy_advice *advice,
			   unsigned long page)
{
	return advice->avoid || hmt_policy_share(advice, page) != HMT_TIER_NONE;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_is_advised);

/* Return the tier for a page in a tier that it avoids; @from: it stays. */
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
 * hmt_policy_preferred() - find the tier of a page by advice
 * @in: tiers and their targets
 * @advice: advice for the page
 * @tier: tier that the page is in
 * @page: its number in the address space, by which shares are dealt out
 *
 * A page that avoids a tier above it stays where it is, because heat would take
 * it there.
 *
 * Return: index of a tier, @tier when it stays, or HMT_TIER_NONE when its heat
 * decides.
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

/*
 * Return the pages that may enter @tier, in which @there pages are by advice:
 * pages there make room for them.
 */
static u64 hmt_policy_yields(const struct hmt_policy_tier *tier, u64 there)
{
	s64 part = min(tier->capacity, tier->limit) / HMT_POLICY_ADVISED_PART;
	s64 room = hmt_policy_unclaimed(tier);
	s64 hot = 0;
	unsigned int heat;

	if (!tier->nr_targets)
		return max(room, 0LL);
	for (heat = 0; heat < HMT_POLICY_HOT; heat++)
		room += tier->hist[heat];
	for (; heat < HMT_HEAT_LEVELS; heat++)
		hot += tier->hist[heat];
	part -= (s64)there + room;
	if (part > 0)
		room += min(part, hot);
	return max(room, 0LL);
}

static void hmt_policy_grant(struct hmt_policy_in *state,
			     struct hmt_policy_out *out, unsigned int from,
			     unsigned int to)
{
	u64 *budget = to < from ? &state->promote_budget : &state->demote_budget;
	u64 there = state->preferred[to][to];
	u64 pages = min3(state->preferred[from][to], *budget,
			 hmt_policy_yields(&state->tiers[to], there));

	if (!pages || from == to)
		return;
	*budget -= pages;
	state->preferred[from][to] -= pages;
	state->preferred[to][to] += pages;
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
 * Grant preferences; @state becomes the state after these moves. A tier that is
 * too full then is relieved as any other. Pages that leave a tier come first.
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
 * hmt_policy_reserve_preferred() - reserve a move to a preferred tier
 * @out: verdicts; the grant that is used is reduced by @pages
 * @direction: kind of move
 * @from: tier that the page is in
 * @to: tier that hmt_policy_preferred() returned
 * @pages: number of pages that move as one, which may exceed the grant; set to
 *	the part of the grant that is used
 *
 * Return: true when the page may move in this pass.
 */
bool hmt_policy_reserve_preferred(struct hmt_policy_out *out,
				  enum hmt_direction direction,
				  unsigned int from, unsigned int to,
				  unsigned int *pages)
{
	if (from == to || direction != hmt_policy_direction(from, to) ||
	    !out->granted[from][to])
		return false;
	*pages = min_t(u64, *pages, out->granted[from][to]);
	out->granted[from][to] -= *pages;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_reserve_preferred);

/**
 * hmt_policy_end_grants() - withdraw the grants that are left
 * @out: verdicts
 * @direction: kind of move
 *
 * A walk of all pages found none that can use them. They would let each later slice
 * walk all pages again.
 */
void hmt_policy_end_grants(struct hmt_policy_out *out,
			   enum hmt_direction direction)
{
	unsigned int i, j;

	for (i = 0; i < out->nr_tiers; i++)
		for (j = 0; j < out->nr_tiers; j++)
			if (direction == hmt_policy_direction(i, j))
				out->granted[i][j] = 0;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_end_grants);

/**
 * hmt_policy_has_moves() - check whether more pages may move
 * @out: verdicts
 * @direction: kind of move
 *
 * Return: true when a quota or a grant is not used up.
 */
bool hmt_policy_has_moves(const struct hmt_policy_out *out,
			  enum hmt_direction direction)
{
	unsigned int i, j;

	if (direction == HMT_DIR_HOME)
		return hmt_policy_has_home_moves(out);
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
