// SPDX-License-Identifier: GPL-2.0
/*
 * The accessed provider: heat from the accessed bits of page tables.
 *
 * A CPU does not set a cleared bit again while it caches the translation, so
 * each collection ends with one flush on the CPUs of the address space. This
 * flush makes the bits of upper levels, where CPUs set them, meaningful as well: a
 * table that no CPU has walked since has no new bits below, so that 2 MiB and
 * 1 GiB of cold memory cost one test each.
 *
 * On arm64 entries that map contiguous memory share a translation, and the CPU
 * sets the bit of any one of them: all pages of such a block count as accessed.
 * A CPU without hardware access flag faults instead, once for each cleared bit.
 *
 * A huge page has one bit for 512 pages and is 512 times as likely to be
 * accessed, so that all huge pages would look hot. Because heat means accesses
 * per byte, the bits of huge pages are collected a second time, a short glimpse
 * after the first: a huge page that is accessed in this time is as hot as a
 * base page that is accessed between two samples.
 *
 * Kernel reclaim reads the same bits. A page whose bit is taken is marked as
 * young, which reclaim takes for an access, where the kernel has such a mark.
 *
 * Dirty bits are not cleared, because data is lost unless the kernel transfers
 * the bit to the page. The census reads them.
 */
#include <asm/arch.h>
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/configfs.h>
#include <linux/dax.h>
#include <linux/delay.h>
#include <linux/hmt_provider.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/page_idle.h>
#include <linux/pgtable.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include "accessed.h"
#include "attrs.h"

/* Settings of all workloads, read at each collection. */
static bool hmt_accessed_wants_flush = true;
static bool hmt_accessed_keeps_young = IS_ENABLED(CONFIG_PAGE_IDLE_FLAG);

/* Statistics. */
static atomic64_t hmt_accessed_scanned;
static atomic64_t hmt_accessed_skipped_2m;
static atomic64_t hmt_accessed_skipped_1g;

#define HMT_ACCESSED_NOWHERE	(~0UL)

/*
 * Entries and chunks that one collection visits before it leaves the rest to
 * the next one: some 10 ms. It ends at a boundary of 1 GiB, because the bit of
 * that can be cleared only once in a sample.
 */
#define HMT_ACCESSED_PART	0x40000UL

/* Length of a glimpse: 1/512 of the default sampling interval. */
#define HMT_ACCESSED_GLIMPSE_US	400

/**
 * struct hmt_accessed_pass - state of one collection
 * @session: session that collects
 * @managed: mm that is collected
 * @upper: true if the bits of tables cover all pages below
 * @flushed: true if cleared bits are set again at the next access
 * @keep: true if pages are marked as young
 * @gib: number of the last 1 GiB, initially HMT_ACCESSED_NOWHERE
 * @gib_young: true if @gib was accessed
 * @table: chunk number of the last table, initially HMT_ACCESSED_NOWHERE
 * @table_young: true if @table was accessed
 * @touched: true if a bit of @accessed is set
 * @taken: entry of the chunk if bits of pages were taken there, else NULL
 * @glimpse: true during the second collection, which covers huge pages only
 * @huge: true if a huge page was accessed, so that a glimpse is needed
 * @visited: number of visited chunks, holes included
 * @reached: end of the addresses that were visited
 * @end: first address that is left to the next collection, or
 *	HMT_ACCESSED_NOWHERE
 * @scanned: number of scanned entries that map pages
 * @skipped_2m: number of skipped tables of such entries
 * @skipped_1g: number of skipped tables of such tables
 * @accessed: accessed pages of the chunk
 */
struct hmt_accessed_pass {
	struct hmt_session *session;
	struct hmt_mm *managed;
	bool upper;
	bool flushed;
	bool keep;
	unsigned long gib;
	bool gib_young;
	unsigned long table;
	bool table_young;
	bool touched;
	pmd_t *taken;
	bool glimpse;
	bool huge;
	unsigned long visited;
	unsigned long reached;
	unsigned long end;
	u64 scanned;
	u64 skipped_2m;
	u64 skipped_1g;
	DECLARE_BITMAP(accessed, HMT_CHUNK_PAGES);
};

