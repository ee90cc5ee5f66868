// SPDX-License-Identifier: GPL-2.0
/*
 * A machine of 5 TiB, 64 nodes, 512 CPUs and 10,000 processes: the cost of a
 * pass, of a question of the router and of queues. The loops of the engine are
 * repeated here with a clock that the tests set, and with the policy that the
 * engine calls.
 */
#include <kunit/test.h>
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/numa.h>
#include <linux/sizes.h>
#include <linux/time64.h>
#include "heat/heat.h"
#include "graph/graph.h"
#include "lib/queue.h"
#include "policy/policy.h"
#include "graph_fixture.h"

#define SCALE_PAGES	(5ULL << (40 - PAGE_SHIFT))
#define SCALE_NODES	64
#define SCALE_CPUS	512
#define SCALE_PROCESSES	10000
#define SCALE_PASSES	3
#define SCALE_SAMPLES	5
#define SCALE_INTERVAL	NSEC_PER_SEC

/* Costs of a page of a sample and of a census, and of a call of a provider. */
#define SAMPLE_NS	20
#define CENSUS_NS	60
#define CALL_NS		(20 * NSEC_PER_USEC)

/* Pages of a call of a provider, and of a step of the census. */
#define PART_PAGES	(SZ_1G >> PAGE_SHIFT << 2)
#define STEP_PAGES	(32 * HMT_CHUNK_PAGES)

/* The most work without a look at the clock. */
#define UNIT_NS		(PART_PAGES * SAMPLE_NS + CALL_NS)

/**
 * struct scale - an engine and its clock
 * @pages: pages of all processes; the first process has half of them
 * @rests: the engine rests
 * @settled: every page is in its place
 * @now: time, ns
 * @cpu: CPU time, ns
 * @balance: CPU time beyond the share; may be below 0
 * @lowest: lowest value of @balance so far
 * @worst: CPU time beyond the share in the worst period so far
 * @steps: visited pages in this pass
 * @rested: time of rests, ns
 * @pace: state of the policy
 * @budget: costs in the last pass
 */
struct scale {
	u64 pages;
	bool rests;
	bool settled;
	u64 now;
	u64 cpu;
	s64 balance;
	s64 lowest;
	s64 worst;
	u64 steps;
	u64 rested;
	struct hmt_policy_pace pace;
	struct hmt_policy_budget budget;
};

static void scale_sleep(struct scale *scale, u64 ns)
{
	scale->now += ns;
	scale->balance -= div_u64(ns, HMT_POLICY_SHARE);
	scale->lowest = min(scale->lowest, scale->balance);
}

static void scale_work(struct scale *scale, u64 pages, u64 ns)
{
	u64 rest;

	scale->steps += pages;
	scale->now += ns;
	scale->cpu += ns;
	scale->balance += ns - div_u64(ns, HMT_POLICY_SHARE);
	scale->worst = max(scale->worst, scale->balance - scale->lowest);
	rest = hmt_policy_rest(&scale->pace, scale->now, scale->cpu);
	if (!scale->rests)
		return;
	scale->rested += rest;
	scale_sleep(scale, rest);
	/* As hmt_pace_rest() looks whether it has slept long enough. */
	hmt_policy_rest(&scale->pace, scale->now, scale->cpu);
}

static u64 scale_pages_of(const struct scale *scale, unsigned int process)
{
	return process ? div_u64(scale->pages / 2, SCALE_PROCESSES - 1) :
			 scale->pages / 2;
}

/*
 * Visit all pages, @part_pages at a time. A page takes @page_ns, and a part
 * @part_ns more.
 */
static void scale_visit(struct scale *scale, u64 part_pages, u64 page_ns,
			u64 part_ns)
{
	unsigned int process;

	for (process = 0; process < SCALE_PROCESSES; process++) {
		u64 pages = scale_pages_of(scale, process);

		while (pages) {
			u64 part = min_t(u64, pages, part_pages);

			scale_work(scale, part, part * page_ns + part_ns);
			pages -= part;
		}
	}
}

static void scale_sample(struct scale *scale)
{
	scale_visit(scale, PART_PAGES, SAMPLE_NS, CALL_NS);
}

