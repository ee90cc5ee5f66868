// SPDX-License-Identifier: GPL-2.0
/* Latency of the memories under load, see queue.h. */
#include "queue.h"

#define ONE		1024
/* A quarter of the difference is taken over in each window. */
#define SMOOTH		4

/* Points of the curve; Documentation/bench.rst has the source. */
static const struct {
	int64_t load;		/* in per cent */
	unsigned int latency;	/* in 1/1000 of the idle one */
} points[] = {
	{ 0, 1000 }, { 25, 1110 }, { 50, 1230 }, { 65, 1350 }, { 75, 1500 },
	{ 84, 1560 }, { 99, 2800 }, { 100, 3500 },
};

#define POINTS	(sizeof(points) / sizeof(*points))

unsigned int queue_curve(int64_t load)
{
	unsigned int i;

	for (i = 1; i < POINTS; i++) {
		int64_t low = points[i - 1].load * ONE / 100;
		int64_t high = points[i].load * ONE / 100;
		int64_t rise = points[i].latency - points[i - 1].latency;

		if (load < high)
			return points[i - 1].latency +
			       rise * (load - low) / (high - low);
	}
	return points[POINTS - 1].latency;
}

void queue_end_window(struct queue *queue, unsigned int cpus)
{
	int64_t capacity = queue->mbps * QUEUE_WINDOW_US, demand, latency;

	if (!capacity)
		return;
	demand = queue->bytes * cpus + queue->antagonist * QUEUE_WINDOW_US;
	queue->bytes = 0;
	demand = demand * ONE / capacity;
	queue->load += ((demand < ONE ? demand : ONE) - queue->load) / SMOOTH;
	latency = queue->idle_ps + queue->extra_ps;
	/* A step doubles the latency at most, as demand is late by a window. */
	if (demand > 5 * ONE)
		demand = 5 * ONE;
	queue->wait_ps += latency * (demand - ONE) / ONE / SMOOTH;
	if (queue->wait_ps < 0)
		queue->wait_ps = 0;
	queue->extra_ps = queue->idle_ps *
			  (queue_curve(queue->load) - 1000) / 1000 +
			  queue->wait_ps;
}
