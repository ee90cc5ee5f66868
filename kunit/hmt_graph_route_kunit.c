// SPDX-License-Identifier: GPL-2.0
/*
 * Routes of kernel reclaim. Tier N has node N, the tests set the free room of a
 * node, and the distance of two nodes is the difference of their numbers.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/overflow.h>
#include <linux/slab.h>
#include "graph/graph.h"

#define TIERS	3
/* Memories of a tier. */
#define TIER_MEMORIES	2
#define NODES	10

static enum hmt_level levels[NODES];

static enum hmt_level test_level(u32 uid, u16 low)
{
	return uid < NODES ? levels[uid] : HMT_LEVEL_DEAD;
}

static int test_distance(u32 from, u32 to)
{
	return abs((int)from - (int)to);
}

static const struct hmt_route_ops test_ops = {
	.level = test_level,
	.distance = test_distance,
};

/* Make @uid memory number @place, the last one, of a tier. */
static void set_memory(struct hmt_graph *graph, unsigned int tier,
		       unsigned int place, u32 uid)
{
	unsigned int first = tier * TIER_MEMORIES, index = first + place;

	graph->memories[index] = uid;
	graph->tier_of[index] = tier;
	if (!(uid & HMT_UID_DEVICE))
		graph->node_index[uid] = index;
	graph->tiers[tier].first = first;
	graph->tiers[tier].memories = &graph->memories[first];
	graph->tiers[tier].nr_memories = place + 1;
}

static int route_init(struct kunit *test)
{
	struct hmt_graph *graph = kunit_kzalloc(test,
						struct_size(graph, tiers, TIERS),
						GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, graph);
	graph->nr_tiers = TIERS;
	graph->nr_memories = TIERS * TIER_MEMORIES;
	graph->tier_of[HMT_MEMORY_OUTSIDE] = -1;
	for (i = 0; i < MAX_NUMNODES; i++)
		graph->node_index[i] = HMT_MEMORY_OUTSIDE;
	for (i = 0; i < TIERS; i++)
		set_memory(graph, i, 0, i);
	for (i = 0; i < NODES; i++)
		levels[i] = HMT_LEVEL_ROOM;
	test->priv = graph;
	return 0;
}

static void target(struct kunit *test, unsigned int from, unsigned int to)
{
	struct hmt_graph *graph = test->priv;
	struct hmt_tier *tier = &graph->tiers[from];

	tier->targets[tier->nr_targets++] = to;
}

static void expect(struct kunit *test, u32 from, int nid, int fallback,
		   bool full)
{
	struct hmt_demotion route;

	KUNIT_ASSERT_TRUE(test, hmt_route(test->priv, from, &test_ops, &route));
	KUNIT_EXPECT_EQ(test, route.nid, nid);
	KUNIT_EXPECT_EQ(test, route.fallback, fallback);
	KUNIT_EXPECT_EQ(test, route.full, full);
}

static void chain(struct kunit *test)
{
	target(test, 0, 1);
	target(test, 1, 2);
}

static void route_chain(struct kunit *test)
{
	chain(test);
	expect(test, 0, 1, 2, false);
	expect(test, 1, 2, NUMA_NO_NODE, false);
	expect(test, 2, NUMA_NO_NODE, NUMA_NO_NODE, false);
}

/* A full node is a target only if it can demote its own pages. */
static void route_full_middle(struct kunit *test)
{
	chain(test);
	levels[1] = HMT_LEVEL_FULL;
	expect(test, 0, 1, 2, true);
	levels[1] = HMT_LEVEL_TIGHT;
	expect(test, 0, 1, 2, false);
	levels[1] = HMT_LEVEL_DEAD;
	expect(test, 0, 2, NUMA_NO_NODE, false);
}

static void route_full_end(struct kunit *test)
{
	chain(test);
	levels[2] = HMT_LEVEL_FULL;
	expect(test, 0, 1, NUMA_NO_NODE, false);
	expect(test, 1, NUMA_NO_NODE, NUMA_NO_NODE, false);
	levels[1] = HMT_LEVEL_TIGHT;
	expect(test, 0, NUMA_NO_NODE, NUMA_NO_NODE, false);
	levels[2] = HMT_LEVEL_TIGHT;
	expect(test, 0, NUMA_NO_NODE, NUMA_NO_NODE, false);
}

static void route_several_targets(struct kunit *test)
{
	target(test, 0, 1);
	target(test, 0, 2);
	expect(test, 0, 1, 2, false);
	levels[1] = HMT_LEVEL_TIGHT;
	expect(test, 0, 2, NUMA_NO_NODE, false);
	levels[2] = HMT_LEVEL_FULL;
	expect(test, 0, NUMA_NO_NODE, NUMA_NO_NODE, false);
}

static void route_order_counts(struct kunit *test)
{
	target(test, 0, 2);
	target(test, 0, 1);
	expect(test, 0, 2, 1, false);
}

/* Among several memories the nearest with room is chosen. */
static void route_nearest(struct kunit *test)
{
	struct hmt_graph *graph = test->priv;

	chain(test);
	set_memory(graph, 1, 0, 9);
	set_memory(graph, 1, 1, 1);
	expect(test, 0, 1, 2, false);
	levels[1] = HMT_LEVEL_FULL;
	expect(test, 0, 9, 2, false);
}

/* Reclaim skips a device and reaches the tier below it. */
static void route_device(struct kunit *test)
{
	struct hmt_graph *graph = test->priv;

	chain(test);
	set_memory(graph, 1, 0, HMT_UID_DEVICE | 1);
	expect(test, 0, 2, NUMA_NO_NODE, false);
}

static void route_outside(struct kunit *test)
{
	struct hmt_demotion route;

	chain(test);
	KUNIT_EXPECT_FALSE(test, hmt_route(test->priv, 7, &test_ops, &route));
}

static struct kunit_case hmt_route_cases[] = {
	KUNIT_CASE(route_chain),
	KUNIT_CASE(route_full_middle),
	KUNIT_CASE(route_full_end),
	KUNIT_CASE(route_several_targets),
	KUNIT_CASE(route_order_counts),
	KUNIT_CASE(route_nearest),
	KUNIT_CASE(route_device),
	KUNIT_CASE(route_outside),
	{}
};

static struct kunit_suite hmt_route_suite = {
	.name = "hmt_graph_route",
	.init = route_init,
	.test_cases = hmt_route_cases,
};

kunit_test_suite(hmt_route_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of routes");
MODULE_LICENSE("GPL");
