/* SPDX-License-Identifier: GPL-2.0 */
/* workload/: managed processes, their settings, and state for other readers. */
#ifndef _HMT_WORKLOAD_H
#define _HMT_WORKLOAD_H

#include <linux/atomic.h>
#include <linux/hmt_internal.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/seqlock.h>
#include <linux/types.h>
#include <linux/xarray.h>
#include <uapi/linux/hmt.h>
#include "lib/lib.h"
#include "policy/policy.h"
#include "heat/heat.h"
#include "move/move.h"

struct cgroup;
struct hmt_engine;
struct hmt_graph;
struct hmt_policy_in;
struct hmt_policy_out;
struct hmt_workload;
struct hmt_workload_stats;
struct task_struct;

/* Processes of a workload. */

/* Result of the last search for the cgroup of a workload. */
enum hmt_cgroup_state {
	HMT_CGROUP_FOUND,
	HMT_CGROUP_ABSENT,
	HMT_CGROUP_THREADED
};

/**
 * struct hmt_tasks - processes of a workload
 * @pids: tagged &struct pid by hmt_task_entry_index(): configured by the
 *	administrator, or a child of another member
 * @cgroup: path of the root of a cgroup v2 subtree from the root of the
 *	hierarchy, or NULL
 * @live: entry in the list of live workloads
 * @owned: &struct pid of the processes that the workload owns, by the same
 *	index; empty unless live
 * @foreign: number of its processes that other workloads own
 * @cgroup_state: whether @cgroup was found, or is not set
 * @root: cgroup at @cgroup; used during a search
 * @adopts: the process at hand is a child that is not in @pids; used during a
 *	search
 *
 * Protected by hmt_tasks_lock.
 */
struct hmt_tasks {
	struct xarray pids;
	char *cgroup;
	struct list_head live;
	struct xarray owned;
	unsigned int foreign;
	enum hmt_cgroup_state cgroup_state;
	struct cgroup *root;
	bool adopts;
};

void hmt_tasks_init(struct hmt_tasks *tasks);
void hmt_tasks_destroy(struct hmt_tasks *tasks);
bool hmt_tasks_empty(const struct hmt_tasks *tasks);
int hmt_tasks_set_pids(struct hmt_tasks *tasks, const char *text);
int hmt_tasks_show_pids(const struct hmt_tasks *tasks, char *buf);
int hmt_tasks_set_cgroup(struct hmt_tasks *tasks, const char *text);
int hmt_tasks_show_cgroup(const struct hmt_tasks *tasks, char *buf);
int hmt_tasks_show_reason(const struct hmt_tasks *tasks,
			  const struct hmt_workload_stats *stats, char *buf);
void hmt_tasks_refresh(struct hmt_workload *workload, u64 max_age);

/* Assignment of processes to live workloads. */

void hmt_owners_add(struct hmt_tasks *tasks);
void hmt_owners_remove(struct hmt_tasks *tasks);

/* Demand for tiers in which other workloads have colder pages. */

/**
 * struct hmt_demand - demand of one workload, by tier
 * @link: entry in the list of all live workloads
 * @generation: generation of the graph whose tiers the others refer to
 * @pages: number of hot pages without room that others have not yielded
 * @owed: part of @pages that is guaranteed
 * @claims: number of hot pages without room that are guaranteed
 * @protect: number of pages that are guaranteed
 * @used: number of all pages
 *
 * Protected by a lock in demand.c.
 */
struct hmt_demand {
	struct list_head link;
	u64 generation;
	u64 pages[HMT_TIERS_MAX];
	u64 owed[HMT_TIERS_MAX];
	u64 claims[HMT_TIERS_MAX];
	u64 protect[HMT_TIERS_MAX];
	u64 used[HMT_TIERS_MAX];
};

void hmt_demand_add(struct hmt_demand *demand);
void hmt_demand_remove(struct hmt_demand *demand);
void hmt_demand_enter(struct hmt_demand *demand, u64 generation,
		      const struct hmt_policy_in *in);
void hmt_demand_read(const struct hmt_demand *demand, u64 generation,
		     struct hmt_policy_in *in);
void hmt_demand_publish(struct hmt_demand *demand, u64 generation,
			const struct hmt_policy_out *out);
void hmt_demand_drop(struct hmt_demand *demand);

/* Workloads: processes that are managed under one policy. */

