// SPDX-License-Identifier: GPL-2.0
/* Policy page by page: destinations, until the verdicts are used up. */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/types.h>
#include "policy.h"

/* Take @pages of the first quota that is left for a target; there is one. */
static int hmt_policy_reserve_down(struct hmt_policy_verdict *verdict,
				   unsigned int *pages)
{
	unsigned int to = 0;

	while (!verdict->targets_quota[to])
		to++;
	*pages = min_t(u64, *pages, verdict->targets_quota[to]);
	verdict->targets_quota[to] -= *pages;
	verdict->demote_quota -= *pages;
	return to;
}

/* Take @pages of the quota for promotion, and of later slices if it is not empty. */
static bool hmt_policy_reserve_up(struct hmt_policy_verdict *verdict,
				  unsigned int pages)
{
	u64 lack = pages - min_t(u64, pages, verdict->promote_quota);

	if (!verdict->promote_quota || lack > verdict->promote_held)
		return false;
	verdict->promote_held -= lack;
	verdict->promote_quota -= pages - lack;
	return true;
}

/**
 * hmt_policy_reserve_group() - reserve a move of pages that move as one
 * @out: verdicts; the quota of the verdict used is reduced
 * @direction: kind of move
 * @tier: tier that the pages are in
 * @heat: their average heat
 * @pages: their number; reduced to the number taken of the quota when a tier is
 *	returned
 *
 * A group that is larger than the rest of a quota may leave a tier, which then
 * has more room than needed, but may not enter one, unless later slices have the
 * rest of its place. Else base pages between huge pages would leave a part of each
 * slice, for which a walk would search all of the address space in vain.
 *
 * Return: index of the destination tier, or HMT_TIER_NONE to leave the pages.
 */
int hmt_policy_reserve_group(struct hmt_policy_out *out,
			     enum hmt_direction direction, unsigned int tier,
			     u8 heat, unsigned int *pages)
{
	struct hmt_policy_verdict *verdict = &out->tiers[tier];
	unsigned int top;

	if (direction == HMT_DIR_DEMOTE) {
		if (!verdict->demote_quota || heat >= verdict->demote_max ||
		    heat < verdict->demote_min)
			return HMT_TIER_NONE;
		return hmt_policy_reserve_down(verdict, pages);
	}
	for (top = 0; top < tier; top++) {
		struct hmt_policy_verdict *upper = &out->tiers[top];

		if (verdict->above & 1U << top && heat >= upper->promote_min &&
		    hmt_policy_reserve_up(upper, *pages))
			return top;
	}
	return HMT_TIER_NONE;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_reserve_group);

/**
 * hmt_policy_reserve() - reserve a move of one page
 * @out: verdicts; the quota of the verdict used is reduced by one
 * @direction: kind of move
 * @tier: tier that the page is in
 * @heat: its heat
 *
 * Return: index of the destination tier, or HMT_TIER_NONE to leave the page.
 */
int hmt_policy_reserve(struct hmt_policy_out *out, enum hmt_direction direction,
		       unsigned int tier, u8 heat)
{
	unsigned int pages = 1;

	return hmt_policy_reserve_group(out, direction, tier, heat, &pages);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_reserve);

/**
 * hmt_policy_bounds() - find the range of heat that verdicts name
 * @out: verdicts
 * @direction: kind of move
 * @bounds: filled in
 *
 * Other pages need not be classified.
 */
void hmt_policy_bounds(const struct hmt_policy_out *out,
		       enum hmt_direction direction,
		       struct hmt_policy_bounds *bounds)
{
	unsigned int i;

