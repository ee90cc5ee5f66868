/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the files of drivers/hmt/ that also compile in user space: replay and
 * fuzzing use the very code of the kernel.
 */
#ifndef _HMT_USER_TYPES_H
#define _HMT_USER_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#endif /* _HMT_USER_TYPES_H */
