/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of hmt.ko share. Each part has a thin header of its own.
 *
 * Lock order, outermost first:
 *   configfs subsystem and inode locks
 *     hmt_staged_lock (configfs.c: staged tiers)
 *     hmt_workload.lock (start, stop, configuration)
 *       hmt_provider_lock (registry)
 *       hmt_workload.config_lock (what the engine reads; held shortly)
 *   mmap lock
 *     hmt_session.lock (what a provider may report on; held shortly)
 *   hmt_mirror_lock (mirror.c; taken before the locks of drivers)
 *   hmt_graph_lock (publishing)
 *     hmt_memory_lock (registry and edges)
 * The memory notifier comes with mem_hotplug_lock held and takes
 * hmt_memory_lock: under the latter nothing may wait for memory hotplug or
 * read sysfs files.
 */
#ifndef _HMT_HMT_H
#define _HMT_HMT_H

/* <kunit/visibility.h> uses it without including it. */
#include <linux/export.h>
#include <kunit/visibility.h>

#define HMT_PAGES_PER_MIB	(1UL << (20 - PAGE_SHIFT))

#endif /* _HMT_HMT_H */
