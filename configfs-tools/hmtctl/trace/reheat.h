/* SPDX-License-Identifier: GPL-2.0 */
/* Heat with another decay. */
#ifndef HMTCTL_REHEAT_H
#define HMTCTL_REHEAT_H

/* Most hits of a page in a sample, and bounds of the decay. */
#define REHEAT_HITS		4
#define REHEAT_DECAY_MIN	2
#define REHEAT_DECAY_MAX	128

/*
 * Return the hits that change the heat of a page from @from to @to in @samples
 * samples, with the decay of the kernel. Hits beyond the highest heat are
 * unknown.
 */
unsigned int reheat_hits(unsigned int from, unsigned int to,
			 unsigned int samples);

/*
 * Return the heat of a page of heat @heat after @hits in @samples samples, each
 * of which takes 1/@decay of the heat.
 */
unsigned int reheat_apply(unsigned int heat, unsigned int hits,
			  unsigned int samples, unsigned int decay);

#endif