static void scale_census(struct scale *scale)
{
	scale_visit(scale, STEP_PAGES, CENSUS_NS, 0);
}

/* Take the samples of a pass, as hmt_collect() does. */
static void scale_collect(struct scale *scale)
{
	struct hmt_policy_budget *budget = &scale->budget;
	u64 when = scale->now, cpu = scale->cpu, took = 0, time, step;
	unsigned int samples, i;

	budget->share = scale->settled ? 64 : HMT_POLICY_SHARE;
	budget->most = scale->settled ? 4 : 1;
	samples = hmt_policy_rounds(budget, &time) * SCALE_SAMPLES;
	step = div_u64(time, samples);
	for (i = 0; i < samples; i++) {
		u64 begin;

		when += step;
		scale_sleep(scale, max(when > scale->now ? when - scale->now : 0,
				       took));
		begin = scale->cpu;
		scale_sample(scale);
		took = scale->cpu - begin;
	}
	budget->round_ns = div_u64(scale->cpu - cpu, samples) * SCALE_SAMPLES;
}

static void scale_pass(struct scale *scale)
{
	u64 cpu, rested;

	scale->steps = 0;
	scale_collect(scale);
	cpu = scale->cpu;
	rested = scale->rested;
	scale_census(scale);
	scale->budget.rest_ns = scale->cpu - cpu;
	scale->budget.rested_ns = scale->rested - rested;
}

static void scale_init(struct scale *scale, u64 pages)
{
	*scale = (struct scale) {
		.pages = pages,
		.rests = true,
		.budget = {
			.wanted_ns = SCALE_INTERVAL,
			.stretch = 16,
		},
	};
}

static void scale_run(struct kunit *test, struct scale *scale)
{
	unsigned int pass;

	for (pass = 0; pass < SCALE_PASSES; pass++) {
		u64 now = scale->now, cpu = scale->cpu;

		scale_pass(scale);
		now = scale->now - now;
		cpu = scale->cpu - cpu;
		kunit_info(test, "pass %u: %llu steps, %llu ms of CPU in %llu ms, 1/%llu\n",
			   pass + 1, scale->steps, div_u64(cpu, NSEC_PER_MSEC),
			   div_u64(now, NSEC_PER_MSEC), div64_u64(now, cpu));
	}
}

/* From the first pass on, no period has more CPU time than its share. */
static void scale_share_holds(struct kunit *test)
{
	struct scale scale;

	scale_init(&scale, SCALE_PAGES);
	scale_run(test, &scale);
	KUNIT_EXPECT_LE(test, scale.worst,
			(s64)(HMT_POLICY_SLICE_NS + 2 * UNIT_NS));
	KUNIT_EXPECT_LE(test, scale.cpu * HMT_POLICY_SHARE,
			scale.now + HMT_POLICY_SHARE *
					    (HMT_POLICY_SLICE_NS + 2 * UNIT_NS));
	/* It is used up as well: rests and intervals do not add up. */
	KUNIT_EXPECT_GE(test, scale.cpu * (HMT_POLICY_SHARE + 2), scale.now);
}

static void scale_share_holds_when_settled(struct kunit *test)
{
	struct scale scale;

	scale_init(&scale, SCALE_PAGES);
	scale.settled = true;
	scale_run(test, &scale);
	KUNIT_EXPECT_LE(test, scale.worst,
			(s64)(HMT_POLICY_SLICE_NS + 2 * UNIT_NS));
}

/* Up to some size the smaller share holds in the steady state. */
static void scale_small_share_holds(struct kunit *test)
{
	struct scale scale;
	u64 now, cpu;

	scale_init(&scale, SZ_1G >> PAGE_SHIFT);
	scale.settled = true;
	/* Ten thousand processes have their own price. */
	scale.budget.wanted_ns = 60 * NSEC_PER_SEC;
	scale_run(test, &scale);
	now = scale.now;
	cpu = scale.cpu;
	scale_pass(&scale);
	KUNIT_EXPECT_LE(test, (scale.cpu - cpu) * 64,
			scale.now - now + 128 * UNIT_NS);
}

