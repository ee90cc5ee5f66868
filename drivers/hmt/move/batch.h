/* SPDX-License-Identifier: GPL-2.0 */
/* Part of move.h: batches. */
#ifndef _HMT_MOVE_BATCH_H
#define _HMT_MOVE_BATCH_H

#include <linux/hmt_internal.h>
#include <linux/mm_types.h>
#include <linux/nodemask.h>
#include <linux/types.h>

/**
 * struct hmt_batch - pages of one address space to move along one edge
 * @mm: address space; the caller holds mm_users
 * @from: UID of the memory that the pages are expected on
 * @to: UID of the destination
 * @allowed: nodes that the process may use (cpuset and task policy); device
 *	memory counts as memory of its node
 * @huge: @addr has one address, of a huge page that is mapped as a whole
 * @nr: number of pages in @addr
 * @addr: page addresses, ascending
 * @stats: results in base pages; filled in by the mover
 */
struct hmt_batch {
	struct mm_struct *mm;
	u32 from;
	u32 to;
	nodemask_t allowed;
	bool huge;
	unsigned int nr;
	unsigned long addr[HMT_BATCH_PAGES];
	struct hmt_move_stats stats;
};

/* Return the number of base pages of a batch of the mover hmm. */
static inline unsigned int hmt_batch_pages(const struct hmt_batch *batch)
{
	return batch->huge ? HMT_CHUNK_PAGES : batch->nr;
}

static inline void hmt_batch_count(struct hmt_batch *batch,
				   enum hmt_result result, unsigned int pages)
{
	batch->stats.pages[result] += pages;
}

#endif /* _HMT_MOVE_BATCH_H */
