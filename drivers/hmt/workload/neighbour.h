/* SPDX-License-Identifier: GPL-2.0 */
/* What comes back with a page that a CPU touched. */
#ifndef _HMT_NEIGHBOUR_H
#define _HMT_NEIGHBOUR_H

#include <linux/types.h>

/*
 * A device uses a page that is so warm: by chance alone hardly any page gets
 * there. What the policy wants to keep in its tier counts, too.
 */
#define HMT_NEIGHBOUR_HOT	64

void hmt_neighbours_choose(const u8 *heat, unsigned int hot, unsigned int page,
			   unsigned int *first, unsigned int *end);

#endif /* _HMT_NEIGHBOUR_H */
