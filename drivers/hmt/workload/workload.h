/* SPDX-License-Identifier: GPL-2.0 */
/* workload/: managed processes, their settings, and the state that others read. */
#ifndef _HMT_WORKLOAD_H
#define _HMT_WORKLOAD_H

#include <linux/hmt.h>
#include <linux/list.h>
#include <linux/mutex.h>
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
struct task_struct;

/* Which processes belong to a workload. */

/**
 * struct hmt_tasks - which processes belong to a workload
 * @pids: tagged &struct pid by hmt_task_entry_index(): named by the administrator,
 *	or a child of a member
 * @cgroup: root of a cgroup v2 subtree, or NULL
 *
 * Under hmt_workload.config_lock.
 */
struct hmt_tasks {
	struct xarray pids;
	struct cgroup *cgroup;
};

void hmt_tasks_init(struct hmt_tasks *tasks);
void hmt_tasks_destroy(struct hmt_tasks *tasks);
bool hmt_tasks_empty(const struct hmt_tasks *tasks);
int hmt_tasks_set_pids(struct hmt_tasks *tasks, const char *text);
int hmt_tasks_show_pids(const struct hmt_tasks *tasks, char *buf);
int hmt_tasks_set_cgroup(struct hmt_tasks *tasks, const char *path);
unsigned int hmt_tasks_refresh(struct hmt_tasks *tasks, struct list_head *mms,
			       struct hmt_sessions *sessions);

/* What workloads want of tiers in which others have pages that are colder. */

/**
 * struct hmt_demand - what one workload wants
 * @link: in the list of all, while the workload is live
 * @generation: graph whose tiers @pages is about
 * @pages: hot pages that found no room, by tier
 *
 * Protected by a lock of demand.c.
 */
struct hmt_demand {
	struct list_head link;
	u64 generation;
	u64 pages[HMT_TIERS_MAX];
};

void hmt_demand_add(struct hmt_demand *demand);
void hmt_demand_remove(struct hmt_demand *demand);
void hmt_demand_read(const struct hmt_demand *demand, u64 generation,
		     struct hmt_policy_in *in);
void hmt_demand_publish(struct hmt_demand *demand, u64 generation,
			const struct hmt_policy_out *out);
void hmt_demand_drop(struct hmt_demand *demand);

/* Workloads: processes that are managed under one policy. */

enum hmt_workload_state {
	HMT_WORKLOAD_STOPPED,
	HMT_WORKLOAD_RUNNING,
	HMT_WORKLOAD_PAUSED,
	HMT_WORKLOAD_STATES
};

/**
 * struct hmt_workload_config - what the administrator wants
 * @interval_ms: length of a pass
 * @interval_min_ms: what it may be shortened to, 0: not at all
 * @interval_max_ms: what it may be lengthened to, 0: not at all
 * @samples: provider rounds in a pass
 * @mib_per_s: MiB a second by &enum hmt_direction, HMT_RATE_MAX without limit
 * @dry_run: plan and count only
 * @nr_providers: entries in @providers
 * @providers: frozen while live
 * @nr_limits: entries in @limits
 * @limits: most memory by tier
 */
struct hmt_workload_config {
	u32 interval_ms;
	u32 interval_min_ms;
	u32 interval_max_ms;
	u32 samples;
	u64 mib_per_s[HMT_DIRECTIONS];
	bool dry_run;
	unsigned int nr_providers;
	struct hmt_provider_spec providers[HMT_PROVIDERS_MAX];
	unsigned int nr_limits;
	struct hmt_limit_spec limits[HMT_TIERS_MAX];
};

/* What the last pass saw of one tier. */
struct hmt_tier_stats {
	char name[HMT_NAME_MAX + 1];
	u64 pages;
	u64 hot;
	u16 promote_min;
	u16 demote_max;
	u32 above;
	u64 histogram[16];
};

