/* SPDX-License-Identifier: GPL-2.0 */
/* Replay of recorded heat with the policy of the kernel and other settings. */
#ifndef HMTCTL_REPLAY_H
#define HMTCTL_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/heattrace.h"

/* Keep a setting as it was recorded. */
#define REPLAY_AS_IS	UINT64_MAX

/**
 * struct replay_policy - settings that differ from the recorded ones
 * @low: low watermark in per mille
 * @high: high watermark
 * @promote: budget of promotion in a pass, in pages
 * @demote: budget of demotion in a pass, in pages
 * @decay: divisor: a sample takes 1/@decay of the heat
 * @nr_weights: entries in @weights
 * @weights: weights of providers
 * @nr_limits: entries in @limits
 * @limits: most pages of the workload in a tier
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
 * struct replay_result - counts of a replay
 * @passes: passes replayed
 * @promoted: promoted pages
 * @demoted: demoted pages
 * @nr_tiers: entries in @heat
 * @heat: heat of the pages in each tier before the moves of a pass, summed over
 *	all passes
 * @nr_providers: entries in @providers and @hits
 * @providers: names of the last pass
 * @hits: scores of each provider by tier of the page, summed over all passes
 * @fused: number of heat values that were computed from evidence
 * @unexplained: number of them that differ from the recorded heat
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
/*
 * Replay a pass; return NULL, or a text about a setting that needs data the
 * trace lacks.
 */
const char *replay_pass(struct replay *replay, const struct trace_pass *pass);
const struct replay_result *replay_result(const struct replay *replay);
void replay_free(struct replay *replay);

#endif
