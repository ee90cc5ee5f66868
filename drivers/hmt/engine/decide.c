// SPDX-License-Identifier: GPL-2.0
/* Decide: run the policy on a census, and trace its input and its verdicts. */
#include <linux/kernel.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "graph/graph.h"
#include "policy/policy.h"
#include "workload/workload.h"
#include "pass.h"

/* Trace the input of policy. The last tier ends a pass in the trace. */
static void hmt_decide_trace_in(const struct hmt_pass *pass,
				const struct hmt_policy_in *in)
{
	const struct hmt_workload *workload = pass->workload;
	unsigned int i;

	for (i = 0; i < pass->config.nr_providers; i++)
		trace_hmt_provider(workload->name, &pass->config.providers[i],
				   workload->sampled);
	for (i = 0; i < in->nr_tiers; i++)
		trace_hmt_tier(workload->name, pass->graph->tiers[i].name, i,
			       in, pass->samples);
}

static void hmt_decide_trace_out(const struct hmt_pass *pass,
				 const struct hmt_policy_out *verdicts)
{
	unsigned int i;

	for (i = 0; i < verdicts->nr_tiers; i++) {
		const struct hmt_policy_verdict *verdict = &verdicts->tiers[i];

		trace_hmt_plan(pass->workload->name, pass->graph->tiers[i].name,
			       verdict->promote_min, verdict->promote_quota,
			       verdict->demote_min, verdict->demote_max,
			       verdict->demote_quota);
	}
}

/* Run the policy: fill @verdicts from @in. */
void hmt_decide(const struct hmt_pass *pass, const struct hmt_policy_in *in,
		struct hmt_policy_out *verdicts)
{
	hmt_decide_trace_in(pass, in);
	hmt_policy_run(in, verdicts);
	hmt_decide_trace_out(pass, verdicts);
}
