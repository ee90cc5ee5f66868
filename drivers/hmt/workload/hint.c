// SPDX-License-Identifier: GPL-2.0
/*
 * Hint faults of the kernel's NUMA balancing. The kernel marks pages and asks in
 * the fault that follows whether to move the page. For a managed process HMT
 * answers: a page that proves hot moves at once, with the room and the rate that
 * the last pass left; another one stays.
 *
 * A fault runs under the lock of a page table. Nothing here takes a lock that can
 * be contended, allocates, or visits more than one page: the engine publishes
 * what a fault needs, and counters that only grow bound what faults take until
 * the next pass.
 */
#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/export.h>
#include <linux/hmt_internal.h>
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/seqlock.h>
#include <linux/string.h>
#include "hmt.h"
#include "graph/graph.h"
#include "policy/policy.h"
#include "page/page.h"
#include "heat/heat.h"
#include "workload.h"

void hmt_hints_init(struct hmt_hints *hints)
{
	seqcount_init(&hints->seq);
}

/* Reset the state of the previous start; no process is managed. */
void hmt_hints_reset(struct hmt_hints *hints)
{
	memset(hints, 0, sizeof(*hints));
	hmt_hints_init(hints);
}

/* Begin a census: it counts the pages that have moved by now. */
void hmt_hints_mark(struct hmt_hints *hints)
{
	unsigned int i;

	hints->promoted_before = atomic64_read(&hints->promoted);
	for (i = 0; i < HMT_TIERS_MAX; i++)
		hints->taken_before[i] = atomic64_read(&hints->taken[i]);
	memset(hints->wanted, 0, sizeof(hints->wanted));
	memset(hints->lent, 0, sizeof(hints->lent));
}

/*
 * Add the pages that were refused since the last call to the demand for tiers. A
 * page is refused again and again, so a tier makes room for one huge page or up
 * to its high watermark.
 */
void hmt_hints_want(struct hmt_hints *hints, struct hmt_policy_in *in)
{
	unsigned int i;

	for (i = 0; i < in->nr_tiers; i++) {
		s64 refused = atomic64_read(&hints->refused[i]);
		u64 most = max_t(u64, in->tiers[i].high, HMT_CHUNK_PAGES);

		hints->wanted[i] = min_t(u64, most,
					 refused - hints->refused_before[i]);
		hints->refused_before[i] = refused;
		in->tiers[i].demand += hints->wanted[i];
		/* Their room is for own pages, so that guaranteed ones leave. */
		hints->lent[i] = min(in->tiers[i].protect, hints->wanted[i]);
		in->tiers[i].protect -= hints->lent[i];
	}
}

static void hmt_hints_write(struct hmt_hints *hints, u64 generation,
			    const u32 *alike,
			    const struct hmt_policy_hints *offer)
{
	unsigned int i;

	hints->generation = generation;
	hints->budget = hints->promoted_before +
			(s64)min_t(u64, offer->budget, S64_MAX / 2);
	for (i = 0; i < HMT_TIERS_MAX; i++) {
		hints->above[i] = offer->above[i];
		hints->alike[i] = alike[i];
		hints->least[i] = offer->least[i];
		hints->until[i] = hints->taken_before[i] +
				  (s64)min_t(u64, offer->room[i], S64_MAX / 2);
	}
}

/*
 * Offer what the pass leaves whose census hmt_hints_mark() began, for the graph
 * of @generation. Caller holds the config_lock.
 */
void hmt_hints_offer(struct hmt_workload *workload, u64 generation,
		     const u32 *alike, const struct hmt_policy_hints *offer)
{
	struct hmt_hints *hints = &workload->hints;

	lockdep_assert_held(&workload->config_lock);
	preempt_disable();
	write_seqcount_begin(&hints->seq);
	hmt_hints_write(hints, generation, alike, offer);
	write_seqcount_end(&hints->seq);
	preempt_enable();
}

/*
 * Offer nothing: pages stay where they are until the next pass, or the kernel answers
 * if promote_in_fault is off or there is no graph. Caller holds the config_lock.
 */
void hmt_hints_withdraw(struct hmt_workload *workload)
{
	struct hmt_hints *hints = &workload->hints;

	lockdep_assert_held(&workload->config_lock);
	preempt_disable();
	write_seqcount_begin(&hints->seq);
	hints->generation = 0;
	write_seqcount_end(&hints->seq);
	preempt_enable();
}

