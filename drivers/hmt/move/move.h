/* SPDX-License-Identifier: GPL-2.0 */
/* move/: execution and accounting of batches of moves, by several movers. */
#ifndef _HMT_MOVE_H
#define _HMT_MOVE_H

#include <linux/hmt.h>
#include <linux/types.h>
#include <linux/wait.h>
#include "policy/policy.h"

struct hmt_mm;
struct task_struct;

/* Carrying out batches: counters, traces, and which mover has what. */

/**
 * enum hmt_move_reason - why a mover was picked
 * @HMT_REASON_ANON: anonymous base pages: hmm
 * @HMT_REASON_DEVICE: to or from memory of a device: hmm
 * @HMT_REASON_RUNNING: those of a program that runs now, but hmtd is not there,
 *	cannot move them, or would interrupt it as often: hmm
 * @HMT_REASON_OWN: those of a program that runs now and has one thread, which moves
 *	them itself: hmm
 * @HMT_REASON_SPLIT: parts of a huge page that are clearly warmer than the rest,
 *	or the rest: hmm
 * @HMT_REASON_HUGE: huge pages, as a whole: hmtd
 * @HMT_REASON_FILE: pages of files or shared memory: hmtd
 * @HMT_REASON_MERGEABLE: pages of a mapping that KSM merges: hmtd
 * @HMT_REASON_BUSY: anonymous base pages of a program that runs now: hmtd
 */
enum hmt_move_reason {
	HMT_REASON_ANON,
	HMT_REASON_DEVICE,
	HMT_REASON_RUNNING,
	HMT_REASON_OWN,
	HMT_REASON_SPLIT,
	HMT_REASON_HUGE,
	HMT_REASON_FILE,
	HMT_REASON_MERGEABLE,
	HMT_REASON_BUSY
};

static inline bool hmt_reason_is_remote(enum hmt_move_reason reason)
{
	return reason >= HMT_REASON_HUGE;
}

u64 hmt_move_batch_by(struct task_struct *task, struct hmt_batch *batch);
u64 hmt_move_batch(struct hmt_batch *batch, enum hmt_move_reason reason);
void hmt_move_stats_add(struct hmt_move_stats *sum,
			const struct hmt_move_stats *part);
void hmt_move_account(const char *mover, enum hmt_move_reason reason, u32 from,
		      u32 to, const struct hmt_move_stats *stats);
void hmt_move_account_pinned(u32 from, u32 to, unsigned int pages);

/*
 * Plans for what only the kernel's own migration moves, huge pages as a whole,
 * pages of files and shared memory, or moves with fewer interrupts: pages of
 * programs that run. They wait here for hmtd, which calls move_pages(2) and says
 * what became of each page.
 */

/* Plans that wait or are being carried out, in all; bounds their memory. */
#define HMT_REMOTE_PLANS	256

/* Nobody waits for hmtd longer than this. */
#define HMT_REMOTE_PATIENCE	(2 * NSEC_PER_SEC)

/* Is there anybody to carry out plans? For people: hmt_remote_state_names. */
enum hmt_remote_state {
	HMT_REMOTE_ABSENT,
	HMT_REMOTE_READY,
	HMT_REMOTE_LATE,
	HMT_REMOTE_STATES
};

/**
 * struct hmt_remote_client - plans of a workload
 * @plans: plans that wait or are carried out
 * @expired: pages of plans that hmtd did not take in time, since the last
 *	hmt_remote_collect()
 * @stats: results of finished plans by &enum hmt_direction, since then
 */
struct hmt_remote_client {
	unsigned int plans;
	u64 expired;
	struct hmt_move_stats stats[HMT_DIRECTIONS];
};

/**
 * struct hmt_remote_load - what is handed over at once
 * @managed: whose pages
 * @direction: which kind of move that is
 * @reason: why hmtd is to do it
 * @batch: addresses, each that of a group of pages that move as one, and where
 *	from and to
 * @pages: base pages of each of them
 * @total: sum of @pages
 */
struct hmt_remote_load {
	const struct hmt_mm *managed;
	enum hmt_direction direction;
	enum hmt_move_reason reason;
	const struct hmt_batch *batch;
	const u16 *pages;
	unsigned int total;
};

/* For engines. */
enum hmt_remote_state hmt_remote_state(void);
u64 hmt_remote_coming(u32 to);
bool hmt_remote_flushes_less(void);
int hmt_remote_enqueue(struct hmt_remote_client *client,
		       const struct hmt_remote_load *load);
void hmt_remote_wait(struct hmt_remote_client *client, u64 until);
unsigned int hmt_remote_collect(struct hmt_remote_client *client,
				struct hmt_remote_client *done);
void hmt_remote_cancel(struct hmt_remote_client *client);

/* For who says that something of an address space is not to be moved. */
void hmt_remote_revoke(struct mm_struct *mm);

/* For who carries plans out. */
extern wait_queue_head_t hmt_remote_arrivals;

int hmt_remote_attach(void);
void hmt_remote_detach(void);
bool hmt_remote_has_plans(void);
int hmt_remote_take(struct hmt_remote_plan *plan);
void hmt_remote_requeue(u64 id);
int hmt_remote_check(u64 id);
int hmt_remote_finish(const struct hmt_remote_result *result);

/* Batches that a program's own thread moves. */

/* Moves a batch; returns the time it took in ns. */
typedef u64 (*hmt_taskwork_fn)(struct hmt_batch *batch);

bool hmt_taskwork_is_on(void);
bool hmt_taskwork_move(struct task_struct *task, struct hmt_batch *batch,
		       hmt_taskwork_fn move, u64 *ns);
void hmt_taskwork_exit(void);

#endif /* _HMT_MOVE_H */
