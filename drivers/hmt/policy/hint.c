// SPDX-License-Identifier: GPL-2.0
/*
 * Policy between two passes: promotion of single pages in hint faults of the
 * kernel. The room and the rate that a pass leaves are for pages that prove hot
 * before the next one.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/*
 * A page that is accessed once in each sample is found within a quarter of the
 * sampling interval by chance in one of five faults, one that is accessed in
 * each tenth sample in one of forty.
 */
#define HMT_POLICY_HINT_DOUBT	4

/**
 * hmt_policy_hint_heat() - get the heat of a page that had a hint fault
 * @heat: heat of the page as of the last sample
 * @latency: time from the mark to the fault, ms
 * @interval: sampling interval, ms
 *
 * The latency is one observation of the time between two accesses. It is worth
 * all the heat of a page that is accessed in each sample if it is 0, half of it
 * at a quarter of the sampling interval, and less the longer it is. Heat that is
 * known counts as a second observation.
 *
 * Return: the heat, at least @heat.
 */
u8 hmt_policy_hint_heat(u8 heat, unsigned int latency, unsigned int interval)
{
	u64 sum = (u64)(heat + HMT_HEAT_MAX) * interval;
	u64 wait = (u64)latency * HMT_POLICY_HINT_DOUBT + interval;

	if (!wait)
		return HMT_HEAT_MAX;
	return max_t(u64, heat, min_t(u64, div64_u64(sum, wait), HMT_HEAT_MAX));
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_hint_heat);

/**
 * hmt_policy_hints() - offer what a pass leaves to hint faults
 * @out: verdicts and the state that they lead to
 * @wanted: pages by tier that hint faults found no room for, as far as the
 *	demand of @out contains them: their room is for hint faults
 * @hints: filled with the result
 *
 * A tier without room takes no page in a fault, because no page can leave it
 * there. The next pass exchanges pages, and makes room for what was refused.
 */
void hmt_policy_hints(const struct hmt_policy_out *out,
		      const u64 wanted[HMT_TIERS_MAX],
		      struct hmt_policy_hints *hints)
{
	const struct hmt_policy_in *state = &out->expected;
	unsigned int i;

	hints->budget = state->promote_budget;
	for (i = 0; i < state->nr_tiers; i++) {
		const struct hmt_policy_tier *tier = &state->tiers[i];
		u64 reserved = tier->demand - min(wanted[i], tier->demand);
		s64 room = hmt_policy_room(tier);

		reserved = max(reserved, tier->claim);
		if (room > 0)
			room = max_t(s64, room - (s64)reserved,
				     hmt_policy_guaranteed(tier));
		hints->room[i] = tier->cpu_invisible || tier->heat_limit ?
					 0 : max(room, 0LL);
		hints->least[i] = hints->room[i] ? HMT_POLICY_HOT :
						   HMT_HEAT_LEVELS;
		hints->above[i] = out->tiers[i].above;
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_hints);
