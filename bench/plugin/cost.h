/* SPDX-License-Identifier: GPL-2.0 */
/* CPU time of QEMU by part of the run. It depends on the host, results do not. */
#ifndef BENCH_COST_H
#define BENCH_COST_H

/* Open the file that the environment variable HMT_BENCH_COST names, if any. */
void cost_init(void);
/* The part @name begins; the one before it ends. Times are in s. */
void cost_begin(const char *name);

#endif
