// SPDX-License-Identifier: GPL-2.0
/* Building, validating and publishing the graph of tiers. */
#include <linux/bits.h>
#include <linux/mutex.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph.h"

static DEFINE_MUTEX(hmt_graph_lock);
static struct hmt_graph __rcu *hmt_graph_live;
/* Generation of the live graph; counts on when the graph is taken away. */
static u64 hmt_graph_number;

static __printf(3, 4) int hmt_refuse(struct hmt_graph_error *error, int code,
				     const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vscnprintf(error->reason, sizeof(error->reason), fmt, args);
	va_end(args);
	error->code = code;
	return code;
}

/* Return an empty graph with room for @nr_tiers tiers, or NULL. */
static struct hmt_graph *hmt_graph_alloc(unsigned int nr_tiers)
{
	struct hmt_graph *graph = kzalloc(struct_size(graph, tiers, nr_tiers),
					  GFP_KERNEL);
	unsigned int i;

	if (!graph)
		return NULL;
	kref_init(&graph->ref);
	graph->nr_tiers = nr_tiers;
	graph->tier_of[HMT_MEMORY_OUTSIDE] = -1;
	for (i = 0; i < MAX_NUMNODES; i++)
		graph->node_index[i] = HMT_MEMORY_OUTSIDE;
	return graph;
}

/* Add a memory to tier @tier; the tiers get theirs one after the other. */
static void hmt_graph_add_memory(struct hmt_graph *graph, unsigned int tier,
				 u32 uid)
{
	unsigned int index = graph->nr_memories++;

	graph->memories[index] = uid;
	graph->tier_of[index] = tier;
	if (uid < MAX_NUMNODES)
		graph->node_index[uid] = index;
	graph->tiers[tier].nr_memories++;
}

/* The memories that are added from now on belong to tier @tier. */
static void hmt_graph_begin_tier(struct hmt_graph *graph, unsigned int tier)
{
	graph->tiers[tier].first = graph->nr_memories;
	graph->tiers[tier].nr_memories = 0;
	graph->tiers[tier].memories = &graph->memories[graph->nr_memories];
}

/* Resolve the memories of spec tier @index. */
static int hmt_graph_resolve(const struct hmt_graph_spec *spec,
			     unsigned int index, struct hmt_graph *graph,
			     const struct hmt_resolver *resolver,
			     struct hmt_graph_error *error)
{
	const struct hmt_tier_spec *staged = &spec->tiers[index];
	unsigned int i;

	hmt_graph_begin_tier(graph, index);

	if (!staged->nr_memories)
		return hmt_refuse(error, -EINVAL, "tier '%s': has no memory",
				  staged->name);
	for (i = 0; i < staged->nr_memories; i++) {
		const char *token = staged->memories[i];
		u32 uid = resolver->resolve(token);
		int owner;

		if (uid == HMT_UID_NONE)
			return hmt_refuse(error, -ENODEV,
					  resolver->offline &&
					  resolver->offline(token) ?
					  "tier '%s': memory '%s' is offline" :
					  "tier '%s': no memory '%s'",
					  staged->name, token);
		owner = hmt_graph_tier_of(graph, uid);
		if (owner >= 0)
			return hmt_refuse(error, -EINVAL,
					  "tier '%s': memory '%s' is already in tier '%s'",
					  staged->name, token,
					  graph->tiers[owner].name);
		if (graph->nr_memories == HMT_GRAPH_MEMORIES_MAX)
			return hmt_refuse(error, -EINVAL,
					  "tier '%s': memory '%s' is one more than the %d of a graph",
					  staged->name, token,
					  HMT_GRAPH_MEMORIES_MAX);
		hmt_graph_add_memory(graph, index, uid);
	}
	return 0;
}

static int hmt_graph_check_tier(const struct hmt_graph_spec *spec,
				unsigned int index,
				struct hmt_graph_error *error)
{
	const struct hmt_tier_spec *tier = &spec->tiers[index];
	unsigned long seen = 0;
	unsigned int i;

