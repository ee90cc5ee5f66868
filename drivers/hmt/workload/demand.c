// SPDX-License-Identifier: GPL-2.0
/*
 * Demand between workloads. Each workload has its own engine, which knows only
 * the pages of that workload. Each engine publishes the number of its hot pages
 * without room, and the others yield that many cold pages, so that a workload
 * that started early does not keep cold pages in fast tiers. For the part that the
 * workload is guaranteed they yield pages of any heat. The policy selects these
 * pages, see policy.c.
 */
#include <linux/export.h>
#include <kunit/visibility.h>
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

static void hmt_demand_clear(struct hmt_demand *demand)
{
	lockdep_assert_held(&hmt_demand_lock);
	memset(demand->pages, 0, sizeof(demand->pages));
	memset(demand->owed, 0, sizeof(demand->owed));
	memset(demand->claims, 0, sizeof(demand->claims));
	memset(demand->protect, 0, sizeof(demand->protect));
	memset(demand->used, 0, sizeof(demand->used));
}

/* Check whether @other is of another workload in the graph of @generation. */
static bool hmt_demand_is_other(const struct hmt_demand *other,
				const struct hmt_demand *demand, u64 generation)
{
	return other != demand && other->generation == generation;
}

/* Add the demand of a workload that starts, initially 0. Context: process. */
void hmt_demand_add(struct hmt_demand *demand)
{
	spin_lock(&hmt_demand_lock);
	hmt_demand_clear(demand);
	list_add_tail(&demand->link, &hmt_demand_all);
	spin_unlock(&hmt_demand_lock);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_demand_add);

/* Remove the demand of a workload that has stopped. Context: process. */
void hmt_demand_remove(struct hmt_demand *demand)
{
	spin_lock(&hmt_demand_lock);
	list_del(&demand->link);
	spin_unlock(&hmt_demand_lock);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_demand_remove);

/*
 * Publish the pages of the workload and those that it is guaranteed, of @in. While
 * it has no page at all, as between two runs of its program, others need not share
 * a tier with it.
 */
void hmt_demand_enter(struct hmt_demand *demand, u64 generation,
		      const struct hmt_policy_in *in)
{
	unsigned int i;
	u64 pages = 0;

	spin_lock(&hmt_demand_lock);
	if (demand->generation != generation)
		hmt_demand_clear(demand);
	demand->generation = generation;
	for (i = 0; i < in->nr_tiers; i++) {
		demand->used[i] = hmt_policy_pages(&in->tiers[i]);
		pages += demand->used[i];
	}
	for (i = 0; i < in->nr_tiers; i++)
		demand->protect[i] = pages ? in->tiers[i].protect : 0;
	spin_unlock(&hmt_demand_lock);
}

/*
 * Add the demand of the other workloads in the same graph, and the pages of all, to
 * @in, and scale the guarantee of the workload by the guarantees of all.
 */
void hmt_demand_read(const struct hmt_demand *demand, u64 generation,
		     struct hmt_policy_in *in)
{
	const struct hmt_demand *other;
	unsigned int i;

	spin_lock(&hmt_demand_lock);
	for (i = 0; i < in->nr_tiers; i++) {
		struct hmt_policy_tier *tier = &in->tiers[i];
		u64 protect = tier->protect, used = hmt_policy_pages(tier);

		list_for_each_entry(other, &hmt_demand_all, link) {
			if (!hmt_demand_is_other(other, demand, generation))
				continue;
			tier->demand += other->pages[i];
			tier->owed += other->owed[i];
			tier->claim += other->claims[i];
			protect += other->protect[i];
			tier->promised += other->protect[i];
			used += other->used[i];
		}
		tier->managed = used;
		hmt_policy_scale_protect(tier, protect, used);
	}
	spin_unlock(&hmt_demand_lock);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_demand_read);

/*
 * Subtract @pages, which are yielded in tier @i, from other demand: first from the
 * part that is guaranteed, because the room is left to claims.
 */
static void hmt_demand_serve(const struct hmt_demand *demand, u64 generation,
			     unsigned int i, u64 pages)
{
	struct hmt_demand *other;
	u64 served;

	lockdep_assert_held(&hmt_demand_lock);
	list_for_each_entry(other, &hmt_demand_all, link) {
		if (!hmt_demand_is_other(other, demand, generation))
			continue;
		served = min(other->owed[i], pages);
		other->owed[i] -= served;
		other->pages[i] -= served;
		pages -= served;
	}
	list_for_each_entry(other, &hmt_demand_all, link) {
		if (!hmt_demand_is_other(other, demand, generation))
			continue;
		served = min(other->pages[i], pages);
		other->pages[i] -= served;
		pages -= served;
	}
}

/*
 * Publish the pages for which the policy found no room. Pages that this
 * workload yields are subtracted from the demand of others, so that they are
 * not yielded twice. The claims of others stay until their next decision, so that
 * the room stays free for them.
 *
 * Pages that are about to leave a tier no longer count as used there. Once they have
 * left they are free memory as well, and counted twice they would let others claim
 * too much, which they would have to return. Pages that are about to come are free
 * memory until then, and count as that.
 */
void hmt_demand_publish(struct hmt_demand *demand, u64 generation,
			const struct hmt_policy_out *out)
{
	unsigned int i;

	spin_lock(&hmt_demand_lock);
	demand->generation = generation;
	for (i = 0; i < out->nr_tiers; i++) {
		demand->pages[i] = out->tiers[i].unplaced;
		demand->owed[i] = out->tiers[i].claimed;
		demand->claims[i] = out->tiers[i].claimed;
		demand->used[i] = min(demand->used[i],
				      out->expected.tiers[i].used);
		hmt_demand_serve(demand, generation, i, out->tiers[i].yielded);
	}
	spin_unlock(&hmt_demand_lock);
}
EXPORT_SYMBOL_IF_KUNIT(hmt_demand_publish);

/* Withdraw the demand, because the workload has no graph or is in a dry run. */
void hmt_demand_drop(struct hmt_demand *demand)
{
	spin_lock(&hmt_demand_lock);
	hmt_demand_clear(demand);
	spin_unlock(&hmt_demand_lock);
}
