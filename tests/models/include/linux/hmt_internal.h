/* SPDX-License-Identifier: GPL-2.0 */
/* The part of the interface between modules that the graph and heat use. */
#ifndef _HMT_MODEL_INTERNAL_H
#define _HMT_MODEL_INTERNAL_H

#include <linux/build_bug.h>
#include <linux/hmt.h>
#include <linux/limits.h>
#include <linux/nodemask.h>
#include <linux/types.h>

struct hmt_demotion {
	int nid;
	int fallback;
	bool full;
};

#endif /* _HMT_MODEL_INTERNAL_H */
