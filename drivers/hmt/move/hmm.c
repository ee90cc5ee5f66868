// SPDX-License-Identifier: GPL-2.0
/*
 * The hmm mover: anonymous base pages through migrate_vma; huge.c has huge pages.
 *
 * migrate_vma_pages() must not see all pages that migrate_vma_setup() collects:
 * a page under writeback is a BUG there, and file pages lose their buffers.
 * Each page is therefore checked while it is locked and unmapped. Pages that
 * fail the check get no destination and are mapped again.
 */
#include <linux/hmt_internal.h>
#include <linux/hugetlb.h>
#include <linux/ktime.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "memory/memory.h"
#include "page/page.h"
#include "move.h"

/*
 * Number of parts of a batch whose copies a device makes at the same time, while
 * HMT unmaps the next part.
 */
#define HMT_HMM_PARTS	16

/**
 * struct hmt_hmm_part - adjacent pages of one VMA, unmapped at once
 * @args: arguments of migrate_vma_setup()
 * @first: its first copy in &hmt_hmm_run.copies
 * @end: end (exclusive) of its copies
 */
struct hmt_hmm_part {
	struct migrate_vma args;
	unsigned int first;
	unsigned int end;
};

/**
 * struct hmt_hmm_run - state of a batch
 * @parts: parts that are unmapped and whose copies are being made
 * @nr_parts: entries in @parts
 * @job: last job of a device for @parts, see &hmt_memory_ops.copy_begin
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
	void *job;
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

/* Check a VMA. Return HMT_RESULT_MOVED if its pages may move. */
enum hmt_result hmt_hmm_check_vma(const struct hmt_batch *batch,
				  const struct hmt_memory *to,
				  struct vm_area_struct *vma)
{
	const struct mempolicy *policy = vma_policy(vma);
	int nid = hmt_memory_nid(to);

	if (vma->vm_flags & VM_SPECIAL || is_vm_hugetlb_page(vma) ||
	    vma_is_dax(vma))
		return HMT_RESULT_RACED;
	/* See hmt_page_is_private(). KSM does not merge memory of devices. */
	if (vma->vm_flags & VM_MERGEABLE && !(batch->from & HMT_UID_DEVICE))
		return HMT_RESULT_RACED;
	if (!node_isset(nid, batch->allowed))
		return HMT_RESULT_POLICY;
	if (hmt_mempolicy_is_strict(policy) &&
	    !node_isset(nid, policy->nodes))
		return HMT_RESULT_POLICY;
	/*
	 * Locked memory must not fault, and private device memory does. No
	 * memory of a device is known to have tags.
	 */
	if (vma->vm_flags & (VM_LOCKED | VM_MTE) &&
	    hmt_kind_is_device(hmt_memory_kind(to)))
		return HMT_RESULT_POLICY;
	return HMT_RESULT_MOVED;
}

