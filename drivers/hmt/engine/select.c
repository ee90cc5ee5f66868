// SPDX-License-Identifier: GPL-2.0
/*
 * Select: find the pages that the verdicts name, and choose a destination and a
 * mover for each. A selection takes no page lock and unmaps nothing, so a page
 * that cannot move is left alone.
 */
#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/kthread.h>
#include <linux/migrate.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "move/move.h"
#include "pass.h"

/**
 * struct hmt_select_walk - arguments and scratch memory of a walk
 * @selection: result
 * @pass: pass
 * @census: census of the pass
 * @verdicts: verdicts; their quotas are used up
 * @execution: moves so far
 * @view: chunk
 * @chosen: bit mask of tiers for which @to is set
 * @to: best memory of each tier for the VMA in the chunk; HMT_LEVEL_DEAD: the
 *	process may use none, HMT_LEVEL_FULL: none has room
 * @origin: for HMT_DIR_HOME, memory for which @nearer is set, in the chunk
 * @nearer: the best memory of its tier is nearer to the home
 * @shared: @to and @nearer are for pages that other mappings share
 */
struct hmt_select_walk {
	struct hmt_selection *selection;
	const struct hmt_pass *pass;
	const struct hmt_census *census;
	struct hmt_policy_out *verdicts;
	const struct hmt_execution *execution;
	struct hmt_view *view;
	unsigned long chosen;
	struct hmt_candidate to[HMT_TIERS_MAX];
	unsigned int origin;
	bool nearer;
	bool shared;
};

/**
 * struct hmt_select_aim - verdict on a page or a unit
 * @place: place that is reserved; @place.pages is the number of pages before
 * @preferred: because of advice, not of heat
 */
struct hmt_select_aim {
	struct hmt_policy_place place;
	bool preferred;
};

/* Give the place of @aim back; the page does not move. */
static void hmt_select_aim_off(struct hmt_select_walk *walk,
			       const struct hmt_select_aim *aim)
{
	const struct hmt_policy_place *place = &aim->place;

	if (walk->selection->direction == HMT_DIR_HOME)
		hmt_policy_unreserve_home(walk->verdicts, place->from,
					  place->to, place->pages);
	else if (aim->preferred)
		walk->verdicts->granted[place->from][place->to] += place->pages;
	else
		hmt_policy_return(walk->verdicts, walk->selection->direction,
				  place);
}

static int hmt_select_aim_preferred(struct hmt_select_walk *walk,
				    struct hmt_select_aim *aim, int preferred)
{
	struct hmt_policy_place *place = &aim->place;
	bool granted = hmt_policy_reserve_preferred(walk->verdicts,
						    walk->selection->direction,
						    place->from, preferred,
						    &place->pages);

	aim->preferred = true;
	place->to = granted ? preferred : HMT_TIER_NONE;
	return place->to;
}

/* Check whether the program keeps the page at @addr off a tier. */
static bool hmt_select_avoids(const struct hmt_select_walk *walk,
			      unsigned long addr, unsigned int tier)
{
	const struct hmt_view *view = walk->view;

	return view->advised &&
	       view->advice[hmt_chunk_index(addr)].avoid & BIT(tier);
}

/* As hmt_select_aim(), for a page or unit that may be far from home. */
static int hmt_select_aim_home(struct hmt_select_walk *walk,
			       struct hmt_select_aim *aim, unsigned long addr,
			       u8 heat)
{
	struct hmt_policy_place *place = &aim->place;
	unsigned int to = walk->selection->managed->toward[place->from];

	if (!hmt_select_avoids(walk, addr, to) &&
	    hmt_policy_reserve_home(walk->verdicts, place->from, to, heat,
				    place->pages))
		place->to = to;
	return place->to;
}

/*
 * Reserve a place for the page or unit of @aim->place.pages pages at @addr in
 * tier @aim->place.from. Fill the rest of @aim and return the destination tier.
 */
