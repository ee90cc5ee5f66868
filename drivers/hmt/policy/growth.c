// SPDX-License-Identifier: GPL-2.0
/*
 * Policy on programs that fill memory. While one does its heat means little: it has
 * just written the last pages, which look hot, and the first ones look cold, whatever
 * it does with them later.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/*
 * Divisors: a program that grows by the first share between two samples fills memory if
 * it has grown by the second one of late.
 */
#define HMT_POLICY_GROWTH	64
#define HMT_POLICY_GROWN	8

/**
 * hmt_policy_grows() - check whether a program fills memory
 * @growth: pages that it had; all 0 at first, updated
 * @pages: pages that it has in this sample
 * @parts: the last sample was one of this number of parts of the usual time ago
 *
 * A program that frees memory and allocates as much again does not: many do that
 * all the time, and their heat would never be known. Neither does one that grows by
 * a small step now and then, as a collector of garbage does: the heat of all other
 * pages is as good as before.
 *
 * Return: true if @pages is clearly more than the program had of late, and far more
 * than in the last samples.
 */
bool hmt_policy_grows(struct hmt_policy_growth *growth, u64 pages,
		      unsigned int parts)
{
	bool grows = pages > growth->most &&
		     (pages - growth->most) * parts > pages / HMT_POLICY_GROWTH &&
		     pages - growth->lately > pages / HMT_POLICY_GROWN;

	growth->last = pages;
	growth->paused = false;
	/* Pages that were freed long ago do not count. */
	if (pages > growth->most)
		growth->most = pages;
	else
		growth->most -= (growth->most - pages) /
				(HMT_POLICY_GROWTH * parts);
	/* At a steady rate it lags behind by what the last eight samples added. */
	if (pages > growth->lately)
		growth->lately += (pages - growth->lately) /
				  (HMT_POLICY_GROWN * parts);
	else
		growth->lately -= (growth->lately - pages) /
				  (HMT_POLICY_GROWN * parts);
	return grows;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_grows);

/**
 * hmt_policy_growth_ends() - check whether a program has ceased to fill memory
 * @growth: pages that it had; updated
 * @pages: pages that it has now, between two samples
 * @parts: number of looks in the usual time between two samples
 *
 * Memory that a program fills comes in huge pages, and not all the time.
 *
 * Return: true if it has grown in two looks in a row by less than a quarter of what one
 *	does that fills memory.
 */
bool hmt_policy_growth_ends(struct hmt_policy_growth *growth, u64 pages,
			    unsigned int parts)
{
	bool grows = pages > growth->last &&
		     4 * (pages - growth->last) * parts > pages / HMT_POLICY_GROWTH;

	growth->last = pages;
	if (grows || !growth->paused) {
		growth->paused = !grows;
		return false;
	}
	growth->most = pages;
	growth->lately = min(growth->lately, pages);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_growth_ends);
