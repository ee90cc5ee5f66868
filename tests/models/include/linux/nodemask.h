/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _HMT_MODEL_NODEMASK_H
#define _HMT_MODEL_NODEMASK_H

#include <linux/types.h>

#define MAX_NUMNODES	64

typedef struct {
	u64 bits;
} nodemask_t;

#define node_isset(node, mask)	((mask).bits >> (node) & 1)

#endif /* _HMT_MODEL_NODEMASK_H */
