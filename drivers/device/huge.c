// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: huge pages, where the kernel moves them as a whole. One returns
 * as a whole if system memory has a free huge page, on a CPU fault or by eviction.
 * Else it is split, and its pages return as base pages.
 *
 * A huge page is split through one of its mappings by migrate_vma_setup(), which
 * takes references that nothing else may have. The handler of a CPU fault holds
 * one, so it leaves that to a worker, and the CPU faults again in the meantime.
 */
#include <linux/delay.h>
#include <linux/gfp.h>
#include <linux/hmt_internal.h>
#include <linux/ktime.h>
#include <linux/memcontrol.h>
#include <linux/memremap.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pagemap.h>
#include <linux/rcupdate.h>
#include <linux/rmap.h>
#include <linux/rwsem.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include "device.h"

/**
 * struct hmt_device_huge - state of the return of a huge page
 * @src: the page, at index 0, as the kernel describes it
 * @dst: destination, at index 0; 0: the page stays
 * @to: destination, or NULL
 */
struct hmt_device_huge {
	unsigned long src[HMT_CHUNK_PAGES];
	unsigned long dst[HMT_CHUNK_PAGES];
	struct page *to;
};

/* Allocate a huge page of the device; NULL: there is none, see hmt_memory_ops. */
struct page *hmt_device_alloc_huge(const struct hmt_memory *memory)
{
	struct hmt_device_pool *pool = hmt_memory_data(memory);
	unsigned long index;
	struct page *page;

	if (!pool->splitter.huge || !hmt_device_admits(pool))
		return NULL;
	index = hmt_device_alloc_huge_index(pool);
	if (index == pool->nr_pages)
		return NULL;
	hmt_device_note_used(pool, index);
	page = pfn_to_page(pool->first + index);
	hmt_init_huge_page(page, &pool->pgmap, HMT_CHUNK_ORDER);
	return page;
}

/* Check whether the kernel unmapped the page as a whole. */
static bool hmt_device_huge_is_whole(const struct hmt_device_huge *huge)
{
	return huge->src[0] & MIGRATE_PFN_MIGRATE &&
	       huge->src[0] & MIGRATE_PFN_COMPOUND;
}

/* Copy the page, which is unmapped as a whole, to @to. */
static void hmt_device_huge_copy(struct hmt_device_pool *pool,
				 struct hmt_device_huge *huge)
{
	struct hmt_copy_desc copy = {
		.to = huge->to,
		.from = migrate_pfn_to_page(huge->src[0]),
		.order = HMT_CHUNK_ORDER,
	};

	hmt_device_copy_pages(pool, &copy, 1);
	if (!copy.failed)
		huge->dst[0] = migrate_pfn(page_to_pfn(huge->to)) |
			       MIGRATE_PFN_COMPOUND;
}

/* Account the move to @to, which began at @start (ns). Return the moved pages. */
static unsigned long hmt_device_huge_account(const struct hmt_device_pool *pool,
					     const struct hmt_device_huge *huge,
					     u32 to, u64 start)
{
	struct hmt_move_stats stats = { .ns = ktime_get_ns() - start };
	enum hmt_result result = HMT_RESULT_MOVED;

	if (!huge->dst[0])
		result = HMT_RESULT_BUSY;
	else if (!(huge->src[0] & MIGRATE_PFN_MIGRATE))
		result = HMT_RESULT_RACED;
	stats.pages[result] = HMT_CHUNK_PAGES;
	hmt_move_account_driver(hmt_memory_uid(pool->memory), to, &stats);
	return stats.pages[HMT_RESULT_MOVED];
}

/* Splitting. */

/* Time in us between two tries to split a huge page, and number of tries. */
#define HMT_SPLIT_NAP_US	1000
#define HMT_SPLIT_TRIES		20

/* Time in us between two tries to lock an anon_vma, and number of tries. */
#define HMT_RMAP_NAP_US		100
#define HMT_RMAP_TRIES		50

/*
 * Lock the anon_vma of @folio for reading, as folio_lock_anon_vma_read() does.
 * The last mapping may go at any time, and the anon_vma with it, although the
 * folio is locked. Its memory remains an anon_vma in an RCU read-side
 * section; one that is locked is not freed, and belongs to the folio if the
 * folio is mapped then. Return NULL if it is not, or if a writer is in the way.
 */
static struct anon_vma *hmt_device_trylock_anon_vma(struct folio *folio)
{
	struct anon_vma *anon_vma = NULL;
	struct rw_semaphore *rwsem;

	rcu_read_lock();
	if (folio_test_anon(folio) && folio_mapped(folio)) {
		anon_vma = (void *)((unsigned long)READ_ONCE(folio->mapping) &
				    ~FOLIO_MAPPING_FLAGS);
		rwsem = &READ_ONCE(anon_vma->root)->rwsem;
		if (!down_read_trylock(rwsem)) {
			anon_vma = NULL;
		} else if (!folio_mapped(folio)) {
			up_read(rwsem);
			anon_vma = NULL;
		}
	}
	rcu_read_unlock();
	return anon_vma;
}