	if (tier->low > tier->high)
		return hmt_refuse(error, -EINVAL,
				  "tier '%s': low_watermark %u is above high_watermark %u",
				  tier->name, tier->low, tier->high);
	if (tier->nr_weights && tier->nr_weights != tier->nr_targets)
		return hmt_refuse(error, -EINVAL,
				  "tier '%s': %u weights for %u demotion targets",
				  tier->name, tier->nr_weights,
				  tier->nr_targets);
	for (i = 0; i < tier->nr_targets; i++) {
		u8 target = tier->targets[i];

		if (target == index)
			return hmt_refuse(error, -EINVAL,
					  "tier '%s': is its own demotion target",
					  tier->name);
		if (__test_and_set_bit(target, &seen))
			return hmt_refuse(error, -EINVAL,
					  "tier '%s': demotion target '%s' is named twice",
					  tier->name, spec->tiers[target].name);
	}
	return 0;
}

/* Refuse a tier without an edge where there are other tiers. */
static int hmt_graph_check_reach(const struct hmt_graph_spec *spec,
				 struct hmt_graph_error *error)
{
	unsigned long touched = 0;
	unsigned int i, j;

	if (spec->nr_tiers < 2)
		return 0;
	for (i = 0; i < spec->nr_tiers; i++) {
		for (j = 0; j < spec->tiers[i].nr_targets; j++) {
			touched |= BIT(i);
			touched |= BIT(spec->tiers[i].targets[j]);
		}
	}
	for (i = 0; i < spec->nr_tiers; i++)
		if (!(touched & BIT(i)))
			return hmt_refuse(error, -EINVAL,
					  "tier '%s': unreachable, no demotion edge leads to or from it",
					  spec->tiers[i].name);
	return 0;
}

static int hmt_graph_check_capacity(const struct hmt_graph_spec *spec,
				    const struct hmt_tier *tiers,
				    const struct hmt_resolver *resolver,
				    struct hmt_graph_error *error)
{
	unsigned int i, j, k;

	for (i = 0; i < spec->nr_tiers; i++) {
		for (j = 0; j < spec->tiers[i].nr_targets; j++) {
			const struct hmt_tier *target =
				&tiers[spec->tiers[i].targets[j]];
			u64 pages = 0;

			for (k = 0; k < target->nr_memories; k++)
				pages += resolver->capacity(target->memories[k]);
			if (!pages)
				return hmt_refuse(error, -EINVAL,
						  "tier '%s': demotion target '%s' has no capacity",
						  spec->tiers[i].name,
						  target->name);
		}
	}
	return 0;
}

/* Return an unsorted tier that has @index as a target, or @index. */
static unsigned int hmt_graph_predecessor(const struct hmt_graph_spec *spec,
					  unsigned long unsorted,
					  unsigned int index)
{
	unsigned int i, j;

	for_each_set_bit(i, &unsorted, spec->nr_tiers)
		for (j = 0; j < spec->tiers[i].nr_targets; j++)
			if (spec->tiers[i].targets[j] == index)
				return i;
	return index;
}

/* Name the cycle that the @unsorted tiers contain: "a -> b -> a". */
static int hmt_graph_refuse_cycle(const struct hmt_graph_spec *spec,
				  unsigned long unsorted,
				  struct hmt_graph_error *error)
{
	unsigned int path[HMT_TIERS_MAX + 1], length = 0, at;
	unsigned long seen = 0;
	size_t used;

	/* Walking backwards in a finite set reaches a tier seen before. */
	at = __ffs(unsorted);
	while (!__test_and_set_bit(at, &seen)) {
		path[length++] = at;
		at = hmt_graph_predecessor(spec, unsorted, at);
	}
	hmt_refuse(error, -EINVAL, "tier '%s': cycle %s", spec->tiers[at].name,
		   spec->tiers[at].name);
	used = strlen(error->reason);
	while (length--) {
		used += scnprintf(error->reason + used,
				  sizeof(error->reason) - used, " -> %s",
				  spec->tiers[path[length]].name);
		if (path[length] == at)
			break;
	}
	return error->code;
}

