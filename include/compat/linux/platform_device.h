/* SPDX-License-Identifier: GPL-2.0 */
/* Drivers of platform devices. */
#ifndef _HMT_COMPAT_LINUX_PLATFORM_DEVICE_H
#define _HMT_COMPAT_LINUX_PLATFORM_DEVICE_H

#include <hmt_config.h>
#include_next <linux/platform_device.h>

/*
 * remove() returns nothing since v6.11, before remove_new(). Users of this
 * header have no other member of this name.
 */
#ifndef HMT_HAVE_REMOVE_VOID
#define remove	remove_new
#endif

#endif /* _HMT_COMPAT_LINUX_PLATFORM_DEVICE_H */
