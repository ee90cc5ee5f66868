// SPDX-License-Identifier: GPL-2.0
/*
 * Mappers of the pages of a file, or of shared memory: one process that maps
 * them several times, as garbage collectors do (ZGC maps its heap three times),
 * or several processes, as databases have. The tree of the mappings of the
 * file leads to all of them.
 *
 * Its i_mmap lock is taken inside the mmap lock, as the kernel does, and without
 * waiting: others hold it while they map or unmap the file. Under it, mappings
 * stay in the tree and address spaces exist. The mmap lock of another mapper,
 * which the walk of its tables needs, is inside the i_mmap lock here, against the
 * order of the kernel, and is only tried. A mapper whose lock is taken is not
 * found, so that its page stays.
 *
 * If as many mappings are found as the page has, these are all. The answer is as
 * good as the mapcount of a page that is mapped once: another process may map the
 * page right afterwards.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/hmt_internal.h>
#include <linux/hugetlb.h>
#include <linux/interval_tree_generic.h>
#include <linux/mm.h>
#include <linux/mmap_lock.h>
#include <linux/pgtable.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include "hmt.h"
#include "page.h"

/*
 * Most mappings of a part of a file that are looked at. The kernel visits each of
 * them several times to move a page.
 */
#define HMT_MAPPERS_STEPS	1024

/* Tries to take the i_mmap lock, and the sleep between two, us. */
#define HMT_MAPPERS_TRIES	4
#define HMT_MAPPERS_NAP_US	20