/*
 * Sort the tiers topologically, ties by position in the spec. order[n] is the
 * index in the spec of the n-th tier.
 */
static int hmt_graph_sort(const struct hmt_graph_spec *spec, u8 *order,
			  struct hmt_graph_error *error)
{
	unsigned long unsorted = spec->nr_tiers ? BIT(spec->nr_tiers) - 1 : 0;
	unsigned int n, i;

	for (n = 0; unsorted; n++) {
		for_each_set_bit(i, &unsorted, spec->nr_tiers)
			if (hmt_graph_predecessor(spec, unsorted, i) == i)
				break;
		if (i >= spec->nr_tiers)
			return hmt_graph_refuse_cycle(spec, unsorted, error);
		order[n] = i;
		unsorted &= ~BIT(i);
	}
	return 0;
}

static int hmt_graph_fill(const struct hmt_graph_spec *spec,
			  const struct hmt_resolver *resolver,
			  struct hmt_graph *graph,
			  struct hmt_graph_error *error)
{
	struct hmt_tier *tiers = graph->tiers;
	unsigned int i;
	int ret;

	for (i = 0; i < spec->nr_tiers; i++)
		strscpy(tiers[i].name, spec->tiers[i].name,
			sizeof(tiers[i].name));
	for (i = 0; i < spec->nr_tiers; i++) {
		ret = hmt_graph_check_tier(spec, i, error);
		if (ret)
			return ret;
		ret = hmt_graph_resolve(spec, i, graph, resolver, error);
		if (ret)
			return ret;
		tiers[i].low = spec->tiers[i].low;
		tiers[i].high = spec->tiers[i].high;
	}
	ret = hmt_graph_check_reach(spec, error);
	if (ret)
		return ret;
	return hmt_graph_check_capacity(spec, tiers, resolver, error);
}

/* Copy the tiers of @unsorted in their order, and translate the targets. */
static void hmt_graph_arrange(const struct hmt_graph_spec *spec,
			      const struct hmt_graph *unsorted, const u8 *order,
			      struct hmt_graph *graph)
{
	u8 place[HMT_TIERS_MAX] = {};
	unsigned int n, i;

	for (n = 0; n < spec->nr_tiers; n++)
		place[order[n]] = n;
	for (n = 0; n < spec->nr_tiers; n++) {
		const struct hmt_tier_spec *staged = &spec->tiers[order[n]];
		const struct hmt_tier *from = &unsorted->tiers[order[n]];
		struct hmt_tier *tier = &graph->tiers[n];

		*tier = *from;
		hmt_graph_begin_tier(graph, n);
		for (i = 0; i < from->nr_memories; i++)
			hmt_graph_add_memory(graph, n, from->memories[i]);
		tier->nr_targets = staged->nr_targets;
		memcpy(tier->weights, staged->weights, sizeof(tier->weights));
		for (i = 0; i < staged->nr_targets; i++)
			tier->targets[i] = place[staged->targets[i]];
	}
}

/* Tiers are in topological order: the depth of a tier is known when it is used. */
static void hmt_graph_measure(struct hmt_graph *graph)
{
	unsigned int n, i;

	for (n = 0; n < graph->nr_tiers; n++) {
		const struct hmt_tier *tier = &graph->tiers[n];

		for (i = 0; i < tier->nr_targets; i++) {
			struct hmt_tier *to = &graph->tiers[tier->targets[i]];

			to->depth = max(to->depth, tier->depth + 1);
		}
	}
}

/*
 * Build and validate a graph from @spec. Return the graph with one reference,
 * or an ERR_PTR and the reason in @error.
 */
