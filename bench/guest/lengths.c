// SPDX-License-Identifier: GPL-2.0
/* Lengths of the epochs of a load. */
#include "lengths.h"
#include "random.h"

/*
 * Draw the lengths of the epochs, so that nothing is in step with them: the mean,
 * @records, less or more @vary per cent, and multiples of @unit. Their sum does not
 * depend on the seed, so all of them are scaled to it.
 */
void draw_lengths(uint64_t *length, long epochs, uint64_t records, long vary,
		  uint64_t seed, uint64_t unit)
{
	uint64_t x = seed_of(seed), total = records * epochs, sum = 0;
	uint64_t rest = total;
	long i;

	for (i = 0; i < epochs; i++) {
		length[i] = 100 - vary + below(vary * 2 + 1, draw(&x) >> 32);
		sum += length[i];
	}
	for (i = 0; i < epochs; i++) {
		length[i] = total * length[i] / sum / unit * unit;
		rest -= length[i];
	}
	/* Less than a unit for each epoch, which was rounded down. */
	length[epochs - 1] += rest;
}