/* The comparison above notices an engine that does not rest. */
static void scale_needs_rests(struct kunit *test)
{
	struct scale scale;

	scale_init(&scale, SCALE_PAGES);
	scale.rests = false;
	scale_run(test, &scale);
	KUNIT_EXPECT_GT(test, scale.worst,
			100 * (s64)(HMT_POLICY_SLICE_NS + 2 * UNIT_NS));
}

static unsigned int scale_questions;

static enum hmt_level scale_level(u32 uid, u16 low)
{
	scale_questions++;
	return uid == SCALE_NODES - 1 ? HMT_LEVEL_ROOM : HMT_LEVEL_TIGHT;
}

static int scale_distance(u32 from, u32 to)
{
	return 20;
}

static const struct hmt_route_ops scale_route_ops = {
	.level = scale_level,
	.distance = scale_distance,
};

static u32 scale_resolve(const char *token)
{
	u32 uid;

	return kstrtou32(token, 10, &uid) ? HMT_UID_NONE : uid;
}

static u64 scale_capacity(u32 uid)
{
	return SCALE_PAGES / SCALE_NODES;
}

static const struct hmt_resolver scale_resolver = {
	.resolve = scale_resolve,
	.capacity = scale_capacity,
};

static void scale_stage(struct hmt_tier_spec *tier, const char *name,
			unsigned int first, unsigned int end)
{
	strscpy(tier->name, name, sizeof(tier->name));
	for (; first < end; first++)
		snprintf(tier->memories[tier->nr_memories++],
			 sizeof(tier->memories[0]), "%u", first);
}

/* A question reads one level of each memory below, and nothing of a CPU. */
static void scale_route(struct kunit *test)
{
	struct hmt_graph_spec *spec = graph_new_spec(test);
	struct hmt_graph_error error = {};
	struct hmt_demotion route;
	struct hmt_graph *graph;

	spec->nr_tiers = 2;
	scale_stage(&spec->tiers[0], "upper", 0, 8);
	scale_stage(&spec->tiers[1], "lower", 8, SCALE_NODES);
	spec->tiers[0].nr_targets = 1;
	spec->tiers[0].targets[0] = 1;
	graph = hmt_graph_build(spec, &scale_resolver, &error);
	KUNIT_ASSERT_FALSE_MSG(test, IS_ERR(graph), "%s", error.reason);
	scale_questions = 0;
	KUNIT_EXPECT_TRUE(test, hmt_route(graph, 0, &scale_route_ops, &route));
	KUNIT_EXPECT_EQ(test, route.nid, SCALE_NODES - 1);
	KUNIT_EXPECT_EQ(test, scale_questions, SCALE_NODES - 8);
	kunit_info(test, "%u levels for a question\n", scale_questions);
	hmt_graph_put(graph);
}

/* Queues hold what a sample reads, however many CPUs push. */
static void scale_queues(struct kunit *test)
{
	struct hmt_reports reports;
	u64 bytes = hmt_reports_queues(SCALE_CPUS) * sizeof(struct hmt_queue);

	kunit_info(test, "%llu KiB for each workload and provider\n",
		   bytes >> 10);
	KUNIT_EXPECT_LE(test, bytes, 3ULL << 20);
	KUNIT_EXPECT_EQ(test, hmt_reports_queues(1), 1);
	KUNIT_EXPECT_EQ(test, hmt_reports_queues(64), 64);
	KUNIT_ASSERT_EQ(test, hmt_reports_init(&reports), 0);
	KUNIT_EXPECT_LE(test, reports.nr, num_online_cpus());
	hmt_reports_destroy(&reports);
}

static struct kunit_case hmt_scale_cases[] = {
	KUNIT_CASE(scale_share_holds),
	KUNIT_CASE(scale_share_holds_when_settled),
	KUNIT_CASE(scale_small_share_holds),
	KUNIT_CASE(scale_needs_rests),
	KUNIT_CASE(scale_route),
	KUNIT_CASE(scale_queues),
	{}
};

static struct kunit_suite hmt_scale_suite = {
	.name = "hmt_scale",
	.test_cases = hmt_scale_cases,
};

kunit_test_suite(hmt_scale_suite);

MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING);
MODULE_DESCRIPTION("HMT: tests of large machines");
MODULE_LICENSE("GPL");
