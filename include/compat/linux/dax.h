/* SPDX-License-Identifier: GPL-2.0 */
/* Entries of page tables that map DAX files and devices. */
#ifndef _HMT_COMPAT_LINUX_DAX_H
#define _HMT_COMPAT_LINUX_DAX_H

#include <hmt_config.h>
#include <linux/memremap.h>
#include <linux/mm.h>
#include_next <linux/dax.h>

/*
 * hmt_pte_is_dax() and hmt_pmd_is_dax() check whether an entry that is present,
 * not special and a leaf maps a DAX file or device. A bit in the entry shows this
 * before v6.17, afterwards only the page.
 */
#ifdef HMT_HAVE_PTE_DEVMAP

#define hmt_pte_is_dax(_pte)	(!!pte_devmap(_pte))
#define hmt_pmd_is_dax(_pmd)	(!!pmd_devmap(_pmd))

#else

static inline bool hmt_page_is_dax(const struct page *page)
{
	return is_zone_device_page(page) && !is_device_private_page(page) &&
	       !is_device_coherent_page(page);
}

#define hmt_pte_is_dax(_pte)	hmt_page_is_dax(pte_page(_pte))
#define hmt_pmd_is_dax(_pmd)	hmt_page_is_dax(pmd_page(_pmd))

#endif
#endif /* _HMT_COMPAT_LINUX_DAX_H */
