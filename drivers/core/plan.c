// SPDX-License-Identifier: GPL-2.0
/*
 * Plans. The pages of a workload are looked at twice a pass: once to count
 * them by tier and heat for the policy, once to pick those that its verdict
 * names. Looking takes no page lock and unmaps nothing, so a page that cannot
 * move is left alone.
 */
#include <linux/hmt.h>
#include <linux/huge_mm.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>
#include <linux/pgtable.h>
#include <linux/slab.h>
#include "core.h"
#include "graph.h"
#include "memory.h"
#include "move.h"
#include "plan.h"
#include "space.h"

struct hmt_plan *hmt_plan_alloc(void)
{
	return kvzalloc(sizeof(struct hmt_plan), GFP_KERNEL);
}

void hmt_plan_free(struct hmt_plan *plan)
{
	kvfree(plan);
}

/* Pages that fit into a pass at @mbps MiB a second. */
static u64 hmt_plan_budget(u64 mbps, u32 interval_ms)
{
	if (mbps == HMT_RATE_MAX)
		return HMT_PAGES_MAX;
	return div_u64(mbps * HMT_PAGES_PER_MIB * interval_ms, MSEC_PER_SEC);
}

static u64 hmt_plan_limit(const struct hmt_workload_config *config,
			  const char *tier)
{
	unsigned int i;

	for (i = 0; i < config->nr_limits; i++)
		if (!strcmp(config->limits[i].tier, tier))
			return config->limits[i].bytes >> PAGE_SHIFT;
	return HMT_PAGES_MAX;
}

static void hmt_plan_prepare_tier(struct hmt_plan *plan, unsigned int index,
				  const struct hmt_workload_config *config)
{
	const struct hmt_tier *tier = &plan->graph->tiers[index];
	struct hmt_policy_tier *in = &plan->in.tiers[index];
	unsigned int i;

	nodes_clear(plan->tier_nodes[index]);
	for (i = 0; i < tier->nr_memories; i++) {
		u32 uid = tier->memories[i];

		in->capacity += hmt_memory_capacity(uid);
		in->free += hmt_memory_free(uid);
		node_set(uid, plan->tier_nodes[index]);
		plan->tier_of[uid] = index;
	}
	in->low = div_u64(in->capacity * tier->low, 1000);
	in->high = div_u64(in->capacity * tier->high, 1000);
	in->limit = hmt_plan_limit(config, tier->name);
	in->nr_targets = tier->nr_targets;
	memcpy(in->targets, tier->targets, sizeof(in->targets));
}

/* Start a pass: what is known before any page is looked at. */
void hmt_plan_prepare(struct hmt_plan *plan, const struct hmt_graph *graph,
		      const struct hmt_workload_config *config)
{
	unsigned int i;

	memset(&plan->in, 0, sizeof(plan->in));
	memset(plan->counts, 0, sizeof(plan->counts));
	memset(plan->tier_of, HMT_TIER_NONE, sizeof(plan->tier_of));
	plan->graph = graph;
	nodes_clear(plan->full);
	plan->in.nr_tiers = graph->nr_tiers;
	plan->in.promote_budget = hmt_plan_budget(config->mbps[HMT_PROMOTE],
						  config->interval_ms);
	plan->in.demote_budget = hmt_plan_budget(config->mbps[HMT_DEMOTE],
						 config->interval_ms);
	for (i = 0; i < graph->nr_tiers; i++)
		hmt_plan_prepare_tier(plan, i, config);
}

/*
 * References that a base page has without being pinned: its mappings, the
 * swap cache, and the per-CPU batch that will put it on the LRU.
 */
static bool hmt_page_is_pinned(struct page *page)
{
	int expected = atomic_read(&page->_mapcount) + 1;

	expected += folio_test_swapcache(page_folio(page)) ? 1 : 0;
	expected += PageLRU(page) ? 0 : 1;
	return page_ref_count(page) > expected;
}

/* Racy: the page may change at once. The mover looks again under its lock. */
static enum hmt_page_class hmt_page_classify(struct page *page)
{
	if (PageCompound(page))
		return HMT_PAGE_HUGE;
	if (!PageAnon(page))
		return HMT_PAGE_FILE;
	if (PageWriteback(page))
		return HMT_PAGE_BUSY;
	return hmt_page_is_pinned(page) ? HMT_PAGE_PINNED : HMT_PAGE_MOVABLE;
}

