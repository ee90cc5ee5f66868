// SPDX-License-Identifier: GPL-2.0
/*
 * Surveys: samples of a part of the pages, whose hits are counted apart from heat.
 * A page that is surveyed is thereby no warmer than others, and one that is not
 * surveyed no colder. Heat stands still in the meantime.
 */
#include <linux/export.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/xarray.h>
#include "hmt.h"
#include "heat.h"

u8 hmt_session_survey(const struct hmt_session *session, unsigned long addr)
{
	return hmt_survey_words(&session->survey, addr);
}
EXPORT_SYMBOL_GPL(hmt_session_survey);

/*
 * Begin to survey @part, or end that. Called by the engine between two samples.
 */
void hmt_sessions_set_survey(struct hmt_sessions *sessions,
			     const struct hmt_survey *part)
{
	unsigned int i;

	for (i = 0; i < sessions->nr; i++) {
		/* A call that the engine gave up has no mm to report on. */
		guard(mutex)(&sessions->list[i]->lock);
		sessions->list[i]->survey = *part;
	}
}

/*
 * Begin to count the hits of @part apart while all pages are looked at, or end
 * that. As hmt_sessions_set_survey().
 */
void hmt_sessions_set_tally(struct hmt_sessions *sessions,
			    const struct hmt_survey *part)
{
	unsigned int i;

	for (i = 0; i < sessions->nr; i++) {
		guard(mutex)(&sessions->list[i]->lock);
		sessions->list[i]->tally = *part;
	}
}

/* Return the count of a page that all providers see in one sample. */
unsigned int hmt_sessions_score(const struct hmt_sessions *sessions)
{
	unsigned int score = 0, i;

	for (i = 0; i < sessions->nr; i++)
		score += hmt_session_survey_score(sessions->list[i]);
	return score;
}

/*
 * Check whether all providers look when they are asked: what others push comes
 * at any time, about any page.
 */
bool hmt_sessions_can_survey(const struct hmt_sessions *sessions)
{
	unsigned int i;

	for (i = 0; i < sessions->nr; i++)
		if (sessions->list[i]->provider->push ||
		    !sessions->list[i]->provider->ops->collect)
			return false;
	return sessions->nr;
}

/* Add a page to @survey; @full: heat of the survey if each sample saw it. */
static void hmt_survey_count(struct hmt_policy_survey *survey, unsigned int heat,
			     unsigned int seen, unsigned int full)
{
	bool was_hot = 4 * heat > 3 * HMT_HEAT_MAX, is_hot = seen >= full;

	survey->pages[seen]++;
	survey->up += is_hot && 4 * heat < HMT_HEAT_MAX;
	survey->down += was_hot && !seen;
	survey->hot += was_hot || is_hot;
}

/* Add the surveyed pages of a chunk, of which @heat or @seen may be NULL. */
static void hmt_survey_compare_chunk(struct hmt_policy_survey *survey,
				     const u8 *heat, const u8 *seen,
				     unsigned int full, u8 words)
{
	unsigned int i;

	for (i = 0; words && i < HMT_CHUNK_PAGES; i++)
		if (words & BIT(i / HMT_SURVEY_WORD))
			hmt_survey_count(survey, heat ? heat[i] : 0,
					 seen ? seen[i] : 0, full);
}

/*
 * Add the pages of @part to @survey: their heat in @heat before, and their hits in
 * @seen of the survey, @full for a page that each sample saw. Chunks without any
 * heat are left out.
 */
void hmt_survey_compare(struct hmt_policy_survey *survey,
			const struct hmt_survey *part,
			struct hmt_heat_map *heat, struct hmt_heat_map *seen,
			unsigned int full)
{
	unsigned long index;
	u8 *chunk;

	xa_for_each(&seen->chunks, index, chunk) {
		hmt_survey_compare_chunk(survey, xa_load(&heat->chunks, index),
					 chunk, full,
					 hmt_survey_words(part, index
								<< HMT_CHUNK_SHIFT));
		cond_resched();
	}
	xa_for_each(&heat->chunks, index, chunk) {
		if (!xa_load(&seen->chunks, index))
			hmt_survey_compare_chunk(survey, chunk, NULL, full,
						 hmt_survey_words(part,
								  index
								  << HMT_CHUNK_SHIFT));
		cond_resched();
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_survey_compare);
