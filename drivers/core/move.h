/* SPDX-License-Identifier: GPL-2.0 */
/* Carrying out batches: choice of the mover, counters, traces. */
#ifndef _HMT_MOVE_H
#define _HMT_MOVE_H

#include <linux/hmt.h>

u64 hmt_move_batch(struct hmt_batch *batch);
void hmt_move_account_pinned(u32 from, u32 to, unsigned int pages);

#endif /* _HMT_MOVE_H */
