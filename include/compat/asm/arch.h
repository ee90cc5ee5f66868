/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between architectures: entries of page tables, cached
 * translations, and data of a page besides its bytes. The kernel has no common
 * and exported functions for these in 6.1 to 7.3.
 */
#ifndef _HMT_COMPAT_ASM_ARCH_H
#define _HMT_COMPAT_ASM_ARCH_H

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <linux/smp.h>
#include <asm/tlbflush.h>

/*
 * HMT_COUNTERS_HAVE_ADDRESSES
 *			counters of CPUs give the addresses of accesses, or refuse
 * HMT_SHARED_PTES	number of adjacent entries that may share a translation;
 *			hardware then sets the bits of any one of them
 * hmt_pte_is_shared()	check whether an entry shares its translation with the
 *			naturally aligned block that it is in
 * hmt_entry_is_young() check for the accessed bit of an entry that is present;
 *			the value is that of an entry of any level
 * hmt_entry_clear_young()
 *			clear this bit atomically; return whether it was set. No
 *			lock of a table is held, so that the entry may be removed
 *			at the same time
 * hmt_entry_clear_is_cheap()
 *			check that this costs neither a fault at the next access nor
 *			an emulated write
 * hmt_pte_get()	read an entry, with the dirty bits of its block
 * hmt_flush_mm()	make all CPUs forget the translations of an address space.
 *			If that is incomplete, accesses are not seen; nothing
 *			else depends on it
 * hmt_copy_user_page()	copy a page with its tags; return false if the source
 *			has a memory error
 * hmt_page_has_tags()	check whether an engine that copies bytes would lose tags
 */

#if defined(CONFIG_X86)

#include <asm/cpufeature.h>
#include <linux/uaccess.h>

#define HMT_COUNTERS_HAVE_ADDRESSES	true
#define HMT_SHARED_PTES			1

static inline bool hmt_pte_is_shared(pte_t pte)
{
	return false;
}

/*
 * Do not use pte_val(), which is a call, or pte_flags(), which masks an address.
 * Test the accessed bit first because most entries are not accessed.
 */
static inline bool hmt_entry_is_young(pteval_t entry)
{
	return entry & _PAGE_ACCESSED &&
	       entry & (_PAGE_PRESENT | _PAGE_PROTNONE);
}

/*
 * Test and clear the bit like pmdp_test_and_clear_young() and its siblings,
 * which are not exported. A race with the removal of the entry is harmless
 * because swap and migration entries do not use bit 5.
 */
static inline bool hmt_entry_clear_young(pteval_t *entry)
{
	return test_and_clear_bit(_PAGE_BIT_ACCESSED, (unsigned long *)entry);
}

/* False in a PV guest of Xen. */
static inline bool hmt_entry_clear_is_cheap(void)
{
	return arch_has_hw_nonleaf_pmd_young();
}

static inline pte_t hmt_pte_get(pte_t *ptep)
{
	return READ_ONCE(*ptep);
}

/* Leave lazy CPUs alone, on which a kernel thread keeps @mm loaded. */
static inline void hmt_flush_mm_on_cpu(void *mm)
{
	if (current->mm == mm)
		hmt_flush_tlb_user();
}

/*
 * Those that run @mm do so now. The others may return to it with what they have
 * cached: a CPU with PCIDs keeps translations of several address spaces and is in
 * mm_cpumask() of the loaded one only, and a lazy CPU did not unload it. With the
 * new generation they flush when they return. It is raised before mm_cpumask() is
 * read, so that no CPU misses both.
 *
 * The kernel does not tell modules which CPUs are lazy, so these are interrupted
 * as well, except in deep idle states, which remove them from mm_cpumask().
 */
static inline void hmt_flush_mm(struct mm_struct *mm)
{
	hmt_inc_mm_tlb_gen(mm);
	on_each_cpu_mask(mm_cpumask(mm), hmt_flush_mm_on_cpu, mm, true);
}

/*
 * Survive a memory error in the source. On CPUs where copy_mc_to_kernel() cannot
 * recover, it is a memcpy() that needs three times the instructions of
 * copy_page().
 */
static inline unsigned long hmt_copy_bytes(void *dst, void *src)
{
	if (boot_cpu_has(X86_FEATURE_ERMS))
		return copy_mc_to_kernel(dst, src, PAGE_SIZE);
	copy_page(dst, src);
	return 0;
}

static inline bool hmt_copy_user_page(struct page *to, struct page *from)
{
	void *dst = kmap_local_page(to);
	void *src = kmap_local_page(from);
	unsigned long left = hmt_copy_bytes(dst, src);

	kunmap_local(src);
	kunmap_local(dst);
	return !left;
}

static inline bool hmt_page_has_tags(struct page *page)
{
	return false;
}

#elif defined(CONFIG_ARM64)

#include <asm/mmu.h>
#include <asm/mte.h>

#define HMT_COUNTERS_HAVE_ADDRESSES	false

#ifdef CONFIG_ARM64_CONTPTE
#define HMT_SHARED_PTES			CONT_PTES
#else
#define HMT_SHARED_PTES			1
#endif

static inline bool hmt_pte_is_shared(pte_t pte)
{
	return HMT_SHARED_PTES > 1 && pte_valid(pte) && pte_cont(pte);
}

static inline bool hmt_entry_is_young(pteval_t entry)
{
	return entry & PTE_AF && pte_present(__pte(entry));
}

/*
 * The bit is a part of the offset in swap and migration entries, so that the
 * exchange must fail if the entry was removed. ptep_test_and_clear_young() expects
 * the lock of the table and would clear it there.
 */
static inline bool hmt_entry_clear_young(pteval_t *entry)
{
	pteval_t old = READ_ONCE(*entry);

	do {
		if (!hmt_entry_is_young(old))
			return false;
	} while (!try_cmpxchg_relaxed(entry, &old, old & ~PTE_AF));
	return true;
}

static inline bool hmt_entry_clear_is_cheap(void)
{
	return arch_has_hw_pte_young();
}

/* Read the block only if the entry alone does not answer. */
static inline pte_t hmt_pte_get(pte_t *ptep)
{
	pte_t pte = READ_ONCE(*ptep);

	return hmt_pte_is_shared(pte) && !pte_dirty(pte) ?
		       ptep_get_lockless(ptep) : pte;
}

/*
 * The instruction reaches all CPUs, no interrupt is needed. flush_tlb_mm() also
 * notifies secondary TLBs, by a function that is not exported. Devices need no
 * notification, because no page is freed.
 *
 * The flush of address 0, at which nothing is mapped, completes all flushes
 * before it as the CPU's errata require. The workaround that is for flushes of
 * user addresses only, 4193714, covers accesses that are still in flight, which
 * are not lost: their bits are set in the next sample.
 */
static inline void hmt_flush_mm(struct mm_struct *mm)
{
	u64 asid = (u64)ASID(mm) << 48;

	dsb(ishst);
	__tlbi(aside1is, asid);
	if (arm64_kernel_unmapped_at_el0())
		__tlbi(aside1is, asid | USER_ASID_FLAG);
	__flush_tlb_kernel_pgtable(0);
}

static inline bool hmt_copy_user_page(struct page *to, struct page *from)
{
	copy_highpage(to, from);
	return true;
}

static inline bool hmt_page_has_tags(struct page *page)
{
	return system_supports_mte() && page_mte_tagged(page);
}

#else
#error "HMT supports x86-64 and arm64."
#endif

#endif /* _HMT_COMPAT_ASM_ARCH_H */
