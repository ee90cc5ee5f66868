/* SPDX-License-Identifier: GPL-2.0 */
/*
 * State of an engine by its lifetime, and the stages of a pass:
 *	collect -> census -> decide -> select -> execute -> account
 * A stage gets its inputs as constant arguments and fills its own result.
 */
#ifndef _HMT_PASS_H
#define _HMT_PASS_H

#include <linux/bitmap.h>
#include <linux/hmt_internal.h>
#include <linux/mm_types.h>
#include <linux/nodemask.h>
#include <linux/pgtable.h>
#include <linux/xarray.h>
#include "graph/graph.h"
#include "policy/policy.h"
#include "page/page.h"
#include "heat/heat.h"
#include "move/move.h"
#include "workload/workload.h"
#include "interval.h"
#include "pace.h"
#include "survey.h"

/* Most entries of a selection; bounds its memory. */
#define HMT_SELECTION_ENTRIES	4096

/**
 * struct hmt_shares - pages of files that mappings of a workload share
 * @files: the files, see shares.c
 */
struct hmt_shares {
	struct xarray files;
};

/**
 * struct hmt_shared - shared pages of one chunk
 * @any: the other members are set
 * @elsewhere: none of the pages counts here; @later, @excluded, @nr and @heat are
 *	not set then
 * @later: pages that count in another mapping
 * @excluded: pages that count here and that a mapping excludes
 * @nr: number of mappings in the workload, if the page counts here; 0:
 *	otherwise, or not known
 * @heat: heat of the page in all mappings, where @nr is not 0
 * @allowed: nodes that all processes allow that have pages of the file
 * @home: home of all of these, or NUMA_NO_NODE if they differ
 * @home_sure: it is sure for each of them, see &struct hmt_mm
 * @evidence: number of samples that @heat is a mean of
 */
struct hmt_shared {
	bool any;
	bool elsewhere;
	DECLARE_BITMAP(later, HMT_CHUNK_PAGES);
	DECLARE_BITMAP(excluded, HMT_CHUNK_PAGES);
	u16 nr[HMT_CHUNK_PAGES];
	u8 heat[HMT_CHUNK_PAGES];
	const nodemask_t *allowed;
	int home;
	bool home_sure;
	unsigned int evidence;
};

/**
 * struct hmt_pass - inputs of a pass, constant after census
 * @workload: workload
 * @pace: pace of the engine, which the stages keep
 * @load: load of the tiers
 * @config: its configuration when the pass began, or between samples
 * @rested_ns: rests of the engine when @config was taken
 * @graph: live graph; a memory is called by its index there
 * @shares: pages that mappings share; filled before the census
 * @rates_at: earliest time of the next measurement of rates, ns
 * @rated: rates were measured in this pass
 * @sampled_at: end of the last sample, ns; 0: none was taken
 * @samples: number of samples that were collected
 * @changed: the hot set of an address space changed in one of them
 * @stay: samples for which the hot set was expected to last in the last decision, if
 *	exchanges wait until that is longer, else HMT_POLICY_STAY_MOST
 * @steps: time from the last sample but one to the last one, as planned
 * @quick: samples of young heat that came sooner than others, less those since
 * @tired: there were many of these, and no more come for now
 * @begun: pages of the address spaces whose last sample has no hits, because bits were
 *	not looked at for long before
 * @ripe: heat that was young allows a decision, or a tier has another load
 * @intervals: number of intervals that the rate limits are granted for
 * @began: start of the census, s
 * @surveys: the samples are of a part of the pages
 * @sees_devices: a provider reports accesses of devices
 * @remote: hmtd runs: huge pages and pages of files can move
 * @whole: huge pages move without hmtd, see &hmt_chunk.whole
 * @reclaims: bit mask of the tiers in which kernel reclaim makes room
 * @woken: those in which it was asked to
 * @others: pages of each of them that belonged to no workload before
 * @alike: bit mask of the tiers of the level of each tier, itself included
 * @measured: bit mask of the tiers whose performance for CPUs is known, see
 *	hmt_memories_are_measured()
 * @shut: bit mask of the tiers of which the workload may use nothing
 */
