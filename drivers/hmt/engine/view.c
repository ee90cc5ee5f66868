// SPDX-License-Identifier: GPL-2.0
/*
 * Views: a chunk as census and select see it. Adds to the classification of
 * pages the units that hmtd or hmm can move, huge pages of which parts differ,
 * and the other mappings of shared pages.
 *
 * The pages of a unit are judged as one, by their average heat. Where hmtd can
 * move huge pages as a whole, policy gets the heat of each page of a skewed
 * one, of which a small part is clearly warmer than the rest. If the verdicts
 * then name some of its pages and not the others, it pays to split it, and its
 * pages move as base pages do: migrate_vma splits the huge page.
 */
#include <asm/arch.h>
#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/string.h>
#include "hmt.h"
#include "policy/policy.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "pass.h"

/*
 * Check whether the pages have the same heat, as in a huge page of which only page
 * tables show accesses.
 */
static bool hmt_view_is_even(const struct hmt_view *view, unsigned int index,
			     unsigned int pages)
{
	return view->heat && !view->shared.any &&
	       !memchr_inv(view->heat + index, view->heat[index], pages);
}

/* Return the average heat of a unit, rounded up: a little heat is not 0. */
static u8 hmt_view_unit_heat(const struct hmt_view *view, unsigned int index,
			     unsigned int pages)
{
	unsigned int sum = 0, i;

	if (hmt_view_is_even(view, index, pages))
		return view->heat[index];
	for (i = 0; i < pages; i++)
		sum += hmt_view_heat(view, index + i);
	return DIV_ROUND_UP(sum, pages);
}

/* Check whether a part of the unit is excluded from being moved. */
static bool hmt_view_is_excluded(const struct hmt_view *view,
				 unsigned int index, unsigned int pages)
{
	return memchr(&view->chunk.class[index], HMT_PAGE_EXCLUDED, pages);
}

/*
 * Fill @remote and @remote_heat for the unit at @index, if there is one. Return the
 * number of pages that are done.
 */
static unsigned int hmt_view_form_unit(struct hmt_view *view,
				       unsigned int index, unsigned int end)
{
	unsigned int pages = 0, run;

	if (hmt_class_has_units(view->chunk.class[index]))
		pages = min(hmt_chunk_movable_unit(&view->chunk, index),
			    end - index);
	if (pages == 1) {
		__set_bit(index, view->remote);
		view->remote_heat[index] = hmt_view_heat(view, index);
		return 1;
	}
	if (!pages || hmt_view_is_excluded(view, index, pages))
		return 1;
	/* Pages behind one that counts in another mapping do not count here. */
	run = hmt_chunk_unit_run(&view->chunk, index, pages);
	bitmap_set(view->remote, index, run);
	memset(view->remote_heat + index,
	       hmt_view_unit_heat(view, index, pages), run);
	return run;
}

/*
 * Fill @remote and @remote_heat of @view. Without hmtd the only unit is a huge
 * page that the mover hmm can move.
 */
static void hmt_view_form_units(struct hmt_view *view,
				const struct hmt_pass *pass, unsigned int first,
				unsigned int pages)
{
	bool remote = pass->remote || (pass->whole && view->chunk.whole);
	unsigned int end = first + pages, index = first;

	bitmap_clear(view->remote, first, pages);
	/* A base page of the usual kind is not a unit. */
	if (!view->chunk.mixed)
		return;
	while (remote && index < end)
		index += hmt_view_form_unit(view, index, end);
}

/*
 * Check whether splitting the huge page of 2 MiB at @index would pay. Only
 * providers that see its pages one by one (sampler, counter, ats, report) make
 * it skewed: page tables warm all of them alike.
 */
bool hmt_view_is_skewed(const struct hmt_view *view, unsigned int index)
{
	return view->heat && view->chunk.class[index] == HMT_PAGE_HUGE &&
	       hmt_chunk_movable_unit(&view->chunk, index) == HMT_CHUNK_PAGES &&
	       hmt_heat_is_skewed(view->heat);
}

/*
 * Set @by_parts if the chunk, of which pages from @addr on were classified, is
 * one huge page that may be split. A huge page that is mapped by page tables
 * may not, because migrate_vma leaves it alone. A huge page that was split not
 * long ago is whole because the kernel wants it so. Interrupts are off.
 */
