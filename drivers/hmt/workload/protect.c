// SPDX-License-Identifier: GPL-2.0
/*
 * Guarantees of workloads where pages make room between two passes, as on a device
 * whose memory other processes touch. The engine counts the pages of each tier once
 * in a pass. Those of the process at hand on the memory at hand are known at any
 * time, and replace their count where this memory is all of the tier.
 */
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include "hmt.h"
#include "graph/graph.h"
#include "heat/heat.h"
#include "policy/policy.h"
#include "workload.h"

/*
 * Fill in the guarantee of @workload in tier @index of @graph, and its pages there,
 * as of its last census. Without a pass that ended in that graph, and in a dry run,
 * nothing is guaranteed.
 */
static void hmt_protect_read(const struct hmt_workload *workload,
			     const struct hmt_graph *graph, unsigned int index,
			     struct hmt_policy_part *part)
{
	const struct hmt_tier_stats *tier = &workload->tiers[index];
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&workload->tiers_seq);
		part->workload = 0;
		part->protect = 0;
		if (workload->generation == graph->generation &&
		    index < READ_ONCE(workload->nr_tiers) &&
		    !READ_ONCE(workload->config.dry_run)) {
			part->workload = tier->pages;
			part->protect = tier->protect;
		}
	} while (read_seqcount_retry(&workload->tiers_seq, seq));
}

/* Replace the pages of @managed that the census counted by those that it has. */
static void hmt_protect_renew(const struct hmt_mm *managed,
			      const struct hmt_graph *graph, unsigned int index,
			      struct hmt_policy_part *part)
{
	u64 own = 0;

	if (graph->tiers[index].nr_memories > 1)
		return;
	if (READ_ONCE(managed->generation) == graph->generation)
		own = READ_ONCE(managed->pages[index]);
	part->workload -= min(own, part->workload);
	part->workload += part->has;
}

/*
 * Fill in @part, whose @has is known, for the process of @mm and tier @index of
 * @graph. Between processes of the same workload, and without one, nothing is
 * guaranteed: @other is the other process. Context: any.
 */
void hmt_protect_find(const struct mm_struct *mm, const struct mm_struct *other,
		      const struct hmt_graph *graph, unsigned int index,
		      struct hmt_policy_part *part)
{
	struct hmt_mm *managed, *neighbour;

	part->workload = 0;
	part->protect = 0;
	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	neighbour = hmt_mm_lookup(other);
	if (managed && (!neighbour || hmt_workload_of(managed) !=
					      hmt_workload_of(neighbour))) {
		hmt_protect_read(hmt_workload_of(managed), graph, index, part);
		hmt_protect_renew(managed, graph, index, part);
	}
	rcu_read_unlock();
}
