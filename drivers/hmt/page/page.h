/* SPDX-License-Identifier: GPL-2.0 */
/* page/: classification of a page, and advice of programs for ranges. */
#ifndef _HMT_PAGE_H
#define _HMT_PAGE_H

#include <linux/align.h>
#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/hmt_internal.h>
#include <linux/leafops.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/types.h>

struct hmt_graph;
struct hmt_policy_advice;
struct hmt_walk_ops;
struct mm_struct;
struct page;
struct vm_area_struct;

/*
 * The mmap lock of other processes; hmt_mmap_read_lock() is in
 * <linux/hmt_internal.h>.
 */

int hmt_mmap_read_lock_patiently(struct mm_struct *mm, unsigned int *patience);
int hmt_mmap_read_lock_briefly(struct mm_struct *mm);
bool hmt_mm_is_left(struct mm_struct *mm);

/* Pages that wait for their LRU list. */

int hmt_lru_init(void);
void hmt_lru_exit(void);
void hmt_lru_drain(void);
void hmt_lru_drain_all(void);
bool hmt_lru_was_drained(void);

/* Walks of page tables; hmt_walk() is in <linux/hmt_provider.h>. */

int hmt_walk_finds(struct mm_struct *mm, unsigned long addr);
int hmt_walk_vma(struct vm_area_struct *vma, unsigned long start,
		 unsigned long end, const struct hmt_walk_ops *ops, void *arg);

/*
 * Visit a part of a page of hugetlb: @page is the base page at @addr, and [@addr,
 * @end) is in one chunk. Interrupts are off.
 */
typedef void (*hmt_walk_hugetlb_t)(struct vm_area_struct *vma,
				   unsigned long addr, unsigned long end,
				   struct page *page, void *arg);

int hmt_walk_all(struct mm_struct *mm, unsigned long start, unsigned long end,
		 const struct hmt_walk_ops *ops, hmt_walk_hugetlb_t hugetlb,
		 void *arg);
int hmt_walk_shared(struct mm_struct *mm, unsigned long start,
		    unsigned long end, const struct hmt_walk_ops *ops,
		    hmt_walk_hugetlb_t hugetlb, void *arg);

/* Classification of pages without any lock. */

/**
 * enum hmt_page_class - type of a page for movers
 * @HMT_PAGE_HOLE: no page
 * @HMT_PAGE_MOVABLE: anonymous base page that HMT can move
 * @HMT_PAGE_BUSY: under writeback, or off the LRU
 * @HMT_PAGE_PINNED: has references that are not mappings
 * @HMT_PAGE_HUGE: part of a compound page
 * @HMT_PAGE_FILE: page of a file or of shared memory
 * @HMT_PAGE_MERGEABLE: anonymous, in a mapping that KSM merges; see
 *	hmt_page_is_private()
 * @HMT_PAGE_SHARED: anonymous, and possibly mapped by other processes; or see
 *	hmt_chunk_mark_foreign()
 * @HMT_PAGE_HUGETLB: part of a page of hugetlb, which belongs to the pool of its
 *	node
 * @HMT_PAGE_EXCLUDED: page in a range that is excluded from being moved
 * @HMT_PAGE_CLASSES: number of classes
 */
enum hmt_page_class {
	HMT_PAGE_HOLE,
	HMT_PAGE_MOVABLE,
	HMT_PAGE_BUSY,
	HMT_PAGE_PINNED,
	HMT_PAGE_HUGE,
	HMT_PAGE_FILE,
	HMT_PAGE_MERGEABLE,
	HMT_PAGE_SHARED,
	HMT_PAGE_HUGETLB,
	HMT_PAGE_EXCLUDED,
	HMT_PAGE_CLASSES
};

/* Flag of a base page: its only mapping belongs to this process. */
#define HMT_PAGE_MAPPED_ONCE	BIT(0)

/* Flag of a base page that is HMT_PAGE_BUSY: it is off the LRU. */
#define HMT_PAGE_OFF_LRU	BIT(2)

/* Flag of the first page of a unit: the unit is pinned. */
#define HMT_PAGE_UNIT_PINNED	BIT(1)

