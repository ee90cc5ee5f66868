/* SPDX-License-Identifier: GPL-2.0 */
/* Device memory, whose pages older kernels do not treat as folios. */
#ifndef _HMT_COMPAT_LINUX_MEMREMAP_H
#define _HMT_COMPAT_LINUX_MEMREMAP_H

#include <hmt_config.h>
#include_next <linux/memremap.h>

/* 82ba975e4c43 ("mm: allow compound zone device pages"), v6.15. */
#ifndef HMT_HAVE_PAGE_PGMAP
#define page_pgmap(_page)	((_page)->pgmap)
#endif

/*
 * HMT_DEFINE_FOLIO_FREE() defines what HMT_FOLIO_FREE() sets in
 * &dev_pagemap_ops, given a function that frees a folio: older kernels call it
 * for a page, until between v6.12 and v7.2.
 */
#ifdef HMT_HAVE_FOLIO_FREE
#define HMT_DEFINE_FOLIO_FREE(_free)
#define HMT_FOLIO_FREE(_free)		.folio_free = (_free)
#else
#define HMT_DEFINE_FOLIO_FREE(_free)					\
	static void _free##_page(struct page *page)			\
	{								\
		_free(page_folio(page));				\
	}
#define HMT_FOLIO_FREE(_free)		.page_free = _free##_page
#endif

/* Each page of older kernels is set up with its map, and is of order 0. */
#ifndef HMT_HAVE_ZONE_DEVICE_PAGE_INIT_PGMAP
#define zone_device_page_init(_page, _pgmap, _order)	\
	zone_device_page_init(_page)
#endif

#endif /* _HMT_COMPAT_LINUX_MEMREMAP_H */
