/* SPDX-License-Identifier: GPL-2.0 */
/* How long the passes of a workload take. */
#ifndef _HMT_PACE_H
#define _HMT_PACE_H

#include <linux/types.h>
#include "policy.h"
#include "workload.h"

/**
 * struct hmt_pace - the pace of a workload
 * @policy: what policy is asked
 * @hits: pages that each session had found before the last round
 *
 * Owned by the engine's thread; zero at first.
 */
struct hmt_pace {
	struct hmt_policy_pace policy;
	u64 hits[HMT_PROVIDERS_MAX];
};

void hmt_pace_begin(struct hmt_pace *pace, struct hmt_workload_config *config);
void hmt_pace_round(struct hmt_pace *pace,
		    const struct hmt_workload *workload);
void hmt_pace_end(struct hmt_pace *pace, struct hmt_workload *workload,
		  bool changed);

#endif /* _HMT_PACE_H */
