// SPDX-License-Identifier: GPL-2.0
/*
 * Hint faults of the kernel promote pages between two passes, with the room and
 * the rate that a pass leaves.
 */
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include "hmt.h"
#include "graph/graph.h"
#include "policy/policy.h"
#include "workload/workload.h"
#include "pass.h"

static bool hmt_hint_is_on(const struct hmt_pass *pass)
{
	return pass->config.promote_in_fault && !pass->config.dry_run;
}

/*
 * Add the hot pages that hint faults found no room for since the last pass to
 * the demand for tiers, so that colder pages leave.
 */
void hmt_hint_want(const struct hmt_pass *pass, struct hmt_policy_in *in)
{
	if (hmt_hint_is_on(pass))
		hmt_hints_want(&pass->workload->hints, in);
}

/*
 * Offer what the verdicts leave to hint faults. Pages that leave for them are not
 * yielded to other workloads.
 */
void hmt_hint_offer(const struct hmt_pass *pass,
		    struct hmt_policy_out *verdicts)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_hints *hints = &workload->hints;
	struct hmt_policy_hints offer;
	unsigned int i;

	if (!hmt_hint_is_on(pass) || hmt_engine_is_stale(pass)) {
		hmt_hint_withdraw(workload);
		return;
	}
	hmt_policy_hints(verdicts, hints->wanted, &offer);
	for (i = 0; i < verdicts->nr_tiers; i++)
		verdicts->tiers[i].yielded -= min(verdicts->tiers[i].yielded,
						  hints->wanted[i]);
	guard(mutex)(&workload->config_lock);
	hmt_hints_offer(workload, pass->graph->generation, pass->alike,
			&offer);
}

/* Offer nothing to hint faults. */
void hmt_hint_withdraw(struct hmt_workload *workload)
{
	guard(mutex)(&workload->config_lock);
	hmt_hints_withdraw(workload);
}
