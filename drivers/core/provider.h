/* SPDX-License-Identifier: GPL-2.0 */
/* Registry of hotness providers, and providers at work for a workload. */
#ifndef _HMT_PROVIDER_H
#define _HMT_PROVIDER_H

#include <linux/hmt.h>

struct config_group;

/**
 * struct hmt_session - a provider at work for one workload
 * @provider: pinned from hmt_session_start() to hmt_session_stop()
 * @score: heat that one hit gives
 * @errors: collect calls that failed
 * @data: the provider's own
 */
struct hmt_session {
	const struct hmt_provider *provider;
	unsigned int score;
	u64 errors;
	void *data;
};

const struct hmt_provider *hmt_provider_get(const char *name);
void hmt_provider_put(const struct hmt_provider *provider);

int hmt_session_start(struct hmt_session *session, const char *name,
		      unsigned int score);
void hmt_session_stop(struct hmt_session *session);

/* configfs.c: the directory providers/<name>/. */
void *hmt_provider_dir_add(struct hmt_provider *provider);
void hmt_provider_dir_remove(void *dir);

#endif /* _HMT_PROVIDER_H */
