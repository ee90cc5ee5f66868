// SPDX-License-Identifier: GPL-2.0
/*
 * What a live workload knows of a chunk. The engine alone changes its heat maps
 * and waits for nobody, so readers take what they find: chunks stay chunks of
 * heat for as long as RCU readers are at them, whoever they belong to.
 */
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/string.h>
#include "hmt.h"
#include "heat/heat.h"
#include "workload.h"

static void hmt_view_copy_heat(struct hmt_view *view, struct hmt_space *space,
			       unsigned long addr)
{
	const u8 *chunk = hmt_heat_map_chunk(&space->heat, addr);

	if (!chunk)
		return;
	memcpy(view->heat, chunk, sizeof(view->heat));
	/* Given up meanwhile, it may have been another's. */
	if (hmt_heat_map_chunk(&space->heat, addr) != chunk)
		memset(view->heat, 0, sizeof(view->heat));
}

static void hmt_view_copy_tiers(struct hmt_view *view,
				struct hmt_workload *workload)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&workload->tiers_seq);
		view->nr_tiers = min_t(unsigned int, HMT_TIERS_MAX,
				       READ_ONCE(workload->nr_tiers));
		memcpy(view->tiers, workload->tiers, sizeof(view->tiers));
	} while (read_seqcount_retry(&workload->tiers_seq, seq));
}

/* Fill @view for the chunk of @addr in @mm, whose mm_users the caller holds. */
void hmt_view_get(struct hmt_view *view, const struct mm_struct *mm,
		  unsigned long addr)
{
	struct hmt_space *space;

	memset(view, 0, sizeof(*view));
	rcu_read_lock();
	space = hmt_space_of(mm, NULL);
	if (space) {
		view->managed = true;
		view->known = hmt_space_is_known(space);
		hmt_view_copy_heat(view, space, addr);
		hmt_view_copy_tiers(view, hmt_workload_of(space));
	}
	rcu_read_unlock();
}

/* What the last pass made of a page that warm in the tier called @name. */
enum hmt_why hmt_view_judge(const struct hmt_view *view, const char *name,
			    u8 heat)
{
	const struct hmt_tier_stats *tier = view->tiers;
	unsigned int i, index = 0;

	while (index < view->nr_tiers && strcmp(tier[index].name, name))
		index++;
	if (index == view->nr_tiers)
		return HMT_WHY_NEW;
	if (heat < tier[index].demote_max)
		return HMT_WHY_DEMOTE;
	for (i = 0; i < index; i++)
		if (tier[index].above & BIT(i) && heat >= tier[i].promote_min)
			return HMT_WHY_PROMOTE;
	return HMT_WHY_KEPT;
}
