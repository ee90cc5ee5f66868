// SPDX-License-Identifier: GPL-2.0
/*
 * Census: count the pages of a workload by tier, class and heat. A census takes
 * no page lock and unmaps nothing; it changes nothing but its result.
 */
#include <linux/hex.h>
#include <linux/hmt_internal.h>
#include <linux/kernel.h>
#include <linux/kthread.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/string.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "page/page.h"
#include "heat/heat.h"
#include "pass.h"

/* Arguments of a walk, and its scratch memory for the trace. */
struct hmt_census_walk {
	struct hmt_census *census;
	const struct hmt_pass *pass;
	struct hmt_mm *managed;
	struct hmt_view *view;
	DECLARE_BITMAP(clean, HMT_CHUNK_PAGES);
	char places[HMT_CHUNK_PAGES];
};

/*
 * Return the number of pages that fit into the intervals of a pass at
 * @mib_per_s. A huge page may take the rate of several passes, so the budget
 * has room for one.
 */
static u64 hmt_census_budget(const struct hmt_pass *pass, u64 mib_per_s)
{
	u64 pages;

	if (mib_per_s == HMT_RATE_MAX)
		return HMT_PAGES_MAX;
	pages = mul_u64_u64_div_u64(mib_per_s * HMT_PAGES_PER_MIB,
				    (u64)pass->config.interval_ms *
					    pass->intervals,
				    MSEC_PER_SEC);
	return (pass->remote || pass->whole) && mib_per_s ?
		       max_t(u64, pages, HMT_CHUNK_PAGES) :
		       pages;
}

/* Return the pages that @sizes has for a tier, or @other. */
static u64 hmt_census_size(const struct hmt_sizes *sizes, const char *tier,
			   u64 other)
{
	unsigned int i;

	for (i = 0; i < sizes->nr; i++)
		if (!strcmp(sizes->of[i].tier, tier))
			return sizes->of[i].bytes >> PAGE_SHIFT;
	return other;
}

/* Return the pages that a workload may have in a tier. */
u64 hmt_census_limit(const struct hmt_workload_config *config, const char *tier)
{
	return hmt_census_size(&config->limits, tier, HMT_PAGES_MAX);
}

/* Fill in the room of a tier. */
void hmt_census_begin_tier(struct hmt_policy_tier *in,
			   const struct hmt_tier *tier,
			   const struct hmt_pass *pass)
{
	unsigned int i;

	in->cpu_invisible = !pass->sees_devices;
	for (i = 0; i < tier->nr_memories; i++) {
		/* A page there leaves as soon as a CPU touches it. */
		if (!hmt_memory_is_private(tier->memories[i]))
			in->cpu_invisible = false;
		in->capacity += hmt_memory_nr_pages(tier->memories[i]);
		in->free += hmt_memory_nr_free(tier->memories[i]);
	}
	in->low = div_u64(in->capacity * tier->low, 1000);
	in->high = div_u64(in->capacity * tier->high, 1000);
	in->limit = hmt_census_limit(&pass->config, tier->name);
	in->protect = min(hmt_census_size(&pass->config.protect, tier->name, 0),
			  in->capacity);
	in->alike = pass->alike[tier - pass->graph->tiers];
	in->nr_targets = tier->nr_targets;
	memcpy(in->targets, tier->targets, sizeof(in->targets));
	memcpy(in->weights, tier->weights, sizeof(in->weights));
}

/* Begin a census: fill in all that does not depend on a page. */
void hmt_census_begin(struct hmt_census *census, const struct hmt_pass *pass)
{
	struct hmt_policy_in *in = &census->in;
	unsigned int i;

	memset(census, 0, sizeof(*census));
	hmt_arrivals_mark(pass->workload);
	hmt_hints_mark(&pass->workload->hints);
	in->nr_tiers = pass->graph->nr_tiers;
	for (i = 0; i < in->nr_tiers; i++)
		hmt_census_begin_tier(&in->tiers[i], &pass->graph->tiers[i],
				      pass);
}

