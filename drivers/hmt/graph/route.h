/* SPDX-License-Identifier: GPL-2.0 */
/* Routes: which node the pages of a node sink to, as the graph says. */
#ifndef _HMT_ROUTE_H
#define _HMT_ROUTE_H

#include <linux/hmt.h>

struct hmt_graph;

/* How much a node can take. */
enum hmt_level {
	/* Not there, going away, or no node. */
	HMT_LEVEL_DEAD,
	/* Below the kernel's low watermark: what comes has to push others. */
	HMT_LEVEL_FULL,
	/* Below the low watermark of its tier. */
	HMT_LEVEL_TIGHT,
	HMT_LEVEL_ROOM
};

/**
 * struct hmt_route_ops - what routing asks of memories
 * @level: how much the memory can take; @low is the watermark of its tier
 * @distance: between two memories
 *
 * The registry in the kernel, tables in tests. Any context.
 */
struct hmt_route_ops {
	enum hmt_level (*level)(u32 uid, u16 low);
	int (*distance)(u32 from, u32 to);
};

bool hmt_route(const struct hmt_graph *graph, u32 uid,
	       const struct hmt_route_ops *ops, struct hmt_demotion *route);

#endif /* _HMT_ROUTE_H */