struct hmt_pass {
	struct hmt_workload *workload;
	struct hmt_pace *pace;
	struct hmt_load *load;
	struct hmt_workload_config config;
	u64 rested_ns;
	u64 rates_at;
	bool rated;
	u64 sampled_at;
	const struct hmt_graph *graph;
	const struct hmt_shares *shares;
	u32 samples;
	bool changed;
	u64 stay;
	struct hmt_policy_steps steps;
	unsigned int quick;
	bool tired;
	u64 begun;
	bool ripe;
	unsigned int intervals;
	u64 began;
	bool surveys;
	bool sees_devices;
	bool remote;
	bool whole;
	u32 reclaims;
	u32 woken;
	u64 others[HMT_TIERS_MAX];
	u32 alike[HMT_TIERS_MAX];
	u32 measured;
	u32 shut;
};

/**
 * struct hmt_census - pages of a workload
 * @in: input of policy: room of the tiers, and pages by tier and heat
 * @counts: pages by class, without those that hmtd can move
 * @nr_clean: pages that are clean
 * @skewed: huge pages of which a small part is clearly warmer than the rest
 * @rejoined: part of @skewed: huge pages that were split before and stay whole
 * @pte_mapped_thp: a huge page is mapped by page tables
 * @converged: address spaces with most of the pages were sampled often enough, and
 *	all of them were counted completely
 * @partial: an address space could not be counted completely
 * @evidence: pages by the number of samples behind their heat
 * @nr_pages: sum of @evidence
 * @next: address at which counting the present address space continues
 * @pages: pages of the present address space by tier
 * @weighed: part of @pages that is in @evidence, @sampled and @doubt
 * @sampled: HMT_HEAT_SAMPLES for each page that is counted
 * @doubt: that, divided by the samples of the page
 */
struct hmt_census {
	struct hmt_policy_in in;
	u64 counts[HMT_PAGE_CLASSES];
	u64 nr_clean;
	u64 skewed;
	u64 rejoined;
	bool pte_mapped_thp;
	bool converged;
	bool partial;
	u64 evidence[HMT_HEAT_SAMPLES + 1];
	u64 nr_pages;
	unsigned long next;
	u64 pages[HMT_TIERS_MAX];
	u64 weighed;
	u64 sampled;
	u64 doubt;
};

/**
 * struct hmt_view - one chunk of an address space, classified
 * @chunk: classes of the pages
 * @heat: heat of the pages, or NULL: all 0
 * @remote: pages of units that hmtd, or hmm as a whole, can move
 * @remote_heat: heat of the pages in @remote; one value for all pages of a unit
 * @by_parts: the chunk is a huge page that may be split; @remote_heat is the
 *	heat of each page
 * @split: the pages of that huge page move one by one
 * @mergeable: KSM merges the mapping
 * @bound: a memory policy of the mapping places its pages, so that they do not
 *	follow the process
 * @shared: pages that have several mappings in the workload
 * @advised: @advice is filled for the pages that are classified
 * @uniform: all pages of the chunk have the same advice
 * @advice: advice of the program for each page
 */
struct hmt_view {
	struct hmt_chunk chunk;
	const u8 *heat;
	DECLARE_BITMAP(remote, HMT_CHUNK_PAGES);
	u8 remote_heat[HMT_CHUNK_PAGES];
	bool by_parts;
	bool split;
	bool mergeable;
	bool bound;
	struct hmt_shared shared;
	bool advised;
	bool uniform;
	struct hmt_policy_advice advice[HMT_CHUNK_PAGES];
};

/**
 * struct hmt_selection_entry - a page to move, or a unit of pages
 * @addr: address of the first page
 * @from: index of the memory that they are on
 * @to: index of the destination
 * @pages: number of base pages
 * @reason: &enum hmt_move_reason
 */
struct hmt_selection_entry {
	unsigned long addr;
	u16 from;
	u16 to;
	u16 pages;
	u8 reason;
};

/**
 * struct hmt_selection - pages of one address space that are to move
 * @managed: address space
 * @direction: kind of move
 * @running: its process runs on a CPU that moving may interrupt
 * @single_threaded: the process has one thread, which may move pages itself
 * @tlb_friendly: hmtd runs and interrupts the process less than hmm does
 * @preferred: programs gave advice about tiers in the address space
 * @bounds: heat of pages that the verdicts may name
 * @begin: address at which the first fill of this pass began; 0: or a fill has
 *	reached the end of the address space
 * @end: end of the addresses that the next fill visits
 * @next: address at which the next fill continues
 * @pinned: pinned pages that the verdicts name, in this fill
 * @skipped: pages that may not go where the verdicts want them, in this fill
 * @planned: pages in @entries
 * @nr: number of entries
 * @entries: ascending addresses
 */
