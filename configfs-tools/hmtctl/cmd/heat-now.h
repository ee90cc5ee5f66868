/* SPDX-License-Identifier: GPL-2.0 */
/* Heat of a process as the kernel has it at this moment, as a pass. */
#ifndef HMTCTL_HEAT_NOW_H
#define HMTCTL_HEAT_NOW_H

#include "trace/heattrace.h"

/*
 * Read the heat of the process of the number @pid; the caller releases @pass.
 * Prints a message on failure and returns an enum result.
 */
int heat_now(const struct hmtctl *ctl, const char *pid,
	     struct trace_pass *pass);

#endif
