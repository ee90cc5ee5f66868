/* SPDX-License-Identifier: GPL-2.0 */
/* Pages that are migrated back together with a page that a CPU accessed. */
#ifndef _HMT_NEIGHBOUR_H
#define _HMT_NEIGHBOUR_H

#include <linux/types.h>

/*
 * Heat from which a page counts as used by its device; chance alone hardly ever
 * reaches it. Pages that the policy keeps in the tier count as well.
 */
#define HMT_NEIGHBOUR_HOT	64

void hmt_neighbours_choose(const u8 *heat, unsigned int hot, unsigned int page,
			   unsigned int *first, unsigned int *end);

#endif /* _HMT_NEIGHBOUR_H */
