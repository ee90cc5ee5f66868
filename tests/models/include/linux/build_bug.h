/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_BUILD_BUG_H
#define _HMT_MODEL_BUILD_BUG_H

#include <assert.h>

#define BUILD_BUG_ON(condition)		static_assert(!(condition), #condition)

#endif /* _HMT_MODEL_BUILD_BUG_H */
