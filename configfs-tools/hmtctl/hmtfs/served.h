/* SPDX-License-Identifier: GPL-2.0 */
/* Providers that a program serves: /run/hmt. */
#ifndef HMTCTL_SERVED_H
#define HMTCTL_SERVED_H

#include <json-c/json.h>

#include "cli/command.h"

/*
 * Return an array, which the caller puts, of the workloads in @stats that are
 * live and name a provider that reports nothing now: its program does not run,
 * or waits. Members: workload, provider, reason.
 */
struct json_object *served_waiting(const struct hmtctl *ctl,
				   struct json_object *stats);
/* Print a line for each entry of that array. */
void served_print(struct json_object *waiting);

#endif
