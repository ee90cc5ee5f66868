// SPDX-License-Identifier: GPL-2.0
/* Memories that plug-ins register: device memory, as opposed to NUMA nodes. */
#include <linux/bitops.h>
#include <linux/bits.h>
#include <linux/cpuset.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "lib/lib.h"
#include "graph/graph.h"
#include "memory.h"

/*
 * Names that are remembered. A driver that registers with ever new names makes
 * HMT forget the oldest ones.
 */
#define HMT_REGISTER_NAMES	256

/**
 * struct hmt_register_name - the UID of a name
 * @link: entry in hmt_register_names
 * @uid: UID
 * @name: name
 */
struct hmt_register_name {
	struct list_head link;
	u32 uid;
	char name[HMT_NAME_MAX + 1];
};

/*
 * UIDs of names, last used first. A device that returns after a reset, or with
 * its driver, gets the UID that it had, and with it its place in the live graph.
 * Another name never gets this UID, so that a graph cannot name the wrong device.
 */
static LIST_HEAD(hmt_register_names);
static unsigned int hmt_register_known;
static u32 hmt_register_next;
/* Held during registration; taken before hmt_memory_lock. */
static DEFINE_MUTEX(hmt_register_lock);

static const struct hmt_identity hmt_register_identity = {
	.origin = HMT_ORIGIN_DRIVER,
	.kind = HMT_KINDS,
};

/* Return the name of a mandatory operation that is missing, or NULL. */
static const char *hmt_register_missing(const struct hmt_memory_ops *ops)
{
	if (!ops)
		return "ops";
	if (!ops->nr_pages)
		return "nr_pages";
	if (!ops->nr_free)
		return "nr_free";
	if (!ops->alloc)
		return "alloc";
	if (!ops->copy)
		return "copy";
	return NULL;
}

static int hmt_register_check(const struct hmt_memory_spec *spec)
{
	const char *missing = hmt_register_missing(spec->ops);

	if (!spec->name || hmt_parse_name(spec->name)) {
		pr_err("memory '%s' refused: its name must have 1 to %d characters of A-Z a-z 0-9 _ . -\n",
		       spec->name ?: "", HMT_NAME_MAX);
		return -EINVAL;
	}
	if (missing) {
		pr_err("memory '%s' refused: operation '%s' is missing\n",
		       spec->name, missing);
		return -EINVAL;
	}
	if (!hmt_kind_is_device(spec->kind)) {
		pr_err("memory '%s' refused: kind %d is not that of a device: use HMT_KIND_DEVICE_PRIVATE or HMT_KIND_DEVICE_COHERENT\n",
		       spec->name, spec->kind);
		return -EINVAL;
	}
	if (spec->nid < 0 || spec->nid >= MAX_NUMNODES ||
	    !node_state(spec->nid, N_MEMORY)) {
		pr_err("memory '%s' refused: node %d has no memory: use the node next to the device that has\n",
		       spec->name, spec->nid);
		return -EINVAL;
	}
	if (hmt_memory_resolve(spec->name) != HMT_UID_NONE) {
		pr_err("memory '%s' refused: another memory has this name: use another one\n",
		       spec->name);
		return -EEXIST;
	}
	return 0;
}

static struct hmt_register_name *hmt_register_find(const char *name)
{
	struct hmt_register_name *known;

	lockdep_assert_held(&hmt_register_lock);
	list_for_each_entry(known, &hmt_register_names, link)
		if (!strcmp(known->name, name))
			return known;
	return NULL;
}

/* Forget the name that was registered least recently and does not exist. */
static void hmt_register_forget(void)
{
	struct hmt_register_name *known;

	lockdep_assert_held(&hmt_register_lock);
	list_for_each_entry_reverse(known, &hmt_register_names, link) {
		if (hmt_memory_node(known->uid) != NUMA_NO_NODE)
			continue;
		list_del(&known->link);
		kfree(known);
		hmt_register_known--;
		return;
	}
}

/* Return the UID of a name, or HMT_UID_NONE without memory for a new one. */
static u32 hmt_register_uid(const char *name)
{
	struct hmt_register_name *known;

	known = hmt_register_find(name);
	if (known) {
		list_move(&known->link, &hmt_register_names);
		return known->uid;
	}
	known = kzalloc(sizeof(*known), GFP_KERNEL);
	if (!known)
		return HMT_UID_NONE;
	known->uid = HMT_UID_DEVICE | ++hmt_register_next;
	strscpy(known->name, name, sizeof(known->name));
	if (hmt_register_known >= HMT_REGISTER_NAMES)
		hmt_register_forget();
	list_add(&known->link, &hmt_register_names);
	hmt_register_known++;
	return known->uid;
}

/* Forget all names. */
void hmt_register_exit(void)
{
	struct hmt_register_name *known, *next;

	list_for_each_entry_safe(known, next, &hmt_register_names, link)
		kfree(known);
}

