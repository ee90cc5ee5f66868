// SPDX-License-Identifier: GPL-2.0
/*
 * What comes back with a page of a device that a CPU touched. CPUs that touch
 * such a page bring it back, so that what is warm there is warm by the device.
 */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/hmt.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph/graph.h"
#include "heat/heat.h"
#include "neighbour.h"
#include "workload.h"

static bool hmt_neighbours_are_cold(const u8 *heat, unsigned int pages,
				    unsigned int hot)
{
	while (pages--)
		if (heat[pages] >= hot)
			return false;
	return true;
}

/*
 * Grow [@*first, @*end), aligned pages of a chunk around @page, to the largest
 * ones that are cold throughout. Pure; @heat is that of the chunk.
 */
void hmt_neighbours_choose(const u8 *heat, unsigned int hot, unsigned int page,
			   unsigned int *first, unsigned int *end)
{
	unsigned int pages = 2 * (*end - *first), from;

	for (; pages <= HMT_CHUNK_PAGES; pages *= 2) {
		from = ALIGN_DOWN(page, pages);
		if (!hmt_neighbours_are_cold(heat + from, pages, hot))
			return;
		*first = from;
		*end = from + pages;
	}
}
EXPORT_SYMBOL_IF_KUNIT(hmt_neighbours_choose);

/*
 * Return the heat below which the last pass demoted pages of tier @tier of the
 * graph of @generation; 0 when it had another graph.
 */
static unsigned int hmt_neighbours_demote_max(struct hmt_workload *workload,
					      u64 generation, unsigned int tier)
{
	unsigned int seq, heat;

	do {
		seq = read_seqcount_begin(&workload->tiers_seq);
		heat = 0;
		if (workload->generation == generation &&
		    tier < READ_ONCE(workload->nr_tiers))
			heat = workload->tiers[tier].demote_max;
	} while (read_seqcount_retry(&workload->tiers_seq, seq));
	return heat;
}

static unsigned int hmt_neighbours_hot(struct hmt_workload *workload, u32 uid)
{
	struct hmt_graph *graph = hmt_graph_get();
	int tier = graph ? hmt_graph_tier_of(graph, uid) : -1;
	unsigned int heat = 0;

	if (tier >= 0)
		heat = hmt_neighbours_demote_max(workload, graph->generation,
						 tier);
	hmt_graph_put(graph);
	return max_t(unsigned int, heat, HMT_NEIGHBOUR_HOT);
}

static void hmt_neighbours_fill(struct hmt_neighbours *around,
				unsigned long addr, const u8 *heat,
				unsigned int hot)
{
	unsigned long chunk = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	unsigned int first = hmt_chunk_index(around->start);
	unsigned int end = first + ((around->end - around->start) >> PAGE_SHIFT);
	unsigned int page;

	hmt_neighbours_choose(heat, hot, hmt_chunk_index(addr), &first, &end);
	around->start = chunk + ((unsigned long)first << PAGE_SHIFT);
	around->end = chunk + ((unsigned long)end << PAGE_SHIFT);
	for (page = first; page < end; page++)
		if (heat[page] >= hot)
			__set_bit(page, around->hot);
}

/* Under RCU. Chunks that were given up meanwhile may have been another's. */
static void hmt_neighbours_look(struct hmt_neighbours *around,
				struct hmt_mm *managed, u32 uid,
				unsigned long addr)
{
	static const u8 cold[HMT_CHUNK_PAGES];
	const u8 *heat = hmt_heat_map_chunk(&managed->heat, addr);

	hmt_neighbours_fill(around, addr, heat ?: cold,
			    hmt_neighbours_hot(hmt_workload_of(managed), uid));
}

/**
 * hmt_neighbours_of() - what should come back with a page
 * @mm: address space; compared, and never followed
 * @uid: memory of a device that CPUs cannot address
 * @addr: a page of it that a CPU touched
 * @around: aligned pages around @addr in one chunk, a power of 2 of them; grown,
 *	up to all of the chunk, where nothing that would come as well is warm;
 *	@hot of it is filled
 *
 * Nothing changes, and nothing is hot, unless a live workload has the process,
 * knows it for long enough, and has a provider that knows what devices access.
 *
 * Context: process; takes no lock. What it says may be out of date at once.
 */
void hmt_neighbours_of(const struct mm_struct *mm, u32 uid, unsigned long addr,
		       struct hmt_neighbours *around)
{
	struct hmt_mm *managed;

	bitmap_zero(around->hot, HMT_CHUNK_PAGES);
	rcu_read_lock();
	managed = hmt_mm_lookup(mm, NULL);
	if (managed && hmt_mm_is_warmed_up(managed) &&
	    hmt_sessions_see_devices(managed->sessions))
		hmt_neighbours_look(around, managed, uid, addr);
	rcu_read_unlock();
}
EXPORT_SYMBOL_GPL(hmt_neighbours_of);
