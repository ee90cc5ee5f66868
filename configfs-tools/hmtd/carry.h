/* SPDX-License-Identifier: GPL-2.0 */
/* Execution of plans of the kernel, with a result for each page. */
#ifndef HMTD_CARRY_H
#define HMTD_CARRY_H

#include <linux/hmt.h>
#include <stdbool.h>
#include <stddef.h>

/* Number of plans in a read or write. */
#define CARRY_PLANS	16

/**
 * struct mover - system calls that move pages; tests replace them
 * @check: return 0 if the plan with this ID is still valid, or -1 and errno
 * @move: as move_pages(2), with pages of several mappings if @all: status[] gets
 *	the node or -errno of each page; nodes NULL reports the nodes of the pages
 *	only
 */
struct mover {
	int (*check)(__u64 id);
	long (*move)(int pid, unsigned long count, void **pages,
		     const int *nodes, int *status, bool all);
};

/**
 * carry_out() - carry out plans
 * @mover: system calls
 * @plans: plans of the kernel
 * @count: number of plans, at most CARRY_PLANS
 * @results: result of each plan
 *
 * Consecutive plans for the same process and node are moved in one call, except
 * those with HMT_PLAN_ALL, which move right after their check.
 */
void carry_out(const struct mover *mover, const struct hmt_remote_plan *plans,
	       size_t count, struct hmt_remote_result *results);

#endif
