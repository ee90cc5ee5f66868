/* SPDX-License-Identifier: GPL-2.0 */
/* Locks of single VMAs, which kernels have since v6.4 and export to modules later. */
#ifndef _HMT_COMPAT_LINUX_MMAP_LOCK_H
#define _HMT_COMPAT_LINUX_MMAP_LOCK_H

#include <hmt_config.h>
#include <linux/kconfig.h>
#include_next <linux/mmap_lock.h>

/* Exported between v6.12 and v7.2. */
#if defined(CONFIG_PER_VMA_LOCK) && defined(HMT_EXPORTS_lock_vma_under_rcu)

#define HMT_HAS_VMA_LOCKS	1

/*
 * Take the lock of the VMA at @addr for reading, without waiting. Return NULL if
 * there is none, or if a task changes it. Waits for no lock.
 */
static inline struct vm_area_struct *hmt_lock_vma(struct mm_struct *mm,
						  unsigned long addr)
{
	return lock_vma_under_rcu(mm, addr);
}

static inline void hmt_unlock_vma(struct vm_area_struct *vma)
{
	vma_end_read(vma);
}

/* Check whether a task holds the mmap lock for writing. */
static inline bool hmt_mmap_is_write_locked(struct mm_struct *mm)
{
	unsigned int seq;

	return !mmap_lock_speculate_try_begin(mm, &seq);
}

#else

#define HMT_HAS_VMA_LOCKS	0

static inline struct vm_area_struct *hmt_lock_vma(struct mm_struct *mm,
						  unsigned long addr)
{
	return NULL;
}

static inline void hmt_unlock_vma(struct vm_area_struct *vma)
{
}

static inline bool hmt_mmap_is_write_locked(struct mm_struct *mm)
{
	return false;
}

#endif
#endif /* _HMT_COMPAT_LINUX_MMAP_LOCK_H */