/* Flag of a base page, or the first page of a huge page: it has several mappings. */
#define HMT_PAGE_SEVERAL	BIT(3)

/* Flag of such a page: it has more mappings than &hmt_chunk.mapped. */
#define HMT_PAGE_FOREIGN	BIT(4)

/*
 * Flag of a part of a huge page that is mapped by a table: no other address space
 * maps it, and migrate_vma splits the huge page.
 */
#define HMT_PAGE_PART		BIT(5)

/**
 * struct hmt_chunk - pages of a chunk
 * @uid: memory of each page; undefined for HMT_PAGE_HOLE
 * @class: &enum hmt_page_class of each page
 * @flags: HMT_PAGE_MAPPED_ONCE, HMT_PAGE_UNIT_PINNED, HMT_PAGE_OFF_LRU,
 *	HMT_PAGE_SEVERAL, HMT_PAGE_FOREIGN, HMT_PAGE_PART; undefined for
 *	HMT_PAGE_HOLE
 * @unit: where @class is HMT_PAGE_HUGE, HMT_PAGE_FILE or HMT_PAGE_MERGEABLE:
 *	number of base pages, from this one on, that have no other mappings than
 *	@mapped and that the kernel's own migration moves as one; 0: not the
 *	first page of a unit. Undefined for other classes
 * @clean: pages that CPUs did not write through this mapping since it was made
 *	or the kernel last cleaned it; a clear bit does not give the time of the
 *	write
 * @whole: the pages that were classified last are of one huge page that is
 *	mapped as a whole, that no other address space maps and that is not
 *	pinned: the mover hmm can move it, see hmt_huge_can_move()
 * @mixed: the pages that were classified last may be of other classes than
 *	HMT_PAGE_HOLE and HMT_PAGE_MOVABLE
 * @mapped: number of mappings of each page that the user knows, this one
 *	included, where it is not 0; NULL: this one only. Set by the user, read
 *	for classes with units
 *
 * hmt_chunk_index() returns the index of a page.
 */
struct hmt_chunk {
	u32 uid[HMT_CHUNK_PAGES];
	u8 class[HMT_CHUNK_PAGES] __aligned(sizeof(u64));
	u8 flags[HMT_CHUNK_PAGES];
	u16 unit[HMT_CHUNK_PAGES];
	DECLARE_BITMAP(clean, HMT_CHUNK_PAGES);
	bool whole;
	bool mixed;
	const u16 *mapped;
};

/*
 * Return the index of the first page in [@index, @end) that is not a hole, or @end.
 * Most pages of a selection are holes: they are skipped eight at a time.
 */
static inline unsigned int hmt_chunk_next(const struct hmt_chunk *chunk,
					  unsigned int index, unsigned int end)
{
	while (index < end && chunk->class[index] == HMT_PAGE_HOLE)
		index += IS_ALIGNED(index, sizeof(u64)) &&
					 !*(const u64 *)&chunk->class[index] ?
				 sizeof(u64) :
				 1;
	return min(index, end);
}

/* Check whether pages of @class move in units by the kernel's migration. */
static inline bool hmt_class_has_units(enum hmt_page_class class)
{
	return class == HMT_PAGE_HUGE || class == HMT_PAGE_FILE ||
	       class == HMT_PAGE_MERGEABLE;
}

/*
 * Return the number of pages of the unit that starts at @index and can move; 0:
 * none does. The page is of a class that has units.
 */
static inline unsigned int hmt_chunk_movable_unit(const struct hmt_chunk *chunk,
						  unsigned int index)
{
	return chunk->flags[index] & HMT_PAGE_UNIT_PINNED ? 0 :
							    chunk->unit[index];
}

/*
 * Return the number of pages from @index on, at most @pages, that are of the unit
 * that starts there. Page tables may have holes and other pages in between, where a
 * part of a huge page was freed, and other units.
 */
static inline unsigned int hmt_chunk_unit_run(const struct hmt_chunk *chunk,
					      unsigned int index,
					      unsigned int pages)
{
	unsigned int first = index, end = index + pages;

	if (chunk->whole)
		return pages;
	do {
		index++;
	} while (index < end && chunk->class[index] == chunk->class[first] &&
		 chunk->uid[index] == chunk->uid[first] &&
		 !chunk->unit[index]);
	return index - first;
}

