// SPDX-License-Identifier: GPL-2.0
/*
 * Huge pages of which a small part is clearly warmer than the rest. Where hmtd
 * is there to move them whole, policy is told of the heat of each page of such a
 * one. If its verdict then names some of the pages and not the others, splitting
 * pays, and they move as base pages do: migrate_vma splits what they are in.
 */
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/string.h>
#include "hmt.h"
#include "policy/policy.h"
#include "page/page.h"
#include "heat/heat.h"
#include "plan.h"

/*
 * One huge page of 2 MiB that splitting would do good? Only providers that see
 * its pages one by one (sampler, counter, ats, report) can tell: what page
 * tables say warms all of them alike.
 */
static bool hmt_plan_is_skewed(const struct hmt_plan *plan, unsigned int index,
			       const u8 *heat)
{
	enum hmt_page_class class = plan->states.class[index];

	return heat && (class == HMT_PAGE_HUGE || class == HMT_PAGE_REMOTE) &&
	       plan->states.group[index] == HMT_CHUNK_PAGES &&
	       hmt_heat_is_skewed(heat);
}

/* The same of what is looked at from @addr on, counted. */
void hmt_plan_count_skewed(struct hmt_plan *plan, unsigned long addr,
			   const u8 *heat)
{
	if (!hmt_plan_is_skewed(plan, hmt_chunk_index(addr), heat))
		return;
	plan->skewed++;
	plan->held += hmt_splits_holds(&plan->managed->splits, addr, plan->now);
}

/*
 * Is the chunk, of which pages from @addr on were looked at, one huge page that
 * may be split? Then each of its pages is as warm as it is. One that is mapped in
 * parts cannot be: migrate_vma leaves it alone. One that was split not long ago is
 * whole because the kernel wants it so. Interrupts are off.
 */
void hmt_plan_judge_parts(struct hmt_plan *plan,
			  const struct vm_area_struct *vma, unsigned long addr,
			  pmd_t pmd, const u8 *heat)
{
	plan->split =
		pmd_leaf(pmd) && !hmt_chunk_index(addr) &&
		!(vma->vm_flags & VM_MERGEABLE) && hmt_pmd_is_private(pmd) &&
		plan->states.class[0] == HMT_PAGE_REMOTE &&
		hmt_plan_is_skewed(plan, 0, heat) &&
		!hmt_splits_holds(&plan->managed->splits, addr, plan->now);
	if (plan->split)
		memcpy(plan->warmth, heat, HMT_CHUNK_PAGES);
}

/*
 * plan->split is set, and there is a verdict. If that is the same for all parts,
 * the page stays whole, and is as warm as its parts on average.
 */
void hmt_plan_split(struct hmt_plan *plan, const u8 *heat)
{
	unsigned int named = 0, sum = 0, i;

	for (i = 0; i < HMT_CHUNK_PAGES; i++) {
		named += hmt_policy_names(&plan->names, heat[i]);
		sum += heat[i];
	}
	plan->split = named && named < HMT_CHUNK_PAGES;
	if (plan->split)
		memset(plan->states.class, HMT_PAGE_MOVABLE, HMT_CHUNK_PAGES);
	else
		memset(plan->warmth, DIV_ROUND_UP(sum, HMT_CHUNK_PAGES),
		       HMT_CHUNK_PAGES);
}
