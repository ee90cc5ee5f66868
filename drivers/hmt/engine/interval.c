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
#include "interval.h"
#include "plan.h"

/*
 * Looking at pages takes at most one part in so many of a CPU: while there is
 * something to learn, and when all is where it belongs.
 */
#define HMT_INTERVAL_SHARE_BUSY	10
#define HMT_INTERVAL_SHARE_IDLE	64

/* ... but for that a pass never takes longer than so many intervals. */
#define HMT_INTERVAL_STRETCH	16

/* A workload may have been frozen for days, which teaches nothing. */
#define HMT_INTERVAL_PASSED_MAX	256

/*
 * A pass begins: its length takes the place of what was asked for in @config, a
 * copy. A bound that is 0 is what was asked for.
 */
void hmt_interval_begin(struct hmt_interval *interval,
			struct hmt_workload_config *config)
{
	struct hmt_policy_interval_in *policy = &interval->policy;

	policy->base = config->interval_ms;
	policy->low =
		min(config->interval_min_ms ?: policy->base, policy->base);
	policy->high = max(config->interval_max_ms, policy->base);
	policy->interval = clamp(policy->interval ?: policy->base, policy->low,
				 policy->high);
	policy->found = 0;
	config->interval_ms = policy->interval;
}

/*
 * Rounds of samples in this pass, and the time between two samples (ns): what was
 * asked for, or what we may afford. What takes long is done less often when all is
 * in its place.
 */
unsigned int hmt_interval_rounds(const struct hmt_interval *interval,
				 const struct hmt_workload *workload,
				 const struct hmt_workload_config *config,
				 bool settled, u64 *step)
{
	bool still = settled && !hmt_policy_is_active(&workload->plan->out);
	const struct hmt_policy_budget budget = {
		.wanted_ns = (u64)config->interval_ms * NSEC_PER_MSEC,
		.round_ns = config->samples * interval->scan_ns,
		.rest_ns = interval->count_ns,
		.share = settled ? HMT_INTERVAL_SHARE_IDLE :
				   HMT_INTERVAL_SHARE_BUSY,
		.most = still ? HMT_INTERVAL_ROUNDS : 1,
		.stretch = HMT_INTERVAL_STRETCH,
	};
	u64 time;
	unsigned int rounds = hmt_policy_rounds(&budget, &time);

	*step = div_u64(time, rounds * config->samples);
	return rounds;
}

/* Intervals since policy was last asked, for policy; @now in ns. */
unsigned int hmt_interval_decide(struct hmt_interval *interval, u64 now)
{
	u64 length = (u64)interval->policy.interval * NSEC_PER_MSEC, passed = 1;

	if (interval->decided)
		passed =
			div64_u64(now - interval->decided + length / 2, length);
	interval->decided = now;
	return clamp_t(u64, passed, 1, HMT_INTERVAL_PASSED_MAX);
}

/* Did other pages become hot since this was last asked? */
bool hmt_interval_hot_set_changed(struct hmt_interval *interval,
				  struct hmt_workload *workload)
{
	struct hmt_mm *managed;

	memset(interval->pages, 0, sizeof(interval->pages));
	list_for_each_entry(managed, &workload->mms, link)
		hmt_heat_map_count(&managed->heat, interval->pages);
	interval->hot_set_changed =
		hmt_policy_hot_set_changed(interval->pages, interval->above);
	return interval->hot_set_changed;
}

/* Each provider was asked once: which of them found most? */
void hmt_interval_sample(struct hmt_interval *interval,
			 const struct hmt_workload *workload)
{
	unsigned int i;

	for (i = 0; i < workload->sessions.nr; i++) {
		u64 hits = workload->sessions.list[i]->stats.hits;

		interval->policy.found =
			max(interval->policy.found, hits - interval->hits[i]);
		interval->hits[i] = hits;
	}
}

/* The pass is over: how long will the next one be? */
void hmt_interval_end(struct hmt_interval *interval,
		      struct hmt_workload *workload, bool changed)
{
	struct hmt_policy_interval_in *policy = &interval->policy;

	policy->changed = changed;
	policy->room = hmt_policy_top_capacity(&workload->plan->in,
					       &workload->plan->out);
	policy->interval = hmt_policy_interval(policy);
	WRITE_ONCE(workload->stats.interval_ms, policy->interval);
	WRITE_ONCE(workload->stats.sample_pages, policy->found);
}
