/* SPDX-License-Identifier: GPL-2.0 */
/* Plans: what the pages of a workload are, and which of them should move. */
#ifndef _HMT_PLAN_H
#define _HMT_PLAN_H

#include <linux/hmt.h>
#include <linux/nodemask.h>
#include "policy.h"
#include "workload.h"

struct hmt_graph;

/* Pages that are planned before they are moved; bounds the plan's memory. */
#define HMT_PLAN_ENTRIES	4096

/* What a page is to a plan. */
enum hmt_page_class {
	HMT_PAGE_HOLE,
	HMT_PAGE_MOVABLE,
	HMT_PAGE_BUSY,
	HMT_PAGE_PINNED,
	HMT_PAGE_HUGE,
	HMT_PAGE_FILE,
	HMT_PAGE_CLASSES
};

/* One page to move. */
struct hmt_plan_entry {
	unsigned long addr;
	s16 from_nid;
	s16 to_nid;
	u8 from_tier;
	u8 to_tier;
};

/**
 * struct hmt_plan - scratch memory of a pass
 * @in: input of policy
 * @out: output of policy
 * @graph: graph of this pass
 * @tier_nodes: nodes of each tier
 * @tier_of: tier of each node, HMT_TIER_NONE outside the graph
 * @counts: pages of the workload by class
 * @full: nodes that had no free page in this pass
 * @space: address space that is looked at
 * @direction: which moves are planned
 * @next: where planning goes on when @entries was full
 * @nid: node of each page of a chunk
 * @class: &enum hmt_page_class of each page of a chunk
 * @to_nid: destination in each tier for the part of a chunk that is looked
 *	at: a node, or -EINPROGRESS, not looked for yet; -EPERM, the process may
 *	use none; -ENOSPC, no room in those that it may use
 * @pinned: pinned pages that were wanted, in this fill
 * @skipped: pages that may not go where they were wanted, in this fill
 * @nr: entries in @entries
 * @entries: the plan, ascending addresses
 */
struct hmt_plan {
	struct hmt_policy_in in;
	struct hmt_policy_out out;
	const struct hmt_graph *graph;
	nodemask_t tier_nodes[HMT_TIERS_MAX];
	s8 tier_of[MAX_NUMNODES];
	u64 counts[HMT_PAGE_CLASSES];
	nodemask_t full;
	struct hmt_space *space;
	enum hmt_direction direction;
	unsigned long next;
	s16 nid[HMT_CHUNK_PAGES];
	u8 class[HMT_CHUNK_PAGES];
	int to_nid[HMT_TIERS_MAX];
	u64 pinned;
	u64 skipped;
	unsigned int nr;
	struct hmt_plan_entry entries[HMT_PLAN_ENTRIES];
};

struct hmt_plan *hmt_plan_alloc(void);
void hmt_plan_free(struct hmt_plan *plan);
void hmt_plan_prepare(struct hmt_plan *plan, const struct hmt_graph *graph,
		      const struct hmt_workload_config *config);
int hmt_plan_survey(struct hmt_plan *plan, struct hmt_space *space);
bool hmt_plan_fill(struct hmt_plan *plan, struct hmt_space *space,
		   enum hmt_direction direction);
void hmt_plan_set_full(struct hmt_plan *plan, unsigned int tier, int nid);

#endif /* _HMT_PLAN_H */
