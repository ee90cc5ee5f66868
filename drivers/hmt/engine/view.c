// SPDX-License-Identifier: GPL-2.0
/*
 * Views: a chunk as census and select see it. Adds to the classification of
 * pages the units that hmtd can move, and huge pages of which parts differ.
 *
 * The pages of a unit are judged as one, by their average heat. Where hmtd can
 * move huge pages as a whole, policy gets the heat of each page of a skewed
 * one, of which a small part is clearly warmer than the rest. If the verdicts
 * then name some of its pages and not the others, it pays to split it, and its
 * pages move as base pages do: migrate_vma splits the huge page.
 */
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

/* Return the average heat of a unit, rounded up: a little heat is not 0. */
static u8 hmt_view_unit_heat(const struct hmt_view *view, unsigned int index,
			     unsigned int pages)
{
	unsigned int sum = 0, i;

	if (!view->heat)
		return 0;
	for (i = 0; i < pages; i++)
		sum += view->heat[index + i];
	return DIV_ROUND_UP(sum, pages);
}

/* Check whether a part of the unit is excluded from being moved. */
static bool hmt_view_is_excluded(const struct hmt_view *view,
				 unsigned int index, unsigned int pages)
{
	return memchr(&view->chunk.class[index], HMT_PAGE_EXCLUDED, pages);
}

