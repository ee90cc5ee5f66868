// SPDX-License-Identifier: GPL-2.0
/*
 * The hmm mover: anonymous base pages through migrate_vma.
 *
 * migrate_vma_pages() must not see everything that migrate_vma_setup()
 * collects: a page under writeback is a BUG there, and file pages lose their
 * buffers. So each page is looked at while it is locked and unmapped, and
 * only then given a destination; the others are put back as they were.
 */
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/hmt.h>
#include <linux/hugetlb.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/pagemap.h>
#include <linux/uaccess.h>

/* Never reclaims: a full destination is the policy's business. */
#define HMT_MOVE_GFP \
	((GFP_HIGHUSER_MOVABLE & ~__GFP_RECLAIM) | __GFP_THISNODE | \
	 __GFP_NOWARN | __GFP_NORETRY)

/* A stretch of adjacent pages of a batch in one VMA. */
struct hmt_run {
	struct migrate_vma args;
	unsigned long src[HMT_BATCH_PAGES];
	unsigned long dst[HMT_BATCH_PAGES];
};

static void hmt_hmm_count(struct hmt_batch *batch, enum hmt_move_result result,
			  unsigned int pages)
{
	batch->result[result] += pages;
}

/* What stands against moving the pages of @vma; HMT_MOVED: nothing. */
static enum hmt_move_result hmt_hmm_check_vma(const struct hmt_batch *batch,
					      struct vm_area_struct *vma)
{
	const struct mempolicy *policy = vma_policy(vma);

	if (vma->vm_flags & VM_SPECIAL || is_vm_hugetlb_page(vma) ||
	    vma_is_dax(vma))
		return HMT_FAILED_RACED;
	if (!node_isset(batch->to_nid, batch->allowed))
		return HMT_SKIPPED_POLICY;
	if (hmt_mempolicy_is_strict(policy) &&
	    !node_isset(batch->to_nid, policy->nodes))
		return HMT_SKIPPED_POLICY;
	return HMT_MOVED;
}

/* What stands against moving a locked, unmapped page. */
static enum hmt_move_result hmt_hmm_check_page(const struct hmt_batch *batch,
					       struct page *page)
{
	struct folio *folio = page_folio(page);

	if (folio_test_large(folio) || !folio_test_anon(folio) ||
	    page_to_nid(page) != batch->from_nid)
		return HMT_FAILED_RACED;
	/* The page is locked: writeback cannot start after this. */
	if (folio_test_writeback(folio))
		return HMT_FAILED_BUSY;
	return HMT_MOVED;
}

/* Copy so that poisoned memory costs this move, not the machine. */
static bool hmt_hmm_copy(struct page *to, struct page *from)
{
	void *dst = kmap_local_page(to);
	void *src = kmap_local_page(from);
	unsigned long left = copy_mc_to_kernel(dst, src, PAGE_SIZE);

	kunmap_local(src);
	kunmap_local(dst);
	return !left;
}

/* Give one collected page a copy on the destination, or say why not. */
static enum hmt_move_result hmt_hmm_prepare(const struct hmt_batch *batch,
					    struct page *page,
					    unsigned long *dst)
{
	enum hmt_move_result result = hmt_hmm_check_page(batch, page);
	struct page *copy;

	if (result != HMT_MOVED)
		return result;
	copy = alloc_pages_node(batch->to_nid, HMT_MOVE_GFP, 0);
	if (!copy)
		return HMT_FAILED_NOMEM;
	if (!hmt_hmm_copy(copy, page)) {
		__free_page(copy);
		return HMT_FAILED_BUSY;
	}
	lock_page(copy);
	*dst = migrate_pfn(page_to_pfn(copy));
	return HMT_MOVED;
}

static void hmt_hmm_prepare_all(struct hmt_batch *batch, struct hmt_run *run)
{
	unsigned long i;

	for (i = 0; i < run->args.npages; i++) {
		struct page *page = migrate_pfn_to_page(run->src[i]);
		enum hmt_move_result result;

		if (!(run->src[i] & MIGRATE_PFN_MIGRATE))
			result = HMT_FAILED_BUSY;
		else if (!page)
			/* A hole or the zero page by now. */
			result = HMT_FAILED_RACED;
		else
			result = hmt_hmm_prepare(batch, page, &run->dst[i]);
		if (result != HMT_MOVED)
			hmt_hmm_count(batch, result, 1);
	}
}

static void hmt_hmm_count_moved(struct hmt_batch *batch,
				const struct hmt_run *run)
{
	unsigned long i;

	for (i = 0; i < run->args.npages; i++)
		if (run->dst[i])
			hmt_hmm_count(batch,
				      run->src[i] & MIGRATE_PFN_MIGRATE ?
				      HMT_MOVED : HMT_FAILED_RACED, 1);
}

static void hmt_hmm_move_run(struct hmt_batch *batch, struct hmt_run *run,
			     struct vm_area_struct *vma, unsigned long start,
			     unsigned int pages)
{
	run->args = (struct migrate_vma) {
		.vma = vma,
		.src = run->src,
		.dst = run->dst,
		.start = start,
		.end = start + pages * PAGE_SIZE,
		.flags = MIGRATE_VMA_SELECT_SYSTEM,
	};
	if (migrate_vma_setup(&run->args)) {
		hmt_hmm_count(batch, HMT_FAILED_RACED, pages);
		return;
	}
	if (!run->args.cpages) {
		hmt_hmm_count(batch, HMT_FAILED_BUSY, pages);
		return;
	}
	hmt_hmm_prepare_all(batch, run);
	migrate_vma_pages(&run->args);
	hmt_hmm_count_moved(batch, run);
	migrate_vma_finalize(&run->args);
}

/* Pages of the batch from @first on that are adjacent and in @vma. */
static unsigned int hmt_hmm_run_length(const struct hmt_batch *batch,
				       const struct vm_area_struct *vma,
				       unsigned int first)
{
	unsigned int n = 1;

	while (first + n < batch->nr &&
	       batch->addr[first + n] == batch->addr[first] + n * PAGE_SIZE &&
	       batch->addr[first + n] < vma->vm_end)
		n++;
	return n;
}

static void hmt_hmm_move(struct hmt_batch *batch)
{
	struct hmt_run run;
	unsigned int i, n;

	mmap_read_lock(batch->mm);
	for (i = 0; i < batch->nr; i += n) {
		struct vm_area_struct *vma = find_vma(batch->mm,
						      batch->addr[i]);
		enum hmt_move_result result = HMT_FAILED_RACED;

		n = 1;
		if (vma && vma->vm_start <= batch->addr[i]) {
			n = hmt_hmm_run_length(batch, vma, i);
			result = hmt_hmm_check_vma(batch, vma);
		}
		if (result == HMT_MOVED)
			hmt_hmm_move_run(batch, &run, vma, batch->addr[i], n);
		else
			hmt_hmm_count(batch, result, n);
	}
	mmap_read_unlock(batch->mm);
}

const struct hmt_mover hmt_hmm_mover = {
	.name = "hmm",
	.move = hmt_hmm_move,
};
