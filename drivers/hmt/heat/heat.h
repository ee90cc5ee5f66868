/* SPDX-License-Identifier: GPL-2.0 */
/* heat/: per-page heat of each mm, and the providers that report it. */
#ifndef _HMT_HEAT_H
#define _HMT_HEAT_H

#include <linux/completion.h>
#include <linux/hmt_internal.h>
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
struct hmt_cpu_time;
struct hmt_heat_range;
struct hmt_sessions;
struct mm_struct;
struct pid;
struct task_struct;

/*
 * Heat: a decayed access count, one byte per page, kept in 2 MiB chunks that
 * exist only while one of their pages is warm.
 */

/*
 * A huge page is skewed if at most HMT_HEAT_SKEWED_PAGES of its pages are
 * warmer than the coldest one by HMT_HEAT_SKEW, which is more than chance
 * explains.
 */
#define HMT_HEAT_SKEW		80
#define HMT_HEAT_SKEWED_PAGES	(HMT_CHUNK_PAGES / 8)

/**
 * struct hmt_heat_map - heat of one mm
 * @chunks: index address >> HMT_CHUNK_SHIFT, entry u8[HMT_CHUNK_PAGES]
 * @nr_chunks: number of entries in @chunks
 * @met: heat of the pages that the last sample found, as it was before
 *
 * Used by one thread at a time: the engine of the workload, or the thread of a
 * session while the engine waits for it. Other threads may read @nr_chunks.
 */
struct hmt_heat_map {
	struct xarray chunks;
	unsigned long nr_chunks;
	struct hmt_policy_met met;
};

int hmt_heat_init(void);
void hmt_heat_exit(void);

void hmt_heat_map_init(struct hmt_heat_map *map);
void hmt_heat_map_destroy(struct hmt_heat_map *map);
void hmt_heat_map_decay(struct hmt_heat_map *map, unsigned int shift);
int hmt_heat_map_report(struct hmt_heat_map *map, unsigned long addr,
			const unsigned long *accessed, unsigned int score);
int hmt_heat_map_add(struct hmt_heat_map *map, unsigned long addr,
		     unsigned long end, unsigned int score);
u64 hmt_heat_map_fold(struct hmt_heat_map *map, struct hmt_heat_map *fresh,
		      unsigned int score);
const u8 *hmt_heat_map_chunk(struct hmt_heat_map *map, unsigned long addr);
bool hmt_heat_is_skewed(const u8 *heat);
unsigned int hmt_heat_chunk_seek(const u8 *heat,
				 const struct hmt_policy_bounds *bounds,
				 unsigned int index, unsigned int end);
size_t hmt_heat_map_bytes(const struct hmt_heat_map *map);

/* Surveys: samples of a part of the pages. */

/*
 * Parts of a chunk and their pages, the unit of a survey: a word of accessed bits
 * with pages of 4 KiB. A u8 has a bit for each.
 */
#define HMT_SURVEY_WORDS	8
#define HMT_SURVEY_WORD		(HMT_CHUNK_PAGES / HMT_SURVEY_WORDS)

/**
 * struct hmt_survey - part of the pages
 * @on: a part; else all pages
 * @word: number of the word in each chunk
 * @shift: one of 2^@shift chunks
 * @phase: number of the chunks before the first one
 */
struct hmt_survey {
	bool on;
	unsigned int word;
	unsigned int shift;
	unsigned long phase;
};

/* Return the bit mask of words of the chunk of @addr that are in @part. */
static inline u8 hmt_survey_words(const struct hmt_survey *part,
				  unsigned long addr)
{
	unsigned long chunk = addr >> HMT_CHUNK_SHIFT;

	if (!part->on)
		return U8_MAX;
	return (chunk - part->phase) & (BIT(part->shift) - 1) ?
		       0 :
		       BIT(part->word);
}

