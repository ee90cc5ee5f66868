// SPDX-License-Identifier: GPL-2.0
/* Memory of devices: how pages come back, by a CPU's fault or by eviction. */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/highmem.h>
#include <linux/hmt.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/memcontrol.h>
#include <linux/memremap.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "device.h"

/* Between two attempts to move what was busy. */
#define HMT_DEVICE_RETRY_MS	10

/* After so long a CPU does not wait for more than it touched. */
#define HMT_DEVICE_MORE_NS	(1000 * NSEC_PER_USEC)

/*
 * Scratch of an eviction; to[] is where copies go, lost[] those that failed, of
 * the pages lost_at[]. What is in stay[] does not go.
 */
struct hmt_device_batch {
	unsigned long src[HMT_BATCH_PAGES];
	unsigned long dst[HMT_BATCH_PAGES];
	struct hmt_copy_desc copies[HMT_BATCH_PAGES];
	u32 to[HMT_BATCH_PAGES];
	u8 index[HMT_BATCH_PAGES];
	unsigned int nr;
	struct page *lost[HMT_BATCH_PAGES];
	u8 lost_at[HMT_BATCH_PAGES];
	unsigned int nr_lost;
	DECLARE_BITMAP(stay, HMT_BATCH_PAGES);
};

/* Say for the driver what one copy is. */
static void hmt_device_describe(const struct hmt_device_pool *pool,
				const struct hmt_copy_desc *copy,
				struct hmt_device_copy_desc *to)
{
	struct page *own = copy->to, *other = copy->from;

	to->to_device = hmt_device_is_own(pool, own);
	if (!to->to_device)
		swap(own, other);
	to->offset = PFN_PHYS(page_to_pfn(own) - pool->first);
	to->page = other;
	to->failed = false;
}

static void hmt_device_fail_all(struct hmt_copy_desc *copies, unsigned int nr)
{
	while (nr--)
		copies[nr].failed = true;
}

/* The driver is there and @pool->gate held. */
static void hmt_device_ask_driver(struct hmt_device_pool *pool,
				  struct hmt_copy_desc *copies, unsigned int nr)
{
	struct hmt_device_copy_desc *asked =
		kmalloc_array(nr, sizeof(*asked), GFP_KERNEL);
	unsigned int i;

	lockdep_assert_held_read(&pool->gate);
	if (!asked) {
		hmt_device_fail_all(copies, nr);
		return;
	}
	for (i = 0; i < nr; i++)
		hmt_device_describe(pool, &copies[i], &asked[i]);
	pool->device->ops->copy(pool->device, asked, nr);
	for (i = 0; i < nr; i++)
		copies[i].failed = asked[i].failed;
	kfree(asked);
}

void hmt_device_copy_pages(struct hmt_device_pool *pool,
			   struct hmt_copy_desc *copies, unsigned int nr)
{
	if (!nr)
		return;
	down_read(&pool->gate);
	if (READ_ONCE(pool->lost))
		hmt_device_fail_all(copies, nr);
	else if (pool->device && !pool->device->gone)
		hmt_device_ask_driver(pool, copies, nr);
	else if (!pool->device && pool->pgmap.type == MEMORY_DEVICE_COHERENT)
		hmt_copy_pages(copies, nr);
	else
		hmt_device_fail_all(copies, nr);
	up_read(&pool->gate);
}

/*
 * Bringing pages back. Shared by the fault of a CPU and by eviction: src[] is
 * filled by the kernel, dst[] here.
 */

/*
 * Eviction takes pages by their number. One that a CPU has just brought back may
 * be caught between being unlocked and being freed: its charge is with its copy.
 */
static bool hmt_device_has_left(struct page *page)
{
	return !mem_cgroup_disabled() && !folio_memcg(page_folio(page));
}

/*
 * Find a place for every page that was collected: of @vma from @start on, where a
 * CPU touched them; NULL: they are saved from the device.
 */
static void hmt_device_find_places(struct hmt_device_pool *pool,
				   struct hmt_device_batch *batch,
				   unsigned int nr, struct vm_area_struct *vma,
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
		    test_bit(i, batch->stay) || hmt_device_has_left(page))
			continue;
		to = hmt_alloc_fallback_page(pool->memory, vma,
					     start + i * PAGE_SIZE);
		if (!to)
			continue;
		batch->copies[batch->nr] = (struct hmt_copy_desc){
			.to = to,
			.from = page,
		};
		batch->to[batch->nr] = hmt_page_uid(to);
		batch->index[batch->nr++] = i;
	}
}

/*
 * Copy, and decide for each page: it moves, it stays, or, with @give_up, it is
 * replaced by one that will be poisoned. Returns how many could not be copied.
 */
