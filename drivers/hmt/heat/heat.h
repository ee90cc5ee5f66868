/* SPDX-License-Identifier: GPL-2.0 */
/* heat/: per-page heat of each address space, and the providers that report it. */
#ifndef _HMT_HEAT_H
#define _HMT_HEAT_H

#include <linux/completion.h>
#include <linux/hmt.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/nodemask.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include "lib/lib.h"
#include "policy/policy.h"

struct config_group;
struct hmt_heat_range;
struct hmt_sessions;
struct mm_struct;
struct pid;
struct task_struct;

/*
 * Heat: a decayed access count of one byte a page, kept in 2 MiB chunks that
 * exist only while one of their pages is warm.
 */

/*
 * A huge page is skewed when at most so many of its pages are warmer than the
 * coldest of them by so much: more than chance explains.
 */
#define HMT_HEAT_SKEW		80
#define HMT_HEAT_SKEWED_PAGES	(HMT_CHUNK_PAGES / 8)

/**
 * struct hmt_heat_map - heat of one address space
 * @chunks: index address >> HMT_CHUNK_SHIFT, entry u8[HMT_CHUNK_PAGES]
 * @nr_chunks: entries in @chunks
 *
 * Used by one thread at a time: the engine of the workload, or that of a session
 * while the engine waits for it. @nr_chunks may be read by others.
 */
struct hmt_heat_map {
	struct xarray chunks;
	unsigned long nr_chunks;
};

static inline u8 hmt_heat_decay(u8 heat)
{
	return hmt_heat_decay_by(heat, HMT_HEAT_DECAY);
}

/* What a hit is worth: the decay is that of the kernel. */
static inline unsigned int hmt_heat_score(unsigned int weight,
					  unsigned int total)
{
	return hmt_heat_score_of(HMT_HEAT_HIT, weight, total);
}

int hmt_heat_init(void);
void hmt_heat_exit(void);

void hmt_heat_map_init(struct hmt_heat_map *map);
void hmt_heat_map_destroy(struct hmt_heat_map *map);
void hmt_heat_map_decay(struct hmt_heat_map *map);
int hmt_heat_map_report(struct hmt_heat_map *map, unsigned long addr,
			const unsigned long *accessed, unsigned int score);
int hmt_heat_map_add(struct hmt_heat_map *map, unsigned long addr,
		     unsigned long end, unsigned int score);
u64 hmt_heat_map_fold(struct hmt_heat_map *map, struct hmt_heat_map *fresh,
		      unsigned int score);
const u8 *hmt_heat_map_chunk(struct hmt_heat_map *map, unsigned long addr);
void hmt_heat_map_count(struct hmt_heat_map *map, u64 pages[HMT_HEAT_LEVELS]);
bool hmt_heat_is_skewed(const u8 *heat);
size_t hmt_heat_map_bytes(const struct hmt_heat_map *map);

/* Which huge pages of an address space were split, and are not to be for now. */

/*
 * s that a page which was split is not split again. It doubles each time, up to
 * HMT_SPLITS_DOUBLED times: one hour.
 */
#define HMT_SPLITS_HOLD		60
#define HMT_SPLITS_DOUBLED	6

/**
 * struct hmt_splits - huge pages that were split
 * @chunks: index address >> HMT_CHUNK_SHIFT; there is an entry for each 2 MiB
 *	that were ever split
 *
 * Written by the engine's thread only. Zero is not valid: see hmt_splits_init().
 */
struct hmt_splits {
	struct xarray chunks;
};

void hmt_splits_init(struct hmt_splits *splits);
void hmt_splits_destroy(struct hmt_splits *splits);
bool hmt_splits_holds(struct hmt_splits *splits, unsigned long addr, u64 now);
void hmt_splits_note(struct hmt_splits *splits, unsigned long addr, u64 now);

/* Address spaces under management, and which processes they come from. */

/*
 * Samples after which the heat of a space tells hot from cold: what is always
 * seen has a quarter of the highest heat then, and chance makes up for half of
 * that. Younger spaces are left alone.
 */
#define HMT_SAMPLES_WARMUP		10

/*
 * Samples after which it means something that nothing is to be moved. With fewer
 * hot and cold are hardly further apart than chance makes them: one looks on.
 */
#define HMT_SAMPLES_CONVERGED		(2 * HMT_SAMPLES_WARMUP)

/* Samples after which more of them make no difference. */
#define HMT_SAMPLES_SATURATED		128

/**
 * struct hmt_mm - one address space of a workload
 * @link: in &struct hmt_workload.mms
 * @refs: the engine, and a provider that does not return
 * @mm: mm_count held, so that the address is not used again; mm_users is
 *	taken for each visit
 * @pid: thread group whose cpuset and policy count
 * @sessions: providers at work for it
 * @hash: in the hash of all spaces by @mm
 * @rcu: for who reads that hash
 * @heat: heat map
 * @fresh: what a provider pushed, between reading it and adding it to @heat
 * @splits: huge pages that were split
 * @samples: how often it was sampled, up to HMT_SAMPLES_SATURATED
 * @seen: found by the last refresh
 * @allowed: nodes that the cpuset and policy of every thread allow
 *
 * Owned by the engine's thread; @mm and @sessions are read under RCU as well.
 */
struct hmt_mm {
	struct list_head link;
	struct kref refs;
	struct mm_struct *mm;
	struct pid *pid;
	struct hmt_sessions *sessions;
	struct hlist_node hash;
	struct rcu_head rcu;
	struct hmt_heat_map heat;
	struct hmt_heat_map fresh;
	struct hmt_splits splits;
	unsigned int samples;
	bool seen;
	nodemask_t allowed;
};

