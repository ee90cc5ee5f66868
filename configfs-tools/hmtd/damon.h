/* SPDX-License-Identifier: GPL-2.0 */
/* DAMON, the kernel's monitor of accesses, as its sysfs offers it. */
#ifndef HMTD_DAMON_H
#define HMTD_DAMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Processes that are monitored at once. */
#define DAMON_TARGETS	16
/* Most accesses of a region: it was found accessed each time. */
#define DAMON_ACCESSES	20
/* What one look takes: accesses are counted so long, ms. */
#define DAMON_ROUND_MS	100

/**
 * struct damon_region - addresses that are alike
 * @start: first
 * @end: behind the last
 * @accesses: how often it was found accessed, up to DAMON_ACCESSES
 */
struct damon_region {
	uint64_t start;
	uint64_t end;
	unsigned int accesses;
};

/* Does the kernel have it? Says so when not. */
bool damon_is_there(void);

/*
 * End what an earlier hmtd left behind. What others do with DAMON is left alone.
 */
void damon_recover(void);

/* Monitor these processes. 0, or -1: not now; why is said, once. */
int damon_start(const pid_t *pids, size_t count);
void damon_stop(void);

/* Have the kernel show what it counted last; -1: monitoring has ended. */
int damon_look(void);

/*
 * Regions of process @target, by its place in damon_start(), that were accessed:
 * an array to be freed, NULL for none.
 */
struct damon_region *damon_regions(size_t target, size_t *count);

#endif
