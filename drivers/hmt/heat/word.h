/* SPDX-License-Identifier: GPL-2.0 */
/* Arithmetic on the heat of eight pages at a time, one byte each in a word. */
#ifndef _HMT_WORD_H
#define _HMT_WORD_H

#include <linux/types.h>
#include "policy/policy.h"

/* Constant with @value in each byte. */
#define HMT_HEAT_BYTES(value)	(~0ULL / 0xff * (value))

/* hmt_heat_decay() for eight pages; no byte carries into the next. */
static inline u64 hmt_heat_decay_word(u64 word)
{
	const u64 low = HMT_HEAT_BYTES(HMT_HEAT_DECAY - 1);
	u64 whole = (word & ~low) >> HMT_HEAT_SHIFT;
	u64 rest = ((word & low) + low) >> HMT_HEAT_SHIFT;

	return word - whole - (rest & HMT_HEAT_BYTES(1));
}

/* Return the top bit of each byte that is not 0; bytes must be at most 0x80. */
static inline u64 hmt_heat_nonzero(u64 word)
{
	return (word + HMT_HEAT_BYTES(0x7f)) & HMT_HEAT_BYTES(0x80);
}

/* hmt_heat_add() for eight pages, each with its own score in @scores. */
static inline u64 hmt_heat_add_word(u64 word, u64 scores)
{
	const u64 low = HMT_HEAT_BYTES(0x7f);
	u64 sum = ((word & low) + (scores & low)) ^ ((word ^ scores) & ~low);
	u64 over = ((word & scores) | ((word | scores) & ~sum)) & ~low;

	return sum | (over >> 7) * 0xff;
}

/*
 * Return @score in each byte whose bit in @bits is set; bit 0 is the lowest
 * byte.
 */
static inline u64 hmt_heat_spread(u8 bits, unsigned int score)
{
	u64 each = bits * HMT_HEAT_BYTES(1) & 0x8040201008040201ULL;

	return (hmt_heat_nonzero(each) >> 7) * score;
}

#endif /* _HMT_WORD_H */
