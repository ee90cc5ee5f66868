/* SPDX-License-Identifier: GPL-2.0 */
/* Heat as it would be if it decayed at another pace. */
#ifndef HMTCTL_REHEAT_H
#define HMTCTL_REHEAT_H

/* Most hits that count for a page in one sample, and slowest decay. */
#define REHEAT_HITS		4
#define REHEAT_DECAY_MIN	2
#define REHEAT_DECAY_MAX	128

/*
 * Hits that a page of heat @from got in @samples samples when its heat is @to
 * afterwards, under the decay of the kernel. Those that found no room at the
 * upper end cannot be told.
 */
unsigned int reheat_hits(unsigned int from, unsigned int to,
			 unsigned int samples);

/*
 * Heat of a page of heat @heat after @hits in @samples samples, when each sample
 * takes one part in @decay.
 */
unsigned int reheat_apply(unsigned int heat, unsigned int hits,
			  unsigned int samples, unsigned int decay);

#endif
