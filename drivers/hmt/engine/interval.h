/* SPDX-License-Identifier: GPL-2.0 */
/* Length of the passes of a workload. */
#ifndef _HMT_INTERVAL_H
#define _HMT_INTERVAL_H

#include <linux/types.h>
#include "policy/policy.h"
#include "workload/workload.h"

/* Most rounds of samples in a pass when every page is in its place. */
#define HMT_INTERVAL_ROUNDS		4

/**
 * struct hmt_interval - length of the passes of a workload
 * @policy: input of hmt_policy_interval()
 * @hits: pages that each session had found before the last sample
 * @scan_ns: CPU time of one sample in the last pass
 * @look_ns: the same, with what it cost the programs
 * @count_ns: CPU time of census and decision in the last pass
 * @rested_ns: time that the engine rested, or moved pages, after the samples of the
 *	last pass
 * @moved_ns: time in which pages moved in the last pass, without rests
 * @granted_ns: rests that the rate limits were granted for
 * @decided: time of the last decision, ns; 0: none yet
 *
 * Owned by the engine's thread; all zeros at first.
 */
struct hmt_interval {
	struct hmt_policy_interval_in policy;
	u64 hits[HMT_PROVIDERS_MAX];
	u64 scan_ns;
	u64 look_ns;
	u64 count_ns;
	u64 rested_ns;
	u64 moved_ns;
	u64 granted_ns;
	u64 decided;
};

void hmt_interval_begin(struct hmt_interval *interval,
			struct hmt_workload_config *config);
unsigned int hmt_interval_rounds(const struct hmt_interval *interval,
				 const struct hmt_workload_config *config,
				 bool settled, bool active, bool surveyed,
				 u64 *step);
void hmt_interval_sample(struct hmt_interval *interval,
			 const struct hmt_workload *workload);
u64 hmt_interval_break(const struct hmt_interval *interval,
		       const struct hmt_workload_config *config);
unsigned int hmt_interval_decide(struct hmt_interval *interval, u64 now);
unsigned int hmt_interval_earned(struct hmt_interval *interval, u64 rested_ns,
				 u64 owed_ns);
void hmt_interval_end(struct hmt_interval *interval,
		      struct hmt_workload *workload, u64 room, bool changed);

#endif /* _HMT_INTERVAL_H */
