/* SPDX-License-Identifier: GPL-2.0 */
/* Placement over time: misses by place, and moves, in windows of equal length. */
#ifndef BENCH_CURVE_H
#define BENCH_CURVE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Begin at @now, in ps. */
void curve_start(uint64_t now, unsigned int window_ms);
/* Count misses of @lines lines at @now, @fast: in the fastest memory. */
void curve_miss(uint64_t now, bool fast, unsigned int lines);
void curve_move(void);
/* Write all complete windows. */
void curve_write(FILE *out);

#endif
