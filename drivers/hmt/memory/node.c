// SPDX-License-Identifier: GPL-2.0
/*
 * Memories that are NUMA nodes: found at load, updated when memory or CPUs go
 * online or offline.
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/memory.h>
#include <linux/mmzone.h>
#include <linux/node.h>
#include <linux/nodemask.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/topology.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/workqueue.h>
#include "graph/graph.h"
#include "lib/lib.h"
#include "memory.h"

/**
 * struct hmt_node - what is remembered of a node, whether it is online or not
 * @pcp: free pages in per-CPU lists, by zone
 * @offlining: a part of the node goes offline
 */
struct hmt_node {
	struct hmt_gauge pcp[MAX_NR_ZONES];
	bool offlining;
};

/*
 * By node number. Readers of attributes of a node use this until its memory was
 * removed.
 */
static struct hmt_node *hmt_nodes;

/*
 * Counting the pages in per-CPU lists reads memory that another CPU writes all
 * the time, for each CPU: it is done at most once in this time (ns) for 32 CPUs.
 */
#define HMT_NODE_PCP_PERIOD	NSEC_PER_MSEC
#define HMT_NODE_PCP_CPUS	32

/* Return the next zone of the node that has pages, or NULL; the first one after NULL. */
struct zone *hmt_node_next_zone(int nid, struct zone *zone)
{
	struct zone *zones = NODE_DATA(nid)->node_zones;
	struct zone *end = zones + MAX_NR_ZONES;

	for (zone = zone ? zone + 1 : zones; zone < end; zone++)
		if (managed_zone(zone))
			return zone;
	return NULL;
}

static u64 hmt_node_nr_pages(const struct hmt_memory *memory)
{
	struct zone *zone = NULL;
	u64 pages = 0;

	while ((zone = hmt_node_next_zone(memory->nid, zone)))
		pages += zone_managed_pages(zone);
	return pages;
}

/*
 * Count the free pages in per-CPU lists of a zone. zone_pcp_reset() frees the
 * lists of a zone whose last memory goes offline, between the notifications
 * MEM_GOING_OFFLINE, which waits for this, and MEM_OFFLINE. The kernel has
 * emptied the lists of such a zone.
 */
static unsigned long hmt_zone_count_pcp(void *arg)
{
	struct zone *zone = arg;
	unsigned long pages = 0;
	int cpu;

	rcu_read_lock();
	if (!READ_ONCE(hmt_nodes[zone_to_nid(zone)].offlining))
		for_each_online_cpu(cpu)
			pages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset,
						       cpu)->count);
	rcu_read_unlock();
	return pages;
}

/*
 * Return the free pages in per-CPU lists, which NR_FREE_PAGES does not include:
 * since Linux 6.7 up to an eighth of a zone. Without them, demotion would not
 * see the pages that it freed and would demote more. The kernel drains the
 * lists when the zone runs short.
 */
static u64 hmt_zone_pcp_pages(struct zone *zone)
{
	struct hmt_node *node = &hmt_nodes[zone_to_nid(zone)];
	u64 period = HMT_NODE_PCP_PERIOD *
		     DIV_ROUND_UP(num_online_cpus(), HMT_NODE_PCP_CPUS);

	return hmt_gauge_read(&node->pcp[zone_idx(zone)], ktime_get_ns(),
			      period, hmt_zone_count_pcp, zone);
}

/*
 * Count again when next asked: pages of the node were freed, which are in the
 * lists of a CPU now. Any context.
 */
void hmt_node_freed(int nid)
{
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		hmt_gauge_expire(&hmt_nodes[nid].pcp[i]);
}

/*
 * Return the part of @free pages above @watermark that user pages get: the
 * kernel keeps pages of low zones for allocations that need them.
 */
static u64 hmt_zone_usable(struct zone *zone, u64 free, u64 watermark)
{
	u64 reserve = watermark + READ_ONCE(zone->lowmem_reserve[ZONE_MOVABLE]);

	return free > reserve ? free - reserve : 0;
}

