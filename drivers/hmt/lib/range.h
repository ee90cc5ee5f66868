/* SPDX-License-Identifier: GPL-2.0 */
/* Ranges of any size, walked in steps between which signals are checked. */
#ifndef _HMT_RANGE_H
#define _HMT_RANGE_H

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/types.h>

/* Most addresses, holes included, to walk between two checks for signals. */
#define HMT_RANGE_STEP		SZ_1G

static inline unsigned long hmt_range_step(unsigned long addr,
					   unsigned long end)
{
	return end - addr > HMT_RANGE_STEP ? addr + HMT_RANGE_STEP : end;
}

/*
 * Check that [@start, @start + @length) are pages within @mm's address space;
 * return 0 or -EINVAL.
 */
static inline int hmt_range_check(const struct mm_struct *mm, u64 start,
				  u64 length)
{
	u64 end;

	if (!length || !PAGE_ALIGNED(start) || !PAGE_ALIGNED(length) ||
	    check_add_overflow(start, length, &end) || end > mm->task_size)
		return -EINVAL;
	return 0;
}

#endif /* _HMT_RANGE_H */