static void hmt_view_judge_parts(struct hmt_view *view,
				 const struct hmt_pass *pass,
				 struct hmt_mm *managed,
				 const struct vm_area_struct *vma,
				 unsigned long addr, pmd_t pmd)
{
	view->by_parts = pmd_present(pmd) && pmd_leaf(pmd) &&
			 !hmt_chunk_index(addr) &&
			 !(vma->vm_flags & VM_MERGEABLE) &&
			 hmt_pmd_is_private(pmd) && test_bit(0, view->remote) &&
			 hmt_view_is_skewed(view, 0) &&
			 !hmt_splits_holds(&managed->splits, addr, pass->began);
	if (view->by_parts)
		memcpy(view->remote_heat, view->heat, HMT_CHUNK_PAGES);
}

/*
 * Split the huge page if the verdicts name a part of it. Else it stays whole,
 * and its heat is the average of its parts.
 */
static void hmt_view_judge_split(struct hmt_view *view,
				 const struct hmt_policy_bounds *bounds)
{
	unsigned int named = 0, sum = 0, i;

	for (i = 0; i < HMT_CHUNK_PAGES; i++) {
		named += hmt_policy_names(bounds, view->heat[i]);
		sum += view->heat[i];
	}
	view->split = named && named < HMT_CHUNK_PAGES;
	if (!view->split)
		memset(view->remote_heat, DIV_ROUND_UP(sum, HMT_CHUNK_PAGES),
		       HMT_CHUNK_PAGES);
}

/* Begin to view [@addr, @end), which is in one chunk. */
static void hmt_view_begin(struct hmt_view *view, const struct hmt_pass *pass,
			   struct hmt_mm *managed,
			   const struct vm_area_struct *vma,
			   unsigned long addr, unsigned long end)
{
	view->heat = hmt_heat_map_chunk(&managed->heat, addr);
	view->split = false;
	view->by_parts = false;
	hmt_shares_look(pass->shares, &view->shared, managed, vma, addr, end);
	view->chunk.mapped = view->shared.any ? view->shared.nr : NULL;
}

/* Check whether @class means a page of a file, so far. */
static bool hmt_view_is_of_file(const struct vm_area_struct *vma,
				enum hmt_page_class class)
{
	return class == HMT_PAGE_FILE || class == HMT_PAGE_HUGE ||
	       class == HMT_PAGE_HUGETLB ||
	       (class == HMT_PAGE_EXCLUDED && vma->vm_flags & VM_MAYSHARE);
}

static void hmt_view_leave_out(struct hmt_view *view, unsigned int index)
{
	view->chunk.class[index] = HMT_PAGE_HOLE;
	__clear_bit(index, view->chunk.clean);
}

/* Make all pages holes, before some are classified. */
static void hmt_view_clear(struct hmt_view *view, unsigned int first,
			   unsigned int pages)
{
	memset(&view->chunk.class[first], HMT_PAGE_HOLE, pages);
	bitmap_clear(view->chunk.clean, first, pages);
	view->chunk.whole = false;
	view->chunk.mixed = false;
}

/*
 * Check whether no page counts here, and leave all out then: a part of a file
 * that hundreds of processes map is classified in one of them.
 */
static bool hmt_view_is_elsewhere(struct hmt_view *view, unsigned int index,
				  unsigned int pages)
{
	if (!view->shared.elsewhere)
		return false;
	hmt_view_clear(view, index, pages);
	bitmap_clear(view->remote, index, pages);
	return true;
}

/* Take account of other mappings of the pages, which are classified. */
static void hmt_view_share(struct hmt_view *view,
			   const struct vm_area_struct *vma, unsigned int first,
			   unsigned int pages)
{
	unsigned int index;
	u8 *class;

	/* Pages of files are of other classes than the usual one. */
	if (!view->shared.any || !view->chunk.mixed)
		return;
	for (index = first; index < first + pages; index++) {
		class = &view->chunk.class[index];
		if (!hmt_view_is_of_file(vma, *class))
			continue;
		if (test_bit(index, view->shared.later))
			hmt_view_leave_out(view, index);
		else if (test_bit(index, view->shared.excluded))
			*class = HMT_PAGE_EXCLUDED;
	}
	hmt_chunk_mark_foreign(&view->chunk, first, pages);
}

