/* SPDX-License-Identifier: GPL-2.0 */
/* How long the passes of a workload take. */
#ifndef _HMT_PACE_H
#define _HMT_PACE_H

#include <linux/types.h>
#include "policy/policy.h"
#include "workload/workload.h"

/* Most rounds of samples in a pass, when all is where it belongs. */
#define HMT_PACE_ROUNDS		4

/**
 * struct hmt_pace - the pace of a workload
 * @policy: what policy is asked
 * @hits: pages that each session had found before the last sample
 * @scan_ns: CPU time for one sample in the last pass
 * @count_ns: CPU time that counting pages and deciding took in it
 * @decided: when that was, ns; 0: never
 * @turns: the hot set changes
 * @above: see hmt_policy_turns()
 * @pages: scratch: pages by heat
 *
 * Owned by the engine's thread; zero at first.
 */
struct hmt_pace {
	struct hmt_policy_pace policy;
	u64 hits[HMT_PROVIDERS_MAX];
	u64 scan_ns;
	u64 count_ns;
	u64 decided;
	bool turns;
	u64 above[HMT_HEAT_LEVELS];
	u64 pages[HMT_HEAT_LEVELS];
};

void hmt_pace_begin(struct hmt_pace *pace, struct hmt_workload_config *config);
unsigned int hmt_pace_rounds(const struct hmt_pace *pace,
			     const struct hmt_workload *workload,
			     const struct hmt_workload_config *config,
			     bool settled, u64 *step);
void hmt_pace_sample(struct hmt_pace *pace,
		     const struct hmt_workload *workload);
bool hmt_pace_turns(struct hmt_pace *pace, struct hmt_workload *workload);
unsigned int hmt_pace_decide(struct hmt_pace *pace, u64 now);
void hmt_pace_end(struct hmt_pace *pace, struct hmt_workload *workload,
		  bool changed);

#endif /* _HMT_PACE_H */
