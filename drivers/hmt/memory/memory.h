/* SPDX-License-Identifier: GPL-2.0 */
/* memory/: memories, their capacity, performance and distance, and edges. */
#ifndef _HMT_MEMORY_H
#define _HMT_MEMORY_H

#include <linux/atomic.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/hmt_internal.h>
#include <linux/mmzone.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/refcount.h>
#include <linux/xarray.h>
#include "best.h"
#include "mempolicy.h"

struct hmt_graph;
struct hmt_tier;
struct mm_struct;

/* Origin of performance data. */
enum hmt_perf_source {
	HMT_PERF_DISTANCE,
	HMT_PERF_FIRMWARE,
	HMT_PERF_DRIVER,
	HMT_PERF_SOURCES
};

/**
 * struct hmt_memory_desc - description of a memory to add
 * @uid: unified ID
 * @name: device name
 * @kind: technology
 * @nid: NUMA node; for device memory the node that it counts as
 * @perf: performance
 * @device_perf: performance of device memory for its device
 * @system_perf: performance of the memory of @nid for that device
 * @source: origin of @perf
 * @initiators: nearest nodes with CPUs
 * @ops: operations
 * @data: private data of the owner
 * @dead: start without permission for pages to enter
 */
struct hmt_memory_desc {
	u32 uid;
	const char *name;
	enum hmt_kind kind;
	int nid;
	struct hmt_perf perf;
	struct hmt_perf device_perf;
	struct hmt_perf system_perf;
	enum hmt_perf_source source;
	nodemask_t initiators;
	const struct hmt_memory_ops *ops;
	void *data;
	bool dead;
};

/**
 * struct hmt_memory - a pool of pages with one performance
 * @dev: device in class hmt; holds the reference count of the memory
 * @rcu: defers freeing for lockless look-ups
 * @uid: unified ID
 * @owner: entry in the table of owners of pages, see owner.c; of device memory only
 * @kind: technology, as far as the core can tell
 * @identity: identity set by a plug-in, see identity.c
 * @nid: NUMA node; for device memory the node that it counts as
 * @ops: operations; called between hmt_memory_tryget_ops() and
 *	hmt_memory_put_ops()
 * @data: private data of the owner
 * @users: one for the registration and one for each running call of @ops
 * @idle: completed when @users is 0
 * @dead: being removed or closed: pages may leave, none may enter
 * @source: origin of @perf
 * @perf: performance, of a node for its nearest CPUs
 * @device_perf: performance of a node for an initiator without CPUs that is
 *	nearer than CPUs, or of device memory for its device; 0 if unknown
 * @system_perf: performance of the memory of @nid for the device; of device
 *	memory only
 * @loaded_latency: latency of a node under load, as last measured, ns; 0: not known
 * @loaded_from: node of the CPU that measured it
 * @loaded_at: time of that, ns
 * @initiators: nearest nodes with CPUs that are online; changed bit by bit and
 *	never empty, because readers take no lock
 * @edges: &struct hmt_edge by UID of the destination; changed under
 *	hmt_memory_lock, looked up under RCU
 * @edges_dir: directory edges/ in sysfs
 */
struct hmt_memory {
	struct device dev;
	struct rcu_head rcu;
	u32 uid;
	struct hlist_node owner;
	enum hmt_kind kind;
	struct hmt_identity identity;
	int nid;
	const struct hmt_memory_ops *ops;
	void *data;
	refcount_t users;
	struct completion idle;
	bool dead;
	enum hmt_perf_source source;
	struct hmt_perf perf;
	struct hmt_perf device_perf;
	struct hmt_perf system_perf;
	u32 loaded_latency;
	int loaded_from;
	u64 loaded_at;
	nodemask_t initiators;
	struct xarray edges;
	struct kobject *edges_dir;
};

static inline struct hmt_memory *to_hmt_memory(struct device *dev)
{
	return container_of(dev, struct hmt_memory, dev);
}

/**
 * struct hmt_edge - counters of the moves from one memory to another
 * @kobj: directory edges/<to>/ of the source memory; holds the reference
 * @rcu: defers freeing for lockless look-ups
 * @pages: number of pages, by &enum hmt_result
 * @kernel_demoted: pages that kernel reclaim demoted along the graph
 * @split: huge pages that were split so that their pages could move
 * @ns: total duration of batches in ns
 */
struct hmt_edge {
	struct kobject kobj;
	struct rcu_head rcu;
	atomic64_t pages[HMT_PLAN_RESULTS];
	atomic64_t kernel_demoted;
	atomic64_t split;
	atomic64_t ns;
};

extern struct class hmt_class;
extern const struct attribute_group *hmt_memory_groups[];

int hmt_memory_init(void);
void hmt_memory_exit(void);
void hmt_register_exit(void);

int hmt_memory_add(const struct hmt_memory_desc *desc);
struct hmt_memory *hmt_memory_remove(u32 uid);
void hmt_memory_wait_idle(struct hmt_memory *memory);
void hmt_memory_set_dead(u32 uid, bool dead);
void hmt_memory_set_perf(u32 uid, const struct hmt_perf *perf,
			 enum hmt_perf_source source);
