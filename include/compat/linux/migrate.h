/* SPDX-License-Identifier: GPL-2.0 */
/* Types of migrate_pages(), which older kernels name otherwise. */
#ifndef _HMT_COMPAT_LINUX_MIGRATE_H
#define _HMT_COMPAT_LINUX_MIGRATE_H

#include <hmt_config.h>
#include_next <linux/migrate.h>

/* 4e096ae1801e ("mm: convert migrate_pages() to work on folios"), v6.5. */
#ifndef HMT_HAVE_NEW_FOLIO_T
#define new_folio_t	new_page_t
#define free_folio_t	free_page_t
#endif

/* The reason is an int until between v6.12 and v7.2. */
#ifdef HMT_HAVE_MIGRATE_REASON
#define HMT_MIGRATE_REASON	enum migrate_reason
#else
#define HMT_MIGRATE_REASON	int
#endif

/*
 * HMT_MIGRATE_WHOLE is true if migrate_vma moves huge pages as a whole, between
 * v6.18 and v7.2 on. Older kernels split those that are mapped as a whole, and
 * leave alone those that tables map.
 */
#ifdef HMT_HAVE_MIGRATE_COMPOUND
#define HMT_MIGRATE_WHOLE	thp_migration_supported()
#else
#define HMT_MIGRATE_WHOLE	false
#define MIGRATE_VMA_SELECT_COMPOUND	0
#define MIGRATE_PFN_COMPOUND	0UL
#endif

/* A program may have no huge pages in @vma. Used where they move as a whole. */
static inline bool hmt_vma_has_no_huge_pages(struct vm_area_struct *vma)
{
#if defined(HMT_HAVE_MIGRATE_COMPOUND) && defined(CONFIG_TRANSPARENT_HUGEPAGE)
	return vma_thp_disabled(vma, vma->vm_flags, false);
#else
	return true;
#endif
}

#endif /* _HMT_COMPAT_LINUX_MIGRATE_H */
