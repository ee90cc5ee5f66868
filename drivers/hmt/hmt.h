/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Declarations shared by all rooms of hmt.ko. The interface of a room is
 * <room>/<room>.h.
 *
 * Lock order, outermost first; a lock is taken under those to the left of it:
 *   configfs subsystem and inode locks
 *     hmt_commit_lock            mutex, front/configfs.c: commits
 *       hmt_staged_lock          mutex, front/configfs_tier.c: staged tiers
 *       hmt_graph_lock           mutex, graph/graph.c: publishing
 *     hmt_workload.lock          mutex: start, stop, configuration
 *       hmt_provider_lock        mutex, heat/provider.c: registry
 *       hmt_workload.config_lock mutex: settings and counters; held briefly
 *         hmt_mms_lock           spinlock, heat/mm.c: hash table of mms
 *       hmt_demand_lock          spinlock, workload/demand.c: all demand
 *   hmt_register_lock            mutex, memory/register.c: names of devices
 *   mem_hotplug_lock             held when the memory notifier is called
 *     hmt_memory_lock            mutex, memory/memory.c: registry and edges
 *   mmap lock                    of the address space
 *     i_mmap lock of a file      of the kernel; only tried, see page/mappers.c
 *       mmap lock of a mapper    only tried, against the order of the kernel
 *     hmt_session.lock           mutex: answer of a provider; held briefly
 *     hmt_advised_lock           spinlock, page/advice.c: hash table of advice
 *     hmt_dma_lock               mutex, copy/copy_dma.c: the channel; the mover
 *                                only tries to take it
 *   hmt_mirror_lock              mutex, heat/mirror.c: mirrors and listeners
 *     locks of device drivers    taken by the operations of mirrors
 *   hmt_identity_lock            spinlock, memory/identity.c: a leaf
 *   hmt_remote_lock              spinlock, move/remote.c: plans; a leaf
 *
 * hmt_memory_lock is taken under hmt_commit_lock and hmt_register_lock as well.
 * Code that holds it must not wait for memory hotplug or read sysfs files.
 */
#ifndef _HMT_HMT_H
#define _HMT_HMT_H

/* <kunit/visibility.h> needs it, but does not include it. */
#include <linux/export.h>
#include <kunit/visibility.h>

#define HMT_PAGES_PER_MIB	(1UL << (20 - PAGE_SHIFT))

#endif /* _HMT_HMT_H */
