// SPDX-License-Identifier: GPL-2.0
/*
 * Demand between workloads. Each workload has its own engine, which knows only
 * the pages of that workload. Each engine publishes the number of its hot pages
 * without room, and the others yield that many cold pages, so that a workload
 * that started early does not keep cold pages in fast tiers. The policy selects
 * these pages, see policy.c.
 */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "policy/policy.h"
#include "workload.h"

/* Protects the list and all demand; no other lock is taken under it. */
static DEFINE_SPINLOCK(hmt_demand_lock);
static LIST_HEAD(hmt_demand_all);

/* Add the demand of a workload that starts, initially 0. Context: process. */
void hmt_demand_add(struct hmt_demand *demand)
{
	memset(demand->pages, 0, sizeof(demand->pages));
	spin_lock(&hmt_demand_lock);
	list_add_tail(&demand->link, &hmt_demand_all);
	spin_unlock(&hmt_demand_lock);
}

/* Remove the demand of a workload that has stopped. Context: process. */
void hmt_demand_remove(struct hmt_demand *demand)
{
	spin_lock(&hmt_demand_lock);
	list_del(&demand->link);
	spin_unlock(&hmt_demand_lock);
}

/* Add the demand of the other workloads in the same graph to @in. */
void hmt_demand_read(const struct hmt_demand *demand, u64 generation,
		     struct hmt_policy_in *in)
{
	const struct hmt_demand *other;
	unsigned int i;

	spin_lock(&hmt_demand_lock);
	list_for_each_entry(other, &hmt_demand_all, link) {
		if (other == demand || other->generation != generation)
			continue;
		for (i = 0; i < in->nr_tiers; i++)
			in->tiers[i].demand += other->pages[i];
	}
	spin_unlock(&hmt_demand_lock);
}

/* Subtract @pages, which are yielded in tier @i, from other demand. */
static void hmt_demand_serve(const struct hmt_demand *demand, u64 generation,
			     unsigned int i, u64 pages)
{
	struct hmt_demand *other;

	lockdep_assert_held(&hmt_demand_lock);
	list_for_each_entry(other, &hmt_demand_all, link) {
		u64 served = min(other->pages[i], pages);

		if (other == demand || other->generation != generation)
			continue;
		other->pages[i] -= served;
		pages -= served;
	}
}

/*
 * Publish the pages for which the policy found no room. Pages that this
 * workload yields are subtracted from the demand of others, so that they are
 * not yielded twice.
 */
void hmt_demand_publish(struct hmt_demand *demand, u64 generation,
			const struct hmt_policy_out *out)
{
	unsigned int i;

	spin_lock(&hmt_demand_lock);
	demand->generation = generation;
	for (i = 0; i < out->nr_tiers; i++) {
		demand->pages[i] = out->tiers[i].unplaced;
		hmt_demand_serve(demand, generation, i, out->tiers[i].yielded);
	}
	spin_unlock(&hmt_demand_lock);
}

/* Withdraw the demand, because the workload has no graph or is in a dry run. */
void hmt_demand_drop(struct hmt_demand *demand)
{
	spin_lock(&hmt_demand_lock);
	memset(demand->pages, 0, sizeof(demand->pages));
	spin_unlock(&hmt_demand_lock);
}
