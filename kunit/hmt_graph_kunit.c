// SPDX-License-Identifier: GPL-2.0
/*
 * Building graphs of tiers. A graph is written as
 *	"dram=node0,sim0>cxl,pmem; cxl=node1>pmem; pmem=2"
 * where each tier has a name, its memories, and its targets in their order.
 */
#include <kunit/test.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/string.h>
#include "graph/graph.h"
#include "graph_fixture.h"

/* The memories that exist: the first TEST_NODES nodes, and these. */
#define TEST_NODES	HMT_TIER_MEMORIES_MAX
#define TEST_UID_EMPTY	30
#define TEST_UID_SIM	(HMT_UID_DEVICE | 5)
#define TEST_TEXT_MAX	1024
/* Builds in a row, so that kmemleak sees a small leak of each. */
#define TEST_ROUNDS	50

static u32 test_resolve(const char *token)
{
	u32 uid;

	if (!strcmp(token, "sim0"))
		return TEST_UID_SIM;
	if (!strncmp(token, "node", 4))
		token += 4;
	if (kstrtou32(token, 10, &uid))
		return HMT_UID_NONE;
	return uid < TEST_NODES || uid == TEST_UID_SIM ? uid : HMT_UID_NONE;
}

static u64 test_capacity(u32 uid)
{
	return uid == TEST_UID_EMPTY ? 0 : 1000;
}

static const struct hmt_resolver test_resolver = {
	.resolve = test_resolve,
	.capacity = test_capacity,
};

/* Place in @spec of the tier @name, or nr_tiers. */
static unsigned int spec_find(const struct hmt_graph_spec *spec,
			      const char *name)
{
	unsigned int i;

	for (i = 0; i < spec->nr_tiers; i++)
		if (!strcmp(spec->tiers[i].name, name))
			break;
	return i;
}

/* "name=memory,memory"; cuts @text */
static void spec_add(struct kunit *test, struct hmt_graph_spec *spec,
		     char *text)
{
	struct hmt_tier_spec *tier = &spec->tiers[spec->nr_tiers++];
	char *memory;

	KUNIT_ASSERT_LE(test, spec->nr_tiers, HMT_TIERS_MAX);
	strscpy(tier->name, strim(strsep(&text, "=")), sizeof(tier->name));
	while (text && *text && (memory = strsep(&text, ",")))
		strscpy(tier->memories[tier->nr_memories++], memory,
			sizeof(tier->memories[0]));
	tier->low = 20;
	tier->high = 40;
}

/* "target,target"; cuts @text */
static void spec_link(struct kunit *test, struct hmt_graph_spec *spec,
		      struct hmt_tier_spec *tier, char *text)
{
	char *target;

	while (text && (target = strsep(&text, ","))) {
		unsigned int index = spec_find(spec, strim(target));

		KUNIT_ASSERT_LT_MSG(test, index, spec->nr_tiers,
				    "the test names no tier '%s'", target);
		tier->targets[tier->nr_targets++] = index;
	}
}

static struct hmt_graph_spec *stage(struct kunit *test, const char *text)
{
	struct hmt_graph_spec *spec = graph_new_spec(test);
	char *rest = kunit_kstrdup(test, text, GFP_KERNEL);
	char *targets[HMT_TIERS_MAX] = {};
	unsigned int i;
	char *tier;

	KUNIT_ASSERT_NOT_NULL(test, rest);
	while (*text && (tier = strsep(&rest, ";"))) {
		char *memories = strsep(&tier, ">");

		targets[spec->nr_tiers] = tier;
		spec_add(test, spec, memories);
	}
	for (i = 0; i < spec->nr_tiers; i++)
		spec_link(test, spec, &spec->tiers[i], targets[i]);
	return spec;
}

static void put_graph(void *graph)
{
	hmt_graph_put(graph);
}

