// SPDX-License-Identifier: GPL-2.0
/*
 * Does move_pages(2) interrupt other CPUs less than once a page? Before Linux
 * 6.3 it did for each, as migrate_vma does on all of them; then came batches.
 * No version says which kernel has them, so it is counted where it happens.
 */
#include <linux/cpumask.h>
#include <linux/hardirq.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include "hmt.h"
#include "flushes.h"

/* A verdict takes so many pages ... */
#define HMT_FLUSHES_ENOUGH	64

/* ... counts less when so many came after, and is asked for again after this. */
#define HMT_FLUSHES_MANY	4096
#define HMT_FLUSHES_VALID	(60 * NSEC_PER_SEC)

/* TLB flushes that CPUs carried out for others so far. Wraps around. */
u32 hmt_flushes_count(void)
{
	unsigned int cpu;
	u32 sum = 0;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(irq_stat, cpu).irq_tlb_count);
	return sum;
}

/*
 * @pages moved from when the count was @begin until now. What was counted for
 * an earlier end is not counted twice.
 */
void hmt_flushes_add(struct hmt_flushes *flushes, u32 begin, unsigned int pages)
{
	u32 now = hmt_flushes_count();

	if ((s32)(begin - flushes->end) < 0)
		begin = flushes->end;
	flushes->end = now;
	flushes->flushes += now - begin;
	flushes->pages += pages;
	flushes->when = ktime_get_ns();
	if (flushes->pages < HMT_FLUSHES_MANY)
		return;
	flushes->flushes /= 2;
	flushes->pages /= 2;
}

/* Are there less than one in two pages? To be found out if not known. */
bool hmt_flushes_are_few(const struct hmt_flushes *flushes)
{
	return flushes->pages < HMT_FLUSHES_ENOUGH ||
	       flushes->flushes * 2 < flushes->pages ||
	       ktime_get_ns() - flushes->when > HMT_FLUSHES_VALID;
}
