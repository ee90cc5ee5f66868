// SPDX-License-Identifier: GPL-2.0
/*
 * Bounds of HMT_MOVE and of touches of devices. Without CAP_SYS_NICE, a program can
 * only move pages to the memory of a device that its driver lets it use, and as
 * many to a tier as the engine of its workload could: the low watermark stays
 * free, and the limit of the workload holds. The latter two bound the memory that
 * moves because a device touches it as well. It takes no place that another workload
 * is guaranteed.
 */
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/hmt_internal.h>
#include <linux/math64.h>
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

/* Fill @bounds with the watermark and the limit of the tier of @uid. */
static void hmt_bounds_of_tier(struct hmt_bounds *bounds,
			       const struct hmt_graph *graph,
			       const struct mm_struct *mm, u32 uid)
{
	memset(bounds, 0, sizeof(*bounds));
	bounds->mm = mm;
	bounds->graph = graph;
	bounds->tier = graph ? hmt_graph_tier_of(graph, uid) : -ENOENT;
	if (bounds->tier < 0)
		return;
	bounds->move.low = graph->tiers[bounds->tier].low;
	bounds->move.charge = hmt_bounds_charge;
	bounds->move.uncharge = hmt_bounds_uncharge;
}

/*
 * Fill @bounds for a request whose destinations are known. @graph is the graph
 * from which they were taken, or NULL; it must stay as long as @bounds. Return
 * 0, or -EPERM if the caller may use no destination.
 */
int hmt_bounds_init(struct hmt_bounds *bounds, const struct hmt_graph *graph,
		    const struct hmt_migration *migration)
{
	hmt_bounds_of_tier(bounds, graph, migration->mm, migration->to[0]);
	/* The caller may do without the capability: no audit. */
	if (ns_capable_noaudit(&init_user_ns, CAP_SYS_NICE)) {
		bounds->move = (struct hmt_migrate_bounds) { };
		return 0;
	}
	return hmt_bounds_close(bounds, migration);
}

/* Touches of devices. */

static u64 hmt_bounds_low(const struct hmt_bounds *bounds, u32 uid)
{
	return div_u64(hmt_memory_nr_pages(uid) * bounds->move.low, 1000);
}

/* As hmt_migrate_bounds.charge(), for @pages that may be unbounded. */
static u64 hmt_touched_charge(const struct hmt_bounds *bounds, u64 pages)
{
	if (bounds->tier < 0)
		return pages;
	return hmt_arrivals_charge(bounds->mm, bounds->graph->generation,
				   bounds->tier, pages);
}

static void hmt_touched_uncharge(const struct hmt_bounds *bounds, u64 pages)
{
	if (bounds->tier >= 0 && pages)
		hmt_arrivals_uncharge(bounds->mm, pages);
}

/**
 * hmt_touched_begin() - look up what bounds the memory that a device touched
 * @touched: request; @low and @room are filled in
 * @pages: number of pages that are to move or to be created
 *
 * Context: process. The caller holds mm_users.
 */
void hmt_touched_begin(struct hmt_touched *touched, u64 pages)
{
	const struct hmt_migration *migration = &touched->migration;
	struct hmt_graph *graph = hmt_graph_get();
	struct hmt_bounds bounds;

	hmt_bounds_of_tier(&bounds, graph, migration->mm, migration->to[0]);
	touched->low = hmt_bounds_low(&bounds, migration->to[0]);
	touched->room = hmt_touched_charge(&bounds, pages);
	hmt_touched_uncharge(&bounds, touched->room);
	hmt_graph_put(graph);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_touched_begin);

/* Return the pages that may enter the destination. */
static u64 hmt_touched_free(const struct hmt_touched *touched,
			    const struct hmt_bounds *bounds)
{
	u32 to = touched->migration.to[0];
	u64 low = hmt_bounds_low(bounds, to), free = hmt_memory_nr_free(to);

	return free - min(free, low);
}

