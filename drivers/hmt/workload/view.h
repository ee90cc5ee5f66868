/* SPDX-License-Identifier: GPL-2.0 */
/* What a live workload knows of a chunk, for who is not its engine. */
#ifndef _HMT_VIEW_H
#define _HMT_VIEW_H

#include <linux/hmt.h>
#include "workload.h"

struct hmt_graph;

/**
 * struct hmt_view - what was known at one moment
 * @managed: a live workload has the process
 * @known: and has seen enough of it to tell warm from cold
 * @nr_tiers: entries in @tiers; 0: nothing was decided so far
 * @tiers: what the last pass decided
 * @heat: by page of the chunk
 */
struct hmt_view {
	bool managed;
	bool known;
	unsigned int nr_tiers;
	struct hmt_tier_stats tiers[HMT_TIERS_MAX];
	u8 heat[HMT_CHUNK_PAGES];
};

void hmt_view_get(struct hmt_view *view, const struct mm_struct *mm,
		  unsigned long addr);
enum hmt_why hmt_view_judge(const struct hmt_view *view, const char *tier,
			    u8 heat);

#endif /* _HMT_VIEW_H */
