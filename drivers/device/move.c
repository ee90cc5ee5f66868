// SPDX-License-Identifier: GPL-2.0
/* Device memory: move pages back, on a CPU fault or by eviction. */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/memcontrol.h>
#include <linux/memremap.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "device.h"

/* Time between two attempts to move busy pages. */
#define HMT_DEVICE_RETRY_MS	10

/* Time after which a fault brings back no pages besides the faulting one. */
#define HMT_DEVICE_MORE_NS	(1000 * NSEC_PER_USEC)

/*
 * State of one batch. to[] are the UIDs of the destinations of copies[],
 * index[] the positions of their pages in src[]. lost[] are destinations of
 * failed copies, lost_at[] the positions of their pages. Pages in stay[] do not
 * move.
 *
 * For eviction, src[] has room for a huge page that begins at the last page of the
 * batch: a move that began before the pool was closed may still be allocating
 * one there, and migrate_device_range() clears the entries of all its pages.
 */
struct hmt_device_batch {
	unsigned long dst[HMT_BATCH_PAGES];
	struct hmt_copy_desc copies[HMT_BATCH_PAGES];
	u32 to[HMT_BATCH_PAGES];
	u8 index[HMT_BATCH_PAGES];
	unsigned int nr;
	struct page *lost[HMT_BATCH_PAGES];
	u8 lost_at[HMT_BATCH_PAGES];
	unsigned int nr_lost;
	DECLARE_BITMAP(stay, HMT_BATCH_PAGES);
	unsigned long src[];
};

/*
 * Moving pages back, by a CPU fault or by eviction: the kernel fills in src[],
 * the functions below fill in dst[].
 */

/*
 * Check whether a page has already moved. Eviction finds pages by PFN, and may
 * find one that a CPU fault has moved but that is not freed yet. Its memory
 * cgroup charge is then with the destination.
 */
bool hmt_device_is_migrated(struct page *page)
{
	return !mem_cgroup_disabled() && !folio_memcg(page_folio(page));
}

/*
 * Allocate a destination for every collected page. @vma is the mapping that
 * starts at @start if a CPU faulted, NULL on eviction.
 */
static void hmt_device_alloc_targets(struct hmt_device_pool *pool,
				     struct hmt_device_batch *batch,
				     unsigned int nr,
				     struct vm_area_struct *vma,
				     unsigned long start)
{
	unsigned int i;

	batch->nr = 0;
	batch->nr_lost = 0;
	for (i = 0; i < nr; i++) {
		struct page *page = migrate_pfn_to_page(batch->src[i]);
		struct page *to;

		batch->dst[i] = 0;
		if (!page || !(batch->src[i] & MIGRATE_PFN_MIGRATE) ||
		    batch->src[i] & MIGRATE_PFN_COMPOUND ||
		    test_bit(i, batch->stay) || hmt_device_is_migrated(page))
			continue;
		to = hmt_alloc_fallback_page(pool->memory, vma,
					     start + i * PAGE_SIZE, false);
		if (!to)
			continue;
		batch->copies[batch->nr] = (struct hmt_copy_desc) {
			.to = to,
			.from = page,
		};
		batch->to[batch->nr] = hmt_page_uid(to);
		batch->index[batch->nr++] = i;
	}
}

/*
 * Copy the pages of a batch and set dst[]. A page whose copy failed stays, or,
 * with @give_up, is replaced by one that will be poisoned. Return the number of
 * failed copies.
 */
static unsigned int hmt_device_copy_batch(struct hmt_device_pool *pool,
					  struct hmt_device_batch *batch,
					  bool give_up)
{
	unsigned int i, failed = 0;

	hmt_device_copy_pages(pool, batch->copies, batch->nr);
	for (i = 0; i < batch->nr; i++) {
		struct page *to = batch->copies[i].to;

		if (batch->copies[i].failed) {
			failed++;
			if (!give_up) {
				hmt_free_unused_page(to);
				continue;
			}
			clear_highpage(to);
			/*
			 * Keep the page from being reused before it is
			 * poisoned.
			 */
			get_page(to);
			batch->lost_at[batch->nr_lost] = batch->index[i];
			batch->lost[batch->nr_lost++] = to;
		}
		batch->dst[batch->index[i]] = migrate_pfn(page_to_pfn(to));
	}
	return failed;
}

