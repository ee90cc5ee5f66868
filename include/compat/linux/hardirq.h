/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupt counters of a CPU. */
#ifndef _HMT_COMPAT_LINUX_HARDIRQ_H
#define _HMT_COMPAT_LINUX_HARDIRQ_H

#include <hmt_config.h>
#include_next <linux/hardirq.h>

/*
 * Number of TLB flushes that @_cpu made for others. The counters are an array
 * since v7.2 or earlier. Where an instruction flushes the TLBs of all CPUs, none
 * is interrupted.
 */
#if !defined(CONFIG_X86)
#define hmt_irq_tlb_count(_cpu)	((void)(_cpu), 0U)
#elif defined(HMT_HAVE_IRQ_COUNT_TLB)
#define hmt_irq_tlb_count(_cpu)	\
	READ_ONCE(per_cpu(irq_stat, _cpu).counts[IRQ_COUNT_TLB])
#else
#define hmt_irq_tlb_count(_cpu)	\
	READ_ONCE(per_cpu(irq_stat, _cpu).irq_tlb_count)
#endif

#endif /* _HMT_COMPAT_LINUX_HARDIRQ_H */
