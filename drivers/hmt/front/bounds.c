// SPDX-License-Identifier: GPL-2.0
/*
 * Bounds of HMT_MOVE. Without CAP_SYS_NICE, a program can only move pages to the
 * memory of a device that its driver lets it use, and as many to a tier as the
 * engine of its workload could: the low watermark stays free, and the limit of
 * the workload holds.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hmt_internal.h>
#include <linux/user_namespace.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "workload/workload.h"
#include "bounds.h"

static const struct hmt_bounds *
to_hmt_bounds(const struct hmt_migrate_bounds *move)
{
	return container_of(move, struct hmt_bounds, move);
}

/* Check whether pages on the memory @from are in the tier already. */
static bool hmt_bounds_has(const struct hmt_bounds *bounds, u32 from)
{
	return hmt_graph_tier_of(bounds->graph, from) == bounds->tier;
}

static u64 hmt_bounds_charge(const struct hmt_migrate_bounds *move, u32 from,
			     u64 pages)
{
	const struct hmt_bounds *bounds = to_hmt_bounds(move);

	if (hmt_bounds_has(bounds, from))
		return pages;
	return hmt_arrivals_charge(bounds->mm, bounds->graph->generation,
				   bounds->tier, pages);
}

static void hmt_bounds_uncharge(const struct hmt_migrate_bounds *move, u32 from,
				u64 pages)
{
	const struct hmt_bounds *bounds = to_hmt_bounds(move);

	if (!hmt_bounds_has(bounds, from))
		hmt_arrivals_uncharge(bounds->mm, pages);
}

/* Close the destinations that the caller may not use. */
static int hmt_bounds_close(struct hmt_bounds *bounds,
			    const struct hmt_migration *migration)
{
	unsigned int i, closed = 0;

	for (i = 0; i < migration->nr_to; i++)
		if (!hmt_memory_may_use(migration->to[i], migration->mm)) {
			__set_bit(i, bounds->move.closed);
			closed++;
		}
	/* Audited, because the caller is refused without the capability. */
	return closed == migration->nr_to && !capable(CAP_SYS_NICE) ? -EPERM :
								      0;
}

/*
 * Fill @bounds for a request whose destinations are known. @graph is the graph
 * from which they were taken, or NULL; it must stay as long as @bounds. Return
 * 0, or -EPERM if the caller may use no destination.
 */
int hmt_bounds_init(struct hmt_bounds *bounds, const struct hmt_graph *graph,
		    const struct hmt_migration *migration)
{
	memset(bounds, 0, sizeof(*bounds));
	bounds->mm = migration->mm;
	bounds->graph = graph;
	bounds->tier = graph ? hmt_graph_tier_of(graph, migration->to[0]) :
			       -ENOENT;
	/* The caller may do without the capability: no audit. */
	if (ns_capable_noaudit(&init_user_ns, CAP_SYS_NICE))
		return 0;
	if (bounds->tier >= 0) {
		bounds->move.low = graph->tiers[bounds->tier].low;
		bounds->move.charge = hmt_bounds_charge;
		bounds->move.uncharge = hmt_bounds_uncharge;
	}
	return hmt_bounds_close(bounds, migration);
}
