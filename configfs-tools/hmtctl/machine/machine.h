/* SPDX-License-Identifier: GPL-2.0 */
/* The memories of this machine as numbers for a proposal. */
#ifndef HMTCTL_MACHINE_H
#define HMTCTL_MACHINE_H

#include <json-c/json.h>

#include "cli/command.h"
#include "machine/propose.h"

/*
 * Fill @machine from @memories, as sysfs_memories() gives them and as long as
 * they are there. Those that are no nodes are named in @left_out instead, to
 * be freed. False when there are too many.
 */
bool machine_describe(const struct hmtctl *ctl, struct json_object *memories,
		      struct propose_machine *machine, char **left_out);

#endif