/**
 * hmt_memory_register() - add a memory that is not a NUMA node
 * @spec: specification; copied, but the objects that it points to are not
 *
 * Most drivers should use hmt_device_memory_register(), which includes the
 * remaining steps. A caller that maps pages of the memory must set pgmap->owner
 * to the returned pointer, because this identifies the memory of a page. Pages
 * cannot enter before hmt_memory_open().
 *
 * Context: process, may sleep.
 * Return: the memory, for hmt_memory_unregister(), or ERR_PTR: -EINVAL with a
 * message that names the error, -EEXIST for a name that exists, -ENOMEM.
 */
struct hmt_memory *hmt_memory_register(const struct hmt_memory_spec *spec)
{
	struct hmt_memory_desc desc = {
		.name = spec->name,
		.kind = spec->kind,
		.nid = spec->nid,
		.perf = spec->perf,
		.device_perf = spec->device_perf,
		.system_perf = spec->system_perf,
		.source = HMT_PERF_DRIVER,
		.ops = spec->ops,
		.data = spec->data,
		.dead = true,
	};
	struct hmt_memory *memory;
	int ret;

	might_sleep();
	guard(mutex)(&hmt_register_lock);
	ret = hmt_register_check(spec);
	if (ret)
		return ERR_PTR(ret);
	desc.uid = hmt_register_uid(spec->name);
	if (desc.uid == HMT_UID_NONE)
		return ERR_PTR(-ENOMEM);
	node_set(spec->nid, desc.initiators);
	ret = hmt_memory_add(&desc);
	if (ret)
		return ERR_PTR(ret);
	hmt_memory_identify(desc.uid, &hmt_register_identity);
	memory = hmt_memory_get(desc.uid);
	hmt_memory_put(memory);
	return memory;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_memory_register);

/**
 * hmt_memory_open() - allow moves to a memory
 * @memory: memory that hmt_memory_register() returned
 *
 * Context: any.
 */
void hmt_memory_open(struct hmt_memory *memory)
{
	WRITE_ONCE(memory->dead, false);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_memory_open);

/**
 * hmt_memory_close() - refuse moves to a memory
 * @memory: memory that hmt_memory_register() returned
 *
 * Pages may leave a closed memory. A move that has begun may still end there.
 *
 * Context: any.
 */
void hmt_memory_close(struct hmt_memory *memory)
{
	WRITE_ONCE(memory->dead, true);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_memory_close);

/**
 * hmt_memory_unregister() - remove a memory
 * @memory: memory that hmt_memory_register() returned
 *
 * When this returns, no operation is running or will be called, and HMT does
 * not access pages that were on the memory and have left it. The caller keeps a
 * reference, so that pgmap->owner of remaining pages does not match another
 * memory, and drops it with hmt_memory_put().
 *
 * Context: process, may sleep as long as an operation takes.
 */
void hmt_memory_unregister(struct hmt_memory *memory)
{
	WARN_ON(hmt_memory_remove(memory->uid) != memory);
	hmt_memory_wait_idle(memory);
	synchronize_rcu();
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_memory_unregister);

/**
 * hmt_memory_uid() - get the UID of a memory
 * @memory: memory
 *
 * Context: any.
 * Return: UID.
 */
u32 hmt_memory_uid(const struct hmt_memory *memory)
{
	return memory->uid;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_memory_uid);

/**
 * hmt_memory_data() - get the private data of the owner
 * @memory: memory
 *
 * Context: any.
 * Return: &hmt_memory_spec.data.
 */
void *hmt_memory_data(const struct hmt_memory *memory)
{
	return memory->data;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_memory_data);

/* Get the nodes that may hold pages of @vma; all nodes if @vma is NULL. */
static void hmt_fallback_nodes(const struct vm_area_struct *vma,
			       nodemask_t *nodes)
{
	*nodes = vma ? cpuset_current_mems_allowed : NODE_MASK_ALL;
	if (vma)
		hmt_mempolicy_restrict(vma_policy(vma) ?: current->mempolicy,
				       nodes);
}

/* Return a page of the node @uid, a @huge one or a base page, or NULL. */
static struct page *hmt_fallback_on_node(u32 uid, bool huge)
{
	struct hmt_memory *memory = hmt_memory_tryget_ops(uid);
	struct page *page = NULL;

	if (memory && !READ_ONCE(memory->dead) && memory->ops->nr_free(memory)) {
		if (huge)
			page = memory->ops->alloc_huge(memory);
		else
			memory->ops->alloc(memory, &page, 1);
	}
	hmt_memory_put_ops(memory);
	return page;
}

/**
 * struct hmt_fallback - nodes that are compared
 * @near: node with the CPUs that need the page, or NUMA_NO_NODE
 * @huge: a huge page is needed
 * @measured: hmt_memories_are_measured() of the nodes
 * @nodes: nodes that the page may use, without those that had no page
 * @best: best node so far
 */
struct hmt_fallback {
	int near;
	bool huge;
	bool measured;
	nodemask_t nodes;
	struct hmt_candidate best;
};

/*
 * Compare the nodes of a tier. The first in the order of the tier is as good as
 * another one at the same distance, as is any one if @near is NUMA_NO_NODE;
 * free pages are not compared, because counting them costs more than the page.
 */
