/* SPDX-License-Identifier: GPL-2.0 */
/* Accesses of the program to its data: TLB, caches, misses and moves. */
#ifndef BENCH_ACCESS_H
#define BENCH_ACCESS_H

#include <stddef.h>
#include <stdint.h>
#include "clock.h"
#include "map.h"
#include "segment.h"

#define ACCESS_LINE_SHIFT	6

/* The data. */
extern struct map map;

/* Set the caches and prices that config.h has; return an error or NULL. */
const char *access_init(void);
/* Return the modelled time, in ps, from an arbitrary point. */
uint64_t access_now(void);
/* Begin the windows of time. */
void access_start(void);
/* The pages of the data have changed: forget the misses and bounds. */
void access_set_data(void);
/* From now on an access is one to @lines lines of the page, 512 bytes apart. */
void access_set_lines(unsigned int lines);
/* Access a line of @page, or several, in the space of the process. */
void access_line(size_t page, unsigned int space, uint32_t info, uint64_t addr);
/* Charge a load of a chain by which the kernel measures the latency of a memory. */
void access_chase(uint32_t info, uint64_t addr);
/* Charge the move of a page by another task. */
void access_moved(size_t page, unsigned int from, unsigned int to);
void access_begin_segment(const char *name, const struct times *times);
void access_end_segment(const struct times *times);
/* Write what is of all segments. */
void access_write(void);

#endif