/* Return the result of moving entry @i of @batch. */
static enum hmt_result hmt_device_result(const struct hmt_device_batch *batch,
					 unsigned int i)
{
	if (batch->copies[i].failed)
		return HMT_RESULT_BUSY;
	return batch->src[batch->index[i]] & MIGRATE_PFN_MIGRATE ?
		       HMT_RESULT_MOVED :
		       HMT_RESULT_RACED;
}

/*
 * Account moved pages to their edges, and @ns to the first of these. Return the
 * number of moved pages.
 */
static unsigned int hmt_device_account(const struct hmt_device_pool *pool,
				       const struct hmt_device_batch *batch,
				       u64 ns)
{
	u32 from = hmt_memory_uid(pool->memory);
	unsigned int i = 0, moved = 0;

	while (i < batch->nr) {
		struct hmt_move_stats stats = { .ns = ns };
		u32 to = batch->to[i];

		while (i < batch->nr && batch->to[i] == to)
			stats.pages[hmt_device_result(batch, i++)]++;
		hmt_move_account_driver(from, to, &stats);
		moved += stats.pages[HMT_RESULT_MOVED];
		ns = 0;
	}
	return moved;
}

/*
 * Release the destinations of pages that did not move because they are pinned.
 */
static void hmt_device_put_pinned(struct hmt_device_batch *batch)
{
	unsigned int i, lost = 0;

	for (i = 0; i < batch->nr_lost; i++)
		if (batch->src[batch->lost_at[i]] & MIGRATE_PFN_MIGRATE)
			batch->lost[lost++] = batch->lost[i];
		else
			put_page(batch->lost[i]);
	batch->nr_lost = lost;
}

/* Poison lost pages, so that accesses get SIGBUS. */
static void hmt_device_poison(struct hmt_device_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr_lost; i++)
		if (memory_failure(page_to_pfn(batch->lost[i]),
				   MF_COUNT_INCREASED))
			pr_err_ratelimited("page %#lx is lost, but accesses to it get no SIGBUS: restart the programs of the device\n",
					   page_to_pfn(batch->lost[i]));
}

/* Return the number of moved pages. */
static unsigned int hmt_device_evict_batch(struct hmt_device_pool *pool,
					   struct hmt_device_batch *batch,
					   unsigned long index, unsigned int nr,
					   bool give_up)
{
	u64 start = ktime_get_ns();
	unsigned int moved;

	migrate_device_range(batch->src, pool->first + index, nr);
	hmt_device_alloc_targets(pool, batch, nr, NULL, 0);
	hmt_device_copy_batch(pool, batch, give_up);
	migrate_device_pages(batch->src, batch->dst, nr);
	migrate_device_finalize(batch->src, batch->dst, nr);
	moved = hmt_device_account(pool, batch, ktime_get_ns() - start);
	hmt_device_put_pinned(batch);
	hmt_device_poison(batch);
	return moved;
}

/*
 * Return -EINTR or -ETIME if an eviction must end. The caller checks after each
 * batch because a batch takes long if the device hangs.
 */
static int hmt_device_check_deadline(unsigned long deadline)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	return time_after(jiffies, deadline) ? -ETIME : 0;
}

/*
 * Try to evict a batch of [@index, @end). Return the index at which to continue,
 * or @end.
 */