static void hmt_fallback_compare(struct hmt_fallback *fallback,
				 const struct hmt_tier *tier)
{
	unsigned int i;

	for (i = 0; i < tier->nr_memories; i++) {
		struct hmt_candidate candidate = {
			.index = tier->memories[i],
			.level = HMT_LEVEL_ROOM,
		};
		struct hmt_reach reach = {};

		if (candidate.index & HMT_UID_DEVICE ||
		    !node_isset(candidate.index, fallback->nodes))
			continue;
		if (fallback->near != NUMA_NO_NODE)
			hmt_memory_reach(candidate.index, fallback->near,
					 fallback->measured, &reach);
		candidate.distance = reach.distance;
		candidate.bandwidth = reach.bandwidth;
		if (hmt_candidate_beats(&candidate, &fallback->best))
			fallback->best = candidate;
	}
}

/* Return a page of the tiers of one level, a bit mask, or NULL. */
static struct page *hmt_fallback_in_level(struct hmt_fallback *fallback,
					  const struct hmt_graph *graph,
					  u32 level)
{
	struct page *page = NULL;
	unsigned int i;

	fallback->measured = true;
	for (i = 0; i < graph->nr_tiers; i++)
		if (level & BIT(i) && fallback->measured)
			fallback->measured =
				hmt_tier_is_measured(&graph->tiers[i]);
	do {
		fallback->best = (struct hmt_candidate) {};
		for (i = 0; i < graph->nr_tiers; i++)
			if (level & BIT(i))
				hmt_fallback_compare(fallback,
						     &graph->tiers[i]);
		if (fallback->best.level == HMT_LEVEL_DEAD)
			return NULL;
		page = hmt_fallback_on_node(fallback->best.index,
					    fallback->huge);
		node_clear(fallback->best.index, fallback->nodes);
	} while (!page);
	return page;
}

/* Return the tiers to which edges lead from @tier, as a bit mask. */
static u32 hmt_fallback_below(const struct hmt_graph *graph, int tier)
{
	unsigned int i;
	u32 below = 0;

	for (i = tier + 1; i < graph->nr_tiers; i++)
		if (hmt_graph_leads(graph, tier, i))
			below |= BIT(i);
	return below;
}

/* Allocate a page below @uid in the graph, or return NULL. */
static struct page *hmt_fallback_in_graph(u32 uid, int near,
					  const nodemask_t *nodes, bool huge)
{
	struct hmt_fallback fallback = {
		.near = near,
		.huge = huge,
		.nodes = *nodes,
	};
	struct hmt_graph *graph = hmt_graph_get();
	struct page *page = NULL;
	u32 below = 0, level;
	int tier = -1;

	if (graph)
		tier = hmt_graph_tier_of(graph, uid);
	if (tier >= 0)
		below = hmt_fallback_below(graph, tier);
	while (below && !page) {
		level = BIT(__ffs(below));
		if (near != NUMA_NO_NODE)
			level = hmt_tiers_alike(graph, __ffs(below), below);
		page = hmt_fallback_in_level(&fallback, graph, level);
		below &= ~level;
	}
	hmt_graph_put(graph);
	return page;
}

/* Return a huge page of any of @nodes, or NULL. */
static struct page *hmt_fallback_huge(const nodemask_t *nodes)
{
	struct page *page = NULL;
	int nid;

	for_each_node_mask(nid, *nodes) {
		page = hmt_fallback_on_node(nid, true);
		if (page)
			break;
	}
	return page;
}

/**
 * hmt_alloc_fallback_page() - allocate system memory for a page that must leave
 *	a device
 * @memory: memory that the page is on
 * @vma: mapping through which the caller accesses @addr, or NULL
 * @addr: address in @vma
 * @huge: true for a huge page, only where the kernel moves these as a whole
 *
 * Tries the lower tiers of the graph first, in each level the memory that is
 * nearest to the CPU that accesses @addr, then any node, with reclaim unless the
 * page is huge, which the caller can split. With @vma,
 * the page is never on a node that the cpuset or a strict memory policy of the
 * current task forbids. A caller that evacuates a device does not know the owners
 * of the pages and passes NULL; then only the graph counts.
 *
 * Context: process, may sleep; with @vma, its mmap lock is held.
 * Return: a page, locked and with one reference, or NULL.
 */
struct page *hmt_alloc_fallback_page(const struct hmt_memory *memory,
				     struct vm_area_struct *vma,
				     unsigned long addr, bool huge)
{
	gfp_t gfp = GFP_HIGHUSER_MOVABLE | __GFP_NOWARN;
	int near = NUMA_NO_NODE;
	nodemask_t nodes;
	struct page *page;

	if (vma)
		mmap_assert_locked(vma->vm_mm);
	hmt_fallback_nodes(vma, &nodes);
	/* On one node with CPUs all memories of a tier are as near. */
	if (vma && num_node_state(N_CPU) > 1)
		near = numa_node_id();
	page = hmt_fallback_in_graph(memory->uid, near, &nodes, huge);
	if (page)
		return page;
	if (huge)
		return hmt_fallback_huge(&nodes);
	page = vma ? alloc_page_vma(gfp, vma, addr) : alloc_page(gfp);
	if (page)
		lock_page(page);
	return page;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_alloc_fallback_page);