/* Create a huge page, within @bounds; false if it has to be base pages. */
static bool hmt_touched_fill_huge(struct hmt_touched *touched,
				  const struct hmt_bounds *bounds)
{
	struct hmt_migration *migration = &touched->migration;
	u64 got;

	if (hmt_touched_free(touched, bounds) < HMT_CHUNK_PAGES)
		return false;
	got = hmt_touched_charge(bounds, HMT_CHUNK_PAGES);
	if (got == HMT_CHUNK_PAGES)
		touched->created =
			hmt_fill_huge(migration, touched->fill,
				      touched->fill_size == HMT_FILL_ADVISED);
	hmt_touched_uncharge(bounds, got - touched->created);
	return touched->created;
}

/* Find out whether missing pages may be created as a huge page if there is room. */
static void hmt_touched_probe(const struct hmt_touched *touched,
			      const struct hmt_bounds *bounds)
{
	if (touched->fill < touched->fill_end &&
	    touched->fill_size != HMT_FILL_BASE &&
	    hmt_touched_free(touched, bounds) >= HMT_CHUNK_PAGES)
		hmt_fill_probe(&touched->migration, touched->fill,
			       touched->fill_size == HMT_FILL_ADVISED);
}

/* Create the pages that do not exist, within @bounds. */
static void hmt_touched_fill(struct hmt_touched *touched,
			     const struct hmt_bounds *bounds)
{
	struct hmt_migration *migration = &touched->migration;
	u64 pages = (touched->fill_end - touched->fill) >> PAGE_SHIFT, got;

	if (touched->fill_size != HMT_FILL_BASE &&
	    hmt_touched_fill_huge(touched, bounds))
		return;
	pages = min(pages, hmt_touched_free(touched, bounds));
	got = hmt_touched_charge(bounds, pages);
	if (got)
		touched->created = hmt_fill_range(migration, touched->fill,
						  touched->fill_end, got);
	hmt_touched_uncharge(bounds, got - touched->created);
}

/**
 * hmt_touched_move() - move what a device touched to its memory
 * @touched: request; the results are filled in
 *
 * Pages off the LRU are busy if the CPUs were asked a moment ago, because a
 * device touches pages all the time. All else is as for hmt_migrate_range(),
 * within the limit of the workload of the process and above the low watermark of
 * the tier.
 *
 * Context: as for hmt_migrate_range().
 */
void hmt_touched_move(struct hmt_touched *touched)
{
	struct hmt_migration *migration = &touched->migration;
	struct hmt_graph *graph = hmt_graph_get();
	struct hmt_bounds bounds;

	hmt_bounds_of_tier(&bounds, graph, migration->mm, migration->to[0]);
	bounds.move.brief = true;
	bounds.move.whole = touched->whole;
	hmt_touched_probe(touched, &bounds);
	if (!hmt_migrate_bounded(migration, &bounds.move) &&
	    touched->fill < touched->fill_end)
		hmt_touched_fill(touched, &bounds);
	hmt_graph_put(graph);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_touched_move);

/**
 * hmt_touched_displaces() - check whether what a device touched may take a place
 * @displacement: the place, its owner, and the process that needs it
 *
 * Context: any; takes no lock.
 * Return: as hmt_policy_displaces().
 */
bool hmt_touched_displaces(const struct hmt_displacement *displacement)
{
	struct hmt_policy_part owner = { .has = displacement->owner_has };
	struct hmt_policy_part needs = { .has = displacement->needs_has };
	struct hmt_graph *graph = hmt_graph_get();
	int tier = graph ? hmt_graph_tier_of(graph, displacement->memory) : -1;

	if (tier >= 0) {
		hmt_protect_find(displacement->owner, displacement->needs,
				 graph, tier, &owner);
		hmt_protect_find(displacement->needs, displacement->owner,
				 graph, tier, &needs);
	}
	hmt_graph_put(graph);
	return hmt_policy_displaces(&owner, &needs, displacement->total,
				    displacement->sharing);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_touched_displaces);
