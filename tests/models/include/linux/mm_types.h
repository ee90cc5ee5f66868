/* SPDX-License-Identifier: GPL-2.0 */
/* The part of an address space that checks of ranges use. */
#ifndef _HMT_MODEL_MM_TYPES_H
#define _HMT_MODEL_MM_TYPES_H

#define PAGE_SHIFT	12
#define PAGE_SIZE	(1UL << PAGE_SHIFT)

struct mm_struct {
	unsigned long task_size;
};

#endif /* _HMT_MODEL_MM_TYPES_H */
