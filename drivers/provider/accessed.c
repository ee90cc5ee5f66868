// SPDX-License-Identifier: GPL-2.0
/*
 * The accessed provider: heat from the accessed bits of page tables.
 *
 * On x86 a cleared bit is not set again while the translation is cached, so
 * each collection ends with one flush on the CPUs of the address space. The
 * same flush makes the bit of the upper level meaningful: a table that no CPU
 * walked since has no new bits below.
 */
#include <asm/tlbflush.h>
#include <linux/bitmap.h>
#include <linux/configfs.h>
#include <linux/device.h>
#include <linux/hmt.h>
#include <linux/kstrtox.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include <linux/smp.h>

/* Shared by all workloads, read at each collection. */
static bool hmt_accessed_wants_flush = true;

/* One collection. */
struct hmt_accessed_pass {
	struct hmt_session *session;
	struct hmt_space *space;
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

static void hmt_accessed_scan_table(unsigned long addr, unsigned long end,
				    pmd_t pmd, unsigned long *accessed)
{
	unsigned int page = hmt_chunk_index(addr);
	pte_t *ptep = pte_offset_kernel(&pmd, addr);

	for (; addr < end; addr += PAGE_SIZE, ptep++, page++) {
		pte_t pte = READ_ONCE(*ptep);

		/* Young first: most are not. */
		if (pte_young(pte) && pte_present(pte) &&
		    hmt_accessed_clear(ptep))
			__set_bit(page, accessed);
	}
}

static void hmt_accessed_scan(struct vm_area_struct *vma, unsigned long addr,
			      unsigned long end, pmd_t *pmdp, pmd_t pmd,
			      void *arg)
{
	struct hmt_accessed_pass *pass = arg;

	bitmap_zero(pass->accessed, HMT_CHUNK_PAGES);
	/* Upper before lower: an access in between is seen next time. */
	if (!pmd_young(pmd) || !hmt_accessed_clear(pmdp))
		return;
	if (pmd_leaf(pmd))
		bitmap_set(pass->accessed, hmt_chunk_index(addr),
			   (end - addr) >> PAGE_SHIFT);
	else
		hmt_accessed_scan_table(addr, end, pmd, pass->accessed);
}

static int hmt_accessed_done(struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end, void *arg)
{
	struct hmt_accessed_pass *pass = arg;

	if (kthread_should_stop())
		return -EINTR;
	if (hmt_space_is_new(pass->space))
		return 0;
	return hmt_report_bitmap(pass->session, pass->space, addr,
				 pass->accessed);
}

static const struct hmt_walk_ops hmt_accessed_walk_ops = {
	.scan = hmt_accessed_scan,
	.done = hmt_accessed_done,
};

static int hmt_accessed_collect(struct hmt_session *session,
				struct hmt_space *space)
{
	struct hmt_accessed_pass pass = { .session = session, .space = space };
	struct mm_struct *mm = hmt_space_mm(space);

	return hmt_walk(mm, 0, mm->task_size,
			&hmt_accessed_walk_ops, &pass);
}

static void hmt_accessed_flush_cpu(void *unused)
{
	__flush_tlb_all();
}

static void hmt_accessed_flush(struct hmt_session *session,
			       struct hmt_space *space)
{
	if (READ_ONCE(hmt_accessed_wants_flush))
		on_each_cpu_mask(mm_cpumask(hmt_space_mm(space)),
				 hmt_accessed_flush_cpu, NULL, true);
}

static ssize_t hmt_accessed_flush_show(struct config_item *item, char *page)
{
	return sysfs_emit(page, "%d\n", READ_ONCE(hmt_accessed_wants_flush));
}

static ssize_t hmt_accessed_flush_store(struct config_item *item,
					const char *page, size_t count)
{
	u8 value;
	int ret = kstrtou8(page, 10, &value);

	if (ret)
		return ret;
	if (value > 1)
		return -ERANGE;
	WRITE_ONCE(hmt_accessed_wants_flush, value);
	return count;
}
CONFIGFS_ATTR(hmt_accessed_, flush);

static struct configfs_attribute *hmt_accessed_attrs[] = {
	&hmt_accessed_attr_flush,
	NULL
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
MODULE_LICENSE("GPL");