static int hmt_select_aim(struct hmt_select_walk *walk,
			  struct hmt_select_aim *aim, unsigned long addr,
			  u8 heat)
{
	struct hmt_policy_place *place = &aim->place;
	enum hmt_direction direction = walk->selection->direction;
	int preferred = hmt_view_preferred(walk->view, &walk->census->in, addr,
					   place->from);

	aim->preferred = false;
	place->to = HMT_TIER_NONE;
	if (direction == HMT_DIR_HOME)
		return preferred == HMT_TIER_NONE ?
			       hmt_select_aim_home(walk, aim, addr, heat) :
			       HMT_TIER_NONE;
	if (preferred != HMT_TIER_NONE)
		return hmt_select_aim_preferred(walk, aim, preferred);
	place->to = hmt_policy_reserve_group(walk->verdicts, direction,
					     place->from, heat, &place->pages);
	place->quota = place->to;
	if (place->to != HMT_TIER_NONE &&
	    hmt_select_avoids(walk, addr, place->to)) {
		hmt_select_aim_off(walk, aim);
		return HMT_TIER_NONE;
	}
	return place->to;
}

/* Forget the destinations if they are not for pages that are @shared. */
static void hmt_select_set_shared(struct hmt_select_walk *walk, bool shared)
{
	if (walk->shared == shared)
		return;
	walk->shared = shared;
	walk->chosen = 0;
	walk->origin = HMT_MEMORY_OUTSIDE;
}

/*
 * Return the home of the pages. Those that several processes share have one only
 * if these agree: the process in which they count does not matter.
 */
static int hmt_select_home(const struct hmt_select_walk *walk)
{
	int home = walk->selection->managed->home;

	return walk->shared && walk->view->shared.home != home ? NUMA_NO_NODE :
								 home;
}

static void hmt_select_compare(const struct hmt_select_walk *walk,
			       const struct vm_area_struct *vma,
			       unsigned int tier, struct hmt_candidates *among)
{
	hmt_candidates_begin(among, walk->pass, walk->selection->managed, tier,
			     walk->execution->full);
	hmt_mempolicy_restrict(vma_policy(vma), &among->nodes);
	if (!walk->shared)
		return;
	nodes_and(among->nodes, among->nodes, *walk->view->shared.allowed);
	if (hmt_select_home(walk) == NUMA_NO_NODE)
		among->home = NUMA_NO_NODE;
}

/* Choose the best memory of a tier for pages of @vma. */
static struct hmt_candidate
hmt_select_choose(const struct hmt_select_walk *walk,
		  const struct vm_area_struct *vma, unsigned int tier)
{
	struct hmt_candidates among;

	hmt_select_compare(walk, vma, tier, &among);
	return hmt_candidates_best(&among, tier);
}

/* As hmt_select_choose(), once for the pages of a VMA in a chunk. */
static const struct hmt_candidate *
hmt_select_destination(struct hmt_select_walk *walk,
		       const struct vm_area_struct *vma, unsigned int tier)
{
	if (!(walk->chosen & BIT(tier)))
		walk->to[tier] = hmt_select_choose(walk, vma, tier);
	walk->chosen |= BIT(tier);
	return &walk->to[tier];
}

/*
 * Check whether pages go to @other rather than to @to, of another tier of the
 * same level: to the nearer one where the process has a home, and to one that
 * it may use in any case.
 */
static bool hmt_select_favours(const struct hmt_select_walk *walk,
			       const struct hmt_candidate *other,
			       const struct hmt_candidate *to)
{
	if (other->level < HMT_LEVEL_TIGHT)
		return false;
	if (to->level == HMT_LEVEL_DEAD)
		return true;
	if (hmt_select_home(walk) == NUMA_NO_NODE)
		return false;
	if (other->distance != to->distance)
		return other->distance < to->distance;
	return other->bandwidth > to->bandwidth;
}

/* Return the tier among @tiers to which pages go first, or HMT_TIER_NONE. */
static int hmt_select_favourite(struct hmt_select_walk *walk,
				const struct vm_area_struct *vma,
				unsigned long tiers)
{
	const struct hmt_candidate *best = NULL, *to;
	int favourite = HMT_TIER_NONE;
	unsigned int i;

	for_each_set_bit(i, &tiers, walk->pass->graph->nr_tiers) {
		to = hmt_select_destination(walk, vma, i);
		/* One without room must not hide the next nearest. */
		if (to->level < HMT_LEVEL_TIGHT ||
		    (best && !hmt_select_favours(walk, to, best)))
			continue;
		best = to;
		favourite = i;
	}
	return favourite;
}

/*
 * Let the page or unit at @addr go to the tier of the same level that is nearest
 * to the home, if it has room for it or a place.
 */