/**
 * enum hmt_workload_state - state of a workload
 * @HMT_WORKLOAD_STOPPED: not live
 * @HMT_WORKLOAD_RUNNING: live, with processes
 * @HMT_WORKLOAD_PAUSED: live, but there is no graph
 * @HMT_WORKLOAD_WAITING: live, without a process to manage
 * @HMT_WORKLOAD_STATES: number of states
 */
enum hmt_workload_state {
	HMT_WORKLOAD_STOPPED,
	HMT_WORKLOAD_RUNNING,
	HMT_WORKLOAD_PAUSED,
	HMT_WORKLOAD_WAITING,
	HMT_WORKLOAD_STATES
};

/**
 * struct hmt_sizes - sizes by tier
 * @nr: number of entries in @of
 * @of: tiers and sizes
 */
struct hmt_sizes {
	unsigned int nr;
	struct hmt_limit_spec of[HMT_TIERS_MAX];
};

/**
 * struct hmt_workload_config - settings of a workload
 * @interval_ms: length of a pass in ms
 * @interval_min_ms: lower bound for shortening a pass in ms; 0 disables it
 * @interval_max_ms: upper bound for lengthening a pass in ms; 0 disables it
 * @samples: number of samples in a round
 * @mib_per_s: rate limit in MiB/s by &enum hmt_direction, or HMT_RATE_MAX
 * @dry_run: plan and count, but do not move
 * @promote_in_fault: answer hint faults of the kernel, if the provider hintfault
 *	sees them
 * @spread_load: share heat between tiers where the faster one is slow under load
 * @nr_providers: number of entries in @providers
 * @providers: providers and their weights; frozen while the workload is live
 * @limits: upper bounds of memory by tier
 * @protect: guaranteed memory by tier
 */
struct hmt_workload_config {
	u32 interval_ms;
	u32 interval_min_ms;
	u32 interval_max_ms;
	u32 samples;
	u64 mib_per_s[HMT_DIRECTIONS];
	bool dry_run;
	bool promote_in_fault;
	bool spread_load;
	unsigned int nr_providers;
	struct hmt_provider_spec providers[HMT_PROVIDERS_MAX];
	struct hmt_sizes limits;
	struct hmt_sizes protect;
};

/* Counters of the last pass for one tier. */
struct hmt_tier_stats {
	char name[HMT_NAME_MAX + 1];
	u64 pages;
	u64 limit;
	u64 protect;
	u64 hot;
	u16 promote_min;
	u16 demote_max;
	u32 above;
	u64 histogram[16];
};

/**
 * struct hmt_workload_stats - counters since the last start
 * @processes: number of managed mms
 * @foreign: number of processes of the workload that others manage
 * @passes: passes completed
 * @samples: samples completed
 * @moved: pages moved, by &enum hmt_direction
 * @planned: pages in plans
 * @failed: pages that a batch failed to move
 * @expired: pages that hmtd did not move in time
 * @skipped_huge: pages in huge pages that no mover can move, last pass
 * @huge_skewed: skewed huge pages, last pass
 * @huge_rejoined: part of @huge_skewed: split before, so left whole for now
 * @skipped_file: as @skipped_huge for pages of files and shared memory
 * @skipped_mergeable: as @skipped_huge for pages in mappings that KSM merges
 * @skipped_shared: pages that other processes may map, last pass: anonymous ones
 *	after fork, and those of files with mappings outside the workload
 * @skipped_hugetlb: base pages of hugetlb, last pass
 * @skipped_excluded: pages in excluded ranges, last pass
 * @skipped_pinned: planned pages that were pinned
 * @skipped_policy: planned pages whose destination is not permitted
 * @skipped_locked: visits of processes that were left out or cut short, because
 *	another task held the mmap lock
 * @demand: hot pages without room in a tier, last pass
 * @yielded: pages that left a tier for hot pages of other workloads
 * @star_permille: share of accesses below the top tier, an estimate
 * @strr_permille: share of pages below the top tier, last pass
 * @returned: pages that were promoted and demoted, or the reverse, in a minute
 * @scan_ns: time in ns for calling providers
 * @plan_ns: time in ns for census, policy and plans
 * @move_ns: time in ns for moving
 * @cpu_ns: total CPU time of the engine in ns
 * @surveys: surveys completed, see engine/survey.c
 * @program_ns: estimated cost of samples for the programs, ns
 * @heat_bytes: memory of the heat maps in bytes
 * @interval_ms: length of the next pass in ms
 * @sample_pages: largest number of accessed pages in a sample of the last pass
 * @margin: least difference of expected heat for which the last pass exchanged pages
 * @load_permille: share of heat that the tier with the least may have under its load;
 *	1000: none has a limit
 * @clean: pages that CPUs did not write since they were mapped or cleaned, last
 *	pass
 *
 * Written by the engine's thread only; read with READ_ONCE() elsewhere.
 */