/*
 * Add the pages that share a translation with one of @young, which are accessed
 * entries of @pages at @ptep. @page is the index of the first in its chunk.
 */
static unsigned long hmt_accessed_spread(const pte_t *ptep, unsigned int page,
					 unsigned int pages,
					 unsigned long young)
{
	unsigned int from, to;
	unsigned long block;

	for (from = 0; from < pages; from = to) {
		to = min(round_up(page + from + 1, HMT_SHARED_PTES) - page,
			 pages);
		block = GENMASK(to - 1, from);
		if (young & block && hmt_pte_is_shared(READ_ONCE(ptep[from])))
			young |= block;
	}
	return young;
}

/*
 * Return the accessed pages of @pages entries, at most BITS_PER_LONG, at @ptep.
 * @page is the index of the first in its chunk.
 */
static unsigned long hmt_accessed_scan_word(pte_t *ptep, unsigned int page,
					    unsigned int pages)
{
	unsigned long young = 0;
	unsigned int i;

	for (i = 0; i < pages; i++)
		if (hmt_entry_is_young(READ_ONCE(ptep[i].pte)) &&
		    hmt_entry_clear_young(&ptep[i].pte))
			young |= BIT(i);
	return HMT_SHARED_PTES > 1 && young ?
		       hmt_accessed_spread(ptep, page, pages, young) : young;
}

static void hmt_accessed_scan_table(struct hmt_accessed_pass *pass,
				    unsigned long addr, unsigned long end,
				    pmd_t pmd)
{
	unsigned int page = hmt_chunk_index(addr);
	unsigned int left = (end - addr) >> PAGE_SHIFT;
	pte_t *ptep = pte_offset_kernel(&pmd, addr);

	pass->scanned += left;
	while (left) {
		unsigned int bit = page % BITS_PER_LONG;
		unsigned int pages = min_t(unsigned int, left,
					   BITS_PER_LONG - bit);
		unsigned long young = hmt_accessed_scan_word(ptep, page, pages);

		pass->accessed[BIT_WORD(page)] |= young << bit;
		pass->touched |= young != 0;
		ptep += pages;
		page += pages;
		left -= pages;
	}
}

/*
 * A huge page has one bit for all its pages. A bit that was set before the
 * glimpse has no significance. Without a flush the glimpse would see no bits.
 */
static void hmt_accessed_scan_huge(struct hmt_accessed_pass *pass,
				   unsigned long addr, unsigned long end,
				   pmd_t *pmdp, pmd_t pmd)
{
	pass->scanned++;
	if (!pmd_young(pmd) || !hmt_entry_clear_young(&pmdp->pmd))
		return;
	pass->taken = pmdp;
	pass->huge = true;
	if (pass->flushed && !pass->glimpse)
		return;
	bitmap_set(pass->accessed, hmt_chunk_index(addr),
		   (end - addr) >> PAGE_SHIFT);
	pass->touched = true;
}

/*
 * Check whether another collection of this sample has begun with the 1 GiB of
 * @addr: it took the bit, and ended where another task held the mmap lock.
 */
static bool hmt_accessed_resumes(const struct hmt_accessed_pass *pass,
				 unsigned long addr)
{
	unsigned long from = hmt_session_from(pass->session);

	return from & ~PUD_MASK && from >> PUD_SHIFT == addr >> PUD_SHIFT;
}

/* Called for each chunk, but the bit of the 1 GiB can be cleared only once. */
static bool hmt_accessed_enter(unsigned long addr, pud_t *pudp, pud_t pud,
			       void *arg)
{
	struct hmt_accessed_pass *pass = arg;

	if (addr >= pass->end)
		return false;
	if (pass->glimpse)
		return true;
	pass->visited++;
	pass->reached = addr + PAGE_SIZE;
	if (pass->gib != addr >> PUD_SHIFT) {
		if (pass->visited + pass->scanned > HMT_ACCESSED_PART) {
			pass->end = addr & PUD_MASK;
			return false;
		}
		pass->gib = addr >> PUD_SHIFT;
		if (!pass->upper)
			return true;
		if (hmt_accessed_resumes(pass, addr)) {
			pass->gib_young = true;
			return true;
		}
		pass->gib_young = pud_young(pud) &&
				  hmt_entry_clear_young(&pudp->pud);
		pass->skipped_1g += !pass->gib_young;
	}
	return !pass->upper || pass->gib_young;
}

