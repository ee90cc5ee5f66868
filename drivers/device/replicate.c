// SPDX-License-Identifier: GPL-2.0
/*
 * Memory of devices: copies for reading are made, of pages that cannot be written
 * to without the driver's notifier being raised first.
 */
#include <linux/align.h>
#include <linux/hmt.h>
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

/* For so long a copy is not displaced by another one. */
#define HMT_REPLICA_STAY	HZ

#define HMT_REPLICA_PAGES	(HMT_DEVICE_WINDOW >> PAGE_SHIFT)

/**
 * struct hmt_replication - pages that are being copied
 * @set: for which copies
 * @nr: entries in what follows
 * @addr: of each page
 * @index: of its copy in the pool
 * @copies: each, with a reference of the original
 */
struct hmt_replication {
	struct hmt_device_replicas *set;
	unsigned int nr;
	unsigned long addr[HMT_REPLICA_PAGES];
	unsigned long index[HMT_REPLICA_PAGES];
	struct hmt_copy_desc copies[HMT_REPLICA_PAGES];
};

/*
 * May the CPU write to what the entry maps without raising the notifier? No
 * where its mapping is not writable, which only changes under the mmap lock held
 * for writing; nor where userfaultfd has protected it, and all CPUs know.
 */
static bool hmt_replica_is_safe(const struct vm_area_struct *vma, bool writable,
				bool protected)
{
	if (writable || !(vma->vm_flags & VM_READ))
		return false;
	if (!(vma->vm_flags & VM_WRITE))
		return true;
	if (!protected || hmt_userfaultfd_is_async(vma))
		return false;
	/* The entry first: who protects counts himself before he changes it. */
	smp_rmb();
	return !mm_tlb_flush_pending(vma->vm_mm);
}

/* References of @folio that @job has. */
static int hmt_replication_holds(const struct hmt_replication *job,
				 const struct folio *folio)
{
	unsigned int i;
	int count = 0;

	for (i = 0; i < job->nr; i++)
		count += page_folio(job->copies[i].from) == folio;
	return count;
}

/*
 * Who has a reference, and is no mapping, may have got it when the page could be
 * written to, and write now. Parts of large folios are not told apart.
 */
static bool hmt_replica_is_alone(const struct hmt_replication *job,
				 struct folio *folio, bool huge)
{
	int expected = hmt_replication_holds(job, folio) + 1;

	if (folio_test_large(folio) != huge)
		return false;
	expected += huge ? folio_entire_mapcount(folio) :
			   atomic_read(&folio->page._mapcount) + 1;
	expected += folio_test_swapcache(folio) ? folio_nr_pages(folio) : 0;
	expected += folio_test_lru(folio) ? 0 : 1;
	return folio_ref_count(folio) <= expected;
}

/* Get a reference of @page, if it is one that may be copied. */
static bool hmt_replication_hold(const struct hmt_replication *job,
				 struct page *page, bool huge)
{
	struct folio *folio = page_folio(page);

	if (is_zone_device_page(page) || !folio_test_anon(folio) ||
	    !folio_try_get(folio))
		return false;
	if (page_folio(page) == folio &&
	    hmt_replica_is_alone(job, folio, huge))
		return true;
	folio_put(folio);
	return false;
}

/* Keep @page, which was held, where its entry is the @same as before. */
static void hmt_replication_add(struct hmt_replication *job, unsigned long addr,
				struct page *page, bool same)
{
	if (!same) {
		put_page(page);
		return;
	}
	job->addr[job->nr] = addr;
	job->copies[job->nr++].from = page;
}

static void hmt_replication_scan_pte(struct hmt_replication *job,
				     const struct vm_area_struct *vma,
				     unsigned long addr, pte_t *ptep)
{
	pte_t pte = READ_ONCE(*ptep);
	struct page *page;

	if (!pte_present(pte) || pte_special(pte) || pte_devmap(pte) ||
	    !hmt_replica_is_safe(vma, pte_write(pte),
				 userfaultfd_pte_wp((void *)vma, pte)))
		return;
	page = pte_page(pte);
	if (hmt_replication_hold(job, page, false))
		hmt_replication_add(job, addr, page,
				    pte_same(READ_ONCE(*ptep), pte));
}

static void hmt_replication_scan_huge(struct hmt_replication *job,
				      const struct vm_area_struct *vma,
				      unsigned long addr, pmd_t *pmdp,
				      pmd_t pmd)
{
	struct page *page;

	if (!pmd_trans_huge(pmd) || !pfn_valid(pmd_pfn(pmd)) ||
	    !hmt_replica_is_safe(vma, pmd_write(pmd),
				 userfaultfd_huge_pmd_wp((void *)vma, pmd)))
		return;
	page = pmd_page(pmd) + hmt_chunk_index(addr);
	if (hmt_replication_hold(job, page, true))
		hmt_replication_add(job, addr, page,
				    pmd_same(READ_ONCE(*pmdp), pmd));
}

/* Collect what of [@addr, @end) may be copied and has not been. */
static void hmt_replication_scan(struct vm_area_struct *vma, unsigned long addr,
				 unsigned long end, pmd_t *pmdp, pmd_t pmd,
				 void *arg)
{
	struct hmt_replication *job = arg;
	bool huge = pmd_leaf(pmd);
	pte_t *ptep = huge ? NULL : pte_offset_kernel(&pmd, addr);

	for (; addr < end; addr += PAGE_SIZE) {
		if (xa_load(&job->set->pages, addr >> PAGE_SHIFT) ||
		    !hmt_is_read_mostly(vma->vm_mm, addr, addr + PAGE_SIZE))
			;
		else if (huge)
			hmt_replication_scan_huge(job, vma, addr, pmdp, pmd);
		else
			hmt_replication_scan_pte(job, vma, addr, ptep);
		if (!huge)
			ptep++;
	}
}

