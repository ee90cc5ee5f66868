// SPDX-License-Identifier: GPL-2.0
/* Print the rate of this machine's TSC in kHz, which is that of emulated guests. */
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

/* Tries for two clocks that were read at the same time; time between, ns. */
#define TRIES	1000
#define WAIT_NS	20000000

struct moment {
	uint64_t tsc;
	uint64_t ns;
};

/* Read both clocks. Of several tries the shortest was not interrupted. */
static struct moment now(void)
{
	struct moment best = {};
	uint64_t least = UINT64_MAX;
	struct timespec time;
	int i;

	for (i = 0; i < TRIES; i++) {
		uint64_t before = __rdtsc(), took;

		clock_gettime(CLOCK_MONOTONIC_RAW, &time);
		took = __rdtsc() - before;
		if (took >= least)
			continue;
		least = took;
		best.tsc = before + took / 2;
		best.ns = time.tv_sec * 1000000000ULL + time.tv_nsec;
	}
	return best;
}

int main(void)
{
	const struct timespec wait = { .tv_nsec = WAIT_NS };
	struct moment first = now(), last;

	nanosleep(&wait, NULL);
	last = now();
	printf("%.0f\n", (double)(last.tsc - first.tsc) * 1000000 /
			 (last.ns - first.ns));
	return 0;
}
