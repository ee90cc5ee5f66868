// SPDX-License-Identifier: GPL-2.0
/* Policy between workloads: room that a workload wants of the others. */
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

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
