// SPDX-License-Identifier: GPL-2.0
/*
 * Pace: gathers what hmt_policy_interval() decides on, between the bounds that
 * the administrator gives.
 */
#include <linux/minmax.h>
#include "core.h"
#include "pace.h"
#include "plan.h"
#include "session.h"

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

/* Each provider was asked once: which of them found most? */
void hmt_pace_round(struct hmt_pace *pace, const struct hmt_workload *workload)
{
	unsigned int i;

	for (i = 0; i < workload->nr_sessions; i++) {
		u64 hits = workload->sessions[i]->stats.hits;

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
