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

#ifdef HMT_HAVE_MIGRATE_COMPOUND

/* Initialize a free huge page of private memory: locked, with one reference. */
#define hmt_init_huge_page(_page, _pgmap, _order)	\
	zone_device_folio_init((struct folio *)(_page), _pgmap, _order)

/*
 * Make the pages of a huge page of private memory that is freed base pages. The
 * kernel does that when a page is allocated again, but finds those after it by
 * the order of the first one until then. The map is where tails have the link to
 * their head. A macro, because <linux/mm.h> includes this.
 */
#define hmt_dissolve_huge_page(_folio, _nr)				\
	do {								\
		struct folio *__folio = (_folio);			\
		struct page *__page = &__folio->page;			\
		struct dev_pagemap *__pgmap = __folio->pgmap;		\
		unsigned long __left = (_nr);				\
									\
		folio_reset_order(__folio);				\
		ClearPageCompound(__page);				\
		while (--__left)					\
			((struct folio *)(__page + __left))->pgmap =	\
				__pgmap;				\
	} while (0)

#else

/* All pages are base pages. */
#define hmt_init_huge_page(_page, _pgmap, _order)	((void)(_page))
#define hmt_dissolve_huge_page(_folio, _nr)		((void)(_folio))

#endif

#endif /* _HMT_COMPAT_LINUX_MEMREMAP_H */
