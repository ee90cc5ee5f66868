// SPDX-License-Identifier: GPL-2.0
/* Memories that are NUMA nodes: found at load, updated on memory hotplug. */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/memory.h>
#include <linux/mmzone.h>
#include <linux/nodemask.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/swap.h>
#include <linux/topology.h>
#include <linux/mm.h>
#include <linux/workqueue.h>
#include "graph/graph.h"
#include "lib/lib.h"
#include "memory.h"

/**
 * struct hmt_node - what is remembered of a node, whether it is online or not
 * @fw_perf: performance for CPUs, reported by firmware. Linux reports it only
 *	once: when a node that went away comes back, its access classes stay
 *	empty although its proximity domain is the same. Only the work item
 *	accesses this, and code that has flushed or cancelled it.
 * @device_perf: performance for a nearer initiator without CPUs; otherwise as
 *	@fw_perf
 * @pcp: free pages in per-CPU lists, by zone
 * @offlining: a part of the node goes offline
 */
struct hmt_node {
	struct hmt_perf fw_perf;
	struct hmt_perf device_perf;
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

/* Local distance is 10 by definition (ACPI SLIT); 100 ns are assumed for it. */
#define HMT_NS_PER_DISTANCE	10

/* Never reclaims, because the policy handles full destinations. */
#define HMT_NODE_GFP \
	((GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM) | __GFP_THISNODE | \
	 __GFP_NOWARN | __GFP_NORETRY)

static u64 hmt_node_nr_pages(const struct hmt_memory *memory)
{
	struct zone *zone = NODE_DATA(memory->nid)->node_zones;
	u64 pages = 0;
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++)
		pages += zone_managed_pages(&zone[i]);
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
 * Count the free pages above the high watermarks: taking them wakes no reclaim.
 * Memory that is online movable cannot serve kernel allocations, so using up
 * the reserves of the other nodes would end in an OOM kill with gigabytes free.
 */
static u64 hmt_node_nr_free(const struct hmt_memory *memory)
{
	struct zone *zone = NODE_DATA(memory->nid)->node_zones;
	struct zone *end = zone + MAX_NR_ZONES;
	u64 pages = 0;

	for (; zone < end; zone++)
		if (zone_managed_pages(zone))
			pages += hmt_zone_usable(zone,
						 zone_page_state(zone,
								 NR_FREE_PAGES) +
						 hmt_zone_pcp_pages(zone),
						 high_wmark_pages(zone));
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
 * Pages in lists of other CPUs do not count, because an allocation that must
 * not reclaim does not get them. Any context.
 */
void hmt_node_look(int nid, struct hmt_node_room *room)
{
	struct zone *zone = NODE_DATA(nid)->node_zones;
	struct zone *end = zone + MAX_NR_ZONES;

	memset(room, 0, sizeof(*room));
	for (; zone < end; zone++) {
		u64 managed = zone_managed_pages(zone), free;

		if (!managed)
			continue;
		free = zone_page_state(zone, NR_FREE_PAGES);
		room->pages += managed;
		room->free += hmt_zone_usable(zone, free,
					      high_wmark_pages(zone));
		room->takes |= hmt_zone_usable(zone, free,
					       low_wmark_pages(zone)) >
			       SWAP_CLUSTER_MAX;
	}
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
		more = alloc_pages_bulk_array_node(HMT_NODE_GFP, memory->nid,
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
	.copy = hmt_node_copy,
};

static int hmt_node_best_distance(int nid)
{
	int cpu_nid, best = INT_MAX;

	for_each_node_state(cpu_nid, N_CPU)
		best = min(best, node_distance(cpu_nid, nid));
	return best;
}

static void hmt_node_initiators(int nid, nodemask_t *initiators)
{
	int cpu_nid, best = hmt_node_best_distance(nid);

	nodes_clear(*initiators);
	for_each_node_state(cpu_nid, N_CPU)
		if (node_distance(cpu_nid, nid) == best)
			node_set(cpu_nid, *initiators);
}

static void hmt_node_perf_by_distance(int nid, struct hmt_perf *perf)
{
	*perf = (struct hmt_perf) {
		.read_latency = HMT_NS_PER_DISTANCE *
				hmt_node_best_distance(nid),
	};
	perf->write_latency = perf->read_latency;
}

static void hmt_node_add(int nid)
{
	char name[HMT_NAME_MAX + 1];
	struct hmt_memory_desc desc = {
		.uid = nid,
		.name = name,
		.kind = HMT_KIND_DRAM,
		.nid = nid,
		.ops = &hmt_node_ops,
	};
	int ret;

	snprintf(name, sizeof(name), "node%d", nid);
	hmt_node_perf_by_distance(nid, &desc.perf);
	hmt_node_initiators(nid, &desc.initiators);
	ret = hmt_memory_add(&desc);
	if (ret)
		pr_warn("node%d: not registered: %d\n", nid, ret);
}

/*
 * Access classes of a node in sysfs: class 0 is that of the nearest initiator of
 * any kind, an accelerator ("generic initiator") included, class 1 is that of
 * the nearest CPUs. HMT manages memory of programs on CPUs.
 */
#define HMT_CLASS_ANY	0
#define HMT_CLASS_CPUS	1

/* Read a number of an access class; return 0 if it does not exist. */
static u32 hmt_node_access_value(int nid, int class, const char *name)
{
	char path[96], text[16];
	u32 value;

	/*
	 * The node's list of access classes is private to the driver core;
	 * its sysfs files are the interface that exists on every kernel.
	 */
	snprintf(path, sizeof(path),
		 "/sys/devices/system/node/node%d/access%d/initiators/%s",
		 nid, class, name);
	if (hmt_read_attribute(path, text, sizeof(text)) ||
	    kstrtou32(text, 10, &value))
		return 0;
	return value;
}

/* Return the highest bandwidth of memory that is local to CPUs. */
static u32 hmt_node_local_bandwidth(void)
{
	u32 best = 0;
	int nid;

	for_each_node_state(nid, N_CPU)
		best = max(best, hmt_node_access_value(nid, HMT_CLASS_CPUS,
						       "read_bandwidth"));
	return best;
}

/*
 * Set the kind: a node without CPUs that has at least twice the bandwidth of
 * nodes with CPUs is HBM.
 */
static void hmt_node_update_kind(int nid, const struct hmt_perf *perf)
{
	u32 local = hmt_node_local_bandwidth();
	bool hbm = !node_state(nid, N_CPU) && local &&
		   perf->read_bandwidth / 2 >= local;

	hmt_memory_set_kind(nid, hbm ? HMT_KIND_HBM : HMT_KIND_DRAM);
}

static void hmt_node_read_class(int nid, int class, struct hmt_perf *perf)
{
	*perf = (struct hmt_perf) {
		.read_latency = hmt_node_access_value(nid, class,
						      "read_latency"),
		.write_latency = hmt_node_access_value(nid, class,
						       "write_latency"),
		.read_bandwidth = hmt_node_access_value(nid, class,
							"read_bandwidth"),
		.write_bandwidth = hmt_node_access_value(nid, class,
							 "write_bandwidth"),
	};
}

static bool hmt_node_perf_is_known(const struct hmt_perf *perf)
{
	return perf->read_latency && perf->write_latency;
}

static bool hmt_node_perf_equal(const struct hmt_perf *a,
				const struct hmt_perf *b)
{
	return a->read_latency == b->read_latency &&
	       a->write_latency == b->write_latency &&
	       a->read_bandwidth == b->read_bandwidth &&
	       a->write_bandwidth == b->write_bandwidth;
}

/*
 * Keep the performance that an initiator without CPUs gets apart. It is shown,
 * and nothing else depends on it. The classes are equal if CPUs are nearest.
 */
static void hmt_node_update_device_perf(int nid, const struct hmt_perf *cpus)
{
	struct hmt_perf device;

	hmt_node_read_class(nid, HMT_CLASS_ANY, &device);
	if (!hmt_node_perf_is_known(&device))
		return;
	if (hmt_node_perf_equal(&device, cpus))
		device = (struct hmt_perf) { };
	hmt_nodes[nid].device_perf = device;
}

static void hmt_node_update_perf(int nid)
{
	struct hmt_node *node = &hmt_nodes[nid];
	struct hmt_perf perf;

	hmt_node_read_class(nid, HMT_CLASS_CPUS, &perf);
	hmt_node_update_device_perf(nid, &perf);
	hmt_memory_set_device_perf(nid, &node->device_perf);
	if (hmt_node_perf_is_known(&perf))
		node->fw_perf = perf;
	else
		perf = node->fw_perf;
	if (!perf.read_latency)
		return;
	hmt_node_update_kind(nid, &perf);
	hmt_memory_set_perf(nid, &perf, HMT_PERF_FIRMWARE);
}

/*
 * Do the work that the notifier cannot do: reading sysfs files there would nest
 * their locks inside mem_hotplug_lock, while "state" nests them the other way.
 */
static void hmt_node_update(struct work_struct *work)
{
	struct hmt_graph *graph = hmt_graph_get();
	int nid;

	for_each_node_state(nid, N_MEMORY)
		hmt_node_update_perf(nid);
	if (graph)
		hmt_edge_add_missing(graph);
	hmt_graph_put(graph);
}

static DECLARE_WORK(hmt_node_work, hmt_node_update);

/* Count no pages in per-CPU lists while a part of the node goes offline. */
static void hmt_node_set_offlining(const struct memory_notify *arg,
				   bool offlining)
{
	int nid = page_to_nid(pfn_to_page(arg->start_pfn));

	WRITE_ONCE(hmt_nodes[nid].offlining, offlining);
	/* Once for each block of memory. */
	if (offlining)
		synchronize_rcu_expedited();
}

static int hmt_node_notify(struct notifier_block *block, unsigned long action,
			   void *data)
{
	const struct memory_notify *arg = data;
	int nid = arg->status_change_nid;

	if (action == MEM_GOING_OFFLINE)
		hmt_node_set_offlining(arg, true);
	else if (action == MEM_CANCEL_OFFLINE || action == MEM_OFFLINE)
		hmt_node_set_offlining(arg, false);
	if (nid == NUMA_NO_NODE)
		return NOTIFY_OK;
	switch (action) {
	case MEM_ONLINE:
		hmt_node_add(nid);
		schedule_work(&hmt_node_work);
		break;
	case MEM_GOING_OFFLINE:
		hmt_memory_set_dead(nid, true);
		break;
	case MEM_CANCEL_OFFLINE:
		hmt_memory_set_dead(nid, false);
		break;
	case MEM_OFFLINE:
		hmt_memory_put(hmt_memory_remove(nid));
		break;
	}
	return NOTIFY_OK;
}

static struct notifier_block hmt_node_notifier = {
	.notifier_call = hmt_node_notify,
};

/* hmt_node_free() must follow on error as well. */
int hmt_node_init(void)
{
	int nid, ret;

	hmt_nodes = kvcalloc(nr_node_ids, sizeof(*hmt_nodes), GFP_KERNEL);
	if (!hmt_nodes)
		return -ENOMEM;
	ret = register_memory_notifier(&hmt_node_notifier);
	if (ret)
		return ret;
	for_each_node_state(nid, N_MEMORY)
		hmt_node_add(nid);
	schedule_work(&hmt_node_work);
	flush_work(&hmt_node_work);
	return 0;
}

/* Add no memories any more. Those that were added stay. */
void hmt_node_exit(void)
{
	unregister_memory_notifier(&hmt_node_notifier);
	cancel_work_sync(&hmt_node_work);
}

/* Follows hmt_memory_exit(), which waits for readers of attributes. */
void hmt_node_free(void)
{
	kvfree(hmt_nodes);
}
