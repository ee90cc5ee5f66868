// SPDX-License-Identifier: GPL-2.0
/*
 * The accessed provider: heat from the accessed bits of page tables.
 *
 * On x86 a cleared bit is not set again while the translation is cached, so
 * each collection ends with one flush on the CPUs of the address space. The
 * same flush makes the bits of the upper levels meaningful: a table that no CPU
 * walked since has no new bits below, so that 2 MiB and 1 GiB of cold memory
 * cost one look each.
 *
 * A huge page has one bit for 512 pages, and so 512 times the chance to be seen:
 * all of them would look hot. What counts is accesses a byte, so the bits of huge
 * pages are collected a second time, a short glimpse after the first: a page that
 * is seen then is as hot as a base page that is seen between two samples.
 *
 * Dirty bits are left alone: clearing one without taking over what it says
 * (which only the kernel can) loses data. The survey of a pass reads them.
 */
#include <asm/tlbflush.h>
#include <linux/atomic.h>
#include <linux/bitmap.h>
#include <linux/configfs.h>
#include <linux/delay.h>
#include <linux/hmt.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include "attrs.h"

/* Shared by all workloads, read at each collection. */
static bool hmt_accessed_wants_flush = true;

/* What collecting cost, for people. */
static atomic64_t hmt_accessed_scanned;
static atomic64_t hmt_accessed_skipped_2m;
static atomic64_t hmt_accessed_skipped_1g;

#define HMT_ACCESSED_NOWHERE	(~0UL)

/* A 512th of the time between two samples with the default interval. */
#define HMT_ACCESSED_GLIMPSE_US	400

/**
 * struct hmt_accessed_pass - one collection
 * @session: for whom
 * @managed: of what
 * @upper: bits of tables tell whether anything below was accessed
 * @gib: the 1 GiB that was looked at last, HMT_ACCESSED_NOWHERE at first
 * @gib_young: something was accessed in it
 * @table: the chunk whose table was looked at last, the same at first
 * @table_young: something was accessed in it
 * @touched: a bit of @accessed is set
 * @glimpse: only huge pages are looked at, since the last look
 * @huge: huge pages were seen, which a glimpse has to judge
 * @scanned: page-table entries of pages
 * @skipped_2m: tables of them that were not looked into
 * @skipped_1g: tables of such tables
 * @accessed: pages of the chunk
 */
struct hmt_accessed_pass {
	struct hmt_session *session;
	struct hmt_mm *managed;
	bool upper;
	unsigned long gib;
	bool gib_young;
	unsigned long table;
	bool table_young;
	bool touched;
	bool glimpse;
	bool huge;
	u64 scanned;
	u64 skipped_2m;
	u64 skipped_1g;
	DECLARE_BITMAP(accessed, HMT_CHUNK_PAGES);
};

/*
 * As pmdp_test_and_clear_young() and its siblings do on x86, which are not
 * exported. Racing with the entry's removal is harmless: bit 5 is unused in
 * swap and migration entries.
 */
static bool hmt_accessed_clear(void *entry)
{
	return test_and_clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)entry);
}

/* Which of @pages pages, at most BITS_PER_LONG, from @ptep on were accessed? */
static unsigned long hmt_accessed_scan_word(pte_t *ptep, unsigned int pages)
{
	unsigned long young = 0;
	unsigned int i;

	for (i = 0; i < pages; i++, ptep++) {
		/* As it is: pte_val() is a call, pte_flags() masks an address. */
		pteval_t pte = READ_ONCE(ptep->pte);

		/* Young first: most are not. */
		if (pte & _PAGE_ACCESSED &&
		    pte & (_PAGE_PRESENT | _PAGE_PROTNONE) &&
		    hmt_accessed_clear(ptep))
			young |= BIT(i);
	}
	return young;
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
		unsigned long young = hmt_accessed_scan_word(ptep, pages);

		pass->accessed[BIT_WORD(page)] |= young << bit;
		pass->touched |= young != 0;
		ptep += pages;
		page += pages;
		left -= pages;
	}
}

/*
 * A huge page is one: there is one bit for all of it. What was set before the
 * glimpse says next to nothing. Without a flush nothing would be set in it.
 */
static void hmt_accessed_scan_huge(struct hmt_accessed_pass *pass,
				   unsigned long addr, unsigned long end,
				   pmd_t *pmdp, pmd_t pmd)
{
	pass->scanned++;
	if (!pmd_young(pmd) || !hmt_accessed_clear(pmdp))
		return;
	pass->huge = true;
	if (pass->upper && !pass->glimpse)
		return;
	bitmap_set(pass->accessed, hmt_chunk_index(addr),
		   (end - addr) >> PAGE_SHIFT);
	pass->touched = true;
}

