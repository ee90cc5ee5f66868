// SPDX-License-Identifier: GPL-2.0
/*
 * Registry of memories. A memory is removed in two phases: dead (pages may
 * leave, none may enter), then removed. Look-ups are lockless and take a
 * reference.
 */
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory.h"
#include "owner.h"

/* Serialises addition and removal of memories and edges. */
DEFINE_MUTEX(hmt_memory_lock);
static DEFINE_XARRAY(hmt_memories);

struct class hmt_class = {
	.name = "hmt",
	.dev_groups = hmt_memory_groups,
};

static void hmt_memory_release(struct device *dev)
{
	struct hmt_memory *memory = to_hmt_memory(dev);

	xa_destroy(&memory->edges);
	kfree_rcu(memory, rcu);
}

/*
 * Return the memory with UID @uid and take a reference, or NULL. Any context.
 */
struct hmt_memory *hmt_memory_get(u32 uid)
{
	struct hmt_memory *memory;

	rcu_read_lock();
	memory = xa_load(&hmt_memories, uid);
	if (memory && !kobject_get_unless_zero(&memory->dev.kobj))
		memory = NULL;
	rcu_read_unlock();
	return memory;
}

/**
 * hmt_memory_put() - drop a reference
 * @memory: memory, or NULL
 *
 * Context: any.
 */
void hmt_memory_put(struct hmt_memory *memory)
{
	if (memory)
		put_device(&memory->dev);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_memory_put);

/*
 * Return the memory with UID @uid for calls of its operations, or NULL. The
 * removal of the memory waits for hmt_memory_put_ops(), which must follow soon.
 * Any context.
 */
struct hmt_memory *hmt_memory_tryget_ops(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_get(uid);

	if (memory && !refcount_inc_not_zero(&memory->users)) {
		hmt_memory_put(memory);
		return NULL;
	}
	return memory;
}

static void hmt_memory_drop_user(struct hmt_memory *memory)
{
	if (refcount_dec_and_test(&memory->users))
		complete(&memory->idle);
}

void hmt_memory_put_ops(struct hmt_memory *memory)
{
	if (!memory)
		return;
	hmt_memory_drop_user(memory);
	hmt_memory_put(memory);
}

/* hmt_memory_operations() - get the operations of @memory, for movers */
const struct hmt_memory_ops *
hmt_memory_operations(const struct hmt_memory *memory)
{
	return memory->ops;
}

/* hmt_memory_kind() - get the technology of @memory */
enum hmt_kind hmt_memory_kind(const struct hmt_memory *memory)
{
	return memory->kind;
}

/* hmt_memory_nid() - get the node that @memory is or counts as */
int hmt_memory_nid(const struct hmt_memory *memory)
{
	return memory->nid;
}

/*
 * Return the first memory at or after *@index that is not dead and take a
 * reference, or NULL. Advances *@index past it.
 */
struct hmt_memory *hmt_memory_next(unsigned long *index)
{
	struct hmt_memory *memory;

	rcu_read_lock();
	memory = xa_find(&hmt_memories, index, U32_MAX, XA_PRESENT);
	while (memory && (READ_ONCE(memory->dead) ||
			  !kobject_get_unless_zero(&memory->dev.kobj)))
		memory = xa_find_after(&hmt_memories, index, U32_MAX,
				       XA_PRESENT);
	rcu_read_unlock();
	if (memory)
		++*index;
	return memory;
}

static struct hmt_memory *hmt_memory_alloc(const struct hmt_memory_desc *desc)
{
	struct hmt_memory *memory = kzalloc(sizeof(*memory), GFP_KERNEL);
	int ret;

	if (!memory)
		return ERR_PTR(-ENOMEM);
	memory->uid = desc->uid;
	memory->kind = desc->kind;
	memory->identity.kind = HMT_KINDS;
	memory->nid = desc->nid;
	memory->ops = desc->ops;
	memory->data = desc->data;
	memory->dead = desc->dead;
	memory->perf = desc->perf;
	memory->device_perf = desc->device_perf;
	memory->system_perf = desc->system_perf;
	memory->source = desc->source;
	refcount_set(&memory->users, 1);
	init_completion(&memory->idle);
	memory->initiators = desc->initiators;
	xa_init(&memory->edges);
	memory->dev.class = &hmt_class;
	memory->dev.release = hmt_memory_release;
	device_initialize(&memory->dev);
	ret = dev_set_name(&memory->dev, "%s", desc->name);
	if (ret) {
		put_device(&memory->dev);
		return ERR_PTR(ret);
	}
	return memory;
}