static struct anon_vma *hmt_device_lock_anon_vma(struct folio *folio)
{
	struct anon_vma *anon_vma = hmt_device_trylock_anon_vma(folio);
	unsigned int tries = HMT_RMAP_TRIES;

	/* Writers hold the lock for a short time. */
	while (!anon_vma && folio_mapped(folio) && tries--) {
		usleep_range(HMT_RMAP_NAP_US, 2 * HMT_RMAP_NAP_US);
		anon_vma = hmt_device_trylock_anon_vma(folio);
	}
	return anon_vma;
}

/*
 * Return whether @vma may map some of @nr pages from page offset @pgoff on, and set
 * *@addr to the first of them.
 */
static bool hmt_device_vma_maps(struct vm_area_struct *vma, unsigned long pgoff,
				unsigned long nr, unsigned long *addr)
{
	unsigned long first = max(vma->vm_pgoff, pgoff);

	if (first >= vma->vm_pgoff + vma_pages(vma) || first >= pgoff + nr)
		return false;
	*addr = vma->vm_start + ((first - vma->vm_pgoff) << PAGE_SHIFT);
	return true;
}

/*
 * Find a VMA that may map some of @nr pages of @folio, which is locked, from its
 * page @first on; @skip leaves out as many. Return its mm, with a reference on its
 * users, and set *@addr; or NULL.
 */
static struct mm_struct *hmt_device_find_mapping(struct folio *folio,
						 unsigned long first,
						 unsigned long nr,
						 unsigned int skip,
						 unsigned long *addr)
{
	struct anon_vma *anon_vma = hmt_device_lock_anon_vma(folio);
	struct mm_struct *mm = NULL;
	struct rb_node *node;

	if (!anon_vma)
		return NULL;
	for (node = rb_first_cached(&anon_vma->rb_root); node && !mm;
	     node = rb_next(node)) {
		struct vm_area_struct *vma =
			rb_entry(node, struct anon_vma_chain, rb)->vma;

		if (!hmt_device_vma_maps(vma, folio->index + first, nr, addr))
			continue;
		if (skip) {
			skip--;
			continue;
		}
		if (!mmget_not_zero(vma->vm_mm))
			continue;
		mm = vma->vm_mm;
	}
	up_read(&anon_vma->root->rwsem);
	return mm;
}

/* Let the kernel split the huge page that is mapped at @addr in @vma. */
static void hmt_device_split_at(const struct hmt_device_pool *pool,
				struct hmt_device_huge *huge,
				struct vm_area_struct *vma, unsigned long addr)
{
	struct migrate_vma args = {
		.vma = vma,
		.src = huge->src,
		.dst = huge->dst,
		.start = addr,
		.end = min(addr + HMT_CHUNK_SIZE, vma->vm_end),
		.pgmap_owner = pool->pgmap.owner,
		/* Without MIGRATE_VMA_SELECT_COMPOUND. */
		.flags = MIGRATE_VMA_SELECT_DEVICE_PRIVATE,
	};

	if (migrate_vma_setup(&args))
		return;
	/* No page has a destination: all are mapped again. */
	migrate_vma_pages(&args);
	migrate_vma_finalize(&args);
}

/* Return the folio of page @index, locked, with a reference; or NULL. */
static struct folio *hmt_device_lock_folio(const struct hmt_device_pool *pool,
					   unsigned long index)
{
	struct page *page = pfn_to_page(pool->first + index);
	struct folio *folio = page_folio(page);

	if (!folio_try_get(folio))
		return NULL;
	folio_lock(folio);
	/* The huge page may have been split. */
	if (page_folio(page) == folio)
		return folio;
	folio_unlock(folio);
	folio_put(folio);
	return NULL;
}

/* Find a mapping of page @index, or of the @whole huge page that has it. */
static struct mm_struct *hmt_device_find(const struct hmt_device_pool *pool,
					 unsigned long index, bool whole,
					 unsigned int skip, unsigned long *addr)
{
	struct folio *folio = hmt_device_lock_folio(pool, index);
	struct mm_struct *mm;

	if (!folio)
		return NULL;
	if (whole)
		mm = hmt_device_find_mapping(folio, 0, folio_nr_pages(folio),
					     skip, addr);
	else
		mm = hmt_device_find_mapping(folio, pool->first + index -
					     folio_pfn(folio), 1, skip, addr);
	folio_unlock(folio);
	folio_put(folio);
	return mm;
}

