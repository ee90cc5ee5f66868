// SPDX-License-Identifier: GPL-2.0
/*
 * Device memory: create replicas, of pages that cannot be written before the
 * driver's notifier is invoked.
 */
#include <linux/align.h>
#include <linux/dax.h>
#include <linux/hmt_internal.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mmap_lock.h>
#include <linux/mmu_notifier.h>
#include <linux/page_ref.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/swap.h>
#include <linux/userfaultfd_k.h>
#include <linux/xarray.h>
#include "device.h"

/* Minimum age in jiffies at which a replica is displaced by another one. */
#define HMT_REPLICA_STAY	HZ

#define HMT_REPLICA_PAGES	(HMT_DEVICE_WINDOW >> PAGE_SHIFT)

/**
 * struct hmt_replica_job - pages that are being replicated
 * @set: set of the new replicas
 * @nr: number of entries in the arrays below
 * @addr: addresses of the originals
 * @index: indices of the replicas in the pool
 * @copies: copies to make; the job holds a reference to each source
 * @nr_unused: number of entries in @unused
 * @unused: folios whose references the scan could not put: on PREEMPT_RT the
 *	last one may sleep, and interrupts are off
 */
struct hmt_replica_job {
	struct hmt_device_replicas *set;
	unsigned int nr;
	unsigned long addr[HMT_REPLICA_PAGES];
	unsigned long index[HMT_REPLICA_PAGES];
	struct hmt_copy_desc copies[HMT_REPLICA_PAGES];
	unsigned int nr_unused;
	struct folio *unused[HMT_REPLICA_PAGES];
};

/*
 * Check that a page cannot be written before the notifier is invoked: userfaultfd
 * has protected it, and all CPUs have flushed their TLBs. A mapping without
 * VM_WRITE does not suffice: the kernel writes to its exclusive pages on behalf of
 * debuggers and of /proc/PID/mem (FOLL_FORCE), and invokes no notifier. It does not
 * pass by the protection.
 */
static bool hmt_replica_is_safe(const struct vm_area_struct *vma, bool writable,
				bool protected)
{
	if (writable || !protected || !(vma->vm_flags & VM_READ) ||
	    hmt_userfaultfd_is_async(vma))
		return false;
	/*
	 * Read the entry first: a task that protects the page increments
	 * tlb_flush_pending before it changes the entry.
	 */
	smp_rmb();
	return !mm_tlb_flush_pending(vma->vm_mm);
}

/* Return the number of references to @folio that @job holds. */
static int hmt_replica_job_holds(const struct hmt_replica_job *job,
				 const struct folio *folio)
{
	unsigned int i;
	int count = 0;

	for (i = 0; i < job->nr; i++)
		count += page_folio(job->copies[i].from) == folio;
	for (i = 0; i < job->nr_unused; i++)
		count += job->unused[i] == folio;
	return count;
}

/* Return the references of @folio if it is only mapped and held by @job. */
static int hmt_replica_expected_refs(const struct hmt_replica_job *job,
				     struct folio *folio, bool huge)
{
	/* The caller holds one more. */
	int expected = hmt_replica_job_holds(job, folio) + 1;

	expected += huge ? folio_entire_mapcount(folio) :
			   atomic_read(&folio->page._mapcount) + 1;
	expected += folio_test_swapcache(folio) ? folio_nr_pages(folio) : 0;
	expected += folio_test_lru(folio) ? 0 : 1;
	return expected;
}

/*
 * Check that @folio has no references besides its mappings. The holder of
 * another one may have got it while the page was writable, and may write now.
 * Folios of which parts are mapped one by one are refused.
 */
static bool hmt_replica_is_unpinned(const struct hmt_replica_job *job,
				    struct folio *folio, bool huge)
{
	return folio_test_large(folio) == huge &&
	       folio_ref_count(folio) <=
		       hmt_replica_expected_refs(job, folio, huge);
}

/* Put a reference later; the scan of a page has at most one. */
static void hmt_replica_job_drop(struct hmt_replica_job *job,
				 struct folio *folio)
{
	job->unused[job->nr_unused++] = folio;
}

static void hmt_replica_job_put_unused(struct hmt_replica_job *job)
{
	while (job->nr_unused)
		folio_put(job->unused[--job->nr_unused]);
}

/* Get a reference to @page if it may be replicated. */
static bool hmt_replica_job_hold(struct hmt_replica_job *job, struct page *page,
				 bool huge)
{
	struct folio *folio = page_folio(page);

	if (is_zone_device_page(page) || !folio_test_anon(folio) ||
	    !folio_try_get(folio))
		return false;
	if (page_folio(page) == folio &&
	    hmt_replica_is_unpinned(job, folio, huge))
		return true;
	hmt_replica_job_drop(job, folio);
	return false;
}

