/* SPDX-License-Identifier: GPL-2.0 */
/* How long the passes of a workload take. */
#ifndef _HMT_PACE_H
#define _HMT_PACE_H

#include <linux/types.h>
#include "policy/policy.h"
#include "workload/workload.h"

/* Most rounds of samples in a pass, when all is where it belongs. */
#define HMT_INTERVAL_ROUNDS		4

/**
 * struct hmt_interval - the pace of a workload
 * @policy: what policy is asked
 * @hits: pages that each session had found before the last sample
 * @scan_ns: CPU time for one sample in the last pass
 * @count_ns: CPU time that counting pages and deciding took in it
 * @decided: when that was, ns; 0: never
 * @hot_set_changed: the hot set changes
 * @above: see hmt_policy_hot_set_changed()
 * @pages: scratch: pages by heat
 *
 * Owned by the engine's thread; zero at first.
 */
struct hmt_interval {
	struct hmt_policy_interval_in policy;
	u64 hits[HMT_PROVIDERS_MAX];
	u64 scan_ns;
	u64 count_ns;
	u64 decided;
	bool hot_set_changed;
	u64 above[HMT_HEAT_LEVELS];
	u64 pages[HMT_HEAT_LEVELS];
};

void hmt_interval_begin(struct hmt_interval *interval,
			struct hmt_workload_config *config);
unsigned int hmt_interval_rounds(const struct hmt_interval *interval,
				 const struct hmt_workload *workload,
				 const struct hmt_workload_config *config,
				 bool settled, u64 *step);
void hmt_interval_sample(struct hmt_interval *interval,
			 const struct hmt_workload *workload);
bool hmt_interval_hot_set_changed(struct hmt_interval *interval,
				  struct hmt_workload *workload);
unsigned int hmt_interval_decide(struct hmt_interval *interval, u64 now);
void hmt_interval_end(struct hmt_interval *interval,
		      struct hmt_workload *workload, bool changed);

#endif /* _HMT_PACE_H */