/**
 * struct hmt_hint_case - a fault that is being answered
 * @hint: the fault
 * @managed: its address space, under RCU
 * @workload: workload of @managed
 * @graph: live graph
 * @from: tier of the page
 * @heat: heat of the page, with the evidence of the fault
 * @above: tiers from which @from can be reached
 * @alike: tiers of the level of @from
 * @budget: see &struct hmt_hints
 * @until: the same
 * @least: the same
 */
struct hmt_hint_case {
	const struct hmt_hint *hint;
	struct hmt_mm *managed;
	struct hmt_workload *workload;
	const struct hmt_graph *graph;
	unsigned int from;
	u8 heat;
	u32 above;
	u32 alike;
	s64 budget;
	s64 until[HMT_TIERS_MAX];
	u16 least[HMT_TIERS_MAX];
};

/* Read the offer of the last pass. Return false if there is none. */
static bool hmt_hint_read(struct hmt_hint_case *this)
{
	const struct hmt_hints *hints = &this->workload->hints;
	unsigned int seq;
	bool valid;

	do {
		seq = read_seqcount_begin(&hints->seq);
		valid = hints->generation == this->graph->generation;
		this->above = hints->above[this->from];
		this->alike = hints->alike[this->from];
		this->budget = hints->budget;
		memcpy(this->until, hints->until, sizeof(this->until));
		memcpy(this->least, hints->least, sizeof(this->least));
	} while (read_seqcount_retry(&hints->seq, seq));
	return valid;
}

/* Return the sampling interval in ms. */
static unsigned int hmt_hint_interval(const struct hmt_workload *workload)
{
	const struct hmt_workload_config *config = &workload->config;

	return max(READ_ONCE(config->interval_ms) /
		   READ_ONCE(config->samples), 1U);
}

/* Return the heat of the first mapped page as of the last sample. */
static u8 hmt_hint_known_heat(struct hmt_mm *managed, unsigned long addr)
{
	const u8 *chunk = hmt_heat_map_chunk(&managed->heat, addr);
	u8 heat;

	if (!chunk)
		return 0;
	heat = READ_ONCE(chunk[hmt_chunk_index(addr)]);
	/* The chunk was freed in the meantime and may have been reused. */
	return hmt_heat_map_chunk(&managed->heat, addr) == chunk ? heat : 0;
}

static u8 hmt_hint_heat(const struct hmt_hint_case *this)
{
	const struct hmt_hint *hint = this->hint;
	u8 heat = hmt_hint_known_heat(this->managed, hint->addr);

	if (hint->latency < 0)
		return heat;
	return hmt_policy_hint_heat(heat, hint->latency,
				    hmt_hint_interval(this->workload));
}

/* Add @pages to @taken if that does not exceed @until. */
static bool hmt_hint_take(atomic64_t *taken, s64 until, unsigned int pages)
{
	s64 old = atomic64_read(taken);

	do {
		if (old + pages > until)
			return false;
	} while (!atomic64_try_cmpxchg(taken, &old, old + pages));
	return true;
}

/* Take room in @tier, and within the limit of the workload. */
static bool hmt_hint_take_room(const struct hmt_hint_case *this,
			       unsigned int tier)
{
	struct hmt_hints *hints = &this->workload->hints;
	struct mm_struct *mm = this->hint->mm;
	unsigned int pages = this->hint->pages;
	u64 granted;

	if (!hmt_hint_take(&hints->taken[tier], this->until[tier], pages))
		return false;
	granted = hmt_arrivals_charge(mm, this->graph->generation, tier, pages);
	if (granted == pages)
		return true;
	hmt_arrivals_uncharge(mm, granted);
	atomic64_sub(pages, &hints->taken[tier]);
	return false;
}

/* Take rate and room for a move to @tier, which is @from for a move home. */
static bool hmt_hint_charge(const struct hmt_hint_case *this,
			    unsigned int tier)
{
	struct hmt_hints *hints = &this->workload->hints;
	unsigned int pages = this->hint->pages;

	if (!hmt_hint_take(&hints->promoted, this->budget, pages))
		return false;
	if (tier == this->from || hmt_hint_take_room(this, tier))
		return true;
	atomic64_sub(pages, &hints->promoted);
	return false;
}