static struct hmt_graph *build(struct kunit *test,
			       const struct hmt_graph_spec *spec)
{
	struct hmt_graph_error error = {};
	struct hmt_graph *graph;

	graph = hmt_graph_build(spec, &test_resolver, &error);
	KUNIT_ASSERT_NOT_ERR_OR_NULL_MSG(test, graph, "%s", error.reason);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, put_graph, graph));
	return graph;
}

static void expect_refused(struct kunit *test,
			   const struct hmt_graph_spec *spec, int code,
			   const char *reason)
{
	struct hmt_graph_error error = {};
	struct hmt_graph *graph;

	graph = hmt_graph_build(spec, &test_resolver, &error);
	if (!IS_ERR(graph)) {
		hmt_graph_put(graph);
		KUNIT_FAIL(test, "not refused");
		return;
	}
	KUNIT_EXPECT_EQ(test, PTR_ERR(graph), code);
	KUNIT_EXPECT_EQ(test, error.code, code);
	KUNIT_EXPECT_STREQ(test, error.reason, reason);
}

struct refused_case {
	const char *title;
	const char *text;
	int code;
	const char *reason;
};

static const struct refused_case refused_cases[] = {
	{ "self edge", "a=0>a", -EINVAL,
	  "tier 'a': is its own demotion target" },
	{ "self edge beside others", "a=0>b;b=1>c,b;c=2", -EINVAL,
	  "tier 'b': is its own demotion target" },
	{ "cycle of two", "a=0>b;b=1>a", -EINVAL,
	  "tier 'a': cycle a -> b -> a" },
	{ "cycle of three", "a=0>b;b=1>c;c=2>a", -EINVAL,
	  "tier 'a': cycle a -> b -> c -> a" },
	{ "cycle of three, staged backwards", "c=2>a;b=1>c;a=0>b", -EINVAL,
	  "tier 'c': cycle c -> a -> b -> c" },
	{ "cycle below a good tier", "top=0>a;a=1>b;b=2>a", -EINVAL,
	  "tier 'a': cycle a -> b -> a" },
	{ "cycle above a good tier", "end=0;a=1>b;b=2>end,a", -EINVAL,
	  "tier 'b': cycle b -> a -> b" },
	{ "cycle through a second target", "a=0>c,b;b=1>a;c=2", -EINVAL,
	  "tier 'a': cycle a -> b -> a" },
	{ "unknown name", "a=0>b;b=node1024", -ENODEV,
	  "tier 'b': no memory 'node1024'" },
	{ "unknown UID", "a=0>b;b=1,1024", -ENODEV, "tier 'b': no memory '1024'" },
	{ "unknown device", "a=sim1", -ENODEV, "tier 'a': no memory 'sim1'" },
	{ "the UID that is none", "a=4294967295", -ENODEV,
	  "tier 'a': no memory '4294967295'" },
	{ "memory in two tiers", "a=node0,node1>b;b=node2,node1", -EINVAL,
	  "tier 'b': memory 'node1' is already in tier 'a'" },
	{ "memory in two tiers, by name and UID", "a=node1>b;b=1", -EINVAL,
	  "tier 'b': memory '1' is already in tier 'a'" },
	{ "device in two tiers, by name and UID", "a=sim0>b;b=2147483653",
	  -EINVAL,
	  "tier 'b': memory '2147483653' is already in tier 'a'" },
	{ "memory twice in a tier", "a=0,node0", -EINVAL,
	  "tier 'a': memory 'node0' is already in tier 'a'" },
	{ "empty tier", "a=0>b;b=", -EINVAL, "tier 'b': has no memory" },
	{ "empty tier alone", "a=", -EINVAL, "tier 'a': has no memory" },
	{ "unreachable tier", "a=0>b;b=1;c=2", -EINVAL,
	  "tier 'c': unreachable, no demotion edge leads to or from it" },
	{ "two tiers without an edge", "a=0;b=1", -EINVAL,
	  "tier 'a': unreachable, no demotion edge leads to or from it" },
	{ "target without capacity", "a=0>b;b=30", -EINVAL,
	  "tier 'a': demotion target 'b' has no capacity" },
	{ "second target without capacity", "a=0>b,c;b=1;c=node30", -EINVAL,
	  "tier 'a': demotion target 'c' has no capacity" },
	{ "target twice", "a=0>b,b;b=1", -EINVAL,
	  "tier 'a': demotion target 'b' is named twice" },
	{ "target twice, not adjacent", "a=0>b,c,b;b=1;c=2", -EINVAL,
	  "tier 'a': demotion target 'b' is named twice" },
};

