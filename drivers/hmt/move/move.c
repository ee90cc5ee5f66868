// SPDX-License-Identifier: GPL-2.0
/* Carrying out batches: every move goes through here and is accounted. */
#include <linux/export.h>
#include <linux/ktime.h>
#include <linux/string.h>
#include <trace/events/hmt.h>
#include "hmt.h"
#include "memory/memory.h"
#include "move.h"

static void hmt_move_count(const struct hmt_outcome *outcome)
{
	struct hmt_edge *edge = hmt_edge_get(outcome->from, outcome->to);
	unsigned int i;

	if (!edge)
		return;
	for (i = 0; i < HMT_RESULTS; i++)
		if (outcome->result[i])
			atomic64_add(outcome->result[i], &edge->pages[i]);
	atomic64_add(outcome->ns, &edge->ns);
	hmt_edge_put(edge);
}

static void hmt_move_trace(const struct hmt_outcome *outcome)
{
	unsigned int i;

	trace_hmt_batch(outcome->mover, outcome->from, outcome->to,
			outcome->pages, outcome->result[HMT_RESULT_MOVED],
			outcome->ns, outcome->reason);
	for (i = HMT_RESULT_MOVED + 1; i < HMT_RESULTS; i++)
		if (outcome->result[i])
			trace_hmt_failure(outcome->from, outcome->to, i,
					  outcome->result[i]);
}

/* Every move is accounted here, whoever moved. Context: process. */
void hmt_move_account(const struct hmt_outcome *outcome)
{
	hmt_move_count(outcome);
	hmt_move_trace(outcome);
}

/**
 * hmt_account_crossing() - count what a driver moved without being asked to
 * @crossing: what moved
 *
 * For pages that leave a device because a CPU touched them or the device goes
 * away. All other moves are counted by who asked for them.
 *
 * Context: process.
 */
void hmt_account_crossing(const struct hmt_crossing *crossing)
{
	struct hmt_outcome outcome = {
		.mover = "driver",
		.reason = HMT_REASON_DEVICE,
		.from = crossing->from,
		.to = crossing->to,
		.ns = crossing->ns,
	};
	unsigned int i;

	for (i = 0; i < HMT_RESULTS; i++) {
		outcome.result[i] = crossing->result[i];
		outcome.pages += crossing->result[i];
	}
	hmt_move_account(&outcome);
}
EXPORT_SYMBOL_HMT_INTERNAL(hmt_account_crossing);

/* Pages that a plan wanted and that are known to be pinned: not tried. */
void hmt_move_account_pinned(u32 from, u32 to, unsigned int pages)
{
	struct hmt_edge *edge = hmt_edge_get(from, to);

	if (!edge)
		return;
	atomic64_add(pages, &edge->pages[HMT_RESULT_PINNED]);
	hmt_edge_put(edge);
}

static void hmt_move_account_batch(const struct hmt_batch *batch,
				   enum hmt_move_reason reason, u64 ns)
{
	bool device = (batch->from | batch->to) & HMT_UID_DEVICE;
	struct hmt_outcome outcome = {
		.mover = hmt_hmm_mover.name,
		.reason = device ? HMT_REASON_DEVICE : reason,
		.from = batch->from,
		.to = batch->to,
		.pages = batch->nr,
		.ns = ns,
	};

	memcpy(outcome.result, batch->result, sizeof(outcome.result));
	hmt_move_account(&outcome);
}

/*
 * Move a batch and account it; @reason is for pages of nodes. Returns the time
 * it took in ns.
 * Context: process, no lock held.
 */
u64 hmt_move_batch(struct hmt_batch *batch, enum hmt_move_reason reason)
{
	struct hmt_memory *from = hmt_memory_tryget_ops(batch->from);
	struct hmt_memory *to = hmt_memory_tryget_ops(batch->to);
	u64 start = ktime_get_ns(), ns;

	memset(batch->result, 0, sizeof(batch->result));
	if (from && to && !READ_ONCE(to->dead))
		hmt_hmm_mover.move(batch, from, to);
	else
		batch->result[HMT_RESULT_NOMEM] = batch->nr;
	hmt_memory_put_ops(to);
	hmt_memory_put_ops(from);
	ns = ktime_get_ns() - start;
	hmt_move_account_batch(batch, reason, ns);
	return ns;
}

static u64 hmt_move_own(struct hmt_batch *batch)
{
	return hmt_move_batch(batch, HMT_REASON_OWN);
}

/*
 * The same, by @task, whose pages they are, if that runs; else here and now.
 * Context: process, no lock held.
 */
u64 hmt_move_batch_by(struct task_struct *task, struct hmt_batch *batch)
{
	u64 ns;

	if (hmt_taskwork_move(task, batch, hmt_move_own, &ns))
		return ns;
	return hmt_move_batch(batch, HMT_REASON_RUNNING);
}