struct hmt_graph *hmt_graph_build(const struct hmt_graph_spec *spec,
				  const struct hmt_resolver *resolver,
				  struct hmt_graph_error *error)
{
	struct hmt_graph *unsorted = hmt_graph_alloc(spec->nr_tiers);
	struct hmt_graph *graph = hmt_graph_alloc(spec->nr_tiers);
	u8 order[HMT_TIERS_MAX];
	int ret;

	if (!unsorted || !graph) {
		ret = hmt_refuse(error, -ENOMEM, "out of memory");
		goto err_free;
	}
	ret = hmt_graph_fill(spec, resolver, unsorted, error);
	if (!ret)
		ret = hmt_graph_sort(spec, order, error);
	if (ret)
		goto err_free;
	hmt_graph_arrange(spec, unsorted, order, graph);
	hmt_graph_measure(graph);
	kfree(unsorted);
	return graph;

err_free:
	kfree(unsorted);
	kfree(graph);
	return ERR_PTR(ret);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_graph_build);

static void hmt_graph_release(struct kref *ref)
{
	struct hmt_graph *graph = container_of(ref, struct hmt_graph, ref);

	kfree_rcu(graph, rcu);
}

/* Return the live graph with a reference, or NULL. Any context. */
struct hmt_graph *hmt_graph_get(void)
{
	struct hmt_graph *graph;

	rcu_read_lock();
	graph = rcu_dereference(hmt_graph_live);
	if (graph && !kref_get_unless_zero(&graph->ref))
		graph = NULL;
	rcu_read_unlock();
	return graph;
}

void hmt_graph_put(struct hmt_graph *graph)
{
	if (graph)
		kref_put(&graph->ref, hmt_graph_release);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_graph_put);

/*
 * Make @graph (NULL: none) the live one and take over the reference. Cannot
 * fail. Return the new generation.
 */
u64 hmt_graph_publish(struct hmt_graph *graph)
{
	struct hmt_graph *old;
	u64 generation;

	mutex_lock(&hmt_graph_lock);
	generation = hmt_graph_number + 1;
	WRITE_ONCE(hmt_graph_number, generation);
	if (graph)
		graph->generation = generation;
	old = rcu_replace_pointer(hmt_graph_live, graph,
				  lockdep_is_held(&hmt_graph_lock));
	mutex_unlock(&hmt_graph_lock);
	hmt_graph_put(old);
	return generation;
}

u64 hmt_graph_generation(void)
{
	return READ_ONCE(hmt_graph_number);
}

/* Return the index of the tier called @name, or -ENOENT. */
int hmt_graph_find(const struct hmt_graph *graph, const char *name)
{
	unsigned int i;

	for (i = 0; i < graph->nr_tiers; i++)
		if (!strcmp(graph->tiers[i].name, name))
			return i;
	return -ENOENT;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_graph_find);

/* Return the index of a memory that is not a node, or HMT_MEMORY_OUTSIDE. */
unsigned int hmt_graph_device(const struct hmt_graph *graph, u32 uid)
{
	unsigned int i;

	for (i = 0; i < graph->nr_memories; i++)
		if (graph->memories[i] == uid)
			return i;
	return HMT_MEMORY_OUTSIDE;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_graph_device);

/* Return the index of the tier that holds the memory @uid, or -ENOENT. */
int hmt_graph_tier_of(const struct hmt_graph *graph, u32 uid)
{
	int tier = graph->tier_of[hmt_graph_memory(graph, uid)];

	return tier < 0 ? -ENOENT : tier;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_graph_tier_of);

/* Check whether edges lead from tier @upper to tier @lower. */
bool hmt_graph_leads(const struct hmt_graph *graph, unsigned int upper,
		     unsigned int lower)
{
	unsigned long reached = BIT(upper);
	unsigned int i, j;

	/* Tiers are in topological order: one sweep is enough. */
	for (i = upper; i < lower; i++)
		if (reached & BIT(i))
			for (j = 0; j < graph->tiers[i].nr_targets; j++)
				reached |= BIT(graph->tiers[i].targets[j]);
	return reached & BIT(lower);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_graph_leads);
