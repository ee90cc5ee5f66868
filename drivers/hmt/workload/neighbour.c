// SPDX-License-Identifier: GPL-2.0
/*
 * Selection of the pages that are migrated back together with a device page
 * that a CPU accessed. Device pages return when a CPU accesses them, so a page
 * that is hot and still on the device is used by the device.
 */
#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/export.h>
#include <linux/hmt_internal.h>
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
 * Grow [@*first, @*end), an aligned range of pages of a chunk around @page, to
 * the largest aligned range in which no page is hot, which is a heat of @hot or
 * more. @heat is the heat of each page of the chunk. Pure.
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
 * Return the heat below which the last pass demoted pages of @tier, or 0 if the
 * pass was based on another generation of the graph.
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

/* Return the heat from which on pages of memory @uid count as hot. */
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

/* Grow the range of @around by pages of @heat, and mark the hot pages in it. */
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

/*
 * Fill @around by the heat of the chunk. Called under RCU. A chunk that is
 * freed in the meantime may be reused for other addresses, so the heat is a
 * hint.
 */
static void hmt_neighbours_read(struct hmt_neighbours *around,
				struct hmt_mm *managed, u32 uid,
				unsigned long addr)
{
	static const u8 cold[HMT_CHUNK_PAGES];
	const u8 *heat = hmt_heat_map_chunk(&managed->heat, addr);

	hmt_neighbours_fill(around, addr, heat ?: cold,
			    hmt_neighbours_hot(hmt_workload_of(managed), uid));
}

/**
 * hmt_neighbours_of() - choose the pages to migrate back together with a page
 * @mm: address space; compared, never dereferenced
 * @uid: UID of the memory of a device that CPUs cannot address
 * @addr: address of a page on it that a CPU accessed
 * @around: aligned range around @addr in one chunk, of a power of 2 pages;
 *	grows up to the chunk as long as no hot page is added; its @hot is set
 *
 * The range does not change, and no page is hot, unless a live workload manages
 * the process, has sampled it for long enough, and uses a provider that reports
 * device accesses.
 *
 * Context: process; takes no lock. The result may be outdated at any time.
 */
void hmt_neighbours_of(const struct mm_struct *mm, u32 uid, unsigned long addr,
		       struct hmt_neighbours *around)
{
	struct hmt_mm *managed;

	bitmap_zero(around->hot, HMT_CHUNK_PAGES);
	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	if (managed && hmt_mm_is_warmed_up(managed) &&
	    hmt_sessions_see_devices(managed->sessions))
		hmt_neighbours_read(around, managed, uid, addr);
	rcu_read_unlock();
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_neighbours_of);
