/* SPDX-License-Identifier: GPL-2.0 */
/* Flushes of one address space, which <asm/tlbflush.h> hides from modules. */
#ifndef _HMT_COMPAT_ASM_TLBFLUSH_H
#define _HMT_COMPAT_ASM_TLBFLUSH_H

#include <hmt_config.h>
#include <linux/atomic.h>
#include <linux/mm_types.h>
#include_next <asm/tlbflush.h>

#ifdef CONFIG_X86

/*
 * bfe3d8f6313d ("x86/tlb: Restrict access to tlbstate"), v5.8, hid inc_mm_tlb_gen()
 * and the flushes of one address space from modules.
 */

/*
 * Make each CPU that loads @mm from now on flush what it has cached of @mm
 * first, as inc_mm_tlb_gen() does. Full barrier: a CPU that is not in
 * mm_cpumask() afterwards will see the new generation.
 */
static inline void hmt_inc_mm_tlb_gen(struct mm_struct *mm)
{
	atomic64_inc_return(&mm->context.tlb_gen);
}

/*
 * Flush what this CPU has cached of the address space that it has loaded. The
 * caller has disabled interrupts or preemption. Without paravirtualisation the
 * kernel exports only the flush of all address spaces, and since v7.2 or earlier
 * only to KVM.
 */
static inline void hmt_flush_tlb_user(void)
{
#if defined(CONFIG_PARAVIRT)
	__flush_tlb_local();
#elif defined(HMT_EXPORTS___flush_tlb_all)
	__flush_tlb_all();
#else
#error "This kernel has neither CONFIG_PARAVIRT nor a flush for all modules."
#endif
}

#endif /* CONFIG_X86 */
#endif /* _HMT_COMPAT_ASM_TLBFLUSH_H */
