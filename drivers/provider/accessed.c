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
 * A huge page has one bit for 512 pages or more, and is that many times as likely
 * to be accessed, so that all huge pages would look hot. Because heat means accesses
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
#include <linux/bitops.h>
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
#include <linux/sizes.h>
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

/*
 * Cost of a cleared bit to a program that accesses the page again, ns: the CPU
 * walks to the entry and sets the bit, which serialises it. Without hardware
 * access flag the kernel does so in a fault. See Documentation/bench.rst,
 * "Price list", for the sources of the first two.
 */
#define HMT_ACCESSED_SET_NS	130
#define HMT_ACCESSED_WALK_NS	15
#define HMT_ACCESSED_FAULT_NS	1000

/* Pages of a bit of hmt_session_survey(). */
#define HMT_ACCESSED_WORD	(HMT_CHUNK_PAGES / BITS_PER_BYTE)

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
 * @table: number of the last table, initially HMT_ACCESSED_NOWHERE
 * @table_young: true if @table was accessed
 * @touched: true if a bit of @accessed is set
 * @taken: entry of the chunk if bits of pages were taken there, else NULL
 * @surveys: true if a part of the pages is sampled: the bits of tables stay
 * @words: words of entries of the chunk to sample, see hmt_accessed_words()
 * @glimpse: true during the second collection, which covers huge pages only
 * @huge: true if a huge page was accessed, so that a glimpse is needed
 * @visited: number of visited chunks, holes included
 * @reached: end of the addresses that were visited
 * @end: first address that is left to the next collection, or
 *	HMT_ACCESSED_NOWHERE
 * @scanned: number of scanned entries that map pages
 * @cleared: number of bits of them that were cleared
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
	bool surveys;
	u8 words;
	bool glimpse;
	bool huge;
	unsigned long visited;
	unsigned long reached;
	unsigned long end;
	u64 scanned;
	u64 cleared;
	u64 skipped_2m;
	u64 skipped_1g;
	DECLARE_BITMAP(accessed, HMT_CHUNK_PAGES);
};

/*
 * Add the pages that share a translation with an accessed one. The entries from
 * page @first of the chunk to page @end, exclusive, are at @ptep.
 */
static void hmt_accessed_spread(struct hmt_accessed_pass *pass,
				const pte_t *ptep, unsigned int first,
				unsigned int end)
{
	unsigned int from, to;

	static_assert(HMT_SHARED_PTES <= HMT_CHUNK_PAGES);
	for (from = first; from < end; from = to) {
		to = min_t(unsigned int, round_up(from + 1, HMT_SHARED_PTES),
			   end);
		if (find_next_bit(pass->accessed, to, from) < to &&
		    hmt_pte_is_shared(READ_ONCE(ptep[from - first])))
			bitmap_set(pass->accessed, from, to - from);
	}
}

/*
 * Return the words of entries of a chunk to sample. With pages of more than
 * 4 KiB, huge pages and entries that share a translation have bits beyond a word
 * or a chunk, which are valid only if all of them are taken: surveys look at all
 * pages there.
 */
static u8 hmt_accessed_words(const struct hmt_session *session,
			     unsigned long addr)
{
	if (PAGE_SIZE > SZ_4K)
		return U8_MAX;
	return hmt_session_survey(session, addr);
}

/* Check whether some pages are left out, of some chunk or of all. */
static bool hmt_accessed_surveys(const struct hmt_session *session)
{
	return hmt_accessed_words(session, 0) != U8_MAX;
}

/* Return the accessed pages of @pages entries, at most BITS_PER_LONG, at @ptep. */
static unsigned long hmt_accessed_scan_word(pte_t *ptep, unsigned int pages)
{
	unsigned long young = 0;
	unsigned int i;

	for (i = 0; i < pages; i++)
		if (hmt_entry_is_young(READ_ONCE(ptep[i].pte)) &&
		    hmt_entry_clear_young(&ptep[i].pte))
			young |= BIT(i);
	return young;
}

static void hmt_accessed_scan_table(struct hmt_accessed_pass *pass,
				    unsigned long addr, unsigned long end,
				    pmd_t pmd)
{
	unsigned int first = hmt_chunk_index(addr), page = first;
	unsigned int left = (end - addr) >> PAGE_SHIFT;
	pte_t *first_ptep = pte_offset_kernel(&pmd, addr), *ptep = first_ptep;

	while (left) {
		unsigned int bit = page % BITS_PER_LONG;
		unsigned int pages = min_t(unsigned int, left,
					   BITS_PER_LONG - bit);
		unsigned long young = 0;

		if (pass->words & BIT(page / HMT_ACCESSED_WORD)) {
			pass->scanned += pages;
			young = hmt_accessed_scan_word(ptep, pages);
		}
		pass->cleared += hweight_long(young);
		pass->accessed[BIT_WORD(page)] |= young << bit;
		pass->touched |= young != 0;
		ptep += pages;
		page += pages;
		left -= pages;
	}
	if (HMT_SHARED_PTES > 1 && pass->touched)
		hmt_accessed_spread(pass, first_ptep, first, page);
}

