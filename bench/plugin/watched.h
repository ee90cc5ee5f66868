/* SPDX-License-Identifier: GPL-2.0 */
/* Functions of the kernel whose accesses are modelled. */
#ifndef BENCH_WATCHED_H
#define BENCH_WATCHED_H

#include <stdint.h>

/**
 * enum watched - kinds of functions
 * @WATCHED_NOT: its accesses are not modelled
 * @WATCHED_COPY: it copies for programs
 * @WATCHED_CHASE: it measures the latency of a memory by a chain of loads
 */
enum watched { WATCHED_NOT, WATCHED_COPY, WATCHED_CHASE };

/* Add a function at [@start, @end). */
void watched_add(uint64_t start, uint64_t end, enum watched kind);
/* Return the kind of the function that code belongs to. */
enum watched watched_kind(uint64_t pc);

#endif
