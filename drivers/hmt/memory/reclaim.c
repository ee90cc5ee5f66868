// SPDX-License-Identifier: GPL-2.0
/*
 * Room that kernel reclaim makes on a node. HMT moves pages of workloads only. Page
 * cache, shared memory and pages of other programs leave a node when the kernel is
 * short of memory there: it takes the pages that were not used for the longest time,
 * and with the router it demotes them along the graph. Nothing is short where HMT
 * leaves free what the kernel wants free. So HMT takes the free pages of a node that
 * has many others down to the low watermark of the kernel, and wakes kswapd.
 */
#include <linux/atomic.h>
#include <linux/export.h>
#include <linux/gfp.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/numa.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "memory.h"

/* Time without an attempt after one that was in vain; it doubles as often as that. */
#define HMT_RECLAIM_PAUSE_NS	NSEC_PER_SEC
#define HMT_RECLAIM_TWICE	6U

/**
 * struct hmt_reclaim - what is known of reclaim on a node
 * @until: time up to which HMT takes free pages down to the low watermark, ns
 * @vain: attempts in succession that made no room
 * @again: time of the next one, ns
 */
struct hmt_reclaim {
	u64 until;
	unsigned int vain;
	u64 again;
};

/* By node number. Engines write without a lock: the last one is as good as another. */
static struct hmt_reclaim *hmt_reclaims;

/* The router is loaded. */
static bool hmt_reclaim_routed;

/**
 * hmt_reclaim_set_routed() - note whether kernel reclaim follows the graph
 * @routed: it does
 *
 * Context: process.
 */
void hmt_reclaim_set_routed(bool routed)
{
	WRITE_ONCE(hmt_reclaim_routed, routed);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_reclaim_set_routed);

/**
 * hmt_reclaim_demotes() - check whether the kernel demotes what it reclaims
 *
 * Context: process, may sleep.
 * Return: true if the switch of the administrator is on.
 */
bool hmt_reclaim_demotes(void)
{
	char text[8];

	return !hmt_read_attribute(HMT_RECLAIM_SWITCH, text, sizeof(text)) &&
	       !strcmp(text, "true");
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_reclaim_demotes);

/* Count the pages of the node that reclaim looks at. */
u64 hmt_reclaim_nr_pages(int nid)
{
	const pg_data_t *pgdat = NODE_DATA(nid);
	enum node_stat_item item;
	u64 pages = 0;

	for (item = NR_INACTIVE_ANON; item <= NR_ACTIVE_FILE; item++)
		pages += max(atomic_long_read(&pgdat->vm_stat[item]), 0L);
	return pages;
}

/* Return the pages that kswapd reclaims at once: it wants as many to be free. */
u64 hmt_reclaim_step(int nid)
{
	struct zone *zone = NULL;
	u64 pages = 0;

	while ((zone = hmt_node_next_zone(nid, zone)))
		pages += high_wmark_pages(zone);
	return pages;
}

/*
 * Check whether reclaim would demote pages of the node, and made room when it was last
 * asked. Without marks of young pages it would take hot ones, whose accessed bits a
 * provider has cleared. May sleep.
 */
bool hmt_reclaim_works(int nid)
{
	struct hmt_demotion demotion;

	return IS_ENABLED(CONFIG_PAGE_IDLE_FLAG) &&
	       READ_ONCE(hmt_reclaim_routed) && hmt_memory_is_usable(nid) &&
	       ktime_get_ns() >= READ_ONCE(hmt_reclaims[nid].again) &&
	       hmt_reclaim_demotes() && hmt_demotion_of_node(nid, &demotion) &&
	       demotion.nid != NUMA_NO_NODE && !demotion.full;
}

/* Let reclaim make room on the node until the time @until (ns), or no longer if it is 0. */
void hmt_reclaim_set(int nid, u64 until)
{
	WRITE_ONCE(hmt_reclaims[nid].until, until);
}

/* Check whether reclaim makes room on the node. Any context. */
bool hmt_reclaim_makes_room(int nid)
{
	u64 until = READ_ONCE(hmt_reclaims[nid].until);

	return until && READ_ONCE(hmt_reclaim_routed) && ktime_get_ns() < until;
}

/*
 * Wake kswapd if the node has no room. An allocation does so that finds less than the
 * low watermark, here one of more pages than there are above it; it does not reclaim
 * itself, and is not needed. kswapd frees a little more for its size, and may compact.
 */
void hmt_reclaim_wake(int nid)
{
	struct hmt_node_room room;
	unsigned int order;
	struct page *page;

	if (!hmt_reclaim_makes_room(nid) || !hmt_memory_is_usable(nid))
		return;
	hmt_node_look(nid, &room);
	order = min_t(unsigned int, ilog2(room.takes + 1) + 1, HMT_CHUNK_ORDER);
	page = alloc_pages_node(nid, HMT_NODE_GFP | __GFP_KSWAPD_RECLAIM |
				     __GFP_NOMEMALLOC, order);
	if (page)
		__free_pages(page, order);
}

/* Note whether there is room on the node some time after kswapd was woken. */
void hmt_reclaim_note(int nid, bool has_room)
{
	struct hmt_reclaim *reclaim = &hmt_reclaims[nid];
	unsigned int vain = READ_ONCE(reclaim->vain);

	if (has_room) {
		WRITE_ONCE(reclaim->vain, 0);
		return;
	}
	WRITE_ONCE(reclaim->again,
		   ktime_get_ns() + (HMT_RECLAIM_PAUSE_NS << vain));
	WRITE_ONCE(reclaim->vain, min(vain + 1, HMT_RECLAIM_TWICE));
}

int hmt_reclaim_alloc(void)
{
	hmt_reclaims = kvcalloc(nr_node_ids, sizeof(*hmt_reclaims), GFP_KERNEL);
	return hmt_reclaims ? 0 : -ENOMEM;
}

/* Follows hmt_node_free(). */
void hmt_reclaim_free(void)
{
	kvfree(hmt_reclaims);
}
