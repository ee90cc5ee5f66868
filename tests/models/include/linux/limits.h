/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_LIMITS_H
#define _HMT_MODEL_LIMITS_H

#include_next <linux/limits.h>

#define U64_MAX		(~0ULL)

#endif /* _HMT_MODEL_LIMITS_H */