/* Asked once for each chunk; the bit of the 1 GiB is there only once. */
static bool hmt_accessed_enter(unsigned long addr, pud_t *pudp, pud_t pud,
			       void *arg)
{
	struct hmt_accessed_pass *pass = arg;

	if (!pass->upper || pass->glimpse)
		return true;
	if (pass->gib != addr >> PUD_SHIFT) {
		pass->gib = addr >> PUD_SHIFT;
		pass->gib_young = pud_young(pud) && hmt_accessed_clear(pudp);
		pass->skipped_1g += !pass->gib_young;
	}
	return pass->gib_young;
}

/* The same for the table of a chunk, where several mappings may lie. */
static bool hmt_accessed_is_young(struct hmt_accessed_pass *pass,
				  unsigned long addr, pmd_t *pmdp, pmd_t pmd)
{
	if (!pass->upper)
		return true;
	if (pass->table != addr >> HMT_CHUNK_SHIFT) {
		pass->table = addr >> HMT_CHUNK_SHIFT;
		pass->table_young = pmd_young(pmd) && hmt_accessed_clear(pmdp);
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
	/* Upper before lower: an access in between is seen next time. */
	if (pmd_leaf(pmd)) {
		bitmap_zero(pass->accessed, HMT_CHUNK_PAGES);
		hmt_accessed_scan_huge(pass, addr, end, pmdp, pmd);
	} else if (!pass->glimpse &&
		   hmt_accessed_is_young(pass, addr, pmdp, pmd)) {
		bitmap_zero(pass->accessed, HMT_CHUNK_PAGES);
		hmt_accessed_scan_table(pass, addr, end, pmd);
	}
}

static int hmt_accessed_done(struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end, void *arg)
{
	struct hmt_accessed_pass *pass = arg;
	int ret;

	if (kthread_should_stop())
		return -EINTR;
	if (!pass->touched || hmt_mm_is_new(pass->managed))
		return 0;
	ret = hmt_report_bitmap(pass->session, pass->managed, addr,
				pass->accessed);
	/* Its table went away in between: others are still there. */
	return ret == -ERANGE ? 0 : ret;
}

static const struct hmt_walk_ops hmt_accessed_walk_ops = {
	.enter = hmt_accessed_enter,
	.scan = hmt_accessed_scan,
	.done = hmt_accessed_done,
};

static void hmt_accessed_flush_cpu(void *unused)
{
	__flush_tlb_all();
}

static void hmt_accessed_flush(struct hmt_session *session,
			       struct hmt_mm *managed)
{
	if (READ_ONCE(hmt_accessed_wants_flush))
		on_each_cpu_mask(mm_cpumask(hmt_mm_struct(managed)),
				 hmt_accessed_flush_cpu, NULL, true);
}

static int hmt_accessed_walk(struct hmt_accessed_pass *pass)
{
	struct mm_struct *mm = hmt_mm_struct(pass->managed);

	return hmt_walk(mm, 0, mm->task_size, &hmt_accessed_walk_ops, pass);
}

/* Which of the huge pages are accessed even in a short time? */
static int hmt_accessed_glimpse(struct hmt_accessed_pass *pass)
{
	hmt_accessed_flush(pass->session, pass->managed);
	usleep_range(HMT_ACCESSED_GLIMPSE_US, HMT_ACCESSED_GLIMPSE_US + 50);
	pass->glimpse = true;
	return hmt_accessed_walk(pass);
}

/*
 * Without a flush after the pass before, a CPU that has an entry of an upper
 * level in hand walks on from there and does not set its bit again, so that
 * only the bits of pages count then.
 */
static int hmt_accessed_collect(struct hmt_session *session,
				struct hmt_mm *managed)
{
	struct hmt_accessed_pass pass = {
		.session = session,
		.managed = managed,
		.upper = READ_ONCE(hmt_accessed_wants_flush),
		.gib = HMT_ACCESSED_NOWHERE,
		.table = HMT_ACCESSED_NOWHERE,
	};
	int ret;

	ret = hmt_accessed_walk(&pass);
	if (!ret && pass.huge && pass.upper)
		ret = hmt_accessed_glimpse(&pass);
	atomic64_add(pass.scanned, &hmt_accessed_scanned);
	atomic64_add(pass.skipped_2m, &hmt_accessed_skipped_2m);
	atomic64_add(pass.skipped_1g, &hmt_accessed_skipped_1g);
	return ret;
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
	&hmt_accessed_attr_flush, &hmt_accessed_attr_scanned,
	&hmt_accessed_attr_skipped_2m, &hmt_accessed_attr_skipped_1g, NULL
};

static const struct hmt_provider_ops hmt_accessed_ops = {
	.collect = hmt_accessed_collect,
	.flush = hmt_accessed_flush,
};

static struct hmt_provider hmt_accessed = {
	.name = "accessed",
	.owner = THIS_MODULE,
	.ops = &hmt_accessed_ops,
	.attrs = hmt_accessed_attrs,
};
module_hmt_provider(hmt_accessed, accessed);

MODULE_DESCRIPTION("HMT: heat from accessed bits");
MODULE_AUTHOR("HMT maintainers");
MODULE_VERSION(HMT_VERSION);
MODULE_LICENSE("GPL");