/* Grant the moves of the intervals of @pass, which the census may have added. */
void hmt_census_grant(struct hmt_census *census, const struct hmt_pass *pass)
{
	const u64 *rate = pass->config.mib_per_s;
	struct hmt_policy_in *in = &census->in;

	in->promote_budget = hmt_census_budget(pass, rate[HMT_DIR_PROMOTE]);
	in->demote_budget = hmt_census_budget(pass, rate[HMT_DIR_DEMOTE]);
}

static int hmt_census_tier(const struct hmt_graph *graph,
			   const struct hmt_view *view, unsigned int index)
{
	return graph->tier_of[hmt_graph_memory(graph, view->chunk.uid[index])];
}

/*
 * Return the position of a page for the trace: '0' to 'f' is its tier, 'g' to
 * 'v' the tier of a page that cannot move, '-' is outside the graph, '.' means
 * that there is no page.
 */
static char hmt_census_place(const struct hmt_census_walk *walk,
			     unsigned int index)
{
	const struct hmt_view *view = walk->view;
	int tier;

	if (view->chunk.class[index] == HMT_PAGE_HOLE)
		return '.';
	tier = hmt_census_tier(walk->pass->graph, view, index);
	if (tier < 0)
		return '-';
	if (hmt_view_moves(view, index) && hmt_mm_is_warmed_up(walk->managed))
		return hex_asc_lo(tier);
	return 'g' + tier;
}

static void hmt_census_trace(struct hmt_census_walk *walk, unsigned long addr,
			     unsigned long end)
{
	const u8 *heat = walk->view->heat;
	unsigned int first = hmt_chunk_index(addr), index;
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	for (index = first; index < first + pages; index++)
		walk->places[index] = hmt_census_place(walk, index);
	trace_hmt_heat(walk->pass->workload->name, pid_nr(walk->managed->pid),
		       addr, pages, heat ? heat + first : NULL,
		       walk->places + first, walk->clean);
}

/* Count the clean pages. Bit 0 of @clean is the first page of the part. */
static void hmt_census_count_clean(struct hmt_census_walk *walk,
				   unsigned int first, unsigned int pages)
{
	bitmap_shift_right(walk->clean, walk->view->chunk.clean, first,
			   HMT_CHUNK_PAGES);
	bitmap_clear(walk->clean, pages, HMT_CHUNK_PAGES - pages);
	walk->census->nr_clean += bitmap_weight(walk->clean, pages);
}

static void hmt_census_count_skewed(struct hmt_census_walk *walk,
				    unsigned long addr)
{
	if (!hmt_view_is_skewed(walk->view, hmt_chunk_index(addr)))
		return;
	walk->census->skewed++;
	walk->census->rejoined += hmt_splits_holds(&walk->managed->splits, addr,
						   walk->pass->began);
}

/* Check whether a huge page begins at @index that page tables map. */
static bool hmt_census_is_scattered(const struct hmt_view *view,
				    unsigned int index)
{
	unsigned int unit;

	if (view->chunk.class[index] != HMT_PAGE_HUGE ||
	    !test_bit(index, view->remote))
		return false;
	unit = hmt_chunk_movable_unit(&view->chunk, index);
	return unit > 1 && unit < HMT_CHUNK_PAGES;
}

/* Count pages of @tier if advice and not their heat counts. */
static bool hmt_census_count_preferred(struct hmt_policy_in *in,
				       const struct hmt_view *view,
				       unsigned long addr, unsigned int tier)
{
	int preferred;

	/* Most chunks have no advice. */
	if (!view->advised)
		return false;
	preferred = hmt_view_preferred(view, in, addr, tier);
	if (preferred == HMT_TIER_NONE)
		return false;
	in->tiers[tier].fixed++;
	in->preferred[tier][preferred]++;
	return true;
}

/*
 * Return the number of pages from @index to @end that count as the one at @index: in
 * a unit all pages are in one memory and have one heat, unless advice differs, others
 * share them, or parts are judged one by one.
 */
