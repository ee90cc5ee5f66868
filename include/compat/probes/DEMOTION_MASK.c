// SPDX-License-Identifier: GPL-2.0
/* next_demotion_node() is told which nodes are allowed: between v6.12 and v7.2. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/memory-tiers.h>

static_assert(__same_type(next_demotion_node, int(int, const nodemask_t *)));
