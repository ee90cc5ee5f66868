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
static DEFINE_SPINLOCK(hmt_claims_lock);
static LIST_HEAD(hmt_claims_all);

/* Context: process. */
void hmt_claims_add(struct hmt_claims *claims)
{
	memset(claims->pages, 0, sizeof(claims->pages));
	spin_lock(&hmt_claims_lock);
	list_add_tail(&claims->link, &hmt_claims_all);
	spin_unlock(&hmt_claims_lock);
}

/* Context: process. */
void hmt_claims_remove(struct hmt_claims *claims)
{
	spin_lock(&hmt_claims_lock);
	list_del(&claims->link);
	spin_unlock(&hmt_claims_lock);
}

/* Tell the policy of the owner of @claims what others want of each tier. */
void hmt_claims_hear(const struct hmt_claims *claims, u64 generation,
		     struct hmt_policy_in *in)
{
	const struct hmt_claims *other;
	unsigned int i;

	spin_lock(&hmt_claims_lock);
	list_for_each_entry(other, &hmt_claims_all, link) {
		if (other == claims || other->generation != generation)
			continue;
		for (i = 0; i < in->nr_tiers; i++)
			in->tiers[i].claimed += other->pages[i];
	}
	spin_unlock(&hmt_claims_lock);
}

/* Take off what others claim of tier @i what is given up for them. */
static void hmt_claims_serve(const struct hmt_claims *claims, u64 generation,
			     unsigned int i, u64 pages)
{
	struct hmt_claims *other;

	lockdep_assert_held(&hmt_claims_lock);
	list_for_each_entry(other, &hmt_claims_all, link) {
		u64 served = min(other->pages[i], pages);

		if (other == claims || other->generation != generation)
			continue;
		other->pages[i] -= served;
		pages -= served;
	}
}

/*
 * Claim what the policy of the owner found no room for. What it gives up is no
 * longer to be given up by others, too.
 */
void hmt_claims_tell(struct hmt_claims *claims, u64 generation,
		     const struct hmt_policy_out *out)
{
	unsigned int i;

	spin_lock(&hmt_claims_lock);
	claims->generation = generation;
	for (i = 0; i < out->nr_tiers; i++) {
		claims->pages[i] = out->tiers[i].claim;
		hmt_claims_serve(claims, generation, i, out->tiers[i].yielded);
	}
	spin_unlock(&hmt_claims_lock);
}

/* The owner wants nothing: it has no graph, or only pretends to move. */
void hmt_claims_drop(struct hmt_claims *claims)
{
	spin_lock(&hmt_claims_lock);
	memset(claims->pages, 0, sizeof(claims->pages));
	spin_unlock(&hmt_claims_lock);
}