/* Make @memory visible. Drops the caller's reference on failure. */
static int hmt_memory_publish(struct hmt_memory *memory)
{
	int ret;

	lockdep_assert_held(&hmt_memory_lock);
	ret = device_add(&memory->dev);
	if (ret)
		goto err_put;
	memory->edges_dir = kobject_create_and_add("edges",
						   &memory->dev.kobj);
	if (!memory->edges_dir) {
		ret = -ENOMEM;
		goto err_del;
	}
	ret = xa_err(xa_store(&hmt_memories, memory->uid, memory, GFP_KERNEL));
	if (ret)
		goto err_dir;
	hmt_owner_add(memory);
	return 0;

err_dir:
	kobject_put(memory->edges_dir);
err_del:
	device_del(&memory->dev);
err_put:
	put_device(&memory->dev);
	return ret;
}

static void hmt_edge_add_pair(u32 a, u32 b)
{
	struct hmt_memory *from = xa_load(&hmt_memories, a);
	struct hmt_memory *to = xa_load(&hmt_memories, b);

	lockdep_assert_held(&hmt_memory_lock);
	if (!from || !to)
		return;
	/* Pages can move without counters. */
	if (hmt_edge_add(from, to) || hmt_edge_add(to, from))
		dev_warn(&from->dev, "no memory for counters: pages that move to or from %s are not counted\n",
			 dev_name(&to->dev));
}

/*
 * Create the edges between @uid and device memories. Pages move along them
 * independent of the graph: to the device when it accesses them, back when CPUs
 * access them or the device goes away.
 */
static void hmt_edge_add_to_devices(u32 uid)
{
	struct hmt_memory *memory;
	unsigned long index;

	xa_for_each(&hmt_memories, index, memory)
		if (memory->uid != uid && (memory->uid | uid) & HMT_UID_DEVICE)
			hmt_edge_add_pair(uid, memory->uid);
}

/* Add a memory unless its UID exists. May be called from a notifier. */
int hmt_memory_add(const struct hmt_memory_desc *desc)
{
	struct hmt_memory *memory;
	int ret = 0;

	mutex_lock(&hmt_memory_lock);
	if (xa_load(&hmt_memories, desc->uid))
		goto out_unlock;
	memory = hmt_memory_alloc(desc);
	ret = IS_ERR(memory) ? PTR_ERR(memory) : hmt_memory_publish(memory);
	if (!ret)
		hmt_edge_add_to_devices(desc->uid);
out_unlock:
	mutex_unlock(&hmt_memory_lock);
	return ret;
}

static void hmt_memory_drop_edges_to(u32 uid)
{
	struct hmt_memory *memory;
	unsigned long index;

	xa_for_each(&hmt_memories, index, memory) {
		struct hmt_edge *edge = xa_erase(&memory->edges, uid);

		if (edge) {
			kobject_del(&edge->kobj);
			hmt_edge_put(edge);
		}
	}
}

/*
 * Remove the memory @uid. Return it with the reference of the registry, or NULL
 * if it did not exist.
 */
struct hmt_memory *hmt_memory_remove(u32 uid)
{
	struct hmt_memory *memory;

	guard(mutex)(&hmt_memory_lock);
	memory = xa_erase(&hmt_memories, uid);
	if (memory) {
		WRITE_ONCE(memory->dead, true);
		hmt_owner_remove(memory);
		hmt_memory_drop_edges_to(uid);
		hmt_edge_remove_all(memory);
		kobject_put(memory->edges_dir);
		device_del(&memory->dev);
	}
	return memory;
}

/* Wait for running operations of a memory that was removed. */
void hmt_memory_wait_idle(struct hmt_memory *memory)
{
	hmt_memory_drop_user(memory);
	wait_for_completion(&memory->idle);
}

/* Forbid pages to enter the memory, or permit it again. Any context. */
void hmt_memory_set_dead(u32 uid, bool dead)
{
	struct hmt_memory *memory = hmt_memory_get(uid);

	if (!memory)
		return;
	WRITE_ONCE(memory->dead, dead);
	hmt_memory_put(memory);
}

void hmt_memory_set_perf(u32 uid, const struct hmt_perf *perf,
			 enum hmt_perf_source source)
{
	struct hmt_memory *memory = hmt_memory_get(uid);
	bool changed;

	if (!memory)
		return;
	mutex_lock(&hmt_memory_lock);
	changed = memory->source != source ||
		  memcmp(&memory->perf, perf, sizeof(*perf));
	memory->source = source;
	memory->perf = *perf;
	mutex_unlock(&hmt_memory_lock);
	if (changed)
		kobject_uevent(&memory->dev.kobj, KOBJ_CHANGE);
	hmt_memory_put(memory);
}