KUNIT_ARRAY_PARAM_DESC(refused, refused_cases, title);

static void graph_refused(struct kunit *test)
{
	const struct refused_case *param = test->param_value;

	expect_refused(test, stage(test, param->text), param->code,
		       param->reason);
}

static void graph_weights(struct kunit *test)
{
	struct hmt_graph_spec *spec = stage(test, "a=0>b,c;b=1;c=2");
	struct hmt_graph *graph;

	spec->tiers[0].nr_weights = 1;
	spec->tiers[0].weights[0] = 7;
	expect_refused(test, spec, -EINVAL,
		       "tier 'a': 1 weights for 2 demotion targets");
	spec->tiers[0].nr_weights = 2;
	spec->tiers[0].weights[1] = 100;
	graph = build(test, spec);
	KUNIT_EXPECT_EQ(test, graph->tiers[0].weights[0], 7);
	KUNIT_EXPECT_EQ(test, graph->tiers[0].weights[1], 100);
	KUNIT_EXPECT_EQ(test, graph->tiers[1].weights[0], 0);
}

static void graph_watermarks(struct kunit *test)
{
	struct hmt_graph_spec *spec = stage(test, "a=0>b;b=1");
	struct hmt_graph *graph;

	spec->tiers[1].low = 41;
	expect_refused(test, spec, -EINVAL,
		       "tier 'b': low_watermark 41 is above high_watermark 40");
	spec->tiers[1].low = 40;
	spec->tiers[0].low = 0;
	spec->tiers[0].high = 999;
	graph = build(test, spec);
	KUNIT_EXPECT_EQ(test, graph->tiers[0].low, 0);
	KUNIT_EXPECT_EQ(test, graph->tiers[0].high, 999);
	KUNIT_EXPECT_EQ(test, graph->tiers[1].low, 40);
	KUNIT_EXPECT_EQ(test, graph->tiers[1].high, 40);
}

/*
 * A ring "t00=0>t01;t01=1>t02;...", or with @open a chain. Each tier is called
 * @name and has a number.
 */
static const char *make_ring(struct kunit *test, unsigned int nr, bool open,
			     const char *name)
{
	char *text = kunit_kzalloc(test, TEST_TEXT_MAX, GFP_KERNEL);
	size_t used = 0;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, text);
	for (i = 0; i < nr; i++) {
		used += scnprintf(text + used, TEST_TEXT_MAX - used,
				  "%s%s%02u=%u", i ? ";" : "", name, i, i);
		if (!open || i + 1 < nr)
			used += scnprintf(text + used, TEST_TEXT_MAX - used,
					  ">%s%02u", name, (i + 1) % nr);
	}
	KUNIT_ASSERT_LT(test, used, TEST_TEXT_MAX - 1);
	return text;
}

static void graph_ring_of_all(struct kunit *test)
{
	expect_refused(test, stage(test, make_ring(test, 16, false, "t")),
		       -EINVAL,
		       "tier 't00': cycle t00 -> t01 -> t02 -> t03 -> t04 -> t05 -> t06 -> t07 -> t08 -> t09 -> t10 -> t11 -> t12 -> t13 -> t14 -> t15 -> t00");
}

