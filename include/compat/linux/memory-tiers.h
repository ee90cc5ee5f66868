/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations that <linux/memory-tiers.h> of older kernels lacks. */
#ifndef _HMT_COMPAT_LINUX_MEMORY_TIERS_H
#define _HMT_COMPAT_LINUX_MEMORY_TIERS_H

#include <linux/version.h>
#include_next <linux/memory-tiers.h>

/*
 * Distance algorithms: 07a8bdd4120c ("memory tiering: add abstract distance
 * calculation algorithms management"), v6.7. It added functions only, so only
 * the version shows whether they exist.
 */
#if KERNEL_VERSION(6, 7, 0) > LINUX_VERSION_CODE

#include <linux/errno.h>

struct access_coordinate {
	unsigned int read_bandwidth;
	unsigned int write_bandwidth;
	unsigned int read_latency;
	unsigned int write_latency;
};

struct notifier_block;

static inline int register_mt_adistance_algorithm(struct notifier_block *block)
{
	return 0;
}

static inline int unregister_mt_adistance_algorithm(struct notifier_block *block)
{
	return 0;
}

static inline int mt_perf_to_adistance(struct access_coordinate *perf,
				       int *distance)
{
	return -EIO;
}

#endif
#endif /* _HMT_COMPAT_LINUX_MEMORY_TIERS_H */
