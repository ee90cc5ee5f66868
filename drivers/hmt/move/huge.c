// SPDX-License-Identifier: GPL-2.0
/*
 * The hmm mover: huge pages that are mapped as a whole.
 *
 * Where migrate_vma can, and the destination has a free huge page, one moves as
 * a whole: one entry of the page table changes, and a device copies and
 * translates it once. Else it is split, and its pages move as base pages: that
 * is how all devices on older kernels get memory of programs whose large arrays
 * are huge pages. Edges count the huge pages that were split.
 */
#include <linux/gfp.h>
#include <linux/hmt_internal.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/string.h>
#include "hmt.h"
#include "memory/memory.h"
#include "page/page.h"
#include "move.h"

/**
 * struct hmt_huge_run - state of the move of a huge page as a whole
 * @args: arguments of migrate_vma_setup()
 * @src: the page, at index 0
 * @dst: destination, at index 0; 0: the page stays
 * @copies: one huge page, or its base pages where CPUs copy
 * @from: memory of the page
 * @to: destination
 * @place: huge page of the destination; NULL: the page has moved to it
 * @private: migrate_vma_setup() may unmap the page, see hmt_pmd_is_private()
 * @on_lru: it does not wait for other CPUs to unmap it, see lru.c
 */
struct hmt_huge_run {
	struct migrate_vma args;
	unsigned long src[HMT_CHUNK_PAGES];
	unsigned long dst[HMT_CHUNK_PAGES];
	struct hmt_copy_desc copies[HMT_CHUNK_PAGES];
	const struct hmt_memory *from;
	const struct hmt_memory *to;
	struct page *place;
	bool private;
	bool on_lru;
};

static bool hmt_huge_has_whole(u32 uid)
{
	struct hmt_memory *memory = hmt_memory_tryget_ops(uid);
	bool has = memory && memory->ops->alloc_huge;

	hmt_memory_put_ops(memory);
	return has;
}

/*
 * Check whether huge pages move from @from to @to without being split, if @to
 * has a free one.
 */
bool hmt_huge_can_move(u32 from, u32 to)
{
	return HMT_MOVES_WHOLE && hmt_huge_has_whole(from) &&
	       hmt_huge_has_whole(to);
}

static void hmt_huge_scan(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct hmt_huge_run *run = arg;

	run->private = hmt_pmd_is_private(pmd);
	run->on_lru = run->private && hmt_pmd_is_on_lru(pmd);
}

static const struct hmt_walk_ops hmt_huge_walk = {
	.scan = hmt_huge_scan,
};

/* Check the mapping of the huge page. Return HMT_RESULT_MOVED if it may move. */
static enum hmt_result hmt_huge_check_map(const struct hmt_batch *batch,
					  struct hmt_huge_run *run)
{
	unsigned long addr = batch->addr[0], end = addr + HMT_CHUNK_SIZE;
	struct vm_area_struct *vma = find_vma(batch->mm, addr);
	enum hmt_result result;

	if (!vma || vma->vm_start > addr || vma->vm_end < end ||
	    hmt_is_excluded(batch->mm, addr, end))
		return HMT_RESULT_RACED;
	result = hmt_hmm_check_vma(batch, run->to, vma);
	if (result != HMT_RESULT_MOVED)
		return result;
	run->private = false;
	run->on_lru = false;
	hmt_walk_vma(vma, addr, end, &hmt_huge_walk, run);
	if (!run->private)
		return HMT_RESULT_RACED;
	run->args.vma = vma;
	return run->on_lru ? HMT_RESULT_MOVED : HMT_RESULT_BUSY;
}