static void hmt_select_steer(struct hmt_select_walk *walk,
			     const struct vm_area_struct *vma,
			     struct hmt_select_aim *aim, unsigned long addr,
			     u8 heat)
{
	struct hmt_policy_place *place = &aim->place;
	unsigned long tiers = walk->pass->alike[place->to] & ~BIT(place->to);
	const struct hmt_candidate *to;
	int other;

	if (!tiers || aim->preferred ||
	    walk->selection->direction == HMT_DIR_HOME)
		return;
	to = hmt_select_destination(walk, vma, place->to);
	while ((other = hmt_select_favourite(walk, vma, tiers)) !=
	       HMT_TIER_NONE) {
		if (!hmt_select_favours(walk, &walk->to[other], to))
			return;
		if (!hmt_select_avoids(walk, addr, other) &&
		    hmt_policy_redirect(walk->verdicts,
					walk->selection->direction, place, heat,
					other))
			return;
		tiers &= ~BIT(other);
	}
}

/*
 * Check whether @to takes a page that is on memory @from of tier @tier. Pages
 * move within a level to a nearer memory only.
 */
static bool hmt_select_takes(struct hmt_select_walk *walk,
			     const struct vm_area_struct *vma,
			     unsigned int tier, unsigned int from,
			     const struct hmt_candidate *to)
{
	struct hmt_candidate candidate;
	struct hmt_candidates among;

	if (walk->selection->direction != HMT_DIR_HOME)
		return to->level >= HMT_LEVEL_TIGHT;
	if (walk->origin == from)
		return walk->nearer;
	hmt_select_compare(walk, vma, tier, &among);
	/* Pages may be on a memory that the process may not use any more. */
	among.nodes = node_states[N_MEMORY];
	candidate = hmt_candidate_of(&among, from);
	walk->origin = from;
	walk->nearer = hmt_candidate_is_nearer(to, &candidate);
	return walk->nearer;
}

/*
 * Return the reason for the mover of an anonymous base page: migrate_vma
 * flushes the TLBs of a program that runs for every page.
 */
static enum hmt_move_reason
hmt_select_reason_base(const struct hmt_select_walk *walk, unsigned int index)
{
	const struct hmt_selection *selection = walk->selection;

	if (walk->view->split)
		return HMT_REASON_SPLIT;
	if (!selection->running)
		return HMT_REASON_ANON;
	if (selection->single_threaded)
		return HMT_REASON_OWN;
	/* hmtd cannot move pages that other processes map as well. */
	return selection->tlb_friendly && !walk->execution->remote_busy &&
			       walk->view->chunk.flags[index] &
				       HMT_PAGE_MAPPED_ONCE ?
		       HMT_REASON_BUSY :
		       HMT_REASON_RUNNING;
}

/* Check whether the page moves in a unit, by hmtd or as a whole by hmm. */
static bool hmt_select_is_remote(const struct hmt_view *view,
				 unsigned int index)
{
	return !view->split && test_bit(index, view->remote);
}

/* Return the reason for the mover of the page or unit at @index. */
static enum hmt_move_reason
hmt_select_reason(const struct hmt_select_walk *walk, unsigned int index,
		  u32 to)
{
	const struct hmt_view *view = walk->view;

	if ((to | view->chunk.uid[index]) & HMT_UID_DEVICE)
		return HMT_REASON_DEVICE;
	if (!hmt_select_is_remote(view, index))
		return hmt_select_reason_base(walk, index);
	if (hmt_chunk_is_several(&view->chunk, index))
		return HMT_REASON_SHARED;
	if (view->chunk.whole && HMT_MOVES_WHOLE)
		return HMT_REASON_WHOLE;
	if (hmt_chunk_movable_unit(&view->chunk, index) > 1)
		return HMT_REASON_HUGE;
	return view->mergeable ? HMT_REASON_MERGEABLE : HMT_REASON_FILE;
}

/* Check whether a mover can move the page or unit for @reason now. */
static bool hmt_select_can_move(const struct hmt_select_walk *walk,
				unsigned int index,
				enum hmt_move_reason reason)
{
	const struct hmt_view *view = walk->view;

	if (hmt_select_is_remote(view, index)) {
		if (reason == HMT_REASON_DEVICE || reason == HMT_REASON_WHOLE)
			return view->chunk.whole;
		return walk->pass->remote && !walk->execution->remote_busy;
	}
	if (view->split)
		return true;
	return view->chunk.class[index] == HMT_PAGE_MOVABLE;
}