static unsigned int hmt_device_fill_places(struct hmt_device_pool *pool,
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
				unlock_page(to);
				put_page(to);
				continue;
			}
			clear_highpage(to);
			/* Must not be freed and used again before it is poisoned. */
			get_page(to);
			batch->lost_at[batch->nr_lost] = batch->index[i];
			batch->lost[batch->nr_lost++] = to;
		}
		batch->dst[batch->index[i]] = migrate_pfn(page_to_pfn(to));
	}
	return failed;
}

/* What became of a page that there was a place for. */
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
 * Count what moved on the edges that it took, @ns on the first of them. Returns
 * how many pages did.
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

/* What is pinned did not go after all, and is not lost, nor is its place. */
static void hmt_device_keep_stayed(struct hmt_device_batch *batch)
{
	unsigned int i, lost = 0;

	for (i = 0; i < batch->nr_lost; i++)
		if (batch->src[batch->lost_at[i]] & MIGRATE_PFN_MIGRATE)
			batch->lost[lost++] = batch->lost[i];
		else
			put_page(batch->lost[i]);
	batch->nr_lost = lost;
}

/* Who touches a page that was lost is told by SIGBUS. */
static void hmt_device_poison(struct hmt_device_batch *batch)
{
	unsigned int i;

	for (i = 0; i < batch->nr_lost; i++)
		if (memory_failure(page_to_pfn(batch->lost[i]),
				   MF_COUNT_INCREASED))
			pr_err_ratelimited("a page that was lost could not be poisoned\n");
}

static void hmt_device_evict_chunk(struct hmt_device_pool *pool,
				   struct hmt_device_batch *batch,
				   unsigned long index, unsigned int nr,
				   bool give_up)
{
	u64 start = ktime_get_ns();

	migrate_device_range(batch->src, pool->first + index, nr);
	hmt_device_find_places(pool, batch, nr, NULL, 0);
	hmt_device_fill_places(pool, batch, give_up);
	migrate_device_pages(batch->src, batch->dst, nr);
	migrate_device_finalize(batch->src, batch->dst, nr);
	hmt_device_account(pool, batch, ktime_get_ns() - start);
	hmt_device_keep_stayed(batch);
	hmt_device_poison(batch);
}

/* Is none of the pages [@index, @end) in use? */
bool hmt_device_is_empty(struct hmt_device_pool *pool, unsigned long index,
			 unsigned long end)
{
	unsigned long flags;
	bool empty;

	spin_lock_irqsave(&pool->lock, flags);
	empty = find_next_bit(pool->used, end, index) >= end;
	spin_unlock_irqrestore(&pool->lock, flags);
	return empty;
}

/* Has an eviction to end? A batch of a device that hangs takes long. */
static int hmt_device_is_late(unsigned long deadline)
{
	if (fatal_signal_pending(current))
		return -EINTR;
	return time_after(jiffies, deadline) ? -ETIME : 0;
}

/* One attempt at everything in [@index, @end). 0 or hmt_device_is_late(). */
static int hmt_device_evict(struct hmt_device_pool *pool,
			    struct hmt_device_batch *batch,
			    unsigned long index, unsigned long end,
			    unsigned long deadline)
{
	unsigned int nr;
	int ret = 0;

	hmt_device_replicas_evict(pool, index, end);
	for (; index < end && !ret; index += nr) {
		nr = min_t(unsigned long, end - index, HMT_BATCH_PAGES);
		if (!hmt_device_is_empty(pool, index, index + nr)) {
			hmt_device_evict_chunk(pool, batch, index, nr, false);
			ret = hmt_device_is_late(deadline);
		}
		cond_resched();
	}
	return ret;
}

/*
 * Get [@index, @end) empty. 0, -EINTR after a fatal signal, -ETIME when pages
 * are left at the deadline, -ENOMEM. Late by one batch at most.
 */
int hmt_device_empty(struct hmt_device_pool *pool, unsigned long index,
		     unsigned long end, unsigned int timeout_ms)
{
	unsigned long deadline = jiffies + msecs_to_jiffies(timeout_ms);
	struct hmt_device_batch *batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	int ret = 0;

	if (!batch)
		return -ENOMEM;
	while (!hmt_device_is_empty(pool, index, end)) {
		ret = hmt_device_evict(pool, batch, index, end, deadline);
		if (hmt_device_is_empty(pool, index, end)) {
			ret = 0;
			break;
		}
		ret = ret ?: hmt_device_is_late(deadline);
		if (ret)
			break;
		msleep(HMT_DEVICE_RETRY_MS);
	}
	kfree(batch);
	return ret;
}

/*
 * What cannot be copied is lost, and nothing can after the deadline. A page at a
 * time: what is given up is empty before it is poisoned, and so hardly anybody
 * sees that. Returns how many were lost.
 */