struct hmt_selection {
	struct hmt_mm *managed;
	enum hmt_direction direction;
	bool running;
	bool single_threaded;
	bool tlb_friendly;
	bool preferred;
	struct hmt_policy_bounds bounds;
	unsigned long begin;
	unsigned long end;
	unsigned long next;
	u64 pinned;
	u64 skipped;
	u64 planned;
	unsigned int nr;
	struct hmt_selection_entry entries[HMT_SELECTION_ENTRIES];
};

/**
 * struct hmt_execution - progress of the moves of a pass
 * @deadline: end of moving, ns
 * @over: the rate allows no more moves in this pass, or the engine has to stop
 * @remote_busy: hmtd takes no more plans in this pass
 * @full: memories that had no free page in this pass
 * @reason: reason of @batch
 * @from: index of the source of @batch
 * @to: index of its destination
 * @batch: pages that are gathered for one mover
 * @pages: base pages of each address in @batch
 * @total: sum of @pages
 */
struct hmt_execution {
	u64 deadline;
	bool over;
	bool remote_busy;
	DECLARE_BITMAP(full, HMT_GRAPH_MEMORIES_MAX);
	enum hmt_move_reason reason;
	unsigned int from;
	unsigned int to;
	struct hmt_batch batch;
	u16 pages[HMT_BATCH_PAGES];
	unsigned int total;
};

/* Measurements over which the rates of access are averaged: the last two of each part. */
#define HMT_STAR_PASSES		(2 * HMT_RATE_PARTS)

/**
 * struct hmt_star - rates of access of the last passes and surveys
 * @below: of tiers below the top, accesses per second, by number of the measurement
 * @all: of all tiers; 0: no measurement
 * @turn: number of the last one
 * @missed: number of measurements since that found no access
 * @heat: the share by heat in place of rates in the last census, in thousandths
 * @rates: scratch memory: rates by node
 *
 * Owned by the engine's thread.
 */
struct hmt_star {
	u64 below[HMT_STAR_PASSES];
	u64 all[HMT_STAR_PASSES];
	unsigned int turn;
	unsigned int missed;
	unsigned int heat;
	u64 rates[MAX_NUMNODES];
};

/**
 * struct hmt_load - load of the tiers
 * @generation: of the graph that they belong to
 * @measures: the last measurement was possible for some tier
 * @tiers: search for the share of each tier with a target
 *
 * Owned by the engine's thread.
 */
struct hmt_load {
	u64 generation;
	bool measures;
	struct hmt_policy_load tiers[HMT_TIERS_MAX];
};

/**
 * struct hmt_births_tier - births in a tier, as of the last look
 * @capacity: pages
 * @free: free pages
 * @foreign: pages that were to be there and are elsewhere, since boot
 * @entered: pages that moved there from other tiers, since the edges exist
 * @left: pages that moved away
 * @policy: state of policy
 */
struct hmt_births_tier {
	u64 capacity;
	u64 free;
	u64 foreign;
	u64 entered;
	u64 left;
	struct hmt_policy_births policy;
};

/**
 * struct hmt_births - births in the tiers
 * @generation: of the graph that they belong to; 0: none
 * @missed: pages on memories of each tier that were to be elsewhere, since boot
 * @tiers: by tier
 *
 * Owned by the engine's thread.
 */
struct hmt_births {
	u64 generation;
	u64 missed[HMT_TIERS_MAX];
	struct hmt_births_tier tiers[HMT_TIERS_MAX];
};

/**
 * struct hmt_engine - engine of a live workload
 * @settled: the last pass found every page in its place
 * @gain: small gains that wait, see hmt_policy_should_defer()
 * @interval: length of the passes
 * @survey: whether surveys take the place of samples
 * @pace: share of a CPU
 * @load: load of the tiers
 * @births: births in the tiers
 * @pass: inputs of the pass
 * @census: result of census
 * @verdicts: result of decide; select uses the quotas up
 * @held: quotas for later slices of the moves
 * @selection: result of select
 * @execution: progress of execute
 * @shares: pages that mappings share, during a pass
 * @view: scratch memory of census and select
 * @figures: scratch memory of account
 * @star: share of accesses below the top tier
 *
 * Owned by the engine's thread.
 */
struct hmt_engine {
	bool settled;
	u64 gain;
	struct hmt_interval interval;
	struct hmt_surveying survey;
	struct hmt_pace pace;
	struct hmt_load load;
	struct hmt_births births;
	struct hmt_pass pass;
	struct hmt_census census;
	struct hmt_policy_out verdicts;
	struct hmt_policy_held held;
	struct hmt_selection selection;
	struct hmt_execution execution;
	struct hmt_shares shares;
	struct hmt_view view;
	struct hmt_tier_stats figures[HMT_TIERS_MAX];
	struct hmt_star star;
};