struct hmt_workload_stats {
	u64 processes;
	u64 foreign;
	u64 passes;
	u64 samples;
	u64 moved[HMT_DIRECTIONS];
	u64 planned;
	u64 failed;
	u64 expired;
	u64 skipped_huge;
	u64 huge_skewed;
	u64 huge_rejoined;
	u64 skipped_file;
	u64 skipped_mergeable;
	u64 skipped_shared;
	u64 skipped_hugetlb;
	u64 skipped_excluded;
	u64 skipped_pinned;
	u64 skipped_policy;
	u64 skipped_locked;
	u64 demand;
	u64 yielded;
	u64 star_permille;
	u64 strr_permille;
	u64 returned;
	u64 scan_ns;
	u64 plan_ns;
	u64 move_ns;
	u64 cpu_ns;
	u64 program_ns;
	u64 surveys;
	u64 heat_bytes;
	u64 interval_ms;
	u64 sample_pages;
	u64 margin;
	u64 load_permille;
	u64 clean;
};

/* Add to a counter that only this thread writes. */
static inline void hmt_stat_add(u64 *counter, u64 value)
{
	WRITE_ONCE(*counter, *counter + value);
}

/**
 * struct hmt_hints - what hint faults may promote until the next pass
 * @seq: protects the members down to @least. Readers may not sleep; the writer
 *	holds &hmt_workload.config_lock, and cannot be preempted
 * @generation: generation of the graph that tiers refer to; 0: hint faults keep
 *	the answer of the kernel
 * @above: bit mask of the tiers from which a tier can be reached
 * @alike: bit mask of the tiers of the level of each tier
 * @budget: @promoted at which the rate is used up
 * @until: @taken of a tier at which its room is used up
 * @least: least heat of pages that a tier takes
 * @promoted: pages that the kernel was asked to promote
 * @kept: pages that the kernel wanted to move and HMT kept
 * @taken: part of @promoted for each tier
 * @refused: hot pages that found no room in a tier
 * @promoted_before: @promoted when the census began; used by the engine only,
 *	as those below
 * @taken_before: @taken at that time
 * @refused_before: @refused when the last pass read it
 * @wanted: pages that were refused between the last two passes
 * @lent: guaranteed pages that may leave for those of @wanted
 */
struct hmt_hints {
	seqcount_t seq;
	u64 generation;
	u32 above[HMT_TIERS_MAX];
	u32 alike[HMT_TIERS_MAX];
	s64 budget;
	s64 until[HMT_TIERS_MAX];
	u16 least[HMT_TIERS_MAX];
	atomic64_t promoted;
	atomic64_t kept;
	atomic64_t taken[HMT_TIERS_MAX];
	atomic64_t refused[HMT_TIERS_MAX];
	s64 promoted_before;
	s64 taken_before[HMT_TIERS_MAX];
	s64 refused_before[HMT_TIERS_MAX];
	u64 wanted[HMT_TIERS_MAX];
	u64 lent[HMT_TIERS_MAX];
};

/**
 * struct hmt_workload - a workload
 * @name: name
 * @lock: serialises start, stop and changes of settings frozen while live
 * @config_lock: protects @config, changes of @mms, @tiers and @providers; the
 *	engine takes it as well, so it must not be held while waiting for the
 *	engine
 * @config: settings
 * @tasks: processes
 * @task: engine's thread, or NULL if stopped
 * @state: state, for display only
 * @mms: list of &struct hmt_mm; used by the engine only
 * @sessions: provider sessions
 * @buckets: rate limits by &enum hmt_direction; used by the engine only
 * @engine: state of the engine, or NULL if stopped
 * @demand: demand of this workload
 * @remote: plans for hmtd
 * @arrived: pages that programs moved since a census began, see arrivals.c
 * @arrived_before: those of them that the census of this pass counts; used by
 *	the engine only
 * @stats: counters
 * @sampled: samples that heat is made of, all but those of surveys; written by
 *	the engine only
 * @providers: counters of providers, in the order of
 *	&hmt_workload_config.providers
 * @nr_tiers: number of entries in @tiers
 * @tiers: census and verdicts of the last pass, by the index of the tier
 * @generation: generation of the graph of that pass
 * @hints: what hint faults may promote
 * @tiers_seq: protects @nr_tiers, @tiers and @generation for readers without
 *	@config_lock. They may not sleep: on PREEMPT_RT, readers of a
 *	seqcount_mutex_t take the mutex. The writer, which holds @config_lock,
 *	has interrupts off, as readers may.
 */
