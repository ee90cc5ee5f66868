// SPDX-License-Identifier: GPL-2.0
/*
 * Systems of any size for the policy: what it decides keeps every page, and
 * follows the graph and the budgets.
 */
#include <linux/kernel.h>

#include "input.h"
#include "policy/policy.h"

/* Small numbers, huge ones, and those at the ends of a range. */
static u64 any_pages(void)
{
	switch (below(4)) {
	case 0:
		return 0;
	case 1:
		return below(16);
	case 2:
		return below(1ULL << 40);
	default:
		return HMT_PAGES_MAX;
	}
}

/* Tiers in topological order with targets below, as a graph has them. */
static void make_tier(struct hmt_policy_in *in, unsigned int index)
{
	struct hmt_policy_tier *tier = &in->tiers[index];
	unsigned int i, target;

	for (i = below(24); i; i--)
		tier->hist[below(HMT_HEAT_LEVELS)] = below(1ULL << 32);
	tier->fixed = below(1ULL << 32);
	tier->capacity = below(1ULL << 40);
	tier->free = below(1ULL << 40) - (1LL << below(40));
	tier->high = below(1ULL << 36);
	tier->low = below(tier->high + 1);
	tier->limit = any_pages();
	tier->demand = below(4) ? 0 : below(1ULL << 40);
	tier->alike = below(1U << HMT_TIERS_MAX);
	for (i = below(8); i; i--)
		tier->astray[below(HMT_HEAT_LEVELS)] = below(1ULL << 32);
	for (target = index + 1; target < in->nr_tiers; target++)
		if (below(3))
			tier->targets[tier->nr_targets++] = target;
	if (below(2))
		return;
	for (i = 0; i < tier->nr_targets; i++)
		tier->weights[i] = 1 + below(100);
}

static u64 pages_of(const struct hmt_policy_in *in)
{
	unsigned int tier, heat;
	u64 sum = 0;

	for (tier = 0; tier < in->nr_tiers; tier++)
		for (heat = 0; heat < HMT_HEAT_LEVELS; heat++)
			sum += in->tiers[tier].hist[heat];
	return sum;
}

/* Nothing is lost, nothing is made, and no budget is exceeded. */
static void check_verdicts(const struct hmt_policy_out *out, u64 promote,
			   u64 demote)
{
	u64 up = 0, down = 0, sinks = 0;
	unsigned int i, to;

	for (i = 0; i < out->nr_tiers; i++) {
		const struct hmt_policy_verdict *verdict = &out->tiers[i];

		up += verdict->promote_quota + verdict->home_quota;
		down += verdict->demote_quota;
		if (verdict->demote_quota &&
		    (verdict->demote_to <= (int)i ||
		     verdict->demote_to >= (int)out->nr_tiers))
			wrong("tier %u gives pages to %d", i,
			      verdict->demote_to);
		if (verdict->promote_quota && !verdict->promote_min)
			wrong("tier %u takes pages of heat 0", i);
		for (to = 0; to < out->nr_tiers; to++)
			sinks += to > i ? verdict->targets_quota[to] : 0;
	}
	up += out->home_quota;
	if (sinks != down)
		wrong("%llu sink of %llu that leave", sinks, down);
	if (up > promote || down > demote)
		wrong("%llu up of %llu, %llu down of %llu", up, promote, down,
		      demote);
}

/* Redirect the page that was reserved in @to, and give its place back at times. */
static void check_redirected(struct hmt_policy_out *out,
			     enum hmt_direction direction, unsigned int tier,
			     int to)
{
	struct hmt_policy_place place = {
		.pages = 1, .from = tier, .to = to, .quota = to,
	};
	unsigned int other = below(out->nr_tiers);
	s64 free = out->expected.tiers[other].free;

	if (other != tier &&
	    hmt_policy_redirect(out, direction, &place, below(HMT_HEAT_LEVELS),
				other) &&
	    place.to != (int)other)
		wrong("a page for tier %u goes to %d", other, place.to);
	if (below(4))
		return;
	hmt_policy_return(out, direction, &place);
	if (out->expected.tiers[other].free != free)
		wrong("tier %u has lost a page", other);
}

/* Pages go up or down as asked, to tiers that there are. */
static void check_places(struct hmt_policy_out *out)
{
	unsigned int i, tier;
	int to;

	for (i = 0; i < 200; i++) {
		enum hmt_direction direction = below(HMT_DIR_PROMOTE + 1);

		tier = below(out->nr_tiers);
		to = hmt_policy_reserve(out, direction, tier,
					below(HMT_HEAT_LEVELS));
		if (to == HMT_TIER_NONE)
			continue;
		if (to < 0 || to >= (int)out->nr_tiers ||
		    direction != (to < (int)tier ? HMT_DIR_PROMOTE : HMT_DIR_DEMOTE))
			wrong("a page of tier %u goes to %d", tier, to);
		check_redirected(out, direction, tier, to);
		if (!below(50))
			hmt_policy_block(out, to);
	}
}

static void fuzz_policy(void)
{
	static struct hmt_policy_in in;
	static struct hmt_policy_out out;
	u64 before, gain = 0, promote, demote;
	unsigned int i;

	memset(&in, 0, sizeof(in));
	in.nr_tiers = 1 + below(HMT_TIERS_MAX);
	in.samples = below(HMT_HEAT_SAMPLES + 1);
	in.margin = below(HMT_HEAT_LEVELS);
	for (i = 0; i < in.nr_tiers; i++)
		make_tier(&in, i);
	promote = any_pages();
	demote = any_pages();
	in.promote_budget = promote;
	in.demote_budget = demote;
	for (i = 0; i < in.nr_tiers; i++)
		in.tiers[i].heat_limit = below(3) ? 0 : any_pages();
	before = pages_of(&in);
	hmt_policy_run(&in, &out);
	if (pages_of(&out.expected) != before)
		wrong("%llu pages became %llu", before,
		      pages_of(&out.expected));
	check_verdicts(&out, promote, demote);
	hmt_policy_should_defer(&out, &gain);
	check_places(&out);
	if (!hmt_policy_top_capacity(&in, &out))
		wrong("no room on top");
}

/* Whatever was found, the interval stays between its bounds. */
static void fuzz_pace(void)
{
	struct hmt_policy_interval_in pace = {
		.base = 10 + below(3600000),
		.changed = below(2),
		.found = any_pages(),
		.room = any_pages(),
	};
	u32 interval;

	pace.low = 10 + below(pace.base - 9);
	pace.high = pace.base + below(3600000);
	pace.interval = pace.low + below(pace.high - pace.low + 1);
	interval = hmt_policy_interval(&pace);
	if (interval < pace.low || interval > pace.high)
		wrong("%u ms is not from %u to %u", interval, pace.low,
		      pace.high);
}

int fuzz_one(const uint8_t *data, size_t size)
{
	set_input(data, size);
	fuzz_pace();
	fuzz_policy();
	return 0;
}