/* Set the performance of a node for a device; it is shown only. */
void hmt_memory_set_device_perf(u32 uid, const struct hmt_perf *perf)
{
	struct hmt_memory *memory = hmt_memory_get(uid);

	if (!memory)
		return;
	mutex_lock(&hmt_memory_lock);
	memory->device_perf = *perf;
	mutex_unlock(&hmt_memory_lock);
	hmt_memory_put(memory);
}

/*
 * Set the nodes with the nearest CPUs. Bits are set before others are cleared,
 * because readers take no lock and expect a node.
 */
void hmt_memory_set_initiators(u32 uid, const nodemask_t *initiators)
{
	struct hmt_memory *memory = hmt_memory_get(uid);
	bool changed;
	int nid;

	if (!memory)
		return;
	mutex_lock(&hmt_memory_lock);
	changed = !nodes_equal(memory->initiators, *initiators);
	for_each_node_mask(nid, *initiators)
		node_set(nid, memory->initiators);
	for_each_node_mask(nid, memory->initiators)
		if (!node_isset(nid, *initiators))
			node_clear(nid, memory->initiators);
	mutex_unlock(&hmt_memory_lock);
	if (changed)
		kobject_uevent(&memory->dev.kobj, KOBJ_CHANGE);
	hmt_memory_put(memory);
}

/*
 * Return the UID for a name or number, or HMT_UID_NONE if there is no such
 * memory.
 */
u32 hmt_memory_resolve(const char *token)
{
	struct hmt_memory *memory;
	u32 uid = HMT_UID_NONE;
	unsigned long index;

	if (!kstrtou32(token, 10, &uid))
		return xa_load(&hmt_memories, uid) ? uid : HMT_UID_NONE;
	uid = HMT_UID_NONE;
	guard(mutex)(&hmt_memory_lock);
	xa_for_each(&hmt_memories, index, memory)
		if (!strcmp(dev_name(&memory->dev), token))
			uid = memory->uid;
	return uid;
}

/*
 * Check whether the name or number of a memory that does not exist is that of a
 * node that can have memory: all of it is offline.
 */
bool hmt_memory_is_offline(const char *token)
{
	u32 nid;

	if (!strncmp(token, "node", strlen("node")))
		token += strlen("node");
	return !kstrtou32(token, 10, &nid) && nid < MAX_NUMNODES &&
	       node_possible(nid) && !node_state(nid, N_MEMORY);
}

/* As hmt_memory_tryget_ops(), but return NULL for a dead memory as well. */
static struct hmt_memory *hmt_memory_tryget_usable_ops(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_tryget_ops(uid);

	if (memory && READ_ONCE(memory->dead)) {
		hmt_memory_put_ops(memory);
		return NULL;
	}
	return memory;
}

/*
 * Check whether the memory exists and pages may enter it. Takes no reference,
 * which all CPUs would write. Any context.
 */
bool hmt_memory_is_usable(u32 uid)
{
	struct hmt_memory *memory;
	bool usable;

	rcu_read_lock();
	memory = xa_load(&hmt_memories, uid);
	usable = memory && !READ_ONCE(memory->dead);
	rcu_read_unlock();
	return usable;
}

/* Check whether CPUs cannot address the memory. */
bool hmt_memory_is_private(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_tryget_usable_ops(uid);
	bool private = memory && memory->kind == HMT_KIND_DEVICE_PRIVATE;

	hmt_memory_put_ops(memory);
	return private;
}

/*
 * Return the number of pages of the memory; 0 if it does not exist or is dead.
 */
u64 hmt_memory_nr_pages(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_tryget_usable_ops(uid);
	u64 pages = memory ? memory->ops->nr_pages(memory) : 0;

	hmt_memory_put_ops(memory);
	return pages;
}

/*
 * Return the number of free pages; 0 if the memory does not exist or is dead.
 */
u64 hmt_memory_nr_free(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_tryget_usable_ops(uid);
	u64 pages = memory ? memory->ops->nr_free(memory) : 0;

	hmt_memory_put_ops(memory);
	return pages;
}

/* Return the number of free pages of all memories of the tier. */
u64 hmt_tier_nr_free(const struct hmt_tier *tier)
{
	unsigned int i;
	u64 pages = 0;

	for (i = 0; i < tier->nr_memories; i++)
		pages += hmt_memory_nr_free(tier->memories[i]);
	return pages;
}

/* Return the number of pages in use; a dead memory is counted as well. */
u64 hmt_memory_used(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_tryget_ops(uid);
	u64 capacity = memory ? memory->ops->nr_pages(memory) : 0;
	u64 free = memory ? memory->ops->nr_free(memory) : 0;

	hmt_memory_put_ops(memory);
	return capacity > free ? capacity - free : 0;
}

/*
 * Return the number of pages that unmovable kernel allocations may occupy; 0 if
 * the memory does not exist.
 */
