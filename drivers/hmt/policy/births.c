// SPDX-License-Identifier: GPL-2.0
/*
 * Policy on births: pages that processes allocate, in bursts that come again. A child
 * that makes a snapshot, a request or a job allocates pages, and frees as many when it
 * ends. Pages that find no room in a fast tier are born in a slower one, and those that
 * are hot are promoted afterwards. When free pages of the tier are left to the next
 * burst no page of it has to move.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
#include <linux/minmax.h>
#include <linux/types.h>
#include "policy.h"

/* Divisor: fewer pages of a tier than this part are no burst. */
#define HMT_POLICY_BIRTHS_LEAST		64

/* Divisor: part of that in a look with which a burst begins, or goes on. */
#define HMT_POLICY_BIRTHS_LOOK		16

/* Divisor: part of a tier that is left to births at most. */
#define HMT_POLICY_BIRTHS_MOST		4

/* Time without births that ends a burst, ns. */
#define HMT_POLICY_BIRTHS_QUIET_NS	1000000000ULL

/*
 * Room is left for this number of times the time between two bursts, but not longer than
 * the second number, ns.
 */
#define HMT_POLICY_BIRTHS_AGAIN		2
#define HMT_POLICY_BIRTHS_AGAIN_NS	300000000000ULL

/* The same for the time from the begin of a burst until its pages were freed. */
#define HMT_POLICY_BIRTHS_FREED		4
#define HMT_POLICY_BIRTHS_FREED_NS	64000000000ULL

/* Leave room for @ns from @now on, unless it is left for longer. */
static void hmt_policy_births_keep(struct hmt_policy_births *births, u64 now,
				   u64 ns)
{
	births->until = max(births->until, now + ns);
}

/* A burst has begun since the last look, at @now. */
static void hmt_policy_births_begin(struct hmt_policy_births *births, u64 now)
{
	u64 ns = HMT_POLICY_BIRTHS_AGAIN * (now - births->began);

	if (births->began) {
		births->returned = max(births->filled, 0LL);
		hmt_policy_births_keep(births, now,
				       min(ns, HMT_POLICY_BIRTHS_AGAIN_NS));
	}
	births->began = births->looked;
	births->before = births->room;
	births->filled = 0;
	births->spilled = 0;
	births->freed = 0;
}

/* Return how many of the pages that were born elsewhere are likely to come again. */
static u64 hmt_policy_births_again(const struct hmt_policy_births *births,
				   u64 now)
{
	u64 pages = births->returned;

	if (now - births->began <= HMT_POLICY_BIRTHS_FREED_NS)
		pages = max_t(u64, pages, births->freed);
	return min(pages, births->spilled);
}

/**
 * hmt_policy_births() - find the free pages of a tier to be left to births
 * @births: state of the tier; all 0 at first, updated
 * @look: births since the last look
 *
 * Pages that were born elsewhere have to be freed soon, or to come again after HMT has
 * filled the room that they lacked.
 *
 * Return: number of pages
 */
u64 hmt_policy_births(struct hmt_policy_births *births,
		      const struct hmt_policy_births_look *look)
{
	u64 least = look->capacity / HMT_POLICY_BIRTHS_LEAST;
	u64 now = look->now_ns, again;

	if (now >= births->until)
		births->room = 0;
	births->filled += look->filled;
	if (look->spilled > least / HMT_POLICY_BIRTHS_LOOK ||
	    (births->room && 2 * look->taken >= (s64)births->room)) {
		if (!births->began ||
		    births->looked - births->born >= HMT_POLICY_BIRTHS_QUIET_NS)
			hmt_policy_births_begin(births, now);
		births->spilled += look->spilled;
		births->born = now;
	}
	births->freed = max(births->freed - look->taken, 0LL);
	again = hmt_policy_births_again(births, now);
	if (again && again >= least) {
		births->room = min(max(births->room, births->before + again),
				   look->capacity / HMT_POLICY_BIRTHS_MOST);
		if (-look->taken >= (s64)least)
			hmt_policy_births_keep(births, now,
					       min(HMT_POLICY_BIRTHS_FREED *
							   (now - births->began),
						   HMT_POLICY_BIRTHS_FREED_NS));
	}
	if (now >= births->until)
		births->room = 0;
	births->looked = now;
	return births->room;
}
EXPORT_SYMBOL_IF_KUNIT(hmt_policy_births);
