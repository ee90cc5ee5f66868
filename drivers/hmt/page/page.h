/* SPDX-License-Identifier: GPL-2.0 */
/* page/: classification of a page, and advice of programs for ranges. */
#ifndef _HMT_PAGE_H
#define _HMT_PAGE_H

#include <linux/bitmap.h>
#include <linux/bits.h>
#include <linux/hmt_internal.h>
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
 * @HMT_PAGE_SHARED: anonymous, and possibly mapped by other processes
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

/* Flag of a base page of a file: it has 2 to HMT_SEVERAL_MAX mappings. */
#define HMT_PAGE_SEVERAL	BIT(3)

/* Most mappings of a page that are counted. ZGC has 3, libraries have many. */
#define HMT_SEVERAL_MAX		8

/**
 * struct hmt_chunk - pages of a chunk
 * @uid: memory of each page; undefined for HMT_PAGE_HOLE
 * @class: &enum hmt_page_class of each page
 * @several: a page that was classified has HMT_PAGE_SEVERAL; reset by the user
 * @flags: HMT_PAGE_MAPPED_ONCE, HMT_PAGE_UNIT_PINNED, HMT_PAGE_OFF_LRU,
 *	HMT_PAGE_SEVERAL; undefined for HMT_PAGE_HOLE
 * @unit: where @class is HMT_PAGE_HUGE, HMT_PAGE_FILE or HMT_PAGE_MERGEABLE:
 *	number of base pages, from this one on, that only this process maps
 *	(once, unless hmt_aliases_resolve() found its other mappings) and
 *	that the kernel's own migration moves as one; 0: not the first page of a
 *	unit. Undefined for other classes
 * @clean: pages that CPUs did not write through this mapping since it was made
 *	or the kernel last cleaned it; a clear bit does not give the time of the
 *	write
 *
 * hmt_chunk_index() returns the index of a page.
 */
struct hmt_chunk {
	u32 uid[HMT_CHUNK_PAGES];
	u8 class[HMT_CHUNK_PAGES];
	bool several;
	u8 flags[HMT_CHUNK_PAGES];
	u16 unit[HMT_CHUNK_PAGES];
	DECLARE_BITMAP(clean, HMT_CHUNK_PAGES);
};

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

/* Check whether the page at @index is a base page of a file with some mappings. */
static inline bool hmt_chunk_is_several(const struct hmt_chunk *chunk,
					unsigned int index)
{
	return chunk->class[index] == HMT_PAGE_FILE &&
	       chunk->flags[index] & HMT_PAGE_SEVERAL;
}

struct page *hmt_pte_page(pte_t pte);
bool hmt_pte_is_private(pte_t pte);
bool hmt_pmd_is_private(pmd_t pmd);
bool hmt_pte_is_on_lru(pte_t pte);
bool hmt_pmd_is_on_lru(pmd_t pmd);
void hmt_classify_pte(struct hmt_chunk *chunk, const struct vm_area_struct *vma,
		      unsigned int index, pte_t pte);
void hmt_classify_several(struct hmt_chunk *chunk, unsigned int index,
			  pte_t pte, unsigned int mapped);
void hmt_chunk_exclude(struct hmt_chunk *chunk, const struct mm_struct *mm,
		       unsigned long addr, unsigned long end);
void hmt_classify(struct hmt_chunk *chunk, const struct vm_area_struct *vma,
		  unsigned long addr, unsigned long end, pmd_t pmd);
void hmt_classify_hugetlb(struct hmt_chunk *chunk,
			  const struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, struct page *page);

/**
 * struct hmt_aliases - further mappings of the pages of a chunk in its mm
 * @nr: number of those of each page that are not excluded
 * @later: pages that have a mapping at a lower address
 */
struct hmt_aliases {
	u8 nr[HMT_CHUNK_PAGES];
	DECLARE_BITMAP(later, HMT_CHUNK_PAGES);
};

/* Visit the mapping at @addr of the page at @index. Interrupts are off. */
typedef void (*hmt_alias_visit_t)(unsigned long addr, unsigned int index,
				  void *arg);

void hmt_aliases_find(struct hmt_aliases *aliases, struct vm_area_struct *vma,
		      unsigned long addr, unsigned long end,
		      hmt_alias_visit_t visit, void *arg);
void hmt_aliases_resolve(struct hmt_chunk *chunk,
			 const struct hmt_aliases *aliases,
			 struct vm_area_struct *vma, unsigned long addr,
			 unsigned long end);
bool hmt_aliases_are_all(struct mm_struct *mm, const unsigned long *addr,
			 unsigned int nr);

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
bool hmt_advice_look(const struct mm_struct *mm, const struct hmt_graph *graph,
		     unsigned long addr, unsigned long end,
		     struct hmt_policy_advice *advice);
void hmt_advice_exit(void);

#endif /* _HMT_PAGE_H */
