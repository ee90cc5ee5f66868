/* SPDX-License-Identifier: GPL-2.0 */
/* Times of requests to a server. */
#ifndef BENCH_REQUESTS_H
#define BENCH_REQUESTS_H

#include <stdint.h>
#include <stdio.h>

/* The client sends a request at the modelled time @now, in ps. */
void requests_begin(uint64_t now);
/* It has read the answer. */
void requests_end(uint64_t now);
/* Forget the requests so far: those of the last segments count. */
void requests_reset(void);
/* Write the times in ns and how often each occurred, if there was a request. */
void requests_write(FILE *out);

#endif
