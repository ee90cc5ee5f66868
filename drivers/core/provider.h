/* SPDX-License-Identifier: GPL-2.0 */
/* Registry of hotness providers, and providers at work for a workload. */
#ifndef _HMT_PROVIDER_H
#define _HMT_PROVIDER_H

#include <linux/hmt.h>
#include "report.h"

struct config_group;
struct hmt_provider_spec;

/**
 * struct hmt_provider_stats - what a provider did for a workload
 * @hits: pages warmed, once a sample each
 * @reports: reports taken that were pushed
 * @dropped: pushed reports that found no room
 * @rejected: reports that named nothing that is mapped
 * @errors: collect calls that failed
 * @ns: time asking it
 * @lost: part of @dropped: reports that were not finished
 */
struct hmt_provider_stats {
	u64 hits;
	u64 reports;
	u64 dropped;
	u64 rejected;
	u64 errors;
	u64 ns;
	u64 lost;
};

/**
 * struct hmt_session - a provider at work for one workload
 * @provider: pinned from hmt_session_start() to hmt_session_stop()
 * @score: heat that one hit gives
 * @specs: what the workload names, this provider and others
 * @nr_specs: entries in @specs
 * @reports: what it pushed, when it does
 * @stats: written by the engine's thread only
 * @data: the provider's own
 */
struct hmt_session {
	const struct hmt_provider *provider;
	unsigned int score;
	const struct hmt_provider_spec *specs;
	unsigned int nr_specs;
	struct hmt_reports reports;
	struct hmt_provider_stats stats;
	void *data;
};

const struct hmt_provider *hmt_provider_get(const char *name);
void hmt_provider_put(const struct hmt_provider *provider);

int hmt_session_start(struct hmt_session *session,
		      const struct hmt_provider_spec *specs,
		      unsigned int nr_specs, unsigned int index);
void hmt_session_stop(struct hmt_session *session);
void hmt_session_collect(struct hmt_session *session, struct hmt_space *space);

/* configfs.c: the directory providers/<name>/. */
void *hmt_provider_dir_add(struct hmt_provider *provider);
void hmt_provider_dir_remove(void *dir);

#endif /* _HMT_PROVIDER_H */
