// SPDX-License-Identifier: GPL-2.0
/*
 * Graphs of up to sixteen tiers with any memories, targets, weights and
 * watermarks, and allocations that fail: a graph that is built has an order, and
 * its routes lead down to room.
 */
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#include "input.h"

#define __printf(text, first)	\
	__attribute__((format(__printf__, text, first)))
#define vscnprintf		scnprintf_of
#define scnprintf(...)		scnprintf_args(__VA_ARGS__)
#define ERR_PTR(error)	((void *)(long)(error))
#define IS_ERR(pointer)	((unsigned long)(pointer) >= -4095UL)
#define PTR_ERR(pointer)	((long)(pointer))

bool model_fail_allocation;

/* As in the kernel: the length of what was written, not of what was to be. */
static int scnprintf_of(char *text, size_t size, const char *format,
			va_list args)
{
	int length = vsnprintf(text, size, format, args);

	return length < (int)size ? length : size ? (int)size - 1 : 0;
}

static int scnprintf_args(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int scnprintf_args(char *text, size_t size, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = scnprintf_of(text, size, format, args);
	va_end(args);
	return length;
}

#include "graph/graph.c"
#include "graph/route.c"

/* Nodes, memories of devices above them, and names of none. */
#define NODES	8
#define UIDS	12

static u8 capacities[UIDS];
static u8 levels[UIDS];

static unsigned int number_of(u32 uid)
{
	return uid & HMT_UID_DEVICE ? NODES + (uid & ~HMT_UID_DEVICE) : uid;
}

static u32 resolve(const char *token)
{
	unsigned int number = atoi(token + 1);

	if (*token != 'm' || number >= UIDS)
		return HMT_UID_NONE;
	return number < NODES ? number : HMT_UID_DEVICE + number - NODES;
}

static u64 capacity(u32 uid)
{
	return capacities[number_of(uid)];
}

static bool offline(const char *token)
{
	return *token == 'x';
}

static enum hmt_level level(u32 uid, u16 low)
{
	(void)low;
	return uid & HMT_UID_DEVICE ? HMT_LEVEL_DEAD : levels[number_of(uid)];
}

static int distance(u32 from, u32 to)
{
	return abs((int)from - (int)to);
}

static void make_name(char *name, unsigned int number)
{
	memset(name, 0, HMT_NAME_MAX + 1);
	if (below(4))
		snprintf(name, HMT_NAME_MAX + 1, "%u", number);
	else
		memset(name, 'a' + number, HMT_NAME_MAX);
}

static void make_tier(struct hmt_tier_spec *tier, unsigned int number)
{
	unsigned int i;

	make_name(tier->name, number);
	tier->nr_memories = below(4);
	for (i = 0; i < tier->nr_memories; i++)
		snprintf(tier->memories[i], HMT_NAME_MAX + 1, "%c%u",
			 below(32) ? 'm' : 'x', (unsigned int)below(UIDS + 1));
	tier->low = below(1000);
	tier->high = tier->low + below(3) - (tier->low > 0);
}

/* Mostly edges to tiers below, so that some graphs are valid. */
static void make_targets(struct hmt_graph_spec *spec, unsigned int number)
{
	struct hmt_tier_spec *tier = &spec->tiers[number];
	unsigned int count = below(4), i;

	for (i = 0; i < count; i++)
		tier->targets[tier->nr_targets++] =
			below(16) ? (number + 1 + below(3)) % spec->nr_tiers :
				    below(spec->nr_tiers);
	if (below(4))
		return;
	tier->nr_weights = below(8) ? count : below(HMT_TARGETS_MAX + 1);
	for (i = 0; i < tier->nr_weights && i < HMT_TARGETS_MAX; i++)
		tier->weights[i] = 1 + below(HMT_WEIGHT_MAX);
}

static void check_order(const struct hmt_graph *graph)
{
	unsigned int i, j, memories = 0;

	for (i = 0; i < graph->nr_tiers; i++) {
		const struct hmt_tier *tier = &graph->tiers[i];

		for (j = 0; j < tier->nr_targets; j++)
			if (tier->targets[j] <= i ||
			    tier->targets[j] >= graph->nr_tiers ||
			    graph->tiers[tier->targets[j]].depth <= tier->depth)
				wrong("tier %u leads to %u", i,
				      tier->targets[j]);
		for (j = 0; j < tier->nr_memories; j++)
			if (hmt_graph_tier_of(graph, tier->memories[j]) !=
			    (int)i)
				wrong("memory %u is not in tier %u",
				      tier->memories[j], i);
		memories += tier->nr_memories;
	}
	if (memories != graph->nr_memories)
		wrong("%u memories of %u", memories, graph->nr_memories);
}

static void check_routes(const struct hmt_graph *graph)
{
	static const struct hmt_route_ops ops = {
		.level = level, .distance = distance,
	};
	struct hmt_demotion route;
	u32 uid;
	int from, to;

	for (uid = 0; uid < NODES; uid++) {
		if (!hmt_route(graph, uid, &ops, &route))
			continue;
		from = hmt_graph_tier_of(graph, uid);
		if (route.nid == NUMA_NO_NODE) {
			if (route.fallback != NUMA_NO_NODE)
				wrong("only a fallback");
			continue;
		}
		to = hmt_graph_tier_of(graph, route.nid);
		if (from < 0 || to <= from ||
		    !hmt_graph_leads(graph, from, to) ||
		    levels[route.nid] == HMT_LEVEL_DEAD)
			wrong("node %u goes to %d", uid, route.nid);
		if (route.fallback != NUMA_NO_NODE &&
		    levels[route.fallback] != HMT_LEVEL_ROOM)
			wrong("node %u falls back to %d", uid, route.fallback);
	}
}

int fuzz_one(const uint8_t *data, size_t size)
{
	static const struct hmt_resolver resolver = {
		.resolve = resolve, .capacity = capacity, .offline = offline,
	};
	static struct hmt_graph_spec spec;
	struct hmt_graph_error error = {};
	struct hmt_graph *graph;
	unsigned int i;

	set_input(data, size);
	memset(&spec, 0, sizeof(spec));
	spec.nr_tiers = 1 + below(HMT_TIERS_MAX);
	for (i = 0; i < UIDS; i++) {
		capacities[i] = below(4);
		levels[i] = below(HMT_LEVEL_ROOM + 1);
	}
	for (i = 0; i < spec.nr_tiers; i++)
		make_tier(&spec.tiers[i], i);
	for (i = 0; i < spec.nr_tiers; i++)
		make_targets(&spec, i);
	model_fail_allocation = !below(256);
	graph = hmt_graph_build(&spec, &resolver, &error);
	if (IS_ERR(graph)) {
		if (error.code != PTR_ERR(graph) || !error.reason[0] ||
		    strlen(error.reason) >= sizeof(error.reason))
			wrong("%d, '%s'", error.code, error.reason);
		return 0;
	}
	check_order(graph);
	check_routes(graph);
	hmt_graph_put(graph);
	return 0;
}