/* engine.c */
int hmt_engine_main(void *engine);
bool hmt_engine_should_stop(void);
bool hmt_engine_pin(struct hmt_workload *workload, struct hmt_mm *managed);
void hmt_engine_renew(struct hmt_pass *pass);
bool hmt_engine_is_stale(const struct hmt_pass *pass);
void hmt_engine_note_walk(struct hmt_workload *workload,
			  struct hmt_mm *managed, int result);

/* collect.c */
u64 hmt_engine_cpu_ns(const struct hmt_workload *workload);
u64 hmt_engine_program_ns(const struct hmt_workload *workload);
u64 hmt_engine_paced_ns(const struct hmt_workload *workload);
u32 hmt_collect(struct hmt_pass *pass, struct hmt_interval *interval,
		struct hmt_surveying *surveying, bool settled, bool active);
u64 hmt_collect_survey(struct hmt_pass *pass, u64 step);
void hmt_collect_restart(const struct hmt_workload *workload);
void hmt_collect_sleep(u64 when, u64 least);

/* shares.c: pages that have several mappings in the workload. */
void hmt_shares_init(struct hmt_shares *shares);
void hmt_shares_gather(struct hmt_shares *shares, const struct hmt_pass *pass,
		       struct hmt_mm *managed);
void hmt_shares_drop(struct hmt_shares *shares);
void hmt_shares_look(const struct hmt_shares *shares, struct hmt_shared *shared,
		     const struct hmt_mm *managed,
		     const struct vm_area_struct *vma, unsigned long addr,
		     unsigned long end);

/* view.c: classification of a chunk, for census and select. */
void hmt_view_scan(struct hmt_view *view, const struct hmt_pass *pass,
		   struct hmt_mm *managed, struct vm_area_struct *vma,
		   unsigned long addr, unsigned long end, pmd_t pmd);
void hmt_view_scan_hugetlb(struct hmt_view *view, const struct hmt_pass *pass,
			   struct hmt_mm *managed, struct vm_area_struct *vma,
			   unsigned long addr, unsigned long end,
			   struct page *page);
void hmt_view_scan_selected(struct hmt_view *view, const struct hmt_pass *pass,
			    const struct hmt_selection *selection, bool all,
			    struct vm_area_struct *vma, unsigned long addr,
			    unsigned long end, pmd_t pmd);
void hmt_view_look_at_advice(struct hmt_view *view,
			     const struct hmt_graph *graph,
			     const struct mm_struct *mm, unsigned long addr,
			     unsigned long end);
bool hmt_view_is_skewed(const struct hmt_view *view, unsigned int index);
bool hmt_view_is_away(const struct hmt_view *view,
		      const struct hmt_mm *managed, unsigned int index);
int hmt_view_preferred(const struct hmt_view *view,
		       const struct hmt_policy_in *in, unsigned long addr,
		       unsigned int tier);

/* Return the heat of a page, in all mappings in the workload. */
static inline u8 hmt_view_heat(const struct hmt_view *view, unsigned int index)
{
	if (view->shared.any && view->shared.nr[index])
		return view->shared.heat[index];
	return view->heat ? view->heat[index] : 0;
}

/* Check whether other mappings in the workload share the page. */
static inline bool hmt_view_is_shared(const struct hmt_view *view,
				      unsigned int index)
{
	return view->shared.any && view->shared.nr[index] > 1;
}

/* Check whether a mover can move the page. */
static inline bool hmt_view_moves(const struct hmt_view *view,
				  unsigned int index)
{
	return view->chunk.class[index] == HMT_PAGE_MOVABLE ||
	       test_bit(index, view->remote);
}

/* candidate.c: memories of a level as destinations. */

/**
 * struct hmt_candidates - memories that are compared
 * @graph: graph
 * @tiers: bit mask of the tiers to which pages of the level may move home
 * @nodes: nodes that the pages may use
 * @home: home of the process, or NUMA_NO_NODE: room alone decides
 * @measured: their performance for CPUs is known, see
 *	hmt_memories_are_measured()
 * @full: memories that had no free page in this pass, or NULL
 */
struct hmt_candidates {
	const struct hmt_graph *graph;
	u32 tiers;
	nodemask_t nodes;
	int home;
	bool measured;
	const unsigned long *full;
};