/* A reason that does not fit is cut, and never written beyond its buffer. */
static void graph_reason_is_bounded(struct kunit *test)
{
	static const char longest[] = "abcdefghijklmnopqrstuvwxyz-_.";
	struct {
		struct hmt_graph_error error;
		u64 guard;
	} *box = kunit_kzalloc(test, sizeof(*box), GFP_KERNEL);
	struct hmt_graph_spec *spec;
	struct hmt_graph *graph;
	unsigned int i;

	KUNIT_ASSERT_NOT_NULL(test, box);
	spec = stage(test, make_ring(test, 14, false, longest));
	for (i = 0; i < spec->nr_tiers; i++)
		KUNIT_ASSERT_EQ(test, strlen(spec->tiers[i].name),
				HMT_NAME_MAX);
	box->guard = 0x5a5a5a5a5a5a5a5aULL;
	graph = hmt_graph_build(spec, &test_resolver, &box->error);
	KUNIT_ASSERT_TRUE(test, IS_ERR(graph));
	KUNIT_EXPECT_EQ(test, strnlen(box->error.reason, HMT_GRAPH_REASON_MAX),
			HMT_GRAPH_REASON_MAX - 1);
	KUNIT_EXPECT_EQ(test, 0,
			strncmp(box->error.reason,
				"tier 'abcdefghijklmnopqrstuvwxyz-_.00': cycle abc",
				48));
	KUNIT_EXPECT_EQ(test, box->guard, 0x5a5a5a5a5a5a5a5aULL);
}

/* Check that @graph and @spec agree, in any order of the tiers. */
static void expect_same(struct kunit *test, const struct hmt_graph *graph,
			const struct hmt_graph_spec *spec)
{
	unsigned int i, j;

	KUNIT_ASSERT_EQ(test, graph->nr_tiers, spec->nr_tiers);
	for (i = 0; i < spec->nr_tiers; i++) {
		const struct hmt_tier_spec *staged = &spec->tiers[i];
		int index = hmt_graph_find(graph, staged->name);
		const struct hmt_tier *tier;

		KUNIT_ASSERT_GE(test, index, 0);
		KUNIT_ASSERT_LT(test, index, (int)graph->nr_tiers);
		tier = &graph->tiers[index];
		KUNIT_EXPECT_STREQ(test, tier->name, staged->name);
		KUNIT_EXPECT_EQ(test, tier->low, staged->low);
		KUNIT_EXPECT_EQ(test, tier->high, staged->high);
		KUNIT_ASSERT_EQ(test, tier->nr_memories, staged->nr_memories);
		for (j = 0; j < tier->nr_memories; j++) {
			u32 uid = test_resolve(staged->memories[j]);
			unsigned int at = hmt_graph_memory(graph, uid);

			KUNIT_EXPECT_EQ(test, tier->memories[j], uid);
			KUNIT_EXPECT_EQ(test, at, tier->first + j);
			KUNIT_EXPECT_EQ(test, graph->tier_of[at], index);
		}
		KUNIT_ASSERT_EQ(test, tier->nr_targets, staged->nr_targets);
		for (j = 0; j < tier->nr_targets; j++) {
			KUNIT_EXPECT_GT(test, tier->targets[j], index);
			KUNIT_ASSERT_LT(test, tier->targets[j],
					graph->nr_tiers);
			KUNIT_EXPECT_STREQ(test,
					   graph->tiers[tier->targets[j]].name,
					   spec->tiers[staged->targets[j]].name);
		}
	}
}

struct valid_case {
	const char *title;
	const char *text;
};