	if (direction == HMT_DIR_HOME) {
		hmt_policy_home_bounds(out, bounds);
		return;
	}
	bounds->least = HMT_HEAT_LEVELS;
	bounds->most = direction == HMT_DIR_DEMOTE ? 0 : HMT_HEAT_MAX;
	for (i = 0; i < out->nr_tiers; i++) {
		const struct hmt_policy_verdict *verdict = &out->tiers[i];

		if (direction == HMT_DIR_PROMOTE && verdict->promote_quota)
			bounds->least =
				min(bounds->least, verdict->promote_min);
		if (direction == HMT_DIR_PROMOTE || !verdict->demote_quota)
			continue;
		bounds->least = min(bounds->least, verdict->demote_min);
		bounds->most =
			max_t(u16, bounds->most, verdict->demote_max - 1);
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_bounds);

/**
 * hmt_policy_unreserve_group() - revert hmt_policy_reserve_group()
 * @out: verdicts
 * @direction: direction given to hmt_policy_reserve_group()
 * @tier: tier that the pages are in
 * @to: tier that was returned, not HMT_TIER_NONE
 * @pages: number taken of the quota
 */
void hmt_policy_unreserve_group(struct hmt_policy_out *out,
				enum hmt_direction direction, unsigned int tier,
				int to, unsigned int pages)
{
	if (direction == HMT_DIR_PROMOTE) {
		out->tiers[to].promote_quota += pages;
		return;
	}
	out->tiers[tier].demote_quota += pages;
	out->tiers[tier].targets_quota[to] += pages;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_unreserve_group);

/**
 * hmt_policy_unreserve() - revert hmt_policy_reserve()
 * @out: verdicts
 * @direction: direction given to hmt_policy_reserve()
 * @tier: tier that the page is in
 * @to: tier that hmt_policy_reserve() returned, not HMT_TIER_NONE
 */
void hmt_policy_unreserve(struct hmt_policy_out *out,
			  enum hmt_direction direction, unsigned int tier,
			  int to)
{
	hmt_policy_unreserve_group(out, direction, tier, to, 1);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_unreserve);

/* Take @place->pages of the quota of @to for pages that are not redirected yet. */
static bool hmt_policy_take(struct hmt_policy_out *out,
			    enum hmt_direction direction,
			    const struct hmt_policy_place *place, u8 heat,
			    unsigned int to)
{
	struct hmt_policy_verdict *upper = &out->tiers[to];
	struct hmt_policy_verdict *lower = &out->tiers[place->from];

	if (direction == HMT_DIR_PROMOTE) {
		if (!(lower->above & 1U << to) || heat < upper->promote_min ||
		    upper->promote_quota < place->pages)
			return false;
		upper->promote_quota -= place->pages;
		return true;
	}
	if (lower->targets_quota[to] < place->pages)
		return false;
	lower->targets_quota[to] -= place->pages;
	lower->demote_quota -= place->pages;
	return true;
}

/* Note that @pages are expected in tier @to instead of tier @from. */
static void hmt_policy_expect(struct hmt_policy_out *out, unsigned int from,
			      unsigned int to, unsigned int pages)
{
	struct hmt_policy_tier *tiers = out->expected.tiers;

	tiers[from].used -= pages;
	tiers[from].free += pages;
	tiers[to].used += pages;
	tiers[to].free -= pages;
}

/**
 * hmt_policy_redirect() - let pages move to another tier of the same level
 * @out: verdicts
 * @direction: kind of move, not HMT_DIR_HOME
 * @place: place that hmt_policy_reserve_group() found; changed on success
 * @heat: heat of the pages
 * @to: the other tier
 *
 * The pages use the quota of the other tier or the room that is left there. A
 * tier that demotes by weights keeps them, and one that is under load takes none.
 *
 * Return: false to leave the place as it is.
 */
bool hmt_policy_redirect(struct hmt_policy_out *out,
			 enum hmt_direction direction,
			 struct hmt_policy_place *place, u8 heat,
			 unsigned int to)
{
	const struct hmt_policy_tier *tiers = out->expected.tiers;

	if (direction == HMT_DIR_DEMOTE && tiers[place->from].weights[0])
		return false;
	if (tiers[to].heat_limit)
		return false;
	if (hmt_policy_take(out, direction, place, heat, to)) {
		hmt_policy_unreserve_group(out, direction, place->from,
					   place->quota, place->pages);
		place->quota = to;
	} else if (hmt_policy_room(&tiers[to]) >= (s64)place->pages) {
		hmt_policy_expect(out, place->to, to, place->pages);
	} else {
		return false;
	}
	place->to = to;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_redirect);

/**
 * hmt_policy_return() - give a place back, redirected or not
 * @out: verdicts
 * @direction: kind of move, not HMT_DIR_HOME
 * @place: place
 */
void hmt_policy_return(struct hmt_policy_out *out,
		       enum hmt_direction direction,
		       const struct hmt_policy_place *place)
{
	if (place->to != place->quota)
		hmt_policy_expect(out, place->to, place->quota, place->pages);
	hmt_policy_unreserve_group(out, direction, place->from, place->quota,
				   place->pages);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_return);

/**
 * hmt_policy_hold() - hold all quotas back, for slices
 * @out: verdicts; the quotas for moves between levels become 0
 * @held: filled with them
 *
 * Demotions make room for promotions. A pass may end before all its moves: when
 * they take turns, it has promoted by then.
 */
void hmt_policy_hold(struct hmt_policy_out *out, struct hmt_policy_held *held)
{
	u64 up = 0, down = 0;
	unsigned int i;

	memset(held, 0, sizeof(*held));
	for (i = 0; i < out->nr_tiers; i++) {
		struct hmt_policy_verdict *verdict = &out->tiers[i];

		up += verdict->promote_quota;
		down += verdict->demote_quota;
		verdict->promote_held = verdict->promote_quota;
		memcpy(held->demote[i], verdict->targets_quota,
		       sizeof(held->demote[i]));
		verdict->promote_quota = 0;
		verdict->demote_quota = 0;
		memset(verdict->targets_quota, 0,
		       sizeof(verdict->targets_quota));
	}
	up = div64_u64(max(up, down), HMT_POLICY_SLICE_PAGES) + 1;
	held->slices = min_t(u64, up, HMT_POLICY_SLICES_MAX);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_hold);

/* Return the part of @held for the next of @slices, and subtract it. */
static u64 hmt_policy_part(u64 *held, unsigned int slices)
{
	u64 most = (u64)slices * HMT_POLICY_SLICE_STEP;
	u64 part = div64_u64(*held + most - 1, most) * HMT_POLICY_SLICE_STEP;

	part = min(part, *held);
	*held -= part;
	return part;
}

/**
 * hmt_policy_release() - release the quotas for the next slice
 * @out: verdicts; quotas that the slices before did not use stay
 * @held: quotas that hmt_policy_hold() held back
 *
 * Return: false after the last slice.
 */
bool hmt_policy_release(struct hmt_policy_out *out,
			struct hmt_policy_held *held)
{
	unsigned int i, to;

	if (!held->slices)
		return false;
	for (i = 0; i < out->nr_tiers; i++) {
		struct hmt_policy_verdict *verdict = &out->tiers[i];

		verdict->promote_quota +=
			hmt_policy_part(&verdict->promote_held, held->slices);
		for (to = 0; to < out->nr_tiers; to++) {
			u64 part = hmt_policy_part(&held->demote[i][to],
						   held->slices);

			verdict->targets_quota[to] += part;
			verdict->demote_quota += part;
		}
	}
	held->slices--;
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_release);

/**
 * hmt_policy_block() - let no more pages into a tier in this pass
 * @out: verdicts
 * @to: tier that turned out to have no room
 */
void hmt_policy_block(struct hmt_policy_out *out, unsigned int to)
{
	unsigned int i;

	out->tiers[to].promote_quota = 0;
	out->tiers[to].home_quota = 0;
	for (i = 0; i < out->nr_tiers; i++) {
		out->granted[i][to] = 0;
		out->tiers[i].demote_quota -= out->tiers[i].targets_quota[to];
		out->tiers[i].targets_quota[to] = 0;
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_block);
