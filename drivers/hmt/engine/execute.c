// SPDX-License-Identifier: GPL-2.0
/*
 * Execute: submit the selected pages to movers in batches, rate-limited, the
 * lowest tier first.
 */
#include <linux/bitmap.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include "hmt.h"
#include "graph/graph.h"
#include "memory/memory.h"
#include "heat/heat.h"
#include "move/move.h"
#include "workload/workload.h"
#include "pass.h"

/* Longest sleep for the rate limit before the next check for a stop. */
#define HMT_EXECUTE_NAP_US	20000

/* Begin to move pages in a pass. */
void hmt_execute_begin(struct hmt_execution *execution, bool remote_busy)
{
	memset(execution, 0, sizeof(*execution));
	execution->remote_busy = remote_busy;
}

/*
 * Wait until the rate allows @pages. Return false if it does not in this pass,
 * which sets @over, or if no task uses @mm any more: its memory is freed only
 * when the engine unpins it.
 */
static bool hmt_execute_may_move(struct hmt_execution *execution,
				 struct hmt_bucket *bucket, unsigned int pages,
				 struct mm_struct *mm)
{
	while (!hmt_engine_should_stop()) {
		u64 now = ktime_get_ns(), wait;

		if (hmt_mm_is_left(mm))
			return false;

		hmt_bucket_take(bucket, 0, now);
		wait = hmt_bucket_wait_ns(bucket, pages);
		if (!wait && hmt_bucket_take(bucket, pages, now) == pages)
			return true;
		if (!wait || wait == ~0ULL || now + wait > execution->deadline)
			break;
		wait = div_u64(wait, NSEC_PER_USEC) + 1;
		wait = min_t(u64, wait, HMT_EXECUTE_NAP_US);
		usleep_range(wait, wait + 50);
	}
	execution->over = true;
	return false;
}

/* Note that the destination is full; block its tier if all memories are. */
static void hmt_execute_set_full(struct hmt_execution *execution,
				 const struct hmt_graph *graph,
				 struct hmt_policy_out *verdicts)
{
	unsigned int index = graph->tier_of[execution->to];
	const struct hmt_tier *tier = &graph->tiers[index];
	unsigned int end = tier->first + tier->nr_memories;

	__set_bit(execution->to, execution->full);
	if (find_next_zero_bit(execution->full, end, tier->first) >= end)
		hmt_policy_block(verdicts, index);
}

/* Note huge pages of which parts have left: they are not split again soon. */
static void hmt_execute_note_splits(const struct hmt_execution *execution,
				    const struct hmt_pass *pass,
				    struct hmt_mm *managed)
{
	const struct hmt_batch *batch = &execution->batch;
	unsigned int i;

	if (execution->reason != HMT_REASON_SPLIT ||
	    !batch->stats.pages[HMT_RESULT_MOVED])
		return;
	for (i = 0; i < batch->nr; i++)
		hmt_splits_note(&managed->splits, batch->addr[i], pass->began);
}

/*
 * Count the pages that moved the other way in the last minute. How many of a
 * batch moved is known, but not which; of plans for hmtd it is not known yet, and
 * all are taken to move.
 */
static void hmt_execute_note_returns(const struct hmt_execution *execution,
				     const struct hmt_pass *pass,
				     const struct hmt_selection *selection,
				     int ret)
{
	const struct hmt_batch *batch = &execution->batch;
	bool up = selection->direction == HMT_DIR_PROMOTE;
	u64 moved = batch->stats.pages[HMT_RESULT_MOVED], back = 0, done = 0;
	unsigned int i;

	if (selection->direction == HMT_DIR_HOME || ret == -EAGAIN ||
	    ret == -EBUSY)
		return;
	for (i = 0; i < HMT_RESULTS; i++)
		done += batch->stats.pages[i];
	if (done && !moved)
		return;
	for (i = 0; i < batch->nr; i++)
		back += hmt_returns_note(&selection->managed->returns,
					 batch->addr[i], execution->pages[i],
					 up, pass->began);
	if (done)
		back = div64_u64(back * min(moved, done), done);
	hmt_stat_add(&pass->workload->stats.returned, back);
}

/*
 * Check after -EAGAIN, which has several causes, whether another task holds the
 * mmap lock. Further batches would wait for it in vain.
 */
static bool hmt_execute_is_locked(struct hmt_workload *workload,
				  struct hmt_mm *managed)
{
	WRITE_ONCE(managed->locked, true);
	if (!hmt_mm_is_locked(managed))
		return false;
	hmt_stat_add(&workload->stats.skipped_locked, 1);
	return true;
}

/*
 * Submit the batch and count the results that are known at once. Return false
 * if no more pages of this address space can move now.
 */