void hmt_survey_compare(struct hmt_policy_survey *survey,
			const struct hmt_survey *part,
			struct hmt_heat_map *heat, struct hmt_heat_map *seen,
			unsigned int full);

/*
 * Huge pages of an mm that were split and must not be split again for some
 * time.
 */

/*
 * Initial time in s before a huge page may be split again. It doubles with each
 * split, up to HMT_SPLITS_DOUBLED times, which is about one hour.
 */
#define HMT_SPLITS_HOLD		60
#define HMT_SPLITS_DOUBLED	6

/**
 * struct hmt_splits - huge pages that were split
 * @chunks: index address >> HMT_CHUNK_SHIFT; one entry for each 2 MiB range
 *	that was ever split
 *
 * Written by the engine's thread only. Must be initialised with
 * hmt_splits_init().
 */
struct hmt_splits {
	struct xarray chunks;
};

void hmt_splits_init(struct hmt_splits *splits);
void hmt_splits_destroy(struct hmt_splits *splits);
bool hmt_splits_holds(struct hmt_splits *splits, unsigned long addr, u64 now);
void hmt_splits_note(struct hmt_splits *splits, unsigned long addr, u64 now);

/* Pages that move back. */

/**
 * struct hmt_returns - moves of the last minute
 * @chunks: index address >> HMT_CHUNK_SHIFT, entry u8[HMT_CHUNK_PAGES]
 * @swept: time of the last sweep, s
 *
 * Used by the engine's thread only. Must be initialised with
 * hmt_returns_init().
 */
struct hmt_returns {
	struct xarray chunks;
	u64 swept;
};

void hmt_returns_init(struct hmt_returns *returns);
void hmt_returns_destroy(struct hmt_returns *returns);
void hmt_returns_sweep(struct hmt_returns *returns, u64 now);
unsigned int hmt_returns_note(struct hmt_returns *returns, unsigned long addr,
			      unsigned int pages, bool up, u64 now);

/* Address spaces of managed processes. */

/*
 * Number of samples after which heat separates hot from cold: with the first one
 * providers only start their records, and five show whether a page is one of the
 * hot ones or of many that are alike. Policy knows how much of a difference may
 * be chance. Pages of a younger mm do not move.
 */
#define HMT_SAMPLES_WARMUP		6

/*
 * Number of samples after which a decision to move nothing is reliable. Before,
 * the difference between hot and cold is close to chance, so sampling
 * continues.
 */
#define HMT_SAMPLES_CONVERGED		10

/* Number of samples above which a larger number makes no difference. */
#define HMT_SAMPLES_SATURATED		128

/**
 * struct hmt_mm - one mm of a workload, which no other workload manages
 * @link: entry in &struct hmt_workload.mms
 * @refs: held by the engine and by a provider that has not returned in time
 * @mm: mm_count is held, so that the address is not reused; mm_users is taken
 *	for each visit
 * @pid: thread group whose cpuset and memory policy apply
 * @former: the one before, or NULL; readers under RCU may still have it
 * @former_until: grace period after which they do not
 * @sessions: provider sessions that report on it
 * @hash: entry in the hash table of all instances, by @mm
 * @rcu: defers freeing for readers of the hash table
 * @heat: heat map
 * @fresh: evidence pushed by a provider that is not yet added to @heat
 * @surveyed: hits of the present survey or tally, as heat
 * @splits: huge pages that were split
 * @returns: pages that moved lately
 * @drained: steps of the walks for its reports to a session in this sample
 * @samples: number of samples taken, up to HMT_SAMPLES_SATURATED
 * @evidence: number of samples that its heat is the mean of, up to
 *	HMT_HEAT_SAMPLES
 * @shift: of the last sample, see hmt_heat_shift()
 * @follow: how well its heat predicts the next sample
 * @stay: how long its hot sets last
 * @restart: what providers have recorded is older than the time between two
 *	samples; the next one begins anew, and has no hits
 * @surveys: samples of the present survey that were taken, the first one not
 *	counted
 * @size: pages that it had in the last sample
 * @growth: pages that it had before, see hmt_policy_grows()
 * @grows: it fills memory
 * @member: its heat was known when surveys began
 * @waits: it was not, and surveys have gone on since
 * @generation: generation of the graph of @pages
 * @pages: pages by tier in the last complete census
 * @from: address at which the next pass begins to move pages, by
 *	&enum hmt_direction
 * @seen: found by the last refresh
 * @locked: the last visit found the mmap lock held by another task
 * @gathered: the engine found all of its shared pages in this pass
 * @allowed: nodes that the cpusets and policies of all threads allow
 * @home: node whose CPUs run the process, or NUMA_NO_NODE if that is not clear
 * @home_sure: @home was clear for long enough that pages follow to it
 * @away: nodes from which hot pages move to a memory of the same level that is
 *	nearer to @home, since the last census
 * @toward: tier to which hot pages of a tier move then: the same one, or another
 *	one of its level
 * @hint_to: node of each tier to which hint faults promote pages, since the last
 *	census; NUMA_NO_NODE: the process may use none
 * @cpu_time: CPU time behind @home; NULL while one node has all CPUs
 *
 * Owned by the engine's thread; @mm, @pid, @sessions, @allowed, @home, @away, @toward and
 * @hint_to are read under RCU as well.
 */
