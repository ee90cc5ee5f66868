// SPDX-License-Identifier: GPL-2.0
/*
 * The arithmetic is drivers/hmt/policy/decay.h, which the kernel uses. A trace has
 * the heat at the end of each pass; the hits that explain the difference of two
 * passes are found by trial.
 */
#include "../../../drivers/hmt/policy/decay.h"
#include "trace/reheat.h"

/* Return the hits in sample @sample of @samples if @hits are spread evenly. */
static unsigned int hits_in_sample(unsigned int hits, unsigned int samples,
				   unsigned int sample)
{
	return (sample + 1) * hits / samples - sample * hits / samples;
}

unsigned int reheat_apply(unsigned int heat, unsigned int hits,
			  unsigned int samples, unsigned int decay)
{
	unsigned int i;

	for (i = 0; i < samples; i++)
		heat = hmt_heat_add(hmt_heat_decay_by(heat, decay),
				    hits_in_sample(hits, samples, i) *
				    HMT_HEAT_HIT_OF(decay));
	return heat;
}

unsigned int reheat_hits(unsigned int from, unsigned int to,
			 unsigned int samples)
{
	unsigned int hits = 0, before = 0, heat;

	for (;; hits++) {
		heat = reheat_apply(from, hits, samples, HMT_HEAT_DECAY);
		if (heat >= to || hits == REHEAT_HITS * samples)
			break;
		before = heat;
	}
	if (hits && heat > to && to - before < heat - to)
		hits--;
	return hits;
}