static unsigned long hmt_device_abandon(struct hmt_device_pool *pool,
					struct hmt_device_batch *batch,
					unsigned long deadline)
{
	unsigned long index, lost = 0;

	hmt_device_replicas_evict(pool, 0, pool->pages);
	for (index = 0; index < pool->pages; index++) {
		if (hmt_device_is_empty(pool, index, index + 1))
			continue;
		hmt_device_evict_chunk(pool, batch, index, 1, true);
		lost += batch->nr_lost;
		if (time_after(jiffies, deadline))
			WRITE_ONCE(pool->lost, true);
		cond_resched();
	}
	return lost;
}

/*
 * What could not be saved is lost; what is busy is tried again for a while. 0 ms:
 * one attempt, that may take as long as it does. Returns how many were lost.
 */
unsigned long hmt_device_give_up(struct hmt_device_pool *pool,
				 unsigned int timeout_ms)
{
	unsigned long wait = timeout_ms ? msecs_to_jiffies(timeout_ms) :
					  MAX_JIFFY_OFFSET;
	unsigned long deadline = jiffies + wait;
	struct hmt_device_batch *batch = kzalloc(sizeof(*batch),
						 GFP_KERNEL | __GFP_NOFAIL);
	unsigned long lost = hmt_device_abandon(pool, batch, deadline);

	while (timeout_ms && !hmt_device_is_empty(pool, 0, pool->pages) &&
	       time_before(jiffies, deadline)) {
		msleep(HMT_DEVICE_RETRY_MS);
		lost += hmt_device_abandon(pool, batch, deadline);
	}
	kfree(batch);
	return lost;
}

/*
 * A CPU touched memory that it cannot address.
 */

/*
 * The page itself has to come, whatever was said of it. Of those around it
 * none that is excluded does, nor one that the device uses.
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

/* Say what of @args stays. */
static void hmt_device_choose_stay(struct hmt_device_batch *batch,
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

/* Was there a place for the page that is not where it should be? */
static bool hmt_device_was_copied(const struct hmt_device_batch *batch,
				  unsigned int index)
{
	unsigned int i;

	for (i = 0; i < batch->nr; i++)
		if (batch->index[i] == index)
			return true;
	return false;
}

/* @addr is the page that has to come, or not among those of @args. */
static vm_fault_t hmt_device_bring_back(struct hmt_device_pool *pool,
					struct hmt_device_batch *batch,
					struct migrate_vma *args,
					unsigned long addr)
{
	unsigned long index = (addr - args->start) >> PAGE_SHIFT;
	u64 start = ktime_get_ns();
	unsigned int moved;
	vm_fault_t ret = 0;

	hmt_device_find_places(pool, batch, args->npages, args->vma,
			       args->start);
	hmt_device_fill_places(pool, batch, false);
	/* Not collected: somebody else is at it, the fault comes again. */
	if (index < args->npages && batch->src[index] & MIGRATE_PFN_MIGRATE &&
	    !batch->dst[index])
		ret = hmt_device_was_copied(batch, index) ? VM_FAULT_SIGBUS :
							    VM_FAULT_OOM;
	migrate_vma_pages(args);
	migrate_vma_finalize(args);
	moved = hmt_device_account(pool, batch, ktime_get_ns() - start);
	hmt_device_note_returned(pool, args->vma->vm_mm,
				 index < args->npages ? addr : args->start,
				 moved);
	return ret;
}

/* The part of @around that has @at in it, no more than fits into a batch. */
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
	hmt_device_choose_stay(batch, &args, around);
	/* KSM does not merge memory of devices: safe in any mapping. */
	if (migrate_vma_setup(&args))
		return VM_FAULT_SIGBUS;
	if (!args.cpages)
		return 0;
	return hmt_device_bring_back(pool, batch, &args, vmf->address);
}

/* What is cold on the device comes with the page, as long as that is quick. */
static void hmt_device_fault_more(const struct vm_fault *vmf,
				  struct hmt_device_batch *batch,
				  const struct hmt_neighbours *around,
				  u64 since)
{
	unsigned long step = HMT_BATCH_PAGES * PAGE_SIZE;
	unsigned long at;

	for (at = ALIGN_DOWN(around->start, step); at < around->end; at += step) {
		if (at == ALIGN_DOWN(vmf->address, step))
			continue;
		if (ktime_get_ns() - since > HMT_DEVICE_MORE_NS)
			return;
		hmt_device_fault_part(vmf, batch, around, at);
	}
}

vm_fault_t hmt_device_migrate_to_ram(struct vm_fault *vmf)
{
	struct hmt_device_pool *pool = hmt_device_pool_of(vmf->page);
	struct hmt_device_batch *batch = kzalloc(sizeof(*batch), GFP_KERNEL);
	struct hmt_neighbours around;
	u64 since = ktime_get_ns();
	vm_fault_t ret;

	if (!batch)
		return VM_FAULT_OOM;
	hmt_device_fault_around(pool, vmf, &around);
	ret = hmt_device_fault_part(vmf, batch, &around, vmf->address);
	if (!ret)
		hmt_device_fault_more(vmf, batch, &around, since);
	kfree(batch);
	return ret;
}