void hmt_candidates_find_levels(struct hmt_pass *pass);
void hmt_candidates_begin(struct hmt_candidates *among,
			  const struct hmt_pass *pass,
			  const struct hmt_mm *managed, unsigned int index,
			  const unsigned long *full);
struct hmt_candidate hmt_candidate_of(const struct hmt_candidates *among,
				      unsigned int index);
struct hmt_candidate hmt_candidates_best(const struct hmt_candidates *among,
					 unsigned int index);
bool hmt_candidate_is_nearer(const struct hmt_candidate *to,
			     const struct hmt_candidate *from);
void hmt_candidates_find_away(const struct hmt_pass *pass,
			      struct hmt_mm *managed);

/* census.c */
u64 hmt_census_limit(const struct hmt_workload_config *config,
		     const char *tier);
void hmt_census_begin_tier(struct hmt_policy_tier *in,
			   const struct hmt_tier *tier,
			   const struct hmt_pass *pass);
void hmt_census_begin(struct hmt_census *census, const struct hmt_pass *pass);
void hmt_census_grant(struct hmt_census *census, const struct hmt_pass *pass);
void hmt_census_begin_mm(struct hmt_census *census,
			 const struct hmt_pass *pass, struct hmt_mm *managed);
void hmt_census_end(struct hmt_census *census);
void hmt_census_end_mm(struct hmt_census *census, const struct hmt_pass *pass,
		       struct hmt_mm *managed, bool whole);
int hmt_census_add(struct hmt_census *census, const struct hmt_pass *pass,
		   struct hmt_mm *managed, struct hmt_view *view);

/* hint.c: what a pass leaves to hint faults. */
void hmt_hint_want(const struct hmt_pass *pass, struct hmt_policy_in *in);
void hmt_hint_offer(const struct hmt_pass *pass,
		    struct hmt_policy_out *verdicts);
void hmt_hint_withdraw(struct hmt_workload *workload);

/* load.c */
void hmt_load_sleep(struct hmt_pass *pass, u64 when, u64 least);
bool hmt_load_is_uneven(const struct hmt_pass *pass);
void hmt_load_limit(const struct hmt_pass *pass, struct hmt_policy_in *in);

/* births.c */
void hmt_births_expect(struct hmt_births *births, const struct hmt_pass *pass,
		       struct hmt_policy_in *in);

/* room.c */
void hmt_room_reclaim(struct hmt_pass *pass, struct hmt_policy_in *in);
void hmt_room_make(struct hmt_pass *pass,
		   const struct hmt_policy_out *verdicts);
void hmt_room_end(const struct hmt_pass *pass);

/* decide.c */
void hmt_decide(const struct hmt_pass *pass, const struct hmt_policy_in *in,
		struct hmt_policy_out *verdicts);

/* select.c */
void hmt_select_begin(struct hmt_selection *selection, struct hmt_mm *managed,
		      enum hmt_direction direction);
bool hmt_select(struct hmt_selection *selection, const struct hmt_pass *pass,
		const struct hmt_census *census,
		struct hmt_policy_out *verdicts,
		const struct hmt_execution *execution, struct hmt_view *view);

/* execute.c */
void hmt_execute_begin(struct hmt_execution *execution, bool remote_busy);
bool hmt_execute(struct hmt_execution *execution, const struct hmt_pass *pass,
		 const struct hmt_selection *selection,
		 struct hmt_policy_out *verdicts);

/* account.c */
void hmt_account_pass(const struct hmt_pass *pass,
		      const struct hmt_census *census,
		      const struct hmt_policy_out *verdicts,
		      struct hmt_tier_stats *figures);
void hmt_account_rates(const struct hmt_pass *pass, struct hmt_star *star,
		       const struct hmt_tier_stats *figures);
void hmt_account_shares(const struct hmt_pass *pass, struct hmt_star *star,
			const struct hmt_policy_in *in,
			const struct hmt_tier_stats *figures);
void hmt_account_providers(struct hmt_workload *workload);
void hmt_account_selection(const struct hmt_pass *pass,
			   const struct hmt_selection *selection);
void hmt_account_moves(struct hmt_workload *workload,
		       enum hmt_direction direction,
		       const struct hmt_move_stats *moves);
unsigned int hmt_account_remote(struct hmt_workload *workload);
u64 hmt_account_moved(const struct hmt_pass *pass);

#endif /* _HMT_PASS_H */
