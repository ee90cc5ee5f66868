// SPDX-License-Identifier: GPL-2.0
/*
 * Random input for the parts of the kernel module that are functions of their
 * arguments: policy and parsing. Built with sanitizers; prints TAP.
 *
 *	fuzz [ROUNDS [SEED]]
 *
 * A failure is printed with the seed, which reproduces it.
 */
#include <linux/kernel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../drivers/hmt/lib/parse.h"
#include "../../drivers/hmt/policy/policy.h"
#include "random.h"

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
	for (i = 0; i < in.nr_tiers; i++)
		make_tier(&in, i);
	promote = any_pages();
	demote = any_pages();
	in.promote_budget = promote;
	in.demote_budget = demote;
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

/* Text that is nearly right: words, separators, numbers, and some dirt. */
static void make_text(char *text, size_t size)
{
	static const char * const pieces[] = {
		"dram", "accessed", ":", "=", " ", "\n", "\t", "0", "1", "100",
		"4294967296", "18446744073709551615", "99999999999999999999",
		"K", "T", "max", "-", ".", "..", "_", "+", "\x7f", "\xff",
		"a-name-that-is-much-too-long-for-anything",
	};
	size_t count = below(below(8) ? 12 : 400), length = 0;

	while (count--) {
		const char *piece = pieces[below(sizeof(pieces) /
						 sizeof(*pieces))];

		if (length + strlen(piece) >= size)
			break;
		strcpy(text + length, piece);
		length += strlen(piece);
	}
	text[length] = '\0';
}

/* A list that is right but perhaps for its length. */
static void make_list(char *text, size_t size)
{
	static const char * const ends[] = { "", ":7", "=4K" };
	const char *end = ends[below(3)];
	size_t count = below(48), length = 0, i;

	for (i = 0; i < count && length < size; i++)
		length += snprintf(text + length, size - length, "n%zu%s ", i,
				   end);
	text[length < size ? length : size - 1] = '\0';
}

static void check_count(const char *what, int count, int least, int most)
{
	if (count > most || (count >= 0 && count < least))
		wrong("%s: %d entries", what, count);
}

static void fuzz_parse(void)
{
	static char names[HMT_TIER_MEMORIES_MAX][HMT_NAME_MAX + 1];
	struct hmt_provider_spec specs[HMT_PROVIDERS_MAX];
	struct hmt_limit_spec limits[HMT_TIERS_MAX];
	int count, i;
	/* Of its own size, so that reading beyond the end is noticed. */
	char text[4096], *copy;
	u32 number;
	u64 rate;

	if (below(4))
		make_text(text, sizeof(text));
	else
		make_list(text, sizeof(text));
	copy = strdup(text);
	if (!copy)
		wrong("out of memory");
	hmt_parse_name(copy);
	hmt_parse_rate(copy, &rate);
	if (!hmt_parse_u32(copy, 5, 1000, &number) &&
	    (number < 5 || number > 1000))
		wrong("%u is not from 5 to 1000", number);
	count = hmt_parse_memories(copy, names);
	check_count("memories", count, 0, HMT_TIER_MEMORIES_MAX);
	for (i = 0; i < count; i++)
		if (hmt_parse_name(names[i]))
			wrong("memory '%s'", names[i]);
	count = hmt_parse_providers(copy, specs);
	check_count("providers", count, 1, HMT_PROVIDERS_MAX);
	for (i = 0; i < count; i++)
		if (hmt_parse_name(specs[i].name) || !specs[i].weight ||
		    specs[i].weight > HMT_WEIGHT_MAX)
			wrong("provider '%s':%u", specs[i].name,
			      specs[i].weight);
	check_count("limits", hmt_parse_limits(copy, limits), 0,
		    HMT_TIERS_MAX);
	free(copy);
}

int main(int argc, char **argv)
{
	unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;
	unsigned long first = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	unsigned long i;

	for (i = 0; i < rounds; i++) {
		set_seed(first + i);
		fuzz_policy();
		fuzz_pace();
		fuzz_parse();
	}
	printf("ok 1 - policy and parsing, %lu rounds from seed %lu\n1..1\n",
	       rounds, first);
	return 0;
}
