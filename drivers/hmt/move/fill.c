// SPDX-License-Identifier: GPL-2.0
/*
 * Create pages of private anonymous memory that do not exist yet, on a device that
 * is the first to write to them. In system memory they would exist for the time
 * of a copy only.
 *
 * migrate_vma creates them: a hole, or a mapping of the zero page, may migrate,
 * and has no source. The driver copies the zero page, as it copies any page.
 */
#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>
#include "hmt.h"
#include "memory/memory.h"
#include "page/page.h"
#include "batch.h"
#include "move.h"

/**
 * struct hmt_fill - state of filling holes of one VMA
 * @args: arguments of migrate_vma_setup()
 * @src: entries that migrate_vma_setup() collected
 * @dst: new pages
 * @copies: new pages, and the zero page
 * @index: index of each copy in @src
 * @places: pages of the destination
 * @full: pages of the chunk that exist
 * @to: destination
 * @batch: the request, without addresses
 */
struct hmt_fill {
	struct migrate_vma args;
	unsigned long src[HMT_BATCH_PAGES];
	unsigned long dst[HMT_BATCH_PAGES];
	struct hmt_copy_desc copies[HMT_BATCH_PAGES];
	u8 index[HMT_BATCH_PAGES];
	struct page *places[HMT_BATCH_PAGES];
	DECLARE_BITMAP(full, HMT_CHUNK_PAGES);
	const struct hmt_memory *to;
	struct hmt_batch batch;
};

/* Find the pages of a chunk that exist. */
static void hmt_fill_scan(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	unsigned int index = hmt_chunk_index(addr);
	struct hmt_fill *fill = arg;
	pte_t *ptep, pte;

	if (hmt_pmd_is_huge(pmd)) {
		bitmap_fill(fill->full, HMT_CHUNK_PAGES);
		return;
	}
	ptep = pte_offset_kernel(&pmd, addr);
	for (; addr < end; addr += PAGE_SIZE, index++) {
		pte = READ_ONCE(*ptep++);
		if (!pte_none(pte) &&
		    !(pte_present(pte) && is_zero_pfn(pte_pfn(pte))))
			__set_bit(index, fill->full);
	}
}

static const struct hmt_walk_ops hmt_fill_walk = {
	.scan = hmt_fill_scan,
};

/* Check whether a device may create pages of @vma. */
static bool hmt_fill_may(const struct hmt_fill *fill,
			 struct vm_area_struct *vma)
{
	return vma_is_anonymous(vma) && vma->vm_flags & VM_WRITE &&
	       !userfaultfd_armed(vma) &&
	       hmt_hmm_check_vma(&fill->batch, fill->to, vma) ==
		       HMT_RESULT_MOVED;
}

/* Assign the new pages to holes that are locked, and let the driver clear them. */
static void hmt_fill_prepare(struct hmt_fill *fill, unsigned int places)
{
	unsigned int i, nr = 0;

	for (i = 0; i < fill->args.npages && nr < places; i++) {
		if (!(fill->src[i] & MIGRATE_PFN_MIGRATE) ||
		    migrate_pfn_to_page(fill->src[i]))
			continue;
		fill->index[nr] = i;
		fill->copies[nr] = (struct hmt_copy_desc) {
			.to = fill->places[nr],
			.from = ZERO_PAGE(0),
		};
		nr++;
	}
	if (nr)
		hmt_memory_operations(fill->to)->copy(fill->to, fill->copies,
						      nr);
	for (i = 0; i < places; i++)
		if (i >= nr || fill->copies[i].failed)
			hmt_free_unused_page(fill->places[i]);
		else
			fill->dst[fill->index[i]] =
				migrate_pfn(page_to_pfn(fill->places[i]));
}

