/* SPDX-License-Identifier: GPL-2.0 */
/* Notifications about nodes, which older kernels lack. */
#ifndef _HMT_COMPAT_LINUX_NODE_H
#define _HMT_COMPAT_LINUX_NODE_H

#include_next <linux/node.h>

/*
 * 8d2882a8edb8 ("mm,memory_hotplug: implement numa node notifier"), v6.17.
 * Before, the notifications about memory contain the node whose state changes,
 * or NUMA_NO_NODE.
 */
#ifdef NODE_ADDED_FIRST_MEMORY

#define hmt_notified_nid(_arg)	(((const struct node_notify *)(_arg))->nid)

#else

#include <linux/memory.h>

#define NODE_ADDED_FIRST_MEMORY			MEM_ONLINE
#define NODE_REMOVING_LAST_MEMORY		MEM_GOING_OFFLINE
#define NODE_CANCEL_REMOVING_LAST_MEMORY	MEM_CANCEL_OFFLINE
#define NODE_REMOVED_LAST_MEMORY		MEM_OFFLINE

#define register_node_notifier(_block)		register_memory_notifier(_block)
#define unregister_node_notifier(_block)	unregister_memory_notifier(_block)

#define hmt_notified_nid(_arg)	\
	(((const struct memory_notify *)(_arg))->status_change_nid)

#endif

#endif /* _HMT_COMPAT_LINUX_NODE_H */