/*
 * Count the free pages above the high watermarks: taking them wakes no reclaim. Where
 * reclaim is to make room, count those above the low watermarks.
 * Memory that is online movable cannot serve kernel allocations, so using up
 * the reserves of the other nodes would end in an OOM kill with gigabytes free.
 */
static u64 hmt_node_nr_free(const struct hmt_memory *memory)
{
	bool low = hmt_reclaim_makes_room(memory->nid);
	struct zone *zone = NULL;
	u64 pages = 0, free;

	while ((zone = hmt_node_next_zone(memory->nid, zone))) {
		free = zone_page_state(zone, NR_FREE_PAGES) +
		       hmt_zone_pcp_pages(zone);
		pages += hmt_zone_usable(zone, free,
					 low ? low_wmark_pages(zone) :
					       high_wmark_pages(zone));
	}
	return pages;
}

/* Count the pages outside ZONE_MOVABLE. */
static u64 hmt_node_nr_unmovable(const struct hmt_memory *memory)
{
	struct zone *zone = NODE_DATA(memory->nid)->node_zones;
	u64 pages = 0;
	int i;

	for (i = 0; i < ZONE_MOVABLE; i++)
		pages += zone_managed_pages(&zone[i]);
	return pages;
}

/*
 * Look at the room of a node for reclaim, which asks for every few pages, on
 * all CPUs, in contexts that do not sleep: one counter of each zone is read.
 * Pages in lists of CPUs do not count: the kernel does not count them either when
 * it decides whether an allocation has to reclaim. Any context.
 */
void hmt_node_look(int nid, struct hmt_node_room *room)
{
	struct zone *zone = NULL;

	memset(room, 0, sizeof(*room));
	while ((zone = hmt_node_next_zone(nid, zone))) {
		u64 free = zone_page_state(zone, NR_FREE_PAGES);

		room->pages += zone_managed_pages(zone);
		room->free += hmt_zone_usable(zone, free,
					      high_wmark_pages(zone));
		room->takes += hmt_zone_usable(zone, free,
					       low_wmark_pages(zone));
	}
}

/* Count the free pages of the node in the list of this CPU, of all sizes. Any context. */
u64 hmt_node_nr_listed(int nid)
{
	struct zone *zone = NULL;
	u64 pages = 0;

	rcu_read_lock();
	/* As in hmt_zone_count_pcp(). */
	if (!READ_ONCE(hmt_nodes[nid].offlining))
		while ((zone = hmt_node_next_zone(nid, zone)))
			pages += READ_ONCE(raw_cpu_ptr(zone->per_cpu_pageset)->count);
	rcu_read_unlock();
	return pages;
}

/*
 * Return how often the allocator has met @event in the zones of the node: pages that were
 * to be there and are elsewhere (NUMA_FOREIGN), or the other way round (NUMA_MISS). A
 * huge page counts as one. 0 while vm.numa_stat is off. Any context.
 */
u64 hmt_node_nr_events(int nid, enum numa_stat_item event)
{
	struct zone *zone = NULL;
	u64 sum = 0;
	int cpu;

	rcu_read_lock();
	/* As in hmt_zone_count_pcp(). */
	if (!READ_ONCE(hmt_nodes[nid].offlining))
		while ((zone = hmt_node_next_zone(nid, zone))) {
			sum += atomic_long_read(&zone->vm_numa_event[event]);
			for_each_online_cpu(cpu)
				sum += READ_ONCE(per_cpu_ptr(zone->per_cpu_zonestats,
							     cpu)->vm_numa_event[event]);
		}
	rcu_read_unlock();
	return sum;
}

/*
 * Allocate in bulk. The allocator may return fewer pages than there are, so it
 * is called until it returns none.
 */
static unsigned int hmt_node_alloc(const struct hmt_memory *memory,
				   struct page **pages, unsigned int nr)
{
	unsigned int got = 0, more, i;