struct hmt_workload {
	char name[HMT_NAME_MAX + 1];
	struct mutex lock;
	struct mutex config_lock;
	struct hmt_workload_config config;
	struct hmt_tasks tasks;
	struct task_struct *task;
	enum hmt_workload_state state;
	struct list_head mms;
	struct hmt_sessions sessions;
	struct hmt_bucket buckets[HMT_DIRECTIONS];
	struct hmt_engine *engine;
	struct hmt_demand demand;
	struct hmt_remote_client remote;
	atomic64_t arrived;
	s64 arrived_before;
	struct hmt_workload_stats stats;
	u64 sampled;
	struct hmt_provider_stats providers[HMT_PROVIDERS_MAX];
	unsigned int nr_tiers;
	struct hmt_tier_stats tiers[HMT_TIERS_MAX];
	u64 generation;
	struct hmt_hints hints;
	seqcount_t tiers_seq;
};

/* Return the workload that manages @managed. */
static inline struct hmt_workload *hmt_workload_of(const struct hmt_mm *managed)
{
	return container_of(managed->sessions, struct hmt_workload, sessions);
}

/* Guarantees where pages make room between two passes. */

void hmt_protect_find(const struct mm_struct *mm, const struct mm_struct *other,
		      const struct hmt_graph *graph, unsigned int index,
		      struct hmt_policy_part *part);

/* Limits for pages that programs move themselves. */

u64 hmt_arrivals_charge(const struct mm_struct *mm, u64 generation,
			unsigned int index, u64 pages);
void hmt_arrivals_uncharge(const struct mm_struct *mm, u64 pages);
void hmt_arrivals_mark(struct hmt_workload *workload);
void hmt_arrivals_settle(struct hmt_workload *workload);

/* Hint faults of the kernel, which promote pages between two passes. */

void hmt_hints_init(struct hmt_hints *hints);
void hmt_hints_reset(struct hmt_hints *hints);
void hmt_hints_mark(struct hmt_hints *hints);
void hmt_hints_want(struct hmt_hints *hints, struct hmt_policy_in *in);
void hmt_hints_offer(struct hmt_workload *workload, u64 generation,
		     const u32 *alike, const struct hmt_policy_hints *offer);
void hmt_hints_withdraw(struct hmt_workload *workload);

struct hmt_workload *hmt_workload_create(const char *name);
void hmt_workload_destroy(struct hmt_workload *workload);
bool hmt_workload_is_live(const struct hmt_workload *workload);
int hmt_workload_check(struct hmt_workload *workload);
bool hmt_sizes_equal(const struct hmt_sizes *sizes,
		     const struct hmt_sizes *other);
void hmt_workload_reset(struct hmt_workload *workload);
int hmt_workload_set_limits(struct hmt_workload *workload, const char *text);
int hmt_workload_set_protect(struct hmt_workload *workload, const char *text);
int hmt_workload_set_providers(struct hmt_workload *workload,
			       const char *text);
int hmt_workload_set_promote_in_fault(struct hmt_workload *workload, bool on);

/* State of a live workload for readers other than its engine. */

/**
 * struct hmt_snapshot - state of one chunk at one moment
 * @managed: a live workload manages the process
 * @known: the mm is warmed up
 * @away: nodes from which hot pages move to a nearer memory of the same tier
 * @nr_tiers: number of entries in @tiers; 0 before the first decision
 * @generation: generation of the graph of the last pass
 * @tiers: census and verdicts of the last pass
 * @heat: heat by page of the chunk
 */
struct hmt_snapshot {
	bool managed;
	bool known;
	nodemask_t away;
	unsigned int nr_tiers;
	u64 generation;
	struct hmt_tier_stats tiers[HMT_TIERS_MAX];
	u8 heat[HMT_CHUNK_PAGES];
};

void hmt_snapshot_read(struct hmt_snapshot *snapshot,
		       const struct mm_struct *mm, unsigned long addr);
enum hmt_why hmt_snapshot_judge(const struct hmt_snapshot *snapshot,
				u64 generation, unsigned int tier, u32 uid,
				u8 heat);

#endif /* _HMT_WORKLOAD_H */
