/* SPDX-License-Identifier: GPL-2.0 */
/* Functions that a configuration leaves out. */
#ifndef _HMT_COMPAT_LINUX_MM_H
#define _HMT_COMPAT_LINUX_MM_H

#include_next <linux/mm.h>

/* Declared in any case, defined with CONFIG_MEMORY_FAILURE only, up to v7.3. */
#ifndef CONFIG_MEMORY_FAILURE
static inline int hmt_memory_failure(unsigned long pfn, int flags)
{
	return -EOPNOTSUPP;
}

#define memory_failure	hmt_memory_failure
#endif

#endif /* _HMT_COMPAT_LINUX_MM_H */
