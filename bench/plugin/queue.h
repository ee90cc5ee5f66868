/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Latency of the memories under load.
 *
 * The traffic of a window decides the latencies of the next one, so that there
 * is no equation to solve, and demand falls when a latency rises. Traffic is that
 * of the modelled CPU, multiplied by the number of CPUs that do the same, and of
 * an antagonist, which is constant. The latency is the idle one, times a curve
 * of the utilisation, plus a wait that grows while the demand is above the
 * bandwidth and shrinks while it is below: it settles where the CPUs, of which
 * each has a limited number of misses under way, ask for no more than there is.
 *
 * Only integers and the modelled time are used.
 */
#ifndef BENCH_QUEUE_H
#define BENCH_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

#define QUEUE_WINDOW_US	50

/**
 * struct queue - the load of a memory
 * @idle_ps: idle latency
 * @mbps: bandwidth in MB/s, 0: unlimited
 * @antagonist: traffic of others, in MB/s
 * @bytes: traffic of the modelled CPU in this window
 * @load: utilisation of the latest windows, in 1/1024, averaged
 * @wait_ps: wait for bandwidth
 * @extra_ps: latency beyond the idle one, in this window
 */
struct queue {
	uint64_t idle_ps;
	uint64_t mbps;
	uint64_t antagonist;
	uint64_t bytes;
	int64_t load;
	int64_t wait_ps;
	uint64_t extra_ps;
};

/* Return the latency at a utilisation in 1/1024, in 1/1000 of the idle one. */
unsigned int queue_curve(int64_t load);
/* End a window, in which @cpus did as the modelled one. */
void queue_end_window(struct queue *queue, unsigned int cpus);

#endif
