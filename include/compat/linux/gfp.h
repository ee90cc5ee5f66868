/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that older kernels name otherwise. */
#ifndef _HMT_COMPAT_LINUX_GFP_H
#define _HMT_COMPAT_LINUX_GFP_H

#include_next <linux/gfp.h>

/* 6bf9b5b40af8 ("mm: alloc_pages_bulk: rename API"), v6.14. */
#ifndef alloc_pages_bulk_node
#define alloc_pages_bulk_node(...)	alloc_pages_bulk_array_node(__VA_ARGS__)
#endif

#endif /* _HMT_COMPAT_LINUX_GFP_H */
