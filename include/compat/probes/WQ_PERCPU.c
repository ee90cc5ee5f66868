// SPDX-License-Identifier: GPL-2.0
/* 930c2ea566af ("workqueue: Add new WQ_PERCPU flag"), v6.17. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/workqueue.h>

static_assert(WQ_PERCPU);