/*
 * Like hmt_accessed_enter() for the table of a chunk, which several VMAs may
 * share.
 */
static bool hmt_accessed_is_young(struct hmt_accessed_pass *pass,
				  unsigned long addr, pmd_t *pmdp, pmd_t pmd)
{
	if (!pass->upper)
		return true;
	if (pass->table != addr >> HMT_CHUNK_SHIFT) {
		pass->table = addr >> HMT_CHUNK_SHIFT;
		pass->table_young = pmd_young(pmd) &&
				    hmt_entry_clear_young(&pmdp->pmd);
		pass->skipped_2m += !pass->table_young;
	}
	return pass->table_young;
}

static void hmt_accessed_scan(struct vm_area_struct *vma, unsigned long addr,
			      unsigned long end, pmd_t *pmdp, pmd_t pmd,
			      void *arg)
{
	struct hmt_accessed_pass *pass = arg;

	pass->touched = false;
	pass->taken = NULL;
	if (!pass->glimpse)
		pass->reached = end;
	/*
	 * Clear upper levels first, so that the next collection sees accesses
	 * that occur in between.
	 */
	if (pmd_leaf(pmd)) {
		bitmap_zero(pass->accessed, HMT_CHUNK_PAGES);
		hmt_accessed_scan_huge(pass, addr, end, pmdp, pmd);
	} else if (!pass->glimpse &&
		   hmt_accessed_is_young(pass, addr, pmdp, pmd)) {
		bitmap_zero(pass->accessed, HMT_CHUNK_PAGES);
		hmt_accessed_scan_table(pass, addr, end, pmd);
		if (pass->touched)
			pass->taken = pmdp;
	}
}

/* Read first, so that the cache line of a marked page is not written again. */
static void hmt_accessed_mark(struct page *page)
{
	struct folio *folio = page_folio(page);

	if (!folio_test_young(folio))
		folio_set_young(folio);
}

static void hmt_accessed_mark_huge(struct mm_struct *mm, pmd_t *pmdp)
{
	spinlock_t *ptl = pmd_lock(mm, pmdp);
	pmd_t pmd = READ_ONCE(*pmdp);

	if (pmd_present(pmd) && pmd_leaf(pmd) && !hmt_pmd_is_dax(pmd))
		hmt_accessed_mark(pmd_page(pmd));
	spin_unlock(ptl);
}

/* The caller holds the lock of the table, so that its pages stay mapped. */
static void hmt_accessed_mark_entries(pte_t *ptep, unsigned long young)
{
	for (; young; young &= young - 1) {
		pte_t pte = ptep_get(ptep + __ffs(young));

		if (pte_present(pte) && !pte_special(pte) && !hmt_pte_is_dax(pte))
			hmt_accessed_mark(pte_page(pte));
	}
}

/*
 * Mark the pages of the entries @young, which begin at entry @first of a table.
 * As in pte_offset_map_lock(), which is not exported, RCU keeps the table and its
 * lock, because 6.5 and later free it although the mmap lock is held.
 */
static void hmt_accessed_mark_word(struct mm_struct *mm, pmd_t *pmdp,
				   unsigned int first, unsigned long young)
{
	spinlock_t *ptl;
	pmd_t pmd;

	rcu_read_lock();
	pmd = READ_ONCE(*pmdp);
	if (!pmd_present(pmd) || pmd_leaf(pmd))
		goto out;
	ptl = pte_lockptr(mm, &pmd);
	spin_lock(ptl);
	if (pmd_same(pmd, READ_ONCE(*pmdp)))
		hmt_accessed_mark_entries(pte_offset_kernel(&pmd, 0) + first,
					  young);
	spin_unlock(ptl);
out:
	rcu_read_unlock();
}

