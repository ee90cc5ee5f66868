/* SPDX-License-Identifier: GPL-2.0 */
/* Progress of commands that read the passes of a trace. */
#ifndef HMTCTL_PASSES_H
#define HMTCTL_PASSES_H

#include <stdint.h>

#include "cli/progress.h"
#include "trace/heattrace.h"

/**
 * struct passes - passes that are read
 * @trace: their trace
 * @done: number of passes that were read
 * @wanted: number after which reading ends, UINT64_MAX: the end of the trace
 * @progress: shown on the terminal
 * @what: text of @progress
 */
struct passes {
	const struct heat_trace *trace;
	uint64_t done;
	uint64_t wanted;
	struct progress progress;
	char what[40];
};

void passes_begin(struct passes *passes, const char *command,
		  const struct heat_trace *trace, uint64_t wanted);
/* Count a pass. The rest of a recorded trace is estimated by the size of its file. */
void passes_show(struct passes *passes);
void passes_end(struct passes *passes);

#endif