/* Count a page or unit that the verdicts name and that cannot move. */
static void hmt_select_leave(struct hmt_select_walk *walk, unsigned int index,
			     unsigned int pages, unsigned int to)
{
	const struct hmt_chunk *chunk = &walk->view->chunk;
	enum hmt_page_class class = chunk->class[index];
	u32 target = walk->pass->graph->tiers[to].memories[0];

	/* The verdicts cover pinned units and units in @remote. */
	if (class == HMT_PAGE_PINNED ||
	    (hmt_class_has_units(class) && !walk->view->split &&
	     !test_bit(index, walk->view->remote))) {
		walk->selection->pinned += pages;
		hmt_move_account_pinned(chunk->uid[index], target, pages);
	} else if (walk->to[to].level == HMT_LEVEL_DEAD) {
		walk->selection->skipped += pages;
	}
}

static void hmt_select_add(struct hmt_selection *selection,
			   const struct hmt_selection_entry *entry)
{
	selection->planned += entry->pages;
	selection->entries[selection->nr++] = *entry;
}

/*
 * Select @pages that move as one at @addr, as pages of @heat move. The quota
 * may be smaller, see hmt_policy_reserve_group().
 */
static void hmt_select_take(struct hmt_select_walk *walk,
			    const struct vm_area_struct *vma,
			    unsigned long addr, unsigned int pages, u8 heat)
{
	const struct hmt_graph *graph = walk->pass->graph;
	unsigned int index = hmt_chunk_index(addr);
	struct hmt_selection_entry entry = { .addr = addr, .pages = pages };
	struct hmt_select_aim aim = { .place.pages = pages };
	const struct hmt_candidate *to;

	entry.from = hmt_graph_memory(graph, walk->view->chunk.uid[index]);
	if (graph->tier_of[entry.from] < 0)
		return;
	aim.place.from = graph->tier_of[entry.from];
	if (walk->selection->direction == HMT_DIR_HOME &&
	    !hmt_view_is_away(walk->view, walk->selection->managed, index))
		return;
	hmt_select_set_shared(walk, hmt_view_is_shared(walk->view, index));
	if (hmt_select_aim(walk, &aim, addr, heat) == HMT_TIER_NONE)
		return;
	hmt_select_steer(walk, vma, &aim, addr, heat);
	to = hmt_select_destination(walk, vma, aim.place.to);
	entry.to = to->index;
	entry.reason = hmt_select_reason(walk, index, graph->memories[to->index]);
	if (hmt_select_takes(walk, vma, aim.place.to, entry.from, to) &&
	    hmt_select_can_move(walk, index, entry.reason)) {
		hmt_select_add(walk->selection, &entry);
		return;
	}
	hmt_select_aim_off(walk, &aim);
	/* The census counted only pages away from home that can move. */
	if (walk->selection->direction != HMT_DIR_HOME)
		hmt_select_leave(walk, index, pages, aim.place.to);
}

static void hmt_select_consider(struct hmt_select_walk *walk,
				const struct vm_area_struct *vma,
				unsigned long addr)
{
	const struct hmt_view *view = walk->view;
	const struct hmt_chunk *chunk = &view->chunk;
	unsigned int index = hmt_chunk_index(addr);
	enum hmt_page_class class = chunk->class[index];
	unsigned int unit;

	if (view->split || class == HMT_PAGE_MOVABLE ||
	    class == HMT_PAGE_PINNED) {
		hmt_select_take(walk, vma, addr, 1, hmt_view_heat(view, index));
	} else if (!hmt_class_has_units(class)) {
		return;
	} else if (test_bit(index, view->remote)) {
		/* The other pages of a unit move with the first one. */
		unit = hmt_chunk_movable_unit(chunk, index);
		if (unit)
			hmt_select_take(walk, vma, addr, unit,
					view->remote_heat[index]);
	} else if (walk->pass->remote && chunk->unit[index] &&
		   chunk->flags[index] & HMT_PAGE_UNIT_PINNED) {
		hmt_select_take(walk, vma, addr, chunk->unit[index],
				hmt_view_heat(view, index));
	}
}