/* Return the tier of a node, or a number below 0. */
static int hmt_hint_tier(const struct hmt_hint_case *this, int nid)
{
	return this->graph->tier_of[hmt_graph_memory(this->graph, nid)];
}

/* Promote the page to @nid in @tier. Return false if it may not move there. */
static bool hmt_hint_try(const struct hmt_hint_case *this, unsigned int tier,
			 int nid)
{
	return nid != NUMA_NO_NODE && hmt_hint_tier(this, nid) == (int)tier &&
	       this->heat >= this->least[tier] && hmt_hint_charge(this, tier);
}

/* As hmt_hint_try(), to the node that the last census found. */
static int hmt_hint_try_tier(const struct hmt_hint_case *this,
			     unsigned int tier)
{
	int nid = READ_ONCE(this->managed->hint_to[tier]);

	return hmt_hint_try(this, tier, nid) ? nid : NUMA_NO_NODE;
}

/*
 * Return the node to which a page moves that a memory policy may place: the one
 * that the kernel wants, or NUMA_NO_NODE.
 */
static int hmt_hint_rise_bound(const struct hmt_hint_case *this, int kernel)
{
	int tier = kernel == NUMA_NO_NODE ? -1 : hmt_hint_tier(this, kernel);

	if (tier < 0 || !(this->above & BIT(tier)))
		return NUMA_NO_NODE;
	return hmt_hint_try(this, tier, kernel) ? kernel : NUMA_NO_NODE;
}

/*
 * Count a hot page that found no room in the highest tier that has a node for it.
 * One that may not move for another reason makes no page leave: the process may
 * use no node above, or the rate is used up.
 */
static void hmt_hint_refuse(const struct hmt_hint_case *this)
{
	struct hmt_hints *hints = &this->workload->hints;
	unsigned int tier, pages = this->hint->pages;
	unsigned long above = this->above;

	if (this->heat < HMT_POLICY_HOT ||
	    atomic64_read(&hints->promoted) + pages > this->budget)
		return;
	for_each_set_bit(tier, &above, this->graph->nr_tiers)
		if (READ_ONCE(this->managed->hint_to[tier]) != NUMA_NO_NODE) {
			atomic64_add(pages, &hints->refused[tier]);
			return;
		}
}

/*
 * Return the node to which a page below the top moves, the highest tier first,
 * and in its level the one of the home; or NUMA_NO_NODE.
 */
static int hmt_hint_rise(const struct hmt_hint_case *this)
{
	unsigned long above = this->above;
	unsigned int tier, home;
	int nid;

	for_each_set_bit(tier, &above, this->graph->nr_tiers) {
		home = READ_ONCE(this->managed->toward[tier]);
		nid = NUMA_NO_NODE;
		if (home != tier && home < HMT_TIERS_MAX && above & BIT(home))
			nid = hmt_hint_try_tier(this, home);
		if (nid == NUMA_NO_NODE)
			nid = hmt_hint_try_tier(this, tier);
		if (nid != NUMA_NO_NODE)
			return nid;
	}
	hmt_hint_refuse(this);
	return NUMA_NO_NODE;
}

/*
 * Return the node of the same level to which a page of the top moves: to the home
 * of the process. Without a clear home, the kernel knows the CPU that used it.
 */
static int hmt_hint_go_home(const struct hmt_hint_case *this, int kernel)
{
	const struct hmt_mm *managed = this->managed;
	unsigned int tier = READ_ONCE(managed->toward[this->from]);
	int nid, to = kernel == NUMA_NO_NODE ? -1 : hmt_hint_tier(this, kernel);

	if (!READ_ONCE(managed->home_sure))
		return to >= 0 && this->alike & BIT(to) &&
				       hmt_hint_charge(this, to) ?
			       kernel :
			       NUMA_NO_NODE;
	if (this->hint->bound || this->heat < HMT_POLICY_AWAY ||
	    !hmt_mm_is_away(managed, this->hint->nid) || tier >= HMT_TIERS_MAX)
		return NUMA_NO_NODE;
	nid = READ_ONCE(managed->hint_to[tier]);
	/* The census changes one member after the other: @nid may be the page's. */
	if (nid == NUMA_NO_NODE || nid == this->hint->nid ||
	    hmt_hint_tier(this, nid) != (int)tier ||
	    !hmt_hint_charge(this, tier))
		return NUMA_NO_NODE;
	return nid;
}