static unsigned long hmt_device_evict_next(struct hmt_device_pool *pool,
					   struct hmt_device_batch *batch,
					   unsigned long index,
					   unsigned long end)
{
	unsigned long start = index;
	unsigned int nr;

	index = hmt_device_next_used(pool, index, end);
	if (index >= end)
		return end;
	if (folio_test_large(page_folio(pfn_to_page(pool->first + index))))
		return min(end, hmt_device_evict_huge(pool, index, start, end));
	/* A huge page may begin at the next multiple of its size. */
	nr = min3(end - index, (unsigned long)HMT_BATCH_PAGES,
		  ALIGN(index + 1, HMT_CHUNK_PAGES) - index);
	hmt_device_evict_batch(pool, batch, index, nr, false);
	cond_resched();
	return index + nr;
}

/* Try to evict [@index, @end) once. Return 0, -EINTR or -ETIME. */
static int hmt_device_evict(struct hmt_device_pool *pool,
			    struct hmt_device_batch *batch,
			    unsigned long index, unsigned long end,
			    unsigned long deadline)
{
	int ret = 0;

	hmt_device_replicas_evict(pool, index, end);
	while (index < end && !ret) {
		index = hmt_device_evict_next(pool, batch, index, end);
		ret = hmt_device_check_deadline(deadline);
	}
	return ret;
}

/* No page is given up because this fails: a small allocation waits instead. */
static struct hmt_device_batch *hmt_device_batch_alloc(void)
{
	struct hmt_device_batch *batch;

	return kvzalloc(struct_size(batch, src,
				    HMT_BATCH_PAGES + HMT_CHUNK_PAGES),
			GFP_KERNEL | __GFP_NOFAIL);
}

/*
 * Try to evict @nr base pages from @index on, at most a batch. Return the number of
 * moved pages.
 */
unsigned int hmt_device_evict_pages(struct hmt_device_pool *pool,
				    unsigned long index, unsigned int nr)
{
	struct hmt_device_batch *batch = hmt_device_batch_alloc();
	unsigned int moved;

	moved = hmt_device_evict_batch(pool, batch, index, nr, false);
	kvfree(batch);
	return moved;
}

/*
 * Try to evict all pages once, within @timeout_ms, whatever signal the task has.
 * Pages that are left will be lost.
 */
void hmt_device_evict_last(struct hmt_device_pool *pool,
			   unsigned int timeout_ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	struct hmt_device_batch *batch = hmt_device_batch_alloc();
	unsigned long index = 0;

	while (index < pool->nr_pages && time_before(jiffies, deadline))
		index = hmt_device_evict_next(pool, batch, index,
					      pool->nr_pages);
	kvfree(batch);
}

/*
 * Evict [@index, @end) until it is empty. Return 0; -EINTR after a fatal
 * signal; -ETIME if pages are left at the deadline. May exceed the deadline by
 * one batch.
 */
int hmt_device_evacuate(struct hmt_device_pool *pool, unsigned long index,
			unsigned long end, unsigned int timeout_ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	struct hmt_device_batch *batch = hmt_device_batch_alloc();
	int ret = 0;

	while (!hmt_device_is_empty(pool, index, end)) {
		ret = hmt_device_evict(pool, batch, index, end, deadline);
		if (hmt_device_is_empty(pool, index, end)) {
			ret = 0;
			break;
		}
		ret = ret ?: hmt_device_check_deadline(deadline);
		if (ret)
			break;
		msleep(HMT_DEVICE_RETRY_MS);
	}
	kvfree(batch);
	return ret;
}

/*
 * Evict all pages of coherent memory and give up those that cannot be copied;
 * after @deadline no page is copied. Evict one page at a time to keep the time
 * between clearing and poisoning a page short. Return the number of lost pages.
 */
static unsigned long hmt_device_abandon(struct hmt_device_pool *pool,
					struct hmt_device_batch *batch,
					unsigned long deadline)
{
	unsigned long end = pool->nr_pages, index, lost = 0;

	hmt_device_replicas_evict(pool, 0, end);
	for (index = hmt_device_next_used(pool, 0, end); index < end;
	     index = hmt_device_next_used(pool, index + 1, end)) {
		hmt_device_evict_batch(pool, batch, index, 1, true);
		lost += batch->nr_lost;
		if (time_after(jiffies, deadline))
			WRITE_ONCE(pool->driver.copy_disabled, true);
		cond_resched();
	}
	return lost;
}

