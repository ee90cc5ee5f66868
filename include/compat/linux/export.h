/* SPDX-License-Identifier: GPL-2.0 */
/* Namespaces of symbols. */
#ifndef _HMT_COMPAT_LINUX_EXPORT_H
#define _HMT_COMPAT_LINUX_EXPORT_H

#include <hmt_config.h>
#include_next <linux/export.h>

/* cdd30ebb1b9f ("module: Convert symbol namespace to string literal"), v6.13. */
#ifdef HMT_HAVE_NAMESPACE_WORD
#define HMT_NAMESPACE(_string, _word)	_word
#else
#define HMT_NAMESPACE(_string, _word)	_string
#endif

#endif /* _HMT_COMPAT_LINUX_EXPORT_H */