static inline unsigned long hmt_mapping_first(struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline unsigned long hmt_mapping_last(struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long,
		     shared.rb_subtree_last, hmt_mapping_first,
		     hmt_mapping_last, static inline, hmt_mapping_tree)

static bool hmt_mappers_lock(struct address_space *mapping)
{
	unsigned int tries = HMT_MAPPERS_TRIES;

	while (!i_mmap_trylock_read(mapping)) {
		if (!--tries)
			return false;
		usleep_range(HMT_MAPPERS_NAP_US, 2 * HMT_MAPPERS_NAP_US);
	}
	return true;
}

/*
 * Check whether @vma maps a part of a file of which there are other mappings. True
 * if the tree is busy. Private mappings of hugetlb have separate pages. The
 * mmap lock is held.
 */
bool hmt_vma_is_shared(struct vm_area_struct *vma)
{
	unsigned long first = hmt_mapping_first(vma);
	unsigned long last = hmt_mapping_last(vma);
	struct address_space *mapping;
	struct vm_area_struct *other;

	if (!vma->vm_file ||
	    (is_vm_hugetlb_page(vma) && !(vma->vm_flags & VM_MAYSHARE)))
		return false;
	mapping = vma->vm_file->f_mapping;
	if (!i_mmap_trylock_read(mapping))
		return true;
	other = hmt_mapping_tree_iter_first(&mapping->i_mmap, first, last);
	if (other)
		other = hmt_mapping_tree_iter_next(other, first, last);
	i_mmap_unlock_read(mapping);
	return other;
}

/* Arguments of the walk of one mapping: @addr is the address of the page @nr[0]. */
struct hmt_mappers_walk {
	u16 *nr;
	unsigned long addr;
};

static void hmt_mappers_scan(struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end, pmd_t *pmdp, pmd_t pmd,
			     void *arg)
{
	struct hmt_mappers_walk *walk = arg;
	u16 *nr = walk->nr + ((addr - walk->addr) >> PAGE_SHIFT);
	bool huge = hmt_pmd_is_huge(pmd);
	pte_t *ptep = huge ? NULL : pte_offset_kernel(&pmd, addr);

	for (; addr < end; addr += PAGE_SIZE, nr++) {
		struct page *page = huge ? NULL :
					   hmt_pte_page(READ_ONCE(*ptep++));

		/* Private mappings have copies of written pages. */
		*nr += huge ? pmd_trans_huge(pmd) : page && !PageAnon(page);
	}
}

/* Look at the part of @vma that has pages @first to @last of the file. */
static void hmt_mappers_look(u16 *nr, struct vm_area_struct *vma,
			     unsigned long first, unsigned long last,
			     hmt_mapper_permits_t permits, void *arg)
{
	static const struct hmt_walk_ops ops = { .scan = hmt_mappers_scan };
	unsigned long from = max(first, hmt_mapping_first(vma));
	unsigned long to = min(last, hmt_mapping_last(vma));
	struct hmt_mappers_walk walk = { .nr = nr + (from - first) };
	unsigned long end;

	if (!hmt_vma_has_pages(vma))
		return;
	walk.addr = vma->vm_start + ((from - vma->vm_pgoff) << PAGE_SHIFT);
	end = walk.addr + ((to - from + 1) << PAGE_SHIFT);
	if (permits(vma, walk.addr, end, arg))
		hmt_walk_vma(vma, walk.addr, end, &ops, &walk);
}

/*
 * Set @nr[i] to the number of mappings of page i of [@addr, @end), which is in
 * one chunk of @vma, that are in address spaces for which @permits is true. The
 * mmap lock is held for reading. Where not all mappings can be looked at, some
 * are missing.
 */
void hmt_mappers_count(u16 *nr, struct vm_area_struct *vma, unsigned long addr,
		       unsigned long end, hmt_mapper_permits_t permits,
		       void *arg)
{
	unsigned long first, last, pages = (end - addr) >> PAGE_SHIFT;
	struct address_space *mapping;
	struct vm_area_struct *other;
	unsigned int steps = 0;

	mmap_assert_locked(vma->vm_mm);
	memset(nr, 0, pages * sizeof(*nr));
	if (!vma->vm_file || is_vm_hugetlb_page(vma))
		return;
	mapping = vma->vm_file->f_mapping;
	first = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	last = first + pages - 1;
	if (!hmt_mappers_lock(mapping))
		return;
	for (other = hmt_mapping_tree_iter_first(&mapping->i_mmap, first, last);
	     other && steps < HMT_MAPPERS_STEPS;
	     other = hmt_mapping_tree_iter_next(other, first, last), steps++) {
		bool own = other->vm_mm == vma->vm_mm;

		if (!own && !mmap_read_trylock(other->vm_mm))
			continue;
		hmt_mappers_look(nr, other, first, last, permits, arg);
		if (!own)
			mmap_read_unlock(other->vm_mm);
	}
	i_mmap_unlock_read(mapping);
}

/* Scratch memory of hmt_mappers_permit(). */
struct hmt_mappers_check {
	struct hmt_chunk chunk;
	u16 nr[HMT_CHUNK_PAGES];
	hmt_mapper_permits_t permits;
	void *arg;
};

static void hmt_mappers_check_scan(struct vm_area_struct *vma,
				   unsigned long addr, unsigned long end,
				   pmd_t *pmdp, pmd_t pmd, void *arg)
{
	hmt_classify(arg, vma, addr, end, pmd);
}

/* Check a unit of @pages at @addr whose mappings are counted. The mmap lock is held. */
static bool hmt_mappers_check_unit(struct hmt_mappers_check *check,
				   struct vm_area_struct *vma,
				   unsigned long addr, unsigned int pages)
{
	static const struct hmt_walk_ops ops = {
		.scan = hmt_mappers_check_scan,
	};
	unsigned int index = hmt_chunk_index(addr);

	check->chunk.class[index] = HMT_PAGE_HOLE;
	check->chunk.mapped = check->nr;
	hmt_walk_vma(vma, addr, addr + pages * PAGE_SIZE, &ops, &check->chunk);
	return (check->chunk.class[index] == HMT_PAGE_FILE ||
		check->chunk.class[index] == HMT_PAGE_HUGE) &&
	       hmt_chunk_movable_unit(&check->chunk, index) == pages;
}

/* Check a run of units. The mmap lock is held. */
static bool hmt_mappers_check_run(struct hmt_mappers_check *check,
				  struct mm_struct *mm,
				  const unsigned long *addr, const u16 *pages,
				  unsigned int nr)
{
	unsigned long end = addr[nr - 1] + pages[nr - 1] * PAGE_SIZE;
	struct vm_area_struct *vma = find_vma(mm, *addr);
	unsigned int i;

	if (!vma || vma->vm_start > *addr || vma->vm_end < end ||
	    is_vm_hugetlb_page(vma) || !hmt_vma_has_pages(vma))
		return false;
	hmt_mappers_count(check->nr + hmt_chunk_index(*addr), vma, *addr, end,
			  check->permits, check->arg);
	for (i = 0; i < nr; i++)
		if (!hmt_mappers_check_unit(check, vma, addr[i], pages[i]))
			return false;
	return true;
}

/* As hmt_mappers_check_run(), with the mmap lock for as long as this takes. */
static bool hmt_mappers_check_locked(struct hmt_mappers_check *check,
				     struct mm_struct *mm,
				     const unsigned long *addr,
				     const u16 *pages, unsigned int nr)
{
	bool permit;

	if (fatal_signal_pending(current) || hmt_mmap_read_lock_briefly(mm))
		return false;
	permit = hmt_mappers_check_run(check, mm, addr, pages, nr);
	mmap_read_unlock(mm);
	cond_resched();
	return permit;
}

/*
 * Return the length of the run of units that begins with the first of @nr: they are
 * in one chunk, each behind the one before. 0: the first does not fit into a chunk.
 */
static unsigned int hmt_mappers_run(const unsigned long *addr, const u16 *pages,
				    unsigned int nr)
{
	unsigned long last = ALIGN(*addr + 1, HMT_CHUNK_SIZE);
	unsigned long end = *addr;
	unsigned int i;

	for (i = 0; i < nr && addr[i] >= end; i++) {
		end = addr[i] + pages[i] * PAGE_SIZE;
		if (end > last)
			break;
	}
	return i;
}

/*
 * Check a run of units together and, if one mapper does not permit all of the range,
 * of which pages between the units may be the reason, one by one.
 */
static bool hmt_mappers_permit_run(struct hmt_mappers_check *check,
				   struct mm_struct *mm,
				   const unsigned long *addr, const u16 *pages,
				   unsigned int nr)
{
	unsigned int i;

	if (hmt_mappers_check_locked(check, mm, addr, pages, nr))
		return true;
	if (nr == 1)
		return false;
	for (i = 0; i < nr; i++)
		if (!hmt_mappers_check_locked(check, mm, addr + i, pages + i, 1))
			return false;
	return true;
}

/*
 * Check whether all mappings of the units at @addr, @nr of them with @pages base
 * pages each, are in address spaces for which @permits is true. @mm is one of
 * them; the caller holds mm_count. Units in the order of their addresses are
 * cheaper. Context: process, may sleep; holds a lock of others for the time that one
 * chunk takes, and ends when the task is killed.
 */
bool hmt_mappers_permit(struct mm_struct *mm, const unsigned long *addr,
			const u16 *pages, unsigned int nr,
			hmt_mapper_permits_t permits, void *arg)
{
	struct hmt_mappers_check *check;
	unsigned int i, run;

	check = kmalloc(sizeof(*check), GFP_KERNEL);
	if (!check)
		return false;
	if (!mmget_not_zero(mm)) {
		kfree(check);
		return false;
	}
	check->permits = permits;
	check->arg = arg;
	for (i = 0; i < nr; i += run) {
		run = hmt_mappers_run(addr + i, pages + i, nr - i);
		if (!run || !hmt_mappers_permit_run(check, mm, addr + i,
						    pages + i, run))
			break;
	}
	mmput(mm);
	kfree(check);
	return i >= nr;
}
