/* SPDX-License-Identifier: GPL-2.0 */
/* Share of a CPU that sampling and counting take, at any size of a workload. */
#ifndef _HMT_PACE_H
#define _HMT_PACE_H

#include <linux/types.h>
#include "policy/policy.h"

struct hmt_workload;

/**
 * struct hmt_pace - CPU time of an engine, and its rests
 * @workload: workload of the engine
 * @policy: CPU time that is used beyond the share
 * @rested_ns: total duration of the rests
 *
 * Owned by the engine's thread.
 */
struct hmt_pace {
	const struct hmt_workload *workload;
	struct hmt_policy_pace policy;
	u64 rested_ns;
};

void hmt_pace_init(struct hmt_pace *pace, const struct hmt_workload *workload);
bool hmt_pace_is_spent(struct hmt_pace *pace);
void hmt_pace_rest(struct hmt_pace *pace);
void hmt_pace_suspend(struct hmt_pace *pace);
void hmt_pace_resume(struct hmt_pace *pace);
void hmt_pace_begin_moves(struct hmt_pace *pace);
void hmt_pace_end_moves(struct hmt_pace *pace);
u64 hmt_pace_owed(struct hmt_pace *pace);
u64 hmt_pace_clock(const struct hmt_pace *pace);

#endif /* _HMT_PACE_H */
