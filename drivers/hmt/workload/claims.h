/* SPDX-License-Identifier: GPL-2.0 */
/* What workloads want of tiers in which others have pages that are colder. */
#ifndef _HMT_CLAIMS_H
#define _HMT_CLAIMS_H

#include <linux/list.h>
#include <linux/types.h>
#include <uapi/linux/hmt.h>

struct hmt_policy_in;
struct hmt_policy_out;

/**
 * struct hmt_claims - what one workload wants
 * @link: in the list of all, while the workload is live
 * @generation: graph whose tiers @pages is about
 * @pages: hot pages that found no room, by tier
 *
 * Protected by a lock of claims.c.
 */
struct hmt_claims {
	struct list_head link;
	u64 generation;
	u64 pages[HMT_TIERS_MAX];
};

void hmt_claims_add(struct hmt_claims *claims);
void hmt_claims_remove(struct hmt_claims *claims);
void hmt_claims_hear(const struct hmt_claims *claims, u64 generation,
		     struct hmt_policy_in *in);
void hmt_claims_tell(struct hmt_claims *claims, u64 generation,
		     const struct hmt_policy_out *out);
void hmt_claims_drop(struct hmt_claims *claims);

#endif /* _HMT_CLAIMS_H */
