/* SPDX-License-Identifier: GPL-2.0 */
/* Declarations that <linux/memory-tiers.h> of older kernels lacks. */
#ifndef _HMT_COMPAT_LINUX_MEMORY_TIERS_H
#define _HMT_COMPAT_LINUX_MEMORY_TIERS_H

#include <hmt_config.h>
#include_next <linux/memory-tiers.h>

/*
 * Whether next_demotion_node() gets the allowed nodes, since between v6.12 and
 * v7.2.
 */
#ifdef HMT_HAVE_DEMOTION_MASK
#define HMT_DEMOTION_HAS_MASK	true
#else
#define HMT_DEMOTION_HAS_MASK	false
#endif

/*
 * Distance algorithms: 07a8bdd4120c ("memory tiering: add abstract distance
 * calculation algorithms management"), v6.7.
 */
#ifndef HMT_HAVE_MT_ADISTANCE

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