static const struct valid_case valid_cases[] = {
	{ "no tier", "" },
	{ "one tier", "a=0" },
	{ "one tier without capacity", "a=30" },
	{ "chain", "dram=node0>cxl;cxl=node1>pmem;pmem=node2" },
	{ "chain, staged backwards", "c=2;b=1>c;a=0>b" },
	{ "diamond", "a=0>b,c;b=1>d;c=2>d;d=3" },
	{ "diamond, staged backwards", "d=3;c=2>d;b=1>d;a=0>c,b" },
	{ "two roots", "a=0>c;b=1>c;c=2" },
	{ "two graphs", "a=0>b;b=1;c=2>d;d=3" },
	{ "a tier skipped", "a=0>c,b;b=1>c;c=2" },
	{ "many memories", "a=0,1,2,3,4,5,6,7>b;b=sim0,node8,9,10" },
	{ "source without capacity", "a=30>b;b=1" },
	{ "empty memory beside another", "a=0>b;b=30,1" },
	{ "last target first", "a=0>d,c,b;b=1>d,c;c=2>d;d=3" },
};

KUNIT_ARRAY_PARAM_DESC(valid, valid_cases, title);

static void graph_valid(struct kunit *test)
{
	const struct valid_case *param = test->param_value;
	struct hmt_graph_spec *spec = stage(test, param->text);

	expect_same(test, build(test, spec), spec);
}

static void graph_sixteen_tiers(struct kunit *test)
{
	struct hmt_graph_spec *spec;
	struct hmt_graph *graph;
	unsigned int i, j;

	spec = stage(test, make_ring(test, 16, true, "t"));
	graph = build(test, spec);
	expect_same(test, graph, spec);
	for (i = 0; i < 16; i++)
		KUNIT_EXPECT_STREQ(test, graph->tiers[i].name,
				   spec->tiers[i].name);
	/* The maximum number of edges. */
	for (i = 0; i < 16; i++) {
		spec->tiers[i].nr_targets = 15 - i;
		for (j = 0; j < 15 - i; j++)
			spec->tiers[i].targets[j] = 15 - j;
	}
	expect_same(test, build(test, spec), spec);
}

static void graph_full_tier(struct kunit *test)
{
	struct hmt_graph_spec *spec = stage(test, "a=0");
	struct hmt_tier_spec *tier = &spec->tiers[0];
	unsigned int i;

	for (i = 0; i < HMT_TIER_MEMORIES_MAX; i++)
		snprintf(tier->memories[i], sizeof(tier->memories[i]),
			 "node%u", i);
	tier->nr_memories = HMT_TIER_MEMORIES_MAX;
	expect_same(test, build(test, spec), spec);
}

static u32 test_resolve_any(const char *token)
{
	u32 uid;

	return kstrtou32(token, 10, &uid) ? HMT_UID_NONE : uid | HMT_UID_DEVICE;
}

/* A graph has room for two full tiers, and names the memory that is too many. */
static void graph_full(struct kunit *test)
{
	static const struct hmt_resolver resolver = {
		.resolve = test_resolve_any,
		.capacity = test_capacity,
	};
	struct hmt_graph_spec *spec = stage(test, "a=0>b;b=0>c;c=5000");
	struct hmt_graph_error error = {};
	struct hmt_graph *graph;
	unsigned int i, j;

	for (i = 0; i < 2; i++) {
		struct hmt_tier_spec *tier = &spec->tiers[i];

		for (j = 0; j < HMT_TIER_MEMORIES_MAX; j++)
			snprintf(tier->memories[j], sizeof(tier->memories[j]),
				 "%u", i * HMT_TIER_MEMORIES_MAX + j);
		tier->nr_memories = HMT_TIER_MEMORIES_MAX;
	}
	graph = hmt_graph_build(spec, &resolver, &error);
	KUNIT_ASSERT_TRUE(test, IS_ERR(graph));
	KUNIT_EXPECT_EQ(test, error.code, -EINVAL);
	KUNIT_EXPECT_STREQ(test, error.reason,
			   "tier 'c': memory '5000' is one more than the 2048 of a graph");
	spec->tiers[1].nr_memories--;
	graph = hmt_graph_build(spec, &resolver, &error);
	KUNIT_ASSERT_FALSE(test, IS_ERR(graph));
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, HMT_UID_DEVICE | 5000),
			2);
	hmt_graph_put(graph);
}

