/* SPDX-License-Identifier: GPL-2.0 */
/* Bringing the memory of a dax device online and taking it offline. */
#ifndef HMTCTL_HOTPLUG_H
#define HMTCTL_HOTPLUG_H

#include "cli/command.h"
#include "machine/dax.h"

/**
 * struct hotplug - how
 * @movable: for pages of programs only, so that it can go again
 * @force: also when a program uses the device, or a node with CPUs would grow
 * @seconds: how long the kernel may try to free it
 */
struct hotplug {
	bool movable;
	bool force;
	unsigned int seconds;
};

/*
 * Both print what they did, or a message on failure, and return an enum
 * result. On failure the device is as it was.
 */
int memory_online(const struct hmtctl *ctl, struct dax *dax,
		  const struct hotplug *how);
int memory_offline(const struct hmtctl *ctl, struct dax *dax,
		   const struct hotplug *how);

#endif
