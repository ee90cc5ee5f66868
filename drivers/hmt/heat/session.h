/* SPDX-License-Identifier: GPL-2.0 */
/* Providers at work for workloads. */
#ifndef _HMT_SESSION_H
#define _HMT_SESSION_H

#include <linux/completion.h>
#include <linux/hmt.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include "lib/parse.h"
#include "report.h"

struct task_struct;

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
 * @lock: @space and @late, and the heat of @space
 * @space: what may be reported on; NULL: nothing
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
	struct hmt_space *space;
	struct hmt_space *late;
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
void hmt_session_collect(struct hmt_session *session, struct hmt_space *space);
u64 hmt_session_cpu_ns(const struct hmt_session *session);

#endif /* _HMT_SESSION_H */
