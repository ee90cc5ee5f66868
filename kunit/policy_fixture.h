/* SPDX-License-Identifier: GPL-2.0 */
/* Tiers with pages, for tests of policy. */
#ifndef _HMT_POLICY_FIXTURE_H
#define _HMT_POLICY_FIXTURE_H

#include <kunit/test.h>
#include <linux/string.h>
#include "policy/policy.h"

/* Random inputs of a property. */
#define ROUNDS		300
/*
 * Maximum number of passes until nothing moves, in any graph: a tier with room for
 * a single page may pass them on one by one.
 */
#define PASSES_MAX	2000

/*
 * State of a case, which is too large for the stack: @in is the input of the
 * next run, and the expected state after a run; @before is the input of the
 * last run.
 */
struct fixture {
	struct hmt_policy_in in;
	struct hmt_policy_in before;
	struct hmt_policy_out out;
};

static inline int policy_setup(struct kunit *test)
{
	test->priv = kunit_kzalloc(test, sizeof(struct fixture), GFP_KERNEL);
	return test->priv ? 0 : -ENOMEM;
}

static inline struct hmt_policy_in *input(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	return &fixture->in;
}

static inline struct hmt_policy_tier *tier_of(struct kunit *test, unsigned int tier)
{
	return &input(test)->tiers[tier];
}

/* @nr empty tiers of @capacity pages without edges, limits and watermarks. */
static inline void make_tiers(struct kunit *test, unsigned int nr, u64 capacity)
{
	struct hmt_policy_in *in = input(test);
	unsigned int i;

	memset(in, 0, sizeof(*in));
	in->nr_tiers = nr;
	in->promote_budget = HMT_PAGES_MAX;
	in->demote_budget = HMT_PAGES_MAX;
	for (i = 0; i < nr; i++) {
		in->tiers[i].capacity = capacity;
		in->tiers[i].free = capacity;
		in->tiers[i].limit = HMT_PAGES_MAX;
	}
}

static inline void edge(struct kunit *test, unsigned int from, unsigned int to)
{
	struct hmt_policy_tier *tier = tier_of(test, from);

	tier->targets[tier->nr_targets++] = to;
}

/* The same, where each tier has the next one as its only target. */
static inline void make_chain(struct kunit *test, unsigned int nr, u64 capacity)
{
	unsigned int i;

	make_tiers(test, nr, capacity);
	for (i = 0; i + 1 < nr; i++)
		edge(test, i, i + 1);
}

static inline void add(struct kunit *test, unsigned int tier, unsigned int heat,
		       u64 pages)
{
	tier_of(test, tier)->hist[heat] += pages;
	tier_of(test, tier)->free -= pages;
}

/* Add pages of other workloads. */
static inline void occupy(struct kunit *test, unsigned int tier, u64 pages)
{
	tier_of(test, tier)->free -= pages;
}

/* Leave @free pages of the tier free; its watermarks are 20 and 40 pages. */
static inline void set_free(struct kunit *test, unsigned int tier, s64 free)
{
	tier_of(test, tier)->free = free;
	tier_of(test, tier)->low = 20;
	tier_of(test, tier)->high = 40;
}

/*
 * Two tiers of @capacity pages: @above pages of one heat in the upper one, and
 * @below pages of another in the lower one.
 */
static inline void make_pair(struct kunit *test, u64 capacity,
			     unsigned int above_heat, u64 above,
			     unsigned int below_heat, u64 below)
{
	make_chain(test, 2, capacity);
	add(test, 0, above_heat, above);
	add(test, 1, below_heat, below);
}

static inline const struct hmt_policy_verdict *verdict(struct kunit *test,
						       unsigned int tier)
{
	struct fixture *fixture = test->priv;

	return &fixture->out.tiers[tier];
}

static inline void run(struct kunit *test)
{
	struct fixture *fixture = test->priv;

	fixture->before = fixture->in;
	memset(&fixture->out, 0xa5, sizeof(fixture->out));
	hmt_policy_run(&fixture->before, &fixture->out);
	fixture->in = fixture->out.expected;
	KUNIT_ASSERT_EQ(test, fixture->out.nr_tiers, fixture->in.nr_tiers);
}

static inline u64 planned(struct kunit *test, enum hmt_direction direction)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < input(test)->nr_tiers; i++)
		sum += direction == HMT_DIR_PROMOTE ?
			       verdict(test, i)->promote_quota :
			       verdict(test, i)->demote_quota;
	return sum;
}

static inline void expect_still(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_PROMOTE), 0);
	KUNIT_EXPECT_EQ(test, planned(test, HMT_DIR_DEMOTE), 0);
}

/* Check that another pass with new budgets moves nothing. */
static inline void expect_settled(struct kunit *test)
{
	input(test)->promote_budget = HMT_PAGES_MAX;
	input(test)->demote_budget = HMT_PAGES_MAX;
	run(test);
	expect_still(test);
}

static inline void expect_pages(struct kunit *test, unsigned int tier,
				unsigned int heat, u64 pages)
{
	KUNIT_EXPECT_EQ_MSG(test, tier_of(test, tier)->hist[heat], pages,
			    "tier %u, heat %u", tier, heat);
}

#endif /* _HMT_POLICY_FIXTURE_H */
