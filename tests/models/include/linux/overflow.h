/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_OVERFLOW_H
#define _HMT_MODEL_OVERFLOW_H

#include <stddef.h>

#define struct_size(p, member, count) \
	offsetof(typeof(*(p)), member[count])

#define check_add_overflow(a, b, sum)	__builtin_add_overflow(a, b, sum)

#endif /* _HMT_MODEL_OVERFLOW_H */
