// SPDX-License-Identifier: GPL-2.0
/*
 * Workloads have engines of their own, and each knows its own pages only. So that
 * one that came first does not keep the fast tiers full of pages that are cold,
 * each tells how many hot pages found no room, and the others give up so many cold
 * ones. What they are is the policy's business, see policy.c.
 */
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include "policy/policy.h"
#include "workload.h"

/* Protects the list and all claims; nothing is taken under it. */
static DEFINE_SPINLOCK(hmt_demand_lock);
static LIST_HEAD(hmt_demand_all);

/* Context: process. */
void hmt_demand_add(struct hmt_demand *demand)
{
	memset(demand->pages, 0, sizeof(demand->pages));
	spin_lock(&hmt_demand_lock);
	list_add_tail(&demand->link, &hmt_demand_all);
	spin_unlock(&hmt_demand_lock);
}

/* Context: process. */
void hmt_demand_remove(struct hmt_demand *demand)
{
	spin_lock(&hmt_demand_lock);
	list_del(&demand->link);
	spin_unlock(&hmt_demand_lock);
}

/* Tell the policy of the owner of @demand what others want of each tier. */
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

/* Take off what others claim of tier @i what is given up for them. */
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
 * Claim what the policy of the owner found no room for. What it gives up is no
 * longer to be given up by others, too.
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

/* The owner wants nothing: it has no graph, or only pretends to move. */
void hmt_demand_drop(struct hmt_demand *demand)
{
	spin_lock(&hmt_demand_lock);
	memset(demand->pages, 0, sizeof(demand->pages));
	spin_unlock(&hmt_demand_lock);
}
