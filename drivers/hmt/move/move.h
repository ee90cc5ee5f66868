/* SPDX-License-Identifier: GPL-2.0 */
/* move/: execution and accounting of batches of moves, by several movers. */
#ifndef _HMT_MOVE_H
#define _HMT_MOVE_H

#include <linux/hmt_internal.h>
#include <linux/types.h>
#include <linux/wait.h>
#include "policy/policy.h"
#include "batch.h"

struct hmt_memory;
struct hmt_mm;
struct hmt_remote_client;
struct vm_area_struct;

/**
 * enum hmt_move_reason - reason for the choice of a mover
 * @HMT_REASON_ANON: anonymous base pages of a process that does not run
 * @HMT_REASON_DEVICE: pages to or from the memory of a device
 * @HMT_REASON_RUNNING: anonymous base pages of a process that runs, if hmtd is
 *	absent, cannot move them, or would interrupt the process as often
 * @HMT_REASON_OWN: anonymous base pages of a running process that has one
 *	thread
 * @HMT_REASON_SPLIT: parts of a huge page that are clearly warmer than the
 *	rest, or the rest
 * @HMT_REASON_HUGE: huge pages as a whole
 * @HMT_REASON_FILE: pages of files or of shared memory
 * @HMT_REASON_MERGEABLE: pages of a mapping that KSM merges
 * @HMT_REASON_BUSY: anonymous base pages of a process that runs, if hmtd
 *	interrupts it less often
 * @HMT_REASON_SHARED: pages of files or of shared memory that have several
 *	mappings, all in processes of the workload
 * @HMT_REASON_WHOLE: huge pages that the kernel's migrate_vma moves as a whole
 * @HMT_REASONS: number of reasons
 *
 * mover.c has the mover of each reason.
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
	HMT_REASON_BUSY,
	HMT_REASON_SHARED,
	HMT_REASON_WHOLE,
	HMT_REASONS
};

/**
 * struct hmt_move_request - a batch that an engine submits
 * @managed: address space of the pages
 * @client: client of the workload; collects results that are not known at once
 * @direction: direction of the move
 * @reason: reason for the choice of the mover
 * @batch: addresses, each of a group of pages that move as one; gets the
 *	results that are known at once
 * @pages: base pages of each group
 * @total: sum of @pages
 */
struct hmt_move_request {
	const struct hmt_mm *managed;
	struct hmt_remote_client *client;
	enum hmt_direction direction;
	enum hmt_move_reason reason;
	struct hmt_batch *batch;
	const u16 *pages;
	unsigned int total;
};

/**
 * struct hmt_mover - a component that moves batches
 * @name: name printed by tracepoints
 * @can: check whether the mover can move @request now; optional, else it can
 * @submit: move @request, or queue it. 0; -ENOSPC if the destination is full;
 *	-EAGAIN if nothing was moved, -EINTR as well, because the engine has to
 *	stop; -EBUSY if nothing was moved and the mover
 *	takes no more in this pass. Results are counted in the batch, results of
 *	a queued request later in the client. Context: process, no lock held,
 *	may sleep.
 * @wait: wait until the queued requests of @client are done, at most until the
 *	time @until (ns); absent if the mover does not queue
 * @cancel: stop moving the queued requests of @client; absent if the mover does
 *	not queue
 */
struct hmt_mover {
	const char *name;
	bool (*can)(const struct hmt_move_request *request);
	int (*submit)(const struct hmt_move_request *request);
	void (*wait)(struct hmt_remote_client *client, u64 until);
	void (*cancel)(struct hmt_remote_client *client);
};

extern const struct hmt_mover hmt_mover_hmm;
extern const struct hmt_mover hmt_mover_task_work;
extern const struct hmt_mover hmt_mover_hmtd;

/* mover.c: the choice of the mover. */
const char *hmt_mover_name(enum hmt_move_reason reason);
int hmt_mover_submit(struct hmt_move_request *request);
void hmt_movers_wait(struct hmt_remote_client *client, u64 until);
void hmt_movers_cancel(struct hmt_remote_client *client);

/* hmm.c: the move itself, for requests that have no mm of a workload. */
int hmt_hmm_move_batch(struct hmt_batch *batch, enum hmt_move_reason reason);
enum hmt_result hmt_hmm_check_vma(const struct hmt_batch *batch,
				  const struct hmt_memory *to,
				  struct vm_area_struct *vma);
