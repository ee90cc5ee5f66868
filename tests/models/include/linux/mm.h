/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_MM_H
#define _HMT_MODEL_MM_H

#include <linux/align.h>
#include <linux/mm_types.h>

#define PAGE_ALIGNED(addr)	IS_ALIGNED(addr, PAGE_SIZE)

#endif /* _HMT_MODEL_MM_H */