static const struct hmt_walk_ops hmt_replication_walk = {
	.scan = hmt_replication_scan,
};

/* A page for a copy; older copies give way, other memory does not. */
static unsigned long hmt_replica_take(struct hmt_device_pool *pool)
{
	unsigned long index;

	if (!hmt_device_admits(pool))
		return pool->pages;
	index = hmt_device_take_free(pool);
	if (index == pool->pages &&
	    hmt_device_replicas_displace(pool, HMT_REPLICA_STAY))
		index = hmt_device_take_free(pool);
	return index;
}

/* Find places for the copies. What there is none for is let go. */
static void hmt_replication_place(struct hmt_replication *job,
				  struct hmt_device_pool *pool)
{
	unsigned int i, nr = 0;

	for (i = 0; i < job->nr; i++) {
		unsigned long index = hmt_replica_take(pool);

		if (index == pool->pages) {
			put_page(job->copies[i].from);
			continue;
		}
		job->addr[nr] = job->addr[i];
		job->index[nr] = index;
		job->copies[nr++] = (struct hmt_copy_desc){
			.from = job->copies[i].from,
			.to = pfn_to_page(pool->first + index),
		};
	}
	job->nr = nr;
}

/* Have the copy found from now on; the set's lock is held. */
static bool hmt_replica_link(struct hmt_device_pool *pool,
			     struct hmt_device_replicas *set,
			     unsigned long addr, unsigned long index)
{
	unsigned long flags;

	lockdep_assert_held(&set->pages.xa_lock);
	/* Somebody else may have made one meanwhile. */
	if (__xa_insert(&set->pages, addr >> PAGE_SHIFT, xa_mk_value(index),
			GFP_NOWAIT | __GFP_NOWARN))
		return false;
	spin_lock_irqsave(&pool->lock, flags);
	pool->replicas[index] = (struct hmt_device_replica) {
		.set = set,
		.addr = addr,
		.made = jiffies,
	};
	__set_bit(index, pool->replica_bits);
	pool->nr_replicas++;
	pool->made++;
	spin_unlock_irqrestore(&pool->lock, flags);
	return true;
}

/*
 * Copies of pages that have not changed since @seq are good: whoever raised the
 * notifier later drops them when he has the lock. Returns how many there are.
 */
static unsigned int hmt_replication_finish(struct hmt_replication *job,
					   struct hmt_device_pool *pool,
					   unsigned long seq)
{
	struct hmt_device_replicas *set = job->set;
	unsigned int i, made = 0;
	bool good;

	xa_lock(&set->pages);
	good = set->pool && !mmu_interval_read_retry(set->notifier, seq);
	for (i = 0; i < job->nr; i++)
		if (good && !job->copies[i].failed &&
		    hmt_replica_link(pool, set, job->addr[i], job->index[i]))
			made++;
		else
			hmt_device_put_taken(pool, job->index[i]);
	xa_unlock(&set->pages);
	for (i = 0; i < job->nr; i++)
		put_page(job->copies[i].from);
	return made;
}

/* Copy what may be copied of a window. */
static void hmt_replicate_window(struct hmt_device_replicas *set,
				 struct hmt_device_pool *pool,
				 unsigned long window)
{
	struct hmt_replication *job = kmalloc(sizeof(*job), GFP_KERNEL);
	struct mm_struct *mm = set->notifier->mm;
	unsigned long seq;

	if (!job)
		return;
	job->set = set;
	job->nr = 0;
	seq = mmu_interval_read_begin(set->notifier);
	hmt_walk(mm, window, window + HMT_DEVICE_WINDOW, &hmt_replication_walk,
		 job);
	hmt_replication_place(job, pool);
	hmt_device_copy_pages(pool, job->copies, job->nr);
	if (hmt_replication_finish(job, pool, seq))
		hmt_device_note_turn(pool, mm, window, true);
	kfree(job);
}

static bool hmt_replica_is_wanted(struct mm_struct *mm, unsigned long addr)
{
	bool wanted;

	mmap_read_lock(mm);
	wanted = hmt_is_read_mostly(mm, addr, addr + PAGE_SIZE);
	mmap_read_unlock(mm);
	return wanted;
}

/**
 * hmt_device_replicate() - a device reads a page that it has not
 * @replicas: as added; mm_users of the address space held by the caller
 * @addr: what it reads
 *
 * For the fault path of a driver. Copies the page and those around it to the
 * device, where a program said that devices may (HMT_ADVICE_READ_MOSTLY), and
 * where they cannot be written to. The originals stay where they are. Nothing is
 * copied while it is found to be written all the time.
 *
 * Context: process, no lock held that the driver's notifier takes, may sleep.
 * Return: whether devices may have copies of it. There need not be one now, see
 * hmt_device_replica_find(); the device reads the page where it is then.
 */
bool hmt_device_replicate(struct hmt_device_replicas *replicas,
			  unsigned long addr)
{
	unsigned long window = ALIGN_DOWN(addr, HMT_DEVICE_WINDOW);
	struct mm_struct *mm = replicas->notifier->mm;
	struct hmt_device_pool *pool;

	if (xa_load(&replicas->pages, addr >> PAGE_SHIFT))
		return true;
	if (!hmt_replica_is_wanted(mm, addr & PAGE_MASK))
		return false;
	pool = hmt_device_replicas_enter(replicas);
	if (!pool)
		return true;
	if (!hmt_device_holds_window(pool, mm, window))
		hmt_replicate_window(replicas, pool, window);
	hmt_device_replicas_leave(replicas);
	return true;
}
EXPORT_SYMBOL_GPL(hmt_device_replicate);
