/* SPDX-License-Identifier: GPL-2.0 */
/* Plans: what the pages of a workload are, and which of them should move. */
#ifndef _HMT_PLAN_H
#define _HMT_PLAN_H

#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/nodemask.h>
#include <linux/pgtable.h>
#include "policy/policy.h"
#include "page/page.h"
#include "move/move.h"
#include "workload/workload.h"

struct hmt_graph;

/* Pages that are planned before they are moved; bounds the plan's memory. */
#define HMT_PLAN_ENTRIES	4096

/*
 * Memories are numbered from 0 in a plan: nodes by their number, then those of
 * devices, then one number for all devices that are not in the graph.
 */
#define HMT_PLAN_DEVICES	32
#define HMT_PLAN_STRANGE	(MAX_NUMNODES + HMT_PLAN_DEVICES)
#define HMT_PLAN_MEMORIES	(HMT_PLAN_STRANGE + 1)

/**
 * struct hmt_plan_entry - one page to move, or several that move as one
 * @addr: address of the first
 * @from: number of the memory that they are on
 * @to: number of the destination
 * @pages: how many they are
 * @reason: which mover is to have it, &enum hmt_move_reason
 * @from_tier: tier of @from
 * @to_tier: tier of @to
 */
struct hmt_plan_entry {
	unsigned long addr;
	s16 from;
	s16 to;
	u16 pages;
	u8 reason;
	u8 from_tier;
	u8 to_tier;
};

/**
 * struct hmt_plan - scratch memory of a pass
 * @in: input of policy
 * @out: output of policy
 * @seen: what policy was told, in figures for people
 * @remote: hmtd is there: huge pages and pages of files can move
 * @remote_busy: but it gets no more in this pass
 * @sees_devices: a provider says what devices access
 * @running: the process of @managed runs, on a CPU that moving may interrupt
 * @single_threaded: it has one thread, which may be asked to move pages itself
 * @tlb_friendly: hmtd is there and interrupts it less than hmm does
 * @mergeable: KSM merges the mapping that is looked at
 * @split: what is looked at is a huge page that is judged page by page
 * @preferred: something was said of tiers in the address space
 * @advised: @advice has something to say of the part of a chunk that is looked at
 * @pte_mapped_thp: some huge page is not mapped as one
 * @graph: graph of this pass
 * @workload: name, for traces
 * @nr_devices: entries in @devices
 * @devices: UIDs of the devices in the graph
 * @tier_of: tier of each memory, HMT_TIER_NONE outside the graph
 * @counts: pages of the workload by class
 * @nr_clean: pages of the workload that are clean
 * @skewed: huge pages of which a small part is clearly warmer than the rest
 * @held: those of them that stay whole, as they were split before
 * @now: when the pass began, s
 * @full: memories that had no free page in this pass
 * @managed: address space that is looked at
 * @direction: which moves are planned
 * @names: heat of pages that the verdict may name
 * @next: where planning goes on when @entries was full
 * @states: what the pages of a chunk are
 * @memory: number of the memory of each page of a chunk
 * @warmth: heat of pages of the class HMT_PAGE_REMOTE: that of the group
 * @advice: what was said of each page of the chunk
 * @clean: &hmt_page_states.clean from the first page that is looked at on
 * @place: for the trace: see hmt_plan_place()
 * @to: destination in each tier for the part of a chunk that is looked at:
 *	a memory, or -EINPROGRESS, not looked for yet; -EPERM, the process may
 *	use none; -ENOSPC, no room in those that it may use
 * @pinned: pinned pages that were wanted, in this fill
 * @skipped: pages that may not go where they were wanted, in this fill
 * @planned: pages in @entries
 * @nr: entries in @entries
 * @entries: the plan, ascending addresses
 */