static bool test_is_offline(const char *token)
{
	return !strcmp(token, "node2000");
}

/* The reason tells a node that is offline from one that does not exist. */
static void graph_offline(struct kunit *test)
{
	static const struct hmt_resolver resolver = {
		.resolve = test_resolve,
		.capacity = test_capacity,
		.offline = test_is_offline,
	};
	struct hmt_graph_error error = {};

	KUNIT_ASSERT_TRUE(test, IS_ERR(hmt_graph_build(stage(test, "a=node2000"),
						       &resolver, &error)));
	KUNIT_EXPECT_EQ(test, error.code, -ENODEV);
	KUNIT_EXPECT_STREQ(test, error.reason,
			   "tier 'a': memory 'node2000' is offline");
	KUNIT_ASSERT_TRUE(test, IS_ERR(hmt_graph_build(stage(test, "a=node2001"),
						       &resolver, &error)));
	KUNIT_EXPECT_STREQ(test, error.reason,
			   "tier 'a': no memory 'node2001'");
}

/* Sixty-four nodes are no large machine. */
static void graph_64_nodes(struct kunit *test)
{
	struct hmt_graph_spec *spec = stage(test, "a=0>b;b=64");
	struct hmt_tier_spec *tier = &spec->tiers[0];
	const struct hmt_graph *graph;
	unsigned int i;

	for (i = 0; i < 64; i++)
		snprintf(tier->memories[i], sizeof(tier->memories[i]),
			 "node%u", i);
	tier->nr_memories = 64;
	graph = build(test, spec);
	expect_same(test, graph, spec);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, 63), 0);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, 64), 1);
}

/* Put the tiers of @from into @to so that to[i] is from[order[i]]. */
static void spec_permute(const struct hmt_graph_spec *from,
			 const unsigned int *order, struct hmt_graph_spec *to)
{
	unsigned int place[HMT_TIERS_MAX];
	unsigned int i, j;

	to->nr_tiers = from->nr_tiers;
	for (i = 0; i < from->nr_tiers; i++)
		place[order[i]] = i;
	for (i = 0; i < from->nr_tiers; i++) {
		struct hmt_tier_spec *tier = &to->tiers[i];

		*tier = from->tiers[order[i]];
		for (j = 0; j < tier->nr_targets; j++)
			tier->targets[j] = place[tier->targets[j]];
	}
}

/* The @number-th permutation of 0 .. @nr - 1. */
static void nth_permutation(unsigned int number, unsigned int nr,
			    unsigned int *order)
{
	unsigned int i, k;

	for (i = 0; i < nr; i++) {
		k = number % (i + 1);
		number /= i + 1;
		order[i] = order[k];
		order[k] = i;
	}
}

static const struct valid_case permuted_cases[] = {
	{ "chain", "a=0>b;b=1>c;c=2>d;d=3>e;e=4" },
	{ "chain with short cuts", "a=0>b,c,e;b=1>c,e;c=2>d;d=3>e;e=4" },
	{ "two diamonds", "a=0>b,c;b=1>d;c=2>d;d=3>e;e=4" },
	{ "tree", "a=0>c,b;b=1>e,d;c=2;d=3;e=4" },
	{ "three roots", "a=0>d;b=1>e,d;c=2>e;d=3;e=4" },
	{ "four tiers", "a=0>c,b;b=1>d;c=2>b,d;d=3" },
};

KUNIT_ARRAY_PARAM_DESC(permuted, permuted_cases, title);

