/* SPDX-License-Identifier: GPL-2.0 */
/* Entries of page tables that are not present. */
#ifndef _HMT_COMPAT_LINUX_LEAFOPS_H
#define _HMT_COMPAT_LINUX_LEAFOPS_H

#include <hmt_config.h>

/* A separate type since v6.19; before, all were swap entries. */
#ifdef HMT_HAVE_LEAFOPS_H
/* leafops.h of v7.2 needs these before it. */
#include <linux/mm.h>
#include <linux/swap.h>
#include_next <linux/leafops.h>
#else

#include <linux/swap.h>
#include <linux/swapops.h>

typedef swp_entry_t softleaf_t;

/* Some stable kernels have one or the other. */
#ifndef softleaf_from_pte
#define softleaf_from_pte(_pte)			pte_to_swp_entry(_pte)
#endif
#ifndef softleaf_is_device_private
#define softleaf_is_device_private(_entry)	is_device_private_entry(_entry)
#endif
#ifndef softleaf_to_page
#define softleaf_to_page(_entry)		pfn_swap_entry_to_page(_entry)
#endif
#ifndef softleaf_from_pmd
#define softleaf_from_pmd(_pmd)			pmd_to_swp_entry(_pmd)
#endif

/* Memory that CPUs cannot address has base pages only. */
#define pmd_is_device_private_entry(_pmd)	((void)(_pmd), false)

#endif
#endif /* _HMT_COMPAT_LINUX_LEAFOPS_H */
