// SPDX-License-Identifier: GPL-2.0
/* Heat under another decay. Prints TAP. */
#include <stdbool.h>
#include <stdio.h>

#include "trace/reheat.h"
#include "tap.h"

/* That of the kernel. */
#define DECAY		32

/* Check that heat gives back the number of hits, unless it saturates. */
static bool all_explained(unsigned int samples)
{
	unsigned int from, hits, to;

	for (from = 0; from < 256; from += 5)
		for (hits = 0; hits <= samples; hits++) {
			to = reheat_apply(from, hits, samples, DECAY);
			if (to < 255 &&
			    reheat_hits(from, to, samples) != hits)
				return false;
		}
	return true;
}

/* Nothing is worth inventing for what no number of hits gives. */
static bool all_near(unsigned int samples)
{
	unsigned int from, to, got, least, most;

	for (from = 0; from < 256; from += 3)
		for (to = 0; to < 256; to++) {
			got = reheat_apply(from, reheat_hits(from, to, samples),
					   samples, DECAY);
			least = reheat_apply(from, 0, samples, DECAY);
			most = reheat_apply(from, REHEAT_HITS * samples,
					    samples, DECAY);
			if (to < least ? got != least :
			    to > most ? got != most :
			    got > to + 5 || got + 5 < to)
				return false;
		}
	return true;
}

static unsigned int settled(unsigned int hits, unsigned int samples,
			    unsigned int decay)
{
	unsigned int heat = 0, i;

	for (i = 0; i < 1000; i++)
		heat = reheat_apply(heat, hits, samples, decay);
	return heat;
}

int main(void)
{
	unsigned int decay;
	bool good = true;

	ok(all_explained(1) && all_explained(5) && all_explained(16),
	   "hits are found again");
	ok(all_near(1) && all_near(5), "other heat is met as nearly as can be");
	for (decay = REHEAT_DECAY_MIN; decay <= REHEAT_DECAY_MAX; decay *= 2)
		good &= settled(5, 5, decay) == 255 && !settled(0, 5, decay);
	ok(good, "seen always is 255, never 0, at any pace");
	ok(reheat_apply(255, 0, 5, 4) < reheat_apply(255, 0, 5, 32) &&
	   reheat_apply(0, 5, 5, 4) > reheat_apply(0, 5, 5, 32),
	   "a faster decay follows faster, both ways");
	return end_of_tests();
}
