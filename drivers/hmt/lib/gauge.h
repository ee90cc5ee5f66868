/* SPDX-License-Identifier: GPL-2.0 */
/* A figure that is expensive to measure: kept, and measured again when old. */
#ifndef _HMT_GAUGE_H
#define _HMT_GAUGE_H

#include <linux/atomic.h>
#include <linux/types.h>

/**
 * struct hmt_gauge - a figure and its age
 * @due: time from which the figure is old, ns; 0: from now on
 * @value: the figure
 *
 * All zeros at first. Any number of readers in any context.
 */
struct hmt_gauge {
	atomic64_t due;
	atomic_long_t value;
};

unsigned long hmt_gauge_read(struct hmt_gauge *gauge, u64 now, u64 period,
			     unsigned long (*measure)(void *arg), void *arg);
void hmt_gauge_expire(struct hmt_gauge *gauge);

#endif /* _HMT_GAUGE_H */
