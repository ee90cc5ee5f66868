/* SPDX-License-Identifier: GPL-2.0 */
/* Flags that older kernels lack. */
#ifndef _HMT_COMPAT_LINUX_WORKQUEUE_H
#define _HMT_COMPAT_LINUX_WORKQUEUE_H

#include <hmt_config.h>
#include_next <linux/workqueue.h>

/* 930c2ea566af ("workqueue: Add new WQ_PERCPU flag"), v6.17. */
#ifndef HMT_HAVE_WQ_PERCPU
#define WQ_PERCPU	0
#endif

#endif /* _HMT_COMPAT_LINUX_WORKQUEUE_H */
