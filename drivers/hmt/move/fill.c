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
#include <linux/jiffies.h>
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
 * @table: the chunk has a page table, or is a huge page
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
	bool table;
	struct hmt_memory *to;
	struct hmt_batch batch;
};

/* Find the pages of a chunk that exist. */
static void hmt_fill_scan(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	unsigned int index = hmt_chunk_index(addr);
	struct hmt_fill *fill = arg;
	pte_t *ptep, pte;

	fill->table = true;
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

/* Huge pages. */

/* Time in jiffies after which another fault shows the settings of the kernel. */
#define HMT_FILL_KNOWN		HZ

/*
 * Modules cannot read the settings of huge pages (/sys/kernel/mm/transparent_hugepage).
 * A page that the kernel creates shows them. The two arrays have the times in jiffies
 * until which memory without MADV_HUGEPAGE, and memory with it, is known to get huge
 * pages, and base pages. A lost update costs one more fault.
 *
 * They are for all processes, because they have the settings of the system alone:
 * hmt_fill_may_huge() reads those of the process and of the mapping (prctl(2),
 * madvise(2)) each time, before it is learned from a page and before one is created.
 * Where a cgroup or the system had no huge page left, all get base pages for the
 * rest of the time.
 */
static unsigned long hmt_fill_huge_until[2];
static unsigned long hmt_fill_base_until[2];

/* Check whether the kernel is known to create huge pages in @vma. */
static bool hmt_fill_gets_huge(const struct vm_area_struct *vma)
{
	unsigned int advised = !!(vma->vm_flags & VM_HUGEPAGE);

	return time_before(jiffies, READ_ONCE(hmt_fill_huge_until[advised]));
}

/* Check whether it is known if the kernel creates huge pages in @vma. */
static bool hmt_fill_is_known(const struct vm_area_struct *vma)
{
	unsigned int advised = !!(vma->vm_flags & VM_HUGEPAGE);

	return hmt_fill_gets_huge(vma) ||
	       time_before(jiffies, READ_ONCE(hmt_fill_base_until[advised]));
}

/* Note whether the kernel created a @huge page in @vma. */
static void hmt_fill_learn(const struct vm_area_struct *vma, bool huge)
{
	unsigned int advised = !!(vma->vm_flags & VM_HUGEPAGE);
	unsigned long until = jiffies + HMT_FILL_KNOWN;

	WRITE_ONCE(hmt_fill_huge_until[advised], huge ? until : jiffies);
	WRITE_ONCE(hmt_fill_base_until[advised], huge ? jiffies : until);
}

/**
 * struct hmt_fill_huge - state of creating a huge page
 * @args: arguments of migrate_vma_setup()
 * @src: the hole at index 0, if it is of a huge page
 * @dst: the huge page, at index 0
 * @copies: parts of it, and the zero page
 */
struct hmt_fill_huge {
	struct migrate_vma args;
	unsigned long src[HMT_CHUNK_PAGES];
	unsigned long dst[HMT_CHUNK_PAGES];
	struct hmt_copy_desc copies[HMT_BATCH_PAGES];
};

/* Let the driver clear the huge page @place. Return false if that failed. */
static bool hmt_fill_clear(const struct hmt_memory *to, struct page *place,
			   struct hmt_copy_desc *copies)
{
	unsigned int i, done;

	for (done = 0; done < HMT_CHUNK_PAGES; done += HMT_BATCH_PAGES) {
		for (i = 0; i < HMT_BATCH_PAGES; i++)
			copies[i] = (struct hmt_copy_desc) {
				.to = place + done + i,
				.from = ZERO_PAGE(0),
			};
		hmt_memory_operations(to)->copy(to, copies, HMT_BATCH_PAGES);
		for (i = 0; i < HMT_BATCH_PAGES; i++)
			if (copies[i].failed)
				return false;
	}
	return true;
}

/*
 * Fill the hole of the chunk at @start with @place, which is locked and has one
 * reference. A chunk that got a table in the meantime is not such a hole.
 */
static bool hmt_fill_exchange(struct hmt_fill *fill, struct hmt_fill_huge *huge,
			      struct vm_area_struct *vma, unsigned long start,
			      struct page *place)
{
	const unsigned long hole = MIGRATE_PFN_MIGRATE | MIGRATE_PFN_COMPOUND;
	bool created;

	huge->args = (struct migrate_vma) {
		.vma = vma,
		.src = huge->src,
		.dst = huge->dst,
		.start = start,
		.end = start + HMT_CHUNK_SIZE,
		.flags = MIGRATE_VMA_SELECT_SYSTEM |
			 MIGRATE_VMA_SELECT_COMPOUND,
		.pgmap_owner = (void *)fill->to,
	};
	if (migrate_vma_setup(&huge->args)) {
		hmt_free_unused_page(place);
		return false;
	}
	if (huge->src[0] == hole &&
	    hmt_fill_clear(fill->to, place, huge->copies))
		huge->dst[0] = migrate_pfn(page_to_pfn(place)) |
			       MIGRATE_PFN_COMPOUND;
	else
		hmt_free_unused_page(place);
	migrate_vma_pages(&huge->args);
	created = huge->dst[0] && huge->src[0] & MIGRATE_PFN_MIGRATE;
	migrate_vma_finalize(&huge->args);
	return created;
}

/*
 * Check whether the chunk at @start of @vma may be a huge page, as far as the
 * process decides, and has no table. Base pages fill a table without pages,
 * whatever the settings are.
 */
static bool hmt_fill_may_huge(struct hmt_fill *fill, struct vm_area_struct *vma,
			      unsigned long start, bool advised)
{
	unsigned long end = start + HMT_CHUNK_SIZE;

	if (vma->vm_start > start || vma->vm_end < end ||
	    hmt_vma_has_no_huge_pages(vma) ||
	    (advised && !(vma->vm_flags & VM_HUGEPAGE)) ||
	    hmt_is_excluded(vma->vm_mm, start, end))
		return false;
	fill->table = false;
	hmt_walk_vma(vma, start, end, &hmt_fill_walk, fill);
	return !fill->table;
}

static unsigned int hmt_fill_huge_locked(struct hmt_fill *fill,
					 struct hmt_fill_huge *huge,
					 unsigned long addr, bool advised)
{
	unsigned long start = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	struct mm_struct *mm = fill->batch.mm;
	struct vm_area_struct *vma;
	struct page *place;

	mmap_assert_locked(mm);
	vma = vma_lookup(mm, addr);
	if (!vma || !hmt_fill_gets_huge(vma) || !hmt_fill_may(fill, vma) ||
	    !hmt_fill_may_huge(fill, vma, start, advised))
		return 0;
	place = hmt_memory_operations(fill->to)->alloc_huge(fill->to);
	return place && hmt_fill_exchange(fill, huge, vma, start, place) ?
		       HMT_CHUNK_PAGES : 0;
}

/*
 * Let the kernel create the page @addr, if nothing exists of a chunk that may be a
 * huge page, to learn its settings. Without retries the fault keeps the mmap lock,
 * and waits for no program: userfaultfd does not serve the mapping.
 */
static void hmt_fill_probe_locked(struct hmt_fill *fill, unsigned long addr,
				  bool advised)
{
	unsigned long start = ALIGN_DOWN(addr, HMT_CHUNK_SIZE);
	struct mm_struct *mm = fill->batch.mm;
	struct vm_area_struct *vma;

	mmap_assert_locked(mm);
	vma = vma_lookup(mm, addr);
	if (!vma || hmt_fill_is_known(vma) || !hmt_fill_may(fill, vma) ||
	    !hmt_fill_may_huge(fill, vma, start, advised) ||
	    fixup_user_fault(mm, addr, FAULT_FLAG_WRITE | FAULT_FLAG_REMOTE,
			     NULL))
		return;
	hmt_walk_vma(vma, start, start + HMT_CHUNK_SIZE, &hmt_fill_walk, fill);
	hmt_fill_learn(vma, bitmap_full(fill->full, HMT_CHUNK_PAGES));
}

/* Requests. */

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
 * Prepare to create pages on the destination of @migration. Return NULL if that is
 * not possible; hmt_fill_end() must follow else.
 */
static struct hmt_fill *hmt_fill_begin(const struct hmt_migration *migration)
{
	struct hmt_memory *to = hmt_memory_tryget_ops(migration->to[0]);
	struct hmt_fill *fill = NULL;

	if (to && !READ_ONCE(to->dead))
		fill = kvzalloc(sizeof(*fill), GFP_KERNEL);
	if (!fill) {
		hmt_memory_put_ops(to);
		return NULL;
	}
	fill->to = to;
	fill->batch.mm = migration->mm;
	fill->batch.to = migration->to[0];
	fill->batch.allowed = migration->allowed;
	return fill;
}

static void hmt_fill_end(struct hmt_fill *fill)
{
	hmt_memory_put_ops(fill->to);
	kvfree(fill);
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
	struct hmt_fill *fill = hmt_fill_begin(migration);
	unsigned int created = 0;

	if (!fill)
		return 0;
	/* The removal of a device waits for the operations. */
	if (!hmt_mmap_read_lock_briefly(migration->mm)) {
		created = hmt_fill_locked(migration, fill, start, end, most);
		mmap_read_unlock(migration->mm);
	}
	hmt_fill_end(fill);
	return created;
}

/*
 * Learn whether the kernel creates huge pages in the memory around @addr: let it
 * create the page, which moves to the destination of @migration afterwards. Only if
 * that is not known, and if hmt_fill_huge() may be of use. Context: process, no lock
 * held, may sleep; mm_users held.
 */
void hmt_fill_probe(const struct hmt_migration *migration, unsigned long addr,
		    bool advised)
{
	struct hmt_fill *fill = NULL;

	if (HMT_MOVES_WHOLE)
		fill = hmt_fill_begin(migration);
	if (!fill)
		return;
	if (hmt_memory_operations(fill->to)->alloc_huge &&
	    !hmt_mmap_read_lock_briefly(migration->mm)) {
		hmt_fill_probe_locked(fill, addr, advised);
		mmap_read_unlock(migration->mm);
	}
	hmt_fill_end(fill);
}

/*
 * Create a huge page around @addr on the destination of @migration, if nothing of
 * it exists, and the program may have one there, as hmt_fill_probe() found; with
 * @advised, only if it asked for huge pages. Return the number of base pages, or 0.
 * Context: as above.
 */
unsigned int hmt_fill_huge(const struct hmt_migration *migration,
			   unsigned long addr, bool advised)
{
	struct hmt_fill *fill = hmt_fill_begin(migration);
	struct hmt_fill_huge *huge = NULL;
	unsigned int created = 0;

	if (!fill)
		return 0;
	if (HMT_MOVES_WHOLE && hmt_memory_operations(fill->to)->alloc_huge)
		huge = kvzalloc(sizeof(*huge), GFP_KERNEL);
	if (huge && !hmt_mmap_read_lock_briefly(migration->mm)) {
		created = hmt_fill_huge_locked(fill, huge, addr, advised);
		mmap_read_unlock(migration->mm);
	}
	kvfree(huge);
	hmt_fill_end(fill);
	return created;
}