static void hmt_plan_look_at_pte(struct hmt_plan *plan, unsigned int index,
				 pte_t pte)
{
	struct page *page;

	/* Special: the zero page and mappings without struct page. */
	if (!pte_present(pte) || pte_special(pte) || pte_devmap(pte) ||
	    !pfn_valid(pte_pfn(pte)))
		return;
	page = pfn_to_page(pte_pfn(pte));
	plan->nid[index] = page_to_nid(page);
	plan->class[index] = hmt_page_classify(page);
}

static void hmt_plan_look_at_huge(struct hmt_plan *plan, unsigned int index,
				  unsigned int pages, pmd_t pmd)
{
	int nid;

	if (!pmd_trans_huge(pmd) || !pfn_valid(pmd_pfn(pmd)))
		return;
	nid = page_to_nid(pfn_to_page(pmd_pfn(pmd)));
	for (; pages--; index++) {
		plan->nid[index] = nid;
		plan->class[index] = HMT_PAGE_HUGE;
	}
}

/* Fill nid[] and class[] for [@addr, @end). Interrupts are off. */
static void hmt_plan_scan(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct hmt_plan *plan = arg;
	unsigned int index = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;
	pte_t *ptep;

	memset(&plan->class[index], HMT_PAGE_HOLE, pages);
	if (pmd_leaf(pmd)) {
		hmt_plan_look_at_huge(plan, index, pages, pmd);
		return;
	}
	ptep = pte_offset_kernel(&pmd, addr);
	while (pages--)
		hmt_plan_look_at_pte(plan, index++, READ_ONCE(*ptep++));
}

/* Count a chunk for the policy. */
static int hmt_plan_count(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, void *arg)
{
	struct hmt_plan *plan = arg;
	const u8 *heat = hmt_heat_map_chunk(&plan->space->heat, addr);
	unsigned int index = hmt_chunk_index(addr);

	for (; addr < end; addr += PAGE_SIZE, index++) {
		enum hmt_page_class class = plan->class[index];
		struct hmt_policy_tier *tier;

		plan->counts[class]++;
		if (class == HMT_PAGE_HOLE ||
		    plan->tier_of[plan->nid[index]] == HMT_TIER_NONE)
			continue;
		tier = &plan->in.tiers[plan->tier_of[plan->nid[index]]];
		if (class == HMT_PAGE_MOVABLE && hmt_space_is_known(plan->space))
			tier->hist[heat ? heat[index] : 0]++;
		else
			tier->fixed++;
	}
	return kthread_should_stop() ? -EINTR : 0;
}

static const struct hmt_walk_ops hmt_plan_survey_ops = {
	.scan = hmt_plan_scan,
	.done = hmt_plan_count,
};

/* Add the pages of @space, which the caller entered, to the input of policy. */
int hmt_plan_survey(struct hmt_plan *plan, struct hmt_space *space)
{
	plan->space = space;
	return hmt_walk(space->mm, 0, space->mm->task_size,
			&hmt_plan_survey_ops, plan);
}

/*
 * Memory of @tier with most free pages of those that @vma may use; -EPERM: it
 * may use none; -ENOSPC: those have been found full. One without a free page
 * now may have passed some on when its turn comes.
 */
static int hmt_plan_choose(const struct hmt_plan *plan,
			   const struct vm_area_struct *vma, unsigned int tier)
{
	const struct mempolicy *policy = vma_policy(vma);
	nodemask_t nodes;
	int nid, best = -ENOSPC;
	u64 free, most = 0;

	nodes_and(nodes, plan->space->allowed, plan->tier_nodes[tier]);
	if (hmt_mempolicy_is_strict(policy))
		nodes_and(nodes, nodes, policy->nodes);
	if (nodes_empty(nodes))
		return -EPERM;
	for_each_node_mask(nid, nodes) {
		if (node_isset(nid, plan->full))
			continue;
		free = hmt_memory_free(nid);
		if (best >= 0 && free <= most)
			continue;
		most = free;
		best = nid;
	}
	return best;
}

