// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>

#include "cmd/passes.h"

void passes_begin(struct passes *passes, const char *command,
		  const struct heat_trace *trace, uint64_t wanted)
{
	passes->trace = trace;
	passes->done = 0;
	passes->wanted = wanted;
	snprintf(passes->what, sizeof(passes->what), "%s: %s", command,
		 trace->live ? "waiting for passes" : "reading the trace");
	progress_begin(&passes->progress, passes->what);
}

void passes_show(struct passes *passes)
{
	uint64_t done, total;

	passes->done++;
	if (passes->wanted != UINT64_MAX) {
		done = passes->done;
		total = passes->wanted;
	} else if (!heat_trace_position(passes->trace, &done, &total)) {
		done = 0;
		total = 0;
	}
	progress_show(&passes->progress, done, total);
}

void passes_end(struct passes *passes)
{
	progress_end(&passes->progress);
}
