/* SPDX-License-Identifier: GPL-2.0 */
/* DAMON, the kernel's access monitor, through sysfs. */
#ifndef HMTD_DAMON_H
#define HMTD_DAMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Number of processes that are monitored. */
#define DAMON_TARGETS	16
/* Number of accesses of a region that was accessed in every sample. */
#define DAMON_ACCESSES	20
/* Time in which accesses are counted (aggregation interval), in ms. */
#define DAMON_ROUND_MS	100

/**
 * struct damon_region - range of equally accessed addresses
 * @start: first address
 * @end: end address (exclusive)
 * @accesses: number of accesses, 0 to DAMON_ACCESSES
 */
struct damon_region {
	uint64_t start;
	uint64_t end;
	unsigned int accesses;
};

/* Check whether the kernel has DAMON; log an error if not. */
bool damon_is_there(void);

/*
 * End a monitor of an earlier hmtd. Monitors of other programs are left alone.
 */
void damon_recover(void);

/*
 * Tell hmtctl that the provider is served, until hmtd ends. Failures are logged
 * only, because monitoring does not depend on it.
 */
void damon_announce(void);

/*
 * Let damon_start() stop DAMON_STAT, which uses DAMON exclusively, and start it
 * again after that.
 */
void damon_stop_stat(void);
void damon_restart_stat(void);

/* Monitor these processes. Returns 0, or -1 after logging the reason once. */
int damon_start(const pid_t *pids, size_t count);
void damon_stop(void);

/* Let the kernel update the regions; return -1 if monitoring has ended. */
int damon_update(void);

/*
 * Return the accessed regions of process @target, an index of damon_start().
 * The caller frees the array; NULL if there are none.
 */
struct damon_region *damon_regions(size_t target, size_t *count);

#endif
