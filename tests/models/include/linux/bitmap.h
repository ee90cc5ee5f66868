/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_BITMAP_H
#define _HMT_MODEL_BITMAP_H

#include <linux/types.h>

#define BITS_TO_LONGS(bits)		(((bits) + 63) / 64)
#define DECLARE_BITMAP(name, bits)	unsigned long name[BITS_TO_LONGS(bits)]

/* Whole words only. */
static inline bool bitmap_empty(const unsigned long *map, unsigned int bits)
{
	unsigned int i;

	for (i = 0; i < BITS_TO_LONGS(bits); i++)
		if (map[i])
			return false;
	return true;
}

static inline unsigned int bitmap_weight(const unsigned long *map,
					 unsigned int bits)
{
	unsigned int i, weight = 0;

	for (i = 0; i < BITS_TO_LONGS(bits); i++)
		weight += __builtin_popcountl(map[i]);
	return weight;
}

#endif /* _HMT_MODEL_BITMAP_H */
