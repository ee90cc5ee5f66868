// SPDX-License-Identifier: GPL-2.0
/*
 * State of a live workload for readers. Only the engine changes heat maps, and
 * it does not wait for readers. They read a chunk that may be freed and reused
 * in the meantime; its memory remains a chunk of heat under RCU.
 */
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/string.h>
#include "hmt.h"
#include "heat/heat.h"
#include "workload.h"

static void hmt_snapshot_copy_heat(struct hmt_snapshot *snapshot,
				   struct hmt_mm *managed, unsigned long addr)
{
	const u8 *chunk = hmt_heat_map_chunk(&managed->heat, addr);

	if (!chunk)
		return;
	memcpy(snapshot->heat, chunk, sizeof(snapshot->heat));
	/* The chunk was freed in the meantime and may have been reused. */
	if (hmt_heat_map_chunk(&managed->heat, addr) != chunk)
		memset(snapshot->heat, 0, sizeof(snapshot->heat));
}

static void hmt_snapshot_copy_tiers(struct hmt_snapshot *snapshot,
				    struct hmt_workload *workload)
{
	unsigned int seq;

	do {
		seq = read_seqcount_begin(&workload->tiers_seq);
		snapshot->nr_tiers = min_t(unsigned int, HMT_TIERS_MAX,
					   READ_ONCE(workload->nr_tiers));
		snapshot->generation = workload->generation;
		memcpy(snapshot->tiers, workload->tiers,
		       sizeof(snapshot->tiers));
	} while (read_seqcount_retry(&workload->tiers_seq, seq));
}

/*
 * Fill @snapshot for the chunk of @addr in @mm, whose mm_users the caller
 * holds.
 */
void hmt_snapshot_read(struct hmt_snapshot *snapshot,
		       const struct mm_struct *mm, unsigned long addr)
{
	struct hmt_mm *managed;

	memset(snapshot, 0, sizeof(*snapshot));
	rcu_read_lock();
	managed = hmt_mm_lookup(mm);
	if (managed) {
		snapshot->managed = true;
		snapshot->known = hmt_mm_is_warmed_up(managed);
		snapshot->away = managed->away;
		hmt_snapshot_copy_heat(snapshot, managed, addr);
		hmt_snapshot_copy_tiers(snapshot, hmt_workload_of(managed));
	}
	rcu_read_unlock();
}

/*
 * Return the verdict of the last pass on a page of @heat on memory @uid, in tier
 * @index of the graph of @generation.
 */
enum hmt_why hmt_snapshot_judge(const struct hmt_snapshot *snapshot,
				u64 generation, unsigned int index, u32 uid,
				u8 heat)
{
	const struct hmt_tier_stats *tiers = snapshot->tiers;
	unsigned int i;

	if (snapshot->generation != generation || index >= snapshot->nr_tiers)
		return HMT_WHY_NEW;
	if (heat < tiers[index].demote_max)
		return HMT_WHY_DEMOTE;
	for (i = 0; i < index; i++)
		if (tiers[index].above & BIT(i) && heat >= tiers[i].promote_min)
			return HMT_WHY_PROMOTE;
	if (heat >= HMT_POLICY_AWAY && uid < MAX_NUMNODES &&
	    node_isset(uid, snapshot->away))
		return HMT_WHY_HOME;
	return HMT_WHY_KEPT;
}
