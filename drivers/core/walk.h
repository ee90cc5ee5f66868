/* SPDX-License-Identifier: GPL-2.0 */
/* What the core asks of page tables; hmt_walk() is in <linux/hmt.h>. */
#ifndef _HMT_WALK_H
#define _HMT_WALK_H

#include <linux/types.h>

struct mm_struct;

bool hmt_walk_finds(struct mm_struct *mm, unsigned long addr);

#endif /* _HMT_WALK_H */
