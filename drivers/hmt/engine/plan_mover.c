// SPDX-License-Identifier: GPL-2.0
/* Who is to move the pages of a plan, and why. */
#include <linux/hmt_internal.h>
#include <linux/nodemask.h>
#include "hmt.h"
#include "heat/heat.h"
#include "move/move.h"
#include "plan.h"

/* What it depends on that is not seen in page tables: plan->managed is set. */
void hmt_plan_look_at_task(struct hmt_plan *plan)
{
	plan->running = hmt_mm_is_running(plan->managed);
	plan->single_threaded = hmt_taskwork_is_on() &&
				hmt_mm_is_single_threaded(plan->managed);
	plan->tlb_friendly = plan->remote && hmt_remote_flushes_less();
}

/*
 * Who is to move an anonymous base page: migrate_vma flushes the TLBs of a
 * program that runs for each page alone.
 */
static enum hmt_move_reason hmt_plan_reason_anon(const struct hmt_plan *plan,
						 unsigned int index)
{
	if (plan->split)
		return HMT_REASON_SPLIT;
	if (!plan->running)
		return HMT_REASON_ANON;
	if (plan->single_threaded)
		return HMT_REASON_OWN;
	/* What others map, too, hmtd cannot move. */
	return plan->tlb_friendly && !plan->remote_busy &&
			       plan->states.group[index] ?
		       HMT_REASON_BUSY :
		       HMT_REASON_RUNNING;
}

/* Who is to move the page, or the group, at @index to @memory. */
enum hmt_move_reason hmt_plan_reason(const struct hmt_plan *plan,
				     unsigned int index, int memory)
{
	if (memory >= MAX_NUMNODES || plan->memory[index] >= MAX_NUMNODES)
		return HMT_REASON_DEVICE;
	if (plan->states.class[index] != HMT_PAGE_REMOTE)
		return hmt_plan_reason_anon(plan, index);
	if (plan->states.group[index] > 1)
		return HMT_REASON_HUGE;
	return plan->mergeable ? HMT_REASON_MERGEABLE : HMT_REASON_FILE;
}

/* Can the page or group be moved to @memory, and now? */
bool hmt_plan_can_move(const struct hmt_plan *plan, unsigned int index,
		       int memory)
{
	if (memory < 0)
		return false;
	if (plan->states.class[index] == HMT_PAGE_REMOTE)
		return !plan->remote_busy &&
		       hmt_plan_reason(plan, index, memory) !=
			       HMT_REASON_DEVICE;
	if (plan->split &&
	    hmt_plan_reason(plan, index, memory) == HMT_REASON_DEVICE)
		return false;
	return plan->states.class[index] == HMT_PAGE_MOVABLE;
}
