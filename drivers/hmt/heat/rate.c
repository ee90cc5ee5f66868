// SPDX-License-Identifier: GPL-2.0
/*
 * Rates of access by node, which providers measure once in a round or survey. They are
 * for the administrator: heat alone decides what moves.
 */
#include <linux/export.h>
#include <linux/hmt_internal.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/string.h>
#include "heat.h"

bool hmt_session_wants_rates(const struct hmt_session *session)
{
	return READ_ONCE(session->wants_rates) &&
	       session->rest <= session->from;
}
EXPORT_SYMBOL_GPL(hmt_session_wants_rates);

unsigned int hmt_session_rate_turn(const struct hmt_session *session)
{
	return READ_ONCE(session->rate_turn);
}
EXPORT_SYMBOL_GPL(hmt_session_rate_turn);

void hmt_report_rate(struct hmt_session *session, unsigned int nid, u64 rate)
{
	guard(mutex)(&session->lock);
	if (session->managed && session->wants_rates && nid < nr_node_ids)
		session->rates[nid] += rate;
}
EXPORT_SYMBOL_GPL(hmt_report_rate);

/*
 * Request rates with the next sample, or end that. Called by the engine between
 * two samples.
 */
void hmt_sessions_want_rates(struct hmt_sessions *sessions, bool wants)
{
	unsigned int i;

	for (i = 0; i < sessions->nr; i++) {
		struct hmt_session *session = sessions->list[i];

		mutex_lock(&session->lock);
		/* A call that the engine gave up may read it now. */
		WRITE_ONCE(session->wants_rates, wants);
		/* Those of the last measurement may not have been taken. */
		if (wants)
			memset(session->rates, 0,
			       nr_node_ids * sizeof(*session->rates));
		WRITE_ONCE(session->rate_turn, session->rate_turn + wants);
		mutex_unlock(&session->lock);
	}
}

/*
 * Add the rates that were reported to @rates, by node, and forget them. Return the
 * number of the measurement.
 */
unsigned int hmt_sessions_take_rates(struct hmt_sessions *sessions, u64 *rates)
{
	unsigned int i, nid, turn = 0;

	for (i = 0; i < sessions->nr; i++) {
		struct hmt_session *session = sessions->list[i];

		mutex_lock(&session->lock);
		turn = session->rate_turn;
		for (nid = 0; nid < nr_node_ids; nid++) {
			rates[nid] += session->rates[nid];
			session->rates[nid] = 0;
		}
		mutex_unlock(&session->lock);
	}
	return turn;
}
