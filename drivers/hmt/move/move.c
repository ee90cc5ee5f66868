// SPDX-License-Identifier: GPL-2.0
/* Account moves: every batch is counted on its edge and traced. */
#include <linux/export.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "memory/memory.h"
#include "move.h"

void hmt_move_stats_add(struct hmt_move_stats *sum,
			const struct hmt_move_stats *part)
{
	unsigned int i;

	for (i = 0; i < HMT_RESULTS; i++)
		sum->pages[i] += part->pages[i];
	sum->ns += part->ns;
}

static void hmt_move_count(u32 from, u32 to, const struct hmt_move_stats *stats)
{
	struct hmt_edge *edge = hmt_edge_get(from, to);
	unsigned int i;

	if (!edge)
		return;
	for (i = 0; i < HMT_PLAN_RESULTS; i++)
		if (stats->pages[i])
			atomic64_add(stats->pages[i], &edge->pages[i]);
	atomic64_add(stats->ns, &edge->ns);
	hmt_edge_put(edge);
}

/*
 * Count the results of a batch on its edge and trace them. Every move is
 * accounted here.
 * Context: any.
 */
void hmt_move_account(const char *mover, enum hmt_move_reason reason, u32 from,
		      u32 to, const struct hmt_move_stats *stats)
{
	unsigned int i, pages = 0;

	hmt_move_count(from, to, stats);
	if (stats->pages[HMT_RESULT_MOVED] && !(from & HMT_UID_DEVICE))
		hmt_node_freed(from);
	for (i = 0; i < HMT_PLAN_RESULTS; i++)
		pages += stats->pages[i];
	trace_hmt_batch(mover, from, to, pages, stats->pages[HMT_RESULT_MOVED],
			stats->ns, reason);
	for (i = HMT_RESULT_MOVED + 1; i < HMT_PLAN_RESULTS; i++)
		if (stats->pages[i])
			trace_hmt_failure(from, to, i, stats->pages[i]);
}

/**
 * hmt_move_account_driver() - account pages that a driver moved unasked
 * @from: UID of the memory that the pages left
 * @to: UID of the destination
 * @stats: results
 *
 * For pages that leave a device because a CPU touched them or the device goes
 * away. All other moves are accounted by HMT itself.
 *
 * Context: process.
 */
void hmt_move_account_driver(u32 from, u32 to,
			     const struct hmt_move_stats *stats)
{
	hmt_move_account("driver", HMT_REASON_DEVICE, from, to, stats);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_move_account_driver);

/*
 * Count pages that the policy selected and no mover tried, as they are pinned.
 */
void hmt_move_account_pinned(u32 from, u32 to, unsigned int pages)
{
	struct hmt_edge *edge = hmt_edge_get(from, to);

	if (!edge)
		return;
	atomic64_add(pages, &edge->pages[HMT_RESULT_PINNED]);
	hmt_edge_put(edge);
}