/* A tier precedes its targets, in whatever order they were created. */
static void graph_every_order(struct kunit *test)
{
	const struct valid_case *param = test->param_value;
	struct hmt_graph_spec *spec = stage(test, param->text);
	struct hmt_graph_spec *permuted = stage(test, "");
	unsigned int order[HMT_TIERS_MAX], number, i, permutations = 1;

	for (i = 2; i <= spec->nr_tiers; i++)
		permutations *= i;
	for (number = 0; number < permutations; number++) {
		struct hmt_graph_error error;
		struct hmt_graph *graph;

		nth_permutation(number, spec->nr_tiers, order);
		spec_permute(spec, order, permuted);
		graph = hmt_graph_build(permuted, &test_resolver, &error);
		KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(graph),
				       "permutation %u: %s", number,
				       error.reason);
		expect_same(test, graph, permuted);
		hmt_graph_put(graph);
	}
}

/* Tiers without an order by edges keep the staged order. */
static void graph_ties(struct kunit *test)
{
	static const char * const names[] = { "b", "a", "d", "c", "z" };
	struct hmt_graph *graph;
	unsigned int i;

	graph = build(test, stage(test, "b=0>z;a=1>z;d=2>z;z=4;c=3>z"));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		KUNIT_EXPECT_STREQ(test, graph->tiers[i].name, names[i]);
}

static void graph_find(struct kunit *test)
{
	struct hmt_graph *graph = build(test, stage(test,
						    "dram=0>cxl;cxl=1"));

	KUNIT_EXPECT_EQ(test, hmt_graph_find(graph, "dram"), 0);
	KUNIT_EXPECT_EQ(test, hmt_graph_find(graph, "cxl"), 1);
	KUNIT_EXPECT_EQ(test, hmt_graph_find(graph, "pmem"), -ENOENT);
	KUNIT_EXPECT_EQ(test, hmt_graph_find(graph, "dra"), -ENOENT);
	KUNIT_EXPECT_EQ(test, hmt_graph_find(graph, "dram0"), -ENOENT);
	KUNIT_EXPECT_EQ(test, hmt_graph_find(graph, "DRAM"), -ENOENT);
	KUNIT_EXPECT_EQ(test, hmt_graph_find(graph, ""), -ENOENT);
	KUNIT_EXPECT_EQ(test, hmt_graph_find(build(test, stage(test, "")),
					     "dram"), -ENOENT);
}

static void graph_tier_of(struct kunit *test)
{
	struct hmt_graph *graph;

	graph = build(test, stage(test, "c=2,sim0;a=0,node7>b;b=1>c"));
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, 0), 0);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, 7), 0);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, 1), 1);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, 2), 2);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, TEST_UID_SIM), 2);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, 3), -ENOENT);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, 5), -ENOENT);
	KUNIT_EXPECT_EQ(test, hmt_graph_tier_of(graph, HMT_UID_NONE),
			-ENOENT);
}

/* Reachability is transitive, directed, and does not cross branches. */
static void graph_leads(struct kunit *test)
{
	struct hmt_graph *graph = build(test, stage(test,
						    "a=0>b;b=1>d;c=2>d;d=7"));
	int a = hmt_graph_find(graph, "a"), b = hmt_graph_find(graph, "b");
	int c = hmt_graph_find(graph, "c"), d = hmt_graph_find(graph, "d");

	KUNIT_EXPECT_TRUE(test, hmt_graph_leads(graph, a, b));
	KUNIT_EXPECT_TRUE(test, hmt_graph_leads(graph, a, d));
	KUNIT_EXPECT_TRUE(test, hmt_graph_leads(graph, c, d));
	KUNIT_EXPECT_FALSE(test, hmt_graph_leads(graph, a, c));
	KUNIT_EXPECT_FALSE(test, hmt_graph_leads(graph, c, b));
	KUNIT_EXPECT_FALSE(test, hmt_graph_leads(graph, d, a));
}