u64 hmt_memory_nr_unmovable(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_tryget_ops(uid);
	u64 pages = 0;

	if (memory && memory->ops->nr_unmovable)
		pages = memory->ops->nr_unmovable(memory);
	hmt_memory_put_ops(memory);
	return pages;
}

/*
 * Check whether a caller without privileges may move pages of @mm to the memory.
 * Memory of nodes is for all, as for move_pages(2), and the kernel reclaims it.
 * The memory of a device is for processes to which its driver gives access.
 */
bool hmt_memory_may_use(u32 uid, struct mm_struct *mm)
{
	struct hmt_memory *memory;
	bool may;

	if (!(uid & HMT_UID_DEVICE))
		return true;
	memory = hmt_memory_tryget_ops(uid);
	may = memory && memory->ops->may_use && memory->ops->may_use(memory, mm);
	hmt_memory_put_ops(memory);
	return may;
}

void hmt_memory_sharing(u32 uid, struct hmt_sharing_stats *sharing)
{
	struct hmt_memory *memory = hmt_memory_tryget_ops(uid);

	memset(sharing, 0, sizeof(*sharing));
	if (memory && memory->ops->sharing)
		memory->ops->sharing(memory, sharing);
	hmt_memory_put_ops(memory);
}

/*
 * Return the node that the memory is or counts as; NUMA_NO_NODE if it does not
 * exist.
 */
int hmt_memory_node(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_get(uid);
	int nid = memory ? memory->nid : NUMA_NO_NODE;

	hmt_memory_put(memory);
	return nid;
}

/* Notify user space that a commit may have changed attributes of memories. */
void hmt_memory_changed(u64 generation)
{
	char text[sizeof("HMT_GENERATION=18446744073709551615")];
	char *env[2] = { text };
	struct hmt_memory *memory;
	unsigned long index;

	snprintf(text, sizeof(text), "HMT_GENERATION=%llu", generation);
	guard(mutex)(&hmt_memory_lock);
	xa_for_each(&hmt_memories, index, memory)
		kobject_uevent_env(&memory->dev.kobj, KOBJ_CHANGE, env);
}

/* Return the edge and take a reference, or NULL. Any context. */
struct hmt_edge *hmt_edge_get(u32 from, u32 to)
{
	struct hmt_memory *memory;
	struct hmt_edge *edge = NULL;

	rcu_read_lock();
	memory = xa_load(&hmt_memories, from);
	if (memory)
		edge = xa_load(&memory->edges, to);
	if (edge && !kobject_get_unless_zero(&edge->kobj))
		edge = NULL;
	rcu_read_unlock();
	return edge;
}

/* Return the pages that have moved along an edge, by HMT or by kernel reclaim. */
u64 hmt_edge_nr_moved(u32 from, u32 to)
{
	struct hmt_edge *edge = hmt_edge_get(from, to);
	u64 pages = 0;

	if (edge)
		pages = atomic64_read(&edge->pages[HMT_RESULT_MOVED]) +
			atomic64_read(&edge->kernel_demoted);
	hmt_edge_put(edge);
	return pages;
}

static void hmt_edge_add_between(const struct hmt_tier *upper,
				 const struct hmt_tier *lower)
{
	unsigned int i, j;

	for (i = 0; i < upper->nr_memories; i++)
		for (j = 0; j < lower->nr_memories; j++)
			hmt_edge_add_pair(upper->memories[i],
					  lower->memories[j]);
}

/*
 * Create the edges for all pairs of memories between which @graph moves pages.
 */
void hmt_edge_add_missing(const struct hmt_graph *graph)
{
	unsigned int upper, lower;

	guard(mutex)(&hmt_memory_lock);
	for (upper = 0; upper < graph->nr_tiers; upper++)
		for (lower = upper + 1; lower < graph->nr_tiers; lower++)
			if (hmt_graph_leads(graph, upper, lower))
				hmt_edge_add_between(&graph->tiers[upper],
						     &graph->tiers[lower]);
}

/* Create the edges of one pair, for an explicit request to move pages. */
void hmt_edge_add_asked(u32 from, u32 to)
{
	struct hmt_edge *edge = hmt_edge_get(from, to);

	hmt_edge_put(edge);
	if (edge || from == to)
		return;
	guard(mutex)(&hmt_memory_lock);
	hmt_edge_add_pair(from, to);
}

int hmt_memory_init(void)
{
	return class_register(&hmt_class);
}

/* Remove all memories. Must not run concurrently with hmt_memory_add(). */
void hmt_memory_exit(void)
{
	struct hmt_memory *memory;
	unsigned long index;

	xa_for_each(&hmt_memories, index, memory)
		hmt_memory_put(hmt_memory_remove(memory->uid));
	xa_destroy(&hmt_memories);
	hmt_register_exit();
	class_unregister(&hmt_class);
}