static unsigned int hmt_census_alike(const struct hmt_view *view,
				     unsigned int index, unsigned int end)
{
	unsigned int unit;

	if (view->chunk.class[index] < HMT_PAGE_HUGE || view->by_parts ||
	    view->advised || view->shared.any || !test_bit(index, view->remote))
		return 1;
	unit = hmt_chunk_movable_unit(&view->chunk, index);
	return hmt_chunk_unit_run(&view->chunk, index,
				  clamp(unit, 1U, end - index));
}

/* Count @pages from @addr on, which count alike. */
static void hmt_census_count_alike(struct hmt_census *census,
				   const struct hmt_pass *pass,
				   const struct hmt_view *view,
				   const struct hmt_mm *managed,
				   unsigned long addr, unsigned int pages)
{
	bool known = hmt_mm_is_warmed_up(managed);
	unsigned int index = hmt_chunk_index(addr);
	enum hmt_page_class class = view->chunk.class[index];
	bool remote = class >= HMT_PAGE_HUGE && test_bit(index, view->remote);
	struct hmt_policy_tier *in;
	int tier;
	u8 heat;

	if (!remote)
		census->counts[class] += pages;
	if (class == HMT_PAGE_HOLE)
		return;
	tier = hmt_census_tier(pass->graph, view, index);
	if (tier >= 0)
		census->pages[tier] += pages;
	if (tier < 0 || (known && hmt_census_count_preferred(&census->in, view,
							     addr, tier)))
		return;
	in = &census->in.tiers[tier];
	if (!known || (class != HMT_PAGE_MOVABLE && !remote)) {
		in->fixed += pages;
		return;
	}
	heat = remote ? view->remote_heat[index] : hmt_view_heat(view, index);
	in->hist[heat] += pages;
	if (!hmt_view_is_away(view, managed, index))
		return;
	if (managed->toward[tier] == tier)
		census->in.away[heat] += pages;
	else
		census->in.tiers[managed->toward[tier]].astray[heat] += pages;
}

/* Count the heat of the pages [@index, @end), which can move and are in @tier. */
static void hmt_census_count_heat(struct hmt_policy_tier *tier, const u8 *heat,
				  unsigned int index, unsigned int end)
{
	if (!heat)
		tier->hist[0] += end - index;
	else
		for (; index < end; index++)
			tier->hist[heat[index]]++;
}

/*
 * Count the pages [@index, @end), which can move and are in the same memory, and of
 * which nothing but @heat decides where they belong; NULL: all 0.
 */
static void hmt_census_count_run(struct hmt_census_walk *walk, const u8 *heat,
				 unsigned int index, unsigned int end)
{
	struct hmt_census *census = walk->census;
	int tier = hmt_census_tier(walk->pass->graph, walk->view, index);

	if (tier < 0)
		return;
	census->pages[tier] += end - index;
	if (hmt_mm_is_warmed_up(walk->managed))
		hmt_census_count_heat(&census->in.tiers[tier], heat, index,
				      end);
	else
		census->in.tiers[tier].fixed += end - index;
}

/* Check whether nothing but heat decides where the pages belong. */
static bool hmt_census_is_free(const struct hmt_census_walk *walk)
{
	return !walk->view->advised && nodes_empty(walk->managed->away);
}

/*
 * Return the number of pages of files from @index on that move one by one and are in
 * the same memory.
 */
static unsigned int hmt_census_files(const struct hmt_view *view,
				     unsigned int index, unsigned int end)
{
	const struct hmt_chunk *chunk = &view->chunk;
	unsigned int first = index;
	u32 uid = chunk->uid[index];

	while (index < end && chunk->class[index] == HMT_PAGE_FILE &&
	       chunk->unit[index] == 1 && chunk->uid[index] == uid &&
	       test_bit(index, view->remote))
		index++;
	return index - first;
}

/* Count pages of any class, by units where that makes no difference. */
static void hmt_census_count_pages(struct hmt_census_walk *walk,
				   unsigned long addr, unsigned long end)
{
	unsigned int index = hmt_chunk_index(addr), pages;
	unsigned int last = index + ((end - addr) >> PAGE_SHIFT);
	bool is_free = hmt_census_is_free(walk);

	for (; index < last; index += pages, addr += pages * PAGE_SIZE) {
		pages = is_free ? hmt_census_files(walk->view, index, last) : 0;
		if (pages) {
			hmt_census_count_run(walk, walk->view->remote_heat,
					     index, index + pages);
			continue;
		}
		pages = hmt_census_alike(walk->view, index, last);
		walk->census->pte_mapped_thp |=
			hmt_census_is_scattered(walk->view, index);
		hmt_census_count_alike(walk->census, walk->pass, walk->view,
				       walk->managed, addr, pages);
	}
}

