/* SPDX-License-Identifier: GPL-2.0 */
/* Specifications of graphs for tests. */
#ifndef _HMT_GRAPH_FIXTURE_H
#define _HMT_GRAPH_FIXTURE_H

#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include "graph/graph.h"

static void graph_free_spec(void *spec)
{
	kvfree(spec);
}

/* Return an empty specification, which is too large for adjacent pages. */
static inline struct hmt_graph_spec *graph_new_spec(struct kunit *test)
{
	struct hmt_graph_spec *spec = kvzalloc(sizeof(*spec), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, spec);
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, graph_free_spec, spec));
	return spec;
}

#endif /* _HMT_GRAPH_FIXTURE_H */
