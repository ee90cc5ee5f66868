/* SPDX-License-Identifier: GPL-2.0 */
/* Carrying out batches: counters, traces, and which mover has what. */
#ifndef _HMT_MOVE_H
#define _HMT_MOVE_H

#include <linux/hmt.h>

struct task_struct;

/**
 * enum hmt_move_reason - why a mover was picked
 * @HMT_MOVE_ANON: anonymous base pages: hmm
 * @HMT_MOVE_DEVICE: to or from memory of a device: hmm
 * @HMT_MOVE_RUNNING: those of a program that runs now, but hmtd is not there,
 *	cannot move them, or would interrupt it as often: hmm
 * @HMT_MOVE_OWN: those of a program that runs now and has one thread, which moves
 *	them itself: hmm
 * @HMT_MOVE_SPLIT: parts of a huge page that are clearly warmer than the rest,
 *	or the rest: hmm
 * @HMT_MOVE_HUGE: huge pages, as a whole: hmtd
 * @HMT_MOVE_FILE: pages of files or shared memory: hmtd
 * @HMT_MOVE_MERGEABLE: pages of a mapping that KSM merges: hmtd
 * @HMT_MOVE_BUSY: anonymous base pages of a program that runs now: hmtd
 */
enum hmt_move_reason {
	HMT_MOVE_ANON,
	HMT_MOVE_DEVICE,
	HMT_MOVE_RUNNING,
	HMT_MOVE_OWN,
	HMT_MOVE_SPLIT,
	HMT_MOVE_HUGE,
	HMT_MOVE_FILE,
	HMT_MOVE_MERGEABLE,
	HMT_MOVE_BUSY
};

static inline bool hmt_reason_is_remote(enum hmt_move_reason reason)
{
	return reason >= HMT_MOVE_HUGE;
}

/**
 * struct hmt_outcome - what became of pages that were to go along an edge
 * @mover: who moved them
 * @reason: why that one
 * @from: UID of the memory that they were on
 * @to: UID of the destination
 * @pages: how many
 * @result: pages by &enum hmt_move_result; they add up to @pages
 * @ns: time that it took
 */
struct hmt_outcome {
	const char *mover;
	enum hmt_move_reason reason;
	u32 from;
	u32 to;
	unsigned int pages;
	unsigned int result[HMT_MOVE_RESULTS];
	u64 ns;
};

u64 hmt_move_batch_by(struct task_struct *task, struct hmt_batch *batch);
u64 hmt_move_batch(struct hmt_batch *batch, enum hmt_move_reason reason);
void hmt_move_account(const struct hmt_outcome *outcome);
void hmt_move_account_pinned(u32 from, u32 to, unsigned int pages);

#endif /* _HMT_MOVE_H */