/* Return the node that the page moves to, or NUMA_NO_NODE. */
static int hmt_hint_choose(const struct hmt_hint_case *this, int kernel)
{
	const struct hmt_hint *hint = this->hint;

	if (hmt_advice_may_have(hint->mm, hint->addr, hint->end))
		return NUMA_NO_NODE;
	if (!this->above)
		return hmt_hint_go_home(this, kernel);
	return hint->bound ? hmt_hint_rise_bound(this, kernel) :
			     hmt_hint_rise(this);
}

static enum hmt_hint_answer hmt_hint_answer(struct hmt_hint_case *this,
					    int *nid)
{
	struct hmt_hints *hints = &this->workload->hints;
	int tier = hmt_hint_tier(this, this->hint->nid), kernel = *nid;

	if (tier < 0)
		return HMT_HINT_KERNEL;
	this->from = tier;
	*nid = NUMA_NO_NODE;
	/* Limits and exclusions hold before a pass has seen a change as well. */
	if (hmt_hint_read(this)) {
		this->heat = hmt_hint_heat(this);
		*nid = hmt_hint_choose(this, kernel);
	}
	if (*nid != NUMA_NO_NODE)
		return HMT_HINT_MOVED;
	if (kernel != NUMA_NO_NODE)
		atomic64_add(this->hint->pages, &hints->kept);
	return HMT_HINT_KEPT;
}

/**
 * hmt_hint_decide() - answer a hint fault of the kernel
 * @hint: the fault
 * @nid: node that the kernel wants to move the page to, or NUMA_NO_NODE;
 *	replaced by the answer
 *
 * The time is bounded by the number of tiers. The rate, the room and the limit
 * are taken when the answer is a node, whether or not the kernel then succeeds.
 *
 * Context: page fault, page table lock held.
 * Return: kind of the answer.
 */
enum hmt_hint_answer hmt_hint_decide(const struct hmt_hint *hint, int *nid)
{
	enum hmt_hint_answer answer = HMT_HINT_KERNEL;
	struct hmt_hint_case this = { .hint = hint };
	const struct hmt_workload_config *config;
	struct hmt_graph *graph = NULL;

	rcu_read_lock();
	this.managed = hmt_mm_lookup(hint->mm);
	if (this.managed) {
		this.workload = hmt_workload_of(this.managed);
		config = &this.workload->config;
		if (READ_ONCE(config->promote_in_fault) &&
		    !READ_ONCE(config->dry_run))
			graph = hmt_graph_get();
	}
	this.graph = graph;
	if (graph)
		answer = hmt_hint_answer(&this, nid);
	hmt_graph_put(graph);
	rcu_read_unlock();
	return answer;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_hint_decide);

/* Return the score of a fault: up to four hits for one right after the mark. */
static unsigned int hmt_hint_score(const struct hmt_hint *hint,
				   unsigned int interval)
{
	if (hint->latency < 0)
		return HMT_SCORE_HIT;
	return max_t(unsigned int, 1,
		     hmt_policy_hint_heat(0, hint->latency, interval));
}

/**
 * hmt_hint_report() - add a hint fault to the heat of its page
 * @provider: the provider that saw it
 * @hint: the fault
 *
 * The score grows with the rate of access, for which the latency stands.
 *
 * Context: page fault, page table lock held, while @provider is registered.
 * Return: true if a live workload manages the process and uses @provider.
 */
bool hmt_hint_report(const struct hmt_provider *provider,
		     const struct hmt_hint *hint)
{
	const struct hmt_mm *managed;
	unsigned int interval = 0;

	rcu_read_lock();
	managed = hmt_mm_lookup(hint->mm);
	if (managed)
		interval = hmt_hint_interval(hmt_workload_of(managed));
	rcu_read_unlock();
	return interval &&
	       hmt_report_range(provider, hint->mm, hint->addr, hint->end,
				hmt_hint_score(hint, interval)) != -ESRCH;
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_hint_report);
