// SPDX-License-Identifier: GPL-2.0
/* Policy of surveys: when samples of a part of the pages are enough. */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/*
 * Divisors: surveys take these shares of a CPU at most where nothing can be
 * gained, and where all pages are in their place.
 */
#define HMT_POLICY_SURVEY_FLAT	512
#define HMT_POLICY_SURVEY_STILL	128

/* The time between surveys doubles up to this number of times. */
#define HMT_POLICY_SURVEY_TWICE	6U

/* Divisor: part of the time before a change after which it is found at the latest. */
#define HMT_POLICY_SURVEY_LATE	8

/* Fixed points of heat and of its square. */
#define HMT_SURVEY_UNIT		16ULL
#define HMT_SURVEY_SQUARE	(HMT_SURVEY_UNIT * HMT_SURVEY_UNIT)

/**
 * hmt_policy_is_flat() - check whether all pages are accessed equally often
 * @pages: pages by heat
 * @warmest: heat of a page that was seen in each sample; at most HMT_HEAT_MAX
 * @samples: number of samples behind the heat, which has hardly decayed since
 *
 * With the same chance p for each page, the number of samples that see a page is
 * binomial, and the variance of heat is m * (@warmest - m) / @samples, where m is
 * the mean. The excess over that is the variance of the chances. A placement that
 * knows all of them gains at most half of its root, for tiers of equal size and
 * less for others: 6 % of the accesses, if the root is 1/8 of the mean.
 *
 * Pages that are hardly accessed need more samples than there are, and cost
 * little to look at. Pages that are accessed many times between two samples look
 * alike to any number of samples.
 *
 * Return: true if no placement is better than another by more than that.
 */
bool hmt_policy_is_flat(const u64 pages[HMT_HEAT_LEVELS], unsigned int warmest,
			unsigned int samples)
{
	u64 nr = 0, sum = 0, squares = 0, mean, square, chance;
	unsigned int heat;

	for (heat = 0; heat < HMT_HEAT_LEVELS; heat++) {
		nr += pages[heat];
		sum += pages[heat] * heat;
		squares += pages[heat] * heat * heat;
	}
	if (!nr || !samples)
		return false;
	mean = min(div64_u64(sum * HMT_SURVEY_UNIT, nr),
		   warmest * HMT_SURVEY_UNIT);
	if (4 * mean < warmest * HMT_SURVEY_UNIT)
		return false;
	square = div64_u64(squares * HMT_SURVEY_SQUARE, nr);
	chance = div64_u64(mean * (warmest * HMT_SURVEY_UNIT - mean), samples);
	/* Rounding the mean down may exceed the difference. */
	return square <= mean * mean + chance +
				 max(mean * mean / 64, 2 * mean);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_is_flat);

/**
 * hmt_policy_survey_changed() - check whether other pages are hot than before
 * @survey: surveyed pages
 *
 * Chance makes one in 256 of the pages disagree that are seen in a quarter of
 * all samples, and others less often. If pages became hot and others cold,
 * less is enough than if one of that happened, which a program does that becomes
 * busier or idle.
 *
 * Return: true if both are more than 1/64 of the hot pages, or one more than
 * 1/8.
 */
bool hmt_policy_survey_changed(const struct hmt_policy_survey *survey)
{
	u64 least = min(survey->up, survey->down);
	u64 most = max(survey->up, survey->down);

	return least > max_t(u64, survey->hot / 64, HMT_POLICY_SURVEY_LEAST) ||
	       most > max_t(u64, survey->hot / 8, 4 * HMT_POLICY_SURVEY_LEAST);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_survey_changed);

/**
 * hmt_policy_survey_shift() - choose the chunks of a survey
 * @pages: pages of the workload
 *
 * One word of each of these chunks has some 8,000 to 16,000 pages: 100 of them
 * are 1 %, beyond chance.
 *
 * Return: n, for one of 2^n chunks.
 */
unsigned int hmt_policy_survey_shift(u64 pages)
{
	unsigned int shift = 0;

	while (shift < HMT_POLICY_SURVEY_SHIFT_MAX &&
	       pages >> shift > HMT_POLICY_SURVEY_PAGES)
		shift++;
	return shift;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_survey_shift);

/**
 * hmt_policy_survey_gap() - choose the time to the next survey
 * @gap: how long all has been still, and the cost
 *
 * Return: ns
 */
u64 hmt_policy_survey_gap(const struct hmt_policy_survey_gap *gap)
{
	u64 cost = gap->cost_ns * (gap->flat ? HMT_POLICY_SURVEY_FLAT :
					       HMT_POLICY_SURVEY_STILL);
	unsigned int twice = min(gap->calm, HMT_POLICY_SURVEY_TWICE);
	u64 time = gap->interval_ns << twice;

	/* The longer it has been still the longer it will be, and may be late. */
	if (!gap->flat)
		time = max(min(gap->still_ns / HMT_POLICY_SURVEY_LATE,
			       gap->interval_ns << HMT_POLICY_SURVEY_TWICE),
			   gap->interval_ns);
	if (gap->most_ns)
		time = min(time, max(gap->most_ns, gap->interval_ns));
	return max(time, cost);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_survey_gap);