/*
 * Mark the pages of a chunk whose bits were taken. Another page that was mapped
 * in the meantime gets the mark instead, which is harmless. The lock is dropped
 * after each word, because each page may be a cache miss.
 */
static void hmt_accessed_mark_chunk(struct hmt_accessed_pass *pass,
				    struct mm_struct *mm)
{
	unsigned int i;

	if (pmd_leaf(READ_ONCE(*pass->taken))) {
		hmt_accessed_mark_huge(mm, pass->taken);
		return;
	}
	for (i = 0; i < BITS_TO_LONGS(HMT_CHUNK_PAGES); i++)
		if (pass->accessed[i])
			hmt_accessed_mark_word(mm, pass->taken,
					       i * BITS_PER_LONG,
					       pass->accessed[i]);
}

static int hmt_accessed_done(struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end, void *arg)
{
	struct hmt_accessed_pass *pass = arg;
	int ret;

	if (pass->taken && pass->keep)
		hmt_accessed_mark_chunk(pass, vma->vm_mm);
	if (kthread_should_stop())
		return -EINTR;
	if (!pass->touched || hmt_mm_is_new(pass->managed))
		return 0;
	ret = hmt_report_bitmap(pass->session, pass->managed, addr,
				pass->accessed);
	/*
	 * The table was freed in the meantime; continue with the other chunks.
	 */
	return ret == -ERANGE ? 0 : ret;
}

static const struct hmt_walk_ops hmt_accessed_walk_ops = {
	.enter = hmt_accessed_enter,
	.scan = hmt_accessed_scan,
	.done = hmt_accessed_done,
};

void hmt_accessed_flush(struct hmt_mm *managed)
{
	if (READ_ONCE(hmt_accessed_wants_flush))
		hmt_flush_mm(hmt_mm_struct(managed));
}

static int hmt_accessed_walk(struct hmt_accessed_pass *pass)
{
	struct mm_struct *mm = hmt_mm_struct(pass->managed);

	return hmt_walk(mm, hmt_session_from(pass->session), mm->task_size,
			&hmt_accessed_walk_ops, pass);
}

/* Collect the huge pages that are accessed within a short time. */
static int hmt_accessed_glimpse(struct hmt_accessed_pass *pass)
{
	hmt_accessed_flush(pass->managed);
	usleep_range(HMT_ACCESSED_GLIMPSE_US, HMT_ACCESSED_GLIMPSE_US + 50);
	pass->glimpse = true;
	return hmt_accessed_walk(pass);
}

/*
 * Check whether the bits of upper levels can be used. Without a flush after the
 * previous collection, a CPU that caches an entry of an upper level continues
 * from there and does not set its bit again. arm64 has such bits with FEAT_HAFT
 * only. Where the kernel runs as a PV guest of Xen, tables are read-only and Xen
 * emulates writes to the last level only: a write to an upper level is a fault
 * that the kernel does not survive. The kernel's test is for PMDs; PUDs are
 * refused for the same reason.
 */
bool hmt_accessed_uses_upper(void)
{
	return READ_ONCE(hmt_accessed_wants_flush) &&
	       arch_has_hw_nonleaf_pmd_young();
}

/* Collect the accessed bits of an mm. */
static int hmt_accessed_collect(struct hmt_session *session,
				struct hmt_mm *managed)
{
	bool flushed = READ_ONCE(hmt_accessed_wants_flush);
	struct hmt_accessed_pass pass = {
		.session = session,
		.managed = managed,
		.upper = hmt_accessed_uses_upper(),
		.flushed = flushed,
		.keep = READ_ONCE(hmt_accessed_keeps_young),
		.gib = HMT_ACCESSED_NOWHERE,
		.table = HMT_ACCESSED_NOWHERE,
		.reached = hmt_session_from(session),
		.end = HMT_ACCESSED_NOWHERE,
	};
	int ret;

