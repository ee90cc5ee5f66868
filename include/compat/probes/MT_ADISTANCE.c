// SPDX-License-Identifier: GPL-2.0
/* Distance algorithms: 07a8bdd4120c, v6.7. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/memory-tiers.h>

static_assert(__same_type(mt_perf_to_adistance,
			  int(struct access_coordinate *, int *)));