/* Check whether class, memory and heat of each page are all that counts. */
static bool hmt_census_is_plain(const struct hmt_census_walk *walk)
{
	const struct hmt_view *view = walk->view;

	return !view->chunk.mixed && !view->shared.any &&
	       hmt_census_is_free(walk);
}

/* Return the end of the pages from @index on that are in the same memory. */
static unsigned int hmt_census_run(const struct hmt_chunk *chunk,
				   unsigned int index, unsigned int end)
{
	u32 uid = chunk->uid[index];

	do {
		index++;
	} while (index < end && chunk->class[index] == HMT_PAGE_MOVABLE &&
		 chunk->uid[index] == uid);
	return index;
}

/*
 * As hmt_census_count_pages(), if hmt_census_is_plain() is true: pages are movable
 * or holes then.
 */
static void hmt_census_count_plain(struct hmt_census_walk *walk,
				   unsigned int index, unsigned int pages)
{
	struct hmt_census *census = walk->census;
	const struct hmt_chunk *chunk = &walk->view->chunk;
	unsigned int first, end = index + pages, movable = 0;

	while ((first = hmt_chunk_next(chunk, index, end)) < end) {
		index = hmt_census_run(chunk, first, end);
		movable += index - first;
		hmt_census_count_run(walk, walk->view->heat, first, index);
	}
	census->counts[HMT_PAGE_MOVABLE] += movable;
	census->counts[HMT_PAGE_HOLE] += pages - movable;
}

/*
 * Weigh the pages of the address space that were counted since the last call, whose
 * heat is a mean of @samples. The confidence in heat is that of all pages: their mean
 * number of samples, where few samples count more.
 */
static void hmt_census_weigh(struct hmt_census *census,
			     const struct hmt_mm *managed, unsigned int samples)
{
	u64 pages = 0;
	unsigned int i;

	for (i = 0; i < census->in.nr_tiers; i++)
		pages += census->pages[i];
	pages -= census->weighed;
	census->weighed += pages;
	if (hmt_mm_is_warmed_up(managed)) {
		census->sampled += pages * HMT_HEAT_SAMPLES;
		census->doubt += pages * HMT_HEAT_SAMPLES / max(samples, 1U);
	}
	census->evidence[samples] += pages;
	census->nr_pages += pages;
}

static void hmt_census_scan(struct vm_area_struct *vma, unsigned long addr,
			    unsigned long end, pmd_t *pmdp, pmd_t pmd,
			    void *arg)
{
	struct hmt_census_walk *walk = arg;

	hmt_view_scan(walk->view, walk->pass, walk->managed, vma, addr, end,
		      pmd);
}

static void hmt_census_scan_hugetlb(struct vm_area_struct *vma,
				    unsigned long addr, unsigned long end,
				    struct page *page, void *arg)
{
	struct hmt_census_walk *walk = arg;

	hmt_view_scan_hugetlb(walk->view, walk->pass, walk->managed, vma, addr,
			      end, page);
}