struct hmt_mm {
	struct list_head link;
	struct kref refs;
	struct mm_struct *mm;
	struct pid *pid;
	struct pid *former;
	unsigned long former_until;
	struct hmt_sessions *sessions;
	struct hlist_node hash;
	struct rcu_head rcu;
	struct hmt_heat_map heat;
	struct hmt_heat_map fresh;
	struct hmt_heat_map surveyed;
	struct hmt_splits splits;
	struct hmt_returns returns;
	unsigned int drained;
	unsigned int samples;
	unsigned int evidence;
	unsigned int shift;
	struct hmt_policy_follow follow;
	struct hmt_policy_stay stay;
	bool restart;
	unsigned int surveys;
	unsigned long size;
	struct hmt_policy_growth growth;
	bool grows;
	bool member;
	bool waits;
	u64 generation;
	u64 pages[HMT_TIERS_MAX];
	unsigned long from[HMT_DIRECTIONS];
	bool seen;
	bool locked;
	bool gathered;
	nodemask_t allowed;
	int home;
	bool home_sure;
	nodemask_t away;
	u8 toward[HMT_TIERS_MAX];
	s16 hint_to[HMT_TIERS_MAX];
	struct hmt_cpu_time *cpu_time;
};

static inline bool hmt_mm_is_warmed_up(const struct hmt_mm *managed)
{
	return managed->samples >= HMT_SAMPLES_WARMUP && managed->evidence;
}

/* Check whether hot pages on the memory @uid are far from the home. */
static inline bool hmt_mm_is_away(const struct hmt_mm *managed, u32 uid)
{
	return uid < MAX_NUMNODES && node_isset(uid, managed->away);
}

/* Count a sample. Providers report nothing with the first one. */
static inline void hmt_mm_sampled(struct hmt_mm *managed)
{
	if (managed->samples && managed->evidence < HMT_HEAT_SAMPLES)
		managed->evidence++;
	if (managed->samples < HMT_SAMPLES_SATURATED)
		WRITE_ONCE(managed->samples, managed->samples + 1);
}

/* Let the next sample count as much as all before it together. */
static inline void hmt_mm_doubt(struct hmt_mm *managed)
{
	managed->evidence = min(managed->evidence, 1U);
}

/*
 * Let heat begin anew with the next sample: at @now (ns) other pages are found hot. A rest
 * of what the former ones had would be more than lukewarm pages ever get.
 */
static inline void hmt_mm_change(struct hmt_mm *managed, u64 now)
{
	managed->evidence = 0;
	managed->follow = (struct hmt_policy_follow) {};
	hmt_policy_stay_change(&managed->stay, now);
}

