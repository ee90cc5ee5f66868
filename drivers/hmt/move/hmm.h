/* SPDX-License-Identifier: GPL-2.0 */
/* Part of move/: the state of a batch of the mover hmm. */
#ifndef _HMT_MOVE_HMM_H
#define _HMT_MOVE_HMM_H

#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/migrate.h>
#include <linux/types.h>
#include "batch.h"

struct vm_area_struct;

/*
 * Number of parts of a batch that are unmapped at a time, while a device copies
 * the first of them.
 */
#define HMT_HMM_PARTS	16

/*
 * A device copies a job while HMT unmaps the next one, or maps the one before. A job
 * that takes the link of the device this long, in us, is worth the messages to the
 * device and the wait; one of fewer pages is not.
 */
#define HMT_HMM_JOB_US		64
#define HMT_HMM_JOB_PAGES	16

/**
 * struct hmt_hmm_part - adjacent pages of one VMA, unmapped together
 * @args: arguments of migrate_vma_setup()
 * @first: its first copy in &hmt_hmm_run.copies
 * @end: end (exclusive) of its copies
 * @job: job of the device that makes the copies, after those of parts before it
 *	that are waited for together; NULL: there is nothing to wait for. See
 *	&hmt_memory_ops.copy_begin
 * @waits: HMT waits for @job before it maps the part, and not for a later one
 */
struct hmt_hmm_part {
	struct migrate_vma args;
	unsigned int first;
	unsigned int end;
	void *job;
	bool waits;
};

/**
 * struct hmt_hmm_run - state of a batch
 * @parts: parts that are unmapped and whose copies are being made
 * @nr_parts: entries in @parts
 * @part_pages: largest number of adjacent pages of a part, and least number of
 *	pages to wait for
 * @job: last job of the device that the next part may be waited for with, or NULL
 * @job_first: first copy of the jobs that are waited for with it
 * @copying: the device may be making copies of @parts
 * @src: pages that migrate_vma_setup() collected, of one part after the other
 * @dst: destinations; 0: the page stays
 * @used: used entries of @src and @dst
 * @copies: pages to copy
 * @index: index of each copy in the @src of its part
 * @nr: entries in @copies
 * @places: destinations for the whole batch, allocated at once
 * @next: first unused entry in @places
 * @end: end (exclusive) of @places
 * @left: pages that the batch left, to be freed at once
 * @nr_left: entries in @left
 * @from: memory of the pages
 * @to: destination
 * @batch: batch
 * @first: first page of the batch in the chunk that is scanned
 * @scanned_end: end (exclusive) of the addresses that were scanned
 * @private: pages of the batch that migrate_vma_setup() may unmap, see
 *	hmt_pte_is_private()
 * @off_lru: pages that it may unmap, but for which it would wait, see lru.c
 * @excluded: a range between the first and the last page of the batch is
 *	excluded
 * @huge: the chunk that is scanned is a huge page, which migrate_vma_setup()
 *	splits
 */
struct hmt_hmm_run {
	struct hmt_hmm_part parts[HMT_HMM_PARTS];
	unsigned int nr_parts;
	unsigned int part_pages;
	void *job;
	unsigned int job_first;
	bool copying;
	unsigned long src[HMT_BATCH_PAGES];
	unsigned long dst[HMT_BATCH_PAGES];
	unsigned int used;
	struct hmt_copy_desc copies[HMT_BATCH_PAGES];
	u8 index[HMT_BATCH_PAGES];
	unsigned int nr;
	struct page *places[HMT_BATCH_PAGES];
	unsigned int next;
	unsigned int end;
	struct page *left[HMT_BATCH_PAGES];
	unsigned int nr_left;
	const struct hmt_memory *from;
	const struct hmt_memory *to;
	const struct hmt_batch *batch;
	unsigned int first;
	unsigned long scanned_end;
	DECLARE_BITMAP(private, HMT_BATCH_PAGES);
	DECLARE_BITMAP(off_lru, HMT_BATCH_PAGES);
	bool excluded;
	bool huge;
};

/* part.c: adjacent pages of a batch. */
void hmt_part_begin(struct hmt_hmm_run *run);
void hmt_part_move(struct hmt_batch *batch, struct hmt_hmm_run *run,
		   struct vm_area_struct *vma, unsigned long start,
		   unsigned int pages);
void hmt_part_finish_all(struct hmt_batch *batch, struct hmt_hmm_run *run);

#endif /* _HMT_MOVE_HMM_H */
