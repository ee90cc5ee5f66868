// SPDX-License-Identifier: GPL-2.0
/* Lower bound of the stall of every placement, see bound.h. */
#include <stdlib.h>
#include <string.h>
#include "bound.h"

/*
 * Rents around the extra stall of an average page for each miss. The hottest
 * pages of a Zipf distribution are far above, the coldest ones far below.
 */
#define RENT_LEAST	0.02
#define RENT_RATIO	1.5

bool bound_init(struct bound *bound, size_t pages, int64_t extra, int64_t copy)
{
	double rent = (double)extra / pages * RENT_LEAST;
	unsigned int i;

	*bound = (struct bound) {
		.pages = pages, .extra = extra, .copy = copy,
		.last = calloc(pages, sizeof(*bound->last)),
		.lead = calloc(pages, sizeof(*bound->lead)),
	};
	for (i = 0; i < BOUND_RENTS; i++, rent *= RENT_RATIO)
		bound->rent[i] = rent < 1 ? 1 : (int64_t)rent;
	return bound->last && bound->lead;
}

void bound_free(struct bound *bound)
{
	free(bound->last);
	free(bound->lead);
	memset(bound, 0, sizeof(*bound));
}

int64_t bound_copy(const uint64_t *latency, unsigned int boundary,
		   unsigned int lines)
{
	uint64_t low = latency[boundary], high = latency[boundary + 1];

	return (boundary ? high - low : high + low) * lines / 100;
}

/* Pages stay where they are for @time. A lead above the copy is not needed. */
static int64_t wait(int64_t lead, int64_t rent, uint64_t time, int64_t copy)
{
	lead += rent * (int64_t)time;
	return lead < copy ? lead : copy;
}

/* Until the birth no rent is due, and its place is free. */
void bound_birth(struct bound *bound, size_t page)
{
	bound->last[page] = bound->now;
	memset(bound->lead[page], 0, sizeof(bound->lead[page]));
}

/* A third of the time with vectors. Integers: the result is the same without. */
__attribute__((target_clones("arch=x86-64-v4", "default"), optimize("O3")))
void bound_miss(struct bound *bound, size_t page, unsigned int lines)
{
	uint64_t time = (bound->now += lines) - bound->last[page];
	int64_t *lead = bound->lead[page], extra = bound->extra * lines;
	unsigned int i;

	bound->last[page] = bound->now;
	for (i = 0; i < BOUND_RENTS; i++) {
		int64_t value = wait(lead[i], bound->rent[i], time,
				     bound->copy);

		/* Ending in the slow memory costs extra more now. */
		value -= extra;
		bound->base[i] += extra;
		/* Ending in the fast memory and moving back may be cheaper. */
		if (value < 0) {
			bound->base[i] += value;
			value = 0;
		}
		lead[i] = value;
	}
}

int64_t bound_cost(const struct bound *bound, unsigned int rent)
{
	/* A page may leave after its last miss, so leads are not added. */
	return bound->base[rent];
}
