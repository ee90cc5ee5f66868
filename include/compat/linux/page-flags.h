/* SPDX-License-Identifier: GPL-2.0 */
/* Flags of a page, whose type differs. */
#ifndef _HMT_COMPAT_LINUX_PAGE_FLAGS_H
#define _HMT_COMPAT_LINUX_PAGE_FLAGS_H

#include_next <linux/page-flags.h>

/* A long, which is in a separate struct since v6.18. */
#define hmt_page_flag_bits(_page)	((const unsigned long *)&(_page)->flags)

#endif /* _HMT_COMPAT_LINUX_PAGE_FLAGS_H */