/* Fill @remote and @remote_heat of @view; @remote: hmtd runs. */
static void hmt_view_form_units(struct hmt_view *view, unsigned int first,
				unsigned int pages, bool remote)
{
	unsigned int end = first + pages, left = 0, index;
	u8 heat = 0;

	bitmap_clear(view->remote, first, pages);
	for (index = first; remote && index < end; index++) {
		unsigned int unit;

		if (!hmt_class_has_units(view->chunk.class[index])) {
			left = 0;
			continue;
		}
		unit = hmt_chunk_movable_unit(&view->chunk, index);
		if (unit) {
			left = min(unit, end - index);
			heat = hmt_view_unit_heat(view, index, left);
			if (hmt_view_is_excluded(view, index, left))
				left = 0;
		}
		if (!left)
			continue;
		left--;
		__set_bit(index, view->remote);
		view->remote_heat[index] = heat;
	}
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
	view->by_parts = pmd_leaf(pmd) && !hmt_chunk_index(addr) &&
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

/* Classify [@addr, @end). Interrupts are off. */
void hmt_view_scan(struct hmt_view *view, const struct hmt_pass *pass,
		   struct hmt_mm *managed, struct vm_area_struct *vma,
		   unsigned long addr, unsigned long end, pmd_t pmd)
{
	view->heat = hmt_heat_map_chunk(&managed->heat, addr);
	view->split = false;
	view->chunk.several = false;
	hmt_classify(&view->chunk, vma, addr, end, pmd);
	hmt_view_form_units(view, hmt_chunk_index(addr),
			    (end - addr) >> PAGE_SHIFT, pass->remote);
	hmt_view_judge_parts(view, pass, managed, vma, addr, pmd);
}

/* As hmt_view_scan(), for a part of a page of hugetlb. Interrupts are off. */
void hmt_view_scan_hugetlb(struct hmt_view *view, struct hmt_mm *managed,
			   struct vm_area_struct *vma, unsigned long addr,
			   unsigned long end, struct page *page)
{
	view->heat = hmt_heat_map_chunk(&managed->heat, addr);
	view->split = false;
	view->chunk.several = false;
	view->by_parts = false;
	hmt_classify_hugetlb(&view->chunk, vma, addr, end, page);
	bitmap_clear(view->remote, hmt_chunk_index(addr),
		     (end - addr) >> PAGE_SHIFT);
}

/* Classify pages of a table whose heat the verdicts may name, or @all pages. */
static void hmt_view_scan_table(struct hmt_view *view,
				const struct hmt_policy_bounds *bounds,
				bool all, const struct vm_area_struct *vma,
				unsigned int first, unsigned int pages,
				pte_t *ptep)
{
	unsigned int index;

	for (index = first; index < first + pages; index++, ptep++)
		if (all || hmt_policy_names(bounds, hmt_view_heat(view, index)))
			hmt_classify_pte(&view->chunk, vma, index,
					 READ_ONCE(*ptep));
}

/* As hmt_view_scan(), for base pages that verdicts may name, or for @all. */
void hmt_view_scan_selected(struct hmt_view *view, const struct hmt_pass *pass,
			    const struct hmt_selection *selection, bool all,
			    struct vm_area_struct *vma, unsigned long addr,
			    unsigned long end, pmd_t pmd)
{
	/* On the way home nothing is gained by leaving a part behind. */
	static const struct hmt_policy_bounds whole = { .most = HMT_HEAT_MAX };
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	view->heat = hmt_heat_map_chunk(&selection->managed->heat, addr);
	view->split = false;
	view->chunk.several = false;
	view->mergeable = vma->vm_flags & VM_MERGEABLE;
	memset(&view->chunk.class[first], HMT_PAGE_HOLE, pages);
	if (!pmd_leaf(pmd))
		hmt_view_scan_table(view, &selection->bounds, all, vma, first,
				    pages, pte_offset_kernel(&pmd, addr));
	else if (pass->remote)
		hmt_classify(&view->chunk, vma, addr, end, pmd);
	hmt_chunk_exclude(&view->chunk, vma->vm_mm, addr, end);
	hmt_view_form_units(view, first, pages, pass->remote);
	hmt_view_judge_parts(view, pass, selection->managed, vma, addr, pmd);
	if (view->by_parts)
		hmt_view_judge_split(view, selection->direction == HMT_DIR_HOME ?
						   &whole :
						   &selection->bounds);
}

/* Arguments of hmt_view_add_heat(). */
struct hmt_view_joining {
	struct hmt_view *view;
	struct hmt_mm *managed;
};

static u8 hmt_view_sum(u8 a, u8 b)
{
	return min(a + b, HMT_HEAT_MAX);
}

static void hmt_view_add_heat(unsigned long addr, unsigned int index, void *arg)
{
	struct hmt_view_joining *joining = arg;
	struct hmt_view *view = joining->view;
	const u8 *heat = hmt_heat_map_chunk(&joining->managed->heat, addr);

	if (heat)
		view->alias_heat[index] =
			hmt_view_sum(view->alias_heat[index],
				     heat[hmt_chunk_index(addr)]);
}

/* Count a page that the process maps several times once, with all its heat. */
static void hmt_view_join_page(struct hmt_view *view, unsigned int index,
			       bool remote)
{
	struct hmt_chunk *chunk = &view->chunk;

	if (test_bit(index, view->aliases.later)) {
		chunk->class[index] = HMT_PAGE_HOLE;
		__clear_bit(index, chunk->clean);
	} else if (remote && hmt_chunk_movable_unit(chunk, index)) {
		__set_bit(index, view->remote);
		view->remote_heat[index] =
			hmt_view_sum(hmt_view_heat(view, index),
				     view->alias_heat[index]);
	}
}

/*
 * Look for further mappings of the pages of [@addr, @end) in the address space.
 * A page counts and moves at its lowest address. The mmap lock has been held
 * since they were classified.
 */
void hmt_view_join(struct hmt_view *view, const struct hmt_pass *pass,
		   struct hmt_mm *managed, struct vm_area_struct *vma,
		   unsigned long addr, unsigned long end)
{
	struct hmt_view_joining joining = { .view = view, .managed = managed };
	unsigned int index = hmt_chunk_index(addr);

	view->bound = hmt_mempolicy_is_strict(vma_policy(vma));
	if (!view->chunk.several)
		return;
	memset(view->alias_heat, 0, sizeof(view->alias_heat));
	hmt_aliases_find(&view->aliases, vma, addr, end, hmt_view_add_heat,
			 &joining);
	hmt_aliases_resolve(&view->chunk, &view->aliases, vma, addr, end);
	for (; addr < end; addr += PAGE_SIZE, index++)
		if (hmt_chunk_is_several(&view->chunk, index))
			hmt_view_join_page(view, index, pass->remote);
}

/*
 * Return the tier in which the page at @addr, which is in @tier, belongs by
 * advice, or HMT_TIER_NONE. Advice counts for base pages only.
 */
int hmt_view_preferred(const struct hmt_view *view,
		       const struct hmt_policy_in *in, unsigned long addr,
		       unsigned int tier)
{
	unsigned int index = hmt_chunk_index(addr);

	if (!view->advised || (!view->split &&
			       view->chunk.class[index] != HMT_PAGE_MOVABLE))
		return HMT_TIER_NONE;
	return hmt_policy_preferred(in, &view->advice[index], tier,
				    addr >> PAGE_SHIFT);
}