void hmt_memory_set_device_perf(u32 uid, const struct hmt_perf *perf);
void hmt_memory_set_initiators(u32 uid, const nodemask_t *initiators);
struct hmt_memory *hmt_memory_get(u32 uid);
struct hmt_memory *hmt_memory_next(unsigned long *index);
struct hmt_memory *hmt_memory_tryget_ops(u32 uid);
void hmt_memory_put_ops(struct hmt_memory *memory);
u32 hmt_memory_resolve(const char *token);
bool hmt_memory_is_offline(const char *token);
bool hmt_memory_is_private(u32 uid);
bool hmt_memory_is_usable(u32 uid);
u64 hmt_memory_nr_pages(u32 uid);
u64 hmt_memory_nr_free(u32 uid);
u64 hmt_tier_nr_free(const struct hmt_tier *tier);
u64 hmt_memory_used(u32 uid);
u64 hmt_memory_nr_unmovable(u32 uid);
bool hmt_memory_may_use(u32 uid, struct mm_struct *mm);
void hmt_memory_sharing(u32 uid, struct hmt_sharing_stats *sharing);
int hmt_memory_node(u32 uid);
void hmt_memory_changed(u64 generation);

/* identity.c: identity of a memory, set by plug-ins. */
void hmt_memory_identity(struct hmt_memory *memory,
			 struct hmt_identity *identity);
void hmt_memory_set_kind(u32 uid, enum hmt_kind kind);

void hmt_edge_add_missing(const struct hmt_graph *graph);
void hmt_edge_add_asked(u32 from, u32 to);
void hmt_edge_count_split(u32 from, u32 to);
struct hmt_edge *hmt_edge_get(u32 from, u32 to);
u64 hmt_edge_nr_moved(u32 from, u32 to);
void hmt_edge_put(struct hmt_edge *edge);
/* edge.c, for memory.c. Callers hold hmt_memory_lock. */
extern struct mutex hmt_memory_lock;
void hmt_edge_remove_all(struct hmt_memory *memory);
int hmt_edge_add(struct hmt_memory *from, struct hmt_memory *to);

/* near.c: performance of memories for the CPUs of a node. */

/* Local distance is 10 by definition (ACPI SLIT); 100 ns are assumed for it. */
#define HMT_NS_PER_DISTANCE	10

/**
 * struct hmt_reach - performance of a memory for the CPUs of a node
 * @distance: read latency in ns, or a distance as in SLIT; less is better
 * @bandwidth: read bandwidth in MB/s; 0 next to distances
 */
struct hmt_reach {
	int distance;
	u32 bandwidth;
};

/*
 * Check whether @near is clearly less than @far: by more than 10 %, the
 * difference that "hmtctl setup" ignores as well.
 */
static inline bool hmt_is_nearer(u64 near, u64 far)
{
	return near * 110 < far * 100;
}

bool hmt_memories_are_measured(const u32 *uids, unsigned int nr);
void hmt_memory_reach(u32 uid, int nid, bool measured, struct hmt_reach *reach);
bool hmt_tier_is_measured(const struct hmt_tier *tier);
u32 hmt_tiers_alike(const struct hmt_graph *graph, unsigned int index,
		    u32 tiers);

/* node.c: memories that are NUMA nodes. */

/* Never reclaims, because the policy handles full destinations. */
#define HMT_NODE_GFP \
	((GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM) | __GFP_THISNODE | \
	 __GFP_NOWARN | __GFP_NORETRY)

/**
 * struct hmt_node_room - room of a node for pages that the kernel moves
 * @pages: pages of the node
 * @free: pages that can be taken without waking reclaim
 * @takes: pages that it serves without waiting for reclaim
 */
struct hmt_node_room {
	u64 pages;
	u64 free;
	u64 takes;
};

struct zone *hmt_node_next_zone(int nid, struct zone *zone);
void hmt_node_look(int nid, struct hmt_node_room *room);
u64 hmt_node_nr_listed(int nid);
u64 hmt_node_nr_events(int nid, enum numa_stat_item event);
void hmt_node_freed(int nid);
void hmt_node_refresh(void);
int hmt_node_init(void);
void hmt_node_exit(void);
void hmt_node_free(void);

/* latency.c: latency of a node under load. */
u32 hmt_memory_loaded_latency(u32 uid, int from);

/* reclaim.c: room that kernel reclaim makes on nodes. */
int hmt_reclaim_alloc(void);
void hmt_reclaim_free(void);
u64 hmt_reclaim_nr_pages(int nid);
u64 hmt_reclaim_step(int nid);
bool hmt_reclaim_works(int nid);
void hmt_reclaim_set(int nid, u64 until);
bool hmt_reclaim_makes_room(int nid);
void hmt_reclaim_wake(int nid);
void hmt_reclaim_note(int nid, bool has_room);

/* node_perf.c: performance of nodes for CPUs; called by node.c. */
int hmt_node_perf_init(void);
void hmt_node_perf_free(void);
bool hmt_perf_equal(const struct hmt_perf *a, const struct hmt_perf *b);
void hmt_node_nearest_cpus(int nid, nodemask_t *initiators);
void hmt_node_perf_by_distance(int nid, struct hmt_perf *perf);
void hmt_node_update_perf(int nid);

/* Accessors for movers. */
const struct hmt_memory_ops *
hmt_memory_operations(const struct hmt_memory *memory);
enum hmt_kind hmt_memory_kind(const struct hmt_memory *memory);
int hmt_memory_nid(const struct hmt_memory *memory);

/* Return true for a memory of a device, false for a NUMA node. */
static inline bool hmt_kind_is_device(enum hmt_kind kind)
{
	return kind == HMT_KIND_DEVICE_PRIVATE ||
	       kind == HMT_KIND_DEVICE_COHERENT;
}

#endif /* _HMT_MEMORY_H */