/*
 * Evict or give up all pages, and retry busy ones for @timeout_ms. With 0, try
 * once without a time limit. Return the number of lost pages.
 */
unsigned long hmt_device_give_up(struct hmt_device_pool *pool,
				 unsigned int timeout_ms)
{
	unsigned long wait = timeout_ms ? msecs_to_jiffies(timeout_ms) :
					  MAX_JIFFY_OFFSET;
	unsigned long deadline = jiffies + wait;
	struct hmt_device_batch *batch = hmt_device_batch_alloc();
	unsigned long lost = hmt_device_abandon(pool, batch, deadline);

	while (timeout_ms && !hmt_device_is_empty(pool, 0, pool->nr_pages) &&
	       time_before(jiffies, deadline)) {
		msleep(HMT_DEVICE_RETRY_MS);
		lost += hmt_device_abandon(pool, batch, deadline);
	}
	kvfree(batch);
	return lost;
}

/* CPU faults on private memory. */

/*
 * Choose the pages that move with the faulting page: pages of its window that
 * are neither excluded nor hot on the device. The faulting page always moves.
 */
static void hmt_device_fault_around(const struct hmt_device_pool *pool,
				    const struct vm_fault *vmf,
				    struct hmt_neighbours *around)
{
	const struct vm_area_struct *vma = vmf->vma;

	around->start = ALIGN_DOWN(vmf->address, HMT_DEVICE_WINDOW);
	around->end = around->start + HMT_DEVICE_WINDOW;
	hmt_neighbours_of(vma->vm_mm, hmt_memory_uid(pool->memory),
			  vmf->address, around);
	__clear_bit(hmt_chunk_index(vmf->address), around->hot);
	around->start = max(around->start, vma->vm_start);
	around->end = min(around->end, vma->vm_end);
	hmt_skip_excluded(vma->vm_mm, vmf->address & PAGE_MASK, &around->start,
			  &around->end);
}

/* Mark the pages of @args that stay on the device. */
static void hmt_device_mark_stay(struct hmt_device_batch *batch,
				 const struct migrate_vma *args,
				 const struct hmt_neighbours *around)
{
	unsigned long addr;
	unsigned int i = 0;

	bitmap_zero(batch->stay, HMT_BATCH_PAGES);
	for (addr = args->start; addr < args->end; addr += PAGE_SIZE, i++)
		if (test_bit(hmt_chunk_index(addr), around->hot))
			__set_bit(i, batch->stay);
}

/* Check whether page @index of the range has a destination in @batch. */
static bool hmt_device_in_batch(const struct hmt_device_batch *batch,
				unsigned int index)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		if (batch->index[i] == index)
			return true;
	return false;
}

/*
 * Move the pages of @args. @addr is the faulting page, which must move; it may
 * be outside the range.
 */
static vm_fault_t hmt_device_bring_back(struct hmt_device_pool *pool,
					struct hmt_device_batch *batch,
					struct migrate_vma *args,
					unsigned long addr)
{
	unsigned long index = (addr - args->start) >> PAGE_SHIFT;
	u64 start = ktime_get_ns();
	unsigned int moved;
	vm_fault_t ret = 0;

	hmt_device_alloc_targets(pool, batch, args->npages, args->vma,
				 args->start);
	hmt_device_copy_batch(pool, batch, false);
	/*
	 * A page that was not collected is moved by another task; the fault is
	 * retried.
	 */
	if (index < args->npages && batch->src[index] & MIGRATE_PFN_MIGRATE &&
	    !batch->dst[index])
		ret = hmt_device_in_batch(batch, index) ? VM_FAULT_SIGBUS :
							    VM_FAULT_OOM;
	migrate_vma_pages(args);
	migrate_vma_finalize(args);
	moved = hmt_device_account(pool, batch, ktime_get_ns() - start);
	hmt_device_note_returned(pool, args->vma->vm_mm, args->start,
				 args->end, moved);
	return ret;
}

