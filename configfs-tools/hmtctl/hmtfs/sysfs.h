/* SPDX-License-Identifier: GPL-2.0 */
/* Memories: /sys/class/hmt. */
#ifndef HMTCTL_SYSFS_H
#define HMTCTL_SYSFS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/command.h"

/* Read an array, which the caller puts; return an enum result. */
int sysfs_memories(const struct hmtctl *ctl, bool human,
		   struct json_object **array);
int sysfs_edges(const struct hmtctl *ctl, bool human,
		struct json_object **array);

/* Return the names of the memories; the caller frees them. */
char **sysfs_names(const struct hmtctl *ctl);
/*
 * Return the name of the memory that has this name or UID; NULL if there is none.
 * The caller frees it.
 */
char *sysfs_memory_name(const struct hmtctl *ctl, const char *name_or_uid);
/* Check whether a memory has this name or UID. */
bool sysfs_has_memory(const struct hmtctl *ctl, const char *name_or_uid);
/*
 * Check whether @name is that of a node that can have memory, and has none now:
 * it is offline.
 */
bool sysfs_is_offline(const struct hmtctl *ctl, const char *name);

/*
 * Return the first memory of the staged tier @tier that is offline, which the
 * caller frees, or NULL. @tier may be any text.
 */
char *sysfs_offline_part(const struct hmtctl *ctl, const char *tier);
/* Check whether a tier of this name, which may be any text, is staged. */
bool sysfs_is_staged(const struct hmtctl *ctl, const char *tier);
/* Check whether the live graph has a tier of this name. */
bool sysfs_has_tier(const struct hmtctl *ctl, const char *tier);
bool sysfs_present(const struct hmtctl *ctl);
/* Return the number of bytes that are in use on all memories of devices. */
uint64_t sysfs_used_on_devices(const struct hmtctl *ctl);

#endif