static void hmt_select_scan(struct vm_area_struct *vma, unsigned long addr,
			    unsigned long end, pmd_t *pmdp, pmd_t pmd,
			    void *arg)
{
	struct hmt_select_walk *walk = arg;

	hmt_view_scan_selected(walk->view, walk->pass, walk->selection,
			       walk->census->pte_mapped_thp ||
				       walk->selection->preferred,
			       vma, addr, end, pmd);
}

/* Select the pages of a part of a chunk that the verdicts name. */
static int hmt_select_pages(struct vm_area_struct *vma, unsigned long addr,
			    unsigned long end, void *arg)
{
	struct hmt_select_walk *walk = arg;
	struct hmt_selection *selection = walk->selection;
	struct hmt_view *view = walk->view;
	unsigned int index, last;
	unsigned long base;

	view->bound = hmt_mempolicy_is_strict(vma_policy(vma));
	hmt_view_look_at_advice(view, walk->pass->graph, vma->vm_mm, addr, end);
	walk->chosen = 0;
	walk->origin = HMT_MEMORY_OUTSIDE;
	walk->shared = false;
	base = addr - hmt_chunk_index(addr) * PAGE_SIZE;
	index = hmt_chunk_index(addr);
	last = index + ((end - addr) >> PAGE_SHIFT);
	while (selection->nr < HMT_SELECTION_ENTRIES &&
	       (index = hmt_chunk_next(&view->chunk, index, last)) < last)
		hmt_select_consider(walk, vma, base + index++ * PAGE_SIZE);
	selection->next = base + index * PAGE_SIZE;
	return selection->nr == HMT_SELECTION_ENTRIES ||
			       !hmt_policy_has_moves(walk->verdicts,
						     selection->direction) ||
			       kthread_should_stop() ||
			       hmt_pace_is_spent(walk->pass->pace) ?
		       -EINTR :
		       0;
}

static const struct hmt_walk_ops hmt_select_ops = {
	.scan = hmt_select_scan,
	.done = hmt_select_pages,
};

/*
 * Begin where the last pass stopped to move pages of @managed: the rate limits
 * or a rest may end a pass anywhere, and high addresses must have their turn.
 */
void hmt_select_begin(struct hmt_selection *selection, struct hmt_mm *managed,
		      enum hmt_direction direction)
{
	selection->managed = managed;
	selection->direction = direction;
	selection->begin = managed->from[direction];
	selection->end = managed->mm->task_size;
	selection->next = selection->begin;
}

/*
 * Continue with the addresses below the one at which the pass began. Return
 * whether there are any.
 */
static bool hmt_select_wrap(struct hmt_selection *selection)
{
	selection->end = selection->begin;
	selection->begin = 0;
	selection->next = 0;
	return selection->end;
}

/* Determine the state of the process, which page tables do not show. */
static void hmt_select_look_at_task(struct hmt_selection *selection,
				    bool remote)
{
	const struct hmt_mm *managed = selection->managed;

	selection->running = hmt_mm_is_running(managed);
	selection->single_threaded = hmt_taskwork_is_on() &&
				     hmt_mm_is_single_threaded(managed);
	selection->tlb_friendly = remote && hmt_remote_flushes_less();
	selection->preferred = hmt_advice_has_tiers(managed->mm);
}

/*
 * Fill the selection with up to HMT_SELECTION_ENTRIES entries, continuing where
 * the last fill ended. Quotas in @verdicts are used up. Return whether there
 * may be more pages after these.
 */
bool hmt_select(struct hmt_selection *selection, const struct hmt_pass *pass,
		const struct hmt_census *census,
		struct hmt_policy_out *verdicts,
		const struct hmt_execution *execution, struct hmt_view *view)
{
	struct hmt_select_walk walk = {
		.selection = selection,
		.pass = pass,
		.census = census,
		.verdicts = verdicts,
		.execution = execution,
		.view = view,
	};
	int ret;

	hmt_select_look_at_task(selection, pass->remote);
	selection->nr = 0;
	selection->pinned = 0;
	selection->skipped = 0;
	selection->planned = 0;
	if (!hmt_mm_is_warmed_up(selection->managed))
		return false;
	hmt_policy_bounds(verdicts, selection->direction, &selection->bounds);
	ret = hmt_walk_all(selection->managed->mm, selection->next,
			   selection->end, &hmt_select_ops, NULL, &walk);
	hmt_engine_note_walk(pass->workload, selection->managed, ret);
	if (!ret)
		return hmt_select_wrap(selection);
	return ret == -EINTR && !kthread_should_stop();
}