/* Move the part of @around that is in the same batch as @at. */
static vm_fault_t hmt_device_fault_part(const struct vm_fault *vmf,
					struct hmt_device_batch *batch,
					const struct hmt_neighbours *around,
					unsigned long at)
{
	struct hmt_device_pool *pool = hmt_device_pool_of(vmf->page);
	unsigned long base = ALIGN_DOWN(at, HMT_BATCH_PAGES * PAGE_SIZE);
	struct migrate_vma args = {
		.vma = vmf->vma,
		.start = max(around->start, base),
		.end = min(around->end, base + HMT_BATCH_PAGES * PAGE_SIZE),
		.src = batch->src,
		.dst = batch->dst,
		.pgmap_owner = pool->pgmap.owner,
		.flags = MIGRATE_VMA_SELECT_DEVICE_PRIVATE,
	};

	if (vmf->address >= args.start && vmf->address < args.end)
		args.fault_page = vmf->page;
	hmt_device_mark_stay(batch, &args, around);
	/* KSM does not merge device memory, so any VMA is safe. */
	if (migrate_vma_setup(&args))
		return VM_FAULT_SIGBUS;
	if (!args.cpages)
		return 0;
	return hmt_device_bring_back(pool, batch, &args, vmf->address);
}

/* Move the rest of @around unless that takes too long. */
static void hmt_device_fault_more(const struct vm_fault *vmf,
				  struct hmt_device_batch *batch,
				  const struct hmt_neighbours *around,
				  u64 since)
{
	unsigned long step = HMT_BATCH_PAGES * PAGE_SIZE;
	unsigned long at;

	for (at = ALIGN_DOWN(around->start, step); at < around->end;
	     at += step) {
		if (at == ALIGN_DOWN(vmf->address, step))
			continue;
		if (ktime_get_ns() - since > HMT_DEVICE_MORE_NS)
			return;
		hmt_device_fault_part(vmf, batch, around, at);
	}
}

/*
 * Check whether khugepaged wants the page. It takes up to max_ptes_swap entries
 * of private memory for swapped pages, and brings them back to make a huge page.
 * No other task has neither an address space nor FAULT_FLAG_REMOTE.
 */
static bool hmt_device_is_collapse(const struct vm_fault *vmf)
{
	return !current->mm && !(vmf->flags & FAULT_FLAG_REMOTE);
}

vm_fault_t hmt_device_migrate_to_ram(struct vm_fault *vmf)
{
	struct hmt_device_pool *pool = hmt_device_pool_of(vmf->page);
	struct hmt_device_batch *batch;
	struct hmt_neighbours around;
	u64 since = ktime_get_ns();
	vm_fault_t ret;

	/* VM_FAULT_HWPOISON would have the kernel log each access. */
	if (READ_ONCE(pool->driver.copy_disabled))
		return VM_FAULT_SIGBUS;
	/* khugepaged leaves the range after an error, without a message. */
	if (hmt_device_is_collapse(vmf))
		return VM_FAULT_SIGBUS;
	/* A table maps parts of a huge page, which the kernel splits. */
	if (!vmf->pte && folio_test_large(page_folio(vmf->page)))
		return hmt_device_huge_to_ram(vmf);
	batch = kzalloc(struct_size(batch, src, HMT_BATCH_PAGES), GFP_KERNEL);
	if (!batch)
		return VM_FAULT_OOM;
	hmt_device_fault_around(pool, vmf, &around);
	ret = hmt_device_fault_part(vmf, batch, &around, vmf->address);
	if (!ret)
		hmt_device_fault_more(vmf, batch, &around, since);
	kfree(batch);
	return ret;
}
