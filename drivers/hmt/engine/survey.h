/* SPDX-License-Identifier: GPL-2.0 */
/* Surveys: samples of a part of the pages, in place of samples of all. */
#ifndef _HMT_ENGINE_SURVEY_H
#define _HMT_ENGINE_SURVEY_H

#include <linux/types.h>
#include "policy/policy.h"
#include "heat/heat.h"
#include "workload/workload.h"

struct hmt_census;
struct hmt_interval;
struct hmt_pass;

/*
 * Fewest samples that show whether all pages are accessed equally often. A
 * workload that has changed may be about to change again, and takes more.
 */
#define HMT_SURVEY_TALLIED	2

/* Samples of a survey, after one that has no hits. */
#define HMT_SURVEY_SAMPLES	4

/**
 * struct hmt_surveying - whether surveys take the place of samples
 * @on: they do
 * @flat: all pages are accessed equally often, so that nothing can be gained
 * @tops: bit mask of the tiers that have all pages and more room than they need, so
 *	that nothing can be gained either; 0: there are pages below, or too little room
 * @found_flat: the samples of this pass show that
 * @refused: they do, but something else calls for moves
 * @changed: surveys have ended before, as the workload changes from time to time
 * @part: pages of the present survey, or those whose hits are tallied; not on:
 *	neither
 * @tallied: samples in the tally
 * @since: time of the pass since which every page has been in its place, or all
 *	pages are alike, ns; 0: none
 * @number: number of surveys, which decides the part
 * @calm: surveys in a row that found no change
 * @stable: samples in a row between which the workload kept its size
 * @pages: its size at the first of them, or before the first survey, pages
 * @generation: generation of the graph before the first survey
 * @config: configuration before the first survey
 * @step_ns: time between two samples
 * @result: result of the present survey
 * @due: time of the next survey, ns
 * @until: time at which samples of all pages return for a pass, because heat can
 *	become more precise, ns; 0: nothing can be gained by that
 * @recount: a census is due that shows whether all pages are still in @tops
 * @count_at: earliest time of the next census, ns
 * @exchange_at: time of a census because the hot set has lasted longer, ns; 0: none
 * @exchanges: the present census is for that alone
 *
 * Owned by the engine's thread; all zeros at first.
 */
struct hmt_surveying {
	bool on;
	bool flat;
	u32 tops;
	bool found_flat;
	bool refused;
	bool changed;
	struct hmt_survey part;
	unsigned int tallied;
	u64 since;
	unsigned long number;
	unsigned int calm;
	unsigned int stable;
	u64 pages;
	u64 generation;
	struct hmt_workload_config config;
	u64 step_ns;
	struct hmt_policy_survey result;
	u64 due;
	u64 until;
	bool recount;
	u64 count_at;
	u64 exchange_at;
	bool exchanges;
};

bool hmt_survey_may_come(const struct hmt_surveying *surveying,
			 const struct hmt_pass *pass);
bool hmt_survey_note_sample(struct hmt_surveying *surveying,
			    struct hmt_pass *pass);
void hmt_survey_judge(struct hmt_surveying *surveying,
		      const struct hmt_pass *pass,
		      const struct hmt_interval *interval,
		      const struct hmt_census *census,
		      const struct hmt_policy_out *verdicts, bool still);
void hmt_survey_recheck(struct hmt_surveying *surveying,
			const struct hmt_pass *pass,
			const struct hmt_census *census,
			const struct hmt_policy_out *verdicts);
u32 hmt_survey_tick(struct hmt_surveying *surveying, struct hmt_pass *pass);
bool hmt_survey_wants_census(struct hmt_surveying *surveying,
			     const struct hmt_pass *pass,
			     struct hmt_policy_in *in);
void hmt_survey_note_census(struct hmt_surveying *surveying,
			    const struct hmt_pass *pass,
			    const struct hmt_interval *interval, bool settled);
void hmt_survey_end(struct hmt_surveying *surveying,
		    struct hmt_workload *workload);

#endif /* _HMT_ENGINE_SURVEY_H */
