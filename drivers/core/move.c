// SPDX-License-Identifier: GPL-2.0
/* Carrying out batches: every move goes through here and is accounted. */
#include <linux/ktime.h>
#include <linux/string.h>
#include <trace/events/hmt.h>
#include "core.h"
#include "memory.h"
#include "move.h"

static void hmt_move_account(const struct hmt_batch *batch, u64 ns)
{
	struct hmt_edge *edge = hmt_edge_get(batch->from, batch->to);
	unsigned int i;

	if (!edge)
		return;
	for (i = 0; i < HMT_MOVE_RESULTS; i++)
		if (batch->result[i])
			atomic64_add(batch->result[i], &edge->pages[i]);
	atomic64_add(ns, &edge->ns);
	hmt_edge_put(edge);
}

/* Pages that a plan wanted and that are known to be pinned: not tried. */
void hmt_move_account_pinned(u32 from, u32 to, unsigned int pages)
{
	struct hmt_edge *edge = hmt_edge_get(from, to);

	if (!edge)
		return;
	atomic64_add(pages, &edge->pages[HMT_FAILED_PINNED]);
	hmt_edge_put(edge);
}

static void hmt_move_trace(const struct hmt_batch *batch, u64 ns)
{
	unsigned int i;

	trace_hmt_batch(hmt_hmm_mover.name, batch->from, batch->to,
			batch->nr, batch->result[HMT_MOVED], ns);
	for (i = HMT_MOVED + 1; i < HMT_MOVE_RESULTS; i++)
		if (batch->result[i])
			trace_hmt_failure(batch->from, batch->to, i,
					  batch->result[i]);
}

/*
 * Move a batch and account it. Returns the time it took in ns.
 * Context: process, no lock held.
 */
u64 hmt_move_batch(struct hmt_batch *batch)
{
	struct hmt_memory *from = hmt_memory_enter(batch->from);
	struct hmt_memory *to = hmt_memory_enter(batch->to);
	u64 start = ktime_get_ns(), ns;

	memset(batch->result, 0, sizeof(batch->result));
	if (from && to && !READ_ONCE(to->dead))
		hmt_hmm_mover.move(batch, from, to);
	else
		batch->result[HMT_FAILED_NOMEM] = batch->nr;
	hmt_memory_leave(to);
	hmt_memory_leave(from);
	ns = ktime_get_ns() - start;
	hmt_move_account(batch, ns);
	hmt_move_trace(batch, ns);
	return ns;
}
