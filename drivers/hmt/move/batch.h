/* SPDX-License-Identifier: GPL-2.0 */
/* Part of move.h: batches, and movers that execute them. */
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
 * @nr: number of pages in @addr
 * @addr: page addresses, ascending
 * @result: number of pages, by &enum hmt_result; filled in by the mover
 */
struct hmt_batch {
	struct mm_struct *mm;
	u32 from;
	u32 to;
	nodemask_t allowed;
	unsigned int nr;
	unsigned long addr[HMT_BATCH_PAGES];
	unsigned int result[HMT_RESULTS];
};

/**
 * struct hmt_mover - a mechanism that moves pages
 * @name: name for traces
 * @move: move the pages of a batch from the first memory to the second, and
 *	account each in @batch->result; the counts add up to @batch->nr. Takes
 *	the mmap lock for reading.
 *	Context: process, no lock held, may sleep.
 */
struct hmt_mover {
	const char *name;
	void (*move)(struct hmt_batch *batch, const struct hmt_memory *from,
		     const struct hmt_memory *to);
};

extern const struct hmt_mover hmt_hmm_mover;

#endif /* _HMT_MOVE_BATCH_H */