/* Check a locked, unmapped page. Return HMT_RESULT_MOVED if it may move. */
static enum hmt_result hmt_hmm_check_page(const struct hmt_batch *batch,
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
static enum hmt_result hmt_hmm_prepare(const struct hmt_batch *batch,
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
	result = hmt_hmm_check_page(batch, page);
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

static void hmt_hmm_prepare_all(struct hmt_batch *batch,
				struct hmt_hmm_run *run,
				struct hmt_hmm_part *part)
{
	enum hmt_result result;
	unsigned int i;

	part->first = run->nr;
	for (i = 0; i < part->args.npages; i++) {
		result = hmt_hmm_prepare(batch, run, &part->args, i);
		if (result != HMT_RESULT_MOVED)
			hmt_batch_count(batch, result, 1);
	}
	part->end = run->nr;
}

/*
 * Copy the pages of a part by the operations of the device, if one side is a
 * device. It may only begin that.
 */
static void hmt_hmm_copy(const struct hmt_batch *batch, struct hmt_hmm_run *run,
			 const struct hmt_hmm_part *part)
{
	const struct hmt_memory *who = batch->to & HMT_UID_DEVICE ? run->to :
								    run->from;
	const struct hmt_memory_ops *ops = hmt_memory_operations(who);
	struct hmt_copy_desc *copies = &run->copies[part->first];
	unsigned int nr = part->end - part->first;

	if (!nr)
		return;
	if (batch->to & batch->from & HMT_UID_DEVICE)
		hmt_peer_copy(run->from, run->to, copies, nr);
	else if (ops->copy_begin)
		run->job = ops->copy_begin(who, copies, nr, run->job);
	else
		ops->copy(who, copies, nr);
}

/* Set the destinations of the pages that were copied. */
static void hmt_hmm_place(struct hmt_batch *batch, struct hmt_hmm_run *run,
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
static void hmt_hmm_finish(struct hmt_batch *batch, struct hmt_hmm_run *run,
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

/* Wait for the copies of all parts, once, and map them. */
static void hmt_hmm_finish_parts(struct hmt_batch *batch,
				 struct hmt_hmm_run *run)
{
	const struct hmt_memory *who = batch->to & HMT_UID_DEVICE ? run->to :
								    run->from;
	unsigned int i;

	if (run->job)
		hmt_memory_operations(who)->copy_end(who, run->job);
	run->job = NULL;
	for (i = 0; i < run->nr_parts; i++) {
		struct hmt_hmm_part *part = &run->parts[i];

		hmt_hmm_place(batch, run, part);
		migrate_vma_pages(&part->args);
		hmt_hmm_finish(batch, run, part);
	}
	run->nr_parts = 0;
}

/* Return the pages that migrate_vma_setup() collects. */
unsigned long hmt_hmm_select(const struct hmt_memory *from)
{
	switch (hmt_memory_kind(from)) {
	case HMT_KIND_DEVICE_PRIVATE:
		return MIGRATE_VMA_SELECT_DEVICE_PRIVATE;
	case HMT_KIND_DEVICE_COHERENT:
		return MIGRATE_VMA_SELECT_DEVICE_COHERENT;
	default:
		return MIGRATE_VMA_SELECT_SYSTEM;
	}
}

static void hmt_hmm_scan_pte(struct hmt_hmm_run *run, unsigned int index,
			     pte_t pte)
{
	if (hmt_pte_is_private(pte))
		__set_bit(index, hmt_pte_is_on_lru(pte) ? run->private :
							  run->off_lru);
}

/* Find the pages of the batch from @first on that are private. */
static void hmt_hmm_scan(struct vm_area_struct *vma, unsigned long addr,
			 unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct hmt_hmm_run *run = arg;
	const struct hmt_batch *batch = run->batch;
	pte_t *ptep = NULL;
	unsigned int i;

	run->huge = hmt_pmd_is_huge(pmd);
	if (!run->huge)
		ptep = pte_offset_kernel(&pmd, addr);

	for (i = run->first; i < batch->nr && batch->addr[i] < end; i++) {
		unsigned long offset = (batch->addr[i] - addr) >> PAGE_SHIFT;

		if (ptep)
			hmt_hmm_scan_pte(run, i, READ_ONCE(ptep[offset]));
		else if (hmt_pmd_is_private(pmd))
			__set_bit(i, hmt_pmd_is_on_lru(pmd) ? run->private :
							      run->off_lru);
	}
}

static const struct hmt_walk_ops hmt_hmm_walk = {
	.scan = hmt_hmm_scan,
};

/*
 * Unmap adjacent pages of @vma and copy them. They are mapped again at once, or,
 * while a device copies them, with other parts.
 */
static void hmt_hmm_move_run(struct hmt_batch *batch, struct hmt_hmm_run *run,
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
	hmt_hmm_prepare_all(batch, run, part);
	hmt_hmm_copy(batch, run, part);
	if (!run->job || run->nr_parts == HMT_HMM_PARTS)
		hmt_hmm_finish_parts(batch, run);
}

/*
 * Check whether migrate_vma_setup() may unmap page @index of the batch, which
 * is in @vma. Pages were classified before the mmap lock was taken. All pages
 * of the batch in one chunk are scanned at once; the result is valid until the
 * lock is dropped.
 */
static bool hmt_hmm_is_private(struct hmt_hmm_run *run,
			       struct vm_area_struct *vma, unsigned int index)
{
	unsigned long addr = run->batch->addr[index];

	if (addr >= run->scanned_end) {
		run->first = index;
		run->huge = false;
		run->scanned_end = min(ALIGN_DOWN(addr, HMT_CHUNK_SIZE) +
				       HMT_CHUNK_SIZE, vma->vm_end);
		hmt_walk_vma(vma, addr, run->scanned_end, &hmt_hmm_walk, run);
	}
	return test_bit(index, run->private);
}

/* Check whether the page was excluded after it was classified. */
static bool hmt_hmm_is_excluded(const struct hmt_batch *batch,
				const struct hmt_hmm_run *run,
				unsigned int index)
{
	return run->excluded &&
	       hmt_is_excluded(batch->mm, batch->addr[index],
			       batch->addr[index] + PAGE_SIZE);
}

/* Count the pages of the batch from @first on that can move at once. */
static unsigned int hmt_hmm_run_length(const struct hmt_batch *batch,
				       struct hmt_hmm_run *run,
				       struct vm_area_struct *vma,
				       unsigned int first)
{
	unsigned int n = 1;

	while (first + n < batch->nr &&
	       batch->addr[first + n] == batch->addr[first] + n * PAGE_SIZE &&
	       batch->addr[first + n] < vma->vm_end &&
	       !hmt_hmm_is_excluded(batch, run, first + n) &&
	       hmt_hmm_is_private(run, vma, first + n))
		n++;
	return n;
}

/* Return the result of page @index of the batch if it cannot move. */
static enum hmt_result hmt_hmm_check_addr(const struct hmt_batch *batch,
					  struct hmt_hmm_run *run,
					  struct vm_area_struct *vma,
					  unsigned int index)
{
	enum hmt_result result;

	if (!vma || vma->vm_start > batch->addr[index] ||
	    hmt_hmm_is_excluded(batch, run, index))
		return HMT_RESULT_RACED;
	result = hmt_hmm_check_vma(batch, run->to, vma);
	if (result != HMT_RESULT_MOVED)
		return result;
	if (hmt_hmm_is_private(run, vma, index))
		return HMT_RESULT_MOVED;
	return test_bit(index, run->off_lru) ? HMT_RESULT_BUSY :
					       HMT_RESULT_RACED;
}

/* Move all pages of a batch. Caller holds the mmap lock. */
static void hmt_hmm_move_runs(struct hmt_batch *batch, struct hmt_hmm_run *run)
{
	struct vm_area_struct *vma = NULL;
	unsigned int i, n;

	mmap_assert_locked(batch->mm);
	run->excluded = hmt_is_excluded(batch->mm, batch->addr[0],
					batch->addr[batch->nr - 1] + PAGE_SIZE);
	run->batch = batch;
	run->scanned_end = 0;
	run->nr_parts = 0;
	run->job = NULL;
	run->used = 0;
	run->nr = 0;
	bitmap_zero(run->private, HMT_BATCH_PAGES);
	bitmap_zero(run->off_lru, HMT_BATCH_PAGES);
	for (i = 0; i < batch->nr; i += n) {
		enum hmt_result result;

		n = 1;
		if (!vma || vma->vm_end <= batch->addr[i])
			vma = find_vma(batch->mm, batch->addr[i]);
		result = hmt_hmm_check_addr(batch, run, vma, i);
		if (result != HMT_RESULT_MOVED) {
			hmt_batch_count(batch, result, n);
			continue;
		}
		n = hmt_hmm_run_length(batch, run, vma, i);
		hmt_hmm_move_run(batch, run, vma, batch->addr[i], n);
	}
	hmt_hmm_finish_parts(batch, run);
}

/* Free unused destinations and the pages that the batch left. */
static void hmt_hmm_release(struct hmt_hmm_run *run)
{
	for (; run->next < run->end; run->next++)
		hmt_free_unused_page(run->places[run->next]);
	release_pages(run->left, run->nr_left);
	/* The copies are in the batches of this CPU. */
	hmt_lru_drain();
}

/* Move the pages of a batch for which there are destinations. */
static int hmt_hmm_move_placed(struct hmt_batch *batch, struct hmt_hmm_run *run,
			       bool brief)
{
	int ret;

	if (!batch->nr)
		return 0;
	ret = brief ? hmt_mmap_read_lock_briefly(batch->mm) :
		      hmt_mmap_read_lock(batch->mm);
	if (ret) {
		hmt_batch_count(batch, HMT_RESULT_BUSY, batch->nr);
	} else {
		hmt_hmm_move_runs(batch, run);
		mmap_read_unlock(batch->mm);
	}
	return ret;
}

/*
 * Allocate destinations and free old pages for the whole batch at once, while
 * no page is locked. Pages without a destination are not unmapped, which would
 * cost CPUs and devices their translations in vain. @brief: others wait for this
 * task, so it does not wait long for a process that holds its mmap lock.
 */
int hmt_hmm_move_pages(struct hmt_batch *batch, const struct hmt_memory *from,
		       const struct hmt_memory *to, bool brief)
{
	struct hmt_hmm_run *run = kmalloc(sizeof(*run), GFP_KERNEL);
	unsigned int nr = batch->nr;
	int ret;

	if (!run) {
		hmt_batch_count(batch, HMT_RESULT_NOMEM, nr);
		return 0;
	}
	run->from = from;
	run->to = to;
	run->nr_left = 0;
	run->next = 0;
	run->end = hmt_memory_operations(to)->alloc(to, run->places, nr);
	hmt_batch_count(batch, HMT_RESULT_NOMEM, nr - run->end);
	batch->nr = run->end;
	ret = hmt_hmm_move_placed(batch, run, brief);
	batch->nr = nr;
	hmt_hmm_release(run);
	kfree(run);
	return ret;
}

static int hmt_hmm_move(struct hmt_batch *batch, const struct hmt_memory *from,
			const struct hmt_memory *to, bool brief)
{
	return batch->huge ? hmt_huge_move(batch, from, to, brief) :
			     hmt_hmm_move_pages(batch, from, to, brief);
}

/*
 * Move a batch and account it. @reason applies to pages of nodes. Return 0, or
 * an error of hmt_mmap_read_lock(): all pages are counted as busy.
 * Context: process, no lock held, may sleep; mm_users of @batch->mm held.
 */
int hmt_hmm_move_batch(struct hmt_batch *batch, enum hmt_move_reason reason)
{
	struct hmt_memory *from = hmt_memory_tryget_ops(batch->from);
	struct hmt_memory *to = hmt_memory_tryget_ops(batch->to);
	bool device = (batch->from | batch->to) & HMT_UID_DEVICE;
	/*
	 * An engine waits for an own move, and the removal of a device, which
	 * no signal ends, for the operations of its memory.
	 */
	bool brief = reason == HMT_REASON_OWN || device;
	u64 start = ktime_get_ns();
	int ret = 0;

	memset(&batch->stats, 0, sizeof(batch->stats));
	if (!from)
		/* The device has gone in the meantime. */
		hmt_batch_count(batch, HMT_RESULT_RACED,
				hmt_batch_pages(batch));
	else if (!to || READ_ONCE(to->dead))
		hmt_batch_count(batch, HMT_RESULT_NOMEM,
				hmt_batch_pages(batch));
	else
		ret = hmt_hmm_move(batch, from, to, brief);
	hmt_memory_put_ops(to);
	hmt_memory_put_ops(from);
	batch->stats.ns = ktime_get_ns() - start;
	if (device)
		reason = HMT_REASON_DEVICE;
	hmt_move_account(hmt_mover_name(reason), reason, batch->from, batch->to,
			 &batch->stats);
	return ret;
}

static int hmt_hmm_submit(const struct hmt_move_request *request)
{
	if (!hmt_memory_nr_free(request->batch->to))
		return -ENOSPC;
	return hmt_hmm_move_batch(request->batch, request->reason);
}

const struct hmt_mover hmt_mover_hmm = {
	.name = "hmm",
	.submit = hmt_hmm_submit,
};