/* Find a mapping of the page or huge page that has page @index, as above. */
struct mm_struct *hmt_device_find_mm(const struct hmt_device_pool *pool,
				     unsigned long index, unsigned int skip,
				     unsigned long *addr)
{
	return hmt_device_find(pool, index, true, skip, addr);
}

/* The same for page @index itself, which may be in a huge page. */
struct mm_struct *hmt_device_find_page(const struct hmt_device_pool *pool,
				       unsigned long index, unsigned int skip,
				       unsigned long *addr)
{
	return hmt_device_find(pool, index, false, skip, addr);
}

/*
 * Find the address at which @mm may map page @index; false if it does not, or
 * another task has locked the page. The mmap lock of @mm is held.
 */
bool hmt_device_find_addr(const struct hmt_device_pool *pool,
			  unsigned long index, const struct mm_struct *mm,
			  unsigned long *addr)
{
	struct folio *folio = page_folio(pfn_to_page(pool->first + index));
	struct anon_vma *anon_vma = NULL;
	struct rb_node *node = NULL;

	if (!folio_try_get(folio))
		return false;
	if (!folio_trylock(folio))
		goto out;
	anon_vma = hmt_device_lock_anon_vma(folio);
	if (anon_vma)
		node = rb_first_cached(&anon_vma->rb_root);
	for (; node; node = rb_next(node)) {
		struct vm_area_struct *vma =
			rb_entry(node, struct anon_vma_chain, rb)->vma;

		if (vma->vm_mm == mm &&
		    hmt_device_vma_maps(vma, folio->index,
					folio_nr_pages(folio), addr))
			break;
	}
	if (anon_vma)
		up_read(&anon_vma->root->rwsem);
	folio_unlock(folio);
out:
	folio_put(folio);
	return node;
}

/* Check whether page @index is in a huge page. */
static bool hmt_device_is_huge(const struct hmt_device_pool *pool,
			       unsigned long index)
{
	return folio_test_large(page_folio(pfn_to_page(pool->first + index)));
}

/*
 * Split the huge page that has page @index. After a fork the VMA of one process
 * may have another page there, so all are tried. Return whether it is split.
 * Context: process, no lock held, may sleep.
 */
static bool hmt_device_split(struct hmt_device_pool *pool, unsigned long index)
{
	struct hmt_device_huge *huge = kvzalloc(sizeof(*huge), GFP_KERNEL);
	struct vm_area_struct *vma;
	struct mm_struct *mm;
	unsigned int skip = 0;
	unsigned long addr;

	while (huge && hmt_device_is_huge(pool, index)) {
		mm = hmt_device_find_mm(pool, index, skip++, &addr);
		if (!mm)
			break;
		/* A removal tries again, within its time limit. */
		if (mmap_read_trylock(mm)) {
			vma = vma_lookup(mm, addr);
			if (vma)
				hmt_device_split_at(pool, huge, vma, addr);
			mmap_read_unlock(mm);
		}
		mmput(mm);
		cond_resched();
	}
	kvfree(huge);
	return !hmt_device_is_huge(pool, index);
}

static void hmt_device_split_work(struct work_struct *work)
{
	struct hmt_device_pool *pool = container_of(work,
						    struct hmt_device_pool,
						    splitter.work);
	unsigned long index = READ_ONCE(pool->splitter.index);
	unsigned int tries = HMT_SPLIT_TRIES;

	/* Each CPU that faults again holds a reference at times. */
	while (!hmt_device_split(pool, index)) {
		if (!tries--) {
			WRITE_ONCE(pool->splitter.stuck, index);
			return;
		}
		usleep_range(HMT_SPLIT_NAP_US, 2 * HMT_SPLIT_NAP_US);
	}
}

/*
 * Request that the huge page at @index is split, unless that has failed. Return
 * whether it will be.
 */
static bool hmt_device_split_later(struct hmt_device_pool *pool,
				   unsigned long index)
{
	struct hmt_device_splitter *splitter = &pool->splitter;

	if (cmpxchg(&splitter->stuck, index, HMT_DEVICE_NO_INDEX) == index)
		return false;
	if (!work_pending(&splitter->work))
		WRITE_ONCE(splitter->index, index);
	hmt_device_queue_work(&splitter->work);
	cond_resched();
	return true;
}

void hmt_device_huge_init(struct hmt_device_pool *pool)
{
	struct hmt_device_splitter *splitter = &pool->splitter;

	INIT_WORK(&splitter->work, hmt_device_split_work);
	splitter->stuck = HMT_DEVICE_NO_INDEX;
	splitter->huge = HMT_MOVES_WHOLE && hmt_device_is_private(pool) &&
			 IS_ALIGNED(pool->first, HMT_CHUNK_PAGES);
}

void hmt_device_huge_exit(struct hmt_device_pool *pool)
{
	cancel_work_sync(&pool->splitter.work);
}

/* Eviction. */

