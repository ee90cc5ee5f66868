/* SPDX-License-Identifier: GPL-2.0 */
/* Flags of a page, whose type differs. */
#ifndef _HMT_COMPAT_LINUX_PAGE_FLAGS_H
#define _HMT_COMPAT_LINUX_PAGE_FLAGS_H

#include_next <linux/page-flags.h>

/* Bits of folio->mapping that are flags. */
#ifndef FOLIO_MAPPING_FLAGS
#define FOLIO_MAPPING_FLAGS	PAGE_MAPPING_FLAGS
#endif

/* A long, which is in a separate struct since v6.18. */
#define hmt_page_flag_bits(_page)	((const unsigned long *)&(_page)->flags)

#endif /* _HMT_COMPAT_LINUX_PAGE_FLAGS_H */