/* Check whether the unit that starts at @index, if one does, is mapped repeatedly. */
static inline bool hmt_chunk_is_several(const struct hmt_chunk *chunk,
					unsigned int index)
{
	return hmt_class_has_units(chunk->class[index]) &&
	       chunk->flags[index] & HMT_PAGE_SEVERAL;
}

/*
 * Check whether @pmd, which is not a hole, maps a huge page. The entry of one in
 * memory that CPUs cannot address is not present.
 */
static inline bool hmt_pmd_is_huge(pmd_t pmd)
{
	return pmd_present(pmd) ? pmd_leaf(pmd) :
				  pmd_is_device_private_entry(pmd);
}

struct page *hmt_pte_page(pte_t pte);
bool hmt_pte_is_private(pte_t pte);
bool hmt_pmd_is_private(pmd_t pmd);
bool hmt_pte_is_on_lru(pte_t pte);
bool hmt_pmd_is_on_lru(pmd_t pmd);
void hmt_classify_pte(struct hmt_chunk *chunk, const struct vm_area_struct *vma,
		      unsigned int index, pte_t pte);
void hmt_chunk_mark_foreign(struct hmt_chunk *chunk, unsigned int index,
			    unsigned int pages);
void hmt_chunk_exclude(struct hmt_chunk *chunk, const struct mm_struct *mm,
		       unsigned long addr, unsigned long end);
void hmt_classify(struct hmt_chunk *chunk, const struct vm_area_struct *vma,
		  unsigned long addr, unsigned long end, pmd_t pmd);
void hmt_classify_hugetlb(struct hmt_chunk *chunk,
			  const struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, struct page *page);

/* Mappers of pages of files and of shared memory. */

/*
 * Check whether the address space of @vma may have its mapping [@addr, @end) of a
 * page moved. The mmap lock of it and the i_mmap lock of its file are held for
 * reading.
 */
typedef bool (*hmt_mapper_permits_t)(struct vm_area_struct *vma,
				     unsigned long addr, unsigned long end,
				     void *arg);

/* Check whether a mapping has pages of memory only, not of a device or without a page. */
static inline bool hmt_vma_has_pages(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & (VM_IO | VM_PFNMAP | VM_MIXEDMAP));
}

bool hmt_vma_is_shared(struct vm_area_struct *vma);
void hmt_mappers_count(u16 *nr, struct vm_area_struct *vma, unsigned long addr,
		       unsigned long end, hmt_mapper_permits_t permits,
		       void *arg);
bool hmt_mappers_permit(struct mm_struct *mm, const unsigned long *addr,
			const u16 *pages, unsigned int nr,
			hmt_mapper_permits_t permits, void *arg);

/* Advice of programs for ranges of address spaces. */

/* Share of a tier: none of the range belongs in it. */
#define HMT_SHARE_AVOID		0

enum hmt_treatment {
	HMT_TREAT_EXCLUDED,
	HMT_TREAT_FOLLOWING,
	HMT_TREAT_READ_MOSTLY,
	HMT_TREATMENTS
};

int hmt_advise_range(struct mm_struct *mm, enum hmt_treatment treatment,
		     unsigned long start, unsigned long end);
int hmt_unadvise_range(struct mm_struct *mm, enum hmt_treatment treatment,
		       unsigned long start, unsigned long end);
bool hmt_exclude_first(const struct mm_struct *mm, unsigned long *start,
		       unsigned long *end);
int hmt_advise_tier(struct mm_struct *mm, const char *tier, u16 share,
		    unsigned long start, unsigned long end);
int hmt_unadvise_tier(struct mm_struct *mm, const char *tier,
		      unsigned long start, unsigned long end);
bool hmt_advice_has_tiers(const struct mm_struct *mm);
bool hmt_advice_may_have(struct mm_struct *mm, unsigned long start,
			 unsigned long end);
bool hmt_advice_look(const struct mm_struct *mm, const struct hmt_graph *graph,
		     unsigned long addr, unsigned long end,
		     struct hmt_policy_advice *advice);
void hmt_advice_exit(void);

#endif /* _HMT_PAGE_H */
