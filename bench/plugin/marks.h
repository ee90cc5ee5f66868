/* SPDX-License-Identifier: GPL-2.0 */
/* Marks of the guest: the clock, segments, and the data. */
#ifndef BENCH_MARKS_H
#define BENCH_MARKS_H

#include <stdbool.h>

/* The clock runs. */
extern bool marks_started;
/* The accesses of the program are watched. */
extern bool marks_watched;

/* Do what a mark with the number @code, of markers.h, asks for. */
void marks_run(unsigned int code);
/* End a segment of instructions if it is due; return whether the clock runs. */
bool marks_end_slice(void);

#endif