/* The longest way is the depth. */
static void graph_depth(struct kunit *test)
{
	struct hmt_graph *graph = build(test, stage(test,
						    "d=7;a=0>b,d;b=1>d;c=2>d"));
	static const char * const names[] = { "a", "c", "b", "d" };
	static const unsigned int depths[] = { 0, 0, 1, 2 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		KUNIT_EXPECT_EQ_MSG(test, depths[i],
				    graph->tiers[hmt_graph_find(graph,
								names[i])].depth,
				    "%s", names[i]);
}

/* Level, distance, bandwidth, free pages, in this order; an equal candidate does not win. */
static void graph_candidates(struct kunit *test)
{
	static const struct hmt_candidate better[] = {
		{ .level = HMT_LEVEL_ROOM, .distance = 10, .bandwidth = 9 },
		{ .level = HMT_LEVEL_ROOM, .distance = 10, .bandwidth = 5,
		  .free = 3 },
		{ .level = HMT_LEVEL_ROOM, .distance = 10, .free = 2 },
		{ .level = HMT_LEVEL_ROOM, .distance = 10, .free = 1 },
		{ .level = HMT_LEVEL_ROOM, .distance = 20, .free = 9 },
		{ .level = HMT_LEVEL_TIGHT, .distance = 5, .free = 9 },
		{ .level = HMT_LEVEL_FULL },
		{},
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(better); i++)
		for (j = 0; j < ARRAY_SIZE(better); j++)
			KUNIT_EXPECT_EQ_MSG(test, i < j,
					    hmt_candidate_beats(&better[i],
								&better[j]),
					    "%u and %u", i, j);
}

/*
 * A graph is freed with its last reference, and a refused one leaves nothing.
 * KASAN detects uses of freed memory, and kmemleak leaks.
 */
static void graph_references(struct kunit *test)
{
	struct hmt_graph_spec *good = stage(test, "a=0>b;b=1");
	struct hmt_graph_spec *bad = stage(test, "a=0>b;b=1>a");
	struct hmt_graph_error error;
	struct hmt_graph *graph;
	unsigned int i;

	for (i = 0; i < TEST_ROUNDS; i++) {
		graph = hmt_graph_build(bad, &test_resolver, &error);
		KUNIT_ASSERT_TRUE(test, IS_ERR(graph));
		graph = hmt_graph_build(good, &test_resolver, &error);
		KUNIT_ASSERT_FALSE(test, IS_ERR(graph));
		KUNIT_EXPECT_EQ(test, kref_read(&graph->ref), 1);
		kref_get(&graph->ref);
		hmt_graph_put(graph);
		KUNIT_EXPECT_EQ(test, hmt_graph_find(graph, "b"), 1);
		hmt_graph_put(graph);
	}
	hmt_graph_put(NULL);
}

static struct kunit_case hmt_graph_cases[] = {
	KUNIT_CASE_PARAM(graph_refused, refused_gen_params),
	KUNIT_CASE(graph_weights),
	KUNIT_CASE(graph_watermarks),
	KUNIT_CASE(graph_ring_of_all),
	KUNIT_CASE(graph_reason_is_bounded),
	KUNIT_CASE_PARAM(graph_valid, valid_gen_params),
	KUNIT_CASE(graph_sixteen_tiers),
	KUNIT_CASE(graph_full_tier),
	KUNIT_CASE(graph_full),
	KUNIT_CASE(graph_offline),
	KUNIT_CASE(graph_64_nodes),
	KUNIT_CASE_PARAM(graph_every_order, permuted_gen_params),
	KUNIT_CASE(graph_ties),
	KUNIT_CASE(graph_find),
	KUNIT_CASE(graph_tier_of),
	KUNIT_CASE(graph_leads),
	KUNIT_CASE(graph_depth),
	KUNIT_CASE(graph_candidates),
	KUNIT_CASE(graph_references),
	{}
};

static struct kunit_suite hmt_graph_suite = {
	.name = "hmt_graph",
	.test_cases = hmt_graph_cases,
};

kunit_test_suite(hmt_graph_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of graphs");
MODULE_LICENSE("GPL");