struct hmt_mm *hmt_mm_add(struct list_head *mms, struct hmt_sessions *sessions,
			  struct mm_struct *mm, struct pid *pid);
void hmt_mm_set_pid(struct hmt_mm *managed, struct pid *pid);
void hmt_mm_drop(struct hmt_mm *managed);
int hmt_mms_show(const struct list_head *mms, char *buf);
void hmt_mms_drop(struct list_head *mms);
struct hmt_mm *hmt_mm_lookup(const struct mm_struct *mm);
void hmt_mm_get(struct hmt_mm *managed);
void hmt_mm_put(struct hmt_mm *managed);
bool hmt_mm_is_single_threaded(const struct hmt_mm *managed);
bool hmt_mm_is_running(const struct hmt_mm *managed);
bool hmt_mm_pin(struct hmt_mm *managed);
bool hmt_mm_is_locked(struct hmt_mm *managed);
void hmt_mm_unpin(struct hmt_mm *managed);
void hmt_task_allows(struct task_struct *task, nodemask_t *allowed);
const struct hmt_sessions *hmt_mm_sessions(const struct mm_struct *mm);
bool hmt_mm_allows(const struct mm_struct *mm,
		   const struct hmt_sessions *sessions, nodemask_t *allowed);
bool hmt_mm_task_allows(const struct hmt_mm *managed, nodemask_t *allowed);

/* Home of a process: the node whose CPUs run it. */

void hmt_home_update(struct hmt_mm *managed, struct task_struct *task);
void hmt_home_complete(struct hmt_mm *managed);
int hmt_home_of(const struct mm_struct *mm);

/* Registry of hotness providers. */

struct config_group *hmt_provider_dirs(void);

/* Pushed reports: accepted in any context, read by the engine. */

/**
 * struct hmt_reports - queues of a session whose provider pushes
 * @nr: number of queues; a CPU uses the one of its number modulo @nr
 * @queues: queues
 * @next: index of the queue that is read next
 */
struct hmt_reports {
	unsigned int nr;
	struct hmt_queue **queues;
	unsigned int next;
};

unsigned int hmt_reports_queues(unsigned int cpus);
int hmt_reports_init(struct hmt_reports *reports);
void hmt_reports_destroy(struct hmt_reports *reports);
u64 hmt_reports_dropped(const struct hmt_reports *reports);

void hmt_reports_drain(const struct hmt_sessions *sessions,
		       const struct list_head *mms);

/* Sessions of providers. */

/**
 * struct hmt_provider_stats - counters of a provider for a workload
 * @hits: pages warmed, each counted once per sample
 * @reports: pushed reports that were accepted
 * @dropped: pushed reports that did not fit into the queue
 * @rejected: reports for ranges without mapped pages
 * @errors: collect calls that failed
 * @ns: CPU time of the session's thread in ns
 * @stalled: samples without an answer in time
 * @lost: part of @dropped: reports that were not processed completely
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
 * @provider: provider; pinned until it has been stopped
 * @name: name of @provider
 * @specs: all providers of the workload, including @provider
 * @nr_specs: number of entries in @specs
 * @weight: of @provider
 * @weights: sum of the weights of all providers of the workload
 * @reports: queues, if the provider pushes
 * @stats: written by the engine's thread, and by @task under @lock while the
 *	engine waits
 * @task: thread that calls the provider; NULL if it only pushes
 * @wait: both threads wait here
 * @asked: the provider has been called and has not returned
 * @wait_ms: time that the engine waits, in ms; used by the engine only
 * @charged_ns: CPU time of the calls that were answered in time, ns; used by the
 *	engine only
 * @program_ns: estimated cost of all calls for the programs, ns; written by
 *	@task
 * @lock: protects @managed and @late, and the heat of @managed
 * @managed: mm that may be reported on, or NULL
 * @from: address at which the present call of the provider begins
 * @rest: address at which the next call begins; 0: none. Written by @task
 *	while the engine waits
 * @leaves: the provider has left addresses to another call before
 * @late: mm that the provider was called for before the engine stopped waiting;
 *	pinned
 * @survey: part of the pages to sample; written under @lock between two samples
 * @tally: part of the pages whose hits are counted apart besides; as @survey
 * @wants_rates: the provider is to measure rates with this sample; written
 *	under @lock between two samples
 * @rate_turn: number of the measurement; as @wants_rates
 * @rates: accesses per second by node, since the engine took them; under @lock
 * @refs: held by the stopping thread and by @end
 * @end: work that stops the thread and the provider
 * @ended: completed by @end
 */
