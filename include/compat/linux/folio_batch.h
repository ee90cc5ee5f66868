/* SPDX-License-Identifier: GPL-2.0 */
/* Batches of folios, which older kernels declare in <linux/pagevec.h>. */
#ifndef _HMT_COMPAT_LINUX_FOLIO_BATCH_H
#define _HMT_COMPAT_LINUX_FOLIO_BATCH_H

#include <hmt_config.h>

/* Renamed between v6.12 and v7.3. */
#ifdef HMT_HAVE_FOLIO_BATCH_H
#include_next <linux/folio_batch.h>
#else
#include <linux/pagevec.h>
#endif

#endif /* _HMT_COMPAT_LINUX_FOLIO_BATCH_H */
