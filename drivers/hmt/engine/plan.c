// SPDX-License-Identifier: GPL-2.0
/*
 * Plans. The pages of a workload are looked at twice a pass: once to count
 * them by tier and heat for the policy, once to pick those that its verdict
 * names. Looking takes no page lock and unmaps nothing, so a page that cannot
 * move is left alone.
 */
#include <linux/hmt_internal.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "move/move.h"
#include "plan.h"

struct hmt_plan *hmt_plan_alloc(void)
{
	return kvzalloc(sizeof(struct hmt_plan), GFP_KERNEL);
}

void hmt_plan_free(struct hmt_plan *plan)
{
	kvfree(plan);
}

/*
 * Pages that fit into a pass at @mib_per_s MiB a second. A huge page may take the
 * rate of several: policy is told of one at least.
 */
static u64 hmt_plan_budget(const struct hmt_plan *plan, u64 mib_per_s,
			   u32 interval_ms)
{
	u64 pages;

	if (mib_per_s == HMT_RATE_MAX)
		return HMT_PAGES_MAX;
	pages = div_u64(mib_per_s * HMT_PAGES_PER_MIB * interval_ms,
			MSEC_PER_SEC);
	return plan->remote && mib_per_s ? max_t(u64, pages, HMT_CHUNK_PAGES) :
					   pages;
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

/* Number of the memory @uid; HMT_PLAN_STRANGE: not in the graph. */
static unsigned int hmt_plan_number(const struct hmt_plan *plan, u32 uid)
{
	unsigned int i;

	if (uid < MAX_NUMNODES)
		return uid;
	for (i = 0; i < plan->nr_devices; i++)
		if (plan->devices[i] == uid)
			return MAX_NUMNODES + i;
	return HMT_PLAN_STRANGE;
}

/* The reverse, for a memory of the graph. */
u32 hmt_plan_uid(const struct hmt_plan *plan, unsigned int memory)
{
	return memory < MAX_NUMNODES ? memory :
				       plan->devices[memory - MAX_NUMNODES];
}

/* Number a memory of the graph. */
static unsigned int hmt_plan_add(struct hmt_plan *plan, u32 uid)
{
	if (uid & HMT_UID_DEVICE && plan->nr_devices < HMT_PLAN_DEVICES)
		plan->devices[plan->nr_devices++] = uid;
	return hmt_plan_number(plan, uid);
}

static void hmt_plan_prepare_tier(struct hmt_plan *plan, unsigned int index,
				  const struct hmt_workload_config *config)
{
	const struct hmt_tier *tier = &plan->graph->tiers[index];
	struct hmt_policy_tier *in = &plan->in.tiers[index];
	unsigned int i;

	in->cpu_invisible = !plan->sees_devices;
	for (i = 0; i < tier->nr_memories; i++) {
		u32 uid = tier->memories[i];
		unsigned int memory = hmt_plan_add(plan, uid);

		/* A CPU that touches a page there takes it away at once. */
		if (!hmt_memory_is_private(uid))
			in->cpu_invisible = false;
		if (memory == HMT_PLAN_STRANGE)
			continue;
		in->capacity += hmt_memory_nr_pages(uid);
		in->free += hmt_memory_nr_free(uid);
		plan->tier_of[memory] = index;
	}
	in->low = div_u64(in->capacity * tier->low, 1000);
	in->high = div_u64(in->capacity * tier->high, 1000);
	in->limit = hmt_plan_limit(config, tier->name);
	in->nr_targets = tier->nr_targets;
	memcpy(in->targets, tier->targets, sizeof(in->targets));
	memcpy(in->weights, tier->weights, sizeof(in->weights));
}

/* Start a pass: what is known before any page is looked at. */
void hmt_plan_prepare(struct hmt_plan *plan, const struct hmt_graph *graph,
		      const struct hmt_workload_config *config)
{
	unsigned int i;

	memset(&plan->in, 0, sizeof(plan->in));
	memset(plan->counts, 0, sizeof(plan->counts));
	plan->nr_clean = 0;
	plan->skewed = 0;
	plan->held = 0;
	plan->now = ktime_get_seconds();
	memset(plan->tier_of, HMT_TIER_NONE, sizeof(plan->tier_of));
	plan->graph = graph;
	plan->nr_devices = 0;
	bitmap_zero(plan->full, HMT_PLAN_MEMORIES);
	plan->in.nr_tiers = graph->nr_tiers;
	plan->pte_mapped_thp = false;
	plan->in.promote_budget = hmt_plan_budget(
		plan, config->mib_per_s[HMT_DIR_PROMOTE], config->interval_ms);
	plan->in.demote_budget = hmt_plan_budget(
		plan, config->mib_per_s[HMT_DIR_DEMOTE], config->interval_ms);
	for (i = 0; i < graph->nr_tiers; i++)
		hmt_plan_prepare_tier(plan, i, config);
}

/* Fill memory[] for the pages that were looked at. */
static void hmt_plan_number_all(struct hmt_plan *plan, unsigned int index,
				unsigned int pages)
{
	for (; pages--; index++)
		if (plan->states.class[index] != HMT_PAGE_HOLE)
			plan->memory[index] =
				hmt_plan_number(plan, plan->states.uid[index]);
}

/* How warm the pages of a group are, on average; some heat is never none. */
static u8 hmt_plan_warmth(const u8 *heat, unsigned int index,
			  unsigned int pages)
{
	unsigned int sum = 0, i;

	if (!heat)
		return 0;
	for (i = 0; i < pages; i++)
		sum += heat[index + i];
	return DIV_ROUND_UP(sum, pages);
}

/* Is a part of the group excluded from being moved? */
static bool hmt_plan_is_excluded(const struct hmt_plan *plan,
				 unsigned int index, unsigned int pages)
{
	return memchr(&plan->states.class[index], HMT_PAGE_EXCLUDED, pages);
}

/* Check whether pages of @class can only be moved by hmtd. */
static bool hmt_class_is_remote(enum hmt_page_class class)
{
	return class == HMT_PAGE_HUGE || class == HMT_PAGE_FILE ||
	       class == HMT_PAGE_MERGEABLE;
}

/*
 * Where hmtd is there, what moves as one is judged as one: its pages get the
 * class HMT_PAGE_REMOTE and a common heat.
 */
static void hmt_plan_form_groups(struct hmt_plan *plan, unsigned int first,
				 unsigned int pages, const u8 *heat)
{
	unsigned int end = first + pages, left = 0, index;
	u8 warmth = 0;

	for (index = first; plan->remote && index < end; index++) {
		u8 *class = &plan->states.class[index];

		if (!hmt_class_is_remote(*class)) {
			left = 0;
			continue;
		}
		if (plan->states.group[index] > 0) {
			left = min_t(unsigned int, plan->states.group[index],
				     end - index);
			warmth = hmt_plan_warmth(heat, index, left);
			if (hmt_plan_is_excluded(plan, index, left))
				left = 0;
		}
		if (!left)
			continue;
		left--;
		*class = HMT_PAGE_REMOTE;
		plan->warmth[index] = warmth;
	}
}

/* Fill look and memory[] for [@addr, @end). Interrupts are off. */
static void hmt_plan_scan(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct hmt_plan *plan = arg;
	const u8 *heat = hmt_heat_map_chunk(&plan->managed->heat, addr);
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	hmt_classify(&plan->states, vma, addr, end, pmd);
	hmt_plan_number_all(plan, first, pages);
	hmt_plan_form_groups(plan, first, pages, heat);
	hmt_plan_judge_parts(plan, vma, addr, pmd, heat);
}

static bool hmt_class_moves(enum hmt_page_class class)
{
	return class == HMT_PAGE_MOVABLE || class == HMT_PAGE_REMOTE;
}

static void hmt_plan_count_page(struct hmt_plan *plan, unsigned long addr,
				u8 heat, bool known)
{
	unsigned int index = hmt_chunk_index(addr);
	enum hmt_page_class class = plan->states.class[index];
	struct hmt_policy_tier *tier;
	int place;

	plan->counts[class]++;
	if (class == HMT_PAGE_HOLE)
		return;
	place = plan->tier_of[plan->memory[index]];
	if (place == HMT_TIER_NONE ||
	    (known && hmt_plan_count_wish(plan, addr, place)))
		return;
	tier = &plan->in.tiers[place];
	if (class == HMT_PAGE_REMOTE)
		heat = plan->warmth[index];
	if (hmt_class_moves(class) && known)
		tier->hist[heat]++;
	else
		tier->fixed++;
}

/*
 * Where a page is, as traces have it: '0' to 'f' its tier, 'g' to 'v' the same
 * for one that cannot move, '-' outside the graph, '.' no page.
 */
static char hmt_plan_place(const struct hmt_plan *plan, unsigned int index)
{
	enum hmt_page_class class = plan->states.class[index];
	int tier;

	if (class == HMT_PAGE_HOLE)
		return '.';
	tier = plan->tier_of[plan->memory[index]];
	if (tier == HMT_TIER_NONE)
		return '-';
	if (hmt_class_moves(class) && hmt_mm_is_warmed_up(plan->managed))
		return hex_asc_lo(tier);
	return 'g' + tier;
}

static void hmt_plan_trace(struct hmt_plan *plan, unsigned long addr,
			   unsigned long end, const u8 *heat)
{
	unsigned int first = hmt_chunk_index(addr), index;
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	for (index = first; index < first + pages; index++)
		plan->place[index] = hmt_plan_place(plan, index);
	trace_hmt_heat(plan->workload, pid_nr(plan->managed->pid), addr, pages,
		       heat ? heat + first : NULL, plan->place + first,
		       plan->clean);
}

/* Of what is looked at; the rest of the bits is 0. */
static void hmt_plan_count_clean(struct hmt_plan *plan, unsigned int first,
				 unsigned int pages)
{
	bitmap_shift_right(plan->clean, plan->states.clean, first,
			   HMT_CHUNK_PAGES);
	bitmap_clear(plan->clean, pages, HMT_CHUNK_PAGES - pages);
	plan->nr_clean += bitmap_weight(plan->clean, pages);
}

/* Is that a huge page which is mapped by tables, in parts of any warmth? */
static bool hmt_plan_is_scattered(const struct hmt_plan *plan,
				  unsigned int index)
{
	return plan->states.class[index] == HMT_PAGE_REMOTE &&
	       plan->states.group[index] > 1 &&
	       plan->states.group[index] < HMT_CHUNK_PAGES;
}

/* Count a chunk for the policy. */
static int hmt_plan_count(struct vm_area_struct *vma, unsigned long addr,
			  unsigned long end, void *arg)
{
	struct hmt_plan *plan = arg;
	const u8 *heat = hmt_heat_map_chunk(&plan->managed->heat, addr);
	unsigned int index = hmt_chunk_index(addr);
	bool known = hmt_mm_is_warmed_up(plan->managed);

	hmt_plan_count_clean(plan, index, (end - addr) >> PAGE_SHIFT);
	if (trace_hmt_heat_enabled())
		hmt_plan_trace(plan, addr, end, heat);
	hmt_plan_count_skewed(plan, addr, heat);
	hmt_plan_ask_advice(plan, addr, end);
	for (; addr < end; addr += PAGE_SIZE, index++) {
		plan->pte_mapped_thp |= hmt_plan_is_scattered(plan, index);
		hmt_plan_count_page(plan, addr, heat ? heat[index] : 0, known);
	}
	return kthread_should_stop() ? -EINTR : 0;
}

static const struct hmt_walk_ops hmt_plan_survey_ops = {
	.scan = hmt_plan_scan,
	.done = hmt_plan_count,
};

/* Heat says no more of the workload than of the youngest space that it counts in. */
static void hmt_plan_note_age(struct hmt_plan *plan,
			      const struct hmt_mm *managed)
{
	unsigned int warmest = hmt_heat_warmest(managed->samples);

	if (hmt_mm_is_warmed_up(managed) &&
	    (!plan->in.warmest || warmest < plan->in.warmest))
		plan->in.warmest = warmest;
}

/* Add the pages of @managed, which the caller entered, to the input of policy. */
int hmt_plan_survey(struct hmt_plan *plan, struct hmt_mm *managed)
{
	plan->managed = managed;
	hmt_plan_note_age(plan, managed);
	return hmt_walk(managed->mm, 0, managed->mm->task_size,
			&hmt_plan_survey_ops, plan);
}

/*
 * Tell all that policy is told after the survey, and who said it in the @sampled
 * samples until now, @samples of them in this pass. The last tier ends a pass in
 * the trace.
 */
void hmt_plan_trace_in(const struct hmt_plan *plan,
		       const struct hmt_workload_config *config, u32 samples,
		       u64 sampled)
{
	unsigned int i;

	for (i = 0; i < config->nr_providers; i++)
		trace_hmt_provider(plan->workload, &config->providers[i],
				   sampled);
	for (i = 0; i < plan->in.nr_tiers; i++)
		trace_hmt_tier(plan->workload, plan->graph->tiers[i].name, i,
			       &plan->in, samples);
}

/*
 * Memory of @tier with most free pages of those that @vma may use; -EPERM: it
 * may use none; -ENOSPC: those have been found full. One without a free page
 * now may have passed some on when its turn comes.
 */
static int hmt_plan_choose(const struct hmt_plan *plan,
			   const struct vm_area_struct *vma, unsigned int tier)
{
	const struct hmt_tier *candidates = &plan->graph->tiers[tier];
	nodemask_t nodes = plan->managed->allowed;
	u64 free, most = 0;
	int best = -EPERM;
	unsigned int i;

	hmt_mempolicy_restrict(vma_policy(vma), &nodes);
	for (i = 0; i < candidates->nr_memories; i++) {
		u32 uid = candidates->memories[i];
		unsigned int memory = hmt_plan_number(plan, uid);
		int nid = hmt_memory_node(uid);

		if (nid == NUMA_NO_NODE || !node_isset(nid, nodes))
			continue;
		if (best == -EPERM)
			best = -ENOSPC;
		if (test_bit(memory, plan->full))
			continue;
		free = hmt_memory_nr_free(uid);
		if (best >= 0 && free <= most)
			continue;
		most = free;
		best = memory;
	}
	return best;
}

/* The same, looked for once for the pages of a VMA in a chunk. */
static int hmt_plan_destination(struct hmt_plan *plan,
				const struct vm_area_struct *vma,
				unsigned int tier)
{
	if (plan->to[tier] == -EINPROGRESS)
		plan->to[tier] = hmt_plan_choose(plan, vma, tier);
	return plan->to[tier];
}

/* @uid of @tier turned out to have no room: nothing more goes there now. */
void hmt_plan_set_full(struct hmt_plan *plan, unsigned int tier, u32 uid)
{
	const struct hmt_tier *full = &plan->graph->tiers[tier];
	unsigned int i;

	__set_bit(hmt_plan_number(plan, uid), plan->full);
	for (i = 0; i < full->nr_memories; i++)
		if (!test_bit(hmt_plan_number(plan, full->memories[i]),
			      plan->full))
			return;
	hmt_policy_block(&plan->out, tier);
}

/* A page that the verdict wants elsewhere cannot move: say why. */
static void hmt_plan_leave(struct hmt_plan *plan, unsigned int index,
			   unsigned int pages, unsigned int to)
{
	enum hmt_page_class class = plan->states.class[index];

	/* Of what hmtd could move only the pinned was asked for. */
	if (class == HMT_PAGE_PINNED || hmt_class_is_remote(class)) {
		plan->pinned += pages;
		hmt_move_account_pinned(hmt_plan_uid(plan, plan->memory[index]),
					plan->graph->tiers[to].memories[0],
					pages);
	} else if (plan->to[to] == -EPERM) {
		plan->skipped += pages;
	}
}

/*
 * @pages that move as one, as pages of @heat do. What the policy has for them
 * may be less, see hmt_policy_reserve_group().
 */
static void hmt_plan_take(struct hmt_plan *plan,
			  const struct vm_area_struct *vma, unsigned long addr,
			  unsigned int pages, u8 heat)
{
	unsigned int index = hmt_chunk_index(addr);
	int tier = plan->tier_of[plan->memory[index]], memory;
	struct hmt_plan_aim aim = { .pages = pages };

	if (tier == HMT_TIER_NONE ||
	    hmt_plan_aim(plan, &aim, addr, tier, heat) == HMT_TIER_NONE)
		return;
	memory = hmt_plan_destination(plan, vma, aim.to);
	if (!hmt_plan_can_move(plan, index, memory)) {
		hmt_plan_aim_off(plan, &aim);
		hmt_plan_leave(plan, index, pages, aim.to);
		return;
	}
	plan->planned += pages;
	plan->entries[plan->nr++] = (struct hmt_plan_entry) {
		.addr = addr,
		.from = plan->memory[index],
		.to = memory,
		.pages = pages,
		.reason = hmt_plan_reason(plan, index, memory),
		.from_tier = tier,
		.to_tier = aim.to,
	};
}

static void hmt_plan_consider(struct hmt_plan *plan,
			      const struct vm_area_struct *vma,
			      unsigned long addr, const u8 *heat)
{
	unsigned int index = hmt_chunk_index(addr);
	int group = plan->states.group[index];
	u8 warmth = heat ? heat[index] : 0;

	switch (plan->states.class[index]) {
	case HMT_PAGE_MOVABLE:
	case HMT_PAGE_PINNED:
		hmt_plan_take(plan, vma, addr, 1, warmth);
		break;
	case HMT_PAGE_REMOTE:
		/* The others of the group go with the first one. */
		if (group > 0)
			hmt_plan_take(plan, vma, addr, group,
				      plan->warmth[index]);
		break;
	case HMT_PAGE_HUGE:
	case HMT_PAGE_FILE:
	case HMT_PAGE_MERGEABLE:
		if (plan->remote && group < 0)
			hmt_plan_take(plan, vma, addr, -group, warmth);
	}
}

/* Look at pages of a table; leave out those whose heat nothing is done with. */
static void hmt_plan_look_at_table(struct hmt_plan *plan,
				   const struct vm_area_struct *vma,
				   unsigned int first, unsigned int pages,
				   pte_t *ptep, const u8 *heat)
{
	unsigned int index;

	for (index = first; index < first + pages; index++, ptep++)
		if (plan->pte_mapped_thp || plan->preferred ||
		    hmt_policy_names(&plan->names, heat ? heat[index] : 0))
			hmt_classify_pte(&plan->states, vma, index,
					 READ_ONCE(*ptep));
}

/* As hmt_plan_scan(), for pages that the verdict may name by their heat. */
static void hmt_plan_scan_wanted(struct vm_area_struct *vma,
				 unsigned long addr, unsigned long end,
				 pmd_t *pmdp, pmd_t pmd, void *arg)
{
	struct hmt_plan *plan = arg;
	const u8 *heat = hmt_heat_map_chunk(&plan->managed->heat, addr);
	unsigned int first = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	plan->mergeable = vma->vm_flags & VM_MERGEABLE;
	memset(&plan->states.class[first], HMT_PAGE_HOLE, pages);
	if (!pmd_leaf(pmd))
		hmt_plan_look_at_table(plan, vma, first, pages,
				       pte_offset_kernel(&pmd, addr), heat);
	else if (plan->remote)
		hmt_classify(&plan->states, vma, addr, end, pmd);
	hmt_page_states_exclude(&plan->states, vma->vm_mm, addr, end);
	hmt_plan_number_all(plan, first, pages);
	hmt_plan_form_groups(plan, first, pages, heat);
	hmt_plan_judge_parts(plan, vma, addr, pmd, heat);
	if (plan->split)
		hmt_plan_split(plan, heat);
}

/* Pick the pages of a chunk that the verdict names. */
static int hmt_plan_pick(struct vm_area_struct *vma, unsigned long addr,
			 unsigned long end, void *arg)
{
	struct hmt_plan *plan = arg;
	const u8 *heat = hmt_heat_map_chunk(&plan->managed->heat, addr);
	unsigned int tier;

	hmt_plan_ask_advice(plan, addr, end);
	for (tier = 0; tier < plan->graph->nr_tiers; tier++)
		plan->to[tier] = -EINPROGRESS;
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
	.scan = hmt_plan_scan_wanted,
	.done = hmt_plan_pick,
};

/*
 * Plan the next HMT_PLAN_ENTRIES pages of @managed from plan->next on. Returns
 * whether there may be more after these.
 */
bool hmt_plan_fill(struct hmt_plan *plan, struct hmt_mm *managed,
		   enum hmt_direction direction)
{
	plan->managed = managed;
	plan->preferred = hmt_advice_has_tiers(managed->mm);
	plan->direction = direction;
	hmt_plan_look_at_task(plan);
	plan->nr = 0;
	plan->pinned = 0;
	plan->skipped = 0;
	plan->planned = 0;
	if (!hmt_mm_is_warmed_up(managed))
		return false;
	hmt_policy_bounds(&plan->out, direction, &plan->names);
	return hmt_walk(managed->mm, plan->next, managed->mm->task_size,
			&hmt_plan_fill_ops, plan) &&
	       !kthread_should_stop();
}
