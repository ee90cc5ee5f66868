/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_LIMITS_H
#define _HMT_MODEL_LIMITS_H

#include_next <linux/limits.h>

#define U8_MAX		0xff
#define U64_MAX		(~(u64)0)

#endif /* _HMT_MODEL_LIMITS_H */
