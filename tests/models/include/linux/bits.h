/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_BITS_H
#define _HMT_MODEL_BITS_H

#define BIT(nr)		(1UL << (nr))

#define for_each_set_bit(bit, map, size)				\
	for ((bit) = 0; (bit) < (size); (bit)++)			\
		if (*(map) & BIT(bit))

static inline unsigned long __ffs(unsigned long word)
{
	return __builtin_ctzl(word);
}

static inline int __test_and_set_bit(unsigned int nr, unsigned long *map)
{
	int set = !!(*map & BIT(nr));

	*map |= BIT(nr);
	return set;
}

#endif /* _HMT_MODEL_BITS_H */
