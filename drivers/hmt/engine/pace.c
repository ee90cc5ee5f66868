// SPDX-License-Identifier: GPL-2.0
/*
 * Pace: gathers what hmt_policy_interval() decides on, between the bounds that
 * the administrator gives.
 */
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/time64.h>
#include "hmt.h"
#include "heat/heat.h"
#include "pace.h"
#include "plan.h"

/*
 * Looking at pages takes at most one part in so many of a CPU: while there is
 * something to learn, and when all is where it belongs.
 */
#define HMT_PACE_SHARE_BUSY	10
#define HMT_PACE_SHARE_IDLE	64

/* ... but for that a pass never takes longer than so many intervals. */
#define HMT_PACE_STRETCH	16

/* A workload may have been frozen for days, which teaches nothing. */
#define HMT_PACE_INTERVALS	256

/*
 * A pass begins: its length takes the place of what was asked for in @config, a
 * copy. A bound that is 0 is what was asked for.
 */
void hmt_pace_begin(struct hmt_pace *pace, struct hmt_workload_config *config)
{
	struct hmt_policy_pace *policy = &pace->policy;

	policy->base = config->interval_ms;
	policy->low = min(config->interval_min_ms ?: policy->base,
			  policy->base);
	policy->high = max(config->interval_max_ms, policy->base);
	policy->interval = clamp(policy->interval ?: policy->base,
				 policy->low, policy->high);
	policy->found = 0;
	config->interval_ms = policy->interval;
}

/*
 * Rounds of samples in this pass, and the time between two samples (ns): what was
 * asked for, or what we may afford. What takes long is done less often when all is
 * in its place.
 */
unsigned int hmt_pace_rounds(const struct hmt_pace *pace,
			     const struct hmt_workload *workload,
			     const struct hmt_workload_config *config,
			     bool settled, u64 *step)
{
	bool still = settled && !hmt_policy_stirs(&workload->plan->out);
	const struct hmt_policy_effort effort = {
		.wanted_ns = (u64)config->interval_ms * NSEC_PER_MSEC,
		.round_ns = config->samples * pace->scan_ns,
		.rest_ns = pace->count_ns,
		.share = settled ? HMT_PACE_SHARE_IDLE : HMT_PACE_SHARE_BUSY,
		.most = still ? HMT_PACE_ROUNDS : 1,
		.stretch = HMT_PACE_STRETCH,
	};
	u64 time;
	unsigned int rounds = hmt_policy_rounds(&effort, &time);

	*step = div_u64(time, rounds * config->samples);
	return rounds;
}

/* Intervals since policy was last asked, for policy; @now in ns. */
unsigned int hmt_pace_decide(struct hmt_pace *pace, u64 now)
{
	u64 interval = (u64)pace->policy.interval * NSEC_PER_MSEC, passed = 1;

	if (pace->decided)
		passed = div64_u64(now - pace->decided + interval / 2,
				   interval);
	pace->decided = now;
	return clamp_t(u64, passed, 1, HMT_PACE_INTERVALS);
}

/* Did other pages become hot since this was last asked? */
bool hmt_pace_turns(struct hmt_pace *pace, struct hmt_workload *workload)
{
	struct hmt_space *space;

	memset(pace->pages, 0, sizeof(pace->pages));
	list_for_each_entry(space, &workload->spaces, link)
		hmt_heat_map_count(&space->heat, pace->pages);
	pace->turns = hmt_policy_turns(pace->pages, pace->above);
	return pace->turns;
}

/* Each provider was asked once: which of them found most? */
void hmt_pace_sample(struct hmt_pace *pace, const struct hmt_workload *workload)
{
	unsigned int i;

	for (i = 0; i < workload->sessions.nr; i++) {
		u64 hits = workload->sessions.list[i]->stats.hits;

		pace->policy.found = max(pace->policy.found,
					 hits - pace->hits[i]);
		pace->hits[i] = hits;
	}
}

/* The pass is over: how long will the next one be? */
void hmt_pace_end(struct hmt_pace *pace, struct hmt_workload *workload,
		  bool changed)
{
	struct hmt_policy_pace *policy = &pace->policy;

	policy->changed = changed;
	policy->room = hmt_policy_room_on_top(&workload->plan->in,
					      &workload->plan->out);
	policy->interval = hmt_policy_interval(policy);
	WRITE_ONCE(workload->stats.interval_ms, policy->interval);
	WRITE_ONCE(workload->stats.round_pages, policy->found);
}