static bool hmt_execute_submit(struct hmt_execution *execution,
			       const struct hmt_pass *pass,
			       const struct hmt_selection *selection,
			       struct hmt_policy_out *verdicts)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_move_request request = {
		.managed = selection->managed,
		.client = &workload->remote,
		.direction = selection->direction,
		.reason = execution->reason,
		.batch = &execution->batch,
		.pages = execution->pages,
		.total = execution->total,
	};
	int ret = hmt_mover_submit(&request);

	hmt_account_moves(workload, selection->direction,
			  &execution->batch.stats);
	hmt_execute_note_splits(execution, pass, selection->managed);
	hmt_execute_note_returns(execution, pass, selection, ret);
	if (ret == -ENOSPC)
		hmt_execute_set_full(execution, pass->graph, verdicts);
	else if (ret == -EBUSY)
		execution->remote_busy = true;
	return ret != -EAGAIN ||
	       !hmt_execute_is_locked(workload, selection->managed);
}

/* Moves within a tier share the rate of promotions: both are for speed. */
static struct hmt_bucket *
hmt_execute_bucket(struct hmt_workload *workload,
		   const struct hmt_selection *selection)
{
	return &workload->buckets[selection->direction == HMT_DIR_DEMOTE ?
					  HMT_DIR_DEMOTE :
					  HMT_DIR_PROMOTE];
}

/*
 * Move the pages that are gathered, if any. Return false if no more pages of
 * this address space can move.
 */
static bool hmt_execute_move(struct hmt_execution *execution,
			     const struct hmt_pass *pass,
			     const struct hmt_selection *selection,
			     struct hmt_policy_out *verdicts)
{
	struct hmt_workload *workload = pass->workload;
	struct hmt_batch *batch = &execution->batch;

	if (!batch->nr)
		return true;
	/* At a low rate a selection takes minutes. */
	if (hmt_engine_is_stale(pass)) {
		execution->over = true;
		return false;
	}
	if (!hmt_execute_may_move(execution,
				  hmt_execute_bucket(workload, selection),
				  execution->total, selection->managed->mm))
		return false;
	batch->mm = selection->managed->mm;
	if (!hmt_mm_task_allows(selection->managed, &batch->allowed))
		return false;
	/* A commit creates edges along the graph only. */
	hmt_edge_add_asked(batch->from, batch->to);
	if (!hmt_execute_submit(execution, pass, selection, verdicts))
		return false;
	batch->nr = 0;
	execution->total = 0;
	return true;
}

/* Check whether @entry can join the batch. */
static bool hmt_execute_fits(const struct hmt_execution *execution,
			     const struct hmt_selection_entry *entry)
{
	const struct hmt_batch *batch = &execution->batch;

	if (!batch->nr)
		return true;
	return batch->nr < HMT_BATCH_PAGES &&
	       execution->reason == entry->reason &&
	       execution->total + entry->pages <= HMT_CHUNK_PAGES &&
	       execution->to == entry->to && execution->from == entry->from;
}

static void hmt_execute_gather(struct hmt_execution *execution,
			       const struct hmt_graph *graph,
			       const struct hmt_selection_entry *entry)
{
	struct hmt_batch *batch = &execution->batch;

	execution->reason = entry->reason;
	execution->pages[batch->nr] = entry->pages;
	execution->total += entry->pages;
	execution->to = entry->to;
	execution->from = entry->from;
	batch->to = graph->memories[entry->to];
	batch->from = graph->memories[entry->from];
	batch->addr[batch->nr++] = entry->addr;
}

/* Move the selected pages that leave tier @from. */
static bool hmt_execute_from(struct hmt_execution *execution,
			     const struct hmt_pass *pass,
			     const struct hmt_selection *selection,
			     struct hmt_policy_out *verdicts, unsigned int from)
{
	unsigned int i;

	execution->batch.nr = 0;
	execution->total = 0;
	for (i = 0; i < selection->nr; i++) {
		const struct hmt_selection_entry *entry =
			&selection->entries[i];

		if (pass->graph->tier_of[entry->from] != (int)from)
			continue;
		if (!hmt_execute_fits(execution, entry) &&
		    !hmt_execute_move(execution, pass, selection, verdicts))
			return false;
		if (!test_bit(entry->to, execution->full))
			hmt_execute_gather(execution, pass->graph, entry);
	}
	return hmt_execute_move(execution, pass, selection, verdicts);
}

/*
 * Move the selected pages. The lowest tiers come first, so that B has demoted
 * pages to C before A needs the room. Return false if no more pages of this
 * address space can move.
 */
bool hmt_execute(struct hmt_execution *execution, const struct hmt_pass *pass,
		 const struct hmt_selection *selection,
		 struct hmt_policy_out *verdicts)
{
	unsigned int tier;

	if (pass->config.dry_run)
		return true;
	for (tier = pass->graph->nr_tiers; tier-- > 0;)
		if (!hmt_execute_from(execution, pass, selection, verdicts,
				      tier))
			return false;
	return true;
}