struct hmt_session {
	const struct hmt_provider *provider;
	const char *name;
	struct hmt_provider_spec specs[HMT_PROVIDERS_MAX];
	unsigned int nr_specs;
	unsigned int weight;
	unsigned int weights;
	struct hmt_reports reports;
	struct hmt_provider_stats stats;
	struct task_struct *task;
	wait_queue_head_t wait;
	bool asked;
	unsigned int wait_ms;
	u64 charged_ns;
	u64 program_ns;
	struct mutex lock;
	struct hmt_mm *managed;
	unsigned long from;
	unsigned long rest;
	bool leaves;
	struct hmt_mm *late;
	struct hmt_survey survey;
	struct hmt_survey tally;
	bool wants_rates;
	unsigned int rate_turn;
	refcount_t refs;
	struct work_struct end;
	struct completion ended;
	u64 rates[];
};

/* Return the heat that a hit adds in the present sample of @managed. */
static inline unsigned int hmt_session_score(const struct hmt_session *session,
					     const struct hmt_mm *managed)
{
	return hmt_heat_score_of(hmt_heat_hit(1U << managed->shift),
				 session->weight, session->weights);
}

/* Return what a hit counts in a survey or tally, however many samples there were. */
static inline unsigned int
hmt_session_survey_score(const struct hmt_session *session)
{
	return hmt_heat_score_of(HMT_HEAT_HIT, session->weight,
				 session->weights);
}

/**
 * struct hmt_sessions - the sessions of one workload
 * @nr: number of entries in @list
 * @list: sessions in the order of their specs
 * @nr_mms: number of mms of the workload; written by the engine's thread, and
 *	read with READ_ONCE() elsewhere
 *
 * @nr and @list are written only while no mm points to it.
 */
struct hmt_sessions {
	unsigned int nr;
	struct hmt_session *list[HMT_PROVIDERS_MAX];
	unsigned int nr_mms;
};

int hmt_session_init(void);
void hmt_session_exit(void);

int hmt_sessions_start(struct hmt_sessions *sessions,
		       const struct hmt_provider_spec *specs,
		       unsigned int nr_specs);
void hmt_sessions_stop(struct hmt_sessions *sessions);
bool hmt_sessions_see_devices(const struct hmt_sessions *sessions);
bool hmt_session_collect(struct hmt_session *session, struct hmt_mm *managed,
			 unsigned long *next);
u64 hmt_session_cpu_ns(const struct hmt_session *session);

void hmt_sessions_set_survey(struct hmt_sessions *sessions,
			     const struct hmt_survey *part);
void hmt_sessions_set_tally(struct hmt_sessions *sessions,
			    const struct hmt_survey *part);
unsigned int hmt_sessions_score(const struct hmt_sessions *sessions);
bool hmt_sessions_can_survey(const struct hmt_sessions *sessions);

void hmt_sessions_want_rates(struct hmt_sessions *sessions, bool wants);
unsigned int hmt_sessions_take_rates(struct hmt_sessions *sessions, u64 *rates);

/* Providers "report" and "damon": heat collected by user space. */

/* Provider that a report of user space belongs to. */
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
