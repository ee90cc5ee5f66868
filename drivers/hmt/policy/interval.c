// SPDX-License-Identifier: GPL-2.0
/* Policy in time: whether there is enough to gain, and how long a pass takes. */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/**
 * hmt_policy_should_defer() - is it too early for what little there is to gain?
 * @out: verdicts
 * @gain: heat that earlier passes could have gained and did not; updated
 *
 * To pick a handful of pages costs as much as to pick many, and what differs
 * by chance is always a handful. So small gains wait until they add up.
 *
 * Return: true when nothing should move in this pass.
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
 * hmt_policy_is_active() - is there more to gain than chance explains?
 * @out: verdicts
 *
 * What hmt_policy_should_defer() holds back then is decided on again soon.
 *
 * Return: true when a sixteenth of what does not wait is there.
 */
bool hmt_policy_is_active(const struct hmt_policy_out *out)
{
	return out->gain > out->heat >> (HMT_POLICY_GAIN_SHIFT + 4);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_is_active);

/**
 * hmt_policy_hot_set_changed() - do other pages become hot than were?
 * @pages: pages by heat; those of heat 0 are not looked at
 * @above: pages at least so warm the last time, by heat; updated. 0: none yet
 *
 * A page that is new in the hot set takes some twenty samples to become warmer
 * than one that has left it, and one should look often until then. Some cool down
 * and others warm up at the same time only when that happens: what chance, another
 * interval or a process that comes or goes does to heat has one direction.
 *
 * Return: true when both are more than 1/64 of all heat, and more than chance.
 */
bool hmt_policy_hot_set_changed(const u64 pages[HMT_HEAT_LEVELS],
				u64 above[HMT_HEAT_LEVELS])
{
	u64 warm = 0, heat = 0, up = 0, down = 0;
	unsigned int level;

	for (level = HMT_HEAT_MAX; level; level--) {
		warm += pages[level];
		heat += warm;
		if (warm > above[level])
			up += warm - above[level];
		else
			down += above[level] - warm;
		above[level] = warm;
	}
	return min(up, down) > max_t(u64, heat >> HMT_POLICY_CHANGE_SHIFT,
				     HMT_POLICY_CHANGE_LEAST);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_hot_set_changed);

/* Time for so many rounds, ns. */
static u64 hmt_policy_round_time(const struct hmt_policy_budget *budget,
				 unsigned int rounds)
{
	u64 cost = rounds * budget->round_ns + budget->rest_ns;

	cost = min(cost * budget->share, budget->wanted_ns * budget->stretch);
	return max(cost, rounds * budget->wanted_ns);
}

/**
 * hmt_policy_rounds() - how often to look before deciding anew
 * @budget: what looking and deciding cost, and may cost
 * @time_ns: set to the time for all rounds
 *
 * Looking keeps the heat of hot and cold pages apart, the more so the less time is
 * between two looks; deciding is dear, and worth nothing while all is in its place.
 *
 * Return: the fewest rounds that cost no more than they may in the time that was
 * asked for, or @budget->most.
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
 * hmt_policy_top_capacity() - pages that the fastest tiers have for the workload
 * @in: input of hmt_policy_run()
 * @out: its output
 *
 * Those are the tiers that no other demotes to. Where limits leave the workload
 * nothing there, no hot set is too large for them.
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
 * hmt_policy_interval() - how long the next pass takes
 * @pace: what this one found
 *
 * The more time between two rounds, the more pages look alike: once a round
 * finds more than half of what the fastest tiers hold, it does not say which of
 * them should be there, and the interval is halved. It grows again when twice as
 * many pages would still be few enough, and one more, as they are counted whole:
 * up to what was asked for in any case, and beyond only while nothing changes. A
 * change ends that at once.
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