	memset(pages, 0, nr * sizeof(*pages));
	do {
		more = alloc_pages_bulk_node(HMT_NODE_GFP, memory->nid,
					     nr - got, pages + got);
		got += more;
	} while (more && got < nr);
	/*
	 * Not visible to anyone else yet, so the lock bit can be set directly.
	 */
	for (i = 0; i < got; i++)
		__folio_set_locked(page_folio(pages[i]));
	return got;
}

/* Only kernels that move huge pages as a whole have a use for one. */
static struct page *hmt_node_alloc_huge(const struct hmt_memory *memory)
{
	struct folio *folio = NULL;

	if (HMT_MOVES_WHOLE)
		folio = __folio_alloc_node(HMT_NODE_GFP | __GFP_NOMEMALLOC,
					   HPAGE_PMD_ORDER, memory->nid);
	if (!folio)
		return NULL;
	__folio_set_locked(folio);
	return &folio->page;
}

static void hmt_node_copy(const struct hmt_memory *memory,
			  struct hmt_copy_desc *copies, unsigned int nr)
{
	hmt_copy_pages(copies, nr);
}

static const struct hmt_memory_ops hmt_node_ops = {
	.nr_pages = hmt_node_nr_pages,
	.nr_free = hmt_node_nr_free,
	.nr_unmovable = hmt_node_nr_unmovable,
	.alloc = hmt_node_alloc,
	.alloc_huge = hmt_node_alloc_huge,
	.copy = hmt_node_copy,
};

static int hmt_node_add(int nid)
{
	char name[HMT_NAME_MAX + 1];
	struct hmt_memory_desc desc = {
		.uid = nid,
		.name = name,
		.kind = HMT_KIND_DRAM,
		.nid = nid,
		.ops = &hmt_node_ops,
	};

	snprintf(name, sizeof(name), "node%d", nid);
	hmt_node_perf_by_distance(nid, &desc.perf);
	hmt_node_nearest_cpus(nid, &desc.initiators);
	return hmt_memory_add(&desc);
}

/* Warn that a node is not used, and report the remedy. */
static void hmt_node_warn(int nid, int error)
{
	pr_warn("node%d is not used (error %d): load hmt again when memory is free\n",
		nid, error);
}

/*
 * Add a node for which the notifier had no memory. It may go offline at the same
 * time, and the notifier finds nothing to remove then: the kernel clears the state
 * of the node before it notifies.
 */
static void hmt_node_add_again(int nid)
{
	int ret = hmt_node_add(nid);

	if (!node_state(nid, N_MEMORY))
		hmt_memory_put(hmt_memory_remove(nid));
	else if (ret)
		hmt_node_warn(nid, ret);
}

/*
 * Do the work that the notifiers cannot do: reading sysfs files there would nest
 * their locks inside mem_hotplug_lock, while "state" nests them the other way.
 */
static void hmt_node_update(struct work_struct *work)
{
	struct hmt_graph *graph = hmt_graph_get();
	int nid;

	/*
	 * Wait for the change of a CPU that runs now: the kernel updates N_CPU
	 * in it, after the notification. Later changes queue this again.
	 */
	cpus_read_lock();
	cpus_read_unlock();
	for_each_node_state(nid, N_MEMORY) {
		hmt_node_add_again(nid);
		hmt_node_update_perf(nid);
	}
	if (graph)
		hmt_edge_add_missing(graph);
	hmt_graph_put(graph);
}

static DECLARE_WORK(hmt_node_work, hmt_node_update);

/* Read the performance of all nodes again, soon. Any context. */
void hmt_node_refresh(void)
{
	schedule_work(&hmt_node_work);
}

/* A CPU went online or goes offline: other CPUs may be nearest to memories. */
static int hmt_node_cpu_changed(unsigned int cpu)
{
	schedule_work(&hmt_node_work);
	return 0;
}

/* State of CPU hotplug. */
static int hmt_node_cpu_state;

