/* SPDX-License-Identifier: GPL-2.0 */
/* Memories of this machine, described for propose(). */
#ifndef HMTCTL_MACHINE_H
#define HMTCTL_MACHINE_H

#include <json-c/json.h>

#include "cli/command.h"
#include "machine/propose.h"

/*
 * Fill @machine from @memories of sysfs_memories(), whose strings it refers to.
 * Memories that are not nodes are named in *@left_out, which the caller frees.
 * Returns false if there are too many memories.
 */
bool machine_describe(const struct hmtctl *ctl, struct json_object *memories,
		      struct propose_machine *machine, char **left_out);

#endif