/* The same, looked for once for the pages of a VMA in a chunk. */
static int hmt_plan_destination(struct hmt_plan *plan,
				const struct vm_area_struct *vma,
				unsigned int tier)
{
	if (plan->to_nid[tier] == -EINPROGRESS)
		plan->to_nid[tier] = hmt_plan_choose(plan, vma, tier);
	return plan->to_nid[tier];
}

/* @nid of @tier turned out to have no room: nothing more goes there now. */
void hmt_plan_set_full(struct hmt_plan *plan, unsigned int tier, int nid)
{
	node_set(nid, plan->full);
	if (nodes_subset(plan->tier_nodes[tier], plan->full))
		hmt_policy_block(&plan->out, tier);
}

/* A page that the verdict wants elsewhere: plan it, or say why not. */
static void hmt_plan_take(struct hmt_plan *plan,
			  const struct vm_area_struct *vma, unsigned long addr,
			  unsigned int tier, unsigned int to)
{
	unsigned int index = hmt_chunk_index(addr);
	int to_nid = hmt_plan_destination(plan, vma, to);

	if (plan->class[index] == HMT_PAGE_MOVABLE && to_nid >= 0) {
		plan->entries[plan->nr++] = (struct hmt_plan_entry) {
			.addr = addr,
			.from_nid = plan->nid[index],
			.to_nid = to_nid,
			.from_tier = tier,
			.to_tier = to,
		};
		return;
	}
	hmt_policy_unplace(&plan->out, plan->direction, tier, to);
	if (plan->class[index] == HMT_PAGE_PINNED) {
		plan->pinned++;
		hmt_move_account_pinned(plan->nid[index],
					plan->graph->tiers[to].memories[0], 1);
	} else if (to_nid == -EPERM) {
		plan->skipped++;
	}
}

static void hmt_plan_consider(struct hmt_plan *plan,
			      const struct vm_area_struct *vma,
			      unsigned long addr, const u8 *heat)
{
	unsigned int index = hmt_chunk_index(addr);
	int tier, to;

	if (plan->class[index] != HMT_PAGE_MOVABLE &&
	    plan->class[index] != HMT_PAGE_PINNED)
		return;
	tier = plan->tier_of[plan->nid[index]];
	if (tier == HMT_TIER_NONE)
		return;
	to = hmt_policy_place(&plan->out, plan->direction, tier,
			      heat ? heat[index] : 0);
	if (to != HMT_TIER_NONE)
		hmt_plan_take(plan, vma, addr, tier, to);
}

/* Pick the pages of a chunk that the verdict names. */
static int hmt_plan_pick(struct vm_area_struct *vma, unsigned long addr,
			 unsigned long end, void *arg)
{
	struct hmt_plan *plan = arg;
	const u8 *heat = hmt_heat_map_chunk(&plan->space->heat, addr);
	unsigned int tier;

	for (tier = 0; tier < plan->graph->nr_tiers; tier++)
		plan->to_nid[tier] = -EINPROGRESS;
	for (; addr < end; addr += PAGE_SIZE) {
		if (plan->nr == HMT_PLAN_ENTRIES)
			break;
		hmt_plan_consider(plan, vma, addr, heat);
	}
	plan->next = addr;
	return plan->nr == HMT_PLAN_ENTRIES || kthread_should_stop() ?
	       -EINTR : 0;
}

static const struct hmt_walk_ops hmt_plan_fill_ops = {
	.scan = hmt_plan_scan,
	.done = hmt_plan_pick,
};

/*
 * Plan the next HMT_PLAN_ENTRIES pages of @space from plan->next on. Returns
 * whether there may be more after these.
 */
bool hmt_plan_fill(struct hmt_plan *plan, struct hmt_space *space,
		   enum hmt_direction direction)
{
	plan->space = space;
	plan->direction = direction;
	plan->nr = 0;
	plan->pinned = 0;
	plan->skipped = 0;
	if (!hmt_space_is_known(space))
		return false;
	return hmt_walk(space->mm, plan->next, space->mm->task_size,
			&hmt_plan_fill_ops, plan) && !kthread_should_stop();
}