struct hmt_plan {
	struct hmt_policy_in in;
	struct hmt_policy_out out;
	struct hmt_tier_stats seen[HMT_TIERS_MAX];
	bool remote;
	bool remote_busy;
	bool sees_devices;
	bool running;
	bool single_threaded;
	bool tlb_friendly;
	bool mergeable;
	bool split;
	bool preferred;
	bool advised;
	bool pte_mapped_thp;
	const struct hmt_graph *graph;
	const char *workload;
	unsigned int nr_devices;
	u32 devices[HMT_PLAN_DEVICES];
	s8 tier_of[HMT_PLAN_MEMORIES];
	u64 counts[HMT_PAGE_CLASSES];
	u64 nr_clean;
	u64 skewed;
	u64 held;
	u64 now;
	DECLARE_BITMAP(full, HMT_PLAN_MEMORIES);
	struct hmt_mm *managed;
	enum hmt_direction direction;
	struct hmt_policy_bounds names;
	unsigned long next;
	struct hmt_page_states states;
	s16 memory[HMT_CHUNK_PAGES];
	u8 warmth[HMT_CHUNK_PAGES];
	struct hmt_policy_advice advice[HMT_CHUNK_PAGES];
	DECLARE_BITMAP(clean, HMT_CHUNK_PAGES);
	char place[HMT_CHUNK_PAGES];
	int to[HMT_TIERS_MAX];
	u64 pinned;
	u64 skipped;
	u64 planned;
	unsigned int nr;
	struct hmt_plan_entry entries[HMT_PLAN_ENTRIES];
};

/**
 * struct hmt_plan_aim - what policy said of a page or a group
 * @pages: how many they are; what they took of a quota
 * @from: tier that they are in
 * @to: tier that they go to, or HMT_TIER_NONE
 * @preferred: because somebody said so, not for their heat
 */
struct hmt_plan_aim {
	unsigned int pages;
	unsigned int from;
	int to;
	bool preferred;
};

/* plan_advice.c */
void hmt_plan_ask_advice(struct hmt_plan *plan, unsigned long addr,
			 unsigned long end);
bool hmt_plan_count_wish(struct hmt_plan *plan, unsigned long addr,
			 unsigned int tier);
int hmt_plan_aim(struct hmt_plan *plan, struct hmt_plan_aim *aim,
		 unsigned long addr, unsigned int tier, u8 heat);
void hmt_plan_aim_off(struct hmt_plan *plan, const struct hmt_plan_aim *aim);

/* plan_split.c */
void hmt_plan_judge_parts(struct hmt_plan *plan,
			  const struct vm_area_struct *vma, unsigned long addr,
			  pmd_t pmd, const u8 *heat);
void hmt_plan_count_skewed(struct hmt_plan *plan, unsigned long addr,
			   const u8 *heat);
void hmt_plan_split(struct hmt_plan *plan, const u8 *heat);

/* plan_mover.c */
void hmt_plan_look_at_task(struct hmt_plan *plan);
enum hmt_move_reason hmt_plan_reason(const struct hmt_plan *plan,
				     unsigned int index, int memory);
bool hmt_plan_can_move(const struct hmt_plan *plan, unsigned int index,
		       int memory);

struct hmt_plan *hmt_plan_alloc(void);
void hmt_plan_free(struct hmt_plan *plan);
void hmt_plan_prepare(struct hmt_plan *plan, const struct hmt_graph *graph,
		      const struct hmt_workload_config *config);
int hmt_plan_survey(struct hmt_plan *plan, struct hmt_mm *managed);
void hmt_plan_trace_in(const struct hmt_plan *plan,
		       const struct hmt_workload_config *config, u32 samples,
		       u64 sampled);
bool hmt_plan_fill(struct hmt_plan *plan, struct hmt_mm *managed,
		   enum hmt_direction direction);
void hmt_plan_set_full(struct hmt_plan *plan, unsigned int tier, u32 uid);
u32 hmt_plan_uid(const struct hmt_plan *plan, unsigned int memory);

#endif /* _HMT_PLAN_H */