/* Add @page, whose reference the caller holds, if its entry is unchanged. */
static void hmt_replica_job_add(struct hmt_replica_job *job, unsigned long addr,
				struct page *page, bool same)
{
	if (!same) {
		hmt_replica_job_drop(job, page_folio(page));
		return;
	}
	job->addr[job->nr] = addr;
	job->copies[job->nr++].from = page;
}

static void hmt_replica_job_scan_pte(struct hmt_replica_job *job,
				     const struct vm_area_struct *vma,
				     unsigned long addr, pte_t *ptep)
{
	pte_t pte = READ_ONCE(*ptep);
	struct page *page;

	if (!pte_present(pte) || pte_special(pte) || hmt_pte_is_dax(pte) ||
	    !hmt_replica_is_safe(vma, pte_write(pte),
				 userfaultfd_pte_wp((void *)vma, pte)))
		return;
	page = pte_page(pte);
	if (hmt_replica_job_hold(job, page, false))
		hmt_replica_job_add(job, addr, page,
				    pte_same(READ_ONCE(*ptep), pte));
}

static void hmt_replica_job_scan_huge(struct hmt_replica_job *job,
				      const struct vm_area_struct *vma,
				      unsigned long addr, pmd_t *pmdp,
				      pmd_t pmd)
{
	struct page *page;

	if (!pmd_trans_huge(pmd) || !pfn_valid(pmd_pfn(pmd)) ||
	    !hmt_replica_is_safe(vma, pmd_write(pmd),
				 userfaultfd_huge_pmd_wp((void *)vma, pmd)))
		return;
	page = pmd_page(pmd) + ((addr & ~PMD_MASK) >> PAGE_SHIFT);
	if (hmt_replica_job_hold(job, page, true))
		hmt_replica_job_add(job, addr, page,
				    pmd_same(READ_ONCE(*pmdp), pmd));
}

/* Collect the pages of [@addr, @end) that may be replicated and are not yet. */
static void hmt_replica_job_scan(struct vm_area_struct *vma, unsigned long addr,
				 unsigned long end, pmd_t *pmdp, pmd_t pmd,
				 void *arg)
{
	struct hmt_replica_job *job = arg;
	bool huge = pmd_leaf(pmd);
	pte_t *ptep = huge ? NULL : pte_offset_kernel(&pmd, addr);

	for (; addr < end; addr += PAGE_SIZE) {
		if (xa_load(&job->set->pages, addr >> PAGE_SHIFT) ||
		    !hmt_is_read_mostly(vma->vm_mm, addr, addr + PAGE_SIZE))
			;
		else if (huge)
			hmt_replica_job_scan_huge(job, vma, addr, pmdp, pmd);
		else
			hmt_replica_job_scan_pte(job, vma, addr, ptep);
		if (!huge)
			ptep++;
	}
}

static const struct hmt_walk_ops hmt_replica_job_walk = {
	/* hmt_is_read_mostly() needs it. */
	.mmap_lock = true,
	.scan = hmt_replica_job_scan,
};

/* Have the block of originals that contains @index. */
static bool hmt_replica_alloc_block(struct hmt_device_pool *pool,
				    unsigned long index)
{
	struct hmt_device_replica **slot =
		&pool->replicas.of[index >> HMT_REPLICA_BLOCK_SHIFT];
	struct hmt_device_replica *block = READ_ONCE(*slot);

	if (block)
		return true;
	block = kcalloc(BIT(HMT_REPLICA_BLOCK_SHIFT), sizeof(*block),
			GFP_KERNEL);
	if (!block)
		return false;
	/* Another task may have had the same need. */
	if (cmpxchg(slot, NULL, block))
		kfree(block);
	return true;
}

/* Allocate a page for a replica. Displaces older replicas only. */
static unsigned long hmt_replica_alloc_index(struct hmt_device_pool *pool)
{
	unsigned long index;

	if (!hmt_device_admits(pool))
		return pool->nr_pages;
	index = hmt_device_alloc_index(pool);
	if (index == pool->nr_pages &&
	    hmt_device_replicas_displace(pool, HMT_REPLICA_STAY))
		index = hmt_device_alloc_index(pool);
	if (index == pool->nr_pages || hmt_replica_alloc_block(pool, index))
		return index;
	hmt_device_free_indices(pool, index, 1);
	return pool->nr_pages;
}

/* Allocate pages for the replicas. Releases originals that get none. */
static void hmt_replica_job_place(struct hmt_replica_job *job,
				  struct hmt_device_pool *pool)
{
	unsigned int i, nr = 0;

	for (i = 0; i < job->nr; i++) {
		unsigned long index = hmt_replica_alloc_index(pool);

		if (index == pool->nr_pages) {
			put_page(job->copies[i].from);
			continue;
		}
		job->addr[nr] = job->addr[i];
		job->index[nr] = index;
		job->copies[nr++] = (struct hmt_copy_desc) {
			.from = job->copies[i].from,
			.to = pfn_to_page(pool->first + index),
		};
	}
	job->nr = nr;
}

