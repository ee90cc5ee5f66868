/* SPDX-License-Identifier: GPL-2.0 */
/* Arguments of mpol_misplaced(), and the time that a page was marked. */
#ifndef _HMT_COMPAT_LINUX_MEMPOLICY_H
#define _HMT_COMPAT_LINUX_MEMPOLICY_H

#include <hmt_config.h>
#include_next <linux/mempolicy.h>

/*
 * The second argument is the fault since between v6.1 and v6.12; before, the VMA.
 * The first one was a page as long as pages had the time.
 */
#ifdef HMT_HAVE_MISPLACED_FAULT
#define HMT_MISPLACED_HAS_FAULT	true
#define HMT_MISPLACED_TYPE	\
	int(struct folio *, struct vm_fault *, unsigned long)
#else
#define HMT_MISPLACED_HAS_FAULT	false
#ifdef HMT_HAVE_FOLIO_CPUPID
#define HMT_MISPLACED_TYPE	\
	int(struct folio *, struct vm_area_struct *, unsigned long)
#else
#define HMT_MISPLACED_TYPE	\
	int(struct page *, struct vm_area_struct *, unsigned long)
#endif
#endif

/* Pages and not folios had the time until between v6.1 and v6.12. */
#ifndef HMT_HAVE_FOLIO_CPUPID
#define folio_last_cpupid(_folio)	page_cpupid_last(&(_folio)->page)
#endif

/* Before and after v6.12, kernels without NUMA balancing mark no page. */
#ifndef CONFIG_NUMA_BALANCING
#define PAGE_ACCESS_TIME_BUCKETS	0
#define PAGE_ACCESS_TIME_MASK		0
#endif

#endif /* _HMT_COMPAT_LINUX_MEMPOLICY_H */
