// SPDX-License-Identifier: GPL-2.0
/* Policy page by page: who goes where, until the verdicts are used up. */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/* The first tier that pages are to sink to yet; there is a quota. */
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

/**
 * hmt_policy_reserve_group() - where pages go that move as one
 * @out: verdicts; the quota of the verdict used is reduced
 * @direction: which kind of move is wanted
 * @tier: tier that the pages are in
 * @heat: how warm they are on average
 * @pages: how many they are; what they took of the quota when a tier is
 *	returned
 *
 * A group that is larger than what is left of a quota may leave a tier, which
 * then has more room than was asked for, but does not come into one.
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
		if (!verdict->demote_quota || heat >= verdict->demote_max)
			return HMT_TIER_NONE;
		return hmt_policy_reserve_down(verdict, pages);
	}
	for (top = 0; top < tier; top++) {
		struct hmt_policy_verdict *upper = &out->tiers[top];

		if (!(verdict->above & 1U << top) ||
		    upper->promote_quota < *pages || heat < upper->promote_min)
			continue;
		upper->promote_quota -= *pages;
		return top;
	}
	return HMT_TIER_NONE;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_reserve_group);

/**
 * hmt_policy_reserve() - where one page goes
 * @out: verdicts; the quota of the verdict used is reduced by one
 * @direction: which kind of move is wanted
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
 * hmt_policy_bounds() - which heat hmt_policy_reserve() can have an answer for
 * @out: verdicts
 * @direction: which kind of move is wanted
 * @bounds: filled in
 *
 * Saves a look at most pages.
 */
void hmt_policy_bounds(const struct hmt_policy_out *out,
		       enum hmt_direction direction,
		       struct hmt_policy_bounds *bounds)
{
	unsigned int i;

	bounds->least = direction == HMT_DIR_DEMOTE ? 1 : HMT_HEAT_LEVELS;
	bounds->most = direction == HMT_DIR_DEMOTE ? 0 : HMT_HEAT_MAX;
	for (i = 0; i < out->nr_tiers; i++) {
		const struct hmt_policy_verdict *verdict = &out->tiers[i];

		if (direction == HMT_DIR_PROMOTE && verdict->promote_quota)
			bounds->least =
				min(bounds->least, verdict->promote_min);
		if (direction == HMT_DIR_PROMOTE || !verdict->demote_quota)
			continue;
		bounds->least = 0;
		bounds->most =
			max_t(u16, bounds->most, verdict->demote_max - 1);
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_bounds);

/**
 * hmt_policy_unreserve_group() - give back what hmt_policy_reserve_group() used up
 * @out: verdicts
 * @direction: as given to hmt_policy_reserve_group()
 * @tier: tier that the pages are in
 * @to: what was returned, not HMT_TIER_NONE
 * @pages: what was taken of the quota
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
 * hmt_policy_unreserve() - give back what hmt_policy_reserve() used up
 * @out: verdicts
 * @direction: as given to hmt_policy_reserve()
 * @tier: tier that the page is in
 * @to: what hmt_policy_reserve() returned, not HMT_TIER_NONE
 */
void hmt_policy_unreserve(struct hmt_policy_out *out,
			  enum hmt_direction direction, unsigned int tier,
			  int to)
{
	hmt_policy_unreserve_group(out, direction, tier, to, 1);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_unreserve);

/**
 * hmt_policy_block() - nothing more into a tier in this pass
 * @out: verdicts
 * @to: tier that turned out to have no room
 */
void hmt_policy_block(struct hmt_policy_out *out, unsigned int to)
{
	unsigned int i;

	out->tiers[to].promote_quota = 0;
	for (i = 0; i < out->nr_tiers; i++) {
		out->granted[i][to] = 0;
		out->tiers[i].demote_quota -= out->tiers[i].targets_quota[to];
		out->tiers[i].targets_quota[to] = 0;
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_block);