/* Add a replica to its set, so that the device finds it. */
static bool hmt_replica_link(struct hmt_device_pool *pool,
			     struct hmt_device_replicas *set,
			     unsigned long addr, unsigned long index)
{
	unsigned long flags;

	lockdep_assert_held(&set->pages.xa_lock);
	/* Another task may have added a replica in the meantime. */
	if (__xa_insert(&set->pages, addr >> PAGE_SHIFT, xa_mk_value(index),
			GFP_NOWAIT | __GFP_NOWARN))
		return false;
	spin_lock_irqsave(&pool->pages.lock, flags);
	*hmt_device_replica_at(pool, index) = (struct hmt_device_replica) {
		.set = set,
		.addr = addr,
		.created = jiffies,
	};
	__set_bit(index, pool->replicas.used);
	pool->replicas.nr++;
	pool->replicas.created++;
	spin_unlock_irqrestore(&pool->pages.lock, flags);
	return true;
}

/*
 * Add the replicas of pages that have not changed since @seq. A later notifier
 * drops them when it gets the lock. Return the number of added replicas.
 */
static unsigned int hmt_replica_job_finish(struct hmt_replica_job *job,
					   struct hmt_device_pool *pool,
					   unsigned long seq)
{
	struct hmt_device_replicas *set = job->set;
	unsigned int i, created = 0;
	bool good;

	xa_lock(&set->pages);
	good = set->pool && !mmu_interval_read_retry(set->notifier, seq);
	for (i = 0; i < job->nr; i++)
		if (good && !job->copies[i].failed &&
		    hmt_replica_link(pool, set, job->addr[i], job->index[i]))
			created++;
		else
			hmt_device_free_indices(pool, job->index[i], 1);
	xa_unlock(&set->pages);
	for (i = 0; i < job->nr; i++)
		put_page(job->copies[i].from);
	return created;
}

/* Replicate the pages of a window that may be replicated. */
static void hmt_replica_copy_window(struct hmt_device_replicas *set,
				    struct hmt_device_pool *pool,
				    unsigned long window)
{
	struct hmt_replica_job *job = kmalloc(sizeof(*job), GFP_KERNEL);
	struct mm_struct *mm = set->notifier->mm;
	unsigned long seq;

	if (!job)
		return;
	job->set = set;
	job->nr = 0;
	job->nr_unused = 0;
	seq = mmu_interval_read_begin(set->notifier);
	hmt_walk(mm, window, window + HMT_DEVICE_WINDOW, &hmt_replica_job_walk,
		 job);
	hmt_replica_job_put_unused(job);
	hmt_replica_job_place(job, pool);
	hmt_device_copy_pages(pool, job->copies, job->nr);
	if (hmt_replica_job_finish(job, pool, seq))
		hmt_device_note_turn(pool, mm, window,
				     window + HMT_DEVICE_WINDOW, true);
	kfree(job);
}

/*
 * Check whether something is mapped at @addr that may be replicated. It has a
 * history afterwards, as memory that may move does, see hmt_device_may_move():
 * advice may be about addresses where nothing is mapped.
 */
static bool hmt_replica_is_wanted(struct hmt_device_space *space,
				  struct mm_struct *mm, unsigned long addr)
{
	bool wanted;

	/* The device reads the original. */
	if (hmt_mmap_read_lock(mm))
		return false;
	wanted = vma_lookup(mm, addr) &&
		 hmt_is_read_mostly(mm, addr, addr + PAGE_SIZE);
	if (wanted)
		hmt_device_space_remember(space, addr);
	mmap_read_unlock(mm);
	return wanted;
}

/*
 * Copy the page of @addr, which the device reads, and the other pages of its
 * window to the device if a program permits that (HMT_ADVICE_READ_MOSTLY) and if
 * they cannot be written. The originals stay in place. Nothing is copied while
 * the window bounces because it is written all the time. The caller holds
 * mm_users and the gate of the view. Return true if the page may be replicated;
 * there may still be no replica, and the device then reads the original.
 */
bool hmt_device_replicate(struct hmt_device_replicas *replicas,
			  unsigned long addr)
{
	unsigned long window = ALIGN_DOWN(addr, HMT_DEVICE_WINDOW);
	const struct hmt_device_mm_state *state =
		container_of(replicas, struct hmt_device_mm_state, replicas);
	struct hmt_device_pool *pool;

	if (xa_load(&replicas->pages, addr >> PAGE_SHIFT))
		return true;
	if (!hmt_replica_is_wanted(state->space, state->mm, addr & PAGE_MASK))
		return false;
	pool = hmt_device_replicas_enter(replicas);
	if (!pool)
		return true;
	if (!hmt_device_holds_window(pool, state->space, window))
		hmt_replica_copy_window(replicas, pool, window);
	hmt_device_replicas_leave(replicas);
	return true;
}
