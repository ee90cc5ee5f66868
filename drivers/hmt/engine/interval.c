// SPDX-License-Identifier: GPL-2.0
/*
 * Intervals: gather the input of hmt_policy_interval(), which chooses the
 * length of a pass between the bounds that the administrator configures.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include "hmt.h"
#include "heat/heat.h"
#include "interval.h"

/*
 * Divisor: samples, census and decision take HMT_POLICY_SHARE of a CPU at most
 * while heat changes, and this share when every page is in its place, with what
 * samples cost the programs. While pages are misplaced, time that passes before
 * they are found costs more than the samples do.
 */
#define HMT_INTERVAL_SHARE_IDLE	64

/*
 * To stay within the smaller share a pass takes at most this number of
 * intervals: fewer if surveys are about to take the place of samples, because pages
 * look alike after a long time.
 */
#define HMT_INTERVAL_STRETCH	16
#define HMT_INTERVAL_STRETCH_SURVEYED	2

/* Most intervals that count; a workload may have been frozen for days. */
#define HMT_INTERVAL_PASSED_MAX	256

/*
 * Begin a pass: replace the configured interval in @config, a copy, by the
 * length of the pass. A bound of 0 is the configured interval.
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
 * Return the number of rounds of samples in this pass, and set @step to the
 * time between two samples (ns): the configured one, or a longer one within the
 * share of a CPU. When every page is in its place, expensive samples are taken
 * less often, and unless policy is @active there are more rounds for a
 * decision. @surveyed: surveys may take the place of samples, from the next decision
 * on.
 */
unsigned int hmt_interval_rounds(const struct hmt_interval *interval,
				 const struct hmt_workload_config *config,
				 bool settled, bool active, bool surveyed,
				 u64 *step)
{
	bool still = settled && !active;
	const struct hmt_policy_budget budget = {
		.wanted_ns = (u64)config->interval_ms * NSEC_PER_MSEC,
		.round_ns = config->samples * (settled ? interval->look_ns :
							 interval->scan_ns),
		.rest_ns = interval->count_ns,
		.rested_ns = interval->rested_ns,
		.share = settled ? HMT_INTERVAL_SHARE_IDLE :
				   HMT_POLICY_SHARE,
		.most = still && !surveyed ? HMT_INTERVAL_ROUNDS : 1,
		.stretch = surveyed ? HMT_INTERVAL_STRETCH_SURVEYED :
				      HMT_INTERVAL_STRETCH,
	};
	u64 time;
	unsigned int rounds = hmt_policy_rounds(&budget, &time);

	*step = div_u64(time, rounds * config->samples);
	return rounds;
}

/*
 * Return the time (ns) after which another pass is within the share of a CPU of a
 * workload in which every page is in its place.
 */
u64 hmt_interval_break(const struct hmt_interval *interval,
		       const struct hmt_workload_config *config)
{
	return (config->samples * interval->look_ns + interval->count_ns) *
	       HMT_INTERVAL_SHARE_IDLE;
}

/* Return the number of intervals since the last decision; @now in ns. */
unsigned int hmt_interval_decide(struct hmt_interval *interval, u64 now)
{
	u64 length = (u64)interval->policy.interval * NSEC_PER_MSEC, passed = 1;

	if (interval->decided)
		passed =
			div64_u64(now - interval->decided + length / 2, length);
	interval->decided = now;
	return clamp_t(u64, passed, 1, HMT_INTERVAL_PASSED_MAX);
}

/*
 * Return the number of intervals for which pages may move: one, and those that the
 * engine has rested in since the last call, in which the rate limits were not used
 * up, or those before which the next pass cannot begin. @rested_ns is the total
 * duration of its rests, @owed_ns of those that it has yet to take.
 */
unsigned int hmt_interval_earned(struct hmt_interval *interval, u64 rested_ns,
				 u64 owed_ns)
{
	u64 length = (u64)interval->policy.interval * NSEC_PER_MSEC;
	u64 rests = max(rested_ns - interval->granted_ns, owed_ns);

	interval->granted_ns = rested_ns;
	return min_t(u64, 1 + div64_u64(rests, length),
		     HMT_INTERVAL_PASSED_MAX);
}

/* Note the most pages that a provider found in a sample. */
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

/* End a pass: choose the length of the next one. */
void hmt_interval_end(struct hmt_interval *interval,
		      struct hmt_workload *workload, u64 room, bool changed)
{
	struct hmt_policy_interval_in *policy = &interval->policy;

	policy->changed = changed;
	policy->room = room;
	policy->interval = hmt_policy_interval(policy);
	WRITE_ONCE(workload->stats.interval_ms, policy->interval);
	WRITE_ONCE(workload->stats.sample_pages, policy->found);
}
