// SPDX-License-Identifier: GPL-2.0
/*
 * The hmm mover: adjacent pages of a batch, which are unmapped, copied and mapped
 * together.
 *
 * migrate_vma_pages() must not see all pages that migrate_vma_setup() collects:
 * a page under writeback is a BUG there, and file pages lose their buffers.
 * Each page is therefore checked while it is locked and unmapped. Pages that
 * fail the check get no destination and are mapped again.
 *
 * A device with a queue of copies makes those of one part while the next ones are
 * unmapped, and those of the next while the first ones are mapped again.
 */
#include <linux/hmt_internal.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include "hmt.h"
#include "memory/memory.h"
#include "page/page.h"
#include "hmm.h"
#include "move.h"

/* Check a locked, unmapped page. Return HMT_RESULT_MOVED if it may move. */
static enum hmt_result hmt_part_check_page(const struct hmt_batch *batch,
					   struct page *page)
{
	struct folio *folio = page_folio(page);

	if (folio_test_large(folio) || !folio_test_anon(folio) ||
	    hmt_page_uid(page) != batch->from)
		return HMT_RESULT_RACED;
	/* The page is locked: writeback cannot start after this. */
	if (folio_test_writeback(folio))
		return HMT_RESULT_BUSY;
	return HMT_RESULT_MOVED;
}

/* Assign a destination to one collected page, or return why it stays. */
static enum hmt_result hmt_part_prepare_page(const struct hmt_batch *batch,
					     struct hmt_hmm_run *run,
					     const struct migrate_vma *args,
					     unsigned int index)
{
	struct page *page = migrate_pfn_to_page(args->src[index]);
	enum hmt_result result;

	if (!(args->src[index] & MIGRATE_PFN_MIGRATE))
		return HMT_RESULT_BUSY;
	/* The page was unmapped or is the zero page. */
	if (!page)
		return HMT_RESULT_RACED;
	result = hmt_part_check_page(batch, page);
	if (result != HMT_RESULT_MOVED)
		return result;
	if (run->next == run->end)
		return HMT_RESULT_NOMEM;
	run->copies[run->nr] = (struct hmt_copy_desc) {
		.to = run->places[run->next++],
		.from = page,
	};
	run->index[run->nr++] = index;
	return HMT_RESULT_MOVED;
}

static void hmt_part_prepare(struct hmt_batch *batch, struct hmt_hmm_run *run,
			     struct hmt_hmm_part *part)
{
	enum hmt_result result;
	unsigned int i;

	part->first = run->nr;
	for (i = 0; i < part->args.npages; i++) {
		result = hmt_part_prepare_page(batch, run, &part->args, i);
		if (result != HMT_RESULT_MOVED)
			hmt_batch_count(batch, result, 1);
	}
	part->end = run->nr;
}

/* Return the memory whose operations copy the pages of the batch. */
static const struct hmt_memory *hmt_part_copier(const struct hmt_hmm_run *run)
{
	return run->batch->to & HMT_UID_DEVICE ? run->to : run->from;
}

/* Check whether a device copies pages while HMT does something else. */
static bool hmt_part_overlaps(const struct hmt_hmm_run *run)
{
	if (run->batch->to & run->batch->from & HMT_UID_DEVICE)
		return false;
	return hmt_memory_operations(hmt_part_copier(run))->copy_begin;
}

/* Return the pages of a job. A link that is fast, or unknown, gets all at once. */
static unsigned int hmt_part_job_pages(const struct hmt_hmm_run *run)
{
	/* 1 MB/s is 1 byte/us. */
	u64 link = hmt_part_copier(run)->system_perf.read_bandwidth;

	if (!hmt_part_overlaps(run) || !link)
		return HMT_BATCH_PAGES;
	return clamp_t(u64, link * HMT_HMM_JOB_US / PAGE_SIZE,
		       HMT_HMM_JOB_PAGES, HMT_BATCH_PAGES);
}

/* Begin the copies of a part. Short parts are waited for with later ones. */
static void hmt_part_copy_begin(struct hmt_hmm_run *run,
				struct hmt_hmm_part *part)
{
	const struct hmt_memory *who = hmt_part_copier(run);
	struct hmt_copy_desc *copies = &run->copies[part->first];
	unsigned int nr = part->end - part->first;

	if (nr)
		run->job = hmt_memory_operations(who)->copy_begin(who, copies,
								  nr, run->job);
	part->job = run->job;
	run->copying |= !!part->job;
	part->waits = part->end - run->job_first >= run->part_pages;
	if (part->waits) {
		run->job = NULL;
		run->job_first = part->end;
	}
}

/*
 * Copy the pages of a part by the operations of the device, if one side is a
 * device. It may only begin that.
 */
