/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_LENGTHS_H
#define BENCH_LENGTHS_H

#include <stdint.h>

void draw_lengths(uint64_t *length, long epochs, uint64_t records, long vary,
		  uint64_t seed, uint64_t unit);

#endif /* BENCH_LENGTHS_H */
