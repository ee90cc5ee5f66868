/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations that older kernels have in <linux/kernel.h>. */
#ifndef _HMT_COMPAT_LINUX_HEX_H
#define _HMT_COMPAT_LINUX_HEX_H

#include <hmt_config.h>

/* Separate since v6.4. */
#ifdef HMT_HAVE_HEX_H
#include_next <linux/hex.h>
#else
#include <linux/kernel.h>
#endif

#endif /* _HMT_COMPAT_LINUX_HEX_H */