/* Count the pages of a part of a chunk. */
static int hmt_census_count(struct vm_area_struct *vma, unsigned long addr,
			    unsigned long end, void *arg)
{
	struct hmt_census_walk *walk = arg;
	const struct hmt_graph *graph = walk->pass->graph;
	struct hmt_view *view = walk->view;
	unsigned int index = hmt_chunk_index(addr);
	unsigned int pages = (end - addr) >> PAGE_SHIFT;

	hmt_census_count_clean(walk, index, pages);
	if (trace_hmt_heat_enabled())
		hmt_census_trace(walk, addr, end);
	hmt_census_count_skewed(walk, addr);
	view->bound = hmt_mempolicy_is_strict(vma_policy(vma));
	hmt_view_look_at_advice(view, graph, vma->vm_mm, addr, end);
	if (view->shared.any)
		hmt_census_weigh(walk->census, walk->managed,
				 walk->managed->evidence);
	if (view->shared.elsewhere)
		walk->census->counts[HMT_PAGE_HOLE] += pages;
	else if (hmt_census_is_plain(walk))
		hmt_census_count_plain(walk, index, pages);
	else
		hmt_census_count_pages(walk, addr, end);
	if (view->shared.any)
		hmt_census_weigh(walk->census, walk->managed,
				 view->shared.evidence);
	walk->census->next = end;
	return kthread_should_stop() || hmt_pace_is_spent(walk->pass->pace) ?
		       -EINTR :
		       0;
}

static const struct hmt_walk_ops hmt_census_ops = {
	.scan = hmt_census_scan,
	.done = hmt_census_count,
};

/*
 * A tier that @managed may not use does not take the place of others of its
 * level.
 */
static void hmt_census_restrict(struct hmt_census *census,
				const struct hmt_graph *graph,
				const struct hmt_mm *managed)
{
	u32 usable = 0;
	unsigned int i, j;

	for (i = 0; i < graph->nr_tiers; i++)
		for (j = 0; j < graph->tiers[i].nr_memories; j++) {
			u32 uid = graph->tiers[i].memories[j];

			if (uid & HMT_UID_DEVICE ||
			    node_isset(uid, managed->allowed))
				usable |= BIT(i);
		}
	for (i = 0; i < graph->nr_tiers; i++)
		census->in.tiers[i].alike &= usable;
}

/* Begin to count @managed. */
void hmt_census_begin_mm(struct hmt_census *census,
			 const struct hmt_pass *pass, struct hmt_mm *managed)
{
	census->next = 0;
	hmt_census_restrict(census, pass->graph, managed);
	hmt_candidates_find_away(pass, managed);
	memset(census->pages, 0, sizeof(census->pages));
	census->weighed = 0;
}

/*
 * Use the last count of @managed for the pages that could not be counted: limits
 * hold for them as well, and nothing is known about their heat.
 */
static void hmt_census_complete(struct hmt_census *census,
				const struct hmt_pass *pass,
				const struct hmt_mm *managed)
{
	unsigned int i;

	census->partial = true;
	if (managed->generation != pass->graph->generation)
		return;
	for (i = 0; i < census->in.nr_tiers; i++)
		if (managed->pages[i] > census->pages[i])
			census->in.tiers[i].fixed +=
				managed->pages[i] - census->pages[i];
}

/* End to count @managed, of which @whole pages were counted. */
void hmt_census_end_mm(struct hmt_census *census, const struct hmt_pass *pass,
		       struct hmt_mm *managed, bool whole)
{
	if (whole) {
		memcpy(managed->pages, census->pages, sizeof(managed->pages));
		managed->generation = pass->graph->generation;
	} else {
		hmt_census_complete(census, pass, managed);
	}
	hmt_census_weigh(census, managed, managed->evidence);
}

/* End a census: judge whether a decision to move nothing is reliable. */
void hmt_census_end(struct hmt_census *census)
{
	if (census->doubt)
		census->in.samples = div64_u64(census->sampled, census->doubt);
	census->converged = !census->partial &&
			    hmt_policy_evidence(census->evidence,
						census->nr_pages) >=
				    HMT_SAMPLES_CONVERGED;
}

/*
 * Add the pages of @managed, which the caller has pinned, from @census->next on.
 * Return 0, -EINTR if a slice has ended before, or an error of hmt_walk().
 */
int hmt_census_add(struct hmt_census *census, const struct hmt_pass *pass,
		   struct hmt_mm *managed, struct hmt_view *view)
{
	struct hmt_census_walk walk = {
		.census = census,
		.pass = pass,
		.managed = managed,
		.view = view,
	};

	return hmt_walk_all(managed->mm, census->next, managed->mm->task_size,
			    &hmt_census_ops, hmt_census_scan_hugetlb, &walk);
}
