/* SPDX-License-Identifier: GPL-2.0 */
/* Recorded heat under the policy of the kernel, with other settings. */
#ifndef HMTCTL_REPLAY_H
#define HMTCTL_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/heattrace.h"

/* "As it was recorded." */
#define REPLAY_AS_IS	UINT64_MAX

/**
 * struct replay_policy - settings that differ from the recorded ones
 * @low: low watermark in per mille
 * @high: high watermark
 * @promote: pages that may be promoted in a pass
 * @demote: pages that may be demoted
 * @decay: part of the heat that a sample takes, as its divisor
 * @nr_weights: entries in @weights
 * @weights: weights of providers
 * @nr_limits: entries in @limits
 * @limits: pages that the workload may have in a tier
 */
struct replay_policy {
	uint64_t low;
	uint64_t high;
	uint64_t promote;
	uint64_t demote;
	uint64_t decay;
	size_t nr_weights;
	struct trace_provider weights[HMT_PROVIDERS_MAX];
	size_t nr_limits;
	struct {
		char tier[HMT_NAME_MAX + 1];
		uint64_t pages;
	} limits[HMT_TIERS_MAX];
};

/**
 * struct replay_result - what came of it
 * @passes: passes replayed
 * @promoted: pages moved up
 * @demoted: pages moved down
 * @nr_tiers: entries in @heat
 * @heat: heat of the pages in each tier, summed over the passes, each pass
 *	seen before it moved anything
 * @nr_providers: entries in @providers and @hits
 * @providers: names of the last pass
 * @hits: scores of each provider in each tier, where pages were when it saw them
 * @fused: heats of pages that were made anew from evidence, one a pass
 * @unexplained: those of them whose evidence does not make the recorded heat
 */
struct replay_result {
	uint64_t passes;
	uint64_t promoted;
	uint64_t demoted;
	unsigned int nr_tiers;
	uint64_t heat[HMT_TIERS_MAX];
	unsigned int nr_providers;
	char providers[HMT_PROVIDERS_MAX][HMT_NAME_MAX + 1];
	uint64_t hits[HMT_PROVIDERS_MAX][HMT_TIERS_MAX];
	uint64_t fused;
	uint64_t unexplained;
};

struct replay;

struct replay *replay_new(const struct replay_policy *policy);
/* NULL, or what of the settings the trace has nothing for. */
const char *replay_pass(struct replay *replay, const struct trace_pass *pass);
const struct replay_result *replay_result(const struct replay *replay);
void replay_free(struct replay *replay);

#endif
