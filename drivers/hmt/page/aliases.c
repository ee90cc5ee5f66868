// SPDX-License-Identifier: GPL-2.0
/*
 * Further mappings of the pages of a file, or of shared memory, in one address
 * space, as garbage collectors make them (ZGC maps its heap three times). The
 * tree of the mappings of a file leads to them. Its i_mmap lock is taken inside
 * the mmap lock, as the kernel does, and without waiting: others hold it while
 * they map or unmap the file.
 *
 * If as many mappings of a page are found here as the page has, no other address
 * space maps it. That is true when it is found, as the mapcount of a page that
 * is mapped once: another process may map the page right afterwards.
 */
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/hmt_internal.h>
#include <linux/hugetlb.h>
#include <linux/interval_tree_generic.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include "hmt.h"
#include "page.h"

/*
 * Most mappings of a part of a file, of all processes, that are looked at. Pages
 * of larger files of databases have hundreds.
 */
#define HMT_ALIASES_STEPS	64

/* Tries to take the i_mmap lock, and the sleep between two, us. */
#define HMT_ALIASES_TRIES	4
#define HMT_ALIASES_NAP_US	20

static inline unsigned long hmt_alias_first(struct vm_area_struct *vma)
{
	return vma->vm_pgoff;
}

static inline unsigned long hmt_alias_last(struct vm_area_struct *vma)
{
	return vma->vm_pgoff + vma_pages(vma) - 1;
}

INTERVAL_TREE_DEFINE(struct vm_area_struct, shared.rb, unsigned long,
		     shared.rb_subtree_last, hmt_alias_first, hmt_alias_last,
		     static inline, hmt_alias_tree)

/**
 * struct hmt_alias_walk - arguments of a walk of one further mapping
 * @aliases: result
 * @own: address of the first page in the mapping that is asked about
 * @addr: address of the same page in the further mapping
 * @excluded: a part of the further mapping is excluded from being moved
 * @visit: operation for each page
 * @arg: its argument
 */
struct hmt_alias_walk {
	struct hmt_aliases *aliases;
	unsigned long own;
	unsigned long addr;
	bool excluded;
	hmt_alias_visit_t visit;
	void *arg;
};

static void hmt_alias_note(struct hmt_alias_walk *walk, unsigned long addr)
{
	unsigned long own = walk->own + (addr - walk->addr);
	unsigned int index = hmt_chunk_index(own);

	/* An excluded mapping is missing in the sum, so that the page stays. */
	if (!walk->excluded && walk->aliases->nr[index] < U8_MAX)
		walk->aliases->nr[index]++;
	if (addr < own)
		__set_bit(index, walk->aliases->later);
	if (walk->visit)
		walk->visit(addr, index, walk->arg);
}

static void hmt_alias_scan(struct vm_area_struct *vma, unsigned long addr,
			   unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	pte_t *ptep;

	if (pmd_leaf(pmd))
		return;
	ptep = pte_offset_kernel(&pmd, addr);
	for (; addr < end; addr += PAGE_SIZE, ptep++) {
		struct page *page = hmt_pte_page(READ_ONCE(*ptep));

		/* Private mappings have copies of written pages. */
		if (page && !PageAnon(page))
			hmt_alias_note(arg, addr);
	}
}

/* Walk the part of @vma that has pages @first to @last of the file. */
static void hmt_alias_add(struct hmt_alias_walk *walk, unsigned long own,
			  struct vm_area_struct *vma, unsigned long first,
			  unsigned long last)
{
	static const struct hmt_walk_ops ops = { .scan = hmt_alias_scan };
	unsigned long from = max(first, hmt_alias_first(vma));
	unsigned long to = min(last, hmt_alias_last(vma));
	unsigned long end;

	if (vma->vm_flags & (VM_IO | VM_PFNMAP | VM_MIXEDMAP))
		return;
	walk->own = own + ((from - first) << PAGE_SHIFT);
	walk->addr = vma->vm_start + ((from - vma->vm_pgoff) << PAGE_SHIFT);
	end = walk->addr + ((to - from + 1) << PAGE_SHIFT);
	walk->excluded = hmt_is_excluded(vma->vm_mm, walk->addr, end);
	hmt_walk_vma(vma, walk->addr, end, &ops, walk);
}

static bool hmt_aliases_lock(struct address_space *mapping)
{
	unsigned int tries = HMT_ALIASES_TRIES;

	while (!i_mmap_trylock_read(mapping)) {
		if (!--tries)
			return false;
		usleep_range(HMT_ALIASES_NAP_US, 2 * HMT_ALIASES_NAP_US);
	}
	return true;
}

/*
 * Find the further mappings of the pages of [@addr, @end) of @vma, which is in
 * one chunk, in the same address space. Call @visit, if it is not NULL, for each
 * one with interrupts off. The mmap lock is held for reading. Where not all can
 * be looked at, some are missing.
 */
