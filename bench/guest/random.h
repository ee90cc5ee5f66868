/* SPDX-License-Identifier: GPL-2.0 */
/* Random numbers, uniform and by Zipf's law, and random order. */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <stdint.h>

/* xorshift64*: prefer the upper bits, which are more random. */
static inline uint64_t draw(uint64_t *x)
{
	*x ^= *x >> 12;
	*x ^= *x << 25;
	*x ^= *x >> 27;
	return *x * 0x2545f4914f6cdd1dULL;
}

/* Return a number below @end; @bits: 32 random bits. */
static inline uint32_t below(uint32_t end, uint32_t bits)
{
	return (uint64_t)end * bits >> 32;
}

static inline uint64_t seed_of(long seed)
{
	return 88172645463325252ULL ^ (uint64_t)seed << 40;
}

/* Return a rank below @count; @table: zipf_table(), @bits: 64 random bits. */
static inline uint32_t zipf_rank(const uint64_t *table, uint32_t count,
				 uint64_t bits)
{
	uint32_t rank = below(count, bits >> 32);
	uint64_t entry = table[rank];

	return (uint32_t)bits > entry >> 32 ? (uint32_t)entry : rank;
}

const uint64_t *zipf_table(uint32_t count);
void shuffle(uint32_t *order, uint32_t count, uint64_t *state);

#endif
