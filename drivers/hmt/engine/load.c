// SPDX-License-Identifier: GPL-2.0
/*
 * Load of tiers: their latencies are measured between samples, and a tier that is slower
 * than the next one gives a part of its heat to it, see policy/load.c. Where a memory of
 * either has no bandwidth that firmware reports, nothing is measured.
 */
#include <linux/bits.h>
#include <linux/hmt_internal.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/nodemask.h>
#include <linux/numa.h>
#include <linux/string.h>
#include <linux/time64.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "policy/policy.h"
#include "heat/heat.h"
#include "workload/workload.h"
#include "pass.h"

/* Most measurements in a sleep, and least time between two of them, ns. */
#define HMT_LOAD_STEPS		4U
#define HMT_LOAD_STEP_NS	(20 * NSEC_PER_MSEC)

/* Latencies of a tier; 0: not known. */
struct hmt_load_figures {
	u32 now;
	u32 idle;
};

/*
 * Measure the memory of a tier that is nearest to the CPUs of node @from. The latency of
 * a memory of a device is none of CPUs.
 */
static void hmt_load_measure(const struct hmt_tier *tier, int from,
			     struct hmt_load_figures *figures)
{
	struct hmt_reach reach, best = { .distance = INT_MAX };
	u32 uid = HMT_UID_DEVICE;
	unsigned int i;

	*figures = (struct hmt_load_figures) {};
	if (!hmt_tier_is_measured(tier))
		return;
	for (i = 0; i < tier->nr_memories; i++) {
		if (tier->memories[i] & HMT_UID_DEVICE)
			return;
		hmt_memory_reach(tier->memories[i], from, true, &reach);
		if (!reach.bandwidth)
			return;
		if (reach.distance < best.distance) {
			best = reach;
			uid = tier->memories[i];
		}
	}
	if (uid == HMT_UID_DEVICE)
		return;
	figures->idle = best.distance;
	figures->now = hmt_memory_loaded_latency(uid, from);
}

/*
 * Return the node whose CPUs have the latencies that count: the home of the largest
 * process, or always the same one.
 */
static int hmt_load_from(const struct hmt_workload *workload)
{
	const struct hmt_mm *managed, *largest = NULL;

	list_for_each_entry(managed, &workload->mms, link)
		if (!largest || managed->size > largest->size)
			largest = managed;
	if (largest && largest->home != NUMA_NO_NODE)
		return largest->home;
	return first_node(node_states[N_CPU]);
}

static void hmt_load_sample_tiers(struct hmt_load *load,
				  const struct hmt_graph *graph, int from)
{
	struct hmt_load_figures figures[HMT_TIERS_MAX];
	struct hmt_policy_latency sample;
	unsigned int i;

	/* From the fastest tier down, which is the one with most load. */
	for (i = 0; i < graph->nr_tiers; i++)
		hmt_load_measure(&graph->tiers[i], from, &figures[i]);
	for (i = 0; i < graph->nr_tiers; i++) {
		const struct hmt_tier *tier = &graph->tiers[i];

		if (!tier->nr_targets)
			continue;
		sample.own = figures[i].now;
		sample.below = figures[tier->targets[0]].now;
		sample.idle = figures[i].idle;
		if (!sample.own || !sample.below)
			continue;
		hmt_policy_load_sample(&load->tiers[i], &sample);
		load->measures = true;
	}
}

/* Measure all tiers of the live graph. */
static void hmt_load_sample(struct hmt_pass *pass)
{
	struct hmt_load *load = pass->load;
	struct hmt_graph *graph = hmt_graph_get();

	load->measures = false;
	if (!graph)
		return;
	if (load->generation != graph->generation || !pass->config.spread_load) {
		memset(load, 0, sizeof(*load));
		load->generation = graph->generation;
	}
	if (pass->config.spread_load && !list_empty(&pass->workload->mms))
		hmt_load_sample_tiers(load, graph,
				      hmt_load_from(pass->workload));
	hmt_graph_put(graph);
}

/*
 * Sleep until @when (ns), at least @least ns, and measure now and then, and in the end.
 * Not while the engine works: where the program has no other CPU, there is no load then.
 */
void hmt_load_sleep(struct hmt_pass *pass, u64 when, u64 least)
{
	u64 now = ktime_get_ns(), part;
	unsigned int parts, i;

	part = max(when > now ? when - now : 0, least);
	parts = clamp_t(u64, div_u64(part, HMT_LOAD_STEP_NS), 1,
			pass->load->measures ? HMT_LOAD_STEPS : 1);
	part = div_u64(part, parts);
	for (i = 1; i <= parts && !kthread_should_stop(); i++) {
		hmt_collect_sleep(now + i * part, 0);
		hmt_load_sample(pass);
	}
}

/* Check whether a tier has another load than its share of the heat is for. */
bool hmt_load_is_uneven(const struct hmt_pass *pass)
{
	unsigned int i;

	for (i = 0; i < HMT_TIERS_MAX; i++)
		if (hmt_policy_load_is_uneven(&pass->load->tiers[i]))
			return true;
	return false;
}

/* Return the sum of @heat of tier @top and of all tiers below it. */
static u64 hmt_load_heat_from(const struct hmt_policy_in *in,
			      const u64 heat[HMT_TIERS_MAX], unsigned int top)
{
	u32 reached = BIT(top);
	unsigned int i, j;
	u64 sum = 0;

	/* A tier precedes its targets. */
	for (i = top; i < in->nr_tiers; i++) {
		if (!(reached & BIT(i)))
			continue;
		sum += heat[i];
		for (j = 0; j < in->tiers[i].nr_targets; j++)
			reached |= BIT(in->tiers[i].targets[j]);
	}
	return sum;
}

/* Set the heat that each tier of a census may have. */
void hmt_load_limit(const struct hmt_pass *pass, struct hmt_policy_in *in)
{
	struct hmt_load *load = pass->load;
	u32 least = HMT_POLICY_LOAD_ONE;
	u64 heat[HMT_TIERS_MAX];
	unsigned int i;

	if (load->generation != pass->graph->generation)
		return;
	for (i = 0; i < in->nr_tiers; i++)
		heat[i] = hmt_policy_heat(&in->tiers[i]);
	for (i = 0; i < in->nr_tiers; i++) {
		struct hmt_policy_tier *tier = &in->tiers[i];

		tier->heat_limit =
			hmt_policy_load_limit(&load->tiers[i], heat[i],
					      hmt_load_heat_from(in, heat, i));
		if (tier->heat_limit)
			least = min(least, load->tiers[i].share);
	}
	WRITE_ONCE(pass->workload->stats.load_permille,
		   least * 1000 / HMT_POLICY_LOAD_ONE);
}
