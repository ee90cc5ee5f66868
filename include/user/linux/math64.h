/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_USER_MATH64_H
#define _HMT_USER_MATH64_H

#include <linux/types.h>

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}

static inline u64 div64_u64_rem(u64 dividend, u64 divisor, u64 *remainder)
{
	*remainder = dividend % divisor;
	return dividend / divisor;
}

static inline u64 mul_u64_u64_div_u64(u64 a, u64 mul, u64 divisor)
{
	return (__uint128_t)a * mul / divisor;
}

#endif