/* Check the page, locked and unmapped. Return HMT_RESULT_MOVED if it may move. */
static enum hmt_result hmt_huge_check_page(const struct hmt_batch *batch,
					   const struct hmt_huge_run *run)
{
	struct page *page = migrate_pfn_to_page(run->src[0]);
	struct folio *folio;

	if (!(run->src[0] & MIGRATE_PFN_MIGRATE))
		return HMT_RESULT_BUSY;
	/* It was unmapped, or split. */
	if (!page || !(run->src[0] & MIGRATE_PFN_COMPOUND))
		return HMT_RESULT_RACED;
	folio = page_folio(page);
	if (folio_nr_pages(folio) != HMT_CHUNK_PAGES ||
	    !folio_test_anon(folio) || hmt_page_uid(page) != batch->from)
		return HMT_RESULT_RACED;
	return folio_test_writeback(folio) ? HMT_RESULT_BUSY : HMT_RESULT_MOVED;
}

/* Copy by the operation of a device, at once. Return false if that failed. */
static bool hmt_huge_copy_device(const struct hmt_memory *device,
				 struct page *to, struct page *from)
{
	struct hmt_copy_desc copy = {
		.to = to,
		.from = from,
		.order = HMT_CHUNK_ORDER,
	};

	hmt_memory_operations(device)->copy(device, &copy, 1);
	return !copy.failed;
}

/* Copy to another device. */
static bool hmt_huge_copy_peer(const struct hmt_huge_run *run,
			       struct page *from)
{
	struct hmt_copy_desc copy = {
		.to = run->place,
		.from = from,
		.order = HMT_CHUNK_ORDER,
	};

	hmt_peer_copy(run->from, run->to, &copy, 1);
	return !copy.failed;
}

static bool hmt_huge_copy_node(struct hmt_huge_run *run, struct page *from)
{
	unsigned int i;

	for (i = 0; i < HMT_CHUNK_PAGES; i++)
		run->copies[i] = (struct hmt_copy_desc) {
			.to = run->place + i,
			.from = from + i,
		};
	hmt_memory_operations(run->to)->copy(run->to, run->copies,
					     HMT_CHUNK_PAGES);
	for (i = 0; i < HMT_CHUNK_PAGES; i++)
		if (run->copies[i].failed)
			return false;
	return true;
}

static bool hmt_huge_copy(const struct hmt_batch *batch,
			  struct hmt_huge_run *run)
{
	struct page *from = migrate_pfn_to_page(run->src[0]);

	if (batch->from & batch->to & HMT_UID_DEVICE)
		return hmt_huge_copy_peer(run, from);
	if (batch->to & HMT_UID_DEVICE)
		return hmt_huge_copy_device(run->to, run->place, from);
	if (batch->from & HMT_UID_DEVICE)
		return hmt_huge_copy_device(run->from, run->place, from);
	return hmt_huge_copy_node(run, from);
}

/* Unmap the page, copy it, and map the copy. Return the result. */
static enum hmt_result hmt_huge_exchange(const struct hmt_batch *batch,
					 struct hmt_huge_run *run)
{
	enum hmt_result result;

	if (migrate_vma_setup(&run->args))
		return HMT_RESULT_RACED;
	if (!run->args.cpages)
		return HMT_RESULT_BUSY;
	result = hmt_huge_check_page(batch, run);
	if (result == HMT_RESULT_MOVED && !hmt_huge_copy(batch, run))
		result = HMT_RESULT_BUSY;
	if (result == HMT_RESULT_MOVED) {
		run->dst[0] = migrate_pfn(page_to_pfn(run->place)) |
			      MIGRATE_PFN_COMPOUND;
		run->place = NULL;
	}
	migrate_vma_pages(&run->args);
	if (result == HMT_RESULT_MOVED &&
	    !(run->src[0] & MIGRATE_PFN_MIGRATE))
		result = HMT_RESULT_RACED;
	migrate_vma_finalize(&run->args);
	return result;
}

static int hmt_huge_move_locked(struct hmt_batch *batch,
				struct hmt_huge_run *run, bool brief)
{
	unsigned long addr = batch->addr[0];
	enum hmt_result result = HMT_RESULT_BUSY;
	int ret = brief ? hmt_mmap_read_lock_briefly(batch->mm) :
			  hmt_mmap_read_lock(batch->mm);

