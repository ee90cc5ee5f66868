/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heat: a decayed access count of one byte a page, kept in 2 MiB chunks that
 * exist only while one of their pages is warm.
 */
#ifndef _HMT_HEAT_H
#define _HMT_HEAT_H

#include <linux/types.h>
#include <linux/xarray.h>
#include <linux/hmt.h>
#include "policy/decay.h"

/*
 * A huge page is skewed when at most so many of its pages are warmer than the
 * coldest of them by so much: more than chance explains.
 */
#define HMT_HEAT_SKEW		80
#define HMT_HEAT_SKEWED_PAGES	(HMT_CHUNK_PAGES / 8)

/**
 * struct hmt_heat_map - heat of one address space
 * @chunks: index address >> HMT_CHUNK_SHIFT, entry u8[HMT_CHUNK_PAGES]
 * @nr_chunks: entries in @chunks
 *
 * Used by one thread at a time: the engine of the workload, or that of a session
 * while the engine waits for it. @nr_chunks may be read by others.
 */
struct hmt_heat_map {
	struct xarray chunks;
	unsigned long nr_chunks;
};

static inline u8 hmt_heat_decay(u8 heat)
{
	return hmt_heat_decay_by(heat, HMT_HEAT_DECAY);
}

/* @value in each byte of a word */
#define HMT_HEAT_BYTES(value)	(~0ULL / 0xff * (value))

/* hmt_heat_decay() for eight pages: no byte carries into the next. */
static inline u64 hmt_heat_decay_word(u64 word)
{
	const u64 low = HMT_HEAT_BYTES(HMT_HEAT_DECAY - 1);
	u64 whole = (word & ~low) >> HMT_HEAT_SHIFT;
	u64 rest = ((word & low) + low) >> HMT_HEAT_SHIFT;

	return word - whole - (rest & HMT_HEAT_BYTES(1));
}

/* Is the top bit of a byte that is not 0; for bytes up to 0x80. */
static inline u64 hmt_heat_nonzero(u64 word)
{
	return (word + HMT_HEAT_BYTES(0x7f)) & HMT_HEAT_BYTES(0x80);
}

/* hmt_heat_add() for eight pages, each with a score of its own in @scores. */
static inline u64 hmt_heat_add_word(u64 word, u64 scores)
{
	const u64 low = HMT_HEAT_BYTES(0x7f);
	u64 sum = ((word & low) + (scores & low)) ^ ((word ^ scores) & ~low);
	u64 over = ((word & scores) | ((word | scores) & ~sum)) & ~low;

	return sum | (over >> 7) * 0xff;
}

/* @score for each page of eight whose bit is set, the first one in bit 0. */
static inline u64 hmt_heat_spread(u8 bits, unsigned int score)
{
	u64 each = bits * HMT_HEAT_BYTES(1) & 0x8040201008040201ULL;

	return (hmt_heat_nonzero(each) >> 7) * score;
}

/* What a hit is worth: the decay is that of the kernel. */
static inline unsigned int hmt_heat_score(unsigned int weight,
					  unsigned int total)
{
	return hmt_heat_score_of(HMT_HEAT_HIT, weight, total);
}

int hmt_heat_init(void);
void hmt_heat_exit(void);

void hmt_heat_map_init(struct hmt_heat_map *map);
void hmt_heat_map_destroy(struct hmt_heat_map *map);
void hmt_heat_map_decay(struct hmt_heat_map *map);
int hmt_heat_map_report(struct hmt_heat_map *map, unsigned long addr,
			const unsigned long *accessed, unsigned int score);
int hmt_heat_map_add(struct hmt_heat_map *map, unsigned long addr,
		     unsigned long end, unsigned int score);
u64 hmt_heat_map_fold(struct hmt_heat_map *map, struct hmt_heat_map *fresh,
		      unsigned int score);
const u8 *hmt_heat_map_chunk(struct hmt_heat_map *map, unsigned long addr);
void hmt_heat_map_count(struct hmt_heat_map *map, u64 pages[HMT_HEAT_LEVELS]);
bool hmt_heat_is_skewed(const u8 *heat);
size_t hmt_heat_map_bytes(const struct hmt_heat_map *map);

#endif /* _HMT_HEAT_H */
