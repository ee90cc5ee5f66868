// SPDX-License-Identifier: GPL-2.0
/*
 * Policy on the life of a hot set: an exchange of two pages pays only if the accesses
 * that it saves until other pages are hot are worth more than the two moves. A hot set
 * is expected to last for as long as it has lasted so far, or as earlier ones did.
 *
 * Example: the young generation of a Java heap is used from its first page to its last
 * within four seconds, and looks idle after each collection. Pages that are accessed
 * somewhat more often at that moment are not worth its place.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/**
 * hmt_policy_stay_sample() - note a sample of a process
 * @stay: state; all 0 at first
 * @sample: the sample
 *
 * While a program fills memory, its hot set says nothing about later ones.
 */
void hmt_policy_stay_sample(struct hmt_policy_stay *stay,
			    const struct hmt_policy_stay_sample *sample)
{
	s64 longer = sample->step_ns - stay->step_ns;

	/* The mean of the steps behind heat, which fades alike. */
	stay->step_ns += longer / (1 << sample->shift);
	if (!stay->since_ns || sample->grows)
		stay->since_ns = sample->now_ns;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_stay_sample);

/**
 * hmt_policy_stay_change() - note that other pages of a process have become hot
 * @stay: state
 * @now: ns
 *
 * The last hot set counts as much as all before it together.
 */
void hmt_policy_stay_change(struct hmt_policy_stay *stay, u64 now)
{
	u64 passed;

	if (!stay->since_ns)
		return;
	passed = now - stay->since_ns;
	stay->mean_ns = stay->mean_ns ? (stay->mean_ns + passed) / 2 : passed;
	stay->since_ns = now;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_stay_change);

/**
 * hmt_policy_stay() - return for how many samples the hot set of a process will last
 * @stay: state
 * @now: ns
 *
 * Return: number of samples, at most HMT_POLICY_STAY_MOST.
 */
u64 hmt_policy_stay(const struct hmt_policy_stay *stay, u64 now)
{
	u64 expected = max(stay->mean_ns, now - stay->since_ns);

	return min_t(u64, div64_u64(expected, max(stay->step_ns, 1ULL)),
		     HMT_POLICY_STAY_MOST);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_stay);

/**
 * hmt_policy_margin() - return by how much a page must be warmer to replace another
 * @samples: number of samples for which the hot set will last
 *
 * Heat is the share of samples with an access, so that a difference of
 * HMT_HEAT_LEVELS is at least one access for each sample. A page that is seen in half
 * of the samples more than another one may have any number of accesses more.
 *
 * Return: difference of expected heat, from HMT_POLICY_MARGIN to HMT_POLICY_HOT.
 */
unsigned int hmt_policy_margin(u64 samples)
{
	u64 margin = div64_u64(HMT_POLICY_EXCHANGE, max(samples, 1ULL));

	margin = max_t(u64, margin, HMT_POLICY_MARGIN);
	return min_t(u64, margin, HMT_POLICY_HOT);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_margin);
