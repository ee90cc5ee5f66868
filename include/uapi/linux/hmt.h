/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * HMT: names, limits and the layout of unified memory IDs, shared by the
 * kernel and the tools.
 */
#ifndef _UAPI_LINUX_HMT_H
#define _UAPI_LINUX_HMT_H

#include <linux/types.h>

/*
 * A UID names a memory. NUMA node N is UID N; device memory has bit 31 set
 * and a number that is not used again before the module is reloaded.
 */
#define HMT_UID_DEVICE		(1U << 31)
#define HMT_UID_NONE		(~0U)

/* Longest name of a tier, workload, memory or provider, without the NUL. */
#define HMT_NAME_MAX		31

#define HMT_TIERS_MAX		16
#define HMT_TIER_MEMORIES_MAX	32
/* Orders of demotion targets are 0 to HMT_TARGETS_MAX - 1. */
#define HMT_TARGETS_MAX		16
#define HMT_PROVIDERS_MAX	8
#define HMT_WEIGHT_MAX		100

/* Heat of a page: 0 is cold, HMT_HEAT_MAX was seen at every sample. */
#define HMT_HEAT_MAX		255
#define HMT_HEAT_LEVELS		(HMT_HEAT_MAX + 1)

#endif /* _UAPI_LINUX_HMT_H */
