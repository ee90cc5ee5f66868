// SPDX-License-Identifier: GPL-2.0
/*
 * Measure whether move_pages(2) interrupts other CPUs less than once per page.
 * Linux 6.3 and later flush TLBs in batches; earlier kernels, and migrate_vma
 * on all kernels, flush for each page. The version does not show whether a
 * kernel has the batches, because distributions backport them, so the
 * interrupts are counted.
 */
#include <linux/cpumask.h>
#include <linux/hardirq.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include "hmt.h"
#include "flushes.h"

/* Number of pages that a decision requires. */
#define HMT_FLUSHES_ENOUGH	64

/* Number of pages after which older counts weigh less. */
#define HMT_FLUSHES_MANY	4096
/* Age of a measurement, in ns, after which it is repeated. */
#define HMT_FLUSHES_VALID	(60 * NSEC_PER_SEC)

/*
 * Return the number of TLB flushes that CPUs made for others. Wraps around.
 * Reads memory of every CPU: not for use under a spinlock.
 */
u32 hmt_flushes_count(void)
{
	unsigned int cpu;
	u32 sum = 0;

	for_each_possible_cpu(cpu)
		sum += hmt_irq_tlb_count(cpu);
	return sum;
}

/*
 * Add @pages that moved while hmt_flushes_count() went from @begin to @end.
 * Flushes up to the end of the last measurement are not counted twice.
 */
void hmt_flushes_add(struct hmt_flushes *flushes, u32 begin, u32 end,
		     unsigned int pages)
{
	if ((s32)(begin - flushes->end) < 0)
		begin = flushes->end;
	/* Another one was added after the caller had counted. */
	if ((s32)(end - begin) < 0)
		end = begin;
	flushes->end = end;
	flushes->flushes += end - begin;
	flushes->pages += pages;
	flushes->when = ktime_get_ns();
	if (flushes->pages < HMT_FLUSHES_MANY)
		return;
	flushes->flushes /= 2;
	flushes->pages /= 2;
}

/*
 * Check whether there is less than one flush per two pages. Returns true if
 * that is unknown, so that it is measured.
 */
bool hmt_flushes_are_few(const struct hmt_flushes *flushes)
{
	return flushes->pages < HMT_FLUSHES_ENOUGH ||
	       flushes->flushes * 2 < flushes->pages ||
	       ktime_get_ns() - flushes->when > HMT_FLUSHES_VALID;
}
