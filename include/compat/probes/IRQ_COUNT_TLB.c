// SPDX-License-Identifier: GPL-2.0
/* Interrupt counters as an array, v7.2. */
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/hardirq.h>

static_assert(__same_type(((irq_cpustat_t *)NULL)->counts[IRQ_COUNT_TLB],
			  unsigned int));
