// SPDX-License-Identifier: GPL-2.0
/*
 * All small systems: three tiers of two pages with every graph, page by page
 * cold, lukewarm or hot, with limits, watermarks, demand, weights and budgets.
 * Each is decided on, its pages are placed by the verdicts, and it is decided on
 * again until nothing moves.
 */
#include <linux/types.h>
#include <string.h>
#include "policy/policy.h"
#include "means.h"
#include "model.h"

#define TIERS		3
#define PAGES		2
#define PASSES_MAX	16
/* One more than the pages of all tiers together. */
#define ALL_PAGES	(TIERS * PAGES + 1)

static const unsigned int heats[] = { 0, 60, 250 };

#define HEATS		(sizeof(heats) / sizeof(*heats))
/* Ways to fill a tier with up to two pages of three kinds. */
#define FILLINGS	10

/**
 * struct setup - what is varied besides the pages
 * @edges: bit mask of the edges 0-1, 0-2, 1-2
 * @limited: tier with a limit of one page, or none
 * @high: high watermark of all tiers, in pages; the low one is half of it
 * @demand: demand of other workloads for the top tier
 * @weighted: targets share the pages out
 * @promote: budget
 * @demote: budget
 */
struct setup {
	unsigned int edges;
	unsigned int limited;
	u64 high;
	u64 demand;
	bool weighted;
	u64 promote;
	u64 demote;
};

static struct hmt_policy_in in, before;
static struct hmt_policy_out out;
static unsigned int fillings[FILLINGS][HEATS];
static unsigned long moves;
static char text[300];

/* Describe the system for a violation. */
static const char *system_of(const struct setup *setup)
{
	unsigned int i, h, at;

	at = sprintf(text, "edges %u, limited %u, high %llu, demand %llu,",
		     setup->edges, setup->limited, setup->high, setup->demand);
	at += sprintf(text + at, " weighted %d, budgets %llu %llu:",
		      setup->weighted, setup->promote, setup->demote);
	for (i = 0; i < TIERS; i++, at += sprintf(text + at, ";"))
		for (h = 0; h < HEATS; h++)
			at += sprintf(text + at, " %llu",
				      before.tiers[i].hist[heats[h]]);
	return text;
}

static void make_fillings(void)
{
	unsigned int a, b, c, nr = 0;

	for (a = 0; a <= PAGES; a++)
		for (b = 0; a + b <= PAGES; b++)
			for (c = 0; a + b + c <= PAGES; c++) {
				fillings[nr][0] = a;
				fillings[nr][1] = b;
				fillings[nr++][2] = c;
			}
	check(nr == FILLINGS, "%u fillings", nr);
}

static void add_edge(const struct setup *setup, unsigned int from,
		     unsigned int to)
{
	struct hmt_policy_tier *tier = &in.tiers[from];

	if (setup->weighted)
		tier->weights[tier->nr_targets] = 1 + tier->nr_targets;
	tier->targets[tier->nr_targets++] = to;
}

static void make(const struct setup *setup, const unsigned int *filling)
{
	unsigned int i, h;

	memset(&in, 0, sizeof(in));
	in.nr_tiers = TIERS;
	in.promote_budget = setup->promote;
	in.demote_budget = setup->demote;
	for (i = 0; i < TIERS; i++) {
		struct hmt_policy_tier *tier = &in.tiers[i];

		tier->capacity = PAGES;
		tier->free = PAGES;
		tier->high = setup->high;
		tier->low = setup->high / 2;
		tier->limit = i == setup->limited ? 1 : HMT_PAGES_MAX;
		for (h = 0; h < HEATS; h++) {
			tier->hist[heats[h]] = fillings[filling[i]][h];
			tier->free -= fillings[filling[i]][h];
		}
	}
	in.tiers[0].demand = setup->demand;
	if (setup->edges & 1)
		add_edge(setup, 0, 1);
	if (setup->edges & 2)
		add_edge(setup, 0, 2);
	if (setup->edges & 4)
		add_edge(setup, 1, 2);
}

/* Check whether edges lead from @upper to @lower. */
static bool leads(const struct setup *setup, unsigned int upper,
		  unsigned int lower)
{
	static const unsigned char direct[TIERS][TIERS] = {
		[0][1] = 1, [0][2] = 2, [1][2] = 4,
	};

	if (setup->edges & direct[upper][lower])
		return true;
	return !upper && lower == 2 && (setup->edges & 5) == 5;
}

static void check_conserved(const struct setup *setup)
{
	unsigned int i, h, heat;

	for (h = 0; h < HEATS; h++) {
		s64 sum = 0;

		heat = heats[h];
		for (i = 0; i < TIERS; i++)
			sum += out.expected.tiers[i].hist[heat] -
			       before.tiers[i].hist[heat];
		check(!sum, "%s: %lld pages of heat %u appear",
		      system_of(setup), sum, heat);
	}
	for (i = 0; i < TIERS; i++) {
		const struct hmt_policy_tier *tier = &out.expected.tiers[i];

		check(tier->free + (s64)tier->used == PAGES,
		      "%s: tier %u has %llu used and %lld free",
		      system_of(setup), i, tier->used, tier->free);
	}
}

