// SPDX-License-Identifier: GPL-2.0
/*
 * The hmm mover: batches of anonymous base pages, which move through migrate_vma.
 * part.c moves adjacent pages of them, huge.c huge pages.
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
#include "hmm.h"
#include "move.h"

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

	while (first + n < batch->nr && n < run->part_pages &&
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
	hmt_part_begin(run);
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
		hmt_part_move(batch, run, vma, batch->addr[i], n);
	}
	hmt_part_finish_all(batch, run);
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
