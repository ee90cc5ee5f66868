/* SPDX-License-Identifier: GPL-2.0 */
/* The part of the interface between modules that the graph uses. */
#ifndef _HMT_MODEL_INTERNAL_H
#define _HMT_MODEL_INTERNAL_H

#include <linux/types.h>

#define MAX_NUMNODES	64

struct hmt_demotion {
	int nid;
	int fallback;
	bool full;
};

#endif /* _HMT_MODEL_INTERNAL_H */
