/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Estimates of rates of access from the number of windows in which a page was
 * accessed. Pure functions.
 */
#ifndef _HMT_RATE_H
#define _HMT_RATE_H

#include <linux/math.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

/* Accesses in a window are counted in this part of one. */
#define HMT_RATE_UNIT		26880

/* Number of windows, and of those that do not show the rate of a page any more. */
#define HMT_RATE_WINDOWS	8
#define HMT_RATE_FILLED		7

/*
 * Number of short windows for pages that fill those: of a group of pages, and of all
 * groups together unless that is less for each.
 */
#define HMT_RATE_SHORT_LEAST	12U
#define HMT_RATE_SHORT_MOST	48U
#define HMT_RATE_SHORT_ALL	384U

/* Pause in the shortest windows, us. */
#define HMT_RATE_SHORT_US		10U

/* Shortest windows of each page, which show how long the others have to be. */
#define HMT_RATE_PROBES			12U

/* Most times that other short windows are as long as those. */
#define HMT_RATE_SHORT_FACTOR		8U

/*
 * Return the time for which a program had the CPU of a thread that waited from @begin
 * to @end, ns, and whose timer expired at @rang. The switch to the program takes as
 * long as that from it, about. 0: something else delayed the latter, and the program
 * may have had the CPU.
 */
static inline u64 hmt_rate_ran(u64 begin, u64 rang, u64 end)
{
	u64 until = rang - begin, back = end - rang;

	return back < until / 2 ? until - back : 0;
}

/*
 * Return the accesses in a window that hit number @hit of a page adds, from 0, in
 * 1/HMT_RATE_UNIT. A page that was accessed in k of n windows has the sum of k
 * terms, 1/n + 1/(n-1) + ... + 1/(n-k+1).
 */
static inline unsigned int hmt_rate_hit(unsigned int windows, unsigned int hit)
{
	return DIV_ROUND_CLOSEST(HMT_RATE_UNIT, windows - hit);
}

/* Return the accesses in a window of a page that was accessed in @hits of them. */
static inline unsigned int hmt_rate_sum(unsigned int windows, unsigned int hits)
{
	unsigned int sum = 0, hit;

	for (hit = 0; hit < hits; hit++)
		sum += hmt_rate_hit(windows, hit);
	return sum;
}

/* Return the same in a long window if those were short ones. */
static inline u64 hmt_rate_scaled(unsigned int windows, unsigned int hits,
				  u64 long_ns, u64 short_ns)
{
	return mul_u64_u64_div_u64(hmt_rate_sum(windows, hits), long_ns,
				   short_ns);
}

/*
 * Return the number of short windows of each of @groups, at least one. Fewer pages are
 * looked at more often, because a mean of few is less exact.
 */
static inline unsigned int hmt_rate_short_windows(unsigned int groups)
{
	return clamp(HMT_RATE_SHORT_ALL / groups, HMT_RATE_SHORT_LEAST,
		     HMT_RATE_SHORT_MOST);
}

/*
 * Return how many times as long as the shortest windows the others have to be for a
 * page that was accessed in @hits of those: so that it is accessed about once, because
 * in shorter ones chance is large, and longer ones do not show the rate.
 */
static inline unsigned int hmt_rate_short_factor(unsigned int hits)
{
	return clamp(HMT_RATE_PROBES / max(hits, 1U), 1U, HMT_RATE_SHORT_FACTOR);
}

/*
 * Return the pause (us) in windows that are @factor times as long as the shortest
 * ones, @ns: a part of a window is no pause, where the thread and the program have
 * CPUs of their own.
 */
static inline unsigned int hmt_rate_short_pause(unsigned int factor, u64 ns)
{
	return HMT_RATE_SHORT_US + div_u64((factor - 1) * ns, 1000);
}

/*
 * Return the accesses in a window beyond those that a page counts for that was
 * accessed in @hits of them, and @all times in a window by short ones. A page that
 * filled windows by chance counts as before.
 */
static inline u64 hmt_rate_beyond(unsigned int hits, u64 all)
{
	unsigned int counted = hmt_rate_sum(HMT_RATE_WINDOWS, hits);

	return all > counted ? all - counted : 0;
}

#endif /* _HMT_RATE_H */