void hmt_aliases_find(struct hmt_aliases *aliases, struct vm_area_struct *vma,
		      unsigned long addr, unsigned long end,
		      hmt_alias_visit_t visit, void *arg)
{
	struct hmt_alias_walk walk = {
		.aliases = aliases,
		.visit = visit,
		.arg = arg,
	};
	struct address_space *mapping;
	struct vm_area_struct *other;
	unsigned long first, last;
	unsigned int steps = 0;

	mmap_assert_locked(vma->vm_mm);
	memset(aliases, 0, sizeof(*aliases));
	if (!vma->vm_file || is_vm_hugetlb_page(vma))
		return;
	mapping = vma->vm_file->f_mapping;
	first = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	last = first + ((end - addr) >> PAGE_SHIFT) - 1;
	if (!hmt_aliases_lock(mapping))
		return;
	for (other = hmt_alias_tree_iter_first(&mapping->i_mmap, first, last);
	     other && steps < HMT_ALIASES_STEPS;
	     other = hmt_alias_tree_iter_next(other, first, last), steps++)
		if (other != vma && other->vm_mm == vma->vm_mm)
			hmt_alias_add(&walk, addr, other, first, last);
	i_mmap_unlock_read(mapping);
}

/* Arguments of a walk that classifies pages again. */
struct hmt_aliases_resolve {
	struct hmt_chunk *chunk;
	const struct hmt_aliases *aliases;
};

static void hmt_aliases_scan(struct vm_area_struct *vma, unsigned long addr,
			     unsigned long end, pmd_t *pmdp, pmd_t pmd,
			     void *arg)
{
	struct hmt_aliases_resolve *resolve = arg;
	unsigned int index = hmt_chunk_index(addr);
	pte_t *ptep;

	if (pmd_leaf(pmd))
		return;
	ptep = pte_offset_kernel(&pmd, addr);
	for (; addr < end; addr += PAGE_SIZE, ptep++, index++)
		hmt_classify_several(resolve->chunk, index, READ_ONCE(*ptep),
				     resolve->aliases->nr[index] + 1);
}

/*
 * Give pages of [@addr, @end) of @vma a unit if all of their mappings were found
 * in this address space. They were classified, and the mmap lock was held since.
 */
void hmt_aliases_resolve(struct hmt_chunk *chunk,
			 const struct hmt_aliases *aliases,
			 struct vm_area_struct *vma, unsigned long addr,
			 unsigned long end)
{
	static const struct hmt_walk_ops ops = { .scan = hmt_aliases_scan };
	struct hmt_aliases_resolve resolve = {
		.chunk = chunk,
		.aliases = aliases,
	};

	hmt_walk_vma(vma, addr, end, &ops, &resolve);
}

/* Scratch memory of hmt_aliases_are_all(). */
struct hmt_aliases_check {
	struct hmt_chunk chunk;
	struct hmt_aliases aliases;
};

static void hmt_aliases_check_scan(struct vm_area_struct *vma,
				   unsigned long addr, unsigned long end,
				   pmd_t *pmdp, pmd_t pmd, void *arg)
{
	hmt_classify(arg, vma, addr, end, pmd);
}

static bool hmt_aliases_check_page(struct hmt_aliases_check *check,
				   struct mm_struct *mm, unsigned long addr)
{
	static const struct hmt_walk_ops ops = {
		.scan = hmt_aliases_check_scan,
	};
	struct vm_area_struct *vma = find_vma(mm, addr);
	unsigned long end = addr + PAGE_SIZE;
	unsigned int index = hmt_chunk_index(addr);

	if (!vma || vma->vm_start > addr || is_vm_hugetlb_page(vma) ||
	    vma->vm_flags & (VM_IO | VM_PFNMAP | VM_MIXEDMAP))
		return false;
	check->chunk.class[index] = HMT_PAGE_HOLE;
	hmt_walk_vma(vma, addr, end, &ops, &check->chunk);
	if (check->chunk.class[index] != HMT_PAGE_FILE)
		return false;
	if (hmt_chunk_is_several(&check->chunk, index)) {
		hmt_aliases_find(&check->aliases, vma, addr, end, NULL, NULL);
		hmt_aliases_resolve(&check->chunk, &check->aliases, vma, addr,
				    end);
	}
	return hmt_chunk_movable_unit(&check->chunk, index) == 1;
}

/*
 * Check whether @mm alone maps the @nr pages at @addr, once or several times,
 * and excludes none. The caller holds mm_count. Context: process, may sleep,
 * takes the mmap lock of @mm for a bounded time.
 */
bool hmt_aliases_are_all(struct mm_struct *mm, const unsigned long *addr,
			 unsigned int nr)
{
	struct hmt_aliases_check *check;
	bool all = true;
	unsigned int i;

	check = kmalloc(sizeof(*check), GFP_KERNEL);
	if (!check)
		return false;
	if (!mmget_not_zero(mm)) {
		kfree(check);
		return false;
	}
	if (hmt_mmap_read_lock_briefly(mm)) {
		all = false;
	} else {
		for (i = 0; i < nr && all; i++)
			all = hmt_aliases_check_page(check, mm, addr[i]);
		mmap_read_unlock(mm);
	}
	mmput(mm);
	kfree(check);
	return all;
}