/*
 * Classify the pages of a table that count in this mapping, which is shared: none is a
 * copy, so that those that count in another mapping need not be looked at.
 */
static void hmt_view_scan_shared(struct hmt_view *view,
				 const struct vm_area_struct *vma,
				 unsigned long addr, unsigned long end,
				 pte_t *ptep)
{
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;
	unsigned int index = first;

	hmt_view_clear(view, first, pages);
	for_each_clear_bit_from(index, view->shared.later, first + pages)
		hmt_classify_pte(&view->chunk, vma, index,
				 hmt_pte_get(&ptep[index - first]));
	hmt_chunk_exclude(&view->chunk, vma->vm_mm, addr, end);
}

/* Classify [@addr, @end). Interrupts are off. */
void hmt_view_scan(struct hmt_view *view, const struct hmt_pass *pass,
		   struct hmt_mm *managed, struct vm_area_struct *vma,
		   unsigned long addr, unsigned long end, pmd_t pmd)
{
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	hmt_view_begin(view, pass, managed, vma, addr, end);
	if (hmt_view_is_elsewhere(view, first, pages))
		return;
	if (view->shared.any && vma->vm_flags & VM_MAYSHARE &&
	    !hmt_pmd_is_huge(pmd))
		hmt_view_scan_shared(view, vma, addr, end,
				     pte_offset_kernel(&pmd, addr));
	else
		hmt_classify(&view->chunk, vma, addr, end, pmd);
	hmt_view_share(view, vma, first, pages);
	hmt_view_form_units(view, pass, first, pages);
	hmt_view_judge_parts(view, pass, managed, vma, addr, pmd);
}

/* As hmt_view_scan(), for a part of a page of hugetlb. Interrupts are off. */
void hmt_view_scan_hugetlb(struct hmt_view *view, const struct hmt_pass *pass,
			   struct hmt_mm *managed, struct vm_area_struct *vma,
			   unsigned long addr, unsigned long end,
			   struct page *page)
{
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	hmt_view_begin(view, pass, managed, vma, addr, end);
	if (hmt_view_is_elsewhere(view, first, pages))
		return;
	hmt_classify_hugetlb(&view->chunk, vma, addr, end, page);
	hmt_view_share(view, vma, first, pages);
	bitmap_clear(view->remote, first, pages);
}

/*
 * Return the index of the first page in [@index, @end) whose heat the verdicts may
 * name, or @end.
 */
static unsigned int hmt_view_next_named(const struct hmt_view *view,
					const struct hmt_policy_bounds *bounds,
					unsigned int index, unsigned int end)
{
	if (view->heat && !view->shared.any)
		return hmt_heat_chunk_seek(view->heat, bounds, index, end);
	if (!view->shared.any && !hmt_policy_names(bounds, 0))
		return end;
	while (index < end &&
	       !hmt_policy_names(bounds, hmt_view_heat(view, index)))
		index++;
	return index;
}

/*
 * Check whether the page at @index is not looked at, because it counts in another
 * mapping. In private mappings it may be a copy.
 */
static bool hmt_view_is_later(const struct hmt_view *view,
			      const struct vm_area_struct *vma,
			      unsigned int index)
{
	return view->shared.any && vma->vm_flags & VM_MAYSHARE &&
	       test_bit(index, view->shared.later);
}

/* Classify pages of a table whose heat the verdicts may name, or @all pages. */
static void hmt_view_scan_table(struct hmt_view *view,
				const struct hmt_policy_bounds *bounds,
				bool all, const struct vm_area_struct *vma,
				unsigned int first, unsigned int pages,
				pte_t *ptep)
{
	unsigned int end = first + pages, index;

	for (index = first; index < end; index++) {
		if (!all)
			index = hmt_view_next_named(view, bounds, index, end);
		if (index < end && !hmt_view_is_later(view, vma, index))
			hmt_classify_pte(&view->chunk, vma, index,
					 READ_ONCE(ptep[index - first]));
	}
}

