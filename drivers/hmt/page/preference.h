/* SPDX-License-Identifier: GPL-2.0 */
/* Tiers in which ranges of an address space belong, or do not. */
#ifndef _HMT_PREFERENCE_H
#define _HMT_PREFERENCE_H

#include <linux/hmt_internal.h>
#include "lib/lib.h"
#include "policy/policy.h"

struct hmt_graph;

/* Pairs of a tier and a share that an address space may have. */
#define HMT_PREFERENCES		16

/**
 * struct hmt_preference - advice about one tier
 * @tier: name; empty: the entry is not used
 * @share: pages that belong in it, per mille; HMT_SHARE_AVOID: none
 * @set: addresses
 */
struct hmt_preference {
	char tier[HMT_NAME_MAX + 1];
	u16 share;
	struct hmt_rangeset set;
};

/**
 * struct hmt_preferences - advice about all tiers; all zeros: none
 * @list: entries, used or not
 *
 * The owner serialises readers and writers.
 */
struct hmt_preferences {
	struct hmt_preference list[HMT_PREFERENCES];
};

int hmt_preferences_set(struct hmt_preferences *preferences, const char *tier,
			u16 share, unsigned long start, unsigned long end);
int hmt_preferences_drop(struct hmt_preferences *preferences, const char *tier,
			 unsigned long start, unsigned long end);
bool hmt_preferences_look(const struct hmt_preferences *preferences,
			  const struct hmt_graph *graph, unsigned long addr,
			  unsigned long end, struct hmt_policy_advice *advice);
bool hmt_preferences_have(const struct hmt_preferences *preferences,
			  unsigned long start, unsigned long end);
void hmt_preferences_destroy(struct hmt_preferences *preferences);

#endif /* _HMT_PREFERENCE_H */
