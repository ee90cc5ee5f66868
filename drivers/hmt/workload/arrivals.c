// SPDX-License-Identifier: GPL-2.0
/*
 * Limits of a workload for pages that programs move themselves (HMT_MOVE). The
 * engine counts the pages of each tier once in a pass. Pages that programs move
 * to a tier after a census began are added to its result, whatever tier they
 * move to, until the next census has counted them. A limit may therefore be
 * reached early, and is exceeded by no more than the batches that are moving
 * when a census begins.
 */
#include <linux/atomic.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include "hmt.h"
#include "heat/heat.h"
#include "workload.h"

/*
 * Return the pages that the limit of tier @index of the graph of @generation
 * leaves to the workload, as of its last census.
 */
static u64 hmt_arrivals_room(const struct hmt_workload *workload,
			     u64 generation, unsigned int index)
{
	const struct hmt_tier_stats *tier = &workload->tiers[index];
	unsigned int seq;
	bool known;
	u64 room;

	do {
		seq = read_seqcount_begin(&workload->tiers_seq);
		known = workload->generation == generation &&
			index < workload->nr_tiers;
		room = tier->limit - min(tier->pages, tier->limit);
		if (tier->limit == HMT_PAGES_MAX)
			room = HMT_PAGES_MAX;
	} while (read_seqcount_retry(&workload->tiers_seq, seq));
	if (known)
		return room;
	/* No pass has ended since the graph was committed. */
	return READ_ONCE(workload->config.limits.nr) ? 0 : HMT_PAGES_MAX;
}

/*
 * Reserve room for up to @pages pages of @mm that a program moves to tier @index
 * of the graph of @generation. Return the number of pages that may move, which
 * is @pages if no live workload manages @mm.
 */
u64 hmt_arrivals_charge(const struct mm_struct *mm, u64 generation,
			unsigned int index, u64 pages)
{
	struct hmt_workload *workload;
	struct hmt_mm *managed;
	s64 arrived;
	u64 room;

	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	if (!managed)
		goto out_unlock;
	workload = hmt_workload_of(managed);
	arrived = atomic64_read(&workload->arrived);
	do {
		/* Pairs with hmt_arrivals_settle(). */
		smp_rmb();
		room = hmt_arrivals_room(workload, generation, index);
		if (room != HMT_PAGES_MAX)
			room -= min_t(u64, room, max(arrived, 0LL));
		pages = min(pages, room);
	} while (!atomic64_try_cmpxchg(&workload->arrived, &arrived,
				       arrived + (s64)pages));
out_unlock:
	rcu_read_unlock();
	return pages;
}

/* Give back the room of @pages pages of @mm that did not move. */
void hmt_arrivals_uncharge(const struct mm_struct *mm, u64 pages)
{
	struct hmt_mm *managed;

	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	if (managed)
		atomic64_sub(pages, &hmt_workload_of(managed)->arrived);
	rcu_read_unlock();
}

/* Begin a census: it counts the pages that have arrived by now. */
void hmt_arrivals_mark(struct hmt_workload *workload)
{
	workload->arrived_before = atomic64_read(&workload->arrived);
}

/* Forget the pages that the census counted, whose result is published. */
void hmt_arrivals_settle(struct hmt_workload *workload)
{
	/* A reader that misses these pages must see the census. */
	smp_wmb();
	atomic64_sub(workload->arrived_before, &workload->arrived);
	workload->arrived_before = 0;
}
