/* SPDX-License-Identifier: GPL-2.0 */
/* The memories that exist: /sys/class/hmt. */
#ifndef HMTCTL_SYSFS_H
#define HMTCTL_SYSFS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "cli/command.h"

/* Both give arrays to be put by the caller and return an enum result. */
int sysfs_memories(const struct hmtctl *ctl, bool human,
		   struct json_object **array);
int sysfs_edges(const struct hmtctl *ctl, bool human,
		struct json_object **array);

/* Is there a memory of that name or UID? */
bool sysfs_has_memory(const struct hmtctl *ctl, const char *name_or_uid);
/* Is there a tier of that name in the live graph? */
bool sysfs_has_tier(const struct hmtctl *ctl, const char *tier);
bool sysfs_present(const struct hmtctl *ctl);

#endif