static void check_quotas(const struct setup *setup)
{
	u64 up = 0, down = 0;
	unsigned int i, to;

	for (i = 0; i < TIERS; i++) {
		const struct hmt_policy_verdict *verdict = &out.tiers[i];
		u64 sum = 0;

		for (to = 0; to < TIERS; to++) {
			check(!verdict->targets_quota[to] ||
			      leads(setup, i, to),
			      "%s: %llu pages of tier %u go to %u",
			      system_of(setup), verdict->targets_quota[to], i,
			      to);
			sum += verdict->targets_quota[to];
		}
		check(sum == verdict->demote_quota,
		      "%s: tier %u gives %llu, its targets get %llu",
		      system_of(setup), i, verdict->demote_quota, sum);
		up += verdict->promote_quota;
		down += verdict->demote_quota;
	}
	check(up + out.expected.promote_budget == setup->promote &&
	      down + out.expected.demote_budget == setup->demote,
	      "%s: %llu up, %llu down", system_of(setup), up, down);
	moves += up + down;
}

/* A tier that passes pages on may be too full for the moment, no other. */
static void check_room(const struct setup *setup)
{
	unsigned int i, j;

	for (i = 0; i < TIERS; i++) {
		const struct hmt_policy_tier *tier = &out.expected.tiers[i];
		s64 free = before.tiers[i].free, high = tier->high;
		u64 used = PAGES - free;
		bool entered = false;

		for (j = 0; j < i; j++)
			entered |= out.tiers[j].targets_quota[i];
		if (entered && tier->nr_targets)
			continue;
		check(tier->free >= (free < high ? free : high),
		      "%s: tier %u has %lld pages left", system_of(setup), i,
		      tier->free);
		check(tier->used <= (used > tier->limit ? used : tier->limit),
		      "%s: tier %u has %llu pages, its limit is %llu",
		      system_of(setup), i, tier->used, tier->limit);
	}
}

/* Offer each page to the verdicts: all go where edges lead, and none twice. */
static void place_pages(const struct setup *setup,
			enum hmt_direction direction)
{
	unsigned int i, h;
	u64 page;

	for (i = 0; i < TIERS; i++)
		for (h = 0; h < HEATS; h++)
			for (page = 0; page < before.tiers[i].hist[heats[h]];
			     page++) {
				int to = hmt_policy_reserve(&out, direction, i,
							    heats[h]);

				if (to == HMT_TIER_NONE)
					continue;
				check(to >= 0 && to < TIERS &&
				      (direction == HMT_DIR_DEMOTE ?
					       leads(setup, i, to) :
					       leads(setup, to, i)),
				      "%s: a page of tier %u goes to %d",
				      system_of(setup), i, to);
			}
}

/*
 * Linked in place of the function: it takes most of the time, and depends on the
 * number of pages of each heat only, of which there are few.
 */
void __wrap_hmt_policy_find_means(const struct hmt_policy_in *policy_in,
				  struct hmt_policy_means *means)
{
	static struct hmt_policy_means known[ALL_PAGES][ALL_PAGES][ALL_PAGES];
	static bool is_known[ALL_PAGES][ALL_PAGES][ALL_PAGES];
	unsigned int n[HEATS] = {}, i, h;

	for (i = 0; i < TIERS; i++)
		for (h = 0; h < HEATS; h++)
			n[h] += policy_in->tiers[i].hist[heats[h]];
	check(n[0] < ALL_PAGES && n[1] < ALL_PAGES && n[2] < ALL_PAGES,
	      "more pages than there are");
	if (!is_known[n[0]][n[1]][n[2]]) {
		__real_hmt_policy_find_means(policy_in,
					     &known[n[0]][n[1]][n[2]]);
		is_known[n[0]][n[1]][n[2]] = true;
	}
	*means = known[n[0]][n[1]][n[2]];
}

static void decide(const struct setup *setup)
{
	unsigned int pass;

	before = in;
	hmt_policy_run(&before, &out);
	check_conserved(setup);
	check_quotas(setup);
	check_room(setup);
	place_pages(setup, HMT_DIR_DEMOTE);
	place_pages(setup, HMT_DIR_PROMOTE);
	for (pass = 0; pass < PASSES_MAX; pass++) {
		in = out.expected;
		in.promote_budget = HMT_PAGES_MAX;
		in.demote_budget = HMT_PAGES_MAX;
		hmt_policy_run(&in, &out);
		if (!hmt_policy_has_moves(&out, HMT_DIR_DEMOTE) &&
		    !hmt_policy_has_moves(&out, HMT_DIR_PROMOTE))
			break;
	}
	check(pass < PASSES_MAX, "%s: pages move forever", system_of(setup));
	states++;
}

static void decide_all(const struct setup *setup)
{
	unsigned int filling[TIERS];

	for (filling[0] = 0; filling[0] < FILLINGS; filling[0]++)
		for (filling[1] = 0; filling[1] < FILLINGS; filling[1]++)
			for (filling[2] = 0; filling[2] < FILLINGS;
			     filling[2]++) {
				make(setup, filling);
				decide(setup);
			}
}

int main(void)
{
	static const u64 budgets[][2] = {
		{ HMT_PAGES_MAX, HMT_PAGES_MAX }, { 1, 1 },
		{ 0, HMT_PAGES_MAX }, { 1, 0 },
	};
	struct setup setup;
	unsigned int i;

	make_fillings();
	for (i = 0; i < 8 * 4 * 2 * 2 * 2 * 4; i++) {
		setup = (struct setup) {
			.edges = i % 8,
			.limited = i / 8 % 4,
			.high = i / 32 % 2,
			.demand = i / 64 % 2,
			.weighted = i / 128 % 2,
			.promote = budgets[i / 256][0],
			.demote = budgets[i / 256][1],
		};
		/* Weights need two targets. */
		if (setup.weighted && (setup.edges & 3) != 3)
			continue;
		decide_all(&setup);
	}
	check(moves > states / 4, "only %lu moves", moves);
	finish("policy: all small systems", 600000);
	return 0;
}
