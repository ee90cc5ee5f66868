/* SPDX-License-Identifier: GPL-2.0 */
/* Bringing the memory of a dax device online and taking it offline. */
#ifndef HMTCTL_HOTPLUG_H
#define HMTCTL_HOTPLUG_H

#include "cli/command.h"
#include "machine/dax.h"

/**
 * struct hotplug - options of going online or offline
 * @movable: for movable pages only, so that it can go offline again
 * @in_use: also if a program has the device open
 * @cpu_node: also if the node of the device has CPUs
 * @dry_run: print the effect, change nothing
 * @last: nothing follows, so a signal that arrives during a change that succeeds
 *	comes too late; otherwise it ends hmtctl after the change
 * @seconds: time limit of freeing the memory
 * @json: print results as JSON, an object per device on a line
 */
struct hotplug {
	bool movable;
	bool in_use;
	bool cpu_node;
	bool dry_run;
	bool last;
	unsigned int seconds;
	bool json;
};

/*
 * Check whether the target node of the device or namespace @name permits that it
 * goes online; print a message otherwise. Returns an enum result.
 */
int memory_check_node(const struct hmtctl *ctl, const char *name, int node,
		      const struct hotplug *how);

/*
 * Both print the result, or a message on failure, and return an enum result. On
 * failure the device is unchanged. Two processes of hmtctl change one device
 * one after the other.
 */
int memory_online(const struct hmtctl *ctl, struct dax *dax,
		  const struct hotplug *how);
int memory_offline(const struct hmtctl *ctl, struct dax *dax,
		   const struct hotplug *how);

#endif
