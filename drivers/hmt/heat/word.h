/* SPDX-License-Identifier: GPL-2.0 */
/* Arithmetic on the heat of eight pages at a time, one byte each in a word. */
#ifndef _HMT_WORD_H
#define _HMT_WORD_H

#include <linux/types.h>
#include "policy/policy.h"

/* Constant with @value in each byte. */
#define HMT_HEAT_BYTES(value)	(~0ULL / 0xff * (value))

/*
 * hmt_heat_decay_by() with 1 << @shift, at most HMT_HEAT_DECAY, for eight pages;
 * no byte carries into the next.
 */
static inline u64 hmt_heat_decay_word(u64 word, unsigned int shift)
{
	const u64 low = HMT_HEAT_BYTES((1U << shift) - 1);
	u64 whole = (word & ~low) >> shift;
	u64 rest = ((word & low) + low) >> shift;

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

/* Return the sums of two bytes each, in the four halves of 16 bits. */
static inline u64 hmt_heat_pairs(u64 word)
{
	const u64 even = ~0ULL / 0xffff * 0xff;

	return (word & even) + (word >> 8 & even);
}

/* Return the sum of the four halves, which must be below 65536. */
static inline unsigned int hmt_heat_sum(u64 pairs)
{
	return pairs * (~0ULL / 0xffff) >> 48;
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

/*
 * Check whether the heat of one of eight pages is within @bounds. Each byte has 16
 * bits for its sums.
 */
static inline bool hmt_heat_word_has(u64 word,
				     const struct hmt_policy_bounds *bounds)
{
	const u64 low = 0x00ff00ff00ff00ffULL, one = ~0ULL / 0xffff;
	const u64 reach = (HMT_HEAT_LEVELS - bounds->least) * one;
	const u64 exceed = (HMT_HEAT_MAX - bounds->most) * one;
	u64 even = word & low, odd = (word >> 8) & low;

	return (((even + reach) & ~(even + exceed)) |
		((odd + reach) & ~(odd + exceed))) & (one << 8);
}

#endif /* _HMT_WORD_H */