/* Check whether the verdicts may name the huge page, or a part of it. */
static bool hmt_view_may_name(const struct hmt_view *view,
			      const struct hmt_policy_bounds *bounds,
			      unsigned int first, unsigned int pages)
{
	return !hmt_view_is_even(view, first, pages) ||
	       hmt_policy_names(bounds, view->heat[first]);
}

/* As hmt_view_scan(), for pages that verdicts may name, or for @all. */
void hmt_view_scan_selected(struct hmt_view *view, const struct hmt_pass *pass,
			    const struct hmt_selection *selection, bool all,
			    struct vm_area_struct *vma, unsigned long addr,
			    unsigned long end, pmd_t pmd)
{
	/* On the way home nothing is gained by leaving a part behind. */
	static const struct hmt_policy_bounds whole = { .most = HMT_HEAT_MAX };
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	hmt_view_begin(view, pass, selection->managed, vma, addr, end);
	view->mergeable = vma->vm_flags & VM_MERGEABLE;
	if (hmt_view_is_elsewhere(view, first, pages))
		return;
	hmt_view_clear(view, first, pages);
	if (!hmt_pmd_is_huge(pmd))
		hmt_view_scan_table(view, &selection->bounds, all, vma, first,
				    pages, pte_offset_kernel(&pmd, addr));
	else if ((pass->remote || pass->whole) &&
		 (all || hmt_view_may_name(view, &selection->bounds, first,
					   pages)))
		hmt_classify(&view->chunk, vma, addr, end, pmd);
	hmt_chunk_exclude(&view->chunk, vma->vm_mm, addr, end);
	hmt_view_share(view, vma, first, pages);
	hmt_view_form_units(view, pass, first, pages);
	hmt_view_judge_parts(view, pass, selection->managed, vma, addr, pmd);
	if (view->by_parts)
		hmt_view_judge_split(view, selection->direction == HMT_DIR_HOME ?
						   &whole :
						   &selection->bounds);
}

/*
 * Check whether the page at @index of @managed is away from the home of the
 * processes that map it, and no memory policy binds it.
 */
bool hmt_view_is_away(const struct hmt_view *view,
		      const struct hmt_mm *managed, unsigned int index)
{
	if (view->bound || (hmt_view_is_shared(view, index) &&
			    (view->shared.home != managed->home ||
			     !view->shared.home_sure)))
		return false;
	return hmt_mm_is_away(managed, view->chunk.uid[index]);
}

/* Get the advice for [@addr, @end), which is classified. */
void hmt_view_look_at_advice(struct hmt_view *view,
			     const struct hmt_graph *graph,
			     const struct mm_struct *mm, unsigned long addr,
			     unsigned long end)
{
	const struct hmt_policy_advice *advice = view->advice;

	view->advised = hmt_advice_look(mm, graph, addr, end, view->advice);
	view->uniform = view->advised && end - addr == HMT_CHUNK_SIZE &&
			!memcmp(advice, advice + 1,
				(HMT_CHUNK_PAGES - 1) * sizeof(*advice));
}

/* Check whether the page at @index moves with all pages of its chunk. */
static bool hmt_view_is_whole(const struct hmt_view *view, unsigned int index)
{
	return view->chunk.whole && !view->split &&
	       test_bit(index, view->remote);
}

/*
 * Return the tier in which the page at @addr, which is in @tier, belongs by
 * advice, or HMT_TIER_NONE. Advice counts for base pages, and for a huge page
 * that moves as a whole if it is the same for all of it; a share counts huge
 * pages then.
 */
int hmt_view_preferred(const struct hmt_view *view,
		       const struct hmt_policy_in *in, unsigned long addr,
		       unsigned int tier)
{
	unsigned int index = hmt_chunk_index(addr);

	if (!view->advised)
		return HMT_TIER_NONE;
	if (hmt_view_is_whole(view, index))
		return view->uniform ?
			       hmt_policy_preferred(in, &view->advice[index],
						    tier,
						    addr >> HMT_CHUNK_SHIFT) :
			       HMT_TIER_NONE;
	if (!view->split && view->chunk.class[index] != HMT_PAGE_MOVABLE)
		return HMT_TIER_NONE;
	return hmt_policy_preferred(in, &view->advice[index], tier,
				    addr >> PAGE_SHIFT);
}
