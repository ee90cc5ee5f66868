/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plans for what only the kernel's own migration moves, huge pages as a whole,
 * pages of files and shared memory, or moves with fewer interrupts: pages of
 * programs that run. They wait here for hmtd, which calls move_pages(2) and says
 * what became of each page.
 */
#ifndef _HMT_REMOTE_H
#define _HMT_REMOTE_H

#include <linux/hmt.h>
#include <linux/types.h>
#include <linux/wait.h>
#include "move.h"
#include "policy/policy.h"

struct hmt_space;

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
 * struct hmt_remote_tally - what became of plans
 * @expired: pages of plans that nobody carried out in time
 * @ns: time that the others took
 * @result: pages by &enum hmt_direction and &enum hmt_move_result
 */
struct hmt_remote_tally {
	u64 expired;
	u64 ns;
	u64 result[HMT_DIRECTIONS][HMT_MOVE_RESULTS];
};

/**
 * struct hmt_remote_client - a workload, as somebody who hands plans over
 * @plans: those that wait or are being carried out
 * @tally: of those that are done, since it was last asked for
 */
struct hmt_remote_client {
	unsigned int plans;
	struct hmt_remote_tally tally;
};

/**
 * struct hmt_remote_load - what is handed over at once
 * @space: whose pages
 * @direction: which kind of move that is
 * @reason: why hmtd is to do it
 * @batch: addresses, each that of a group of pages that move as one, and where
 *	from and to
 * @pages: base pages of each of them
 * @total: sum of @pages
 */
struct hmt_remote_load {
	const struct hmt_space *space;
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
int hmt_remote_put(struct hmt_remote_client *client,
		   const struct hmt_remote_load *load);
void hmt_remote_wait(struct hmt_remote_client *client, u64 until);
unsigned int hmt_remote_collect(struct hmt_remote_client *client,
				struct hmt_remote_tally *tally);
void hmt_remote_cancel(struct hmt_remote_client *client);

/* For who says that something of an address space is not to be moved. */
void hmt_remote_revoke(struct mm_struct *mm);

/* For who carries plans out. */
extern wait_queue_head_t hmt_remote_arrivals;

int hmt_remote_attach(void);
void hmt_remote_detach(void);
bool hmt_remote_has_plans(void);
int hmt_remote_take(struct hmt_remote_plan *plan);
void hmt_remote_put_back(u64 id);
int hmt_remote_check(u64 id);
int hmt_remote_finish(const struct hmt_remote_result *result);

#endif /* _HMT_REMOTE_H */