static void hmt_part_copy(struct hmt_hmm_run *run, struct hmt_hmm_part *part)
{
	const struct hmt_memory *who = hmt_part_copier(run);
	struct hmt_copy_desc *copies = &run->copies[part->first];
	unsigned int nr = part->end - part->first;

	part->job = NULL;
	part->waits = false;
	if (hmt_part_overlaps(run))
		hmt_part_copy_begin(run, part);
	else if (nr && run->batch->to & run->batch->from & HMT_UID_DEVICE)
		hmt_peer_copy(run->from, run->to, copies, nr);
	else if (nr)
		hmt_memory_operations(who)->copy(who, copies, nr);
}

/* Set the destinations of the pages that were copied. */
static void hmt_part_place(struct hmt_batch *batch, struct hmt_hmm_run *run,
			   struct hmt_hmm_part *part)
{
	unsigned int i;

	for (i = part->first; i < part->end; i++) {
		struct page *copy = run->copies[i].to;

		if (run->copies[i].failed) {
			hmt_free_unused_page(copy);
			hmt_batch_count(batch, HMT_RESULT_BUSY, 1);
			continue;
		}
		part->args.dst[run->index[i]] = migrate_pfn(page_to_pfn(copy));
	}
}

/*
 * Map the copies. The old pages are held, so that all old pages of the batch
 * are freed at once.
 */
static void hmt_part_map(struct hmt_batch *batch, struct hmt_hmm_run *run,
			 struct hmt_hmm_part *part)
{
	unsigned int i;

	for (i = part->first; i < part->end; i++) {
		unsigned int index = run->index[i];
		struct page *left = run->copies[i].from;

		if (!part->args.dst[index])
			continue;
		if (!(part->args.src[index] & MIGRATE_PFN_MIGRATE)) {
			hmt_batch_count(batch, HMT_RESULT_RACED, 1);
			continue;
		}
		hmt_batch_count(batch, HMT_RESULT_MOVED, 1);
		get_page(left);
		run->left[run->nr_left++] = left;
	}
	migrate_vma_finalize(&part->args);
}

/*
 * Wait for the copies of part @first, and of those that are waited for with it.
 * Return the first part after these.
 */
static unsigned int hmt_part_wait(struct hmt_hmm_run *run, unsigned int first)
{
	const struct hmt_memory *who = hmt_part_copier(run);
	unsigned int last = first;

	while (last + 1 < run->nr_parts && !run->parts[last].waits)
		last++;
	if (run->parts[last].job)
		hmt_memory_operations(who)->copy_end(who,
						     run->parts[last].job);
	return last + 1;
}

/* Map all parts, in order, each when it is copied. */
void hmt_part_finish_all(struct hmt_batch *batch, struct hmt_hmm_run *run)
{
	unsigned int i, copied = 0;

	for (i = 0; i < run->nr_parts; i++) {
		struct hmt_hmm_part *part = &run->parts[i];

		if (i == copied)
			copied = hmt_part_wait(run, i);
		hmt_part_place(batch, run, part);
		migrate_vma_pages(&part->args);
		hmt_part_map(batch, run, part);
	}
	run->nr_parts = 0;
	run->job = NULL;
	run->job_first = run->nr;
	run->copying = false;
}

/* Begin the batch of @run. */
void hmt_part_begin(struct hmt_hmm_run *run)
{
	run->nr_parts = 0;
	run->part_pages = hmt_part_job_pages(run);
	run->used = 0;
	run->nr = 0;
	run->job = NULL;
	run->job_first = 0;
	run->copying = false;
}

/*
 * Unmap adjacent pages of @vma and copy them. They are mapped again at once, or,
 * while a device copies them, with other parts.
 */
void hmt_part_move(struct hmt_batch *batch, struct hmt_hmm_run *run,
		   struct vm_area_struct *vma, unsigned long start,
		   unsigned int pages)
{
	struct hmt_hmm_part *part = &run->parts[run->nr_parts];

	part->args = (struct migrate_vma) {
		.vma = vma,
		.src = &run->src[run->used],
		.dst = &run->dst[run->used],
		.start = start,
		.end = start + pages * PAGE_SIZE,
		.flags = hmt_hmm_select(run->from),
		/* The memory is the owner of its pages. */
		.pgmap_owner = (void *)(batch->from & HMT_UID_DEVICE ?
					run->from : run->to),
	};
	if (migrate_vma_setup(&part->args)) {
		hmt_batch_count(batch, HMT_RESULT_RACED, pages);
		return;
	}
	if (!part->args.cpages) {
		hmt_batch_count(batch, HMT_RESULT_BUSY, pages);
		return;
	}
	if (run->huge)
		hmt_edge_count_split(batch->from, batch->to);
	run->huge = false;
	run->used += pages;
	run->nr_parts++;
	hmt_part_prepare(batch, run, part);
	hmt_part_copy(run, part);
	if (!run->copying || run->nr_parts == HMT_HMM_PARTS)
		hmt_part_finish_all(batch, run);
}