static inline bool hmt_mm_is_warmed_up(const struct hmt_mm *managed)
{
	return managed->samples >= HMT_SAMPLES_WARMUP;
}

static inline bool hmt_mm_is_converged(const struct hmt_mm *managed)
{
	return managed->samples >= HMT_SAMPLES_CONVERGED;
}

struct hmt_mm *hmt_mm_find(struct list_head *mms, const struct mm_struct *mm);
struct hmt_mm *hmt_mm_add(struct list_head *mms, struct hmt_sessions *sessions,
			  struct mm_struct *mm, struct pid *pid);
void hmt_mm_drop(struct hmt_mm *managed);
int hmt_mms_show(const struct list_head *mms, char *buf);
void hmt_mms_drop(struct list_head *mms);
struct hmt_mm *hmt_mm_lookup(const struct mm_struct *mm, struct hmt_mm *after);
void hmt_mm_get(struct hmt_mm *managed);
void hmt_mm_put(struct hmt_mm *managed);
bool hmt_mm_is_single_threaded(const struct hmt_mm *managed);
bool hmt_mm_is_running(const struct hmt_mm *managed);
bool hmt_mm_pin(struct hmt_mm *managed);
void hmt_mm_unpin(struct hmt_mm *managed);
void hmt_task_allows(struct task_struct *task, nodemask_t *allowed);
bool hmt_mm_task_allows(const struct hmt_mm *managed, nodemask_t *allowed);

/* Registry of hotness providers. */

struct config_group *hmt_provider_dirs(void);

/* What providers push: taken in any context, read by the engine. */

/**
 * struct hmt_reports - queues of a session that is pushed to
 * @queues: one a possible CPU
 * @next: index of the CPU whose queue is read next
 */
struct hmt_reports {
	struct hmt_queue **queues;
	unsigned int next;
};

int hmt_reports_init(struct hmt_reports *reports);
void hmt_reports_destroy(struct hmt_reports *reports);
u64 hmt_reports_dropped(const struct hmt_reports *reports);

void hmt_reports_drain(const struct hmt_sessions *sessions,
		       const struct list_head *mms);

/* Providers at work for workloads. */

/**
 * struct hmt_provider_stats - what a provider did for a workload
 * @hits: pages warmed, once a sample each
 * @reports: reports taken that were pushed
 * @dropped: pushed reports that found no room
 * @rejected: reports that named nothing that is mapped
 * @errors: collect calls that failed
 * @ns: CPU time for asking it
 * @stalled: samples in which it gave no answer in time
 * @lost: part of @dropped: reports that were not finished
 */
struct hmt_provider_stats {
	u64 hits;
	u64 reports;
	u64 dropped;
	u64 rejected;
	u64 errors;
	u64 ns;
	u64 stalled;
	u64 lost;
};

/**
 * struct hmt_session - a provider at work for one workload
 * @provider: pinned until the provider has been stopped
 * @name: its name
 * @specs: what the workload names, this provider and others
 * @nr_specs: entries in @specs
 * @score: heat that one hit gives
 * @reports: what it pushed, when it does
 * @stats: written by the engine's thread, and by @task under @lock while the
 *	engine waits
 * @data: the provider's own
 * @task: asks the provider; NULL when it only pushes
 * @wait: both threads wait here
 * @asked: the provider is asked and has not answered
 * @patience: how long the engine waits, ms; the engine's own
 * @lock: @managed and @late, and the heat of @managed
 * @managed: what may be reported on; NULL: nothing
 * @late: what the provider is asked about though nobody waits any more; held
 * @refs: who stops it, and @end
 * @end: stops the thread and the provider
 * @ended: that is done
 */
struct hmt_session {
	const struct hmt_provider *provider;
	const char *name;
	struct hmt_provider_spec specs[HMT_PROVIDERS_MAX];
	unsigned int nr_specs;
	unsigned int score;
	struct hmt_reports reports;
	struct hmt_provider_stats stats;
	void *data;
	struct task_struct *task;
	wait_queue_head_t wait;
	bool asked;
	unsigned int patience;
	struct mutex lock;
	struct hmt_mm *managed;
	struct hmt_mm *late;
	refcount_t refs;
	struct work_struct end;
	struct completion ended;
};

/**
 * struct hmt_sessions - the providers at work for one workload
 * @nr: entries in @list
 * @list: in the order of their specs
 *
 * Written while no space points to it.
 */
struct hmt_sessions {
	unsigned int nr;
	struct hmt_session *list[HMT_PROVIDERS_MAX];
};

int hmt_session_init(void);
void hmt_session_exit(void);

int hmt_sessions_start(struct hmt_sessions *sessions,
		       const struct hmt_provider_spec *specs,
		       unsigned int nr_specs);
void hmt_sessions_stop(struct hmt_sessions *sessions);
bool hmt_sessions_see_devices(const struct hmt_sessions *sessions);
void hmt_session_collect(struct hmt_session *session, struct hmt_mm *managed);
u64 hmt_session_cpu_ns(const struct hmt_session *session);

/* The providers "report" and "damon": heat that programs collect. */

/* Which provider a program reports for. */
enum hmt_userheat {
	HMT_USERHEAT_REPORT,
	HMT_USERHEAT_DAMON,
	HMT_USERHEATS
};

int hmt_userheat_init(void);
void hmt_userheat_exit(void);
int hmt_userheat_report(enum hmt_userheat from, const struct mm_struct *mm,
			const struct hmt_heat_range *range);

#endif /* _HMT_HEAT_H */
