/* SPDX-License-Identifier: GPL-2.0 */
/* Carrying out plans: from what the kernel asks for to what became of it. */
#ifndef HMTD_CARRY_H
#define HMTD_CARRY_H

#include <linux/hmt.h>
#include <stddef.h>

/* Plans that are read, and answered, at once. */
#define CARRY_PLANS	16

/**
 * struct mover - what pages are moved with; tests bring their own
 * @check: may the plan with this ID still be carried out? 0, or -1 and errno
 * @move: as move_pages(2): status[] gets the node or -errno of each page that
 *	was dealt with; nodes NULL: only say where the pages are
 */
struct mover {
	int (*check)(__u64 id);
	long (*move)(int pid, unsigned long count, void **pages,
		     const int *nodes, int *status);
};

/**
 * carry_out() - carry out plans
 * @mover: how
 * @plans: what was read
 * @count: how many, at most CARRY_PLANS
 * @results: filled in, one for each
 *
 * Plans for one process and one node that follow each other go in one call.
 */
void carry_out(const struct mover *mover, const struct hmt_remote_plan *plans,
	       size_t count, struct hmt_remote_result *results);

#endif
