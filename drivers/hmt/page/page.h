/* SPDX-License-Identifier: GPL-2.0 */
/* page/: classification of a page, and advice of programs for ranges. */
#ifndef _HMT_PAGE_H
#define _HMT_PAGE_H

#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/types.h>

struct hmt_graph;
struct hmt_policy_advice;
struct hmt_walk_ops;
struct mm_struct;
struct vm_area_struct;

/* What the core asks of page tables; hmt_walk() is in <linux/hmt_provider.h>. */

bool hmt_walk_finds(struct mm_struct *mm, unsigned long addr);
int hmt_walk_vma(struct vm_area_struct *vma, unsigned long start,
		 unsigned long end, const struct hmt_walk_ops *ops, void *arg);

/* Looking at pages without any lock: where they are and what they are. */

/* What a page is to who wants to move it. */
enum hmt_page_class {
	HMT_PAGE_HOLE,
	HMT_PAGE_MOVABLE,
	HMT_PAGE_BUSY,
	HMT_PAGE_PINNED,
	HMT_PAGE_HUGE,
	HMT_PAGE_FILE,
	/* Anonymous, in a mapping that KSM merges: see hmt_page_is_private(). */
	HMT_PAGE_MERGEABLE,
	/* Anonymous, and possibly mapped by other processes. */
	HMT_PAGE_SHARED,
	HMT_PAGE_EXCLUDED,
	/* Not found by looking: what a plan makes of those that hmtd can move. */
	HMT_PAGE_REMOTE,
	HMT_PAGE_CLASSES
};

/**
 * struct hmt_page_states - what the pages of a chunk are
 * @uid: memory of each page, where @class is not HMT_PAGE_HOLE
 * @class: &enum hmt_page_class of each page
 * @group: where @class is HMT_PAGE_HUGE, HMT_PAGE_FILE or HMT_PAGE_MERGEABLE:
 *	base pages, from this one on, that only this process maps and that the
 *	kernel's own migration moves as one; below 0: as many, pinned; 0: not the
 *	first, or not to be moved. Where it is HMT_PAGE_MOVABLE: 1 if only this
 *	process maps it
 * @clean: pages that CPUs did not write through this mapping since it was made or
 *	the kernel last cleaned it; of a page that is not it is not known when
 *
 * Indices are those of hmt_chunk_index().
 */
struct hmt_page_states {
	u32 uid[HMT_CHUNK_PAGES];
	u8 class[HMT_CHUNK_PAGES];
	s16 group[HMT_CHUNK_PAGES];
	DECLARE_BITMAP(clean, HMT_CHUNK_PAGES);
};

bool hmt_pte_is_private(pte_t pte);
bool hmt_pmd_is_private(pmd_t pmd);
void hmt_classify_pte(struct hmt_page_states *states,
		      const struct vm_area_struct *vma, unsigned int index,
		      pte_t pte);
void hmt_page_states_exclude(struct hmt_page_states *states,
			     const struct mm_struct *mm, unsigned long addr,
			     unsigned long end);
void hmt_classify(struct hmt_page_states *states,
		  const struct vm_area_struct *vma, unsigned long addr,
		  unsigned long end, pmd_t pmd);

/* How ranges of address spaces are to be treated. */

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