	ret = hmt_accessed_walk(&pass);
	/* If another task holds the mmap lock, the rest still has its bits. */
	if (ret == -EAGAIN && pass.end == HMT_ACCESSED_NOWHERE)
		pass.end = pass.reached;
	if ((!ret || ret == -EAGAIN) && pass.huge && flushed)
		ret = hmt_accessed_glimpse(&pass) ?: ret;
	if ((!ret || ret == -EAGAIN) && pass.end != HMT_ACCESSED_NOWHERE)
		hmt_session_leave(session, pass.end);
	atomic64_add(pass.scanned, &hmt_accessed_scanned);
	atomic64_add(pass.skipped_2m, &hmt_accessed_skipped_2m);
	atomic64_add(pass.skipped_1g, &hmt_accessed_skipped_1g);
	return ret;
}

/*
 * Check whether rates can be measured, for which bits are taken several times in
 * succession.
 */
static bool hmt_accessed_measures(void)
{
	return READ_ONCE(hmt_accessed_wants_flush) &&
	       hmt_entry_clear_is_cheap();
}

/*
 * End a collection. Rates are measured after the last part of an address space
 * only.
 */
static void hmt_accessed_end(struct hmt_session *session,
			     struct hmt_mm *managed)
{
	hmt_accessed_flush(managed);
	if (hmt_session_wants_rates(session) && hmt_accessed_measures())
		hmt_accessed_measure(session, managed);
}

static ssize_t hmt_accessed_flush_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(hmt_accessed_wants_flush));
}

static ssize_t hmt_accessed_flush_store(struct config_item *item,
					const char *page, size_t count)
{
	return hmt_attr_store_bool(&hmt_accessed_wants_flush, page) ?: count;
}
CONFIGFS_ATTR(hmt_accessed_, flush);

static ssize_t hmt_accessed_keep_young_show(struct config_item *item,
					    char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(hmt_accessed_keeps_young));
}

static ssize_t hmt_accessed_keep_young_store(struct config_item *item,
					     const char *page, size_t count)
{
	bool keep;
	int ret = hmt_attr_store_bool(&keep, page);

	if (ret)
		return ret;
	if (keep && !IS_ENABLED(CONFIG_PAGE_IDLE_FLAG))
		return -EOPNOTSUPP;
	WRITE_ONCE(hmt_accessed_keeps_young, keep);
	return count;
}
CONFIGFS_ATTR(hmt_accessed_, keep_young);

static ssize_t hmt_accessed_hardware_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", arch_has_hw_pte_young());
}
CONFIGFS_ATTR_RO(hmt_accessed_, hardware);

#define HMT_ACCESSED_COUNT(_name)					\
static ssize_t hmt_accessed_##_name##_show(struct config_item *item,	\
					   char *page)			\
{									\
	return sysfs_emit(page, "%lld\n",				\
			  atomic64_read(&hmt_accessed_##_name));	\
}									\
CONFIGFS_ATTR_RO(hmt_accessed_, _name)

HMT_ACCESSED_COUNT(scanned);
HMT_ACCESSED_COUNT(skipped_2m);
HMT_ACCESSED_COUNT(skipped_1g);

static struct configfs_attribute *hmt_accessed_attrs[] = {
	&hmt_accessed_attr_flush,
	&hmt_accessed_attr_hardware,
	&hmt_accessed_attr_keep_young,
	&hmt_accessed_attr_scanned,
	&hmt_accessed_attr_skipped_2m,
	&hmt_accessed_attr_skipped_1g,
	NULL
};

static const struct hmt_provider_ops hmt_accessed_ops = {
	.collect = hmt_accessed_collect,
	.flush = hmt_accessed_end,
};

static struct hmt_provider hmt_accessed = {
	.name = "accessed",
	.owner = THIS_MODULE,
	.ops = &hmt_accessed_ops,
	.attrs = hmt_accessed_attrs,
};
MODULE_ALIAS("hmt-provider-accessed");

static int __init hmt_accessed_init(void)
{
	if (!arch_has_hw_pte_young())
		pr_notice("this machine has no hardware access flag: each cleared bit costs the program a page fault\n");
	return hmt_provider_register(&hmt_accessed);
}
module_init(hmt_accessed_init);

static void __exit hmt_accessed_exit(void)
{
	hmt_provider_unregister(&hmt_accessed);
}
module_exit(hmt_accessed_exit);

MODULE_DESCRIPTION("HMT: heat from accessed bits");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_LICENSE("GPL");
