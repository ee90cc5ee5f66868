// SPDX-License-Identifier: GPL-2.0
/*
 * Room: let kernel reclaim demote memory that belongs to no workload where hot pages
 * of the workload could take its place.
 */
#include <linux/bits.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/time64.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "policy/policy.h"
#include "workload/workload.h"
#include "pass.h"

/* Longest wait for kswapd before a slice, in naps; their length, us. */
#define HMT_ROOM_NAPS		20
#define HMT_ROOM_NAP_US		1000

/* Time for which a pass lets reclaim make room, unless another one follows, ns. */
#define HMT_ROOM_TIME_NS	(5 * NSEC_PER_SEC)

/* Divisor: part of what reclaim frees at once that must be of others. */
#define HMT_ROOM_PART		4

/* Fewest free pages with which a slice begins. */
#define HMT_ROOM_LEAST		HMT_CHUNK_PAGES

/* Check whether reclaim works on all memories of a tier. */
static bool hmt_room_is_reclaimed(const struct hmt_tier *tier)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++)
		if (tier->memories[i] & HMT_UID_DEVICE ||
		    !hmt_reclaim_works(tier->memories[i]))
			return false;
	return true;
}

/* Let reclaim make room in the tier until the time @until (ns), or no longer if 0. */
static void hmt_room_set(const struct hmt_tier *tier, u64 until)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++)
		if (!(tier->memories[i] & HMT_UID_DEVICE))
			hmt_reclaim_set(tier->memories[i], until);
}

/* Return the pages of the tier that belong to no workload, and set @step. */
static u64 hmt_room_others(const struct hmt_tier *tier,
			   const struct hmt_policy_tier *in, u64 *step)
{
	u64 pages = 0;
	unsigned int i;

	*step = 0;
	for (i = 0; i < tier->nr_memories; i++) {
		pages += hmt_reclaim_nr_pages(tier->memories[i]);
		*step += hmt_reclaim_step(tier->memories[i]);
	}
	return pages - min(pages, in->managed);
}

/*
 * Note what reclaim has taken since it was woken. Return whether it may be woken again:
 * where it has not taken pages of others, it has taken those of workloads, which come back.
 */
static bool hmt_room_judge(const struct hmt_pass *pass,
			   const struct hmt_tier *tier, unsigned int index,
			   u64 others, u64 step)
{
	bool works = others + step / HMT_ROOM_PART <= pass->others[index];
	unsigned int i;

	if (!(pass->woken & BIT(index)))
		return true;
	for (i = 0; i < tier->nr_memories; i++)
		hmt_reclaim_note(tier->memories[i], works);
	return works;
}

/* Find the room that reclaim is to make in tier @index. */
static void hmt_room_want(struct hmt_pass *pass, const struct hmt_tier *tier,
			  struct hmt_policy_in *in, unsigned int index)
{
	u64 others, step;
	bool works;

	if (!tier->nr_targets || hmt_policy_is_roomy(&in->tiers[index]) ||
	    !hmt_room_is_reclaimed(tier))
		return;
	others = hmt_room_others(tier, &in->tiers[index], &step);
	works = hmt_room_judge(pass, tier, index, others, step);
	pass->others[index] = others;
	if (works)
		hmt_policy_reclaim(in, index, others, step);
}

/*
 * Let reclaim make room for hot pages in tiers that have targets. Follows
 * hmt_demand_read(), which knows the pages of all workloads.
 */
void hmt_room_reclaim(struct hmt_pass *pass, struct hmt_policy_in *in)
{
	const struct hmt_graph *graph = pass->graph;
	u32 before = pass->reclaims;
	unsigned int i;

	pass->reclaims = 0;
	for (i = 0; i < graph->nr_tiers; i++) {
		const struct hmt_tier *tier = &graph->tiers[i];

		if (before & BIT(i)) {
			hmt_room_set(tier, 0);
			/* Above another watermark than before. */
			in->tiers[i].free = hmt_tier_nr_free(tier);
		}
		if (pass->config.dry_run)
			continue;
		hmt_room_want(pass, tier, in, i);
		if (!in->tiers[i].reclaim)
			continue;
		pass->reclaims |= BIT(i);
		hmt_room_set(tier, ktime_get_ns() + HMT_ROOM_TIME_NS);
	}
	pass->woken = 0;
}

/* Return the pages that allocations find, without those in lists of other CPUs. */
static u64 hmt_room_takes(const struct hmt_tier *tier)
{
	struct hmt_node_room room;
	unsigned int i;
	u64 takes = 0;

	for (i = 0; i < tier->nr_memories; i++) {
		hmt_node_look(tier->memories[i], &room);
		takes += room.takes;
	}
	return takes;
}

/* Wait until reclaim has made room in the tier. Return whether it does. */
static bool hmt_room_wait(const struct hmt_tier *tier)
{
	unsigned int naps;

	for (naps = 0; naps < HMT_ROOM_NAPS; naps++) {
		if (hmt_engine_should_stop())
			return true;
		usleep_range(HMT_ROOM_NAP_US, 2 * HMT_ROOM_NAP_US);
		if (hmt_room_takes(tier) >= HMT_ROOM_LEAST)
			return true;
	}
	return false;
}

static void hmt_room_wake(const struct hmt_tier *tier)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++)
		hmt_reclaim_wake(tier->memories[i]);
}

/*
 * Before a slice of promotions: wait for room where reclaim makes some. A tier where it
 * did not is full for the rest of the pass.
 */
void hmt_room_make(struct hmt_pass *pass, const struct hmt_policy_out *verdicts)
{
	unsigned int i, j;

	for (i = 0; i < pass->graph->nr_tiers; i++) {
		const struct hmt_tier *tier = &pass->graph->tiers[i];

		if (!(pass->reclaims & BIT(i)) ||
		    !verdicts->tiers[i].promote_quota ||
		    hmt_room_takes(tier) >= HMT_ROOM_LEAST)
			continue;
		hmt_room_wake(tier);
		pass->woken |= BIT(i);
		if (hmt_room_wait(tier))
			continue;
		for (j = 0; j < tier->nr_memories; j++)
			hmt_reclaim_note(tier->memories[j], false);
		pass->reclaims &= ~BIT(i);
		pass->woken &= ~BIT(i);
		hmt_room_set(tier, 0);
	}
}

/* After the promotions: the kernel is to have the free pages that it wants again. */
void hmt_room_end(const struct hmt_pass *pass)
{
	unsigned int i;

	for (i = 0; i < pass->graph->nr_tiers; i++)
		if (pass->reclaims & BIT(i))
			hmt_room_wake(&pass->graph->tiers[i]);
}
