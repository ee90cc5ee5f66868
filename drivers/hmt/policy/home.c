// SPDX-License-Identifier: GPL-2.0
/*
 * Home of a process: the node whose CPUs run it. Pages follow the home, so it
 * changes only where the new one is clear and stays so.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/*
 * Shares of CPU time in eighths: a node becomes the home with 3/4 of the time,
 * and is no longer the home below 5/8. Threads that use two nodes alike have
 * none, so their pages stay.
 */
#define HMT_HOME_ENTER		6
#define HMT_HOME_LEAVE		5
#define HMT_HOME_WHOLE		8

/**
 * hmt_policy_home_init() - begin without a home
 * @home: initialised
 */
void hmt_policy_home_init(struct hmt_policy_home *home)
{
	*home = (struct hmt_policy_home) {
		.node = HMT_HOME_NONE,
		.last = HMT_HOME_NONE,
		.next = HMT_HOME_NONE,
	};
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_home_init);

/* Return the home that the CPU time of the last passes speaks for. */
static int hmt_policy_home_of(const struct hmt_policy_home *home,
			      const u64 *time, unsigned int nr_nodes)
{
	unsigned int busiest = 0, i;
	u64 whole = 0;

	for (i = 0; i < nr_nodes; i++) {
		whole += time[i];
		if (time[i] > time[busiest])
			busiest = i;
	}
	whole /= HMT_HOME_WHOLE;
	if (!whole)
		return home->node;
	if (home->node != HMT_HOME_NONE &&
	    time[home->node] >= whole * HMT_HOME_LEAVE)
		return home->node;
	return time[busiest] >= whole * HMT_HOME_ENTER ? (int)busiest :
							 HMT_HOME_NONE;
}

static void hmt_policy_home_stay(struct hmt_policy_home *home)
{
	home->next = home->node;
	home->passes = 0;
	if (!home->changes || ++home->steady < HMT_HOME_STEADY)
		return;
	home->steady = 0;
	home->changes--;
}

static void hmt_policy_home_change(struct hmt_policy_home *home)
{
	home->node = home->next;
	home->passes = 0;
	home->steady = 0;
	if (home->node == HMT_HOME_NONE)
		return;
	if (home->last != HMT_HOME_NONE && home->last != home->node)
		home->changes = min(home->changes + 1, HMT_HOME_DOUBLED);
	home->last = home->node;
}

/*
 * Return the number of passes for which another home must be clear. The first
 * one counts at once: without it, the first moves would be by room alone, and
 * be repeated.
 */
static unsigned int hmt_policy_home_wait(const struct hmt_policy_home *home)
{
	return home->last == HMT_HOME_NONE ? 1 :
					     HMT_HOME_PASSES << home->changes;
}

/**
 * hmt_policy_home_update() - update a home after a pass
 * @home: home
 * @time: CPU time of the process by node, decayed over the last passes; any unit
 * @nr_nodes: number of entries in @time
 *
 * The first clear node is the home. Another one must be clear for
 * HMT_HOME_PASSES passes in succession. Each
 * recent change of the home doubles that, so that a process that the scheduler
 * moves back and forth does not take its pages along every time.
 */
void hmt_policy_home_update(struct hmt_policy_home *home, const u64 *time,
			    unsigned int nr_nodes)
{
	int next = hmt_policy_home_of(home, time, nr_nodes);

	if (next == home->node) {
		hmt_policy_home_stay(home);
		return;
	}
	home->steady = 0;
	if (next != home->next) {
		home->next = next;
		home->passes = 0;
	}
	if (++home->passes >= hmt_policy_home_wait(home))
		hmt_policy_home_change(home);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_home_update);

/**
 * hmt_policy_bring_home() - decide which pages move to their home
 * @in: histogram of pages that are away from home
 * @out: verdicts; promotions have taken their part of the budget
 *
 * The hottest pages come first. Pages below HMT_POLICY_AWAY stay, because they
 * would not repay the move.
 */
void hmt_policy_bring_home(const struct hmt_policy_in *in,
			   struct hmt_policy_out *out)
{
	u64 budget = out->expected.promote_budget;
	unsigned int heat = HMT_HEAT_LEVELS;

	out->home_min = HMT_HEAT_LEVELS;
	out->home_quota = 0;
	while (heat-- > HMT_POLICY_AWAY && budget) {
		u64 pages = min(in->away[heat], budget);

		if (!pages)
			continue;
		out->home_min = heat;
		out->home_quota += pages;
		budget -= pages;
	}
	out->expected.promote_budget = budget;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_bring_home);