/* Evict the huge page at @index as a whole. Return whether there was room. */
static bool hmt_device_evict_whole(struct hmt_device_pool *pool,
				   unsigned long index)
{
	struct hmt_device_huge *huge =
		kvzalloc(sizeof(*huge), GFP_KERNEL | __GFP_NOFAIL);
	u64 start = ktime_get_ns();
	bool room;

	huge->to = hmt_alloc_fallback_page(pool->memory, NULL, 0, true);
	room = huge->to;
	if (room) {
		u32 to = hmt_page_uid(huge->to);

		migrate_device_range(huge->src, pool->first + index,
				     HMT_CHUNK_PAGES);
		if (hmt_device_huge_is_whole(huge) &&
		    !hmt_device_is_migrated(migrate_pfn_to_page(huge->src[0])))
			hmt_device_huge_copy(pool, huge);
		migrate_device_pages(huge->src, huge->dst, HMT_CHUNK_PAGES);
		migrate_device_finalize(huge->src, huge->dst, HMT_CHUNK_PAGES);
		hmt_device_huge_account(pool, huge, to, start);
		if (!huge->dst[0])
			hmt_free_unused_page(huge->to);
	}
	kvfree(huge);
	return room;
}

/*
 * Evict the huge page that has page @index, or split it: if it is not all in
 * [@start, @end), or no node has a huge page. Return the index at which to
 * continue. Context: process, may sleep.
 */
unsigned long hmt_device_evict_huge(struct hmt_device_pool *pool,
				    unsigned long index, unsigned long start,
				    unsigned long end)
{
	unsigned long head = ALIGN_DOWN(index, HMT_CHUNK_PAGES);
	unsigned long next = head + HMT_CHUNK_PAGES;

	cond_resched();
	if (head >= start && next <= end && hmt_device_evict_whole(pool, head))
		return next;
	return hmt_device_split(pool, head) ? index : next;
}

/* CPU faults. */

/* Bring the page back as a whole to @huge->to. */
static vm_fault_t hmt_device_huge_bring_back(const struct vm_fault *vmf,
					     struct hmt_device_pool *pool,
					     struct hmt_device_huge *huge)
{
	u64 start = ktime_get_ns();
	u32 to = hmt_page_uid(huge->to);
	struct migrate_vma args = {
		.vma = vmf->vma,
		.src = huge->src,
		.dst = huge->dst,
		.start = ALIGN_DOWN(vmf->address, HMT_CHUNK_SIZE),
		.end = ALIGN_DOWN(vmf->address, HMT_CHUNK_SIZE) +
		       HMT_CHUNK_SIZE,
		.pgmap_owner = pool->pgmap.owner,
		.flags = MIGRATE_VMA_SELECT_DEVICE_PRIVATE |
			 MIGRATE_VMA_SELECT_COMPOUND,
		.fault_page = vmf->page,
	};
	unsigned long moved;
	vm_fault_t ret = 0;

	if (migrate_vma_setup(&args))
		return VM_FAULT_SIGBUS;
	if (hmt_device_huge_is_whole(huge)) {
		hmt_device_huge_copy(pool, huge);
		if (!huge->dst[0])
			ret = VM_FAULT_SIGBUS;
	}
	migrate_vma_pages(&args);
	migrate_vma_finalize(&args);
	moved = hmt_device_huge_account(pool, huge, to, start);
	hmt_device_note_returned(pool, vmf->vma->vm_mm, args.start, args.end,
				 moved);
	return ret;
}

/*
 * Bring a huge page back that a CPU touches. It is split if a part of it is
 * excluded, and stays but for the touched page, or if no node has a huge page.
 * Context: the handler of the fault, with the page locked.
 */
vm_fault_t hmt_device_huge_to_ram(struct vm_fault *vmf)
{
	struct hmt_device_pool *pool = hmt_device_pool_of(vmf->page);
	unsigned long addr = ALIGN_DOWN(vmf->address, HMT_CHUNK_SIZE);
	unsigned long index = page_to_pfn(vmf->page) - pool->first;
	struct hmt_device_huge *huge;
	vm_fault_t ret;

	/* The fault is retried until the page is split. */
	if (hmt_is_excluded(vmf->vma->vm_mm, addr, addr + HMT_CHUNK_SIZE) &&
	    hmt_device_split_later(pool, index))
		return 0;
	huge = kvzalloc(sizeof(*huge), GFP_KERNEL);
	if (!huge)
		return VM_FAULT_OOM;
	huge->to = hmt_alloc_fallback_page(pool->memory, vmf->vma, addr, true);
	if (huge->to) {
		ret = hmt_device_huge_bring_back(vmf, pool, huge);
		if (!huge->dst[0])
			hmt_free_unused_page(huge->to);
	} else {
		ret = hmt_device_split_later(pool, index) ? 0 : VM_FAULT_OOM;
	}
	kvfree(huge);
	return ret;
}