/* Create @pages adjacent pages of @vma, at most a batch. Return their number. */
static unsigned int hmt_fill_run(struct hmt_fill *fill,
				 struct vm_area_struct *vma,
				 unsigned long start, unsigned int pages)
{
	unsigned int i, places, created = 0;

	places = hmt_memory_operations(fill->to)->alloc(fill->to, fill->places,
							pages);
	fill->args = (struct migrate_vma) {
		.vma = vma,
		.src = fill->src,
		.dst = fill->dst,
		.start = start,
		.end = start + places * PAGE_SIZE,
		.flags = MIGRATE_VMA_SELECT_SYSTEM,
		.pgmap_owner = (void *)fill->to,
	};
	if (!places)
		return 0;
	if (migrate_vma_setup(&fill->args)) {
		for (i = 0; i < places; i++)
			hmt_free_unused_page(fill->places[i]);
		return 0;
	}
	hmt_fill_prepare(fill, places);
	migrate_vma_pages(&fill->args);
	for (i = 0; i < fill->args.npages; i++)
		created += fill->dst[i] && fill->src[i] & MIGRATE_PFN_MIGRATE;
	migrate_vma_finalize(&fill->args);
	return created;
}

/* Return the end of the holes of @vma that begin at @start, at most @end. */
static unsigned long hmt_fill_run_end(const struct hmt_fill *fill,
				      unsigned long start, unsigned long end)
{
	unsigned long addr = start;

	while (addr < end && addr - start < HMT_BATCH_PAGES * PAGE_SIZE &&
	       !test_bit(hmt_chunk_index(addr), fill->full))
		addr += PAGE_SIZE;
	return addr;
}

/* Create at most @most pages of [@start, @end) of @vma, in one chunk. */
static unsigned int hmt_fill_vma(struct hmt_fill *fill,
				 struct vm_area_struct *vma,
				 unsigned long start, unsigned long end,
				 unsigned int most)
{
	unsigned int created = 0;
	unsigned long next;

	bitmap_zero(fill->full, HMT_CHUNK_PAGES);
	hmt_walk_vma(vma, start, end, &hmt_fill_walk, fill);
	for (; start < end && created < most; start = next) {
		next = hmt_fill_run_end(fill, start, end);
		if (next == start) {
			next += PAGE_SIZE;
			continue;
		}
		next = min(next, start + (most - created) * PAGE_SIZE);
		/* The range is short, and a part of it is rarely excluded. */
		if (hmt_is_excluded(vma->vm_mm, start, next))
			continue;
		created += hmt_fill_run(fill, vma, start,
					(next - start) >> PAGE_SHIFT);
	}
	return created;
}

static unsigned int hmt_fill_locked(const struct hmt_migration *migration,
				    struct hmt_fill *fill, unsigned long start,
				    unsigned long end, unsigned int most)
{
	struct vm_area_struct *vma;

	mmap_assert_locked(migration->mm);
	vma = vma_lookup(migration->mm, start);
	if (!vma || !hmt_fill_may(fill, vma))
		return 0;
	return hmt_fill_vma(fill, vma, start, min(end, vma->vm_end), most);
}

/*
 * Create up to @most pages of [@start, @end), which is in one chunk, on the
 * destination of @migration, where none exist; only those of the mapping that
 * begins there or has @start. Return their number. Context: process, no lock held,
 * may sleep; mm_users held.
 */
unsigned int hmt_fill_range(const struct hmt_migration *migration,
			    unsigned long start, unsigned long end,
			    unsigned int most)
{
	struct hmt_memory *to = hmt_memory_tryget_ops(migration->to[0]);
	struct hmt_fill *fill = NULL;
	unsigned int created = 0;

	if (to && !READ_ONCE(to->dead))
		fill = kvzalloc(sizeof(*fill), GFP_KERNEL);
	if (fill) {
		fill->to = to;
		fill->batch.mm = migration->mm;
		fill->batch.to = migration->to[0];
		fill->batch.allowed = migration->allowed;
		/* The removal of a device waits for the operations. */
		if (!hmt_mmap_read_lock_briefly(migration->mm)) {
			created = hmt_fill_locked(migration, fill, start, end,
						  most);
			mmap_read_unlock(migration->mm);
		}
	}
	kvfree(fill);
	hmt_memory_put_ops(to);
	return created;
}