/* Count no pages in per-CPU lists while a part of the node goes offline. */
static void hmt_node_set_offlining(const struct memory_notify *arg,
				   bool offlining)
{
	int nid = page_to_nid(pfn_to_page(arg->start_pfn));

	WRITE_ONCE(hmt_nodes[nid].offlining, offlining);
	if (offlining)
		synchronize_rcu_expedited();
}

/* Once for each block of memory. */
static int hmt_block_notify(struct notifier_block *block, unsigned long action,
			    void *data)
{
	if (action == MEM_GOING_OFFLINE)
		hmt_node_set_offlining(data, true);
	else if (action == MEM_CANCEL_OFFLINE || action == MEM_OFFLINE)
		hmt_node_set_offlining(data, false);
	return NOTIFY_OK;
}

static struct notifier_block hmt_block_notifier = {
	.notifier_call = hmt_block_notify,
};

/* For the first block of memory of a node, and for the last one. */
static int hmt_node_notify(struct notifier_block *block, unsigned long action,
			   void *data)
{
	int nid = hmt_notified_nid(data);

	if (nid == NUMA_NO_NODE)
		return NOTIFY_OK;
	switch (action) {
	case NODE_ADDED_FIRST_MEMORY:
		hmt_node_add(nid);
		schedule_work(&hmt_node_work);
		break;
	case NODE_REMOVING_LAST_MEMORY:
		hmt_memory_set_dead(nid, true);
		break;
	case NODE_CANCEL_REMOVING_LAST_MEMORY:
		hmt_memory_set_dead(nid, false);
		break;
	case NODE_REMOVED_LAST_MEMORY:
		hmt_memory_put(hmt_memory_remove(nid));
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block hmt_node_notifier = {
	.notifier_call = hmt_node_notify,
};

/* Follow the nodes and CPUs that go online and offline. */
static int hmt_node_listen(void)
{
	/* Before the other one, so that no page is counted on a removed node. */
	int ret = register_memory_notifier(&hmt_block_notifier);

	if (ret)
		return ret;
	ret = register_node_notifier(&hmt_node_notifier);
	if (ret)
		goto unregister_memory;
	ret = cpuhp_setup_state_nocalls(CPUHP_AP_ONLINE_DYN, "hmt/node:online",
					hmt_node_cpu_changed,
					hmt_node_cpu_changed);
	if (ret < 0)
		goto unregister_node;
	hmt_node_cpu_state = ret;
	return 0;

unregister_node:
	unregister_node_notifier(&hmt_node_notifier);
unregister_memory:
	unregister_memory_notifier(&hmt_block_notifier);
	cancel_work_sync(&hmt_node_work);
	return ret;
}

/* Add no memories any more. Those that were added stay. */
void hmt_node_exit(void)
{
	cpuhp_remove_state_nocalls(hmt_node_cpu_state);
	unregister_node_notifier(&hmt_node_notifier);
	unregister_memory_notifier(&hmt_block_notifier);
	cancel_work_sync(&hmt_node_work);
}

/* hmt_node_free() must follow on error as well. */
int hmt_node_init(void)
{
	int nid, ret = hmt_node_perf_init();

	hmt_nodes = kvcalloc(nr_node_ids, sizeof(*hmt_nodes), GFP_KERNEL);
	if (ret || !hmt_nodes || hmt_reclaim_alloc())
		return -ENOMEM;
	ret = hmt_node_listen();
	if (ret)
		return ret;
	/* All or none: a graph without one of the nodes would be refused. */
	for_each_node_state(nid, N_MEMORY) {
		ret = hmt_node_add(nid);
		if (ret) {
			hmt_node_warn(nid, ret);
			hmt_node_exit();
			return ret;
		}
	}
	schedule_work(&hmt_node_work);
	flush_work(&hmt_node_work);
	return 0;
}

/* Follows hmt_memory_exit(), which waits for readers of attributes. */
void hmt_node_free(void)
{
	hmt_node_perf_free();
	hmt_reclaim_free();
	kvfree(hmt_nodes);
}
