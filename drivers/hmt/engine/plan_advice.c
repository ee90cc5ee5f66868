// SPDX-License-Identifier: GPL-2.0
/* Plans for pages of which somebody said where they belong. */
#include <linux/hmt_internal.h>
#include <linux/mm.h>
#include "hmt.h"
#include "page/page.h"
#include "heat/heat.h"
#include "plan.h"

/* Find out what was said of [@addr, @end). The mmap lock is held. */
void hmt_plan_ask_advice(struct hmt_plan *plan, unsigned long addr,
			 unsigned long end)
{
	mmap_assert_locked(plan->managed->mm);
	plan->advised = hmt_advice_look(plan->managed->mm, plan->graph, addr,
					end, plan->advice);
}

/*
 * The tier that the page at @addr, which is in @tier, belongs in by what was
 * said, or HMT_TIER_NONE. Only base pages can tell.
 */
static int hmt_plan_wish(const struct hmt_plan *plan, unsigned long addr,
			 unsigned int tier)
{
	unsigned int index = hmt_chunk_index(addr);

	if (!plan->advised || plan->states.class[index] != HMT_PAGE_MOVABLE)
		return HMT_TIER_NONE;
	return hmt_policy_preferred(&plan->in, &plan->advice[index], tier,
				    addr >> PAGE_SHIFT);
}

/* Count a page of @tier for policy if its heat is not asked; false: it is. */
bool hmt_plan_count_wish(struct hmt_plan *plan, unsigned long addr,
			 unsigned int tier)
{
	int preferred = hmt_plan_wish(plan, addr, tier);

	if (preferred == HMT_TIER_NONE)
		return false;
	plan->in.tiers[tier].fixed++;
	if (preferred != (int)tier)
		plan->in.preferred[tier][preferred]++;
	return true;
}

/*
 * Where the page, or the group of @aim->pages, at @addr in @tier goes; fills in
 * the rest of @aim for hmt_plan_aim_off().
 */
int hmt_plan_aim(struct hmt_plan *plan, struct hmt_plan_aim *aim,
		 unsigned long addr, unsigned int tier, u8 heat)
{
	unsigned int index = hmt_chunk_index(addr);
	int preferred = hmt_plan_wish(plan, addr, tier);

	aim->preferred = preferred != HMT_TIER_NONE;
	aim->from = tier;
	if (aim->preferred) {
		aim->to = hmt_policy_reserve_preferred(&plan->out,
						       plan->direction, tier,
						       preferred) ?
				  preferred :
				  HMT_TIER_NONE;
		return aim->to;
	}
	aim->to = hmt_policy_reserve_group(&plan->out, plan->direction, tier,
					   heat, &aim->pages);
	if (aim->to != HMT_TIER_NONE && plan->advised &&
	    plan->advice[index].avoid & BIT(aim->to)) {
		hmt_plan_aim_off(plan, aim);
		return HMT_TIER_NONE;
	}
	return aim->to;
}

/* It does not go there after all. */
void hmt_plan_aim_off(struct hmt_plan *plan, const struct hmt_plan_aim *aim)
{
	if (aim->preferred)
		plan->out.granted[aim->from][aim->to]++;
	else
		hmt_policy_unreserve_group(&plan->out, plan->direction,
					   aim->from, aim->to, aim->pages);
}
