// SPDX-License-Identifier: GPL-2.0
/*
 * Policy between workloads: room that a workload wants of the others, and of memory
 * that belongs to none.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/* Divisor: fewer pages of a tier than this part are not worth the work of reclaim. */
#define HMT_POLICY_RECLAIM_LEAST	8

/* Divisor: part of the others that is likely to be colder than hot pages. */
#define HMT_POLICY_RECLAIM_PART		2

/* Runs of reclaim in a pass. */
#define HMT_POLICY_RECLAIM_STEPS	8

/**
 * hmt_policy_reclaim() - find the room that kernel reclaim is to make in a tier
 * @in: input of hmt_policy_run(); the tier is changed
 * @top: index of the tier
 * @others: pages there that belong to no workload
 * @step: pages that reclaim frees at a time
 *
 * Reclaim takes the pages that were not used for the longest time, wherever they
 * belong: none is asked for where other workloads are guaranteed memory, or where
 * nothing is short of room.
 */
void hmt_policy_reclaim(struct hmt_policy_in *in, unsigned int top, u64 others,
			u64 step)
{
	struct hmt_policy_tier *tier = &in->tiers[top];
	unsigned int i, heat;
	u64 warm = 0;

	if (others <= tier->capacity / HMT_POLICY_RECLAIM_LEAST ||
	    tier->promised || hmt_policy_is_roomy(tier))
		return;
	tier->others = true;
	/* Tiers above have no pages for it: they are in topological order. */
	for (i = top + 1; i < in->nr_tiers; i++)
		for (heat = HMT_POLICY_WARM; heat < HMT_HEAT_LEVELS; heat++)
			warm += in->tiers[i].hist[heat];
	tier->reclaim = min3(warm, others / HMT_POLICY_RECLAIM_PART,
			     step * HMT_POLICY_RECLAIM_STEPS);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_reclaim);

/* Return the number of hot pages below @top that could be promoted to it. */
static u64 hmt_policy_hot_below(const struct hmt_policy_in *state,
				const struct hmt_policy_out *out,
				unsigned int top)
{
	unsigned int i, heat;
	u64 pages = 0;

	for (i = top + 1; i < state->nr_tiers; i++) {
		if (!(out->tiers[i].above & 1U << top))
			continue;
		for (heat = 1; heat < HMT_HEAT_LEVELS; heat++)
			if (out->means.mean[heat] >= HMT_POLICY_HOT)
				pages += state->tiers[i].hist[heat];
	}
	return pages;
}

/*
 * Set the demand for a tier: the hot pages that are left below it after all
 * verdicts, if the limit of the workload or the load of the tier does not keep them
 * there. The demand is at most @budget, the pages that may move in a pass. The
 * workload claims the part that it is guaranteed.
 */
void hmt_policy_demand(const struct hmt_policy_in *state,
		       struct hmt_policy_out *out, unsigned int top, u64 budget)
{
	const struct hmt_policy_tier *tier = &state->tiers[top];
	struct hmt_policy_verdict *verdict = &out->tiers[top];

	if (hmt_policy_room(tier) > 0 || tier->limit <= tier->used ||
	    tier->heat_limit)
		return;
	verdict->unplaced = min3(hmt_policy_hot_below(state, out, top),
				 tier->limit - tier->used, budget);
	if (tier->protect > tier->used)
		verdict->claimed = min(verdict->unplaced,
				       tier->protect - tier->used);
}