/**
 * struct hmt_workload_stats - counters of the last start
 * @processes: address spaces under management
 * @passes: passes completed
 * @samples: provider rounds completed
 * @moved: pages by &enum hmt_direction
 * @planned: pages that plans named
 * @failed: pages that a batch could not move
 * @expired: pages that hmtd was to move and did not in time
 * @skipped_huge: pages in huge pages that nobody here can move, last pass
 * @huge_skewed: huge pages of which a small part is clearly warmer, last pass
 * @huge_rejoined: those of them that were split before and are left whole
 * @skipped_file: @skipped_huge for pages of files and shared memory
 * @skipped_mergeable: @skipped_huge for pages of mappings that KSM merges
 * @skipped_shared: anonymous pages that other processes may map, last pass
 * @skipped_excluded: pages in excluded ranges, last pass
 * @skipped_pinned: pinned pages that a plan wanted
 * @skipped_policy: pages that may not go where a plan wanted
 * @demand: hot pages that found no room in a tier, last pass
 * @yielded: pages that had to leave a tier for hot ones of other workloads
 * @scan_ns: time asking providers
 * @plan_ns: time for histograms, policy and plans
 * @move_ns: time moving
 * @cpu_ns: CPU time of the engine, for all that it does
 * @heat_bytes: memory of the heat maps
 * @interval_ms: length of the next pass
 * @sample_pages: most pages that a round of the last pass found accessed
 * @clean: pages that CPUs did not write since they were mapped or cleaned, last
 *	pass
 *
 * Written by the engine's thread only, read by anyone.
 */
struct hmt_workload_stats {
	u64 processes;
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
	u64 skipped_excluded;
	u64 skipped_pinned;
	u64 skipped_policy;
	u64 demand;
	u64 yielded;
	u64 scan_ns;
	u64 plan_ns;
	u64 move_ns;
	u64 cpu_ns;
	u64 heat_bytes;
	u64 interval_ms;
	u64 sample_pages;
	u64 clean;
};

/* Add to a counter that only this thread writes. */
static inline void hmt_stat_add(u64 *counter, u64 value)
{
	WRITE_ONCE(*counter, *counter + value);
}

/**
 * struct hmt_workload - a workload
 * @name: name
 * @lock: start, stop and frozen configuration
 * @config_lock: @config, @tasks, @tiers, @providers; taken by the engine too,
 *	so never held while waiting for it
 * @config: configuration
 * @tasks: which processes
 * @task: engine's thread, NULL when stopped
 * @state: for people
 * @mms: &struct hmt_mm, the engine's own
 * @sessions: providers at work
 * @buckets: rate limits by &enum hmt_direction, the engine's own
 * @engine: state of the engine, NULL when stopped
 * @demand: what it wants of others
 * @remote: what hmtd has to do for it
 * @stats: counters
 * @providers: what the providers did, by their place in @config
 * @nr_tiers: entries in @tiers
 * @tiers: census and verdicts of the last pass, by the index of the tier
 * @generation: graph of that pass
 * @tiers_seq: protects @nr_tiers, @tiers and @generation for readers without
 *	@config_lock
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
	struct hmt_workload_stats stats;
	struct hmt_provider_stats providers[HMT_PROVIDERS_MAX];
	unsigned int nr_tiers;
	struct hmt_tier_stats tiers[HMT_TIERS_MAX];
	u64 generation;
	seqcount_mutex_t tiers_seq;
};

/* Return the workload that manages @managed. */
static inline struct hmt_workload *hmt_workload_of(const struct hmt_mm *managed)
{
	return container_of(managed->sessions, struct hmt_workload, sessions);
}

struct hmt_workload *hmt_workload_create(const char *name);
void hmt_workload_destroy(struct hmt_workload *workload);
bool hmt_workload_is_live(const struct hmt_workload *workload);
int hmt_workload_check(struct hmt_workload *workload);
void hmt_workload_reset(struct hmt_workload *workload);
int hmt_workload_set_limits(struct hmt_workload *workload, const char *text);
int hmt_workload_set_providers(struct hmt_workload *workload,
			       const char *text);

/* What a live workload knows of a chunk, for who is not its engine. */

/**
 * struct hmt_snapshot - what was known at one moment
 * @managed: a live workload has the process
 * @known: and has seen enough of it to tell warm from cold
 * @nr_tiers: entries in @tiers; 0: nothing was decided so far
 * @generation: graph of the last pass
 * @tiers: census and verdicts of the last pass
 * @heat: by page of the chunk
 */
struct hmt_snapshot {
	bool managed;
	bool known;
	unsigned int nr_tiers;
	u64 generation;
	struct hmt_tier_stats tiers[HMT_TIERS_MAX];
	u8 heat[HMT_CHUNK_PAGES];
};

void hmt_snapshot_read(struct hmt_snapshot *snapshot,
		       const struct mm_struct *mm, unsigned long addr);
enum hmt_why hmt_snapshot_judge(const struct hmt_snapshot *snapshot,
				u64 generation, unsigned int tier, u8 heat);

#endif /* _HMT_WORKLOAD_H */
