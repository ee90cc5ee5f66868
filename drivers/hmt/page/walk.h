/* SPDX-License-Identifier: GPL-2.0 */
/* What the core asks of page tables; hmt_walk() is in <linux/hmt.h>. */
#ifndef _HMT_WALK_H
#define _HMT_WALK_H

#include <linux/types.h>

struct hmt_walk_ops;
struct mm_struct;
struct vm_area_struct;

bool hmt_walk_finds(struct mm_struct *mm, unsigned long addr);
int hmt_walk_vma(struct vm_area_struct *vma, unsigned long start,
		 unsigned long end, const struct hmt_walk_ops *ops, void *arg);

#endif /* _HMT_WALK_H */