unsigned long hmt_hmm_select(const struct hmt_memory *from);
int hmt_hmm_move_pages(struct hmt_batch *batch, const struct hmt_memory *from,
		       const struct hmt_memory *to, bool brief);

/* huge.c: the same for a huge page. */
bool hmt_huge_can_move(u32 from, u32 to);
int hmt_huge_move(struct hmt_batch *batch, const struct hmt_memory *from,
		  const struct hmt_memory *to, bool brief);

/* peer.c: copies between two devices. */
void hmt_peer_copy(const struct hmt_memory *from, const struct hmt_memory *to,
		   struct hmt_copy_desc *copies, unsigned int nr);

/* migrate.c: moves that programs request; hmt_migrate_range() has no bounds. */

/**
 * struct hmt_migrate_bounds - bounds of a request of a program
 * @closed: destinations that pages may stay on, but not enter, by index
 * @brief: do not wait to ask CPUs for pages off the LRU
 * @whole: move a huge page of which the range has a part, if it need not be split
 * @low: free pages that remain on each destination, per mille of its pages
 * @charge: reserve room for @pages pages on the memory @from, and return the
 *	number that may move; NULL: all
 * @uncharge: give back the room of pages that did not move
 */
struct hmt_migrate_bounds {
	DECLARE_BITMAP(closed, HMT_TIER_MEMORIES_MAX);
	bool brief;
	bool whole;
	unsigned int low;
	u64 (*charge)(const struct hmt_migrate_bounds *bounds, u32 from,
		      u64 pages);
	void (*uncharge)(const struct hmt_migrate_bounds *bounds, u32 from,
			 u64 pages);
};

int hmt_migrate_bounded(struct hmt_migration *migration,
			const struct hmt_migrate_bounds *bounds);

/* fill.c: pages that do not exist yet. */
unsigned int hmt_fill_range(const struct hmt_migration *migration,
			    unsigned long start, unsigned long end,
			    unsigned int most);
void hmt_fill_probe(const struct hmt_migration *migration, unsigned long addr,
		    bool advised);
unsigned int hmt_fill_huge(const struct hmt_migration *migration,
			   unsigned long addr, bool advised);

/* move.c: accounting. */
void hmt_move_stats_add(struct hmt_move_stats *sum,
			const struct hmt_move_stats *part);
void hmt_move_account(const char *mover, enum hmt_move_reason reason, u32 from,
		      u32 to, const struct hmt_move_stats *stats);
void hmt_move_account_pinned(u32 from, u32 to, unsigned int pages);

/*
 * remote.c: plans for hmtd, which calls move_pages(2). Only the kernel's own
 * migration moves huge pages as a whole, pages of files and shared memory, and
 * pages of running programs with fewer interrupts.
 */

/* Number of queued plans; bounds their memory. */
#define HMT_REMOTE_PLANS	256

/* Longest time that a plan or a wait for hmtd lasts. */
#define HMT_REMOTE_TIMEOUT_NS	(2 * NSEC_PER_SEC)

/**
 * enum hmt_remote_state - state of hmtd
 * @HMT_REMOTE_ABSENT: hmtd is not attached
 * @HMT_REMOTE_READY: hmtd takes plans
 * @HMT_REMOTE_LATE: hmtd owes a result, or does not read plans
 * @HMT_REMOTE_STATES: number of states
 */
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

/* For engines. */
enum hmt_remote_state hmt_remote_state(void);
bool hmt_remote_flushes_less(void);
unsigned int hmt_remote_collect(struct hmt_remote_client *client,
				struct hmt_remote_client *done);

/* For the exclusion of ranges. */
void hmt_remote_revoke(struct mm_struct *mm);

/* For the descriptor of hmtd. */
extern wait_queue_head_t hmt_remote_plan_waitq;

int hmt_remote_attach(void);
void hmt_remote_detach(void);
bool hmt_remote_has_plans(void);
int hmt_remote_take(struct hmt_remote_plan *plan);
void hmt_remote_requeue(u64 id);
int hmt_remote_check(u64 id);
int hmt_remote_finish(const struct hmt_remote_result *result);

/* task_work.c: batches that the thread of a process moves itself. */
bool hmt_taskwork_is_on(void);
void hmt_taskwork_exit(void);

#endif /* _HMT_MOVE_H */