/*
 * Check the bit of a huge page. @end is the end of the chunk that is visited: the
 * last chunk of the page clears the bit, so that all of them see it.
 */
static bool hmt_accessed_takes_huge(unsigned long end, pmd_t *pmdp, pmd_t pmd)
{
	return pmd_young(pmd) &&
	       (!IS_ALIGNED(end, PMD_SIZE) || hmt_entry_clear_young(&pmdp->pmd));
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
	if (!hmt_accessed_takes_huge(end, pmdp, pmd))
		return;
	pass->cleared++;
	pass->taken = pmdp;
	pass->huge = true;
	if (pass->flushed && !pass->glimpse)
		return;
	bitmap_set(pass->accessed, hmt_chunk_index(addr),
		   (end - addr) >> PAGE_SHIFT);
	pass->touched = true;
}

/*
 * Check whether another collection of this sample has begun with the range of
 * @addr that has an entry of an upper level, BIT(@shift) bytes: it took the bit, and
 * ended where another task held the mmap lock.
 */
static bool hmt_accessed_resumes(const struct hmt_accessed_pass *pass,
				 unsigned long addr, unsigned int shift)
{
	unsigned long from = hmt_session_from(pass->session);

	return from & (BIT(shift) - 1) && from >> shift == addr >> shift;
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
		if (hmt_accessed_resumes(pass, addr, PUD_SHIFT)) {
			pass->gib_young = true;
			return true;
		}
		pass->gib_young = pud_young(pud) &&
				  (pass->surveys ||
				   hmt_entry_clear_young((pteval_t *)pudp));
		pass->skipped_1g += !pass->gib_young;
	}
	return !pass->upper || pass->gib_young;
}

/*
 * Like hmt_accessed_enter() for the table of a chunk, which several VMAs, and
 * several chunks, may share.
 */
static bool hmt_accessed_is_young(struct hmt_accessed_pass *pass,
				  unsigned long addr, pmd_t *pmdp, pmd_t pmd)
{
	if (!pass->upper)
		return true;
	if (pass->table != addr >> PMD_SHIFT) {
		pass->table = addr >> PMD_SHIFT;
		pass->table_young = hmt_accessed_resumes(pass, addr, PMD_SHIFT) ||
				    (pmd_young(pmd) &&
				     (pass->surveys ||
				      hmt_entry_clear_young(&pmdp->pmd)));
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
	pass->words = hmt_accessed_words(pass->session, addr);
	if (!pass->words)
		return;
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
 * Mark the pages of the entries @young, of which the first has the page at @addr.
 * As in pte_offset_map_lock(), which is not exported, RCU keeps the table and its
 * lock, because 6.5 and later free it although the mmap lock is held.
 */
static void hmt_accessed_mark_word(struct mm_struct *mm, pmd_t *pmdp,
				   unsigned long addr, unsigned long young)
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
		hmt_accessed_mark_entries(pte_offset_kernel(&pmd, addr), young);
	spin_unlock(ptl);
out:
	rcu_read_unlock();
}

/*
 * Mark the pages of the chunk at @addr whose bits were taken. Another page that
 * was mapped in the meantime gets the mark instead, which is harmless. The lock is
 * dropped after each word, because each page may be a cache miss.
 */
static void hmt_accessed_mark_chunk(struct hmt_accessed_pass *pass,
				    struct mm_struct *mm, unsigned long addr)
{
	unsigned int i;

	if (pmd_leaf(READ_ONCE(*pass->taken))) {
		hmt_accessed_mark_huge(mm, pass->taken);
		return;
	}
	for (i = 0; i < BITS_TO_LONGS(HMT_CHUNK_PAGES); i++)
		if (pass->accessed[i])
			hmt_accessed_mark_word(mm, pass->taken,
					       addr + i * BITS_PER_LONG *
							      PAGE_SIZE,
					       pass->accessed[i]);
}

static int hmt_accessed_done(struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end, void *arg)
{
	struct hmt_accessed_pass *pass = arg;
	int ret;

	if (pass->taken && pass->keep)
		hmt_accessed_mark_chunk(pass, vma->vm_mm,
					ALIGN_DOWN(addr, HMT_CHUNK_SIZE));
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

/* Return what @bits cleared bits cost the program at most, ns. */
u64 hmt_accessed_cost(u64 bits)
{
	return bits * (arch_has_hw_pte_young() ?
			       HMT_ACCESSED_SET_NS + HMT_ACCESSED_WALK_NS :
			       HMT_ACCESSED_FAULT_NS);
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
		.surveys = hmt_accessed_surveys(session),
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
	hmt_session_charge(session, hmt_accessed_cost(pass.cleared));
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