	if (!ret) {
		run->args = (struct migrate_vma) {
			.src = run->src,
			.dst = run->dst,
			.start = addr,
			.end = addr + HMT_CHUNK_SIZE,
			.flags = hmt_hmm_select(run->from) |
				 MIGRATE_VMA_SELECT_COMPOUND,
			.pgmap_owner = (void *)(batch->from & HMT_UID_DEVICE ?
						run->from : run->to),
		};
		result = hmt_huge_check_map(batch, run);
		if (result == HMT_RESULT_MOVED)
			result = hmt_huge_exchange(batch, run);
		mmap_read_unlock(batch->mm);
	}
	hmt_batch_count(batch, result, HMT_CHUNK_PAGES);
	return ret;
}

/* Move the page to @place, which is locked and has one reference. */
static int hmt_huge_move_whole(struct hmt_batch *batch,
			       const struct hmt_memory *from,
			       const struct hmt_memory *to, struct page *place,
			       bool brief)
{
	struct hmt_huge_run *run = kvmalloc(sizeof(*run), GFP_KERNEL);
	int ret = 0;

	if (run) {
		run->from = from;
		run->to = to;
		run->place = place;
		ret = hmt_huge_move_locked(batch, run, brief);
		place = run->place;
		kvfree(run);
	} else {
		hmt_batch_count(batch, HMT_RESULT_NOMEM, HMT_CHUNK_PAGES);
	}
	if (place)
		hmt_free_unused_page(place);
	return ret;
}

/* Move HMT_BATCH_PAGES base pages of the huge page, or what is left of it. */
static int hmt_huge_move_part(struct hmt_batch *batch, struct hmt_batch *part,
			      unsigned int first, const struct hmt_memory *from,
			      const struct hmt_memory *to, bool brief)
{
	int ret;

	memset(&part->stats, 0, sizeof(part->stats));
	for (part->nr = 0; part->nr < HMT_BATCH_PAGES; part->nr++)
		part->addr[part->nr] = batch->addr[0] +
				       (first + part->nr) * PAGE_SIZE;
	ret = hmt_hmm_move_pages(part, from, to, brief);
	hmt_move_stats_add(&batch->stats, &part->stats);
	/* Without room, or the lock, there is nothing to split the page for. */
	if (!ret && part->stats.pages[HMT_RESULT_NOMEM] == part->nr)
		ret = -ENOSPC;
	return ret;
}

/* Split the page, and move its pages one by one as far as there is room. */
static int hmt_huge_move_parts(struct hmt_batch *batch,
			       const struct hmt_memory *from,
			       const struct hmt_memory *to, bool brief)
{
	struct hmt_batch *part = kmalloc(sizeof(*part), GFP_KERNEL);
	unsigned int done;
	int ret = part ? 0 : -ENOSPC;

	if (part) {
		*part = *batch;
		part->huge = false;
	}
	for (done = 0; done < HMT_CHUNK_PAGES && !ret; done += HMT_BATCH_PAGES)
		ret = hmt_huge_move_part(batch, part, done, from, to, brief);
	hmt_batch_count(batch,
			ret == -ENOSPC ? HMT_RESULT_NOMEM : HMT_RESULT_BUSY,
			HMT_CHUNK_PAGES - done);
	kfree(part);
	return ret == -ENOSPC ? 0 : ret;
}

/*
 * Move the huge page of the batch. Return as hmt_hmm_move_batch(), which is the
 * only caller.
 */
int hmt_huge_move(struct hmt_batch *batch, const struct hmt_memory *from,
		  const struct hmt_memory *to, bool brief)
{
	struct page *place = NULL;

	static_assert(HMT_CHUNK_PAGES % HMT_BATCH_PAGES == 0);
	if (hmt_huge_can_move(batch->from, batch->to))
		place = hmt_memory_operations(to)->alloc_huge(to);
	return place ? hmt_huge_move_whole(batch, from, to, place, brief) :
		       hmt_huge_move_parts(batch, from, to, brief);
}
